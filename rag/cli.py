"""The command ``juzheng``: build, ask, search, eval, compare, check, ui, serve."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rag.index import BuildReport
    from rag.verification import Answer
    from rag.workflow import Assistant, Progress

app = typer.Typer(
    name="juzheng",
    help="举证：有问必答，答必有据。Answers over your articles, every figure traced to its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_INDEX = "juzheng-index"
IndexOption = Annotated[Path, typer.Option("--index", metavar="DIR", help="索引文件夹 the folder of the index")]
LlmOption = Annotated[
    str | None,
    typer.Option("--llm", metavar="NAME", help="由模型作答 a model, as openai-like:qwen3-32b@http://127.0.0.1:8000/v1"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]
SinceOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="只用此日期以来的文章 published since, as 2023-02")
]
UntilOption = Annotated[str | None, typer.Option(metavar="DATE", help="只用此日期以前的文章 published until")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="只用此日期时已发表的文章 surely published by")
]


@app.command()
def build(
    corpus: Annotated[list[Path], typer.Argument(metavar="FOLDER|FILE...", help="语料：文件夹或文件")],
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
) -> None:
    """建立或更新索引，使其与语料一致。 Add, update and remove so that the index equals the corpus."""
    from rag.workflow import build as build_index

    with _progress("建立索引") as progress:
        report = build_index(corpus, index, _settings(), progress=progress)
    _print_report(report, index, as_json)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="问题")],
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
    llm: LlmOption = None,
) -> None:
    """回答一个问题，并给出出处。 Answer a question with its sources."""
    with _assistant(index, llm) as assistant:
        answer = assistant.ask(question, where=_filter(since, until, as_of))
        if as_json:
            _print_json(answer.to_dict())
        else:
            _print_answer(answer, assistant)


@app.command()
def search(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="问题或词语")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="段落数 passages")] = 5,
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
) -> None:
    """查找段落，并说明每一段由谁找到、排在第几。 Find passages, and show where each retriever ranked them."""
    with _assistant(index) as assistant:
        hits = assistant.search(question, k, where=_filter(since, until, as_of))
    if as_json:
        _print_json(
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
        print(f"{rank}. {passage.source} · {passage.title} · {passage.published or '日期不详'}")
        print(f"   得分 {hit.score:.3f} · 词 {hit.lexical or '—'} · 向量 {hit.dense or '—'}")
        print(f"   {' '.join(passage.text.split())}\n")
    if not hits:
        print("没有找到。(nothing found)")


@app.command()
def check(
    index: IndexOption = Path(_INDEX),
    repair: Annotated[
        bool, typer.Option("--repair", help="由 SQLite 重建损坏的部分 rebuild what can be rebuilt")
    ] = False,
) -> None:
    """核对索引的每个校验和、计数与编号；有错则退出码为 1。 Verify every checksum, count and id; exit 1 on any fault."""
    from rag.workflow import check as check_index

    faults = check_index(index, _settings(), repair=repair)
    for fault in faults:
        print(fault)
    if faults and not repair:
        raise typer.Exit(1)
    if not faults:
        print(f"{index} 完好。(no fault)")


@app.command()
def ui(
    index: IndexOption = Path(_INDEX),
    host: Annotated[str, typer.Option(help="监听地址 address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 port")] = 7860,
    llm: LlmOption = None,
) -> None:
    """打开网页。 Open the chat page."""
    from rag.ui import launch

    with _assistant(index, llm) as assistant:
        launch(assistant, host=host, port=port)


@app.command()
def serve(
    index: IndexOption = Path(_INDEX),
    host: Annotated[str, typer.Option(help="监听地址 address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 port")] = 8000,
    llm: LlmOption = None,
) -> None:
    """启动 HTTP 服务：POST /ask，GET /search，GET /health。 Serve over HTTP."""
    from rag.serving import run

    with _assistant(index, llm) as assistant:
        run(assistant, host=host, port=port)


def main() -> None:
    """Run the command; a fault is one line on stderr and exit code 1, wrong use exit code 2."""
    from rag._errors import JuzhengError, UsageError

    try:
        app()
    except UsageError as error:
        print(f"juzheng: {error}", file=sys.stderr)
        sys.exit(2)
    except JuzhengError as error:
        print(f"juzheng: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("juzheng: 已中断。(interrupted)", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away (juzheng search … | head); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(
            f"juzheng: {place}{error.strerror or error}。请检查磁盘空间和权限。(check disk and rights)", file=sys.stderr
        )
        sys.exit(1)


def _settings(llm: str | None = None) -> Any:
    from dataclasses import replace

    from rag.workflow import Settings

    settings = Settings.from_environment()
    return replace(settings, llm=llm) if llm else settings


def _filter(since: str | None, until: str | None, as_of: str | None) -> Any:
    from rag.index import Filter

    return Filter(since=since, until=until, as_of=as_of) if since or until or as_of else None


@contextmanager
def _assistant(index: Path, llm: str | None = None) -> "Iterator[Assistant]":
    """Open the index; where the default one is not there yet, build it from ``corpus/`` or the packaged sample."""
    from rag.workflow import Assistant, exists, sample_corpus

    if exists(index) or index != Path(_INDEX):
        with Assistant.open(index, _settings(llm)) as assistant:
            yield assistant
        return
    corpus = sample_corpus()
    print(f"还没有索引，先用 {corpus} 建立 {index}。(no index yet: building it)", file=sys.stderr)
    with _progress("建立索引") as progress:
        assistant = Assistant.build(corpus, index, _settings(llm), progress=progress)
    with assistant:
        yield assistant


@contextmanager
def _progress(title: str) -> "Iterator[Progress]":
    """Show a bar for each stage, on stderr, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    stages = {"read": "读取", "index": "索引"}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(f"{title} · {stages.get(stage, stage)}", total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield advance


def _print_report(report: "BuildReport", index: Path, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "added": report.added,
                "replaced": report.replaced,
                "removed": report.removed,
                "unchanged": report.unchanged,
                "skipped": [{"source": skipped.source, "why": skipped.why} for skipped in report.skipped],
                "generation": report.generation,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    for skipped in report.skipped:
        print(f"跳过 {skipped.source}：{skipped.why}", file=sys.stderr)
    print(
        f"{index}：新增 {report.added}，更新 {report.replaced}，删除 {report.removed}，未变 {report.unchanged}，"
        f"跳过 {len(report.skipped)}（{report.seconds:.1f} 秒，版本 {report.generation[:12]}）"
    )


def _print_answer(answer: "Answer", assistant: "Assistant") -> None:
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
    print(f"\n{sure} · {answer.engine} · {sum(answer.seconds.values()):.2f} 秒")


def _place(assistant: "Assistant", article_id: str, start: int, end: int) -> str:
    article = assistant.article(article_id)
    line = article.text.count("\n", 0, start) + 1
    page = sum(1 for offset in article.pages if offset <= start)
    where = f"第{page}页" if page else f"第{line}行"
    return f"{where}，字符 {start}–{end}"


def _print_json(value: dict[str, Any] | Sequence[Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
