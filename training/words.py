"""Count in how many news articles each word stands, and write the weight of words (idf) that the package ships.

    python training/words.py --data ../shared/data --out rag/_weights/words.txt

A line of the file is a weight, a tab, and the words of that weight; the weight is ln(articles / articles with the
word), in steps of 0.5. A word that is not in the file is rarer than all of them.
"""

import argparse
import json
import lzma
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.progress import track

from rag._text import words

RARE = 8  # articles; a rarer word is not worth its line


def texts(data: Path, limit: int | None) -> Iterator[str]:
    """Yield the texts of the two news corpora."""
    for name in ("web_news_2023", "xwlb_2012_2024"):
        with lzma.open(data / "news" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if limit is not None and number >= limit:
                    break
                yield json.loads(line)["text"]


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/words.txt"))
    parser.add_argument("--tiny", action="store_true", help="500 articles of each corpus, to try the script")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    articles = 0
    for text in track(texts(arguments.data, 500 if arguments.tiny else None), description="counting words", total=None):
        counts.update(set(words(text)))
        articles += 1
    by_weight: dict[float, list[str]] = {}
    for word, count in counts.items():
        if count >= RARE and len(word) <= 8 and not any(char.isdigit() for char in word):
            by_weight.setdefault(round(2 * math.log(articles / count)) / 2, []).append(word)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with arguments.out.open("w", encoding="utf-8") as out:
        for weight, group in sorted(by_weight.items()):
            out.write(f"{weight}\t{' '.join(sorted(group))}\n")
    print(f"{articles} articles, {sum(map(len, by_weight.values()))} words, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
