"""How often the date that is read from an article's text is right, and how often none is given.

    python benchmarks/dates.py --data ../shared/data

Takes news whose date is known, shows the text alone, and compares: a date is right where it agrees as far as it
goes (2023-08 with 2023-08-16). Wire datelines are often of the day before the page that carries them.
"""

import argparse
import json
import lzma
from collections import Counter
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from rag.articles.dates import find_date
from rag.articles.decoding import normalise
from rag.articles.layout import lay_out

NEWS = {"web_news_2023": 7, "xwlb_2012_2024": 15}  # and of which every n-th is taken


def main() -> None:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()

    table = Table("news", "precision", "given", "share of articles", "right", "a day off")
    for name, every in NEWS.items():
        given: Counter[str] = Counter()
        right: Counter[str] = Counter()
        near: Counter[str] = Counter()
        articles = 0
        with lzma.open(args.data / "news" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(track(lines, description=name)):
                record = json.loads(line) if number % every == 0 else {}
                if not record.get("date"):
                    continue
                articles += 1
                text = normalise(record["text"])
                found = find_date(text, lay_out(text))
                if found is None:
                    continue
                given[found.precision] += 1
                right[found.precision] += record["date"].startswith(found.date)
                if found.precision == "day":
                    away = date.fromisoformat(found.date) - date.fromisoformat(record["date"])
                    near["day"] += abs(away.days) == 1
        for precision, count in given.most_common():
            shares = f"{count / articles:.1%}", f"{right[precision] / count:.1%}", f"{near[precision] / count:.1%}"
            table.add_row(name, precision, f"{count:,}", *shares)
    Console().print(table)


if __name__ == "__main__":
    main()
