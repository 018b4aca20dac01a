"""What texts are indexed under: a change of it must reach the indexes that are there already."""

import hashlib
from pathlib import Path

from rag.index import index_words
from rag.index.lexical import STAMP

FIGURES = (
    "四号线与4号线，2.4万亿元和24000亿元，同比增长12.5%，2023年5月1日至3日，约20余亩，三分之一，“双碳”1号文件，-3℃。"
)


def test_words_that_are_cut_in_another_way_have_another_stamp() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted(Path("corpus").glob("*.txt"))]
    digest = hashlib.sha256()
    for text in [*texts, FIGURES]:
        digest.update(" ".join(index_words(text)).encode())
    # An index made before would be asked for words that it does not have. Change STAMP, then the digest here.
    assert (STAMP, digest.hexdigest()[:16]) == ("words-3", "16c5d4fb0cb28cf0")
