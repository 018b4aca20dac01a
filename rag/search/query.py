"""A question as it is read: what kind of answer it asks for, its content words, and its periods."""

import re
from dataclasses import dataclass
from typing import Literal

from rag._figures import Quantity, find_figures
from rag._text import Span, fold

Asks = Literal["figure", "date", "duration", "place", "person", "which", "list", "definition", "reason", "statement"]
Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks for; 多少个项目，总投资多少 has two parts.

    ``span`` is the clause of the question, ``focus`` the interrogative words in it. ``noun`` is what is asked for:
    the unit or classifier of a figure (家, 平方公里, 元), or the kind of thing (街道, 项目). ``kinds`` are the kinds
    of quantity that would answer, the likelier first; empty when any would.
    """

    asks: Asks
    span: Span
    focus: Span
    noun: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, completed from the dialogue before it. Offsets are into ``text``; ``folded`` has the same length."""

    text: str
    folded: str
    language: Language
    parts: tuple[Part, ...]
    periods: tuple[Quantity, ...]


# What a metric is measured in. The words are general ones of statistics and of the news; the first match counts.
_METRICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"人次|客流", ("count",)),
    (r"(?:增长|上涨|涨|提高|提升|下降|降低|降|减少|回落|增加)了?$", ("share", "points", "multiple")),
    (r"占比|比重|比例|份额|[率速]$|增[速幅长]|[涨降]幅|同比|环比|百分|覆盖率|%", ("share", "points", "multiple")),
    (r"面积|占地|用地|建面|占$|多少地|^地", ("area",)),
    (r"里程|长度|全长|高度|宽度|深度|距离|海拔|身高|跨度|总长|跨径", ("length",)),
    (r"重量|体重|产量|吞吐量|储量|载重|排放量|用水量|粮食", ("weight", "count", "volume", "energy", "number")),
    (r"装机|发电|用电|功率|容量|电量", ("energy", "power", "count", "number")),
    (r"工期|时长|期限|寿命|周期|年限|用时|耗时", ("duration",)),
    (r"人数|人口|户数|家数|数量|个数|次数|件数|总数|名额|员工|学生|职工|居民", ("count", "number")),
    (
        r"投资|资金|收入|营收|产值|总额|金额|额度?$|税|利润|增加值|gdp|生产总值|销售|成交|贷款|存款|余额|成本|费用?$|预算"
        r"|工资|薪|[价费]|消费|补贴|补助|补偿|支出|零售额|进出口|出口|进口|外资|市值|资产|债|奖金|罚款|低保|养老金|投入|造价|营业额|融资",
        ("money",),
    ),
    (r"温度|气温", ("temperature",)),
    (r"固投|社零|营业额|经济总量", ("money",)),
    (r"概率|得分|评分|比分|指数", ("number", "share")),
)

_UNITS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"[万亿]*(?:元|块|美元|欧元|日元|英镑|港元|人民币|钱)", ("money",)),
    (r"(?:平方|公顷|亩|顷)", ("area",)),
    (r"(?:公里|千米|米|厘米|毫米|里|海里)", ("length",)),
    (r"(?:吨|公斤|千克|克|斤)", ("weight",)),
    (r"(?:千瓦|兆瓦|度电|瓦)", ("energy", "power")),
    (r"(?:个?百分点|%)", ("points", "share")),
    (r"(?:年|个月|天|小时|分钟|秒|周|个?星期|个小时|日)", ("duration", "date", "count")),
    (r"(?:时间)", ("duration",)),
    (r"(?:倍)", ("share", "number", "multiple")),
    (r"(?:度|摄氏度)", ("temperature", "number")),
)

_CLASSIFIER = r"(?:人次|[个家条座项种所支名位户处栋辆件人部次台套只艘架届批类份间起场宗篇本张片块队枚颗株棵头匹])"
_NUMERAL = r"[一二两三四五六七八九十\d]"

# The interrogatives, in the order in which they are tried; each names what it asks for.
_FOCUS = re.compile(
    "|".join(
        (
            r"(?P<share>百分之(?:多少|几)|占(?:比|多大比[例重])?(?:是|为)?多少(?=[?？。]|$)|多大(?:比[例重]|份额))",
            r"(?P<rank>第几|排名?第?多少|排第几)",
            r"(?P<duration>多久|多长时间|多少时间|几[年天](?!级)|多少(?:年|天|个月|个?小时|分钟)(?!级))",
            r"(?P<date>什么时候|什么时间|啥时候?|何时|何年(?:何月)?|何月|哪一?[年月天日](?!级)|几[月号]|几时|什么日子|哪个[年月日])",
            rf"(?P<many>(?:多少|几)(?P<many_noun>[万亿]*(?:{_CLASSIFIER}|元|块钱?|钱|美元|平方公里|平方千米|平方米|公顷|亩|公里|千米|米|厘米|吨|公斤|千瓦时?|兆瓦|度|倍|个?百分点|%)?))",
            r"(?P<size>多[大高长宽深重远快厚少])",
            rf"(?P<list>哪(?:些|几{_CLASSIFIER}?|[两二三四五六七八九十\d]+(?:大|{_CLASSIFIER})?))",
            r"(?P<place>哪里|哪儿|何处|何地|什么地方|哪个地方|啥地方)",
            r"(?P<person>谁|哪位|何人|什么人|哪个人|啥人)",
            rf"(?P<which>哪一?{_CLASSIFIER}?|什么样的?|何种)",
            r"(?P<reason>为什么|为何|为啥|怎么|怎样|如何|咋|什么原因)",
            r"(?P<what>什么|啥|何(?=[种者物事])|多少)",
            r"(?P<yesno>吗(?=[?？。]|$)|是否|是不是|有没有|能否|能不能)",
        )
    )
)
_FOCUS_EN = re.compile(
    r"\b(?:(?P<share>what (?:percentage|percent|share|proportion|fraction)|how much of)"
    r"|(?P<duration>how long|how many (?:years|months|days|hours|minutes))"
    r"|(?P<many>how (?:many|much)(?: (?P<many_noun>\w+))?)"
    r"|(?P<size>how (?:big|large|high|tall|long|wide|deep|far|heavy|old))"
    r"|(?P<date>when|(?:in )?(?:what|which) (?:year|month|date|day)|what time)"
    r"|(?P<place>where|(?:in )?(?:what|which) (?:place|city|district|country|province|street|town))"
    r"|(?P<person>who|whom|whose)"
    r"|(?P<reason>why|how(?! (?:many|much|big|large|long|far|high|old|tall|deep|wide|heavy)))"
    r"|(?P<which>which)"
    r"|(?P<what>what))\b",
    re.IGNORECASE,
)
# English names of metrics in a question that begins with "what is".
_METRICS_EN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"invest|revenue|income|value|cost|price|budget|gdp|sales|turnover|tax|profit|fund|spend|expenditure|loan|salary|amount",
        ("money",),
    ),
    (r"area|size|footprint", ("area",)),
    (r"percent|share|rate|proportion|growth", ("share",)),
    (r"length|distance|height|mileage", ("length",)),
    (r"population|number|count|total", ("count", "number")),
)
_CLAUSES = re.compile(r"[^，,；;。？?！!\n]+[，,；;。？?！!\n]*")


def read_query(text: str) -> Query:
    """Read a question. Never fails: a text without an interrogative asks for a statement, or for its metric."""
    folded = fold(text)
    language: Language = "zh" if re.search(r"[㐀-鿿]", folded) else "en"
    pattern = _FOCUS if language == "zh" else _FOCUS_EN
    parts: list[Part] = []
    for clause in _CLAUSES.finditer(folded):
        span = Span(*clause.span())
        # In Chinese the last interrogative of a clause is its focus (谁都想知道什么时候…), in English the first.
        found = list(pattern.finditer(folded, span.start, span.end))
        if found:
            match = found[-1] if language == "zh" else found[0]
            parts.append(_part(folded, span, match, language))
    if not parts:
        parts.append(_without_interrogative(folded, language))
    periods = tuple(quantity for quantity in find_figures(text) if quantity.kind in ("date", "period"))
    return Query(text, folded, language, _distinct(parts, folded), periods)


def _part(folded: str, span: Span, match: re.Match[str], language: Language) -> Part:
    group = next(name for name, value in match.groupdict().items() if value is not None and name != "many_noun")
    focus = Span(*match.span())
    before = folded[span.start : focus.start]
    after = re.match(r"[^，,；;。？?！!\n]*", folded[focus.end : span.end])
    rest = after.group() if after else ""
    noun = match.groupdict().get("many_noun") or ""
    asks: Asks
    kinds: tuple[str, ...] = ()
    match group:
        case "many" | "size":
            asks = "figure"
            kinds = _figure_kinds(noun, before, rest, match.group(), language)
            if "duration" in kinds[:1]:
                asks = "duration"
        case "share":
            asks, kinds = "figure", ("share",)
        case "rank":
            asks, kinds = "figure", ("ordinal", "number")
        case "duration":
            asks, kinds = "duration", ("duration",)
        case "date":
            asks, kinds = "date", ("date", "period")
        case "list":
            asks, noun = "list", _head_noun(rest)
        case "which":
            noun = _head_noun(rest)
            asks = "place" if re.search(r"[省市区县镇乡村国州]$|街道$|地区$|城市$", noun) else "which"
        case "place" | "person" | "reason":
            asks = group
        case "yesno":
            asks = "statement"
        case _:
            definition = language == "zh" and re.match(r"\s*什么(?:是|叫)", folded[span.start :])
            about = re.search(r"(?:是|指的?是?|叫做?|意思是)\s*$", before)
            if language == "en":
                kinds = next((kinds for metric, kinds in _METRICS_EN if re.search(metric, rest)), ())
                asks = "figure" if kinds else "which"
            elif definition:
                asks = "definition"
            else:
                noun = _head_noun(rest)
                asks = "definition" if about and not noun else "which"
    return Part(asks, span, focus, noun, kinds)


def _figure_kinds(noun: str, before: str, rest: str, focus: str, language: Language) -> tuple[str, ...]:
    """Return the kinds of quantity that would answer: by the unit asked for, else by the metric's name."""
    if language == "en":
        if focus.startswith("how many"):
            return ("count", "number")
        return next((kinds for metric, kinds in _METRICS_EN if re.search(metric, before + rest)), ("money", "number"))
    sizes = {
        "多高": ("length", "share", "money"),
        "多长": ("length", "duration"),
        "多宽": ("length",),
        "多深": ("length",),
    }
    sizes |= {"多重": ("weight",), "多远": ("length",), "多厚": ("length",)}
    if focus in sizes:
        return sizes[focus]
    if noun:
        for unit, kinds in _UNITS:
            if re.match(unit, noun):
                return kinds
        return ("count",)
    # 总投资多少, 多少是总投资: the metric stands nearest to the interrogative.
    for text in (
        re.sub(
            r"(?:大概|大约|约|共|总共|一共|达到?|有|是|为|了|的|计划|预计|将|会|能|可|能够|突破|超过?)+$", "", before
        )[-6:],
        before,
        rest,
    ):
        for metric, kinds in _METRICS:
            if re.search(metric, text):
                return kinds
    if focus == "多大":
        return ("area", "number", "count")
    return ("money", "count", "share", "area", "number") if not rest else ("count", "number")


_HEAD = re.compile(r"[^的在是有被由将已于和与以为]{0,12}")
_NOT_NOUN = re.compile(r"^(?:的|是|在|有|了|被|由|将|与|和|叫|做|要|会|能|可以|让)")


def _head_noun(rest: str) -> str:
    """Return the noun that follows 哪个 or 什么: the first word or two, as far as one can tell without a parser."""
    import rjieba

    if not rest or _NOT_NOUN.match(rest):
        return ""
    tagged = rjieba.tag(rest)
    noun = ""
    for word, tag in tagged:
        if tag.startswith(("n", "s", "vn", "b", "j", "q", "an", "l")) or (not noun and tag.startswith(("a", "m"))):
            noun += word
        else:
            break
    return noun.strip()


_TAIL_NOISE = re.compile(r"[\s，,。？?！!；;：:]+$")


def _without_interrogative(folded: str, language: Language) -> Part:
    """Read keywords such as 中央活力区 总投资: the last word may be a metric; else any statement will do."""
    stripped = _TAIL_NOISE.sub("", folded)
    span = Span(0, len(folded))
    focus = Span(len(stripped), len(folded))
    metrics = _METRICS if language == "zh" else _METRICS_EN
    tail = stripped[-6:] if language == "zh" else " ".join(stripped.split()[-2:])
    if re.search(r"(?:时间|日期|年份|开工日|竣工日)$", tail):
        return Part("date", span, focus, "", ("date", "period"))
    if re.search(r"(?:地址|地点|位置)$", tail):
        return Part("place", span, focus, "", ())
    for metric, kinds in metrics:
        if re.search(rf"(?:{metric})\w{{0,2}}$", tail):
            return Part("figure", span, focus, "", kinds)
    return Part("statement", span, focus, "", ())


def _distinct(parts: list[Part], folded: str) -> tuple[Part, ...]:
    """Drop a part that another repeats (是什么，什么是), and keep at most four."""
    seen: dict[tuple[str, str, str], Part] = {}
    for part in parts:
        key = (part.asks, part.noun, folded[part.span.start : part.focus.start].strip())
        seen.setdefault(key, part)
    return tuple(seen.values())[:4]
