"""The lists of the corpus tab as HTML: the place to drop files, what came of them, the articles."""

from collections.abc import Sequence
from html import escape

from rag.articles import Skipped
from rag.index import ArticleInfo
from rag.ui.language import Say
from rag.ui.markup import progress_bar_html, row_html, table_html

SHOWN = 50  # articles on a page of the list


def drop_html(formats: Sequence[str], say: Say) -> str:
    """Return the place where files and folders are dropped."""
    return (
        f'<div class="drop"><div><b>{say("把文件或文件夹拖到这里", "Drop files or a folder here")}</b>'
        f'<p class="hint">{escape(" ".join(formats))}</p></div><div>'
        f'<label class="button">{say("选择文件", "Choose files")}'
        f'<input type="file" multiple accept="{",".join(formats)}" data-files></label> '
        f'<label class="button">{say("选择文件夹", "Choose a folder")}'
        f'<input type="file" multiple webkitdirectory data-files></label></div>'
        f'<ul class="uploads" aria-live="polite" data-waiting="{say("等待", "waiting")}"'
        f' data-sending="{say("上传中", "uploading")}" data-sent="{say("已上传", "uploaded")}"'
        f' data-failed="{say("上传失败", "upload failed")}"></ul></div>'
    )


def progress_html(stage: str, done: int, total: int, say: Say) -> str:
    """Return how far a build is."""
    stages = {"read": say("读取文件", "reading"), "index": say("建立索引", "indexing")}
    share = done / total if total else 1.0
    return progress_bar_html(f"{escape(stages.get(stage, stage))} {share:.0%}", share, 1)


def added_html(names: Sequence[str], skipped: Sequence[Skipped], say: Say) -> str:
    """Return what came of each uploaded file: taken in, or why not."""
    faults: dict[str, list[str]] = {}
    for item in skipped:
        name = next((name for name in names if item.source == name or item.source.startswith(name + ":")), None)
        if name:
            record = item.source.removeprefix(name).strip(":")
            faults.setdefault(name, []).append(f"{record} {item.why}".strip())
    taken = len(names) - len(faults)
    lines = "".join(
        f'<li class="fault"><b>{escape(name)}</b> {"<br>".join(map(escape, reasons[:5]))}'
        f"{'…' if len(reasons) > 5 else ''}</li>"
        for name, reasons in faults.items()
    )
    heading = say(f"已加入 {taken} 个文件，现在就能提问。", f"{taken} files added; ask about them now.")
    return f'<div class="added" role="status"><p>✓ {heading}</p><ul>{lines}</ul></div>'


def fault_html(why: str, say: Say) -> str:
    """Return a notice that something could not be done, and why."""
    return f'<p class="notice" role="alert"><strong>{say("没能完成", "Not done")}</strong> {escape(why)}</p>'


def articles_html(articles: Sequence[ArticleInfo], skipped: Sequence[Skipped], find: str, first: int, say: Say) -> str:
    """Return a page of the articles that hold all words of ``find`` in title, source, date or tags, newest first."""
    words = find.lower().split()
    found = [info for info in articles if all(word in _told(info).lower() for word in words)]
    found.sort(key=lambda info: (info.published or "", info.id), reverse=True)
    if not found:
        none = (
            say(
                "没有标题、文件名、日期或标签合乎所筛的文章。",
                "No article has all of that in title, file, date or tags.",
            )
            if words
            else say("还没有文章。把文件拖到上面，加入后就能提问。", "No article yet. Drop files above, and ask.")
        )
        return f'<p class="none" role="status">{none}</p>' + _skipped(skipped, say)
    columns = (
        say("文章", "Article"),
        say("发表", "Published"),
        say("字数", "Length"),
        say("段落", "Passages"),
        say("操作", "Actions"),
    )
    rows = [_row(info, columns, say) for info in found[first : first + SHOWN]]
    count = say(f"{len(found):,} 篇文章", f"{len(found):,} article{'s' * (len(found) > 1)}")
    table = table_html(columns, rows, "list articles", count, _RIGHT)
    return table + _pages(len(found), first, say) + _skipped(skipped, say)


def _told(info: ArticleInfo) -> str:
    return " ".join([info.title, info.source, info.published or "", *info.tags])


_RIGHT = (2, 3, 4)  # columns of figures, and of the button


def _row(info: ArticleInfo, columns: Sequence[str], say: Say) -> str:
    number = escape(info.id)
    warnings = "".join(f'<span class="warning">{text}</span>' for text in _warnings(info, say))
    # The folders stand in the name already.
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in info.tags if f"{tag}/" not in info.source)
    sure = say("确认删除？", "really delete?")
    title = escape(info.title or info.source)
    cells = (
        f'<button type="button" class="name" data-event="read" data-article="{number}">{title}</button>'
        f'<span class="meta">{escape(info.source)} {tags}{warnings}</span>',
        escape(info.published or "—"),
        f"{info.characters:,}",
        f"{info.passages:,}",
        f'<button type="button" class="quiet danger" data-event="remove" data-article="{number}"'
        f' data-sure="{sure}" aria-label="{say("删除", "delete")} {title}">{say("删除", "delete")}</button>',
    )
    return row_html(columns, cells, _RIGHT)


def _warnings(info: ArticleInfo, say: Say) -> list[str]:
    """What a reader of answers from this article should know."""
    warnings = []
    if not info.published:
        warnings.append(say("没有日期", "no date"))
    elif len(info.published) == 4:
        warnings.append(say("只知年份", "only the year"))
    if not info.passages:
        warnings.append(say("没有正文", "no body text"))
    return warnings


def _pages(count: int, first: int, say: Say) -> str:
    if count <= SHOWN:
        return ""
    steps = [
        f'<button type="button" class="quiet" data-event="turn" data-first="{start}"{"" if there else " disabled"}>'
        f"{text}</button>"
        for start, text, there in (
            (max(0, first - SHOWN), say("← 上一页", "← previous"), first > 0),
            (first + SHOWN, say("下一页 →", "next →"), first + SHOWN < count),
        )
    ]
    return f'<p class="pages">{steps[0]} {first + 1:,}–{min(count, first + SHOWN):,} {steps[1]}</p>'


def _skipped(skipped: Sequence[Skipped], say: Say) -> str:
    if not skipped:
        return ""
    lines = "".join(f"<li><b>{escape(item.source)}</b> {escape(item.why)}</li>" for item in skipped[:200])
    heading = say(f"没有读进来的：{len(skipped):,}", f"Not taken in: {len(skipped):,}")
    return f'<details class="skipped"><summary>{heading}</summary><ul>{lines}</ul></details>'
