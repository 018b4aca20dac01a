"""What was observed of one case -> its scores, and the stage that lost it. Pure: the same record, the same scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.evaluation.cases import Case
from rag.evaluation.metrics.answers import exact_match, f1, figure_verdict, is_right
from rag.evaluation.metrics.citations import (
    citation_f1,
    citation_length,
    citation_precision,
    citation_recall,
    evidence_covered,
    evidence_recall,
    statements_of,
)
from rag.evaluation.metrics.retrieval import first_rank, hit_at, ndcg_at, recall_at, reciprocal_rank_at
from rag.evaluation.observation import Observation

READ = 5
"""Evidence ranked below this counts as ranked too low when the answer is wrong."""

Lost = Literal[
    "not_in_corpus", "not_retrieved", "ranked_below", "wrongly_refused", "wrong_span", "wrong_figure",
    "wrongly_answered", "wrong_citation",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """A score: its name, what it is called in Chinese and English, and ``over`` which cases it is a mean.

    ``better`` is the direction that is good, ``binary`` says that an item has only 0 or 1, and ``unit`` is empty for
    shares. An item that ended in an error has the worst value of a share: 0, or 1 where lower is better.
    """

    name: str
    zh: str
    en: str
    over: str
    better: Literal["higher", "lower"] = "higher"
    binary: bool = True
    unit: str = ""


OVER = {
    "all": ("全部题", "all cases"),
    "evidence": ("有证据的题", "cases with evidence"),
    "answerable": ("有答案的题", "answerable cases"),
    "figure": ("答案含数字的题", "answers with a figure"),
    "cited": ("有引文的回答", "answers that cite"),
    "answered": ("有证据且作答的题", "cases with evidence that were answered"),
    "unanswerable": ("该拒答的题", "unanswerable cases"),
    "refused": ("拒答的题", "refusals"),
    "reason": ("拒答且注明原因的题", "due refusals, where a reason is given"),
    "judged": ("有评判的题", "cases judged"),
}

METRICS = {
    metric.name: metric
    for metric in (
        Metric("correct", "答对或该拒则拒", "right or rightly refused", "all"),
        Metric("hit@1", "首位命中", "evidence at rank 1", "evidence"),
        Metric("hit@5", "前五命中", "evidence in the top 5", "evidence"),
        Metric("recall@5", "前五召回", "evidence entries in the top 5", "evidence", binary=False),
        Metric("recall@10", "前十召回", "evidence entries in the top 10", "evidence", binary=False),
        Metric("mrr@10", "名次倒数", "1 / rank of the first evidence", "evidence", binary=False),
        Metric("ndcg@10", "折损累计增益", "nDCG over evidence entries", "evidence", binary=False),
        Metric("right", "答案正确", "short answer right", "answerable"),
        Metric("em", "完全匹配", "exact match (CMRC 2018)", "answerable"),
        Metric("f1", "F1", "F1 (CMRC 2018)", "answerable", binary=False),
        Metric("figure", "数字正确", "figure right in value, unit and date", "figure"),
        Metric("unit_error", "单位错", "right digits, wrong unit", "figure", better="lower"),
        Metric("date_error", "时间错", "wrong date", "figure", better="lower"),
        Metric("cite_covers", "引文含证据", "a citation covers the evidence", "answerable"),
        Metric("cite_evidence", "证据被引", "evidence entries cited", "answerable", binary=False),
        Metric("cite_recall", "引文召回", "statements that their citations support", "answered", binary=False),
        Metric("cite_precision", "引文精度", "citations that support their statement", "answered", binary=False),
        Metric("cite_f1", "引文 F1", "of citation recall and precision", "answered", binary=False),
        Metric("cite_length", "引文字数", "characters a citation", "cited", "lower", binary=False, unit="字"),
        Metric("round_trip", "引文逐字", "each quote is its source's characters", "cited"),
        Metric("refusal_recall", "该拒则拒", "unanswerable refused", "unanswerable"),
        Metric("refusal_precision", "拒得有理", "refusals that were due", "refused"),
        Metric("refusal_reason", "拒因相符", "refused for the expected reason", "reason"),
        Metric("over_refusal", "错拒", "answerable refused", "answerable", better="lower"),
        Metric("judged", "评判正确", "right by the judge", "judged"),
        Metric("judged_support", "评判支持", "statements supported, by the judge", "judged", binary=False),
    )
}

_SUPPORT = {"FULL": 1.0, "PARTIAL": 0.5, "NONE": 0.0}

LOST = {
    "not_in_corpus": ("语料中没有该证据", "the evidence is not in the corpus text"),
    "not_retrieved": ("未检出", "not retrieved"),
    "ranked_below": (f"排在第{READ}名之后", f"ranked below {READ}"),
    "wrongly_refused": ("错误拒答", "wrongly refused"),
    "wrong_span": ("取错了文字", "the wrong characters taken"),
    "wrong_figure": ("句子对，数字错", "right sentence, wrong figure"),
    "wrongly_answered": ("该拒未拒", "answered though the corpus does not say"),
    "wrong_citation": ("答对，引错", "right answer, wrong citation"),
}


def score(case: Case, seen: Observation) -> dict[str, float]:
    """Return the scores of one case by metric name; a metric that says nothing about it is not there.

    A case that is not scorable, or that ended in an error, has none.
    """
    if seen.error is not None or not case.scorable:
        return {}
    scores: dict[str, float] = {}
    if seen.entries:
        scores |= _retrieval([seen.rank(entry) for entry in seen.entries])
    if case.answers:
        scores |= _answer(seen, case.answers)
    else:
        scores["correct"] = scores["refusal_recall"] = float(seen.refused)
    if seen.refused:
        scores["refusal_precision"] = float(not case.answerable)
        if case.reason and not case.answerable:
            scores["refusal_reason"] = float(seen.reason == case.reason)
    cited = seen.citations
    if case.answers and seen.entries:
        scores |= _citations(seen)
    if cited:
        scores["cite_length"] = citation_length([citation.quote for citation in cited])
        scores["round_trip"] = float(all(citation.exact for citation in cited))
    if case.answers and seen.label is not None:
        scores["judged"] = float(seen.label == "CORRECT")
    if seen.support and None not in seen.support:
        scores["judged_support"] = sum(_SUPPORT[one] for one in seen.support if one) / len(seen.support)
    return scores


def owed(case: Case) -> frozenset[str]:
    """Return the metrics that are about ``case`` whatever comes back; an error has the worst value of each."""
    names = {"correct"}
    if case.evidence:
        names |= {"hit@1", "hit@5", "recall@5", "recall@10", "mrr@10", "ndcg@10"}
    if case.answers:
        names |= {"right", "em", "f1", "over_refusal"}
        if case.evidence:
            names |= {"cite_covers", "cite_evidence"}
        if figure_verdict("", case.answers) is not None:
            names |= {"figure"}
    elif case.answers is not None:
        names |= {"refusal_recall"}
    return frozenset(names)


def _retrieval(ranks: Sequence[int | None]) -> dict[str, float]:
    return {
        "hit@1": hit_at(1, ranks),
        "hit@5": hit_at(5, ranks),
        "recall@5": recall_at(5, ranks),
        "recall@10": recall_at(10, ranks),
        "mrr@10": reciprocal_rank_at(10, ranks),
        "ndcg@10": ndcg_at(10, ranks),
    }


def _citations(seen: Observation) -> dict[str, float]:
    places = [citation.place for citation in seen.citations]
    scores = {
        "cite_covers": evidence_covered(places, seen.entries),
        "cite_evidence": evidence_recall(places, seen.entries),
    }
    if not seen.refused:
        statements = statements_of(seen.text)
        cited = {citation.number: citation.place for citation in seen.citations}
        recall = citation_recall(statements, cited, seen.entries)
        precision = citation_precision(statements, cited, seen.entries)
        scores |= {"cite_recall": recall, "cite_precision": precision, "cite_f1": citation_f1(recall, precision)}
    return scores


def _answer(seen: Observation, answers: Sequence[str]) -> dict[str, float]:
    short = "" if seen.refused else seen.short
    right = float(is_right(short, answers))
    scores = {
        "correct": right,
        "right": right,
        "em": exact_match(short, answers),
        "f1": f1(short, answers),
        "over_refusal": float(seen.refused),
    }
    verdict = figure_verdict(short, answers)
    if verdict is not None:
        scores |= {
            "figure": float(verdict == "right"),
            "unit_error": float(verdict == "unit"),
            "date_error": float(verdict == "date"),
        }
    return scores


def where_lost(case: Case, seen: Observation, scores: dict[str, float]) -> Lost | None:
    """Return the first stage that lost the case, None where nothing was lost or nothing could be scored.

    A right answer is not lost, however low its evidence was ranked; one that cites other characters is lost last.
    """
    if not scores:
        return None
    if not case.answerable:
        return None if seen.refused else "wrongly_answered"
    if scores["correct"]:
        return "wrong_citation" if scores.get("cite_covers") == 0 else None
    if seen.entries:
        first = first_rank([seen.rank(entry) for entry in seen.entries])
        if not any(entry.places for entry in seen.entries):
            return "not_in_corpus"
        if first is None and seen.deep_rank is None:
            return "not_retrieved"
        if first is None or first > READ:
            return "ranked_below"
    if seen.refused:
        return "wrongly_refused"
    return "wrong_figure" if "figure" in scores and scores.get("cite_covers") else "wrong_span"
