"""Learn from sentence pairs which Chinese words an English word stands for, and write the table that search uses.

    python training/glosses.py --data ../shared/data --out rag/_weights/glosses.txt

The method is IBM Model 1 (Brown et al., Computational Linguistics 1993) with the alignment probabilities of both
directions multiplied, so that a frequent word does not become everyone's translation. 1,000 pairs that the encoder's
evaluation keeps back (every 29th) are not read.
"""

import argparse
import json
import lzma
import re
from collections import defaultdict
from pathlib import Path

from rich.progress import track

from rag._text import fold, words

ROUNDS = 5
SEEN = 3  # pairs; a rarer word's translations are guesses
STRONG = 0.08


def pairs(data: Path, limit: int | None) -> list[tuple[list[str], list[str]]]:
    """Return the words of each pair, English and Chinese."""
    found = []
    with lzma.open(data / "pairs" / "zh_en.jsonl.xz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 29 == 0 or (limit is not None and number > limit):
                continue
            record = json.loads(line)
            english = re.findall(r"[a-z][a-z-]+", fold(record["en"]))
            found.append((sorted(set(english)), sorted(set(words(record["zh"], search=False)))))
    return found


def align(corpus: list[tuple[list[str], list[str]]], label: str) -> dict[tuple[str, str], float]:
    """Return p(second | first) of IBM Model 1 after ``ROUNDS`` rounds of expectation-maximisation."""
    chance: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in track(range(ROUNDS), description=label):
        counts: dict[tuple[str, str], float] = defaultdict(float)
        totals: dict[str, float] = defaultdict(float)
        for sources, targets in corpus:
            for target in targets:
                whole = sum(chance[source, target] for source in sources)
                for source in sources:
                    share = chance[source, target] / whole if whole else 0.0
                    counts[source, target] += share
                    totals[source] += share
        chance = defaultdict(float, {pair: count / totals[pair[0]] for pair, count in counts.items()})
    return chance


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/glosses.txt"))
    parser.add_argument("--tiny", action="store_true", help="1,000 pairs, to try the script")
    arguments = parser.parse_args()
    corpus = pairs(arguments.data, 1000 if arguments.tiny else None)
    seen: dict[str, int] = defaultdict(int)
    for english, _ in corpus:
        for word in english:
            seen[word] += 1
    forward = align(corpus, "English to Chinese")
    backward = align([(chinese, english) for english, chinese in corpus], "Chinese to English")
    table: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (english_word, chinese_word), chance in forward.items():
        strength = (chance * backward[chinese_word, english_word]) ** 0.5
        if seen[english_word] >= SEEN and strength >= STRONG and re.fullmatch(r"[㐀-鿿]+", chinese_word):
            table[english_word].append((strength, chinese_word))
    with arguments.out.open("w", encoding="utf-8") as out:
        for english_word, found in sorted(table.items()):
            best = sorted(found, key=lambda item: (-item[0], item[1]))[:4]
            out.write(f"{english_word}\t{' '.join(chinese for _, chinese in best)}\n")
    print(f"{len(corpus)} pairs, {len(table)} words, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
