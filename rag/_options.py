"""The options that several commands share, each with its help."""

from pathlib import Path
from typing import Annotated

import typer


def _no_file(index: Path) -> Path:
    from rag._errors import UsageError

    if index.exists() and not index.is_dir():
        raise UsageError(f"索引是一个文件夹，而 {index} 是文件；请用 --index 另给一个文件夹。(the index is a folder)")
    return index


def _version(asked: bool) -> None:
    from rag import __version__

    if asked:
        print(f"juzheng {__version__}")
        raise typer.Exit


IndexOption = Annotated[
    Path, typer.Option("--index", metavar="DIR", callback=_no_file, help="索引文件夹 the folder of the index")
]
VersionOption = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="版本 the version")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="端口 port")]
LlmOption = Annotated[
    str | None,
    typer.Option("--llm", metavar="NAME", help="由模型作答 a model, as openai-like:qwen3-32b@http://127.0.0.1:8000/v1"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]
SinceOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="只用此日期以来的文章 published since, as 2023-02")
]
UntilOption = Annotated[str | None, typer.Option(metavar="DATE", help="只用此日期以前的文章 published until")]
ReportOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="写出报告：.html，或 .md write a report, HTML or Markdown")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="只用此日期时已发表的文章 surely published by")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="只用此来源，可用 * 通配，可重复 a source or pattern; any of them"),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="只用有此标签的（文件夹或 tags），可重复 a folder or tag; all of them"),
]
