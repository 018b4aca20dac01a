"""A sentence against its quotes: every figure and date, and the words around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag._figures import Quantity, find_figures, resolve, same
from rag._text import Span, fold
from rag.verification.alignment import Context, speaks_of
from rag.verification.answer import Status
from rag.verification.words import Wording, compare_across, compare_words, without_figures

# So many tokens more must agree around another figure before it is held to be the one that belongs there.
_CLEARLY = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """What a sentence is said to rest on: ``text``, with what is known about it.

    ``published`` is an ISO date cut to what is known, against which 今年 is resolved; ``before`` is the text that
    precedes the quote, whose last year holds on; ``context`` is its title and headings, which may name its subject.
    """

    text: str
    published: str | None = None
    before: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A figure of the sentence, and the figure that carries it: ``source`` in quote number ``quote`` (from 0).

    Both are None for an unsupported figure; ``source`` alone is None where the date of publication or a year
    named before the quote carries a date.
    """

    quantity: Quantity
    status: Status
    quote: int | None = None
    source: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence checked: ``supported`` only where its words are carried and every figure is."""

    figures: tuple[CheckedFigure, ...]
    wording: Wording
    quoted: bool  # whether there was a quote at all

    @property
    def supported(self) -> bool:
        """Whether all that the sentence says is carried, as far as it can be told."""
        told = self.wording.coverage is not None or bool(self.figures)
        return (
            self.quoted
            and told
            and self.wording.carried
            and all(figure.status != "unsupported" for figure in self.figures)
        )


def check(sentence: str, quotes: Sequence[str | Quote]) -> Checked:
    """Check each figure and the words of ``sentence`` against ``quotes``. Deterministic, without a model.

    A figure is carried by one of the same value, unit, direction and bound (exact, converted or rounded, see
    ``same``) that stands among the same words: where a quote has another figure in its place, it is not.
    """
    sources = [quote if isinstance(quote, Quote) else Quote(quote) for quote in quotes]
    figures = find_figures(sentence)
    read = [find_figures(source.text, indefinite=True) for source in sources]
    contexts = [Context(source.text, found) for source, found in zip(sources, read, strict=True)]
    here = Context(sentence, figures)
    said = without_figures(sentence, figures)
    there = "\n".join(without_figures(source.text, find_figures(source.text)) for source in sources)
    context = "\n".join(source.context for source in sources)
    wording = compare_words(said, there, context)
    if wording.coverage is None and not figures:
        # In another language and without a figure, translations are all there is to go by.
        wording = compare_across(said, f"{there}\n{fold(context)}")
    return Checked(
        tuple(
            _check_figure(sentence, number, figures[number], here, sources, read, contexts)
            for number in range(len(figures))
        ),
        wording,
        any(source.text.strip() for source in sources),
    )


def _check_figure(
    sentence: str,
    number: int,
    figure: Quantity,
    here: Context,
    sources: Sequence[Quote],
    read: Sequence[Sequence[Quantity]],
    contexts: Sequence[Context],
) -> CheckedFigure:
    # The best figure that says the same, and the figure, whatever it says, that stands among the likest words.
    best: tuple[int, int, CheckedFigure] | None = None
    best_place = 0
    likest: dict[int, int] = {}  # by quote
    for index, (source, found, context) in enumerate(zip(sources, read, contexts, strict=True)):
        year = _year_before(source)
        for place, other in enumerate(found):
            likeness = here.likeness(number, context, place)
            likest[index] = max(likest.get(index, 0), likeness)
            status = _status(figure, other, source.published, year)
            if status is not None:
                key = (likeness, ("rounded", "converted", "exact").index(status))
                if best is None or key > best[:2]:
                    best, best_place = (*key, CheckedFigure(figure, status, index, other)), place
    if best is not None:
        likeness, _, found_figure = best
        # An ordinal is a name (5号线): where it is said at all, another sentence that reads like it is no objection.
        rivals = [likest[found_figure.quote or 0]] if figure.kind == "ordinal" else likest.values()
        astray = max(rivals) - likeness >= _CLEARLY or _said_of_another(
            number, here, found_figure, best_place, read, contexts
        )
        return CheckedFigure(figure, "unsupported") if astray else found_figure
    for index, source in enumerate(sources):
        if figure.start is not None and _holds_on(sentence, figure, source):
            return CheckedFigure(figure, "converted", index)
        if (token := _token(figure, source, read[index])) is not None:
            return CheckedFigure(figure, "exact", index, token)
    return CheckedFigure(figure, "unsupported")


def _token(figure: Quantity, source: Quote, found: Sequence[Quantity]) -> Quantity | None:
    """Return where a bare number stands in a quote as it is, and as no figure: a telephone number, a code."""
    if figure.kind != "number" or figure.unit or figure.bound != "exact":
        return None
    for match in re.finditer(rf"(?<![\d.\-—]){re.escape(figure.text)}(?![\d.\-—])", source.text):
        span = Span(*match.span())
        if not any(span.overlaps(other.span) for other in found):
            return replace(figure, span=span)
    return None


def _said_of_another(
    number: int,
    here: Context,
    found: CheckedFigure,
    place: int,
    read: Sequence[Sequence[Quantity]],
    contexts: Sequence[Context],
) -> bool:
    """Whether the clause of a figure speaks of what a quote says another figure of the same unit of."""
    if found.quantity.value is None or found.quote is None:
        return False
    rivals = [
        (quote, rival)
        for quote, figures in enumerate(read)
        for rival, other in enumerate(figures)
        if other.unit == found.quantity.unit and other.value not in (None, found.quantity.value)
    ]
    if not rivals:
        return False
    clause, carrier = here.clause(number), contexts[found.quote]
    # Figures of two sentences are told apart by the subjects that these begin with.
    return any(
        speaks_of(
            clause,
            carrier.clause(place, whole=quote != found.quote),
            contexts[quote].clause(rival, whole=quote != found.quote),
        )
        for quote, rival in rivals
    )


def _status(figure: Quantity, other: Quantity, published: str | None, year: str | None) -> Status | None:
    if (status := same(figure, other)) is not None or figure.start is None or other.start is None:
        return status
    # 今年 and a bare 1—11月 mean the year of publication, unless the text has just named one.
    for reference in (year if not other.start.relative else None, published):
        if reference and same(resolve(figure, published), resolve(other, reference)) is not None:
            return "converted"
    return None


def _year_before(source: Quote) -> str | None:
    """Return the last year that was named before the quote."""
    for figure in reversed(find_figures(source.before)):
        moment = resolve(figure, source.published).start
        if moment is not None and moment.year is not None:
            return f"{moment.year:04d}"
    return None


def _holds_on(sentence: str, figure: Quantity, source: Quote) -> bool:
    """Whether a date is that of publication, and said to be, or the period that what precedes the quote speaks of."""
    if source.published and sentence[figure.span.end :].startswith(("报道", "讯", "发布", "消息")):
        return figure.iso == source.published
    there = [found for found in find_figures(source.text) if found.start is not None]
    if figure.start is not None and figure.start.month is None and figure.iso == f"{figure.start.year}":
        # 年末 and 上半年 leave the year to what was said before, 今年 and 2023年 do not.
        own = _own_times(source.text, there)
        dated = any(found.start and (found.start.year or found.start.relative) for found in own)
        return not dated and figure.iso == (_year_named(source.before, source) or _year_named(source.context, source))
    before = [found for found in find_figures(source.before) if found.kind in ("date", "period")]
    if not before or any(found.kind in ("date", "period") for found in there):
        return False
    said, last = resolve(figure, source.published), resolve(before[-1], source.published)
    return same(said, replace(last, bound=said.bound)) is not None


def _year_named(text: str, source: Quote) -> str:
    """Return the last year that a text gives in figures, "" for none; the date of publication gives none."""
    found = [figure.start.year for figure in find_figures(text) if figure.start and figure.iso != source.published]
    years = [year for year in found if year]
    return f"{years[-1]:04d}" if years else ""


def _own_times(text: str, times: Sequence[Quantity]) -> list[Quantity]:
    """Return the dates and periods that a text speaks of, without those it compares with (比上年末增加)."""
    return [found for found in times if not text[: found.span.start].endswith(("比", "较", "比去", "同"))]
