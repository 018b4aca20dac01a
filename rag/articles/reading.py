"""A corpus file -> its articles. Whatever is wrong with a file is said in words, and stops nothing else."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.articles.article import Article, Published, Skipped
from rag.articles.dates import find_date, read_date
from rag.articles.decoding import UndecodableError, normalise
from rag.articles.files import CorpusFile
from rag.articles.formats import LOADERS
from rag.articles.layout import lay_out
from rag.articles.loaded import Loaded, UnreadableError
from rag.articles.records import Record, is_broken, read_csv, read_jsonl
from rag.articles.titles import find_title

LARGEST = 100_000_000  # bytes of a file that is one article
_RECORDS: dict[str, Callable[[Path], Iterator[Record]]] = {".jsonl": read_jsonl, ".csv": read_csv}
_BETWEEN_TAGS = re.compile(r"[,，、;；|\n]")
FORMATS = (*LOADERS, *_RECORDS)


def read_articles(file: CorpusFile) -> Iterator[Article | Skipped]:
    """Yield the articles of ``file``, and in place of each that cannot be had the reason.

    A .jsonl or .csv file holds one article a record, with ``id`` and ``text`` and perhaps ``title``, ``date``,
    ``source`` and ``tags``; any other file is one article, whose id is the file's source. The folders that a file lies
    in, below that of the corpus, are tags of its articles. Raises nothing for a bad file.
    """
    suffix = file.path.suffix.lower()
    try:
        if suffix in _RECORDS:
            yield from _read_records(file, _RECORDS[suffix](file.path))
        elif suffix in LOADERS:
            yield _read_one(file, LOADERS[suffix])
        else:
            yield Skipped(
                file.source, f"只读 {' '.join(FORMATS)}，这是 {suffix or '无后缀'}；请转换格式 (format not read)"
            )
    except FileNotFoundError:
        yield Skipped(file.source, "文件在读取时已不存在；请重新运行 (the file has vanished: run again)")
    except (UndecodableError, UnreadableError) as error:
        yield Skipped(file.source, str(error))
    except OSError as error:
        yield Skipped(file.source, f"系统不让读取：{error.strerror or error}；请检查权限与磁盘 (cannot be read)")
    # Parsers of three formats meet whatever users have; what they trip over must not end a build of thousands.
    except Exception as error:
        yield Skipped(file.source, f"读取时出错：{type(error).__name__}: {error}；请另存为 .txt 再加入 (save as .txt)")


def _read_one(file: CorpusFile, load: Callable[[Path], Loaded]) -> Article | Skipped:
    size = file.path.stat().st_size
    if size > LARGEST:
        return Skipped(
            file.source,
            f"单篇文件不得超过 {LARGEST // 1_000_000} MB，这个有 {size / 1_000_000:,.0f} MB；"
            "请拆分，或改为每行一篇的 .jsonl "
            "(too large for one article: split it)",
        )
    loaded = load(file.path)
    if not loaded.text.strip():
        return Skipped(file.source, "没有文字；请删除或补上内容 (empty)")
    blocks = lay_out(loaded.text, loaded.pages)
    title = find_title(loaded.text, blocks) or loaded.title
    if loaded.title and loaded.title.startswith(title):
        title = loaded.title
    published = find_date(loaded.text, blocks, name=file.path.stem, page=loaded.date)
    tags = _tags(file, None)
    return Article(file.source, file.source, title, published, loaded.text, blocks, loaded.pages, tags)


def _read_records(file: CorpusFile, records: Iterator[Record]) -> Iterator[Article | Skipped]:
    seen: dict[str, int] = {}
    empty = True
    for number, fields in records:
        empty = False
        where = f"{file.source}:{number}"
        if isinstance(fields, str):
            yield Skipped(where, fields)
            continue
        id_, text = _field(fields, "id"), _field(fields, "text")
        if not id_ or not text:
            lacks = "、".join(name for name, value in (("id", id_), ("text", text)) if not value)
            yield Skipped(where, f"每条记录必须有 id 和 text，此条缺 {lacks}；请补上 (a record needs id and text)")
        elif id_ in seen:
            yield Skipped(where, f"id 必须唯一，{id_} 已见于第 {seen[id_]} 行；请改 id (duplicate id)")
        elif is_broken(text) or is_broken(id_):
            yield Skipped(where, "含有不成字符的代码 (lone surrogates)；请改正 (invalid characters)")
        else:
            seen[id_] = number
            yield _record_article(file, id_, normalise(text), fields)
    if empty:
        yield Skipped(file.source, "没有记录；请删除或补上内容 (empty)")


def _record_article(file: CorpusFile, id_: str, text: str, fields: dict[str, object]) -> Article:
    blocks = lay_out(text)
    given = _field(fields, "date")
    date = read_date(given)
    published = Published(date, f"date: {given}") if date else find_date(text, blocks)
    title = _field(fields, "title") or find_title(text, blocks)
    source, tags = _field(fields, "source") or file.source, _tags(file, fields.get("tags"))
    return Article(id_, source, title, published, text, blocks, tags=tags)


def _tags(file: CorpusFile, given: object) -> tuple[str, ...]:
    """Return what an article is filed under: its folders, then the tags of its record, a list or text with commas."""
    listed = given if isinstance(given, list) else _BETWEEN_TAGS.split(given) if isinstance(given, str) else []
    tags = [*file.source.split("/")[:-1], *(tag.strip() for tag in listed if isinstance(tag, str))]
    return tuple(dict.fromkeys(filter(None, tags)))


def _field(fields: dict[str, object], name: str) -> str:
    """Return a field as stripped text; numbers count, all else is nothing."""
    value = fields.get(name)
    if isinstance(value, str):
        return value if name == "text" and value.strip() else value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
