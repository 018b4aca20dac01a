"""An English question -> the Chinese question it stands for, so that search, reader and ranker all see Chinese.

Word for word by the glossaries, names in pinyin by how the corpus writes them, the order by the form of the question:
what follows a preposition goes in front, the interrogative to the end (How long is the main span of the Daiyue Bay
crossing? -> 岱岳湾跨海通道的主跨多长).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag._text import fold
from rag.index import Index, index_words
from rag.search.english import Clause, clauses
from rag.search.interrogatives import OFFICE
from rag.search.measures import of_metric, of_unit
from rag.search.pinyin import characters, syllables, written
from rag.search.query import Query, read_query
from rag.search.spoken import plain
from rag.search.translation import by_hand, expand, glosses

# What says how a figure is meant; in Chinese it stands before the verb or the metric.
_ADVERBS = frozenset(re.findall(r"\S+", "平均 日均 月均 年均 同比 环比 全国 累计 总共 每天 每年 每月"))
# Words that count persons who come and go.
_COMERS = frozenset(re.findall(r"\S+", "旅客 乘客 游客 客流"))
# Words that carry nothing into Chinese, and those that open what goes in front.
_IDLE = frozenset(
    re.findall(
        r"\S+",
        """
        the a an is are was were be been being do does did has have had will would shall can could should it its this
        these that those there their his her and or so as than please tell me according s us you we i may might
        expected many much report reported make made get got take takes took
        """,
    )
)
_FRONT = frozenset(
    re.findall(
        r"\S+",
        """
        of in on at for by to from with within over above across under during between near into because inside about due
        """,
    )
)
_SIZES = {"long": "多长", "wide": "多宽", "high": "多高", "tall": "多高", "deep": "多深", "far": "多远"}
_SIZES |= {"heavy": "多重", "fast": "多快", "old": "多大"}
_PASSAGES = 20  # that a name is looked for in
_NEAR = 8  # that speak of the names
_LONGEST_PHRASE = 5  # words
_TOKEN = re.compile(r"[㐀-鿿][㐀-鿿\w]*|\d[\d,.]*(?:[㐀-鿿]+|\d)|\d|[a-z]+\d[\w-]*|[a-z][a-z&.'’-]*[a-z]|[a-z]|%")
_HYPHENED = re.compile(r"\b(first|second|third|fourth|newly|large|high|low)-(\w)")  # third-phase
_AMERICA = re.compile(r"\bU\.?S\.?(?:A\b\.?)?(?!\w)")  # in small letters it is a pronoun
_TWICE = re.compile(r"([㐀-鿿]{2,8})\1")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question with what it is in Chinese, "" for a preposition."""

    english: str
    chinese: str


def render(query: Query, index: Index) -> Query:
    """Return an English question in Chinese, with the words and names of ``index``, and a spoken one as it is written.

    A question that is so already is returned itself.
    """
    if query.language == "zh":
        text = plain(query, index)
        return read_query(text) if text != query.text else query
    asked = clauses(fold(_AMERICA.sub("America", query.text)))
    capitals = {word.lower() for word in re.findall(r"\b[a-z]?[A-Z][\w-]*", query.text)}
    context = [key for key, _ in index.lexical(expand(index_words(query.text)), _PASSAGES)]
    translator = _Translator(index, capitals, context)
    translator.learn_names(" ".join(clause.text for clause in asked))
    translator.learn_words("".join(_rendered(clause, translator) for clause in asked))
    found = read_query("，".join(_rendered(clause, translator) for clause in asked))
    known = found.names
    named = tuple(name for name in translator.names() if not any(name in other for other in known))
    return replace(found, reply=query.language, named=named)


def _rendered(clause: Clause, translator: "_Translator") -> str:
    noun = translator.ordered(clause.noun)
    verb, rest = "", translator.ordered(clause.before)
    if "{verb}" in clause.ending:
        verb, thing = translator.led(f"{clause.subject} {clause.predicate}")
        rest += thing
    else:
        rest += translator.ordered(clause.subject) + translator.ordered(clause.predicate)
    ending = _ending(clause, rest, noun)
    if "排名" in ending:
        rest = rest.replace("排名", "")
    # A name given twice (Xingshu (星枢)), and 面积 of 规划面积面积多大, count once.
    return clause.times + _TWICE.sub(r"\1", f"{rest}{ending.format(noun=noun, verb=verb)}")


def _ending(clause: Clause, rest: str, noun: str) -> str:
    """Return what stands at the end of the Chinese question, its noun and verb still to be filled in."""
    ending = clause.ending
    if ending == "{size}":
        return _SIZES[clause.interrogative.split()[-1]]
    if ending == "{what}":
        metric = of_metric(rest, "zh") or of_metric(clause.text, "en")
        return "是谁" if OFFICE.search(rest) else "是多少" if metric else "是什么"
    if ending == "{noun}是多少" and not of_metric(noun, "zh"):
        return "是什么{noun}"
    if ending == "有哪些{noun}" and not clause.interrogative.endswith(("s", "equipment")):
        return "是哪个{noun}"
    if ending == "多少{noun}" and not of_unit(noun) and noun != "人":
        # 个 asks for so many of anything.
        return "多少人次{noun}" if noun in _COMERS else "多少个{noun}"
    return ending


class _Translator:
    """Translates phrases into words and names that the corpus has."""

    def __init__(self, index: Index, names: set[str], context: Sequence[int]) -> None:
        """``names`` are the words written with a capital, ``context`` the passages that speak of the rest."""
        self._index = index
        self._names = names
        self._context = context
        self._known: dict[str, str] = {}
        self._near = self._text_of(context[:_NEAR])
        self._latin = set(re.findall(r"[a-z]+", self._text_of(context)))

    def learn_names(self, text: str) -> None:
        """Find the names in ``text``: of the translations of the other words that is best which stands near them."""
        said = " ".join(word.chinese for word in self._words(text))
        for latin in [latin for latin, name in self._known.items() if not name and syllables(latin)]:
            # 麓沙县 may be cut to 麓 and 沙县: its characters, and the rest of the question, may still find it.
            chars = characters(latin)
            keys = [key for key, _ in self._index.lexical([*index_words(said), *chars], _PASSAGES)]
            self._known[latin] = written(latin, self._index, keys)
        names = [name for name in self._known.values() if name]
        keys = [key for key, _ in self._index.lexical(index_words(" ".join(names)), _NEAR)]
        self._near = self._text_of(keys) or self._near

    def learn_words(self, said: str) -> None:
        """Let words that have several translations be said as where the corpus speaks of most that was ``said``."""
        keys = [key for key, _ in self._index.lexical(index_words(said), _NEAR)]
        self._near += "\n" + self._text_of(keys)

    def _text_of(self, keys: Sequence[int]) -> str:
        return fold("\n".join(f"{passage.title} {passage.text}" for passage in self._index.passages(keys)))

    def names(self) -> list[str]:
        """Return the names met, as the corpus writes them; in Latin letters, folded, where it does not."""
        return [name or latin for latin, name in self._known.items() if name or not ("-" in latin or glosses(latin))]

    def ordered(self, text: str) -> str:
        """Return an English phrase in Chinese order: what a preposition leads, before what it follows."""
        return _ordered(self._words(text))

    def led(self, text: str) -> tuple[str, str]:
        """Return the verb that a phrase begins with, and its object in Chinese order."""
        words = self._words(text)
        return (words[0].chinese, _ordered(words[1:])) if words else ("", "")

    def _words(self, text: str) -> list[_Word]:
        """Return the words of an English phrase with their Chinese; idle ones are dropped, phrases taken whole."""
        tokens = [re.sub(r"['’]s?$", "", token) for token in _TOKEN.findall(_HYPHENED.sub(r"\1 \2", text))]
        found: list[_Word] = []
        at = 0
        while at < len(tokens):
            size, chinese = self._longest(tokens, at)
            if chinese or tokens[at] in _FRONT:
                found.append(_Word(" ".join(tokens[at : at + size]), chinese))
            at += size
        return found

    def _longest(self, tokens: Sequence[str], at: int) -> tuple[int, str]:
        """Return how many tokens from ``at`` on are one phrase, and its Chinese."""
        for size in range(min(_LONGEST_PHRASE, len(tokens) - at), 1, -1):
            if known := glosses(" ".join(tokens[at : at + size])):
                return size, self._spoken_of(known)
        token = tokens[at]
        if token in _FRONT or token in _IDLE:
            return 1, ""
        if token == "new" and at + 1 < len(tokens) and tokens[at + 1] in self._names:
            return 1, ""  # the new Binzhou Library: 新 would be taken for part of the name
        if not token.isascii() or token[0].isdigit():
            return 1, token
        known = glosses(token)
        if not known and "-" in token and not syllables(token):
            # 中资 is nowhere under chinese-owned, but may be under its parts.
            parts = [self._spoken_of(part) for word in token.split("-") if (part := glosses(word))]
            return 1, "".join(parts) or token
        if token in self._names and token in self._latin and not by_hand(token):
            return 1, token
        if token in self._names and (not by_hand(token) or syllables(token)):
            # Names of persons and firms are written apart: Gu Qinghe, Zhou Hei Ya.
            for size in (3, 2):
                apart = tokens[at : at + size]
                if len(apart) < size or not self._names.issuperset(apart) or any(map(glosses, apart[1:])):
                    continue
                joined, following = "-".join(apart), tokens[at + size : at + size + 2]
                if syllables(joined) and (name := self._name(joined, following)):
                    return size, name
            if (not known or syllables(token)) and (name := self._name(token, tokens[at + 1 : at + 3])):
                return 1, name
        return 1, self._spoken_of(known) if known else token

    def _name(self, name: str, following: Sequence[str]) -> str:
        if name in self._known:
            return self._known[name]
        endings = [gloss[:1] for size in (2, 1) for gloss in glosses(" ".join(following[:size]))]
        self._known[name] = written(name, self._index, self._context, endings)
        return self._known[name]

    def _spoken_of(self, known: Sequence[str]) -> str:
        """Return the first translation that stands near what is asked, else that the corpus has, else the first."""
        near = (word for word in known if word in self._near)
        there = (word for word in known if self._index.lexical(index_words(word)[-1:], 1))
        return next(near, None) or next(there, known[0])


def _ordered(words: Sequence[_Word]) -> str:
    """Return words in Chinese order: what a preposition leads goes before what it follows, the verb to the end."""
    segments: list[list[_Word]] = [[]]
    adverbs: list[str] = []
    for word in words:
        if not word.chinese:
            segments.append([])
        elif word.chinese in _ADVERBS:
            adverbs.append(word.chinese)
        else:
            segments[-1].append(word)
    verb = segments[-1].pop() if len(segments) > 1 and len(segments[-1]) > 1 and _is_verb(segments[-1][-1]) else None
    said = ["".join(_spaced(word.chinese) for word in segment) for segment in reversed(segments)]
    return "的".join(filter(None, said)) + "".join(adverbs) + (verb.chinese if verb else "")


def _is_verb(word: _Word) -> bool:
    import rjieba

    return not re.search(r"(?:ing|ion|ment)$", word.english) and {tag for _, tag in rjieba.tag(word.chinese)} == {"v"}


def _spaced(word: str) -> str:
    return f" {word} " if word.isascii() else word
