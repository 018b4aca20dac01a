"""How well figures are found and altered ones caught, on sentences of broadcast news.

    python benchmarks/figures.py [--data ../shared/data] [--cases 1000] [--around] [-o failures.tsv]

Three parts. *Found*: the figures of 500 sentences against labels corrected by hand (figure_labels.jsonl names records
and offsets, the texts stay where they are). *Caught*: right sentences altered in one place, each against itself (with
--around: against itself and its neighbours); an altered one must be found unsupported, the untouched, the converted and
the reworded supported. *Speed*: CPU time, one core. Shares come with their 95 % Wilson interval, and every failure is
listed in the output file. Exits with 1 where a share is under 99 % (98 % for the labels).
"""

import argparse
import json
import lzma
import math
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from figure_alterations import ALTERED, DIGIT
from figure_rewordings import RIGHT

from rag._text import sentences
from rag.verification import Quote, check, find_figures

LABELS = Path(__file__).with_name("figure_labels.jsonl")
LABELLED = "news/xwlb_2025h1.jsonl.xz"


def load(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (record id, date, sentence, its neighbourhood) for each sentence with a digit."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            text = record["text"]
            spans = list(sentences(text))
            for index, span in enumerate(spans):
                sentence = span.of(text).strip()
                if 12 <= len(sentence) <= 200 and DIGIT.search(sentence):
                    around = text[spans[max(0, index - 1)].start : spans[min(len(spans) - 1, index + 1)].end]
                    yield record.get("id", ""), record.get("date", ""), sentence, around


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def found(data: Path, failures: list[str]) -> bool:
    """Compare the spans found with the labels; print precision and recall."""
    with lzma.open(data / LABELLED, "rt", encoding="utf-8") as lines:
        texts = {record["id"]: record["text"] for record in map(json.loads, lines)}
    right = said = there = count = 0
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        start, end = label["sentence"]
        sentence = texts[label["id"]][start:end]
        spans = {(figure.span.start, figure.span.end) for figure in find_figures(sentence)}
        wanted = {(first, last) for first, last in label["figures"]}
        right, said, there, count = right + len(spans & wanted), said + len(spans), there + len(wanted), count + 1
        for name, odd in (("found, no figure", spans - wanted), ("not found", wanted - spans)):
            failures += [f"{name}\t{label['id']}\t{sentence[first:last]}\t{sentence.strip()}" for first, last in odd]
    print(f"{count} labelled sentences, {there} figures: precision {right / said:.2%}, recall {right / there:.2%}")
    return right / said >= 0.98 and right / there >= 0.98


def caught(rows: list[tuple[str, str, str, str]], cases: int, around: bool, seed: int, failures: list[str]) -> bool:
    """Check altered and right sentences; print the share of each kind that is judged right."""
    rng = random.Random(seed)
    rng.shuffle(rows)
    passed, seconds = True, []
    check("加载词典1次", ["加载词典1次"])
    for alterations, wanted in ((ALTERED, False), (RIGHT, True)):
        for name, alter in alterations.items():
            right = of = 0
            for record, published, sentence, neighbourhood in rows:
                new = alter(sentence, rng) if of < cases else None
                if new is None or (new == sentence) is not (name == "untouched"):
                    continue
                started = time.process_time()
                checked = check(new, [Quote(neighbourhood if around else sentence, published)])
                seconds.append(time.process_time() - started)
                of += 1
                right += checked.supported is wanted
                if checked.supported is not wanted:
                    why = ",".join(item.quantity.text for item in checked.figures if item.status == "unsupported")
                    failures.append(f"{name}\t{record}\t{new}\t{sentence}\t{why or checked.wording}")
            low, high = interval(right, of)
            passed &= of > 0 and right / of >= 0.99
            verdict = "supported" if wanted else "caught"
            print(f"{name:14} {verdict:10} {right:5} of {of:<5} {right / max(of, 1):7.2%}  [{low:.2%}, {high:.2%}]")
    seconds.sort()
    half, most = seconds[len(seconds) // 2] * 1000, seconds[len(seconds) * 99 // 100] * 1000
    print(f"{len(seconds)} sentences checked in {half:.2f} ms each (median; p99 {most:.2f} ms)")
    return passed


def speed(data: Path, file: str) -> None:
    """Print how many sentences a second ``find_figures`` reads, with and without figures as they come."""
    with lzma.open(data / file, "rt", encoding="utf-8") as lines:
        texts = [record["text"] for record in map(json.loads, lines)][:20_000]
    given = [span.of(text) for text in texts for span in sentences(text)]
    started = time.process_time()
    total = sum(len(find_figures(sentence)) for sentence in given)
    taken = time.process_time() - started
    print(f"{len(given)} sentences with {total} figures: {len(given) / taken:,.0f} sentences/s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--file", default=LABELLED, help="sentences to alter, below the data folder")
    parser.add_argument("--cases", type=int, default=1000, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--around", action="store_true", help="the source is the sentence with its neighbours")
    parser.add_argument("-o", "--output", type=Path, help="list the failures here (tab-separated)")
    args = parser.parse_args()
    failures: list[str] = []
    passed = found(args.data, failures)
    rows = list(load(args.data / args.file))
    passed &= caught(rows, args.cases, args.around, args.seed, failures)
    speed(args.data, args.file)
    if args.output:
        args.output.write_text("\n".join(failures) + "\n", encoding="utf-8")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
