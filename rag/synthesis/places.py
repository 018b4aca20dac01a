"""Places of a Chinese text, by the words around them: 位于X, 在X举行, X人."""

import re
from collections.abc import Iterator

from rag._text import Span
from rag.search.query import Query

_PLACED = re.compile(
    r"(?:位于|坐落[于在]?|落户(?:于|在)?|地处|选址(?:于|在)?|建在|设在|设于|迁[至入往到]|搬[至入进到]|改[到在]|起于|止于|安置在|来到|走进|前往|抵达|来自|出土于|出生于|寄[至到]|绕行|停靠在?|改停|迁入|移[至到]|搬进|运[至往到]|通往|送往|开往|举办地[为是]|地址[为是：:]|地点[为是：:]|(?<![现正存所])在)"
    r"(?P<place>[^，,。；;、：:]{2,24}?)(?=的|[，,。；;、：:\s（(]|(?:举行|召开|举办|开[工幕业赛跑]|奠基|启动|落[户地成]|建[设成]|正式|成立|揭牌|发布|鸣枪|发射|抓获|签约|设[立厂置有]|登陆|投[产用资]|通车|由|现场|办理|开展|进行|接受|施工|拍摄|安置)(?!中心|基地|[场厅点站])|使用|运行|用|成功|顺利|将|发车|出发|起跑|火热|$)"
)
# 在京举行
_SHORT_NAMED = re.compile(
    r"(?<![现正存所])在(?P<place>[京津沪渝穗港澳汉宁杭])(?=举[行办]|召开|[会同与出开闭签揭成发启]|共同)"
)
# 总部位于…的某集团: what follows is whose it is, not a nearer place.
_SEAT = re.compile(r"(?:总部|注册地|住所|所在地)(?:位于|坐落于|设[在于])\Z")
_FURTHER = re.compile(r"的(?P<place>\w{2,16}?)(?=[，,。；;、\s（(]|由|举行|召开|举办|启动|发射|$)")
# 东至…，南至…，西至…，北至…, in any order.
_BOUNDS = re.compile(
    r"[东南西北](?:至|起|到|临|接|抵)[^，,。；;\n]{1,40}"
    r"(?:[，,、] ?[东南西北](?:至|到|临|接|抵)[^，,。；;\n]{1,30}){1,3}"
)
# Where somebody is from, as it stands in what is told of a life.
_NATIVE = re.compile(r"[哪何]\w{0,2}人(?!员|民|数)|籍贯|祖籍|老家|家乡|出生地")
_FROM = re.compile(
    r"(?:(?<=[，,、。])|籍贯|祖籍|出生于|生于)[：:]?\s?(?P<place>[一-龥]{2,12}?)(?:人(?=[，,。；;（(])|(?=[，,。；;]))"
)


def places(query: Query, text: str) -> Iterator[tuple[Span, float]]:
    """Yield spans of folded ``text`` that may be a place, each with how surely the words around say so, in (0, 1]."""
    for match in _PLACED.finditer(text):
        yield Span(*match.span("place")), 0.9
        # 县城东郊的幸福里安置区
        seat = _SEAT.search(text, max(0, match.start() - 4), match.start("place"))
        if not seat and (further := _FURTHER.match(text, match.end("place"))):
            yield Span(*further.span("place")), 0.9
            yield Span(match.start("place"), further.end("place")), 0.9
    if _NATIVE.search(query.folded):
        yield from ((Span(*match.span("place")), 1.0) for match in _FROM.finditer(text))
    yield from ((Span(*match.span("place")), 0.9) for match in _SHORT_NAMED.finditer(text))
    yield from ((Span(*match.span()), 0.9) for match in _BOUNDS.finditer(text))
    yield from ((span, 0.6) for span in _tagged(text, ("ns", "nt")))


def _tagged(text: str, wanted: tuple[str, ...]) -> Iterator[Span]:
    """Yield the words that the dictionary takes for names of a sort (ns place, nt body)."""
    import rjieba

    at = 0
    for word, tag in rjieba.tag(text):
        if tag.startswith(wanted) and len(word) > 1:
            yield Span(at, at + len(word))
        at += len(word)
