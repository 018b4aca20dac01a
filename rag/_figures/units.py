"""Units and classifiers: what each is called, its kind, its base unit and how many of that it is."""

from dataclasses import dataclass
from fractions import Fraction

from rag._figures.quantity import Kind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as written: one of it is ``factor`` of the base unit ``base``."""

    kind: Kind
    base: str
    factor: Fraction = Fraction(1)


def _names(kind: Kind, base: str, factor: Fraction | int | str, names: str) -> dict[str, Unit]:
    return {name.replace("_", " "): Unit(kind, base, Fraction(factor)) for name in names.split()}


_MONEY = {
    "元": "元 圆 块钱 元人民币 人民币元 yuan RMB CNY renminbi RMB_yuan yuan_RMB",
    "美元": "美元 美金 dollar dollars USD US_dollars U.S._dollars US_dollar",
    "欧元": "欧元 euro euros EUR",
    "英镑": "英镑 pounds GBP",
    "日元": "日元 日圆 yen JPY",
    "港元": "港元 港币 HKD HK_dollars Hong_Kong_dollars",
    "韩元": "韩元 won KRW",
    "澳门元": "澳门元 澳门币",
    "新台币": "新台币 新台币元 台币",
    "澳元": "澳元 澳大利亚元 AUD", "加元": "加元 加拿大元 CAD", "新元": "新加坡元 新元 SGD",
    "瑞士法郎": "瑞士法郎", "卢布": "卢布 rubles roubles", "卢比": "卢比 印度卢比 rupees", "印尼盾": "印尼盾 印尼卢比",
    "泰铢": "泰铢 baht", "越南盾": "越南盾", "雷亚尔": "雷亚尔", "比索": "比索", "兰特": "兰特", "里亚尔": "里亚尔",
    "新西兰元": "新西兰元", "坚戈": "坚戈", "里拉": "里拉", "谢克尔": "谢克尔", "瑞典克朗": "瑞典克朗",
    "林吉特": "林吉特", "第纳尔": "第纳尔", "迪拉姆": "迪拉姆", "图格里克": "图格里克",
}  # fmt: skip

UNITS: dict[str, Unit] = {}
for _base, _written in _MONEY.items():
    UNITS |= _names("money", _base, 1, _written)
UNITS |= _names("money", "元", Fraction(1, 10), "角")
# Area in 平方米; 15亩 are one hectare, exactly.
UNITS |= _names("area", "平方米", 1, "平方米 平方公尺 平米 ㎡ m² m2 square_meters square_metres sq_m")
UNITS |= _names("area", "平方米", 10**6, "平方公里 平方千米 km² km2 square_kilometers square_kilometres sq_km")
UNITS |= _names("area", "平方米", 10**4, "公顷 hectare hectares ha")
UNITS |= _names("area", "平方米", Fraction(2000, 3), "亩 mu")
UNITS |= _names("area", "平方米", "0.0001", "平方厘米 cm²") | _names(
    "area", "平方米", "2589988.110336", "平方英里 square_miles"
)
UNITS |= _names("area", "平方米", "0.09290304", "平方英尺 square_feet")
UNITS |= _names("length", "米", 1, "米 公尺 m meters metres meter metre")
UNITS |= _names("length", "米", 1000, "公里 千米 km kilometers kilometres kilometer kilometre")
UNITS |= _names("length", "米", "0.01", "厘米 公分 cm") | _names("length", "米", "0.1", "分米")
UNITS |= _names("length", "米", "0.001", "毫米 mm") | _names("length", "米", "0.000001", "微米")
UNITS |= _names("length", "米", "0.000000001", "纳米 nm") | _names("length", "米", 1852, "海里 nautical_miles")
UNITS |= _names("length", "米", "1609.344", "英里 miles") | _names("length", "米", 500, "华里")
UNITS |= _names("length", "米", "0.0254", "英寸 inches") | _names("length", "米", "0.3048", "英尺 feet")
UNITS |= _names("weight", "千克", 1000, "吨 公吨 t tons tonnes tonne metric_tons")
UNITS |= _names("weight", "千克", 1, "公斤 千克 kg kilograms") | _names("weight", "千克", "0.5", "斤 市斤")
UNITS |= _names("weight", "千克", "0.001", "克 grams") | _names("weight", "千克", "0.000001", "毫克 mg")
UNITS |= _names("weight", "千克", "0.000000001", "微克")
UNITS |= _names("weight", "总吨", 1, "总吨") | _names("weight", "载重吨", 1, "载重吨 载重吨位")
UNITS |= _names("volume", "立方米", 1, "立方米 立方 m³ cubic_meters cubic_metres") | _names(
    "volume", "立方米", 10**9, "立方千米"
)
UNITS |= _names("volume", "立方米", "0.001", "升 公升 liters litres") | _names(
    "volume", "立方米", "0.000001", "毫升 ml"
)
UNITS |= _names("energy", "千瓦时", 1, "千瓦时 kWh kilowatt-hours kilowatt_hours 度电")
UNITS |= _names("energy", "千瓦时", 1000, "兆瓦时 MWh") | _names("energy", "千瓦时", 10**6, "吉瓦时 GWh")
UNITS |= _names("power", "千瓦", 1, "千瓦 kW kilowatts") | _names("power", "千瓦", 1000, "兆瓦 MW megawatts")
UNITS |= _names("power", "千瓦", 10**6, "吉瓦 GW gigawatts") | _names("power", "千瓦", "0.001", "瓦 W")
UNITS |= _names("temperature", "摄氏度", 1, "摄氏度 ℃ °C degrees_Celsius")
UNITS |= (
    _names("data", "字节", 10**9, "GB") | _names("data", "字节", 10**12, "TB") | _names("data", "字节", 10**15, "PB")
)
# Shares in percent. 成 is a tenth.
UNITS |= (
    _names("share", "%", 1, "% percent per_cent") | _names("share", "%", "0.1", "‰") | _names("share", "%", 10, "成")
)
UNITS |= _names("points", "百分点", 1, "个百分点 百分点 percentage_points percentage_point")
UNITS |= _names("points", "百分点", "0.01", "个基点 基点 basis_points")
UNITS |= _names("multiple", "倍", 1, "倍 times")
# Durations: calendar ones in 年, clock ones in 小时; a month is not 30 days.
UNITS |= _names("duration", "年", 1, "年 周年 年间 years year 个年头")
UNITS |= _names("duration", "年", Fraction(1, 12), "个月 months month")
UNITS |= _names("duration", "年", 100, "个世纪 centuries") | _names("duration", "年", Fraction(1, 4), "个季度")
UNITS |= _names("duration", "小时", 24, "天 日 days day 个工作日 昼夜")
UNITS |= _names("duration", "小时", 168, "周 个星期 星期 个周 weeks week") | _names(
    "duration", "小时", 1, "小时 个小时 个钟头 hours hour"
)
UNITS |= _names("duration", "小时", Fraction(1, 60), "分钟 分 minutes minute") | _names(
    "duration", "小时", Fraction(1, 3600), "秒 秒钟 seconds"
)
UNITS |= _names("duration", "小时", Fraction(1, 3600000), "毫秒")

# Classifiers that mean the same thing: persons; vehicles; sets. 人次 and the other …次 stay apart.
UNITS |= _names("count", "人", 1, "人 名 位 口人 人口 员 people persons workers employees residents")
UNITS |= _names("count", "人次", 1, "人次 人次数 visits passengers trips")
UNITS |= _names("count", "家", 1, "家 companies firms enterprises")
UNITS |= _names("count", "户", 1, "户 households") | _names("count", "辆", 1, "辆 cars vehicles")
UNITS |= _names("count", "岁", 1, "周岁")
UNITS |= _names("count", "个", 1, "个 projects countries cities")
UNITS |= _names("count", "套", 1, "套 台（套） 台(套) 台套")
UNITS |= _names("count", "标准箱", 1, "标准箱 标箱 TEU TEUs 个标准箱 个标箱")
CLASSIFIERS = (
    "件 项 处 条 座 栋 辆 台 所 艘 架 只 头 匹 棵 株 颗 粒 种 类 门 款 间 层 幢 场 "
    "次 回 批 部 本 册 篇 份 张 枚 块 片 幅 根 支 把 口 眼 袋 箱 盒 瓶 桶 包 捆 卷 "
    "列 节 组 队 班 轮 岁 代 步 遍 趟 句 字 页 行 路 盘 盏 面 道 股 群 双 对 副 站 "
    "村 镇 乡 县 市 省 国 州 区 校 院 馆 店 例 起 宗 笔 单 票 档 点 度 尊 孔 发 盆 "
    "碗 杯 桌 席 床 窝 羽 尾 丛 束 串 排 圈 环 笼 棚 段 集 期 则 桩 阵 户次 车次 "
    "架次 班次 台次 辆次 家次 件次 例次 航次 列次 艘次 场次 人份 人天 车 拨 棒 节课 课时 "
    "学时 顶 幕 曲 首 个次 频次 词条 语种 港 园 城 平台 标段 床位 席位 车位 机组 航班 "
    "年一遇 晚 机位 厂 矿 井 街 巷 坊 景 部门 任 季 章 具 强 车道 大 营 连 团 批次 省区 垛"
)
for _name in CLASSIFIERS.split():
    UNITS.setdefault(_name, Unit("count", _name))

# Kinds that are measured, not counted.
MEASURES = frozenset(
    {"money", "area", "length", "weight", "volume", "energy", "power", "temperature", "share", "points", "multiple"}
)

# What makes an ordinal of a number without 第.
for _name in ["号线", "号楼", "号机组", "号机", "号院", "号墓", "号", "届", "级", "等奖", "等功", "等", "号台风"]:
    UNITS.setdefault(_name, Unit("ordinal", "号" if _name.startswith("号") and _name != "号线" else _name))
UNITS["期"] = Unit("ordinal", "期")

PREFIXES = {
    "US$": "美元", "HK$": "港元", "$": "美元", "¥": "元", "￥": "元", "€": "欧元", "£": "英镑",
    "RMB": "元", "USD": "美元", "CNY": "元", "EUR": "欧元", "人民币": "元", "HKD": "港元",
}  # fmt: skip
