"""Evaluation one can believe: cases -> observations -> scores -> comparison, gates and report.

A door: it asks an assistant and reads what comes back, and no stage imports it. In the order of the flow:

    cases.py        the questions, and what is right
    drafts.py       cases proposed from a corpus, for a person to confirm
    evidence.py     evidence quotes -> characters of the corpus
    judge.py        an optional LLM judge, with strict labels
    observation.py  one case asked -> what came back, a JSON line
    metrics/        retrieval, answers, citations, confidence: pure functions
    scoring.py      an observation -> its scores, and the stage that lost it
    statistics.py   intervals, paired tests
    run.py          all cases -> a run, kept in a folder, resumable
    compare.py      two runs -> what changed beyond chance
    gates.py        a run -> passed or not, for CI
    terminal.py, report.py    what a person reads
"""

from rag.evaluation.cases import Case, Cases, Quote, load_cases, save_cases
from rag.evaluation.compare import Comparison, Difference, Flip, compare
from rag.evaluation.drafts import draft_cases
from rag.evaluation.evidence import Assistant
from rag.evaluation.gates import GateResult, check_gates
from rag.evaluation.judge import Estimate, Judge, estimate, load_judge
from rag.evaluation.report import write_report
from rag.evaluation.run import Item, Run, Score, evaluate, load_run
from rag.evaluation.scoring import LOST, METRICS
from rag.evaluation.terminal import render_markdown, render_terminal

# In the order of the flow.
__all__ = [  # noqa: RUF022
    "Assistant",
    "Case",
    "Cases",
    "Quote",
    "load_cases",
    "save_cases",
    "draft_cases",
    "Judge",
    "load_judge",
    "Estimate",
    "estimate",
    "evaluate",
    "load_run",
    "Run",
    "Item",
    "Score",
    "METRICS",
    "LOST",
    "compare",
    "Comparison",
    "Difference",
    "Flip",
    "check_gates",
    "GateResult",
    "render_terminal",
    "render_markdown",
    "write_report",
]
