"""A run as one HTML file that needs nothing else: scores, pictures, and every case with its passages."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from rag._errors import UsageError
from rag.evaluation import pictures
from rag.evaluation.evidence import Place
from rag.evaluation.metrics.confidence import (
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from rag.evaluation.metrics.retrieval import first_rank
from rag.evaluation.observation import SHOWN, Found
from rag.evaluation.run import Item, Run
from rag.evaluation.scoring import LOST, METRICS, OVER
from rag.evaluation.terminal import BY_KIND, NOTHING, shown, spread

Language = Literal["zh", "en"]

MOST_CASES = 400
"""Cases that a report shows, failed ones first: a browser should open it at once."""
PASSAGES = 5

_WORDS = {
    "title": ("评测报告", "Evaluation report"),
    "cases": ("题", "cases"),
    "index": ("索引", "index"),
    "engine": ("引擎", "engine"),
    "tokens": ("送出、收到的词元", "tokens sent, written"),
    "agrees": ("与规则一致", "agrees with the rules"),
    "scores": ("得分", "Scores"),
    "metric": ("指标", "metric"),
    "interval": ("95% 区间", "95 % interval"),
    "counts": ("n = 计分 + 未计分 + 出错", "n = scored + unscored + errors"),
    "over": ("范围", "over"),
    "kinds": ("分题型", "By kind"),
    "kind": ("题型", "kind"),
    "lost": ("失在何处", "Where it was lost"),
    "none_lost": ("没有失分", "nothing lost"),
    "pictures": ("图", "Pictures"),
    "risk": ("风险与覆盖率", "Risk and coverage"),
    "risk_note": ("按置信度从高到低作答，答错的比例；AURC", "answering the surest first, share wrong; AURC"),
    "coverage": ("覆盖率 %", "coverage %"),
    "wrong": ("答错 %", "wrong %"),
    "calibration": ("置信度是否可信", "Reliability"),
    "calibration_note": (
        "虚线上为恰如其分，点的大小为题数；ECE",
        "on the dashed line it is worth what it says, the size of a dot is its cases; ECE",
    ),
    "confidence": ("置信度 %", "confidence %"),
    "right": ("答对 %", "right %"),
    "ranks": ("首条证据的名次", "Rank of the first evidence"),
    "ranks_note": (f"＞{SHOWN} 为更深处才有，— 为未检出", f">{SHOWN}: found deeper; —: not found"),
    "rank": ("名次", "rank"),
    "count": ("题数", "cases"),
    "latency": ("每题用时", "Time a question"),
    "milliseconds": ("毫秒", "ms"),
    "items": ("逐题", "Case by case"),
    "all": ("全部", "all"),
    "failed": ("只看失分", "failed only"),
    "passed": ("未失分", "not lost"),
    "error": ("出错", "error"),
    "unscored": ("未计分", "unscored"),
    "said": ("回答", "said"),
    "wanted": ("应为", "wanted"),
    "refused": ("拒答", "refused"),
    "refuse": ("应拒答", "refuse"),
    "evidence": ("证据", "evidence"),
    "not_found": ("语料中没有", "not in the corpus"),
    "citations": ("引文", "citations"),
    "passages": ("检出的段落", "passages found"),
    "legend": ("证据", "evidence"),
    "legend_cited": ("被引用", "cited"),
    "faults": ("题目有误", "Faults of the cases"),
    "more": ("其余各题见 items.jsonl", "the other cases are in items.jsonl"),
    "about": ("运行环境", "What was run"),
    "note": ("备注", "note"),
    "empty": ("无", "none"),
}


def write_report(run: Run, path: str | Path, language: Language = "zh") -> None:
    """Write the report of ``run`` to ``path``.

    Raises:
        UsageError: the file cannot be written.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    side = ("zh", "en").index(language)
    words = {key: both[side] for key, both in _WORDS.items()}
    page = Environment(
        loader=PackageLoader("rag.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("report.html.j2")
    shown_items = sorted(run.items, key=lambda item: not _failed(item))[:MOST_CASES]
    html = page.render(
        words=words,
        language="zh-CN" if language == "zh" else "en",
        run=run,
        engines=", ".join(f"{name} {count}" for name, count in run.engines().items()) or NOTHING,
        tokens=run.tokens(),
        agreement=[
            ((METRICS[name].zh, METRICS[name].en)[side], f"{share * 100:.1f} %", count)
            for name, (share, count) in run.agreement().items()
        ],
        headline=[_score(run, name, side, Markup) for name in ("correct", "hit@5", "cite_covers", "round_trip")],
        scores=[_score(run, name, side, Markup) for name in METRICS if run.score(name).n],
        columns=[METRICS[name].zh if side == 0 else name for name in BY_KIND],
        kinds=[
            (kind or NOTHING, len(run.of(kind)), [shown(run.score(name, kind).mean, name) for name in BY_KIND])
            for kind in run.kinds
        ],
        lost=[
            (LOST[stage][side] if stage in LOST else words["error"], count, 100 * count / len(run.items))
            for stage, count in run.lost().items()
        ],
        charts=[(title, note, Markup(svg)) for title, note, svg in _charts(run, words)],
        items=[_item(item, side, words) for item in shown_items],
        hidden=len(run.items) - len(shown_items),
        about={name: value for name, value in run.about.items() if name != "faults"},
    )
    try:
        Path(path).write_text(html, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"报告写不到 {path}：{error.strerror}。请换一个路径。(the report cannot be written)"
        ) from error


def _failed(item: Item) -> bool:
    return item.lost is not None or item.seen.error is not None


def _score(run: Run, name: str, side: int, markup: Any) -> dict[str, Any]:
    score, metric = run.score(name), METRICS[name]
    picture = ""
    if score.mean is not None and score.low is not None and score.high is not None and not metric.unit:
        picture = pictures.interval_bar(score.mean, score.low, score.high)
    return {
        "name": name,
        "label": (metric.zh, metric.en)[side],
        "over": OVER[metric.over][side],
        "lower": metric.better == "lower",
        "value": shown(score.mean, name),
        "interval": spread(score, name),
        "counts": f"{score.n} = {score.scored} + {score.unscored} + {score.errors}",
        "picture": markup(picture),
    }


def _charts(run: Run, words: dict[str, str]) -> list[tuple[str, str, str]]:
    judged = run.judged()
    seconds = [dict(item.seen.seconds)["total"] for item in run.items if item.seen.seconds]
    middle, late = run.seconds().get("total", (0.0, 0.0))
    return [
        (
            words["risk"],
            f"{words['risk_note']} {area_under_risk_coverage(judged):.3f}",
            pictures.line_chart(risk_coverage(judged), words["risk"], words["coverage"], words["wrong"]),
        ),
        (
            words["calibration"],
            f"{words['calibration_note']} {expected_calibration_error(judged):.3f}",
            pictures.line_chart(
                [(said, right) for said, right, _ in reliability(judged)],
                words["calibration"],
                words["confidence"],
                words["right"],
                diagonal=True,
                counts=[count for _, _, count in reliability(judged)],
            ),
        ),
        (
            words["ranks"],
            words["ranks_note"],
            pictures.bar_chart(_rank_bars(run.items), words["ranks"], words["rank"], words["count"]),
        ),
        (
            words["latency"],
            f"p50 {middle * 1000:.0f} {words['milliseconds']}, p95 {late * 1000:.0f} {words['milliseconds']}",
            pictures.bar_chart(pictures.latency_bars(seconds), words["latency"], words["milliseconds"], words["count"]),
        ),
    ]


def _rank_bars(items: Iterable[Item]) -> list[tuple[str, int]]:
    names = [*(str(rank) for rank in range(1, SHOWN + 1)), f">{SHOWN}", NOTHING]
    found = []
    for item in items:
        if item.seen.entries and item.seen.error is None:
            rank = _first(item)
            found.append(rank if rank in names else f">{SHOWN}")
    return [(name, found.count(name)) for name in names]


def _first(item: Item) -> str:
    """Return the rank of the first evidence, — where it was not found at all."""
    rank = first_rank([item.seen.rank(entry) for entry in item.seen.entries]) or item.seen.deep_rank
    return NOTHING if rank is None else str(rank)


def _item(item: Item, side: int, words: dict[str, str]) -> dict[str, Any]:
    seen = item.seen
    evidence = [place for entry in seen.entries for place in entry.places]
    cited = [citation.place for citation in seen.citations]
    if seen.error is not None:
        status, said = words["error"], seen.error
    else:
        refused = f"{words['refused']} ({seen.reason})" if seen.reason else words["refused"]
        status = LOST[item.lost][side] if item.lost else words["passed" if item.scores else "unscored"]
        said = refused if seen.refused else seen.short
    return {
        "case": item.case,
        "failed": _failed(item),
        "status": status,
        "said": said,
        "text": seen.text,
        "wanted": " | ".join(item.case.answers) if item.case.answers else words["refuse"],
        "evidence": [(entry.source, entry.quote, bool(entry.places)) for entry in seen.entries],
        "citations": seen.citations,
        "passages": [
            (rank, hit.source, hit.title, mark(hit, evidence, cited))
            for rank, hit in enumerate(seen.hits[:PASSAGES], 1)
        ],
        "scores": [
            (name, f"{value:.2f}".rstrip("0").rstrip("."))
            for name, value in item.scores.items()
            if name in ("hit@1", "hit@5", "em", "f1", "figure", "cite_covers", "cite_precision")
        ],
        "rank": _first(item) if seen.entries and seen.error is None else None,
        "seconds": dict(seen.seconds).get("total", 0.0) * 1000,
    }


def mark(hit: Found, evidence: Sequence[Place], cited: Sequence[Place]) -> list[tuple[str, str]]:
    """Return the text of a passage in runs of (class, characters): evidence, cited, both, or neither."""
    own = hit.places[0]
    offsets = [offset for span in own.spans for offset in range(span.start, span.end)]
    good, used = (
        {
            offset
            for place in places
            if place.article == own.article
            for span in place.spans
            for offset in range(span.start, span.end)
        }
        for places in (evidence, cited)
    )
    classes = [" ".join(name for name, among in (("evidence", good), ("cited", used)) if at in among) for at in offsets]
    marked = zip(classes, hit.text, strict=False)
    return [(name, "".join(char for _, char in run)) for name, run in groupby(marked, key=lambda pair: pair[0])]
