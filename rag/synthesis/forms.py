"""What is known by its form alone: telephone numbers, addresses on the net, the scores of games, dimensions."""

import re
from collections.abc import Iterator

from rag._text import Span
from rag.search.names import shared
from rag.search.query import Part, Query

# A number behind the word for it, others after it by 或 included; an address on the net.
_TELEPHONE = re.compile(
    r"(?:电话|热线|手机|传真|号码|拨打|致电|联系|咨询|邮编|tel)(?:\(?24小时\)?|[^\d+。；;\n]){0,16}"
    r"(?P<said>\+?\d[\d()\-—]{0,20}\d(?: ?(?:[或、/,，]|转) ?\+?\d[\d()\-—]{1,20}\d)*)(?![\d%.万亿元年月日时小人家个])"
)
_WEB = re.compile(r"(?P<said>(?:https?://|www\.)[\w./?=&%#~:+-]*[\w/])", re.ASCII)
_LENGTH = r"(?:(?:毫米|厘米|英寸|米|mm|cm|m)(?![a-z²]))"
_FORMS = {
    "比分": re.compile(r"(?<![\d.:])(?P<said>\d{1,3} ?(?:[:比]|-(?!\d+-)) ?\d{1,3})(?![\d.:%年月日])"),
    "尺寸": re.compile(
        rf"(?P<said>\d+(?:\.\d+)? ?{_LENGTH}?(?: ?[x×*] ?\d+(?:\.\d+)? ?{_LENGTH}?){{1,2}}|\d+(?:\.\d+)? ?{_LENGTH})"
    ),
    "邮箱": re.compile(r"(?P<said>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII),
    "网址": _WEB,
    "网站": _WEB,
}
_LABEL = 24  # characters before a number that say whose it is


def formed(query: Query, part: Part, text: str) -> Iterator[tuple[Span, float]]:
    """Yield what of folded ``text`` has the form that ``part`` asks for by its noun, else numbers to call.

    Each comes with 0.5 to 1, by how much of the question stands before it: 举报电话 is not 求助电话.
    """
    for match in _FORMS.get(part.noun, _TELEPHONE).finditer(text):
        label = text[max(0, match.start("said") - _LABEL) : match.start("said")]
        yield Span(*match.span("said")), 0.5 + 0.5 * shared(query.folded[: part.focus.start], label)
