"""A dialogue's follow-up question, completed from the questions before it, without a model."""

import re
from collections.abc import Sequence

from rag.search.query import Query, read_query

_PRONOUN = re.compile(
    r"(?:它们?|他们?|她们?|(?:这|那|该)(?:[个家条座所里儿]|项(?!目))?(?:项目|工程|企业|公司|医院|学校|地方|线路|园区|活动|会议|基地|中心)?|其(?!他|它|中|实|余)|此(?:项目|工程)|上述\w{2})"
)
_PRONOUN_EN = re.compile(r"\b(?:it|its|they|their|this|that|he|she|his|her)\b", re.IGNORECASE)
_OPENING = re.compile(r"^(?:那么?|那|还有|另外|以及|and|what about|how about)[，,\s]*", re.IGNORECASE)
_LEAVES_OPEN = re.compile(r"^(?:什么时候|何时|多少|几|哪|谁|总投资|投资|面积|占地|位于|在哪|预计|计划|有多|多大)")
_SUBJECT_TAGS = ("n", "s", "f", "vn", "j", "x", "eng", "nz", "b", "l", "i", "m", "q", "k", "a")


def complete(question: str, history: Sequence[str]) -> str:
    """Return ``question`` with its pronoun, or the subject it leaves out, taken from the latest question that has one.

    ``history`` holds the earlier questions, oldest first. A question that stands on its own comes back as it is.
    """
    if not history:
        return question
    subject = next((found for found in map(subject_of, reversed(_resolved(history))) if found), "")
    if not subject:
        return question
    opened = _OPENING.sub("", question)
    query = read_query(opened)
    pattern = _PRONOUN if query.language == "zh" else _PRONOUN_EN
    match = pattern.search(opened)
    if match and not subject_of(opened[: match.start()]):
        # 这个项目 names a kind that the subject need not repeat.
        return opened[: match.start()] + subject + opened[match.end() :]
    if opened != question or _LEAVES_OPEN.match(opened):
        own = subject_of(opened)
        if not own or _LEAVES_OPEN.match(opened):
            return subject + opened
        # 那中央商埠区呢？ asks the earlier thing of another subject.
        if re.search(r"呢\s*[？?]?\s*$", question):
            earlier = _resolved(history)[-1]
            return earlier.replace(subject, re.sub(r"呢\s*[？?]?\s*$", "", opened), 1)
    return question


def _resolved(history: Sequence[str]) -> list[str]:
    """Return the questions, each completed by those before it."""
    done: list[str] = []
    for question in history:
        done.append(complete(question, done))
    return done


def subject_of(question: str) -> str:
    """Return the noun phrase that a question opens with, without the metric asked for; "" where there is none."""
    import rjieba

    query: Query = read_query(question)
    if query.language == "en":
        names = re.findall(
            r"(?:[A-Z][\w-]*(?:\s+(?:of|and|the)\s+(?=[A-Z])|\s+)?){2,}", re.sub(r"^\w+\s", "", question)
        )
        return max(names, key=len).strip() if names else ""
    first = query.parts[0]
    # Ask before the interrogative; where it opens the question (哪条线路…) there is no subject to inherit.
    lead = re.sub(r"^(?:请问|请|问一下|告诉我|我想知道|截至|到|在)[，,]?", "", question[: first.focus.start])
    phrase = ""
    for word, tag in rjieba.tag(lead):
        if phrase and tag == "t" and not re.match(r"\d|[去今明前]年|目前", word):
            phrase += word  # 未来 in 山东未来云谷
        elif word in ("的", "·", "“", "”", "、", "（", "）", "(", ")", "-") or tag.startswith(_SUBJECT_TAGS):
            phrase += word
        elif phrase:
            break
    return re.sub(
        r"(?:的?(?:总?投资[总额]*|总?占地|面积|营业?收入?|人口|总量|总额|产值|金额|数量|规模|时间|地点|位置|分别)|的)+$",
        "",
        phrase,
    )
