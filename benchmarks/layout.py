"""How many sentences come back whole from newspaper pages, and how many joins are wrong.

    python benchmarks/layout.py --data ../shared/data

Cuts broadcast news of 2025 into columns: paragraphs broken anywhere, captions, whole paragraphs and footers put
between the pieces, half of the pages wrapped into narrow lines. What comes back is compared with the text before.
With ``--fit`` the same is made of news of 2024, and the weights of ``rag.articles.joins`` are fitted to it.
"""

import argparse
import json
import lzma
import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rag._text import sentences
from rag.articles.joins import candidates, is_brief
from rag.articles.layout import lay_out
from rag.articles.lines import paragraphs

NEVER_FIRST = "，。、；：！？）》】”’」』%％"
FOOTERS = (
    "编辑：王小明 组版：李芳",
    "扫码下载新闻客户端",
    "01.jpg",
    "(相关资料图)",
    "责任编辑：赵静",
    "- 3 -",
    "本报记者 周立 摄",
    "http://example.com/3.png",
)
INSERTS = ("nothing", "captions", "paragraph", "captions and paragraph", "footer", "footer and captions")
CHANCES = (0.35, 0.25, 0.1, 0.1, 0.1, 0.1)


@dataclass(slots=True)
class Page:
    """A page under way: its text, and for each character where it stood in the article, -1 for what was put in."""

    text: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def add(self, text: str, start: int = -1) -> None:
        """Add ``text``, which stands at ``start`` in the article."""
        self.text.append(text)
        self.origin.extend(range(start, start + len(text)) if start >= 0 else [-1] * len(text))


def read(path: Path, since: str) -> Iterator[tuple[str, list[str]]]:
    """Yield title and paragraphs of the news from the day ``since`` on."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            parts = [part.strip() for part in record["text"].splitlines() if part.strip()]
            if (record["date"] or "") >= since and sum(map(len, parts)) >= 300:
                yield record["title"].strip(), parts


def wrap(text: str, width: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of ``text``, each with its offset, in columns of ``width`` half-width characters (0: one line).

    No line begins with a mark that closes something: it hangs over the edge.
    """
    start = used = 0
    for place, char in enumerate(text):
        used += 2 if unicodedata.east_asian_width(char) in "WFA" else 1
        if width and used > width and char not in NEVER_FIRST:
            yield start, text[start:place]
            start, used = place, 2
    yield start, text[start:]


def cut(article: Sequence[str], title: str, captions: Sequence[str], rng: random.Random, *, cuts: bool = True) -> Page:
    """Lay ``article`` out as a page of a newspaper.

    Two of five paragraphs break off at a random place. Between the pieces stand captions (short titles of other
    articles), a whole paragraph from further down, footers, or nothing.
    """
    page = Page()
    starts = np.cumsum([0, *(len(part) + 1 for part in article)]).tolist()
    waiting = list(range(len(article)))
    width = rng.randrange(22, 48) if rng.random() < 0.5 else 0
    mark = rng.choice(("", "", "# "))
    page.add(f"{mark}{title}\n\n")

    def column(text: str, start: int) -> None:
        for offset, line in wrap(text, width):
            page.add(line, start + offset)
            page.add("\n")
        page.add("\n")

    while waiting:
        number = waiting.pop(0)
        part, start = article[number], starts[number]
        if not (cuts and len(part) >= 40 and rng.random() < 0.4):
            column(part, start)
            continue
        place = rng.randrange(3, len(part) - 3)
        while place < len(part) - 1 and part[place] in NEVER_FIRST:
            place += 1
        column(part[:place], start)
        between = rng.choices(INSERTS, CHANCES)[0]
        if "footer" in between:
            page.add(rng.choice(FOOTERS) + "\n\n")
        if "captions" in between:
            for _ in range(rng.choice((1, 1, 2, 3))):
                page.add(rng.choice(captions) + rng.choice(("", "", "。")) + "\n\n")
        if "paragraph" in between and len(waiting) > 1:
            moved = waiting.pop(rng.randrange(1, len(waiting)))
            column(article[moved], starts[moved])
        column(part[place:], start + place)
    if rng.random() < 0.5:
        page.add(rng.choice(FOOTERS) + "\n")
    return page


def neighbours(text: str) -> dict[int, int]:
    """Return for the offset of each character of ``text`` that of the next in its paragraph, blanks left out."""
    solid = [place for place, char in enumerate(text) if not char.isspace()]
    return {one: two for one, two in pairwise(solid) if "\n" not in text[one:two]}


def measure(article: Sequence[str], page: Page) -> dict[str, int]:
    """Count the sentences of ``article``, those whole in a line of ``page`` and in one of our blocks, and our joins."""
    text = "".join(page.text)
    counts = dict.fromkeys(("sentences", "whole before", "whole", "joins", "wrong joins"), 0)
    following: set[tuple[int, int]] = set()  # neighbours in the article that are neighbours in a block
    for block in lay_out(text):
        if block.role == "furniture":
            continue
        places = [place for span in block.spans for place in range(span.start, span.end) if not text[place].isspace()]
        following.update((page.origin[one], page.origin[two]) for one, two in pairwise(places))
    source = "\n".join(article) + "\n"
    after = neighbours(source)
    for block in lay_out(text):
        for one, two in pairwise(block.spans):
            counts["joins"] += 1
            counts["wrong joins"] += after.get(page.origin[one.end - 1], -2) != page.origin[two.start]
    lines: set[tuple[int, int]] = set()
    for one, two in pairwise(range(len(text))):
        if text[one] != "\n" and text[two] != "\n":
            lines.add((page.origin[one], page.origin[two]))
    for sentence in sentences(source):
        places = [place for place in range(sentence.start, sentence.end) if not source[place].isspace()]
        if len(places) < 2:
            continue
        counts["sentences"] += 1
        counts["whole"] += all(pair in following for pair in pairwise(places))
        whole_line = range(places[0], places[-1] + 1) if len(places) > 1 else ()
        counts["whole before"] += all(pair in lines for pair in pairwise(whole_line))
    return counts


def fit(pages: Sequence[tuple[list[str], Page]]) -> None:
    """Print the weights that tell best where each cut paragraph goes on, if anywhere.

    Conditional logit: a choice among the candidates and "nowhere", whose score is 0; by Newton's method.
    """
    choices: dict[bool, list[tuple[np.ndarray, int]]] = {False: [], True: []}
    for article, page in track(pages, description="features"):
        text = "".join(page.text)
        after = neighbours("\n".join(article))
        parts = paragraphs(text)
        for one, pairs in groupby(candidates(parts), key=itemgetter(0)):
            end = parts[one].lines[-1].span.end - 1
            rows, chosen = [], -1
            for number, (_, two, found) in enumerate(pairs):
                rows.append(found)
                if after.get(page.origin[end], -2) == page.origin[parts[two].lines[0].span.start]:
                    chosen = number
            choices[is_brief(parts[one], marked=False)].append((np.array(rows, dtype=float), chosen))
    for brief, made in choices.items():
        weights = np.zeros(made[0][0].shape[1])
        for _ in range(25):
            gradient, hessian = -0.1 * weights, 0.1 * np.eye(len(weights))
            for rows, chosen in made:
                odds = np.exp(rows @ weights)
                chance = odds / (1 + odds.sum())
                mean = chance @ rows
                gradient += (rows[chosen] if chosen >= 0 else 0) - mean
                hessian += (rows.T * chance) @ rows - np.outer(mean, mean)
            weights += np.linalg.solve(hessian, gradient)
        right = sum(chosen >= 0 for _, chosen in made)
        print(
            f"{len(made):,} lines, {right:,} go on: {'BRIEF' if brief else 'LONG'} = {tuple(weights.round(2).tolist())}"
        )


def main() -> None:
    """Cut, lay out, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--fit", action="store_true", help="fit the weights on news of 2024 instead")
    parser.add_argument("--tune", action="store_true", help="measure on news of 2024 instead")
    args = parser.parse_args()

    rng = random.Random(args.seed)
    name, since = ("xwlb_2012_2024", "2024") if args.fit or args.tune else ("xwlb_2025h1", "2025")
    news = list(read(args.data / "news" / f"{name}.jsonl.xz", since))
    captions = sorted({title for title, _ in news if 4 <= len(title) <= 18})
    rng.shuffle(news)
    if args.fit:
        chosen = news[args.articles :]
        fit([(parts, cut(parts, title, captions, rng, cuts=rng.random() < 0.67)) for title, parts in chosen])
        return

    total: dict[str, int] = {}
    for title, parts in track(list(islice(news, args.articles)), description="pages"):
        for key, count in measure(parts, cut(parts, title, captions, rng)).items():
            total[key] = total.get(key, 0) + count
    table = Table(title=f"{args.articles} articles of {name}, seed {args.seed}")
    table.add_column("what")
    table.add_column("count", justify="right")
    table.add_column("share", justify="right")
    table.add_row("sentences", f"{total['sentences']:,}", "")
    table.add_row(
        "whole on a line of the page", f"{total['whole before']:,}", f"{total['whole before'] / total['sentences']:.1%}"
    )
    table.add_row("whole in a block", f"{total['whole']:,}", f"{total['whole'] / total['sentences']:.1%}")
    table.add_row("joins made", f"{total['joins']:,}", "")
    table.add_row(
        "wrong joins", f"{total['wrong joins']:,}", f"{total['wrong joins'] / max(1, total['joins']):.2%} of joins"
    )
    table.add_row("", "", f"{total['wrong joins'] / total['sentences']:.2%} a sentence")
    Console().print(table)


if __name__ == "__main__":
    main()
