"""Make rag/articles/ngrams.txt.xz: the character statistics that tell a continued line from a new one.

    python training/seams.py --data ../shared/data

Counts character 1-, 2- and 3-grams (as ``rag.articles.seams.symbols`` writes them) over a sample of Chinese news and
keeps the frequent ones; a count is stored as one character, twice its base-2 logarithm. Texts: web_news_2023
and, of xwlb_2012_2024, the years to 2023 (2024 is left for tuning, 2025 for `benchmarks/layout.py`).
"""

import argparse
import json
import lzma
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.progress import track

from rag.articles.seams import LEVELS, NGRAMS, symbols

# Least count at which an n-gram is kept, by n: what fits 300 KB compressed.
KEEP = {1: 4, 2: 40, 3: 170}


def paragraphs(news: Path, every: int) -> Iterator[str]:
    """Yield the paragraphs of every ``every``-th article."""
    for name in ("web_news_2023", "xwlb_2012_2024"):
        with lzma.open(news / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(track(lines, description=name)):
                if number % every:
                    continue
                record = json.loads(line)
                if (record["date"] or "") < "2024":
                    lines_of_text = [record.get("title") or "", *record["text"].splitlines()]
                    yield from filter(None, map(str.strip, lines_of_text))


def main() -> None:
    """Count, prune, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--every", type=int, default=2, help="take every n-th article")
    args = parser.parse_args()

    text = "\n" + "\n".join(symbols(paragraph) for paragraph in paragraphs(args.data / "news", args.every)) + "\n"
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    lines: list[str] = []
    for n, least in KEEP.items():
        grams = codes[: len(codes) - n + 1].copy()
        for offset in range(1, n):
            grams = (grams << np.uint64(21)) | codes[offset : len(codes) - n + 1 + offset]
        values, counts = np.unique(grams, return_counts=True)
        kept = counts >= least
        for value, count in zip(values[kept].tolist(), counts[kept].tolist(), strict=True):
            gram = "".join(chr(value >> 21 * (n - 1 - i) & 0x1FFFFF) for i in range(n))
            # A line break inside an n-gram marks the start or end of a paragraph; it is written as a pilcrow.
            lines.append(LEVELS[round(2 * math.log2(count))] + gram.replace("\n", "¶"))
    lines.sort(key=lambda line: line[1:])
    data = lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME)
    NGRAMS.write_bytes(data)
    print(f"{len(codes):,} characters, {len(lines):,} n-grams, {len(data):,} bytes")


if __name__ == "__main__":
    main()
