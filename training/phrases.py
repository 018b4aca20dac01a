"""The words that questions are made of: units, dates, synonyms, metrics that are asked for in one another's place."""

import re

_UNITS = """
    美元 欧元 港元 日元 元 平方公里 平方千米 平方米 立方米 公里 千米 米 公顷 亩 吨 千克 公斤 千瓦时 千瓦 度
    个百分点 百分点 人次 人 名 位 户 家 个 项 件 条 座 辆 架 艘 台 套 栋 所 间 场 次 批 种 类 期 岁 倍 天 年
    个月 小时 分钟 秒 只 头 张 部 篇 处 份 万 亿 平 里 届 级 层 枚 支 片 例 起 款 字 轮 列 班 车次 股 桶 瓦 兆瓦
    %
"""
_UNIT = rf"(?:亿|万|千|百)*(?:{'|'.join(_UNITS.split())})?"
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_HAN_DIGITS = r"[一二三四五六七八九十两百千]{2,}|[二三四五六七八九十两](?=[家名座项条个位])"
FIGURE = re.compile(
    r"(?:约|近|超过|超|逾|不足|不到|至少|高达|突破|接近|上)?"
    r"(?:百分之[零一二三四五六七八九十百点两\d.]+"
    rf"|(?:第)?(?:{_DIGITS}|{_HAN_DIGITS})(?:多|余)?{_UNIT}(?:多|余|左右|以上)?)"
)
LINE = re.compile(r"[一二三四五六七八九十\d]{1,3}号线")
_REGION = r"[㐀-鿿]{2,6}?(?:街道|省|市|区|县|镇|乡|村)"
REGION = re.compile(_REGION)
# Where something lies or takes place, region within region.
PLACED = re.compile(rf"(?:位于|坐落于|坐落在|落户|地处|选址|设在|在|赴|到|至)((?:{_REGION})+)")
_PART = "份|底|初|中旬|上旬|下旬"
_UNTIL = r"(?:[至到—-](?:\d{1,2}月)?\d{1,2}日)?"
DATE = re.compile(
    rf"(?:19|20)\d\d年(?:\d{{1,2}}月(?:{_PART})?(?:\d{{1,2}}日{_UNTIL})?|底|初|年底|上半年|下半年)?"
    rf"|(?:今年|去年|明年|当年)?\d{{1,2}}月(?:\d{{1,2}}日{_UNTIL}|{_PART})?"
    r"|\d{1,2}日(?:上午|下午|晚间?|凌晨)?"
)
WORK = re.compile(r"《[^《》]{2,24}》")
NAMED = re.compile(r"[“\"][^“”\"]{2,12}[”\"]")
SENTENCE = re.compile(r"[^。!?;]+[。!?;]?[”\"]?")
# Copies from the web set digits and Latin words off with blanks; papers do not.
SET_OFF = re.compile(r"(?<=[㐀-鿿,。:;]) (?=\S)|(?<=\S) (?=[㐀-鿿])")

_BODY_ENDS = """
    公司 集团 银行 委员会 大学 学院 医院 研究院 研究所 法院 检察院 协会 管理局 中心 政府 局 委 厅 基金会 联盟 署
    部
"""
BODY_ENDS = tuple(_BODY_ENDS.split())
_OFFICES = """
    主席 总理 总统 书记 部长 局长 主任 院长 校长 市长 区长 县长 董事长 总裁 总经理 经理 教授 研究员 院士 专家
    记者 医生 导演 演员 运动员 选手 队长 司令员 发言人 秘书长 会长 所长 站长 创始人 负责人 ceo 先生 女士 首相
    大使 代表 委员 作家 工程师 民警 市民 村民
"""
OFFICES = tuple(_OFFICES.split())
REPORTED = ("说", "表示", "指出", "介绍", "称", "认为", "强调", "透露", "宣布")
_ADVERBS = """
    已 将 约 近 超 达 已经 累计 共 均 也 还 又 就 都 并 其中 目前 正在 分别 据 同时 此外 达到 超过 了 以 其 该
    此 这 为
"""
ADVERBS = frozenset(_ADVERBS.split())

# Words that a question may say otherwise; either may stand for the other.
_PAIRS = """
    总投资=投资总额 总投资=一共投资 坐落于=位于 开工=动工 建成=完工 建成=落成 投产=投入生产
    投用=投入使用 增长=增加 增长=上涨 增长=提高 下降=减少 下降=降低 新增=增加 企业=公司 举行=举办 召开=举行
    发布=公布 达到=有 完成=实现 实现=达到 建筑面积=总建筑面积 占地=占地面积 占地面积=面积 营业收入=营收
    净利润=纯利润 净利润=利润 总产值=产值 生产总值=gdp 同比=比去年 同比=比上年 预计=估计 预计=计划 成立=创立
    设立=成立 表示=说 指出=说 介绍=说 居民=百姓 群众=老百姓 签约=签订 引进=引入 引进=招引 入驻=进驻 项目=工程
    资金=钱 价格=价钱 人口=人数 工人=员工 职工=员工 道路=路 学校=院校 医院=医疗机构 销售额=销售收入 出口=外销
    获得=拿到 获得=得到 荣获=获得 建设=修建 建设=兴建 启动=开始 结束=完成 覆盖=惠及 拥有=有 共有=有 累计=总共
    累计=一共 死亡=遇难 参加=参与 提供=给 就业=工作 岗位=职位 儿童=孩子 老年人=老人 改造=翻新 面积=大小 长度=长
    高度=高 时间=时候 上市=发售 售价=价格 起售价=售价 推出=发布 搭载=配备 通车=开通 试运行=试运营 合作=联手
    收购=买下 融资=筹资 产量=生产量 用户=客户
"""
SYNONYMS: dict[str, list[str]] = {}
for _pair in _PAIRS.split():
    _one, _other = _pair.split("=")
    SYNONYMS.setdefault(_one, []).append(_other)
    SYNONYMS.setdefault(_other, []).append(_one)

# A twin swaps a metric for another of its line that the passage does not have.
_METRICS = """
    总投资 投资额 营业收入 净利润 销售额 总产值 年产值 税收 财政收入 固定资产投资 进出口总额 出口额 进口额 注册资本
      融资额 利润总额 补贴金额 市值 合同额
    建筑面积 占地面积 绿化面积 规划面积 种植面积 改造面积 展览面积
    增长率 增速 完成率 占比 合格率 覆盖率 就业率 失业率 利用率 入住率 毛利率
    企业数量 员工人数 参会人数 游客人数 用户数量 就业岗位 学校数量 床位 停车位 专利数量 门店数量 死亡人数 受伤人数
      确诊人数
    开工 竣工 投产 通车 签约 成立 上市 发布 启用 奠基 验收 封顶 收购 停产 开放 揭牌
    增长 下降
"""
METRICS: list[list[str]] = []
for _line in _METRICS.splitlines()[1:]:
    if _line.startswith("      "):
        METRICS[-1] += _line.split()
    elif _line.strip():
        METRICS.append(_line.split())
