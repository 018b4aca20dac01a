"""What a model writes -> sentences, each with the numbers of the sources it names; what may be shown as it comes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag._figures import find_figures
from rag._text import sentences
from rag.synthesis.llm.arithmetic import CALC, EQUATION, CalculationError, calculate


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without marks; ``numbers`` are the valid ones it bore, ``calculations`` those worked out in it."""

    text: str
    numbers: tuple[int, ...]
    calculations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply taken apart. ``missing`` are its sentences that say what the sources do not say.

    ``refused`` tells that it begins with one; ``invalid`` counts marks of sources that were never given.
    """

    sentences: tuple[Sentence, ...]
    short: str
    refused: bool
    missing: tuple[str, ...]
    invalid: int


_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning|analysis)>.*?</\1>\s*", re.IGNORECASE | re.DOTALL)
_OPEN_THOUGHT = re.compile(r"<(?:think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
# Some servers swallow the tag that opens a thought, and leave the one that closes it.
_CLOSED_THOUGHT = re.compile(r"^.*</(?:think|thinking|thought|reasoning|analysis)>\s*", re.IGNORECASE | re.DOTALL)
_BEHIND_SENTENCE = re.compile(r"^|\n|(?<=[。.！!\]］】])")
_SHORT = re.compile(
    rf"(?:{_BEHIND_SENTENCE.pattern})[ \t*#>]*(?:简答|简短回答|short answer)[*]*\s*[:：][*]*[ \t]*(?P<short>[^\n]*)",
    re.IGNORECASE,
)
_SHORT_LABELS = ("简答：", "简答:", "简短回答：", "简短回答:", "short answer:", "short answer：")
_OPEN_CALC = re.compile(r"<calc>(?!.*</calc>).*$", re.IGNORECASE | re.DOTALL)
_OPEN_TAG = re.compile(r"<[a-z]*$", re.IGNORECASE)
_TAGS = ("<calc>", "<think>", "<thinking>", "<thought>", "<reasoning>", "<analysis>")


def visible(written: str) -> str:
    """Return what may be shown of a reply so far: no thoughts, no short answer, calculations worked out.

    What is shown for a text is the beginning of what is shown for any longer one.
    """
    text, thinking = _before_thought(_THOUGHT.sub("", written))
    if short := _SHORT.search(text):
        text = text[: short.start()]
    else:
        # What may become a tag waits, as does a calculation that is not complete.
        tag = None if thinking else _OPEN_TAG.search(written)
        if tag and any(name.startswith(tag[0].lower()) for name in _TAGS):
            text = text.removesuffix(tag[0])
        text = _OPEN_CALC.sub("", text)
        # So does what follows the last sentence, as long as it may become the short answer.
        last = _BEHIND_SENTENCE.split(text)[-1]
        if any(label.startswith(last.replace("*", "").strip(" \t#>").lower()) for label in _SHORT_LABELS):
            text = text[: len(text) - len(last)].rstrip("\n")
    return CALC.sub(lambda match: _worked_out(match[1])[0], text)


def without_thoughts(written: str) -> str:
    """Return a finished reply without the model's thoughts."""
    return _CLOSED_THOUGHT.sub("", _before_thought(_THOUGHT.sub("", written))[0])


def _before_thought(text: str) -> tuple[str, bool]:
    """Return what stands before a thought that is still open, and whether there is one."""
    opened = _OPEN_THOUGHT.search(text)
    return (text[: opened.start()], True) if opened else (text, False)


def read_reply(written: str, count: int) -> Reply:
    """Take a finished reply apart; ``count`` sources were given, so marks 1 to ``count`` are valid."""
    text = without_thoughts(written)
    short = ""
    if last := _SHORT.search(text):
        short = _plain(_strip_marks(last["short"], count)[0]).strip(" 。.")
        text = text[: last.start()] + "\n" + text[last.end() :]
    found: list[Sentence] = []
    missing: list[str] = []
    invalid, refused = 0, False
    for line in _lines(text):
        for sentence, bad in _sentences(line, count):
            invalid += bad
            if says_missing(sentence.text):
                refused = refused or not found
                missing.append(sentence.text)
            else:
                found.append(sentence)
    return Reply(tuple(found), "" if says_missing(short) else short, refused, tuple(missing), invalid)


def is_tool_call(written: str) -> bool:
    """Whether a reply is JSON or a tool's tag, and so no answer to show to anyone."""
    text = re.sub(r"^```\w*\s*|\s*```$", "", without_thoughts(written).strip())
    if re.match(r"<\|?(?:tool|function)_?call", text, re.IGNORECASE):
        return True
    if text[:1] not in "{[":
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return bool(re.match(r'[\[{]\s*(?:\{\s*)?"\w+"\s*:', text))


_MISSING = re.compile(
    r"(?:抱歉|对不起|很遗憾)?[，,]?\s*(?:根据|在|从)?(?:所给|给出|给定|提供|上述|以上|现有|这些|参考|已有)?的?"
    r"(?:资料|材料|来源|文章|文中|原文)(?:来看)?(?:中|里|内)?[，,]?(?:均|都|也|并)?"
    r"(?:未|没有|没|无法|不能|找不到|不足以)[^，。]{0,60}[。.！!]?"
    r"|(?:(?:sorry|unfortunately),? )?(?:this is |it is |that is )?not (?:in|mentioned in|stated in|given in|found in)"
    r" the (?:given |provided )?sources?\.?"
    r"|(?:(?:sorry|unfortunately),? )?the (?:given |provided )?(?:sources?|articles?|passages?) (?:do|does)"
    r"(?: not|n't) [^.]{0,120}\.?",
    re.IGNORECASE,
)


def says_missing(text: str) -> bool:
    """Whether a sentence says nothing but that the sources do not say something; one with a figure says more."""
    if _MISSING.fullmatch(text.strip()) is None:
        return False
    return all(figure.kind in ("date", "period", "ordinal") for figure in find_figures(text))


# A mark is one to three digits, so that 济发〔2023〕5号 and [2023] stay text. Full-width digits are digits to \d.
_NUMBER = r"\^?\d{1,3}(?!\d)"
_LABEL = r"(?:来源|资料|文献|出处|参考|引用|sources?|passages?|documents?|docs?|refs?|citations?)"
_ROW = rf"{_NUMBER}(?:\s*(?:[,，、;；&]|[-–—~～至到]|and|和)\s*(?:{_LABEL}\s*)?{_NUMBER})*"
_MARK = re.compile(
    rf"\s*(?:[\[［【]+\s*(?:{_LABEL})?\s*[:：#.]?\s*(?P<row>{_ROW})\s*(?:†[^\]］】]*)?[\]］】]+(?:\([^)\s]*\))?"
    rf"|[(（]\s*(?:见|参见|see)?\s*{_LABEL}\s*[:：#.]?\s*[\[［【]?(?P<labelled>{_ROW})[\]］】]?\s*[)）]"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]+))",
    re.IGNORECASE,
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RANGE = re.compile(r"(\d+)\s*[-–—~～至到]\s*\^?(\d+)|(\d+)")


def _strip_marks(line: str, count: int) -> tuple[str, list[tuple[int, list[int], int]]]:
    """Return ``line`` without marks, and for each its offset there, its valid numbers, and how many were not."""
    plain, at, marks = "", 0, []
    for match in _MARK.finditer(line):
        if match["raised"] and re.search(r"[a-zA-Z]$", line[: match.start()]):
            continue  # m² and km² are units
        plain += line[at : match.start()]
        at = match.end()
        numbers = _numbers(match["row"] or match["labelled"] or match["raised"].translate(_RAISED))
        valid = [number for number in numbers if 1 <= number <= count]
        marks.append((len(plain), valid, len(numbers) - len(valid)))
    return plain + line[at:], marks


def _numbers(row: str) -> list[int]:
    numbers: list[int] = []
    for match in _RANGE.finditer(row):
        if match[3]:
            numbers.append(int(match[3]))
        elif int(match[1]) <= int(match[2]):
            numbers += range(int(match[1]), int(match[2]) + 1)
        else:
            numbers += [0, 0]  # a range that runs backwards names nothing
    return numbers


def _sentences(line: str, count: int) -> Iterator[tuple[Sentence, int]]:
    """Yield the sentences of a line with their marks; one behind the full stop belongs to the sentence before it."""
    calculations: list[str] = []

    def work_out(match: re.Match[str]) -> str:
        shown, done = _worked_out(match[1])
        calculations.extend([shown] if done else [])
        return shown

    # A result that the model worked out itself is worked out again.
    line = EQUATION.sub(lambda match: _tagged(match["left"], match[0]), line)
    plain, marks = _strip_marks(CALC.sub(work_out, line), count)
    spans = list(sentences(plain))
    waiting = 0
    for place, span in enumerate(spans):
        last = place == len(spans) - 1
        mine = [mark for mark in marks if span.start < mark[0] <= span.end or (mark[0] == 0 and place == 0)]
        mine += [mark for mark in marks if last and mark[0] > span.end]
        bad = waiting + sum(mark[2] for mark in mine)
        text = _plain(span.of(plain)).strip()
        if not re.search(r"\w", text):
            waiting = bad
            continue
        waiting = 0
        numbers = tuple(dict.fromkeys(number for mark in mine for number in mark[1]))
        yield Sentence(text, numbers, tuple(shown for shown in calculations if shown in text)), bad


def _tagged(expression: str, written: str) -> str:
    return f"<calc>{expression}</calc>" if _worked_out(expression)[1] else written


def _worked_out(expression: str) -> tuple[str, bool]:
    """Return a calculation with its result, or as it was asked for, and whether it could be worked out."""
    try:
        return calculate(expression), True
    except CalculationError:
        return expression.strip(), False


_RULE = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*")
_BULLET = re.compile(r"^\s*(?:[-*+•·●▪]\s+|>\s*|#{1,6}\s+|\(?\d{1,2}[.)）、．]\s*(?!\d)|（\d{1,2}）\s*)+")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a reply without bullets and headings, rows of a table as 栏目：内容，栏目：内容."""
    header: list[str] | None = None
    for line in text.splitlines():
        if not line.strip() or line.strip().startswith("```") or _RULE.fullmatch(line):
            header = header if line.strip() else None
            continue
        if line.strip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if header is None:
                header = cells
                continue
            yield "，".join(
                f"{name}：{cell}" if name else cell
                for name, cell in zip([*header, *[""] * len(cells)], cells, strict=False)
                if cell
            )
            continue
        header = None
        yield _BULLET.sub("", line)


def _plain(text: str) -> str:
    """Return ``text`` without Markdown's signs of emphasis and code."""
    return re.sub(r"\*\*|__|`|(?<!\d)\*(?!\d)", "", text)
