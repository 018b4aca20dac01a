"""Words that official and newspaper Chinese use for the same thing; general ones only, none of any subject."""

from functools import cache

# One group a line. Within a group any word may stand for any other when a question is held against a sentence.
_GROUPS = """
总投资 总投资额 投资总额 投资额 投资规模 计划投资 投资
花费 花 砸 投 投入 投资 耗资 斥资
钱 资金 投资 金额
营业收入 营收 销售收入 收入 进账
预计 预期 计划 有望 拟 将
占地面积 占地 用地面积 土地面积 面积
土地 占地 国土 用地
建筑面积 总建筑面积 建面
开工 开工建设 动工 破土动工 开建 启动建设 奠基
竣工 完工 建成 落成 竣工验收 交付使用 交付
投产 投用 投入使用 投入运营 启用 运营 投运 建成投产
通车 开通 通车运营 开通运营
举行 举办 召开 开幕 开展 启动
成立 设立 创立 组建 创办
位于 坐落 地处 落户 坐落于 选址
签约 签订 签署 达成
引进 招引 引入 落户 落地
新引进 新招引 引进
新增 新增加 增加 新建 净增
增长 同比增长 上升 增加 提高 提升
下降 减少 降低 回落 下滑 缩减
增速 增幅 增长率 同比增长 增长
降幅 下降 同比下降
占比 占 比重 比例 份额
同比 比上年同期 较上年同期 与上年同期相比
地区生产总值 生产总值 gdp 经济总量
一般公共预算收入 财政收入 地方财政收入
进出口总额 进出口 外贸 货物贸易
实际利用外资 利用外资 外资
社会消费品零售总额 社零 零售总额 消费品零售
居民人均可支配收入 人均可支配收入 人均收入 可支配收入
企业 公司 厂家 商家
会员 会员企业 成员单位 成员
项目 工程
人 人员 名
员工 职工 从业人员 雇员 工作人员
学生 在校生 学员
人口 常住人口 居民 户籍人口
岗位 就业岗位 职位
新增就业 就业
住房 房屋 房子 住宅
道路 公路 马路
地铁 轨道交通
线路 线
医院 卫生院
学校 中小学 院校
基站 5g基站
负责人 主任 领导 一把手
区长 区人民政府区长
市长 市人民政府市长
发布 公布 印发 出台 发出
完成 实现 达到 达
突破 超过 超 逾
集聚 聚集 入驻 汇聚
建设 修建 兴建 建
建成 建好 建设完成
改造 整治 翻新
安装 配备 配置 布设
年产 产能 年产量
产值 总产值 工业产值
利润 净利润 盈利
税收 纳税 税额 缴税 税
工资 薪资 薪酬 月薪 待遇
价格 售价 单价 价
补贴 补助 津贴 奖补
标准 水平
低保 最低生活保障
长度 全长 总长 里程 长
高度 高 高达
参加 参与 出席 参会
获得 荣获 获 获评 被评为 入选
第一 首位 榜首 首
总部 区域总部
时间 日期
地点 地址 位置
目标 任务 指标
去世 逝世 病逝 离世
出生 生于 诞生
固投 固定资产投资
社零 社会消费品零售总额
cpi 居民消费价格
规上 规模以上
外贸 进出口
涨 上涨 增长 提高 上升
降 下降 减少
学位 入学名额
市长 市人民政府市长
施工 承建 建设 建造
挖 出土 发掘
门票 票价 票
停水 供水中断
房租 租房
领 领取 申领 享受
免费 不收费 免票
恢复 修复
竣工 收官
设 设置 共设
开始 起 启动
执行 施行 实施
合龙 合拢
一次 首次
全长 长
"""


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, set[str]] = {}
    for line in _GROUPS.strip().splitlines():
        group = line.split()
        for word in group:
            table.setdefault(word, set()).update(other for other in group if other != word)
    # The longest first: it is the stronger evidence.
    return {word: tuple(sorted(others, key=lambda other: (-len(other), other))) for word, others in table.items()}


def synonyms_of(word: str) -> tuple[str, ...]:
    """Return the words that may stand for ``word``, the longest first."""
    return _table().get(word, ())
