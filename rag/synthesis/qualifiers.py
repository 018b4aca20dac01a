"""Words that turn a figure into another figure: 新增 is not 累计, 计划 not 完成, 全区 not 全市, 同比 not 环比."""

import re

# Each set holds alternatives that exclude one another; an alternative is a pattern on folded text.
_NEW = r"新[增建引开设签办认]|净增"
_SETS: tuple[tuple[str, ...], ...] = (
    (_NEW, r"累计|总数|总量|现有|共有|总计|存量"),
    # 计划完成 is a plan.
    (
        r"计划|拟|预计|预期|目标|规划|力争|争取|确保|将",
        r"(?<!计划)(?<!预计)(?<!目标)(?<!将)(?<!拟)(?:完成|实现|达到)|实际|已[经]?",
    ),
    (r"总投资|投资总额|总投入", r"完成投资|累计完成|年度投资"),
    (r"同比", r"环比"),
    (r"国家级", r"省级", r"市级", r"区级|县级"),
    (r"全国", r"全省", r"全市", r"全区", r"全县"),
    (r"一期", r"二期", r"三期", r"四期"),
    (r"上半年", r"下半年"),
    (r"第?一季度|一季", r"第?二季度|二季", r"(?<!前)第?三季度|三季", r"第?四季度|四季", r"前三季度"),
    (r"进口(?!额?总)", r"出口", r"进出口"),
    (r"男", r"女"),
    (r"收入", r"支出", r"利润"),
    (r"城镇|城市", r"农村|乡村"),
    (r"最[高大多长]", r"最[低小少短]"),
    (r"增长|上升|提高|增加", r"下降|减少|降低|回落"),
    (r"去年|上年", r"今年|本年"),
    (r"户籍", r"常住"),
    (r"开工|动工", r"竣工|完工|建成", r"投产|投用|投入使用|运营|启用", r"签约"),
    (r"占地|用地", r"建筑面积|建面"),
    (r"日均|每天|每日", r"年均|每年", r"月均|每月"),
    (r"人均", r"总额|总量|总值"),
    (r"春节", r"国庆", r"五一|劳动节", r"元旦", r"清明", r"端午", r"中秋"),
    (r"夏粮|夏收", r"秋粮|秋收", r"早稻", r"全年粮食"),
    (r"存款", r"贷款"),
    (r"(?<!净)利润(?!总额)|净利", r"营收|营业收入", r"现金流"),
)
_BY_THEN = re.compile(r"[年月][底末]|季度末|截[至止]")
_COMPILED = tuple(tuple(re.compile(pattern) for pattern in group) for group in _SETS)


def qualifier_clash(question: str, fine: str, coarse: str, whole: str = "") -> float:
    """Return how many qualifiers of folded ``question`` meet another of their set, and not themselves, at a candidate.

    Its clause between 、 (``fine``) says it if it says anything of the set, else that between commas (``coarse``), else
    its sentence up to there (``whole``).
    A qualifier that the question has and neither has counts nothing here (coverage sees to it). What is asked of the
    end of a period is what there is by then, not what is new.
    """
    if _BY_THEN.search(question) and not re.search(_NEW, question):
        question += "现有"
    clashes = 0
    for group in _COMPILED:
        asked = [pattern for pattern in group if pattern.search(question)]
        if len(asked) != 1:
            continue
        scope = next((text for text in (fine, coarse, whole) if any(pattern.search(text) for pattern in group)), "")
        clashes += bool(scope) and not asked[0].search(scope)
    return float(clashes)


# What a question for the figure itself would have said: a part, last year's, a change, a goal.
_UNASKED = tuple(
    map(
        re.compile,
        (
            r"其中|其余|其他",
            r"上年同期|去年同期|同期为|上年末|此前|原(?:计划|为|来)|由|从(?=\d)",
            r"一期|二期|三期",
            r"同比|环比|比上年|较上年|增长|下降|增加|减少|提高|上升|回落",
            r"计划|预计|目标|力争|拟|规划|到20[2-9]\d年",
            r"新增|净增|新签|新引进|新建",
            r"累计|总计|共计|合计",
            r"每|人均|平均|日均|均",
            r"最高|最低|最大|最多|不低于|不超过",
            r"占",
            r"当月|单月|当日|当天|单日|首日|当年",
        ),
    )
)


def unasked(question: str, fine: str) -> float:
    """Return how many sorts of qualifiers the clause ``fine`` of a candidate has and folded ``question`` has not."""
    return float(sum(bool(pattern.search(fine)) and not pattern.search(question) for pattern in _UNASKED))
