"""Which kinds of quantity answer a question for a metric: 总投资 is money, 覆盖率 a share, 海拔 a length."""

import re
from itertools import accumulate
from typing import Literal

Kinds = tuple[str, ...]
Table = tuple[tuple[re.Pattern[str], Kinds], ...]


def _table(*rows: tuple[str, Kinds]) -> Table:
    return tuple((re.compile(pattern, re.IGNORECASE), kinds) for pattern, kinds in rows)


_SHARE: Kinds = ("share", "points", "multiple")
# What 增长多少 may be answered with: a share, or so much more.
CHANGE: Kinds = (*_SHARE, "count", "money")

# The words are general ones of statistics and of the news.
_METRICS = _table(
    (r"人次|客流|客运量|运量|接待量|(?:集装)?箱吞吐量", ("count",)),
    (r"(?<!新)(?:增长|上涨|涨|提高|提升|下降|降低|降|减少|回落|上升|增产|减产)了?", CHANGE),
    (
        r"占比|比重|比例|份额|可能性|[概几]率|(?<!分辨)(?<!功)(?<!频)(?<!刷新)率|增[速幅长]|[涨降跌]幅|同比|环比|百分|%|强度|股权|股份",
        _SHARE,
    ),
    (r"面积|占地|用地|建面|土地|林地|耕地|绿地|^地", ("area",)),
    (
        r"里程|长度|全长|总长|桥长|路长|(?<![增成])长|高度|宽度?|深度?|距离|海拔|身高|跨度|主跨|跨径|水位|埋深|降[水雨]量?|雨$|分辨率|屏幕|显示屏",
        ("length",),
    ),
    (r"时速|限速|车速|航速|风速|流速", ("speed", "length", "number")),
    (r"重量|体重|吞吐量|载重|排放量?|粮食|货运量|总产$|夏粮|垃圾", ("weight", "count", "volume")),
    (r"产量|产能|储量|处理能力|用水量|捕捞|能力|库容|清淤", ("weight", "volume", "count", "energy")),
    (r"装机|发电|用电|供电|缺电|功率|(?<!电池)容量|电量|负荷|发[了过]?多少电", ("energy", "power", "count")),
    (r"(?:缩短|延长|延迟|推迟|提前)了?", ("duration", "period", "length", *_SHARE)),
    (r"工期|时限|时长|期限|寿命|周期|年限|用时|耗时|有效期|学制|刑期|试用期|公示期|车程", ("duration", "period")),
    (
        r"人数|人口|户数|家数|(?:项目|企业|病例|用户|站|人次|床位|席位|座位|学位|岗位|车位|个|次|件|户|套|数)数量?|数量|总数|名额|员工|职工|居民|老人|学生|成交量|车道"
        r"|箱量|销量|在校生|毕业生|考生|听众|观众|旅客|游客|会员|市场主体|经营主体|病例",
        ("count", "number"),
    ),
    (
        r"投资|资金|收入|营收|产值|总额|金额|额度?|税|利润|增加值|gdp|生产总值|销售|成交|贷款|存款|余额|成本|费用?|预算|概算|决算"
        r"|工资|薪[资酬水]?|[价费金]|善款|消费|补[贴助偿]|支出|零售额?|进出口|出口|进口|外资|内资|市值|估值|资产|负债|债|奖[金励]|罚款|低保|养老金|投入|造价|营业额|融资"
        r"|固投|社零|经济总量|外贸|门票|票价|租金|首付|损失|赔款|保费|盈利|净赚|本钱|公积金|存量|增量|外汇储备|标准|起薪|基数|补|罚|赔|贷|挣|赚|花|卖|投|缴|拿|奖|款",
        ("money",),
    ),
    (r"震级|风力|级别|等级", ("ordinal", "number")),
    (r"温度|气温|体温", ("temperature", "number")),
    (r"得分|评分|成绩|指数|分数|录取线|浓度|pue", ("number", "share", "weight")),
    (r"之比|比值", ("number", "multiple", "share")),
    (r"(?:防洪|排涝|防潮|设防|除涝)标准|重现期", ("count",)),
)
# What a measure is said of in any case: it tells nothing itself.
_TRANSPARENT = re.compile(
    r"(?:大概|大约|约|共|总共|一共|合计|总计|累计|分别|各|达到?|有|是|为|了|的|计划|预计|将|会|(?<![产性功效])能|可|能够|突破|超过?|目标|上限|下限|规模|水平|情况|数据"
    r"|最高|最低|平均|纪录|记录|预估|要|到|至|需要?|得|花)+$"
)

_UNITS = _table(
    (r"块$", ("money", "count")),
    (r"[万亿]*(?:元|块钱|美元|欧元|日元|英镑|港元|港币|人民币|钱)", ("money",)),
    (r"[万亿]*(?:平方|公顷|亩|顷|平米)", ("area",)),
    (r"[万亿]*(?:立方|方$|升)", ("volume",)),
    (r"[万亿]*(?:公里|千米|米|厘米|毫米|里$|海里)", ("length",)),
    (r"[万亿]*(?:吨|公斤|千克|克|斤)", ("weight",)),
    (r"[万亿]*(?:千瓦|兆瓦|度电|瓦|电$|gwh|kwh|mwh)", ("energy", "power")),
    (r"(?:个?百分点|个?点$|%)", ("points", "share")),
    (r"(?:年|个?月|天|个?小时|个?钟头|分钟|秒钟?|周|个?星期|日)", ("duration", "date", "count")),
    (r"(?:时间)", ("duration",)),
    (r"(?:倍)", ("multiple", "share", "number")),
    (r"(?:度|摄氏度)", ("temperature", "number", "count")),
)

_SIZES: dict[str, Kinds] = {
    "多高": ("length", "share", "money"),
    "多长": ("length", "duration"),
    "多宽": ("length",),
    "多深": ("length",),
    "多重": ("weight",),
    "多远": ("length",),
    "多厚": ("length",),
    "多快": ("speed", "length"),
    "多大": ("area", "number", "count", "duration", "length"),
}

_METRICS_EN = _table(
    (r"\b(?:percent|share|rate|proportion|growth|grow|increase|rise|rose|fall|fell|decline|decrease)", _SHARE),
    (
        r"\b(?:invest|revenue|income|value|cost|price|budget|gdp|sales|turnover|tax|profit|fund|spen[dt]|expenditure|loan|salary"
        r"|amount|export|import|trade|subsid|deposit|balance|output value"
        r"|fee|fare|pay|paid|money|earn|wage|debt|asset|capital)",
        ("money",),
    ),
    (r"\b(?:area|size|footprint|acre|cover|large|big)", ("area", "count")),
    (
        r"\b(?:length|distance|height|mileage|altitude|depth|width|span|tall|high|wide|deep|far|kilomet|met(?:er|re)s?)",
        ("length",),
    ),
    (r"\b(?:throughput|tonnage|weigh|weight|tonnes|tons|harvest|yield|cargo|freight)", ("weight", "count")),
    (r"\b(?:capacity|electricity|power|installed)", ("energy", "power", "count", "weight", "volume")),
    (r"\b(?:population|number|count|total|people|passengers|visitors|tourists)", ("count", "number")),
    (r"\b(?:speed|fast)", ("speed", "length")),
    (r"\b(?:old|age)", ("duration", "count")),
)

Language = Literal["zh", "en"]


# A metric further away from the interrogative than so many characters is not the one asked for.
_REACH = 5


def of_unit(noun: str) -> Kinds:
    """Return the kinds of quantity that a unit counts; () where ``noun`` is a classifier, or nothing known."""
    return next((kinds for pattern, kinds in _UNITS if pattern.match(noun)), ())


def of_size(focus: str) -> Kinds:
    """Return the kinds that 多高, 多远 and the like ask for; () for anything else."""
    return _SIZES.get(focus, ())


def of_metric(text: str, language: Language) -> Kinds:
    """Return the kinds that the metric in folded ``text`` is measured in: the one that ends last; () for none."""
    if language == "en":
        return next((kinds for pattern, kinds in _METRICS_EN if pattern.search(text)), ())
    text = _TRANSPARENT.sub("", text.rstrip())
    ends = _word_ends(text)
    best: tuple[int, int, Kinds] = (0, 0, ())
    for pattern, kinds in _METRICS:
        for match in pattern.finditer(text):
            if len(match.group()) == 1 and match.end() not in ends:
                continue  # 深圳 is no depth, and nobody takes anything in 加拿大
            # 居民收入 is an income, 分辨率 no rate: what ends last tells, of those the longest.
            if (match.end(), len(match.group())) > best[:2]:
                best = (match.end(), len(match.group()), kinds)
    return best[2] if len(text) - best[0] <= _REACH else ()


def _word_ends(text: str) -> set[int]:
    import rjieba

    return set(accumulate(map(len, rjieba.cut(text))))
