"""Turns declarative news sentences into questions with spans, near-miss twins included.

    python training/generate.py --data ../shared/data --out checkpoints/generated.jsonl.xz

A figure becomes 多少 + unit, a date 什么时候, a place 哪里, a body 哪家 or 谁; the words around it become the question,
paraphrased: dropped words, synonyms, another order. The passage keeps its other figures, so the figure has rivals.
A twin asks what the passage does not say: another metric, another year, another subject; or the sentence that
answers is taken out.
"""

import argparse
import json
import lzma
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path

import rjieba
from data import news

PASSAGE = 300  # characters of a passage, about
_UNIT = (
    r"(?:亿|万|千|百)*(?:美元|欧元|港元|日元|元|平方公里|平方千米|平方米|立方米|公里|千米|米|公顷|亩|吨|千克|公斤|千瓦时|千瓦|度|"
    r"个百分点|百分点|人次|人|名|位|户|家|个|项|件|条|座|辆|架|艘|台|套|栋|所|间|场|次|批|种|类|期|岁|倍|天|年|个月|小时|分钟|秒|"
    r"只|头|张|部|篇|处|份|万|亿|平|里|届|级|层|枚|支|片|例|起|款|字|轮|列|班|车次|股|桶|瓦|兆瓦|%)?"
)
_FIGURE = re.compile(
    r"(?:约|近|超过|超|逾|不足|不到|至少|高达|突破|接近|上)?"
    r"(?:百分之[零一二三四五六七八九十百点两\d.]+|(?:第)?(?:\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十两百千]{2,}|[二三四五六七八九十两](?=[家名座项条个位]))"
    rf"(?:多|余)?{_UNIT}(?:多|余|左右|以上)?)"
)
_DATE = re.compile(
    r"(?:(?:19|20)\d\d年(?:\d{1,2}月(?:份|底|初|中旬|上旬|下旬)?(?:\d{1,2}日)?|底|初|年底|上半年|下半年)?|(?:今年|去年|明年|当年)?\d{1,2}月(?:\d{1,2}日|份|底|初|中旬|上旬|下旬)?|\d{1,2}日(?:上午|下午|晚间?|凌晨)?)"
)
_WORK = re.compile(r"《[^《》]{2,24}》")
_NAMED = re.compile(r"[“\"][^“”\"]{2,12}[”\"]")
_BODY_END = (
    "公司",
    "集团",
    "银行",
    "委员会",
    "大学",
    "学院",
    "医院",
    "研究院",
    "研究所",
    "法院",
    "检察院",
    "协会",
    "管理局",
    "中心",
    "政府",
    "局",
    "委",
    "厅",
    "基金会",
    "联盟",
    "署",
    "部",
)
_SENTENCE = re.compile(r"[^。!?;]+[。!?;]?[”\"]?")
_OFFICES = tuple(
    ["主席", "总理", "总统", "书记", "部长", "局长", "主任", "院长", "校长", "市长", "区长", "县长", "董事长", "总裁", "总经理", "经理", "教授", "研究员", "院士", "专家", "记者", "医生", "导演", "演员", "运动员", "选手", "队长", "司令员", "发言人", "秘书长", "会长", "所长", "站长", "创始人", "负责人", "ceo", "先生", "女士", "首相", "大使", "代表", "委员", "作家", "工程师", "民警", "市民", "村民"]
)
_SET_OFF = re.compile(r"(?<=[㐀-鿿,。:;]) (?=\S)|(?<=\S) (?=[㐀-鿿])")
_REPORTED = ("说", "表示", "指出", "介绍", "称", "认为", "强调", "透露", "宣布")

# Words that a question may say otherwise; either may stand for the other.
_SYNONYMS = [
    ("总投资", "投资总额"), ("总投资", "一共投资"), ("位于", "在"), ("坐落于", "位于"), ("开工", "动工"), ("建成", "完工"), ("建成", "落成"),
    ("投产", "投入生产"), ("投用", "投入使用"), ("增长", "增加"), ("增长", "上涨"), ("增长", "提高"), ("下降", "减少"), ("下降", "降低"), ("新增", "增加"),
    ("企业", "公司"), ("举行", "举办"), ("召开", "举行"), ("发布", "公布"), ("达到", "有"), ("完成", "实现"), ("实现", "达到"), ("建筑面积", "总建筑面积"),
    ("占地", "占地面积"), ("占地面积", "面积"), ("营业收入", "营收"), ("净利润", "纯利润"), ("净利润", "利润"), ("总产值", "产值"), ("生产总值", "gdp"), ("同比", "比去年"),
    ("同比", "比上年"), ("预计", "估计"), ("预计", "计划"), ("成立", "创立"), ("设立", "成立"), ("表示", "说"), ("指出", "说"), ("介绍", "说"), ("居民", "百姓"), ("群众", "老百姓"),
    ("签约", "签订"), ("引进", "引入"), ("引进", "招引"), ("入驻", "进驻"), ("项目", "工程"), ("资金", "钱"), ("价格", "价钱"), ("人口", "人数"), ("工人", "员工"), ("职工", "员工"),
    ("道路", "路"), ("学校", "院校"), ("医院", "医疗机构"), ("销售额", "销售收入"), ("出口", "外销"), ("获得", "拿到"), ("获得", "得到"), ("荣获", "获得"), ("建设", "修建"), ("建设", "兴建"),
    ("启动", "开始"), ("结束", "完成"), ("覆盖", "惠及"), ("拥有", "有"), ("共有", "有"), ("累计", "总共"), ("累计", "一共"), ("死亡", "遇难"), ("参加", "参与"), ("提供", "给"),
    ("就业", "工作"), ("岗位", "职位"), ("儿童", "孩子"), ("老年人", "老人"), ("改造", "翻新"), ("面积", "大小"), ("长度", "长"), ("高度", "高"), ("时间", "时候"), ("上市", "发售"), ("售价", "价格"),
    ("起售价", "售价"), ("推出", "发布"), ("搭载", "配备"), ("通车", "开通"), ("试运行", "试运营"), ("合作", "联手"), ("收购", "买下"), ("融资", "筹资"), ("产量", "生产量"), ("用户", "客户"),
]  # fmt: skip
_SYNONYM: dict[str, list[str]] = {}
for _one, _other in _SYNONYMS:
    _SYNONYM.setdefault(_one, []).append(_other)
    _SYNONYM.setdefault(_other, []).append(_one)

# Metrics that are asked for in one another's place; a twin swaps one for another that the passage does not have.
_METRICS = (
    ["总投资", "投资额", "营业收入", "净利润", "销售额", "总产值", "年产值", "税收", "财政收入", "固定资产投资", "进出口总额", "出口额", "进口额", "注册资本", "融资额", "利润总额", "补贴金额", "市值", "合同额"],
    ["建筑面积", "占地面积", "绿化面积", "规划面积", "种植面积", "改造面积", "展览面积"],
    ["增长率", "增速", "完成率", "占比", "合格率", "覆盖率", "就业率", "失业率", "利用率", "入住率", "毛利率"],
    ["企业数量", "员工人数", "参会人数", "游客人数", "用户数量", "就业岗位", "学校数量", "床位", "停车位", "专利数量", "门店数量", "死亡人数", "受伤人数", "确诊人数"],
    ["开工", "竣工", "投产", "通车", "签约", "成立", "上市", "发布", "启用", "奠基", "验收", "封顶", "收购", "停产", "开放", "揭牌"],
    ["增长", "下降"],
)
_ADVERBS = {
    "已",
    "将",
    "约",
    "近",
    "超",
    "达",
    "已经",
    "累计",
    "共",
    "均",
    "也",
    "还",
    "又",
    "就",
    "都",
    "并",
    "其中",
    "目前",
    "正在",
    "分别",
    "据",
    "同时",
    "此外",
    "达到",
    "超过",
    "了",
    "以",
    "其",
    "该",
    "此",
    "这",
    "为",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Something in a sentence that can be asked for: its span and its kind."""

    start: int
    end: int
    kind: str  # figure, date, place, body, person, work, named


@dataclass(frozen=True, slots=True)
class Made:
    """A question made of a sentence; ``rival`` is a passage of the same article that does not answer it."""

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]
    rival: str


def passages(text: str, rng: random.Random, size: int = PASSAGE) -> Iterator[str]:
    """Yield whole sentences of ``text``, packed to about ``size`` characters."""
    held = ""
    wanted = int(size * rng.uniform(0.5, 1.1))
    for match in _SENTENCE.finditer(text):
        if held and len(held) + len(match.group()) > wanted:
            yield held
            held, wanted = "", int(size * rng.uniform(0.5, 1.1))
        held += match.group()
    if len(held) > 40:
        yield held


def targets(sentence: str, tagged: list[tuple[str, str, int]]) -> list[Target]:
    """Return what can be asked for in ``sentence``; ``tagged`` are its words with tag and offset."""
    found: list[Target] = []
    dates = [match.span() for match in _DATE.finditer(sentence)]
    found += [Target(start, end, "date") for start, end in dates if end - start >= 3]
    for match in _FIGURE.finditer(sentence):
        start, end = match.span()
        if (
            not any(start < high and low < end for low, high in dates)
            and end - start >= 2
            and _amount(sentence, start, end)
        ):
            found.append(Target(start, end, "figure"))
    found += [Target(match.start(), match.end(), "work") for match in _WORK.finditer(sentence)]
    found += [Target(match.start() + 1, match.end() - 1, "named") for match in _NAMED.finditer(sentence)]
    index = 0
    while index < len(tagged):
        word, tag, offset = tagged[index]
        stop = index + 1
        while (
            stop < len(tagged)
            and tagged[stop][1] in ("ns", "nt", "nz", "n", "vn", "nr", "b", "j", "f", "s")
            and stop - index < 6
        ):
            stop += 1
        phrase = sentence[offset : tagged[stop - 1][2] + len(tagged[stop - 1][0])]
        if tag in ("ns", "nt", "nz", "nr", "j") and phrase.endswith(_BODY_END) and len(phrase) >= 4:
            found.append(Target(offset, offset + len(phrase), "body"))
        elif (
            tag == "ns"
            and index
            and tagged[index - 1][0] in ("位于", "在", "于", "落户", "赴", "抵达", "到", "坐落于", "来自", "至", "坐落")
        ):
            while stop > index + 1 and tagged[stop - 1][1] in ("vn", "b", "nr", "nz"):
                stop -= 1
            found.append(Target(offset, tagged[stop - 1][2] + len(tagged[stop - 1][0]), "place"))
        elif (
            tag == "nr"
            and 2 <= len(word) <= 4
            and (
                (stop < len(tagged) and tagged[stop][0] in _REPORTED)
                or (index and tagged[index - 1][0].endswith(_OFFICES))
            )
        ):
            found.append(Target(offset, offset + len(word), "person"))
        index = stop if tag in ("ns", "nt", "nz", "nr", "j") else index + 1
    return found


def _amount(sentence: str, start: int, end: int) -> bool:
    """Tell whether a number is an amount: it has a unit, and is no part of a name (5g, iphone 14, 第5条)."""
    text, before, after = sentence[start:end], sentence[:start].rstrip()[-1:], sentence[end : end + 1]
    if text.startswith("第") or not re.search(r"\d|[十百千万亿]", text) or re.fullmatch(r"[\d.,]*\d[\d.,]*", text):
        return False
    return not (
        (before.isascii()
        and (before.isalnum() or before in "-.:/"))
        or (after.isascii() and after.isalnum())
        or after in ("-", ":", "/")
    )


def interrogative(kind: str, text: str, rng: random.Random) -> tuple[str, str]:
    """Return how ``text`` is asked for: in its place, and at the end of a question."""
    if kind == "date":
        if re.fullmatch(r"(?:19|20)\d\d年", text):
            word = rng.choice(["哪年", "哪一年", "什么时候", "何时", "哪年"])
        elif text.endswith("日"):
            word = rng.choice(["什么时候", "何时", "哪天", "哪一天", "什么时间", "几月几日", "几号"])
        elif "月" in text:
            word = rng.choice(["什么时候", "何时", "几月", "哪个月", "什么时间", "啥时候"])
        else:
            word = rng.choice(["什么时候", "何时", "什么时间"])
        return word, rng.choice(["是" + word, "的时间是" + word, "是在" + word, word])
    if kind == "place":
        word = rng.choice(["哪里", "哪儿", "哪里", "什么地方", "何处", "哪个地方", "哪"])
        if text.endswith("区") and rng.random() < 0.5:
            word = "哪个区"
        elif text.endswith(("街道", "镇", "县", "省", "市", "村", "国")) and rng.random() < 0.5:
            word = "哪个" + re.search(r"街道|镇|县|省|市|村|国", text[-2:]).group().replace("国", "国家")
        return word, "在" + word
    if kind == "body":
        suffix = next(end for end in _BODY_END if text.endswith(end))
        word = rng.choice(["哪家单位", "哪个机构", "谁", "哪家", "哪个" + suffix, "哪家" + suffix, "什么机构"])
        return word, "是" + word
    if kind == "person":
        word = rng.choice(["谁", "谁", "哪位", "何人", "什么人"])
        return word, "是" + word
    if kind == "work":
        word = rng.choice(["什么", "哪部作品", "什么文件", "哪份文件", "哪个", "哪本书"])
        return word, rng.choice(["是" + word, "叫" + word])
    if kind == "named":
        word = rng.choice(["什么", "什么", "哪个", "啥"])
        return word, rng.choice(["是" + word, "叫" + word, "叫什么名字"])
    unit = re.search(
        r"[^\d.,零一二三四五六七八九十百千两约近超过逾不足到至少高达突破接上第多余左右以]*$",
        text.rstrip("左右以上多余"),
    ).group()
    unit = unit if unit and len(unit) <= 5 else ""
    if text.endswith("%") or text.startswith("百分之"):
        word = rng.choice(["百分之多少", "多少", "百分之几", "多少", "多大比例"])
    elif "百分点" in unit:
        word = rng.choice(["多少个百分点", "几个百分点", "多少"])
    elif "元" in unit:
        word = rng.choice(["多少", "多少元", "多少" + unit, "多少钱", "多少资金"])
    elif unit in ("平方公里", "平方米", "亩", "公顷", "万平方米", "万亩", "平"):
        word = rng.choice(["多大", "多少" + unit, "多少", "多大面积"])
    elif unit in ("公里", "米", "千米"):
        word = rng.choice(["多长", "多少" + unit, "多少", "多远", "多高"])
    elif unit in ("年", "天", "小时", "分钟", "个月", "秒"):
        word = rng.choice(["多久", "多长时间", "多少" + unit, "几" + unit])
    elif unit == "岁":
        word = rng.choice(["多大", "几岁", "多少岁", "多大年纪"])
    elif text.startswith("第"):
        word = "第几" + unit
    elif unit:
        small = unit.lstrip("亿万千百") or unit
        word = rng.choice(["多少" + small, "多少", "多少" + unit, "几" + small])
    else:
        word = rng.choice(["多少", "几", "多少"])
    return word, rng.choice(["是" + word, "有" + word, word, "为" + word, "达到" + word])


def ask(
    sentence: str, tagged: list[tuple[str, str, int]], target: Target, context: list[str], rng: random.Random
) -> str | None:
    """Return a question whose answer is ``target``, or None where too little is left to ask with.

    ``context`` are words of the sentence before, or of the title, of which a subject is taken when the clause has none.
    """
    clause_start = max(sentence.rfind(mark, 0, target.start) for mark in ",:;。") + 1
    clause_end = min(
        (place for mark in ",;。" if (place := sentence.find(mark, target.end)) >= 0), default=len(sentence)
    )
    head, before, after = [], [], []
    for word, tag, offset in tagged:
        if offset + len(word) <= clause_start:
            head.append((word, tag))
        elif offset + len(word) <= target.start:
            before.append((word, tag))
        elif target.end <= offset < clause_end:
            after.append((word, tag))

    def content(words: list[tuple[str, str]]) -> int:
        return sum(len(word) for word, tag in words if tag[0] in "nvajbl" and len(word) > 1)

    subject: list[tuple[str, str]] = []
    if content(before) + content(after) < 8 or rng.random() < 0.45:
        for word, tag in head:
            if tag[0] == "x":
                if content(subject) >= 4:
                    break
                subject = []
            elif tag[0] in "v" and tag != "vn" and content(subject) >= 4:
                break
            elif tag not in ("m", "t") and not _DATE.fullmatch(word):
                subject.append((word, tag))
        if content(subject) < 3 and content(before) + content(after) < 8:
            subject = [(word, "n") for word in context]
    subject = subject[:8]
    if content(subject) + content(before) + content(after) < 5:
        return None
    if len(before) > 14:
        before = before[-rng.randint(6, 14) :]
    after = after[: rng.choice([0, 3, 6, 10]) if content(before) + content(subject) > 5 else 10]

    drop = rng.choice([0.0, 0.1, 0.25])

    def say(words: list[tuple[str, str]]) -> list[str]:
        kept = []
        for word, tag in words:
            if (
                tag[0] == "x"
                or (word in _ADVERBS and rng.random() < 0.75)
                or (tag[0] in "duy" and word not in ("不", "未", "没") and rng.random() < 0.4)
            ):
                continue
            if rng.random() < drop and tag not in ("nr", "ns", "nt", "nz"):
                continue
            kept.append(rng.choice(_SYNONYM[word]) if word in _SYNONYM and rng.random() < 0.35 else word)
        return kept

    in_place, at_end = interrogative(target.kind, sentence[target.start : target.end], rng)
    one, two, three = say(subject), say(before), say(after)
    shape = rng.random()
    if (target.kind == "place" and two and two[-1] in ("在", "位于", "于", "坐落于")) or shape < 0.5:
        words = [*one, *two, in_place, *three]
    elif shape < 0.8:
        words = [*one, *two, *three, at_end]
    elif shape < 0.85 and target.kind in ("figure", "date"):
        # What is asked for comes first: 什么时候开工建设的
        words = [*two, *three, *one, at_end]
    else:
        words = [*one, *three, *two, in_place]
    question = "".join(words).strip("的,、:和与及在于从")
    if not 5 <= len(question) <= 60:
        return None
    return (
        rng.choice(["", "", "", "请问"])
        + question
        + rng.choice(["?", "?", "", "", "呢?", "的?" if target.kind == "date" else "?"])
    )


def twin(question: str, passage: str, rng: random.Random, others: list[str]) -> str | None:
    """Return ``question`` changed so that ``passage`` does not answer it, or None where no change is sure to do that."""
    years = re.findall(r"(?:19|20)\d\d(?=年)", question)
    if years and rng.random() < 0.7:
        wrong = str(int(years[0]) + rng.choice([-3, -2, -1, 1, 2]))
        if wrong not in passage:
            return question.replace(years[0], wrong)
    for metrics in rng.sample(_METRICS, len(_METRICS)):
        for metric in metrics:
            if metric in question:
                wrong = rng.choice([other for other in metrics if other != metric])
                if wrong not in passage and wrong[:2] not in passage:
                    return question.replace(metric, wrong)
    # Another subject: the longest name-like word gives way to one of another article.
    names = [word for word, tag in rjieba.tag(question) if tag in ("ns", "nr", "nt", "nz") and len(word) > 1]
    if names and rng.random() < 0.7:
        wrong = rng.choice(others)
        if wrong not in passage:
            return question.replace(max(names, key=len), wrong)
    return None


def generate(job: tuple[int, dict[str, str], list[str], int]) -> list[Made]:
    """Return the questions of one article: with the answer's span, and twins without."""
    seed, article, others, most = job
    rng = random.Random(seed)
    title = [word for word, tag in rjieba.tag(article["title"]) if tag[0] in "nvj" and len(word) > 1][:5]
    made: list[Made] = []
    kept = [passage for passage in passages(article["text"], rng) if len(passage) >= 60]
    for passage in rng.sample(kept, min(len(kept), most)):
        candidates = []
        previous: list[str] = title
        for match in _SENTENCE.finditer(passage):
            sentence = match.group()
            tagged, offset = [], 0
            for word, tag in rjieba.tag(sentence):
                place = sentence.find(word, offset)
                tagged.append((word, tag, place))
                offset = place + len(word)
            candidates += [(match.start(), sentence, tagged, target, previous) for target in targets(sentence, tagged)]
            previous = [word for word, tag, _ in tagged if tag[0] == "n"][:4] or previous
        if not candidates:
            continue
        weights = [
            {"figure": 6, "date": 5, "place": 4, "body": 2, "person": 1.5, "work": 1, "named": 1}[c[3].kind]
            for c in candidates
        ]
        start, sentence, tagged, target, context = rng.choices(candidates, weights)[0]
        question = ask(sentence, tagged, target, context, rng)
        if question is None:
            continue
        answer = sentence[target.start : target.end]
        if answer in question:
            continue
        name = f"generated-{seed}-{len(made)}"
        # A passage may come with the title, or the beginning, of its article.
        lead = (article["title"] or article["text"][: rng.randint(12, 40)]) + "\n"
        lead = lead if rng.random() < 0.3 and answer not in lead else ""
        passage, start = lead + passage, start + len(lead)
        made.append(
            Made(
                name,
                question,
                passage,
                ((start + target.start, start + target.end),),
                _rival(question, answer, passage, kept),
            )
        )
        chance = rng.random()
        if chance < 0.22:
            wrong = twin(question, passage, rng, others)
            if wrong:
                made.append(Made(name + "-twin", wrong, passage, (), ""))
        elif chance < 0.36:
            without = passage[:start] + passage[start + len(sentence) :]
            if len(without) > 50 and answer not in without:
                made.append(Made(name + "-without", question, without, (), ""))
    return made


def _rival(question: str, answer: str, passage: str, others: list[str]) -> str:
    """Return the passage most like the question among ``others``, "" where all hold the answer."""
    pairs = {question[i : i + 2] for i in range(len(question) - 1)}
    fitting = [other for other in others if answer not in other and other not in passage]
    return max(fitting, key=lambda other: sum(pair in other for pair in pairs), default="")


def jobs(data: Path, limit: int | None) -> Iterator[tuple[int, dict[str, str], list[str], int]]:
    """Yield one job an article, with names of the article before for twins with another subject."""
    others = ["上海市", "深圳市"]
    number = 0
    for name, most in (("web_news_2023", 2), ("xwlb_2012_2024", 1), ("work_reports_1954_2022", 6)):
        for article in news(data, name, limit):
            number += 1
            # Copies from the web set digits and Latin words off with blanks; papers do not.
            if number % 8:
                article["text"] = _SET_OFF.sub("", article["text"])
            if name.startswith("xwlb"):
                article["text"] = article["text"].partition(":")[2] or article["text"]
            yield number, article, others, most
            names = [
                word for word, tag in rjieba.tag(article["text"][:200]) if tag in ("ns", "nr", "nt") and len(word) > 1
            ]
            others = names[:6] or others


def main() -> None:
    """Generate and save, in the order of the articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/generated.jsonl.xz"))
    parser.add_argument("--tiny", action="store_true", help="100 articles of each kind")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    count = answerable = 0
    with Pool(1 if arguments.tiny else 2) as pool, lzma.open(arguments.out, "wt", encoding="utf-8", preset=1) as out:
        for made in pool.imap(generate, jobs(arguments.data, 100 if arguments.tiny else None), chunksize=200):
            for question in made:
                out.write(json.dumps(asdict(question), ensure_ascii=False) + "\n")
                count += 1
                answerable += bool(question.answers)
    print(f"{count} questions, {answerable} with an answer -> {arguments.out}")


if __name__ == "__main__":
    main()
