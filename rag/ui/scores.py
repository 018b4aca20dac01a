"""A run of the evaluation, or two compared, as HTML."""

from collections.abc import Sequence
from html import escape

from rag.evaluation import LOST, METRICS, Comparison, Difference, Item, Run, pictures
from rag.evaluation.compare import HEADLINE
from rag.evaluation.metrics.confidence import reliability, risk_coverage
from rag.evaluation.terminal import BY_KIND, NOTHING, VERDICTS, shown, spread, wanted
from rag.ui.language import Say
from rag.ui.markup import row_html, table_html

_FAILED = 200  # items listed; the report has the others


def run_html(run: Run, name: str, say: Say) -> str:
    """Return the scores of the run kept as ``name``: headline, by kind, pictures, what failed."""
    return (
        f'<section class="run"><h2>{escape(run.name)} · {say(f"{len(run.items)} 题", f"{len(run.items)} cases")}'
        f' <a href="../report/{escape(name)}?language={say("zh", "en")}" target="_blank" rel="noopener">'
        f"{say('完整报告', 'full report')} ↗</a></h2>{_headline(run, say)}{_kinds(run, say)}"
        f"{_pictures(run, say)}{_failed(run, name, say)}{_faults(run.faults)}</section>"
    )


def _label(metric: str, say: Say) -> str:
    return say(METRICS[metric].zh, METRICS[metric].en)


def _headline(run: Run, say: Say) -> str:
    cards = []
    for metric in (*HEADLINE, "round_trip", "refusal_recall"):
        score = run.score(metric)
        if score.mean is not None and score.low is not None and score.high is not None:
            bar = pictures.interval_bar(score.mean, score.low, score.high)
            cards.append(
                f"<li><span>{_label(metric, say)}</span><b>{shown(score.mean, metric)}</b>{bar}"
                f"<small><span>{spread(score, metric)}</span><span>n = {score.n}</span></small></li>"
            )
    note = say("每项下为 95 % 置信区间，n 为题数", "below each: its 95 % interval, and the number of cases n")
    return f'<ul class="cards">{"".join(cards)}</ul><p class="hint">{note}</p>'


def _kinds(run: Run, say: Say) -> str:
    columns = (say("题型", "kind"), "n", *(_label(metric, say) for metric in BY_KIND))
    rows = [
        f'<tr><th scope="row">{escape(kind or NOTHING)}</th>'
        + _figures([str(len(run.of(kind))), *(shown(run.score(metric, kind).mean, metric) for metric in BY_KIND)])
        + "</tr>"
        for kind in run.kinds
    ]
    return table_html(columns, rows, "list", say("分题型（%）", "By kind (%)"), range(1, len(columns)))


def _figures(cells: Sequence[str]) -> str:
    return "".join(f'<td class="right">{cell}</td>' for cell in cells)


def _pictures(run: Run, say: Say) -> str:
    judged = run.judged()
    wrong, sure = say("答错 %", "wrong %"), say("把握 %", "confidence %")
    risk = pictures.line_chart(
        risk_coverage(judged),
        say("风险与覆盖率", "Risk and coverage"),
        say("覆盖率 %", "coverage %"),
        wrong,
    )
    trust = pictures.line_chart(
        [(said, right) for said, right, _ in reliability(judged)],
        say("把握是否可信", "Reliability"),
        sure,
        say("答对 %", "right %"),
        diagonal=True,
        counts=[count for _, _, count in reliability(judged)],
    )
    lost = pictures.bar_chart(
        [(_stage(stage, say), count) for stage, count in run.lost().items()],
        say("失在何处", "Where it was lost"),
        "",
        say("题数", "cases"),
    )
    titles = (say("风险与覆盖率", "Risk and coverage"), say("把握是否可信", "Reliability"))
    figures = [(titles[0], risk), (titles[1], trust)]
    if run.lost():
        figures.append((say("失在何处", "Where it was lost"), lost))
    return (
        '<div class="charts">'
        + "".join(f"<figure><figcaption>{title}</figcaption>{picture}</figure>" for title, picture in figures)
        + "</div>"
    )


def _stage(stage: str, say: Say) -> str:
    return say(*LOST[stage]) if stage in LOST else say("出错", "error")


def _failed(run: Run, name: str, say: Say) -> str:
    failed = [item for item in run.items if item.lost or item.seen.error]
    if not failed:
        return f"<p>{say('没有失分的题。', 'Nothing was lost.')}</p>"
    columns = (say("问题", "Question"), say("回答", "Said"), say("应为", "Wanted"), say("失在何处", "Lost at"))
    rows = [
        row_html(
            columns,
            (
                f'<button type="button" class="name" data-event="item" data-run="{escape(name)}"'
                f' data-item="{escape(item.case.id)}">{escape(item.case.question)}</button>',
                escape(_said(item, say)),
                escape(_wanted(item, say)),
                _stage(item.lost or "error", say),
            ),
        )
        for item in failed[:_FAILED]
    ]
    return table_html(columns, rows, "list failed", say(f"失分的题：{len(failed)}", f"What failed: {len(failed)}"))


def _said(item: Item, say: Say) -> str:
    if item.seen.error is not None:
        return item.seen.error
    return say("拒答", "refused") if item.seen.refused else item.seen.short


def _wanted(item: Item, say: Say) -> str:
    return wanted(item) if item.case.answers or item.case.answers is None else say("拒答", "refuse")


def _faults(faults: Sequence[str]) -> str:
    return f'<ul class="faults">{"".join(f"<li>{escape(fault)}</li>" for fault in faults[:20])}</ul>' if faults else ""


def comparison_html(comparison: Comparison, say: Say) -> str:
    """Return what changed between two runs: the verdict, the scores, the cases that flipped."""
    zh, en = VERDICTS[comparison.verdict]
    columns = (say("指标", "metric"), say("先", "before"), say("后", "after"), "Δ", "95 %", "p", "n")
    rows = [_difference(one, say) for one in comparison.differences if not one.kind]
    left_out = (
        say(
            f"；{comparison.unpaired} 题只在一次运行中，未计",
            f"; {comparison.unpaired} cases in one run only, left out",
        )
        if comparison.unpaired
        else ""
    )
    return (
        f'<section class="run"><p class="verdict {comparison.verdict}">{say(zh, en)}{left_out}</p>'
        f"{table_html(columns, rows, 'list', right=range(1, len(columns)))}{_flips(comparison, say)}</section>"
    )


def _difference(one: Difference, say: Say) -> str:
    unit = 1.0 if METRICS[one.metric].unit else 100.0
    cells = (
        shown(one.before, one.metric),
        shown(one.after, one.metric),
        f"{one.delta * unit:+.1f}",
        f"{one.low * unit:+.1f} … {one.high * unit:+.1f}",
        f"{one.p:.3f}",
        str(one.n),
    )
    mark = (" worse" if one.worse else " better") if one.significant else ""
    return f'<tr class="change{mark}"><th scope="row">{_label(one.metric, say)}</th>' + _figures(cells) + "</tr>"


def _flips(comparison: Comparison, say: Say) -> str:
    if not comparison.flips:
        return ""
    columns = ("", say("问题", "Question"), say("先", "before"), say("后", "after"), say("应为", "Wanted"))
    rows = [
        f'<tr><td class="{"bad" if flip.worse else "good"}">{"✗" if flip.worse else "✓"}</td>'
        f"<td>{escape(flip.after.case.question)}</td><td>{escape(_said(flip.before, say))}</td>"
        f"<td>{escape(_said(flip.after, say))}</td><td>{escape(_wanted(flip.after, say))}</td></tr>"
        for flip in comparison.flips[:_FAILED]
    ]
    flipped = say(f"翻转的题：{len(comparison.flips)}", f"Cases that flipped: {len(comparison.flips)}")
    return table_html(columns, rows, "list failed", flipped)
