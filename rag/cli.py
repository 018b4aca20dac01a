"""The command ``juzheng``: build, ask, search, eval, compare, check, ui, serve."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag._console import print_answer, print_hits, print_json, print_report, progress, speak_any_script, usage_line
from rag._options import (
    AsOfOption,
    IndexOption,
    JsonOption,
    LlmOption,
    PortOption,
    ReportOption,
    SinceOption,
    SourceOption,
    TagOption,
    UntilOption,
    VersionOption,
)

if TYPE_CHECKING:
    from rag._prompts import Language
    from rag.evaluation import GateResult, Run
    from rag.workflow import Assistant

app = typer.Typer(
    name="juzheng",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# click's UsageError, which typer does not name.
_WRONG_USE: type[Exception] = typer.BadParameter.__mro__[1]
_INTERRUPTED = 130  # exit code, as shells have it
_INDEX = "juzheng-index"
_JUDGE = "juzheng-judge"  # where the labels of a judge are kept, whatever run asks for them


@app.callback()
def _juzheng(version: VersionOption = False) -> None:
    """举证：有问必答，答必有据。Answers over your articles, every figure traced to its source."""


@app.command()
def build(
    corpus: Annotated[list[Path], typer.Argument(metavar="FOLDER|FILE...", help="语料：文件夹或文件")],
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
) -> None:
    """建立或更新索引，使其与语料一致。 Add, update and remove so that the index equals the corpus."""
    from rag._errors import UsageError
    from rag.workflow import build as build_index

    with progress("建立索引") as advance:
        report = build_index(corpus, index, _settings(), progress=advance)
    print_report(report, index, as_json)
    if report.added + report.replaced + report.unchanged == 0:
        raise UsageError(
            f"{'、'.join(map(str, corpus))} 里 {len(report.skipped)} 个文件都读不了，索引 {index} 是空的；"
            "请给出有文章的文件夹。(no file could be read, the index is empty)"
        )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="问题")],
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
    source: SourceOption = None,
    tag: TagOption = None,
    llm: LlmOption = None,
) -> None:
    """回答一个问题，并给出出处。 Answer a question with its sources."""
    from rag.workflow import checked_question

    checked_question(question)  # before an index is built for it
    with _assistant(index, llm) as assistant:
        answer = assistant.ask(question, where=_filter(since, until, as_of, source, tag))
        if as_json:
            print_json(answer.to_dict())
        else:
            print_answer(answer, assistant)


@app.command()
def search(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="问题或词语")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="段落数 passages")] = 5,
    index: IndexOption = Path(_INDEX),
    as_json: JsonOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
    source: SourceOption = None,
    tag: TagOption = None,
) -> None:
    """查找段落，并说明每一段由谁找到、排在第几。 Find passages, and show where each retriever ranked them."""
    from rag.workflow import checked_question

    checked_question(question)
    with _assistant(index) as assistant:
        hits = assistant.search(question, k, where=_filter(since, until, as_of, source, tag))
    print_hits(hits, as_json)


@app.command(name="eval")
def evaluate(
    cases: Annotated[Path | None, typer.Argument(metavar="CASES", help="题目文件 .jsonl .csv .xlsx")] = None,
    index: IndexOption = Path(_INDEX),
    corpus: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="题目所问的语料，临时建立索引 index this corpus for the run")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="RUN", help="保存运行，可续跑 keep the run")
    ] = None,
    report: ReportOption = None,
    language: Annotated[str, typer.Option(help="报告的语言 zh or en")] = "zh",
    gates: Annotated[
        Path | None, typer.Option(metavar="FILE", help="门槛文件，未达则退出码为 1 exit 1 below a gate")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=32, help="同时提问的线程数 threads")] = 2,
    strict: Annotated[bool, typer.Option("--strict", help="题目有误即停止 stop at a faulty case")] = False,
    draft: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="从语料拟出 N 道待确认的题 propose cases instead")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="NAME", help="另请模型评判，写法同 --llm a model judges as well")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只估算评判的用量，不提问 only estimate what judging would send")
    ] = False,
    price: Annotated[float, typer.Option(min=0, help="每百万词元的价格 of a million tokens, for --dry-run")] = 0.0,
    as_json: JsonOption = False,
    llm: LlmOption = None,
) -> None:
    """按题目评测，分类列出得分和失误。 Score the assistant on a file of cases, by kind, with what was lost where."""
    from rich import print as show

    from rag._errors import UsageError
    from rag.evaluation import check_gates, draft_cases, estimate, load_cases, load_judge, render_terminal, save_cases
    from rag.evaluation import evaluate as run_cases

    if (cases is None) == (draft is None):
        raise UsageError("给出题目文件，或以 --draft N 拟题，二者取一。(give a file of cases, or --draft N)")
    if language not in ("zh", "en"):
        raise UsageError(f"--language 是 zh 或 en，不是 {language!r}。(zh or en)")
    if dry_run:
        if judge is None or cases is None:
            raise UsageError("--dry-run 估算 --judge 的用量，请一并给出题目文件。(give the cases and --judge NAME)")
        expected = estimate(load_cases(cases, strict))
        cost = f"，费用约 {expected.cost(price):.2f} (cost)" if price else ""
        print(
            f"至多 {expected.calls} 次调用，送出约 {expected.prompt_tokens} 词元，收到约 {expected.completion_tokens}"
            f"{cost}；已留存的评判不再发送。(calls, tokens sent and written, at most; nothing was sent)"
        )
        return
    with _assistant(index, llm) if corpus is None else _temporary(corpus, llm) as assistant:
        if draft is not None:
            target = out or Path("drafts.jsonl")
            save_cases(draft_cases(assistant, draft), target)
            print(f"拟题写入 {target}，请逐条确认。(drafts written: confirm each)")
            return
        assert cases is not None
        with progress("评测") as advance:
            run = run_cases(
                load_cases(cases, strict),
                assistant,
                out,
                progress=lambda done, total: advance("ask", done, total),
                workers=workers,
                judge=load_judge(judge, _JUDGE) if judge else None,
                strict=strict,
            )
    results = check_gates(run, gates) if gates else []
    if report is not None:
        _write_report(run, report, "en" if language == "en" else "zh", results)
    if as_json:
        print_json(run.to_dict())
    else:
        show(render_terminal(run, results))
    if any(result.status == "fail" for result in results):
        raise typer.Exit(1)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN_A", help="先前的运行")],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="后来的运行")],
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="写出 Markdown write Markdown, for CI")] = None,
) -> None:
    """成对比较两次运行；显著变差则退出码为 1。 Compare two runs case by case; exit 1 when the second is worse."""
    from rich import print as show

    from rag.evaluation import compare as compare_runs
    from rag.evaluation import load_run, render_markdown, render_terminal

    comparison = compare_runs(load_run(before), load_run(after))
    if report is not None:
        report.write_text(render_markdown(comparison), encoding="utf-8")
    show(render_terminal(comparison))
    raise typer.Exit(comparison.exit_code)


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
    if any(not fault.repaired for fault in faults):
        raise typer.Exit(1)
    if not faults:
        print(f"{index} 完好。(no fault)")


@app.command()
def ui(
    index: IndexOption = Path(_INDEX),
    host: Annotated[str, typer.Option(help="监听地址 address")] = "127.0.0.1",
    port: PortOption = 7860,
    llm: LlmOption = None,
) -> None:
    """打开网页。 Open the chat page."""
    from rag.ui import launch

    _must_be_free(host, port)
    with _assistant(index, llm) as assistant:
        launch(assistant, host=host, port=port)


@app.command()
def serve(
    index: IndexOption = Path(_INDEX),
    host: Annotated[str, typer.Option(help="监听地址 address")] = "127.0.0.1",
    port: PortOption = 8000,
    llm: LlmOption = None,
) -> None:
    """启动 HTTP 服务：POST /ask，GET /search，GET /health。 Serve over HTTP."""
    from rag.serving import run

    _must_be_free(host, port)
    with _assistant(index, llm) as assistant:
        run(assistant, host=host, port=port)


def main() -> None:
    """Run the command; a fault is one line on stderr and exit code 1, wrong use exit code 2."""
    from rag._errors import JuzhengError, UsageError

    speak_any_script()
    try:
        code = app(standalone_mode=False)
        if code == _INTERRUPTED:  # typer has caught the KeyboardInterrupt
            raise KeyboardInterrupt
        sys.exit(code)
    except _WRONG_USE as error:
        print(usage_line(error), file=sys.stderr)
        sys.exit(2)
    except UsageError as error:
        print(f"juzheng: {error}", file=sys.stderr)
        sys.exit(2)
    except JuzhengError as error:
        print(f"juzheng: {error}", file=sys.stderr)
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        print("juzheng: 已中断。(interrupted)", file=sys.stderr)
        sys.exit(_INTERRUPTED)
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


def _must_be_free(host: str, port: int) -> None:
    """Raise UsageError where nothing can listen there; asked before the index is opened, which takes longer."""
    import socket

    from rag._errors import UsageError

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn does: a closed port is free
            probe.bind(address)
    except OSError as error:
        raise UsageError(
            f"不能在 {host}:{port} 监听：{error.strerror}；请用 --port 或 --host 换一个，或结束占用它的程序。"
            "(cannot listen there)"
        ) from error


def _settings(llm: str | None = None) -> Any:
    from dataclasses import replace

    from rag.workflow import Settings

    settings = Settings.from_environment()
    return replace(settings, llm=llm) if llm else settings


def _write_report(run: "Run", path: Path, language: "Language", gates: "list[GateResult]") -> None:
    from rag.evaluation import render_markdown, write_report

    if path.suffix.lower() == ".md":
        path.write_text(render_markdown(run, gates), encoding="utf-8")
    else:
        write_report(run, path, language)


def _filter(
    since: str | None, until: str | None, as_of: str | None, source: list[str] | None, tag: list[str] | None
) -> Any:
    from rag.index import Filter

    if not (since or until or as_of or source or tag):
        return None
    return Filter(since=since, until=until, as_of=as_of, sources=tuple(source or ()), tags=tuple(tag or ()))


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
    with progress("建立索引") as advance:
        assistant = Assistant.build(corpus, index, _settings(llm), progress=advance)
    with assistant:
        yield assistant


@contextmanager
def _temporary(corpus: Path, llm: str | None) -> "Iterator[Assistant]":
    """Build an index of ``corpus`` for this run only."""
    from tempfile import TemporaryDirectory

    from rag.workflow import Assistant

    with TemporaryDirectory(prefix="juzheng-") as folder:
        with progress("建立索引") as advance:
            assistant = Assistant.build(corpus, folder, _settings(llm), progress=advance)
        with assistant:
            yield assistant
