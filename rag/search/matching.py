"""How well the words of a question are carried by a stretch of text: terms, synonyms, clauses and their scope."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag._text import Span, weight
from rag.search.measures import of_metric
from rag.search.query import Part, Query
from rag.search.synonyms import synonyms_of
from rag.search.translation import english_of, glosses, is_english, said_in_english, sounds_in

# Words that ask and do not tell; they are no evidence for or against a sentence.
_ASKING = frozenset(
    re.findall(
        r"\S+",
        """
        请问 请 问 一下 告诉 我 我们 想 知道 了解 查 查询 是 的 了 有 吗 呢 啊 吧 和 与 及 在 为 被 由 将 会 能 要 可以
        大概 大约 约 一共 总共 共 进去 这样 那样 这种 那种 到底 究竟 具体 分别 目前 现在 都 就 这 那 这个 那个 该 其
        它 他 她 个 家 多少 几 哪 哪个 哪些 什么 谁 如何 怎么
        来着 呀 嘛 啦 呗 喔 哦 那边 这边 那儿 这儿 那里 这里 里头 里面 打算 差不多 弄 搞 整 如今 现如今 特别 想问 问问
        帮我 帮忙 看看 查下 查一查 麻烦 晓得 你们 咱 咱们 人家 玩意 摊子 事 事儿 呃 那啥 得 需要 往上 这回 这次
        光 老 挺 蛮 还 再 又 才 只 就是 是不是 有没有 能不能 名字 叫 叫做 说 说的 提到 报道 文中 资料 文章 各 一下子
        职务 职位 头衔 身份
        the a an of in on at for to is are was were be been do does did has have had will would can could it its this
        that what which who when where how many much and or by with from there as per s
        """,
    )
)


def asks(word: str) -> bool:
    """Tell whether a folded word only asks or joins others: it tells nothing of what is asked about."""
    return word in _ASKING


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of the question; ``near`` in (0, 1] says how close it stands to the interrogative.

    ``named`` words are part of a name that the question speaks of.
    """

    text: str
    weight: float
    near: float
    named: bool = False


def terms_of(query: Query, part: Part) -> tuple[Term, ...]:
    """Return the content words of the question as far as ``part`` goes: its own clause, and the subject before it."""
    masked = list(query.folded)
    for span in [piece.focus for piece in query.parts] + [period.span for period in query.periods]:
        masked[span.start : span.end] = "\0" * len(span)
    # The other parts of a question ask for other things; what stands before the first of them is their common subject.
    others = [piece.span for piece in query.parts if piece is not part and not piece.span.overlaps(part.span)]
    first = min((piece.span.start for piece in query.parts), default=0)
    names = query.names
    found: list[Term] = []
    # 卫星多重 asks for what is 重: that is the metric, and what stands before it the subject, but for 主跨多长.
    before = query.folded[part.span.start : part.focus.start]
    size = _SIZE.fullmatch(part.focus.of(query.folded)) if not of_metric(before, query.language) else None
    if size:
        found.append(Term(size[1], _SIZE_WEIGHT, 1.0))
    offset = 0
    for word in _words(query.folded):
        start, end = offset, offset + len(word)
        offset = end
        text = "".join(masked[start:end]).replace("\0", "").strip()
        if not re.search(r"\w", text) or text in _ASKING or _ONE.fullmatch(text):
            continue
        own = start < part.span.end and end > part.span.start
        if not own and any(span.start <= start < span.end for span in others) and start >= first:
            subject = _is_subject(query, part, start)
            if not subject:
                continue
        distance = max(part.focus.start - end, start - part.focus.end, 0) if own else 20
        distance += _BEHIND_SIZE if size else 0
        near = 1 / (1 + distance / (4 if query.language == "zh" else 12))
        found.append(Term(text, _worth(text), near, any(text in name for name in names)))
    return tuple(found)


_ONE = re.compile(r"一[个颗只条座家棵辆台套块张件头枚艘架片根]")
_SIZE = re.compile(r"多([高长宽深重远快厚])")
_SIZE_WEIGHT = 4.0
_BEHIND_SIZE = 3  # characters
# 社零是 and 能盖 are no words: what the dictionary does not know is cut together by chance with what joins.
_JOINED = re.compile(r"(?<=[㐀-鿿])(?=[是有要到]$)|(?<=^[能会要时在])(?=[㐀-鿿])")
_DONE = re.compile(r"(?<=^[㐀-鿿])(?=[了过]$)|(?<=^要)(?=[㐀-鿿]$)")  # 投了, 签过, 要花
_KNOWN = 10.0  # words of the table weigh less


def _words(text: str) -> Iterator[str]:
    import rjieba

    for word in rjieba.cut(text):
        yield from (_JOINED if weight(word) > _KNOWN else _DONE).split(word)


def _worth(text: str) -> float:
    """Return the weight of a word; an English one weighs what its translations do, a name without any a fair amount."""
    if not (text.isascii() and text.isalpha()):
        return weight(text)
    translated = [weight(other) for other in glosses(text)[:3]]
    return min(translated) if translated else min(weight(text), 6.0)


def _is_subject(query: Query, part: Part, start: int) -> bool:
    """Tell whether a word outside of ``part`` is the subject it shares: in an earlier part, ahead of its focus."""
    return any(
        piece.span.start <= start < piece.focus.start and piece.span.start < part.span.start for piece in query.parts
    )


_LONGER = {
    "出口": re.compile(r"(?<!进)出口"),
    "增加": re.compile(r"增加(?!值)"),
    "生产": re.compile(r"生产(?!总值)"),
    "消费": re.compile(r"消费(?!价格|品)"),
    "收入": re.compile(r"收入(?!支出)"),
    "总值": re.compile(r"(?<!生产)总值"),
}


# What a noun of measure ends in, beside the word for what is measured: 投资额, 招生数, 覆盖率.
_OF_KIND = re.compile(r"(?:总?[额量数值]|数量|数额|金额|人数|总数|面积|规模|[比百]分?率|比例|比重|率|幅度?)$")


@lru_cache(maxsize=200_000)
def degree(term: str, text: str) -> float:
    """Return in [0, 1] how far folded ``text`` has the word: itself 1, a synonym 0.85, a part of it its share."""
    if term.isdigit():
        return float(re.search(rf"(?<!\d){term}(?!\d)", text) is not None)  # 24 is not in 124%
    if term in text:
        # 出口 is not in 进出口, 增加 not in 增加值: the longer word is another metric.
        longer = _LONGER.get(term)
        return float(longer is None or longer.search(text) is not None)
    if not term.isascii() and is_english(text):
        return said_in_english(term, text)
    best = 0.0
    stem = _OF_KIND.sub("", term)
    if 1 < len(stem) < len(term) and stem in text:
        return 0.85  # 完成率 of what is 完成62%: the unit says the rest
    for other in (*synonyms_of(term), *(glosses(term) if term.isascii() else english_of(term))):
        if other in text:
            best = 0.85
            break
    if best == 0.0 and term.isascii() and term.isalpha():
        # In English text another word for the same Chinese one will do: cost for investment.
        alike = is_english(text) and any(said_in_english(other, text) == 0.85 for other in glosses(term)[:2])
        best = 0.85 if alike or sounds_in(term, text) else 0.0
    if best == 0.0 and len(term) == 4 and term[:2] in text and term[2:] in text:
        best = 0.8  # 城镇居民 where 居民 stands, and 其中城镇
    if best == 0.0 and len(term) > 2 and not term.isascii():
        # 总投资额 is carried in part by 投资.
        for size in range(len(term) - 1, 1, -1):
            if any(term[start : start + size] in text for start in range(len(term) - size + 1)):
                best = 0.8 * size / len(term)
                break
    return best


def coverage(terms: Sequence[Term], text: str, *, near: bool = False) -> float:
    """Return the share of the question's weight that folded ``text`` carries, in [0, 1]; 1 when there are no terms.

    With ``near`` a word counts by its closeness to the interrogative, so that the metric asked for counts most, common
    word or not (投资 is in one article of ten, and yet all that tells 总投资多少 from 营业收入多少).
    """
    total = carried = 0.0
    for term in terms:
        worth = max(term.weight, 4.0) * term.near**1.5 if near else term.weight
        total += worth
        carried += worth * degree(term.text, text)
    return carried / total if total else 1.0


def metric_of(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return the words that stand next to the interrogative: what is asked about (总投资 in 港口总投资多少)."""
    if not terms:
        return ()
    # English puts the subject there (What was the port's throughput): what is measured in something counts instead.
    if measured := tuple(term for term in terms if term.text.isascii() and of_metric(term.text, "en")):
        return measured
    nearest = max(term.near for term in terms)
    best = [term for term in terms if term.near == nearest]
    if all(len(term.text) < 3 for term in best):
        # 总 + 投资, 养老 + 床位: a short word takes the one beside it along, but for a name (云澜市出口).
        best = [term for term in terms if term.near >= 0.64 * nearest and not term.named] or best
    return tuple(best)


_FINE = re.compile(r"[，,、；;：:。！？!?…\n（）()|\t]|\.\s|\b(?:and|with|while|including)\b")
_COARSE = re.compile(r"[，,；;。！？!?…\n]|\.\s")


def clause(text: str, span: Span, *, fine: bool) -> Span:
    """Return the clause of ``text`` around ``span``: between commas, with ``fine`` also between enumeration commas.

    A comma or point inside a figure (1,024.5) ends nothing.
    """
    pattern = _FINE if fine else _COARSE
    start, end = 0, len(text)
    for match in pattern.finditer(text):
        at = match.start()
        inside = 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit() and match.group() in ",，"
        if inside:
            continue
        if match.end() <= span.start:
            start = match.end()
        elif at >= span.end:
            end = at
            break
    return Span(start, end)


RESPECTIVELY = re.compile(r"分别|依次|respectively")
_ITEM = re.compile(r"[、和及与]|以及")


def respective(text: str, figures: Sequence[Span], span: Span) -> str | None:
    """Return the words that a figure of a 分别-list belongs to, or None where ``text`` has no such list.

    In 甲、乙、丙分别完成a、b和c the figure b belongs to 乙: the item in its place, and the words around the list. The
    items are the last as many enumerated before 分别 as there are figures in a row after it: between 、, or clauses
    with a figure each (甲增加值1亿元，乙增加值2亿元，分别增长…), or of the sentence before (三类企业分别为…).
    """
    marker = None
    for match in RESPECTIVELY.finditer(text):
        if match.start() < span.start:
            marker = match
    if marker is None:
        return None
    row: list[Span] = []
    for figure in figures:
        if figure.start < marker.end():
            continue
        if row and not re.fullmatch(r"[、,，和及与\s]{1,3}|以及", text[row[-1].end : figure.start]):
            break
        row.append(figure)
    if span not in row or len(row) < 2:
        return None
    head = text[: marker.start()]
    # What stands between the items and 分别 (，累计分别达到, 。三类企业总数分别为) is said of each.
    said = max((match.end() for match in _COARSE.finditer(head.rstrip("，, "))), default=0)
    itself = _ITEM.search(head[said:]) or any(said <= figure.start < marker.start() for figure in figures)
    shared = "" if itself else head[said:]
    listed = head[:said] if shared else head
    items = _items(listed.rstrip("，,；;。 "), figures, len(row))
    if items is None:
        return None
    opening, item = items[0].start, items[row.index(span)]
    between = text[marker.end() : row[0].start]
    sentence = max((listed.rfind(mark, 0, opening) for mark in "。！？"), default=-1) + 1
    item_words = item.of(listed) + _said_once(item.of(listed), items[-1].of(listed)) + ("," if shared else "") + shared
    return listed[sentence:opening] + item_words + between + span.of(text)


def _said_once(item: str, last: str) -> str:
    """Return what the ``last`` item of a list says for all: 保险参保人数 of 养老、失业、工伤保险参保人数."""
    if of_metric(item, "zh") or not of_metric(last, "zh") or item[-2:] == last[-2:] or re.search(r"\d", last):
        return ""
    import rjieba

    return last[min(len(rjieba.cut(last)[0]), 2) :]


def _items(head: str, figures: Sequence[Span], count: int) -> list[Span] | None:
    """Return the last ``count`` things enumerated at the end of ``head``, None where there are not so many."""
    for pattern in (_ITEM, re.compile(r"[，,；;、]")):
        items: list[Span] = []
        end = len(head)
        for match in reversed(list(pattern.finditer(head))):
            items.insert(0, Span(match.end(), end))
            end = match.start()
            if len(items) == count - 1:
                break
        if len(items) != count - 1:
            continue
        items.insert(0, Span(max((match.end() for match in _COARSE.finditer(head, 0, end)), default=0), end))
        each = all(any(figure.start >= item.start and figure.end <= item.end for figure in figures) for item in items)
        if each or (pattern is _ITEM and not _COARSE.search(head, items[0].start, items[-1].start)):
            return items
    return None
