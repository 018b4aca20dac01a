"""Phrases that may answer who, where, which and what: names, bodies, places, quoted titles, rows and complements."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from rag._reader import Reading, spans
from rag._text import Span
from rag.search.interrogatives import FORMED, OFFICE, POST
from rag.search.names import named_things
from rag.search.query import Part, Query
from rag.synthesis.forms import formed
from rag.synthesis.persons import persons
from rag.synthesis.places import places

# Bodies: what ends so signs, builds, invests.
_BODY = re.compile(
    r"[\w（）()·]{2,24}?(?:有限责任公司|股份有限公司|有限公司|公司|集团|委员会|管委会|大学|学院|医院|研究院|研究所|银行|协会|联盟"
    r"|基金会|中心|[一-龥]{2}局|[一-龥]{2}部门?|[一-龥]{2}委|[一-龥]{2}厅|[一-龥]{2}厂|证券|资本|城投|产投|科技|生物|医药|能源|重工|股份)(?!长|人)"
)
_BODIES = re.compile(r"公司|企业|单位|部门|机构|集团|学校|大学|医院|银行|平台|家$|方$|商$|承销商|业主")
# Who does it: 由X承建, X负责建设, 建设单位为X.
_DOER = re.compile(
    r"(?:由|获|经|(?:单位|机构|方|商|人|股东|主体)(?:为|是|[：:]))(?P<doer>[^，,。；;、：:\s]{2,30}?)"
    r"(?=独家|联合|全资|共同|投资|承建|建设|施工|设计|研制|研发|制造|运营|负责|牵头|主办|承办|主持|管理|出资|批复|批准|核准|提供|组织|发起|领投|资助|保荐|解释|担任|[，,。；;\s]|$)"
)
# X承建 in a clause of its own.
_DOES = re.compile(
    r"(?<=[，,。；;])(?P<doer>[^，,。；;、：:\s由将已]{2,12}?)(?=承建|施工|设计|监理|投资建设|运营|经营|研发|研制|承办|主办|协办|领投|跟投)"
)
_WITH = re.compile(
    r"(?:与|携手|交给)(?P<doer>[^，,。；;、：:\s]{2,16}?)(?=共建|合作|联合|共同|签约|签署|使用|管理|运营)"
)
_DOING = re.compile(
    r"由谁|(?:投资|承建|盖|建|造|施工|设计|研制|研发|生产|运营|负责|牵头|主办|承办|出资|出钱|批复|批准|领投|跟投|管|资助|解释|收购)"
)
_QUOTED = re.compile(r"[“「《](?P<title>[^”」》“「《]{2,30})[”」》]")
# What is said of the thing asked about: 主题为X, 镇馆之宝是X, 名为X, 命名为X.
_COMPLEMENT = re.compile(
    r"(?:(?<![就还正但只都可仍才也先更最不若要若])(?:是|为)(?![了期此何])|名为|取名|命名为|叫做?|称为|定位于|用于|治疗|主营|即|就是|是指|指的是|包括|涵盖|主要有|有|设有?|保留|种植了?|生产|拥有|采用|聚焦|围绕)"
    r"(?P<said>[^。；;！？\n]{2,60}?)(?=[，,。；;！？\n]|$)"
)
# What is said to be it: X为最大贸易伙伴, X最高, X位居首位.
_SUBJECT = re.compile(
    r"(?:(?<=[，,。；;：:、\s])|^)(?P<said>[^，,。；;：:、！？\s]{2,20}?)"
    r"(?=(?:是|为|最[高低大小多少快慢好差长短]|居首|居前|位[居列]|排名?第|(?:增|降|涨|跌)幅最|垫底|领先))"
)
_ITEM = r"[^，,。；;！!？?：:、\n]{1,30}"
_ROW = re.compile(rf"{_ITEM}(?:、{_ITEM})+")
_TITLES = re.compile(r"(?:[“「《][^”」》“「《\n]{1,30}[”」》][、和与及]?){2,}(?<![、和与及])")
_PAIR = re.compile(r"(?:[和与及]|以及|或)")
_TAIL = re.compile(
    r"(?:等(?=\w|$)|等?(?:共|这)?[一二两三四五六七八九十\d]+(?:大|个|家|项|条|种|类|所|座|名|位|站|地|县|镇|部分|方面)|位[列居]|分别|联合|跟投|领投).*$"
)
_LEAD = re.compile(
    r"^.*(?:包括|分别是|分别为|即|如|有|是|为|在|以|把|将|对|向|与|由|经|至|涉及|围绕|聚焦|位于|涵盖|打造|发展|建设|生产|种植|种植了|保留|引进|推进|推动|培育|做强|构建|设|绕行)(?=[^、]{2,})"
)
_ABOVE = re.compile(r"[省市区县镇乡州](?=\w)")
# What a phrase does not run over; a blank between Latin words is part of a name.
_BREAK = re.compile(r"[，,。；;！!？?：:、“”\"《》\n]|(?<![a-z0-9])\s|\s(?![a-z0-9])")
_NOMINAL = re.compile(r"n|s$|j|b|q|a|m$|x|eng|f$|vn|i|l|t$|g|z")
# What a general noun of a question may be called by its own name.
_KINDS = {
    "景区": "公园|古镇|景区|湿地|博物馆|山|湖|寺|乐园|海洋馆|古城|风景区",
    "景点": "公园|古镇|景区|湿地|博物馆|山|湖|寺|乐园|海洋馆|古城|风景区",
    "区县": "区|县|市",
    "县市": "县|市",
    "镇街": "镇|街道|乡",
    "国家": "国",
    "高校": "大学|学院",
    "学校": "学校|小学|中学|大学|学院|幼儿园",
    "线路": "号线|线|路",
    "部门": "局|委|部|办|厅|院|部门",
    "机构": "局|委|院|所|中心|机构",
    "小区": "小区|花园|家园|苑|里|府",
    "片区": "片区|新城|城区|区",
    "区域": "区|新城|片区",
    "项目": "项目|工程|基地|中心|产业园|园",
}


_GENERIC = re.compile("有限|股份|集团|公司|委员会|中心|协会|研究")
_BODY_BREAK = re.compile(r"[、，,。；;：:“”\"《》\n\s()（）]|[与和及]")
_SHORT = ("person", "place", "which")
_CUT = re.compile(r"[，,。；;！？!?\n]")


def phrases(query: Query, part: Part, text: str, reading: Reading) -> Iterator[tuple[Span, float]]:
    """Yield spans of folded ``text`` that may answer ``part``, each once, with how well its kind is the one asked for.

    The kind is 1 where the text says by form that it is (区长X for 区长是谁), and 0.3 for what only the reader found.
    """
    seen: set[Span] = set()
    for span, fit in _all(query, part, text, reading):
        tidy = _tidy(text, _unbroken(text, span))
        if len(tidy) and tidy not in seen:
            seen.add(tidy)
            yield tidy, fit


def _all(query: Query, part: Part, text: str, reading: Reading) -> Iterator[tuple[Span, float]]:
    yield from ((span, 1.0) for span in _cells(query, part, text))
    if part.asks == "which" and FORMED.match(part.noun):
        yield from formed(query, part, text)
        return
    if part.asks == "which" and POST.fullmatch(part.noun):
        yield from _posts(query, text)
    if part.asks == "person":
        yield from _people(query, part, text)
    elif part.asks == "place":
        yield from places(query, text)
    else:
        yield from ((Span(*match.span("said")), 0.6) for match in _COMPLEMENT.finditer(text))
        yield from ((Span(*match.span("title")), 0.7) for match in _QUOTED.finditer(text))
        yield from ((Span(*match.span("said")), 0.7) for match in _SUBJECT.finditer(text))
    if part.asks == "list":
        yield from ((span, 1.0) for span in _rows(text))
    elif part.noun and not POST.fullmatch(part.noun):
        yield from ((span, 1.0) for span in _of_kind(part.noun, text))
    if part.asks == "which":
        if _BODIES.search(part.noun) or part.noun == "":
            yield from ((span, 0.9) for span in _doers(text))
            yield from ((phrase_before(text, match.end()), 0.7) for match in _BODY.finditer(text))
        yield from ((span, 0.5) for span in _rows(text))
    for start, end, _ in spans(reading, k=4, longest=90 if part.asks == "list" else 40):
        span = _named_only(part, text, Span(start, end))
        if part.asks in _SHORT and _CUT.search(text, start, end):
            continue  # no name and no place runs over a comma
        yield span, 0.6 if part.noun and part.noun in span.of(text) else 0.3


# Whose office it is, right before its name.
_WHOSE = re.compile(r"[一-龥]{2,8}$")


def _people(query: Query, part: Part, text: str) -> Iterator[tuple[Span, float]]:
    """Yield persons, those in the office asked for first, and bodies, where what is done needs one."""
    asked = query.folded[part.span.start : part.focus.start] + query.folded[part.focus.end : part.span.end]
    office = OFFICE.search(re.sub(r"(?:的?(?:姓名|名字)|叫做?|是|为|由|[?？。\s])+$", "", asked))
    titles = {office.group()} if office else set(re.findall(r"\w{0,2}(?:[市区县镇乡局院校]长|书记|主任|经理)", asked))
    titles = {_deputy(title, asked) for title in titles}
    doing = _DOING.search(asked) is not None and not titles
    # 俄罗斯总理 is asked for, and 国务院总理 stands there too.
    whose = _WHOSE.search(asked[: office.start()]) if office else None
    owned = f"{whose.group()}{office.group()}" if office and whose else ""
    owned = owned if owned and owned in text else ""
    found = list(persons(text))
    for person, after in zip_longest(found, found[1:]):
        if after is not None and text[person.span.end : after.span.start] in ("、", "和"):
            together = Span(person.span.start, after.span.end)
            yield together, 1.0 if any(person.office.endswith(title) for title in titles) else 0.4
        of_rank = [title for title in titles if person.office.endswith(title.lstrip("副"))]
        held = any(_deputy(title, person.office) == title for title in of_rank)
        if of_rank and not (held and text.endswith(owned, 0, person.span.start)):
            continue  # 副市长 where 市长 is asked for, or that of another place
        yield person.span, 1.0 if held else 0.4 if titles else 0.7
    if not titles:
        yield from ((Span(*match.span("said")), 0.4) for match in _SUBJECT.finditer(text))
        yield from ((span, 0.9 if doing else 0.5) for span in _doers(text))
        yield from ((phrase_before(text, match.end()), 0.6 if doing else 0.3) for match in _BODY.finditer(text))
        if doing:
            yield from ((span, 0.5) for span in _rows(text))


def _posts(query: Query, text: str) -> Iterator[tuple[Span, float]]:
    """Yield the offices of the persons whom the question names, with what goes before: 某局副局长 of 某局副局长张三."""
    for person in persons(text):
        if person.office and person.span.of(text) in query.folded:
            at = text.find(person.office, max(0, person.span.start - len(person.office) - 4), person.span.start)
            if at < 0:
                at = text.index(person.office, person.span.end)
            post = phrase_before(text, at + len(person.office))
            while text[post.start - 1 : post.start] in ("及", "和", "与", "、"):
                post = Span(phrase_before(text, post.start - 1).start, post.end)
            if _GENERIC.match(text, post.start, post.end):
                # The name of a body has verbs in it: 海南宝丰农业开发有限公司董事长.
                before = [match.end() for match in _BODY_BREAK.finditer(text, 0, post.start)]
                post = Span(before[-1] if before else 0, post.end)
            # 免去张三的局长职务: that is what he was.
            yield post, 0.6 if text[person.span.end : person.span.end + 1] == "的" else 1.0


def _deputy(title: str, text: str) -> str:
    """Return an office with 副 or 常务副 where ``text`` puts that before it: a deputy is not the head."""
    bare = title.lstrip("副")
    at = text.rfind(bare)
    return f"副{bare}" if at > 0 and text[at - 1] == "副" else bare


def _doers(text: str) -> Iterator[Span]:
    for pattern in (_DOER, _DOES, _WITH):
        for match in pattern.finditer(text):
            yield Span(*match.span("doer"))


def _of_kind(noun: str, text: str) -> Iterator[Span]:
    """Yield the phrases that end in the noun asked for (哪个街道 -> 杆石桥街道), or in what its names end in."""
    endings = _KINDS.get(noun) or next((ends for kind, ends in _KINDS.items() if noun.endswith(kind)), None)
    pattern = re.escape(noun) if endings is None else f"(?:{endings})(?![省市区县镇长级域内外里])"
    for match in re.finditer(pattern, text):
        span = phrase_before(text, match.end())
        # 西山区青石街道 answers 哪个街道, 青石街道 alone does so better.
        above = list(_ABOVE.finditer(text, span.start, span.end - len(match.group()) - 1))
        for within in (Span(above[-1].end(), span.end), span) if above else (span,):
            if len(within) > len(match.group()):
                yield within
    if endings is None and re.search(r"线|号$", noun):
        yield from (Span(*match.span()) for match in re.finditer(r"[\d一二三四五六七八九十]{1,3}号线", text))
    yield from named_things(text, endings or noun)


def _named_only(part: Part, text: str, span: Span) -> Span:
    """Return a span as far as the noun asked for: 兴隆街道 of 兴隆街道的平台项目."""
    at = text.find(f"{part.noun}的", span.start, span.end) if part.noun else -1
    return span if at < 0 else Span(span.start, at + len(part.noun))


def phrase_before(text: str, end: int) -> Span:
    """Return the noun phrase that ends at ``end``: back to punctuation, a verb, a preposition or a particle."""
    import rjieba

    opening = max((match.end() for match in _BREAK.finditer(text, max(0, end - 40), end - 1)), default=max(0, end - 40))
    start = end
    for word, tag in reversed(rjieba.tag(text[opening:end])):
        # A bracket inside the phrase belongs to it: 中国海外集团(华北)区域总部.
        if not (_NOMINAL.match(tag) or word in "()（）·-"):
            break
        start -= len(word)
    remark = _REMARK.match(text, start, end)
    return _tidy(text, Span(remark.end() if remark else start, end))


# (记者 张三)某局局长: a remark before a phrase, or the end of one, is no part of it.
_REMARK = re.compile(r"\s*[(（]?[^()（）]*[)）](?=.)")


# A cell of a table behind the head of its column: | 建设地点 青鹤镇 |, or in a table of two columns behind its own.
_CELL = re.compile(
    r"(?:^|[|\t])[^\S\n]*(?P<head>[^|\t\n]{2,24}?)(?: |[^\S\n]*[|\t])\s*(?P<cell>[^|\t\n]{2,60}?)[^\S\n]*(?=[|\t\n]|$)",
    re.M,
)
# Heads of columns of persons and of places, whatever the question calls them.
_HEADS = {"person": re.compile(r"(?:姓名|[人长]|书记|主任)$"), "place": re.compile(r"地[点址区]|位置|所在|属地|镇街")}


def _cells(query: Query, part: Part, text: str) -> Iterator[Span]:
    """Yield the cells under heads that the question speaks of, or that are of the sort asked for."""
    if "|" not in text and "\t" not in text:
        return
    for match in _CELL.finditer(text):
        head = match["head"].strip()
        sort = _HEADS.get(part.asks)
        bodies = _BODIES.search(part.noun) and _BODIES.search(head)
        named = bool(part.noun) and part.noun in head
        if head in query.folded or named or bodies or (sort and sort.search(head)):
            yield Span(*match.span("cell"))


def _rows(text: str) -> Iterator[Span]:
    """Yield the items of rows like 甲、乙、丙三大产业 or 甲和乙两个项目, the whole row as one span."""
    for match in _ROW.finditer(text):
        row = match.group()
        first, last = row.split("、")[0], row.split("、")[-1]
        # The first item drags the words before it along, the last one the words after it.
        lead = _LEAD.match(first)
        start = match.start() + (lead.end() if lead else 0)
        yield Span(start, match.end() - len(last) + _item_end(last))
    yield from (Span(*match.span()) for match in _TITLES.finditer(text))
    for match in re.finditer(_ITEM, text):
        piece = match.group()
        if "、" not in piece and len(pair := _PAIR.split(piece)) == 2 and all(1 < len(side) < 20 for side in pair):
            lead = _LEAD.match(pair[0])
            start = match.start() + (lead.end() if lead else 0)
            yield Span(start, match.end() - len(pair[1]) + _item_end(pair[1]))


def _item_end(last: str) -> int:
    tail = _TAIL.search(last, 1)
    return tail.start() if tail else len(last)


def _tidy(text: str, span: Span) -> Span:
    """Drop white space, particles, quotes and punctuation at both ends of a phrase."""
    start, end = span.start, span.end
    while start < end and (text[start] in "的了在是于为、，,。；;：:！!？?)）”" or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] in "的了在是于、，,。；;：:！!？?(（“" or text[end - 1].isspace()):
        end -= 1
    if end - start > 2 and text[start] in "“「" and text[end - 1] in "”」" and not _inner(text[start + 1 : end - 1]):
        start, end = start + 1, end - 1
    return Span(start, end)


_MARKS = (("“", "”"), ("「", "」"), ("《", "》"), ("(", ")"), ("（", "）"))
_REACH = 30  # characters, to the other mark of a pair


def _unbroken(text: str, span: Span) -> Span:
    """Return a span with all of a name in quotation marks or brackets that it holds one mark of."""
    start, end = span.start, span.end
    for opening, closing in _MARKS:
        first, last = text.find(closing, start, end), text.rfind(opening, start, end)
        if first >= 0 and text.find(opening, start, first) < 0:
            before = text.rfind(opening, max(0, start - _REACH), start)
            start = before if before >= 0 and text.find(closing, before, start) < 0 else start
        if last >= 0 and text.find(closing, last, end) < 0:
            after = text.find(closing, end, end + _REACH)
            end = after + 1 if after >= 0 and text.find(opening, end, after) < 0 else end
    return Span(start, end)


def _inner(text: str) -> bool:
    return any(mark in text for mark in "“”「」")
