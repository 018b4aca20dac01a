"""What an interrogative asks for: a figure of some kind, a date, a person, a thing by its noun."""

import re
from typing import Literal, NamedTuple

from rag._figures import find_figures
from rag._text import Span
from rag.search.measures import Kinds, Language, of_metric, of_size, of_unit

Asks = Literal["figure", "date", "duration", "place", "person", "which", "list", "definition", "reason", "statement"]


class Asked(NamedTuple):
    """What is asked for, as in ``Part``: 多少家 asks for a figure by the noun 家, of the kinds that 家 counts."""

    asks: Asks
    noun: str
    kinds: Kinds


CLASSIFIER = r"(?:人次|[个家条座项种所支名位户处栋辆件人部次台套只艘架届批类份间起场宗篇本张片块队枚颗株棵头匹层])"
NUMERAL = r"[一二两三四五六七八九十\d]"
_MEASURE = (
    r"元|块钱?|钱|美元|平方公里|平方千米|平方米|公顷|亩|立方米?|公里|千米|米|厘米|毫米|万?吨|公斤|斤|千瓦时?|兆瓦|瓦|度电?|倍|个?百分点|个点|%"
    r"|个?[gkm]wh"
)

# The interrogatives, in the order in which they are tried; each names what it asks for.
_FOCUS = re.compile(
    "|".join(
        (
            r"(?P<share>百分之(?:多少|几)|占(?:比|多大比[例重])?(?:是|为)?多少(?=[?？。]|$)|多大(?:比[例重]|份额))",
            r"(?P<rank>第几|(?<!安)排名?第?多少|排第几)",
            r"(?P<clock>几点(?!几|个)(?:钟|半)?)",
            r"(?P<date>什么时候|什么时间|啥时候?|何时|何年(?:何月)?|何月|哪一?[年月天日](?!级)|几[月号](?!线)|几时|什么日子|哪个[年月日]|哪几[年月天日]|哪段时间|星期几|周几|礼拜几)",
            r"(?P<duration>多久|多长时间|多少时间|(?:几|多少)(?:年(?!一遇)|天|周|个?月(?!份)|个?小时|个?钟头|个?星期|分钟|秒)(?!级)|多少日)",
            rf"(?P<many>(?:多少|几)(?P<many_noun>[十百千万亿]*(?:{_MEASURE}|{CLASSIFIER})?))",
            r"(?P<size>多[大高长宽深重远快厚少])",
            rf"(?P<list>哪(?:些|几{CLASSIFIER}?|{NUMERAL}+(?:大|{CLASSIFIER})?))",
            r"(?P<place>哪里|哪儿|何处|何地|什么地方|哪个地方|啥地方|在哪(?=[?？。]|$))",
            r"(?P<person>谁|哪位|何人|什么人|哪个人|啥人)",
            rf"(?P<which>哪一?{CLASSIFIER}?|什么样的?|何种)",
            r"(?P<reason>(?<![任命名称定评选改认列当设])为什么|为何|为啥|怎么|怎样|如何|咋|什么原因)",
            r"(?P<what>什么|啥|何(?=[种者物事])|多少)",
            r"(?P<yesno>吗(?=[?？。]|$)|是否|是不是|有没有|能否|能不能)",
        )
    )
)
_FOCUS_EN = re.compile(
    r"\b(?:(?P<share>what (?:percentage|percent|share|proportion|fraction)|how much of)"
    r"|(?P<duration>how many (?:years|months|days|hours|minutes))"
    r"|(?P<long>how long)"
    r"|(?P<many>how (?:many|much)(?: (?!(?:did|does|do|will|was|were|is|are|has|have|had)\b)(?P<many_noun>\w+))?)"
    r"|(?P<size>how (?:big|large|high|tall|wide|deep|far|heavy|old|fast))"
    r"|(?P<date>when|(?:in |on )?(?:what|which) (?:year|month|date|day)|what time)"
    r"|(?P<place>where|(?:in )?(?:what|which) (?:place|city|district|country|province|street|town|county))"
    r"|(?P<person>who|whom|whose)"
    r"|(?P<reason>why|how(?! (?:many|much|big|large|long|far|high|old|tall|deep|wide|heavy|fast)))"
    r"|(?P<which>which)"
    r"|(?P<what>what))\b",
    re.IGNORECASE,
)
# Offices and callings: 区长, 总工程师, 传承人. What is asked for by one is a person.
OFFICE = re.compile(
    r"(?:[省市区县镇乡村局处部厅司院校所厂行队站馆会事组班船机]长|秘书|书记|主任|主席|经理|总监|总裁|董事|总管|首席|创始人|负责人|领队|教授|院士"
    r"|设计师|工程师|总工|教师|医师|律师|作者|记者|编剧|导演|主演|传承人|主持人|发言人|联系人|法人|法定代表人|代表|委员|教练|老板|店主|站台|冠军|得主|专员|干事|馆员|大使|领事|外长|总理|总统|首相|父亲|母亲|丈夫|妻子|儿子|女儿)$"
)

# What asks for somebody's office: 什么职务, 职务是什么.
POST = re.compile(r"职[务位]|头衔|身份|官职|岗位|职业")
# How to reach somebody, how a game ended, how large a thing is in all directions: what answers is known by its form.
FORMED = re.compile(
    r"(?P<by>电话|热线|手机|传真|号码|邮箱|邮编|网址|网站|比分|尺寸)(?:号码?|地址)?(?:分别)?(?:是|为)?\s*$"
)


def interrogatives(folded: str, span: Span, language: Language) -> list[re.Match[str]]:
    """Return the interrogatives of a clause of a folded question, in order."""
    return list((_FOCUS if language == "zh" else _FOCUS_EN).finditer(folded, span.start, span.end))


def asked_by(folded: str, span: Span, match: re.Match[str], language: Language) -> Asked:
    """Return what the interrogative ``match`` in the clause ``span`` of a folded question asks for."""
    group = next(name for name, value in match.groupdict().items() if value is not None and name != "many_noun")
    before = folded[span.start : match.start()]
    after = re.match(r"[^，,；;。？?！!\n]*", folded[match.end() : span.end])
    rest = after.group() if after else ""
    asks: Asks = "figure"
    noun = ""
    kinds: Kinds = ()
    match group:
        case "many" if language == "en":
            noun, kinds = "", _counted_en(match, folded[span.start : span.end])
        case "many" | "what" if formed := FORMED.search(before):
            asks, noun = "which", formed["by"]
        case "many" if re.search("几比$", before):
            asks, noun = "which", "比分"
        case "many" if not rest and _SHARE_OF.search(before):
            kinds = ("share",)
        case "many":
            noun, kinds = _counted(match["many_noun"] or "", before, rest)
            if "duration" in kinds[:1]:
                asks = "duration"
        case "size":
            # 可能性多大 asks for no area, and 多大 alone for one.
            kinds = of_metric(before, language) or of_size(match.group())
            kinds = kinds or of_metric(f"{match.group()} {rest}", language)
        case "long":
            # How long is the bridge? asks for metres, how long will it take? for months.
            asks, kinds = ("figure", ("length", "duration")) if _IS_LONG.match(rest) else ("duration", ("duration",))
        case "share":
            kinds = ("share",)
        case "rank":
            kinds = ("ordinal", "number")
        case "duration":
            asks, kinds = "duration", ("duration", "period")
        case "clock":
            asks, kinds = "date", ("time", "date", "period")
        case "date":
            asks, kinds = "date", ("date", "period", "time")
            noun = "年" if re.search("年|year", match.group()) else ""
        case "list":
            asks, noun = "list", _head_noun(rest)
        case "which":
            noun = _head_noun(rest)
            asks = "place" if re.search(r"[省市区县镇乡村国州]$|街道$|地区$|城市$", noun) else "which"
        case "place" | "person" | "reason":
            asks = group
        case "yesno":
            asks = "statement"
        case _ if language == "en":
            kinds = of_metric(rest, language)
            asks = "figure" if kinds else "which"
        case _:
            asks, noun = _what(before, rest, re.match(r"\s*什么(?:是|叫)", folded[span.start :]) is not None)
    return Asked(asks, noun, kinds)


# 占总产量的多少, not 占地多少.
_SHARE_OF = re.compile(r"占(?![地用据有领道])[^占，,]{1,16}$")
_IS_LONG = re.compile(r"\s*(?:is|are|was|were|will)\b(?!.*\b(?:take|last|open|closed|valid|be|until|stay)\b)")
_HUMAN = re.compile(r"(?:居民|老人|男子|女子|学生|教师|村民|司机|选手|支书|嫂|人)叫做?\s*$")


def _what(before: str, rest: str, opens: bool) -> tuple[Asks, str]:
    """Return what 什么 asks for: a person (局长叫什么), a definition (量子纠缠是什么), or a thing by its noun."""
    noun = _head_noun(rest)
    called = re.search(r"(?:叫做?|是|姓)\s*$", before)
    name = not rest.strip() or noun in ("名字", "名")
    if opens:
        return "definition", ""
    if post := re.search(rf"(?P<post>{POST.pattern})(?:是|为)\s*$", before):
        return "which", post["post"]
    if called and name and OFFICE.search(before[: called.start()].rstrip("的")):
        return "person", ""
    if re.search(r"叫做?\s*$", before) and name:
        return "person" if _HUMAN.search(before) else "which", ""
    about = re.search(r"(?<!名称|全称|简称|别称|俗称|名字|代号|口号|主题)(?:是|指的?是?|意思是)\s*$", before)
    return ("definition" if about and not noun else "which"), noun


def _counted_en(match: re.Match[str], clause: str) -> Kinds:
    """Return the kinds that how many or how much asks for."""
    if match.group().lower().startswith("how many"):
        return ("count", "number")
    return of_metric(match["many_noun"] or "", "en") or of_metric(clause[match.end() :], "en") or ("money",)


def _counted(noun: str, before: str, rest: str) -> tuple[str, Kinds]:
    """Return the unit or classifier that 多少 asks for, "" for none, and the kinds that would answer."""
    import rjieba

    if noun and noun != "个" and rest:
        # 多少名额 asks for no 名, 多少本钱 for no 本: the longer word counts.
        word = next(iter(rjieba.cut(noun + rest)), noun)
        if len(word) > len(noun) and not of_unit(word):
            noun, rest = "", noun + rest
    if noun and not noun.strip("十百千万亿"):
        # 投资多少亿 asks for so many hundred million of what the metric is counted in.
        counted = of_metric(before[-9:], "zh")
        large = "亿" in noun
        others: Kinds = ("number",) if counted else ("money", "number", "count") if large else ("count", "number")
        return noun if large else "", tuple(dict.fromkeys((*counted, *others)))
    if noun:
        return noun, of_unit(noun) or ("count",)
    if (found := _unit_at(rest)) is not None:
        return found
    if re.match(r"(?:电|度电)", rest):
        return "", ("energy", "power")
    after = re.match(r"[^的了过]{1,6}", rest)
    kinds = of_metric(after.group(), "zh") if after else ()
    # 总投资多少: the metric stands nearest to the interrogative.
    return "", kinds or of_metric(before[-9:], "zh") or (_COUNTED if after else of_metric(before, "zh"))


_UNMEASURED = ("number", "date", "period", "time", "duration", "points")


def _unit_at(rest: str) -> tuple[str, Kinds] | None:
    """Return the unit that ``rest`` begins with (列 of 列临时列车) and the kind that it counts, None without one."""
    import rjieba

    figure = next(iter(find_figures(f"5{rest}")), None)
    if figure is None or figure.span.start > 0 or figure.kind in _UNMEASURED:
        return None
    unit = figure.text[1:]
    # 多少本钱 asks for no 本: the longer word counts.
    return (unit, (figure.kind,)) if unit and next(iter(rjieba.cut(rest)), "") == unit else None


# 多少葡萄 may be so many bunches, tonnes or 亩.
_COUNTED: Kinds = ("count", "number", "weight", "area", "length", "volume", "energy")


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
