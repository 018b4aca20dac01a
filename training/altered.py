"""What people asked, altered: told of other names and figures, or turned into what the passage does not answer.

A reader that sees ten thousand questions many times learns their answers by heart. Under other names and figures it has
to read (entity substitution, Longpre et al. 2021). And few questions written by people have no answer; those that SQuAD
2.0 has are mostly answerable ones with a name, a figure or a word exchanged (Rajpurkar et al. 2018), which can be made.
So can a passage on the same matter that does not say what was asked: its own, without the sentence that does.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

import rjieba
from data import Asked

from rag._text import sentences

_NAMES = ("nr", "ns", "nt", "nz")  # persons, places, bodies, other names
_CHANGED = 0.7  # of the names of a passage
_LEAST = 60  # characters, of what is left of a passage
_RUN = re.compile(r"[0-9]+(?=([年月日]?))")
# Words that turn a question into another; each side stands for the other.
_PAIRS = """
最大/最小 最高/最低 最早/最晚 最长/最短 最多/最少 最快/最慢 最强/最弱 最新/最旧 最好/最差 最重/最轻
第一/最后 首次/最后一次 第一/第二 第二/第三 早期/晚期 初期/末期 前期/后期 上半/下半 上午/下午 白天/夜晚
增加/减少 增长/下降 上升/下降 提高/降低 扩大/缩小 高于/低于 大于/小于 多于/少于 之前/之后 以前/以后
出生/去世 开始/结束 开幕/闭幕 成立/解散 建立/撤销 开工/竣工 战胜/负于 支持/反对 赞成/反对 成功/失败
同意/拒绝 加入/退出 购买/出售 收购/出售 进口/出口 入口/出口 起点/终点 公开/秘密 古代/现代 传统/现代
北部/南部 东部/西部 南方/北方 东北/西南 东南/西北 北面/南面 东面/西面 北侧/南侧 东侧/西侧 左/右
上游/下游 沿海/内陆 国内/国外 城市/农村 城镇/农村 优点/缺点 有利/不利 原告/被告 春/秋 夏/冬 男/女
父亲/母亲 儿子/女儿 哥哥/弟弟 姐姐/妹妹 丈夫/妻子 祖父/祖母
会/不会 能/不能 可以/不可以 属于/不属于 包括/不包括 使用/不使用 允许/禁止 要求/禁止
"""
_OPPOSITES = [tuple(pair.split("/")) for pair in _PAIRS.split()]


class Alterations:
    """Those of questions on the passages that it is made with, ``contexts``, in folded text."""

    def __init__(self, contexts: Iterable[str]) -> None:
        self._named: dict[str, list[tuple[str, str]]] = {}
        pools: dict[tuple[str, int], set[str]] = {}
        for context in sorted(set(contexts)):
            found = sorted({(word, tag) for word, tag in rjieba.tag(context) if tag in _NAMES and len(word) > 1})
            self._named[context] = found
            for word, tag in found:
                pools.setdefault((tag, len(word)), set()).add(word)
        self._pools = {kind: sorted(words) for kind, words in pools.items()}

    def disguise(self, asked: Asked, rng: random.Random) -> Asked:
        """Return ``asked`` under other names and figures, the same ones in all its texts; spans stay where they are."""
        names = {
            word: rng.choice(self._pools[tag, len(word)])
            for word, tag in self._named[asked.item.context]
            if rng.random() < _CHANGED
        }
        # The longest first: 济南市 before 济南.
        pattern = re.compile("|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)")
        figures: dict[tuple[str, str], str] = {}

        def figure(match: re.Match[str]) -> str:
            run, unit = match.group(), match.group(1)
            if (run, unit) not in figures:
                figures[run, unit] = _figure(run, unit, rng)
            return figures[run, unit]

        def told(text: str) -> str:
            return _RUN.sub(figure, pattern.sub(lambda match: names[match.group()], text))

        item = replace(asked.item, question=told(asked.item.question), context=told(asked.item.context))
        return Asked(item, told(asked.rival))

    def twist(self, asked: Asked, rng: random.Random) -> Asked | None:
        """Return ``asked`` with a question that its passage hardly answers, None where nothing can be exchanged.

        A name gives way to another of its kind that the passage has too, a figure likewise, a word to its opposite.
        """
        question, context = asked.item.question, asked.item.context
        named = self._named[context]
        swaps = [
            (word, other)
            for word, tag in named
            if word in question
            for other, kind in named
            if kind == tag and other not in question and other not in word and word not in other
        ]
        runs = {(*match.groups(), match.group()) for match in _RUN.finditer(context)}
        swaps += [
            (match.group(), other)
            for match in _RUN.finditer(question)
            for unit, other in sorted(runs)
            if unit == match.group(1) and other not in question
        ]
        words = set(rjieba.cut(question))
        swaps += [
            (old, new)
            for pair in _OPPOSITES
            for old, new in (pair, pair[::-1])
            if (old in question if len(old) > 1 else old in words) and new not in question
        ]
        if not swaps:
            return None
        # Each thing that can be exchanged is as likely, however many may take its place.
        word = rng.choice(sorted({old for old, _ in swaps}))
        other = rng.choice([new for old, new in swaps if old == word])
        return replace(asked, item=replace(asked.item, question=question.replace(word, other)))


def silence(asked: Asked) -> Asked | None:
    """Return ``asked`` of its passage without the sentences of its answer, None where the rest still has it."""
    context = asked.item.context
    start, end = asked.item.answers[0]
    rest = "".join(context[s.start : s.end] for s in sentences(context) if s.end <= start or s.start >= end)
    if len(rest) < _LEAST or context[start:end] in rest:
        return None
    return replace(asked, item=replace(asked.item, context=rest, answers=()))


def _figure(run: str, unit: str, rng: random.Random) -> str:
    """Return another figure of as many digits: a year of the century, a month or a day that there is."""
    if len(run) == 4 and run[:2] in ("19", "20"):
        return run[:2] + f"{rng.randrange(100):02}"
    if len(run) <= 2 and unit in ("月", "日"):
        low, high = (1, 9) if len(run) == 1 else (10, 12 if unit == "月" else 28)
        return str(rng.randint(low, high))
    first = rng.choice("123456789") if len(run) > 1 and run[0] != "0" else rng.choice("0123456789")
    return first + "".join(rng.choice("0123456789") for _ in run[1:])
