"""Feedback -> a line of a case file, which ``juzheng eval`` and the evaluation tab run."""

from pathlib import Path

from rag.evaluation import Case, Quote, load_cases, save_cases
from rag.ui.store import Turn


def case_of(turn: Turn, correction: str | None = None) -> Case:
    """Return the case that a turn makes.

    Without ``correction`` the answer was right as it was; with one it was not, and the correction is, "" meaning
    that the corpus does not say. What the answer cited is evidence only of an answer that was right.
    """
    record = turn.record
    if correction is not None:
        answers = tuple(part.strip() for part in correction.split("|") if part.strip())
        return Case(f"feedback-{turn.id}", turn.question, answers, (), "feedback")
    if record["refused"]:
        return Case(f"feedback-{turn.id}", turn.question, (), (), "feedback")
    evidence = tuple(Quote(citation["source"], citation["quote"]) for citation in record["citations"])
    return Case(f"feedback-{turn.id}", turn.question, (record["short"] or record["text"],), evidence, "feedback")


def save_case(case: Case, path: Path) -> None:
    """Put ``case`` into the case file ``path``, in place of one of the same id."""
    cases = {one.id: one for one in load_cases(path)} if path.exists() else {}
    cases[case.id] = case
    part = path.with_suffix(".part")
    save_cases(cases.values(), part)
    part.replace(path)  # at once, so that a reader never sees half a file
