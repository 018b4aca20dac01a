"""Persons of a Chinese text, with the office that stands beside each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag._text import Span

_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤"
    "花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄"
    "米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万"
    "支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松"
    "井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰"
    "从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴"
    "瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛"
    "阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公兰闫肖付代佟仝苟初冼揭覃佘楼祭谯亓亢牟朴檀洛展栗楚岳邸晁操翦"
)
_COMPOUND = (
    "欧阳|司马|上官|诸葛|东方|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|司徒|端木|纳兰|濮阳|闻人|赫连|澹台|钟离"
    "|轩辕|南宫|西门|独孤|呼延|公羊|太史|申屠|闾丘|拓跋|完颜|叶赫|百里|东郭|第五"
)
# An office, with deputies and bodies of two characters before it (党委书记, 常务副区长, 总工程师).
_OFFICE = (
    r"(?:常务副?|副|代理?|总|原|前|首席|执行|项目|技术|党委|党组|区委|市委|县委|镇党委|支部|董事|运营|财务|市场|研究|办公室|行政)*"
    r"(?:[省市区县镇乡村局处部厅司院校所厂行队站馆会组班船机园社挥]长|董事长|理事长|秘书长|书记|主任|主席|经理|总监|总裁|老总|创始人|负责人|领队|教授|院士|博士|研究员|分析师"
    r"|设计师|工程师|总工|教师|老师|医生|医师|律师|作者|记者|导演|编剧|传承人|主持人|发言人|代表|委员|教练|店主|老板|专员|干事|大使|参赞|总理|总统|首相|外长|馆员|工人|村民|居民|市民|队员|秘书|董秘|支书|学者|专家|首席执行官|CEO|ceo|父亲|母亲|丈夫|妻子|儿子|女儿)"
)
_TITLED = re.compile(rf"(?P<office>{_OFFICE})(?:兼\w{{2,8}})?(?:[：:、 　]|[为是的](?=[^了]))?(?=[一-龥]| ?[a-z])")
_BEHIND = re.compile(
    rf"(?:[（(][^）)]{{1,30}}[）)])?(?:为|任|担任|出任|当选为?|[（(，,]|是|的)\s?(?:[一-龥]{{0,16}}?)(?P<office>{_OFFICE})(?=[，,。；;、）)\s的]|$|职务)"
)
# What else goes before a name: an act on a person, a calling.
_CALLED = re.compile(
    r"(?:任命|免去|聘任|提名|授予|司机|选手|艺术家|军人|战士|工匠|建筑师|画家|作家|歌手|演员|运动员|球员|研究生|志愿者|摊主|渔民|农户|创客)(?=[一-龥])"
)
# What follows a name: speech, deeds, conjunctions, the end of a clause.
_AFTER = re.compile(
    r"[，,。；;：:、！!？?（()）\s“”「」]|$|在|说|表示|介绍|指出|强调|透露|称|认为|坦言|告诉|宣布|出席|主持|致|作|率|带|为|任|担|当|共同|等|和|与|及|同志|先生|女士|一行|向|对|到|赴|从|将|已|也|就|的|把|被|是|获|接受|参加|前往|及|以及|总结|发言|讲话|回忆|解释|感慨|直言|分析|提醒|呼吁|用|算|看|曾|边|建议|提议|回应|呼吁|倡议"
)
_SAYS = "说|表示|介绍|指出|强调|透露|称|认为|坦言|告诉|宣布|回忆"
_NO_GIVEN = "说认曾称等与及或也已将在的是从对把被向表介就"  # no given name ends so
# Foreign names: with a point between their parts, or in the characters that transcribe them.
_POINTED = re.compile(r"[一-龥]{1,8}(?:·[一-龥]{1,8})+")
_TRANSCRIBED = re.compile(
    r"[京阿埃艾奥巴白班贝本比宾波伯布茨达戴丹德迪蒂丁杜多厄恩尔法菲费芬弗福夫盖戈格古哈海赫华霍基吉加贾杰金卡凯考科克肯库拉莱兰朗劳勒雷里利莉林琳卢鲁伦罗洛马玛迈曼梅蒙米密摩莫姆穆纳南内尼纽诺欧帕佩皮普奇齐乔琼瑞萨赛桑瑟森沙莎舍施舒史斯丝苏索塔泰坦汤特提图托瓦万威韦维温沃乌伍西希锡夏谢辛休雅亚扬耶伊英尤约泽扎詹珍朱兹佐]{2,8}"
)
_LATIN = re.compile(r" ?(?P<name>[a-z]+(?:[ .·-]{1,2}[a-z]+){1,3})")


@dataclass(frozen=True, slots=True)
class Person:
    """A name in a text and the office beside it, "" for none."""

    span: Span
    office: str


def persons(text: str) -> Iterator[Person]:
    """Yield the persons of folded ``text``: a name behind an office, before one, and what the dictionary knows.

    A name that may end in 和 is read as it stands elsewhere: 主席陈江和现场致辞, where 陈江和表示 follows.
    """
    for person in _persons(text):
        longer = Span(person.span.start, person.span.end + 1)
        both = longer.of(text)
        said = both.endswith("和") and len(both) == 3 and re.search(f"{both}(?:{_SAYS})", text)
        yield Person(longer, person.office) if said else person


def _persons(text: str) -> Iterator[Person]:
    import rjieba

    seen: set[int] = set()  # the characters of names found
    for match in _TITLED.finditer(text):
        name = _name_at(text, match.end()) or _cut_at(text, match.end())
        if name is None and (foreign := _TRANSCRIBED.match(text, match.end())) and _AFTER.match(text, foreign.end()):
            name = Span(*foreign.span())
        if name is None and (latin := _LATIN.match(text, match.end())):
            name = Span(*latin.span("name"))
        if name is not None and name.start not in seen:
            seen.update(range(name.start, name.end))
            yield Person(name, match["office"])
    for match in _CALLED.finditer(text):
        name = _name_at(text, match.end()) or _cut_at(text, match.end())
        if name is not None and name.start not in seen:
            seen.update(range(name.start, name.end))
            behind = _BEHIND.match(text, name.end)
            yield Person(name, behind["office"] if behind else "")
    for match in _POINTED.finditer(text):
        if match.start() not in seen:
            seen.update(range(*match.span()))
            yield Person(Span(*match.span()), "")
    at = 0
    for word, tag in rjieba.tag(text):
        start, at = at, at + len(word)
        known = tag.startswith("nr") and len(word) > 1
        if start in seen or not (known or _surname(text, start)):
            continue
        name = _name_at(text, start)
        if name is None and known:
            whole = _TRANSCRIBED.match(text, start)
            name = Span(start, max(at, whole.end() if whole else at))
        if name is None:
            continue
        behind = _BEHIND.match(text, name.end)
        if known or behind:
            seen.update(range(name.start, name.end))
            yield Person(name, behind["office"] if behind else "")


def _surname(text: str, at: int) -> int:
    """Return how many characters of a surname stand at ``at``."""
    if re.match(_COMPOUND, text[at : at + 2]):
        return 2
    return int(text[at : at + 1] in _SURNAMES)


# Surnames that are common words: 书记和镇长, 校长从教室.
_NO_SURNAME = "和于向从时都常能应经连计成相查后通须那何全同为"


def _cut_at(text: str, at: int) -> Span | None:
    """Return the name at ``at`` as the dictionary cuts it: 步惊鸿, or 步 and 惊鸿. To be asked behind an office only.

    The callings of many go before other words too (学生成绩), so that a word that is no name is none here.
    """
    import rjieba

    size = _surname(text, at)
    if not size or text[at] in _NO_SURNAME:
        return None
    cut = rjieba.tag(text[at : at + 8])
    first, tag = cut[0]
    if len(first) == size and len(cut) > 1:
        name = first + cut[1][0]
    elif tag.startswith("nr") and len(first) > size:
        name = first
    else:
        return None
    whole = len(name) <= size + 2 and re.fullmatch(r"[一-龥]+", name) is not None
    return Span(at, at + len(name)) if whole and name[-1] not in _NO_GIVEN else None


def _name_at(text: str, at: int) -> Span | None:
    """Return the Chinese name that begins at ``at``: a surname and one or two characters, as what follows tells."""
    size = _surname(text, at)
    if not size:
        return None
    for given in (2, 1):
        end = at + size + given
        name = text[at:end]
        # 顾清和作… is 顾清和, 李明和王红 is 李明: what follows the name tells.
        if (
            len(name) == size + given
            and re.fullmatch(r"[一-龥]+", name)
            and name[-1] not in _NO_GIVEN
            and _AFTER.match(text, end)
        ):
            return Span(at, end)
    return None
