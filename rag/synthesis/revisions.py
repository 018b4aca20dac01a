"""Revisions: a text that corrects a figure, or says that it changed, names the one that holds and often the one before.

更正, 应为 and the like say that a figure was never right; 推迟至, 调整为 that a plan was moved; 由300张增加到500张 that
something grew. The earlier figure is no answer any more, unless it is asked for: 原计划, 此前, or by its period.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag._figures import Quantity, resolve, same
from rag._text import Span, fold, words
from rag.search.matching import asks, clause
from rag.search.names import carried, names_of
from rag.search.periods import asked_periods, fit
from rag.search.query import Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.qualifiers import qualifier_clash

_NOTICE = re.compile(
    r"更正|订正|勘误|勘正|有误|错误|失误|误[写作报登]|笔误|修[订正]|应为|致歉|核实|correct|\berror|misstated"
)
_CORRECTED = re.compile(
    r"应?(?:更正|订正|勘正|修正|修订|改正|改)为|应[为是](?=[“「约\d])|更正后(?:的|为|[:：])"
    r"|(?:以|准确[的数]\w{0,4}为)(?=[“「\d])|修订[数值](?:据)?(?:为|是)?|should (?:be|read|have been)|corrected to"
)
_RATHER = re.compile(r"而非|而?不是|误[写作为报登]|instead of|rather than|\bnot\b")
# What is only said to have changed: 改为5亿元的说法不实.
_DENIED = re.compile(r"不实|谣|传言|误读|并非")
_CHANGED = re.compile(
    r"(?:推迟|延期|延后|延迟|推后|顺延|延长|提前|改期|变更|调[整增减高低]|[上下]调|追加|压减|核[增减]|改"
    r"|提[高升]|增[加长]?|扩大|缩[短减小]|压缩|减少|下?降低?|上?升)[到至为成]"
    r"|(?:postponed|delayed|moved|pushed back|brought forward|rescheduled|revised|adjusted|changed"
    r"|raised|increased|cut|reduced|extended|expanded)(?P<from> from [^.;]{1,40}?)? to\b"
    r"|(?P<after>(?:调整|变更|追加|修订)后)"
)
# What stands before the figure that was given up: 由原来的300张, 原定于2025年6月.
_FROM = re.compile(r"(?:由(?!于)|从|(?<![比较])原|此前|之前|最初|from|originally)[^，,。；;、\d]{0,10}$")
_REACH, _REACH_AFTER = 4, 12  # characters between 调整为 and the figure, 调整后 and it

# A question for the figure before.
_EARLIER = re.compile(
    r"原(?:计划|定|来|先|本|拟|方案|规划|设计|公布|报道|总?投资|预算|工期)|此前|先前|最初|起初|当初|初步|年初|(?<![年月日])之前"
    r"|(?:更正|订正|调整|修订|变更|改造|扩建|推迟|延期|提前)之?前|\b(?:original|previous|initial|former|at first)"
)
# Words around a figure that do not say what it is of.
_SILENT = frozenset(
    re.findall(
        r"\S+",
        """
        工程 项目 时间 日期 工期 数据 预计 计划 原 原定 定于 于 由 从 后 现 将 约 全面 正式 有关 举行 举办
        全省 全市 全区 全县 has will
        """,
    )
)
# A text says what a revision is about where it has this share of the words around the figure, of more words where these
# have no names, and else its names so nearly.
_SHARED, _UNNAMED, _NAMED = 0.6, 0.9, 0.7


@dataclass(frozen=True, slots=True)
class Revision:
    """The figure ``new`` that ``page`` puts in the place of ``old``, None where it does not repeat that."""

    page: Page
    old: Quantity | None
    new: Quantity
    corrects: bool


def revisions(pages: Sequence[Page]) -> list[Revision]:
    """Return the revisions that ``pages`` tell: in “甲1亿元，增长2%”应更正为“甲3亿元，增长4%” there are two."""
    found: list[Revision] = []
    for page in pages:
        if _NOTICE.search(page.text):
            for marker in _CORRECTED.finditer(page.text):
                found += _corrected(page, Span(*marker.span()))
        for marker in _CHANGED.finditer(page.text):
            found += _changed(page, marker)
    return found


def _corrected(page: Page, marker: Span) -> Iterator[Revision]:
    number = page.sentence_at(marker.start)
    sentence = page.sentences[number]
    earlier = page.sentences[max(number - 1, 0)]
    rather = _RATHER.search(page.text, marker.end, sentence.end)
    after = _values(page, Span(marker.end, rather.start() if rather else sentence.end))
    # What was wrong stands before, in the sentence before that says so, or behind 而非.
    before = _values(page, Span(sentence.start, marker.start))
    if rather:
        before += _values(page, Span(rather.end(), sentence.end))
    elif not before and _NOTICE.search(earlier.of(page.text)):
        before = _values(page, earlier)
    for right in after:
        wrong = [item for item in before if _sort(item) == _sort(right)]
        peers = [item for item in after if _sort(item) == _sort(right)]
        # What is put right follows in the order of what was wrong, unit by unit.
        place = len(peers) - peers.index(right)
        if len(wrong) >= place:
            if not _says(page, wrong[-place], page, right):
                yield Revision(page, wrong[-place], right, corrects=True)
        elif right is after[0]:
            yield Revision(page, None, right, corrects=True)


def _changed(page: Page, marker: re.Match[str]) -> Iterator[Revision]:
    sentence = page.sentences[page.sentence_at(marker.start())]
    if _DENIED.search(sentence.of(page.text)):
        return
    new = next(iter(_values(page, Span(marker.end(), sentence.end))), None)
    if new is None or new.span.start - marker.end() > (_REACH_AFTER if marker["after"] else _REACH):
        return
    given_up = [
        item
        for item in _values(page, Span(sentence.start, new.span.start))
        if _sort(item) == _sort(new) and _FROM.search(page.text, sentence.start, item.span.start)
    ]
    if given_up:
        yield Revision(page, given_up[-1], new, corrects=False)
    else:
        yield Revision(page, None, new, corrects=False)


def _values(page: Page, span: Span) -> list[Quantity]:
    return [
        figure
        for figure in page.figures
        if span.start <= figure.span.start and figure.span.end <= span.end and (figure.value or figure.start)
    ]


def _sort(figure: Quantity) -> tuple[str, str]:
    return ("time", "") if figure.start is not None else (figure.kind, figure.unit)


def _says(page: Page, figure: Quantity, other_page: Page, other: Quantity) -> bool:
    """Tell whether two figures say the same, dates by the days on which their articles appeared."""
    one, two = resolve(figure, page.passage.published), resolve(other, other_page.passage.published)
    return same(one, two) in ("exact", "converted")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A candidate that a revision takes back, and the one that stands in its place, None where that is none."""

    candidate: Candidate
    by: Revision
    heir: Candidate | None

    def gave_way_to(self, candidate: Candidate) -> bool:
        """Tell whether ``candidate`` says what now holds instead."""
        return candidate.quantity is not None and _says(candidate.page, candidate.quantity, self.by.page, self.by.new)


def sift(query: Query, found: Sequence[Candidate], known: Sequence[Revision]) -> tuple[list[Candidate], list[Replaced]]:
    """Part candidates into those that hold and those that are taken back.

    Where the question asks for what was before, the figures of now are left out, and nothing is taken back.
    """
    replaced = list(filter(None, (_replaced(query, item, found, known) for item in found)))
    if _EARLIER.search(query.folded):
        return [item for item in found if not any(one.gave_way_to(item) for one in replaced)], []
    gone = {id(item.candidate) for item in replaced}
    # What was moved twice gave way to what was moved last.
    heirs = [replace(item, heir=None) if id(item.heir) in gone else item for item in replaced]
    return [item for item in found if id(item) not in gone], heirs


def _replaced(
    query: Query, candidate: Candidate, found: Sequence[Candidate], known: Sequence[Revision]
) -> Replaced | None:
    for revision in known:
        if _replaces(query, revision, candidate):
            heir = next((one for one in found if one.page is revision.page and one.span == revision.new.span), None)
            if heir is not None or revision.corrects:
                return Replaced(candidate, revision, heir)
    return None


def _replaces(query: Query, revision: Revision, candidate: Candidate) -> bool:
    """Tell whether a revision takes a candidate back: where it says so, and in every text that it is about."""
    quantity, page = candidate.quantity, candidate.page
    if quantity is None or _sort(quantity) != _sort(revision.new):
        return False
    if page is revision.page:
        taken = revision.old is not None and candidate.span == revision.old.span
    elif revision.old is not None:
        taken = (
            (revision.corrects or not _after(page, revision.page))
            and _says(page, quantity, revision.page, revision.old)
            and _is_about(revision, candidate)
        )
    else:
        taken = (
            page.passage.article_id != revision.page.passage.article_id
            and _after(revision.page, page)
            and not _says(page, quantity, revision.page, revision.new)
            and _is_about(revision, candidate)
        )
    return taken and not _of_its_own_time(query, revision, candidate)


def _after(page: Page, other: Page) -> bool:
    """Tell whether ``page`` is known to have appeared after ``other``."""
    one, two = page.passage.published, other.passage.published
    return one is not None and two is not None and one > two


def _of_its_own_time(query: Query, revision: Revision, candidate: Candidate) -> bool:
    """Tell whether a candidate is of another year than what replaces it, or alone of the period asked for."""
    if (revision.corrects and revision.old is not None) or revision.new.start is not None:
        return False
    mine, theirs = candidate.page.period_of(candidate.span), revision.page.period_of(revision.new.span)
    years = [period.year for period in (mine, theirs) if period is not None and period.first_month is None]
    if len(years) == 2 and years[0] != years[1]:
        return True
    asked = asked_periods(query)
    alone, together = (
        fit(asked, period, page.passage.published) for period, page in ((mine, candidate.page), (theirs, revision.page))
    )
    return alone > together < 0


def _is_about(revision: Revision, candidate: Candidate) -> bool:
    """Tell whether a candidate is said to be of what the revised figure is of: of the same names, in the same words."""
    names, told = _told(revision)
    page = candidate.page
    own = clause(page.text, candidate.span, fine=False).of(page.text)
    if revision.old is not None:
        # It is the same figure: the beginning of its sentence may say what of.
        own = page.sentences[page.sentence_at(candidate.span.start)].of(page.text)
    elif qualifier_clash(" ".join(sorted(told)), own, own):
        return False
    if not names:
        # What it is of is then among the words: 苍溪一中招生 is not 苍溪二中招生.
        least = 1 if revision.old is not None else 3
        return len(told) >= least and sum(word in f"{page.head} {own}" for word in told) >= _UNNAMED * len(told)
    if any(carried(name, f"{page.head} {page.text}") < _NAMED for name in names) or not (told or revision.old):
        return False
    shared = sum(word in own for word in told)
    # A date is told by its verb: 建成通车 is 通车.
    return shared > 0 if revision.new.start is not None else shared >= _SHARED * len(told)


def _told(revision: Revision) -> tuple[tuple[str, ...], set[str]]:
    """Return the names that a revised figure is of, and the other words that are said of it."""
    page = revision.page
    said = next(filter(None, (_said(page, figure) for figure in (revision.old, revision.new) if figure)), "")
    sentence = page.sentences[page.sentence_at(revision.new.span.start)]
    # 总投资调整为3亿元 goes on about what a clause before it names, or the title.
    before = re.split("[，,；;为]", page.text[sentence.start : clause(page.text, revision.new.span, fine=True).start])
    names = next(filter(None, map(_own_names, (said, *reversed(before), fold(page.passage.title)))), ())
    told = {word for word in words(said) if word not in _SILENT and not asks(word)}
    return names, told - {word for name in names for word in words(name)}


def _said(page: Page, figure: Quantity) -> str:
    """Return what is said around a figure in its clause, or in the quote there, without figures and verbs of change."""
    around = clause(page.text, figure.span, fine=True)
    kept = list(around.of(page.text))
    patterns = (_NOTICE, _CORRECTED, _RATHER, _CHANGED)
    silent = [Span(*found.span()) for pattern in patterns for found in pattern.finditer(page.text)]
    silent += [item.span for item in page.figures if item.kind != "ordinal"]
    for span in silent:
        for at in range(max(span.start, around.start), min(span.end, around.end)):
            kept[at - around.start] = " "
    # What is quoted counts, not the document it is quoted from: 《2023年公报》中“收入61.37亿元”.
    at = figure.span.start - around.start
    return (re.split("[“「]", "".join(kept[:at]))[-1] + re.split("[”」]", "".join(kept[at:]))[0]).strip()


def _own_names(text: str) -> tuple[str, ...]:
    """Return the names in folded ``text`` that are of something in particular: 全县敬老院 are many."""
    return tuple(name for name in names_of(text) if len(name) > 2 and name[0] not in "全各本该两")
