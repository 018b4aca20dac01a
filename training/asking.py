"""How a question is asked of a sentence: what can be asked for, with which interrogative, in which words."""

import random
import re
from dataclasses import dataclass

import rjieba
from phrases import (
    ADVERBS,
    BODY_ENDS,
    DATE,
    FIGURE,
    LINE,
    METRICS,
    NAMED,
    OFFICES,
    PLACED,
    REGION,
    REPORTED,
    SYNONYMS,
    WORK,
)

Tagged = list[tuple[str, str, int]]  # words with part of speech and offset


@dataclass(frozen=True, slots=True)
class Target:
    """Something in a sentence that can be asked for: its span and its kind."""

    start: int
    end: int
    kind: str  # figure, date, place, region, line, body, person, work, named


def targets(sentence: str, tagged: Tagged) -> list[Target]:
    """Return what can be asked for in ``sentence``; ``tagged`` are its words with tag and offset."""
    found: list[Target] = []
    dates = [match.span() for match in DATE.finditer(sentence)]
    found += [Target(start, end, "date") for start, end in dates if end - start >= 3]
    for match in FIGURE.finditer(sentence):
        start, end = match.span()
        if (
            not any(start < high and low < end for low, high in dates)
            and end - start >= 2
            and _amount(sentence, start, end)
        ):
            found.append(Target(start, end, "figure"))
    found += [Target(match.start(), match.end(), "line") for match in LINE.finditer(sentence)]
    tags = {offset: tag for _, tag, offset in tagged}
    ends = {offset + len(word) for word, _, offset in tagged}
    for match in PLACED.finditer(sentence):
        for part in REGION.finditer(sentence, match.start(1), match.end(1)):
            # The dictionary knows few streets and townships by name; what else ends so must be a known place.
            named = part.group().endswith(("街道", "镇", "乡")) or tags.get(part.start()) in ("ns", "nz", "nr")
            if named and part.end() in ends and len(part.group()) >= 3:
                found.append(Target(part.start(), part.end(), "region"))
    found += [Target(match.start(), match.end(), "work") for match in WORK.finditer(sentence)]
    found += [Target(match.start() + 1, match.end() - 1, "named") for match in NAMED.finditer(sentence)]
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
        if tag in ("ns", "nt", "nz", "nr", "j") and phrase.endswith(BODY_ENDS) and len(phrase) >= 4:
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
                (stop < len(tagged) and tagged[stop][0] in REPORTED)
                or (index and tagged[index - 1][0].endswith(OFFICES))
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
        (before.isascii() and (before.isalnum() or before in "-.:/"))
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
    if kind == "region":
        suffix = "街道" if text.endswith("街道") else text[-1]
        return "哪个" + suffix, rng.choice(["在哪个", "是哪个", "位于哪个"]) + suffix
    if kind == "line":
        word = rng.choice(["哪条线路", "哪条线", "哪条轨道交通线路", "哪条地铁线", "几号线"])
        return word, "是" + word
    if kind == "place":
        word = rng.choice(["哪里", "哪儿", "哪里", "什么地方", "何处", "哪个地方", "哪"])
        if text.endswith("区") and rng.random() < 0.5:
            word = "哪个区"
        elif text.endswith(("街道", "镇", "县", "省", "市", "村", "国")) and rng.random() < 0.5:
            word = "哪个" + re.search(r"街道|镇|县|省|市|村|国", text[-2:]).group().replace("国", "国家")
        return word, "在" + word
    if kind == "body":
        suffix = next(end for end in BODY_ENDS if text.endswith(end))
        word = rng.choice(["哪家单位", "哪个机构", "谁", "哪家", "哪个" + suffix, "哪家" + suffix, "什么机构"])
        return word, "是" + word
    if kind == "person":
        word = rng.choice(["谁", "谁", "哪位", "何人", "什么人"])
        return word, "是" + word
    if kind == "work":
        word = rng.choice(["什么", "哪部作品", "什么文件", "哪份文件", "哪本书"])
        return word, rng.choice(["是" + word, "叫" + word])
    if kind == "named":
        word = rng.choice(["什么", "什么", "啥"])
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


def ask(sentence: str, tagged: Tagged, target: Target, context: list[str], rng: random.Random) -> str | None:
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
            elif tag not in ("m", "t") and not DATE.fullmatch(word):
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
                or (word in ADVERBS and rng.random() < 0.75)
                or (tag[0] in "duy" and word not in ("不", "未", "没") and rng.random() < 0.4)
            ):
                continue
            if rng.random() < drop and tag not in ("nr", "ns", "nt", "nz"):
                continue
            kept.append(rng.choice(SYNONYMS[word]) if word in SYNONYMS and rng.random() < 0.35 else word)
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
    """Return ``question`` changed so that ``passage`` does not answer it, None where no change is sure to."""
    years = re.findall(r"(?:19|20)\d\d(?=年)", question)
    if years and rng.random() < 0.7:
        wrong = str(int(years[0]) + rng.choice([-3, -2, -1, 1, 2]))
        if wrong not in passage:
            return question.replace(years[0], wrong)
    for metrics in rng.sample(METRICS, len(METRICS)):
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
