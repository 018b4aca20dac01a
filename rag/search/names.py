"""The names a question speaks of, and whether a text speaks of them: 临江新城 is not 临江新区, 5号线 not 6号线."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag._text import Span
from rag.search.translation import is_english, pinyin, said_in_english

# What names of places, bodies and works end in. The longest come first, so that 新区 is not cut to 区.
_ENDINGS = (
    "开发区|示范区|高新区|经开区|试验区|新区|新城|特区|街道|园区|景区|片区"
    "|(?<![联城友邻盟])邦|(?<!全)省(?![级长委了下])|(?<![全上])市(?![场级民政区长委])(?!财政)|(?<![全小社地展])区(?![域级间别长委])(?!财政|政府)|县(?![级长委市])(?!财政)|(?<![城乡])镇(?!长)|(?<!城)乡(?![村镇])|(?<![农乡])村(?![民支委干])|旗|州"
    "|产业园|科技园|科学园|公园|湿地|大学(?!生)|学院|中学(?!生)|小学(?![生一二三四五六])|学校|幼儿园|医院|博物馆|图书馆|科技馆|体育馆|海洋馆|美术馆"
    "|[大一二三四]桥|桥|隧道|高速|铁路|高铁|号线|机场|车站|[东西南北]站|水库|电站|港(?!元|币)|古镇|湖|江|河(?![长道])|岛|山(?![东西洪体火])|(?<!线)路(?![线灯])"
    "|集团|公司|银行|工厂|[水电药钢]厂|处理厂|敬老院|养老院|福利院|科技|生物|重工|股份|研究院|研究所|实验室|中心|基地|协会|联盟|委员会"
    "|大会|论坛|博览会|灯会|大厦|新市镇"
)
_NAME = re.compile(rf"[\w·()（）“”\-–]{{1,16}}?(?:{_ENDINGS})+(?:第?[一二三四五]期)?")
_ENDING = re.compile(_ENDINGS)
KIND = re.compile(rf"(?:{_ENDINGS})+(?:第?[一二三四五]期)?(?!\w*(?:{_ENDINGS}))")
# Where a name cannot reach back over: particles, verbs and the words of time that open a question.
_BOUNDARY = re.compile(
    r"(?:[的在和与及、，,。；;：:？?！!\s《》]|是|有|给|由|对|从|到|截至|请问|其中|关于|根据|目前|现在|以来|当月|单月|今年|去年|前年|明年|年底|年末|年初|哪(?:一?[年月天日]|[个家条座些所支位名项种届处间部])?(?:当选|担任|出任|升任)?"
    r"|多少[个家条座项]?|几[个家条座项]|谁|什么|\d{4}年?[度底末初]?|\d{1,2}月份?|\d{1,2}日|上半年|下半年|[一二三四]季度|前三季度|(?:春节|国庆|五一|元旦|清明|端午|中秋)(?:假期|期间|当天)?|假期|期间|[前头近][一二三四五六七八九十\d]+个?[月年天]|单月|全年|老的|那次|那边|这边|其他|单位|承建|接任|中标|施工|修缮|什么时候|时候|[一二三四五六七八九十两几]+[个座家条所](?!山|湖|岭|庄)|新增|引进|完成|实现|位于|组织|开展|任命为|被|参加|参与|出席|举办|举行|召开|获得|来自|前往|入驻|落户|接待)"
)
_SINGLE = re.compile(
    r"^.$|^(?:县市|区县|市县|镇街|村镇|省市)$|^(?:全|本|该|各|这|那|新|老|大|小|重点|主要|所在)?(?:省|市|区|县|镇|乡|村|路|山|江|河|湖|科技|中心|基地|大会|公司|集团)$"
)


def names_of(folded: str) -> tuple[str, ...]:
    """Return the names in a folded question, in order; general words alone (项目, 全区) are none."""
    found: list[str] = []
    start = 0
    for boundary in [*(_BOUNDARY.finditer(folded)), None]:
        end = boundary.start() if boundary else len(folded)
        if end > start:
            found += _names_in(folded[start:end])
        if boundary:
            start = boundary.end()
    return tuple(dict.fromkeys(name for name in found if not _SINGLE.match(name)))


def named_things(text: str, endings: str) -> Iterator[Span]:
    """Yield where folded ``text`` has a name that ends in one of ``endings``, a pattern: 澜江古镇 for 古镇|公园."""
    start = 0
    for boundary in [*_BOUNDARY.finditer(text), None]:
        end = boundary.start() if boundary else len(text)
        for match in _NAME.finditer(text, start, end):
            if re.search(rf"(?:{endings})$", match.group()):
                yield Span(*match.span())
        if boundary:
            start = boundary.end()


def _names_in(piece: str) -> list[str]:
    """Cut 济南市市中区重点项目 into the names that end in it: 济南市, 市中区, …"""
    found = []
    at = 0
    for match in _NAME.finditer(piece):
        # Behind another name 上 and 时 are no part of the next one; in front, 上 may be that of 上海市.
        found.append(match.group().lstrip("·-–)）(（“时末" if at == 0 else "·-–)）上中里内时"))
        at = match.end()
    return found


def carried(name: str, text: str) -> float:
    """Return in [0, 1] how far folded ``text`` speaks of ``name``.

    1 where it stands there, 0.9 where it stands without what comes first (活力区 for 中央活力区), 0.7 where what tells
    it from others of its kind stands there alone (星枢 for 星枢科技); else up to 0.3, by the share of its pairs of
    characters: 西湖湿地公园 has much of 北湖湿地公园, and is another park.
    """
    if is_english(text) and not name.isascii():
        return _in_english(name, text)
    name, text = _in_short(name), _in_short(text)
    phase = _PHASE.search(name)
    if phase and len(name) > len(phase.group()):
        # 二期 may stand apart from the name: 二期工程将于今年开工.
        return carried(name[: phase.start()], text) * (1.0 if phase.group().removeprefix("第") in text else 0.3)
    if name in text:
        return 1.0
    ending = KIND.search(name, 2)  # two characters at least are its own: 临江 + 区, not 临 + 江区
    kind = ending.group() if ending else ""
    stem = name.removesuffix(kind)
    if len(stem) >= 2 and re.search(f"{re.escape(stem)}[省市区县]{re.escape(kind)}", text):
        return 0.9  # 滨州图书馆 is 滨州市图书馆
    places = (at for at in range(1, len(stem)) if len(stem) - at > 1 or stem[at].isdigit())
    if any(_ends_alone(name, at, kind, text) for at in places):
        return 0.9
    if (loose := _loose(name)) and loose.search(text):
        return 0.9
    if (spread := _spread(name)) and spread.search(text):
        return 0.9
    if len(stem) >= 2 and any(not _ENDING.match(text, found.end()) for found in re.finditer(re.escape(stem), text)):
        return 0.7
    return 0.3 * shared(name, text)


def _in_english(name: str, text: str) -> float:
    """Return in [0, 1] how far folded English ``text`` has a Chinese name; a translated name may be put anyhow."""
    if not all(re.search(rf"\b{number}\b", text) for number in re.findall(r"\d+", name)):
        return 0.3
    stem = KIND.sub("", name)
    if stem and re.search(rf"\b{pinyin(stem)}\b", text):
        name = name.removeprefix(stem)
    share = said_in_english(name, text) / 0.85 if name else 1.0
    return 1.0 if share > 0.95 else 0.4 + 0.5 * share


# What may stand inside a name without making it another's: not 二, 新, 中 or 实验.
_INSERTED = r"(?:特|国家级?|人民|产业|科技|国际|综合|农贸|省级|市级|经济技术|集团)"


@lru_cache(maxsize=4096)
def _loose(name: str) -> re.Pattern[str] | None:
    """Return a pattern for a name with a general word put in: 淅阳县人民医院 for 淅阳县医院."""
    places = range(2, len(name) - 1)
    if not places:
        return None
    return re.compile("|".join(f"{re.escape(name[:at])}{_INSERTED}{re.escape(name[at:])}" for at in places))


@lru_cache(maxsize=4096)
def _spread(name: str) -> re.Pattern[str] | None:
    """Return a pattern for a name with more between its words, 江海发展示范区 for 江海示范区; None for one word."""
    import rjieba

    kind = re.search(rf"(?:{_ENDINGS})$", name)
    words = rjieba.cut(name[: kind.start()]) if kind else []
    if kind is None or len(words) < 2 or min(map(len, words)) < 2:
        return None
    return re.compile("[^，,。；;、 ]{0,8}".join(map(re.escape, [*words, kind.group()])))


_JOINT = re.compile(r"[^一-龥]|[的在为是和与及了到对将该从向由由于把以并等]")


def _ends_alone(name: str, at: int, kind: str, text: str) -> bool:
    """Whether ``text`` has the end of a name, from ``at``, where no other name goes before it, as 星汉 in 星汉算力中心.

    A proper name of a place or person may stand behind anything (高铁福山站), and a long form behind its first words
    (国家石油天然气管网集团 for 国家管网集团).
    """
    ending, lead = name[at:], name[:at]
    for found in re.finditer(re.escape(ending), text):
        before = text[max(0, found.start() - 12) : found.start()]
        if not before or _JOINT.match(before[-1]) or _proper(ending.removesuffix(kind)):
            return True
        if re.search(".{0,6}".join(map(re.escape, lead)) + ".{0,6}$", before, re.DOTALL):
            return True
    return False


@lru_cache(maxsize=4096)
def _proper(stem: str) -> bool:
    import rjieba

    return any(tag.startswith(("nr", "ns", "nt", "nz")) for _, tag in rjieba.tag(stem))


def shared(phrase: str, text: str) -> float:
    """Return the share of the pairs of neighbouring characters of ``phrase`` that ``text`` has."""
    pairs = [phrase[at : at + 2] for at in range(len(phrase) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


_PHASE = re.compile(r"第?[一二三四五]期$")
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")


def _in_short(text: str) -> str:
    """Return ``text`` with 五号线 as 5号线 and 高速铁路 as 高铁."""
    text = text.replace("高速铁路", "高铁")
    return re.sub(r"[一二三四五六七八九]+(?=号)", lambda match: match.group().translate(_DIGITS), text)


# 区 ends a name in 青埔区, not in 区域 or 小区.
_STRICT = {
    "区": "(?<![全小社地各辖城郊院新片园景])(?<!开发|示范|试验|高新)区(?![域级间别长])",
    "市": "(?<![全各城])市(?![场级民政区长委])",
    "省": "(?<![全各])省(?![级长委])",
    "县": "(?<![全各])县(?![级长委])",
}


def rivals(name: str, text: str) -> list[Span]:
    """Return where folded ``text`` has another name of the same kind: 青埔区 for 临江区, 5号线 for 6号线."""
    ending = re.search(rf"(?:{_ENDINGS})$", name)
    if ending is None:
        return []
    stem = name[: ending.start()]
    if not stem:
        return []
    tail = _STRICT.get(ending.group(), re.escape(ending.group()))
    pattern = re.compile(rf"\w{{{len(stem)}}}{tail}")
    # 全区 and 各区 are no rivals of any district, whatever stands before them.
    return [
        Span(*match.span())
        for match in pattern.finditer(text)
        if match.group() != name
        and not re.search(r"[全各本该我两多所此]\w?$", match.group()[: len(stem)])
        and not _JOINS.search(match.group()[: len(stem)])
    ]


# No name has these right before its sort: 岳任州, 指经高新区.
_JOINS = re.compile(r"[的在为是和与及或了将对由把被从到向任建去其至经]$")


def binding(
    names: Sequence[str], subject: str, fine: str, led: str, sentence: str, before: str, head: str
) -> tuple[float, float]:
    """Return (how near the names stand, whether rivals stand nearer), each in [0, 1], for a candidate's surroundings.

    ``fine`` is its clause, ``led`` its sentence as far as its clause goes, ``sentence`` the whole, ``before`` what
    precedes that in the passage, ``head`` the title, heading and opening of the article. A name that comes only after
    the clause (总投资837亿元，东港大桥等项目开工) hardly is its subject. For a question without names the phrase that
    it opens with, ``subject``, stands in; without that it is bound by nothing: (1, 0).
    """
    places = ((1.0, f"{led} {fine}"), (0.95, head), (0.9, before), (0.4, sentence))
    if not names:
        # A phrase may be put in other words, so it never tells for sure that another thing is spoken of.
        near = max(
            worth * max(carried(subject, text) if is_english(text) else shared(subject, text), 0.4)
            for worth, text in places
        )
        if subject and subject in sentence and subject not in f"{led} {fine} {head}":
            near = 0.3  # 总投资837亿元，东港大桥等项目开工
        return near if subject else 1.0, 0.0
    near, rival = 0.0, 0.0
    for name in names:
        best = max(worth * carried(name, text) for worth, text in places)
        if carried(name, sentence) >= 0.9 and carried(name, f"{led} {fine}") < 0.7 and carried(name, head) < 0.9:
            best = min(best, 0.5)  # the sentence comes to it only after the candidate
        near += best
        rival += _rivalled(name, fine, led, sentence, before)
    return near / len(names), rival / len(names)


def _rivalled(name: str, fine: str, led: str, sentence: str, before: str) -> float:
    """Return in [0, 1] how clearly another name of the kind of ``name`` stands nearer to a candidate."""
    if carried(name, fine) >= 0.9:
        return 0.0
    if rivals(name, fine):
        return 1.0
    # 松岚区300亿元，青埔区增长最快，达400亿元: the last name holds on.
    at = led.rfind(name)
    if at >= 0:
        return 0.7 if rivals(name, led[at + len(name) :]) else 0.0
    if carried(name, sentence) < 1 and rivals(name, sentence):
        return 0.5
    # 该桥 is the bridge named last.
    last = before.rfind(name)
    return 0.4 if carried(name, sentence) < 0.9 and rivals(name, before[max(last, len(before) - 120, 0) :]) else 0.0
