"""What the command line shows: progress on stderr, answers, reports and passages on stdout."""

import codecs
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index import BuildReport
    from rag.search import Hit
    from rag.verification import Answer
    from rag.workflow import Assistant

_STAGES = {"read": "读取", "index": "索引", "ask": "提问"}


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each stage, on stderr, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(f"{title} · {_STAGES.get(stage, stage)}", total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield advance


def speak_any_script() -> None:
    """Let stdout and stderr take any character: UTF-8 where they know only ASCII, else escaped where they lack it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii_only = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


def usage_line(error: Any) -> str:
    """Return what click's UsageError ``error`` says as one line: what is wrong, how it is written, where help is.

    A bare ``juzheng`` is answered with its help, which has more lines.
    """
    kind, context, message = type(error).__name__, error.ctx, error.format_message()
    if kind == "NoArgsIsHelpError":
        return str(message)
    named = re.search(r"'([^']*)'|\(([^()]*)\)$", message)
    what = next(filter(None, named.groups()), "") if named else ""
    if message.startswith("No such command"):
        told = f"没有命令 {what}，有的是：{'、'.join(context.command.commands)}"
    elif message.startswith("Got unexpected extra"):
        told = f"多出了 {what}；问题里有空格时请加引号"
    else:
        told = {
            "MissingParameter": f"缺少 {what}",
            "NoSuchOption": f"没有选项 {getattr(error, 'option_name', '')}",
            "BadOptionUsage": f"选项 {what} 后面缺少值",
            "BadParameter": f"{what} 的值不对",
        }.get(kind, "用法不对")
    usage = f"写作 {' '.join(context.get_usage().split()).removeprefix('Usage: ')}；" if context else ""
    path = context.command_path if context else "juzheng"
    return f"juzheng: {told}。{usage}详见 {path} --help。({message.rstrip('.')})"


def print_report(report: "BuildReport", index: Path, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "added": report.added,
                "replaced": report.replaced,
                "removed": report.removed,
                "unchanged": report.unchanged,
                "skipped": [{"source": skipped.source, "why": skipped.why} for skipped in report.skipped],
                "generation": report.generation,
                "healed": report.healed,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    for skipped in report.skipped:
        print(f"跳过 {skipped.source}：{skipped.why}", file=sys.stderr)
    if report.healed:
        print(f"已重建。(made anew) {report.healed}", file=sys.stderr)
    print(
        f"{index}：新增 {report.added}，更新 {report.replaced}，删除 {report.removed}，未变 {report.unchanged}，"
        f"跳过 {len(report.skipped)}（{report.seconds:.1f} 秒，版本 {report.generation[:12]}）"
    )


def print_answer(answer: "Answer", assistant: "Assistant") -> None:
    print(answer.text)
    if answer.notice:
        print(f"\n〔{answer.notice}〕")
    if answer.citations:
        print("\n出处" if not answer.refused else "\n文中所有")
    for citation in answer.citations:
        places = "、".join(_place(assistant, citation.article_id, span.start, span.end) for span in citation.spans)
        print(
            f"[{citation.number}] {citation.source} · {citation.title} · {citation.published or '日期不详'} · {places}"
        )
    for figure in answer.figures:
        if figure.status == "unsupported":
            print(f"！{figure.text}：出处里没有这个数字。(not in the cited source)")
    sure = "—" if answer.refused else f"把握 {answer.confidence:.0%}"
    sent, written = answer.details.get("prompt_tokens"), answer.details.get("completion_tokens")
    tokens = f" · 词元 {sent} 入 {written} 出" if sent is not None else ""
    print(f"\n{sure} · {answer.engine} · {sum(answer.seconds.values()):.2f} 秒{tokens}")


def _place(assistant: "Assistant", article_id: str, start: int, end: int) -> str:
    article = assistant.article(article_id)
    line = article.text.count("\n", 0, start) + 1
    page = sum(1 for offset in article.pages if offset <= start)
    where = f"第{page}页" if page else f"第{line}行"
    return f"{where}，字符 {start}–{end}"


def print_json(value: dict[str, Any] | Sequence[Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_hits(hits: Sequence["Hit"], as_json: bool) -> None:
    """Print ranked passages, with where each retriever ranked them."""
    if as_json:
        print_json(
            [
                {
                    "rank": rank,
                    "score": round(hit.score, 4),
                    "lexical": hit.lexical,
                    "dense": hit.dense,
                    "rerank": None if hit.rerank is None else round(hit.rerank, 4),
                    "source": hit.passage.source,
                    "article": hit.passage.article_id,
                    "title": hit.passage.title,
                    "published": hit.passage.published,
                    "tags": list(hit.passage.tags),
                    "text": hit.passage.text,
                    "spans": [[span.start, span.end] for span in hit.passage.spans],
                    "duplicates": [passage.source for passage in hit.duplicates],
                }
                for rank, hit in enumerate(hits, 1)
            ]
        )
        return
    for rank, hit in enumerate(hits, 1):
        passage = hit.passage
        tags = "".join(f" · #{tag}" for tag in passage.tags)
        print(f"{rank}. {passage.source} · {passage.title} · {passage.published or '日期不详'}{tags}")
        print(f"   得分 {hit.score:.3f} · 词 {hit.lexical or '—'} · 向量 {hit.dense or '—'}")
        print(f"   {' '.join(passage.text.split())}\n")
    if not hits:
        print("没有找到。(nothing found)")
