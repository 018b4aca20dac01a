"""Trains the tokenizer that encoder and reader share: a unigram model over folded text.

    python training/tokenizer.py --data ../shared/data --out checkpoints/tokenizer.json

Scripts, punctuation and runs of digits are kept apart; pieces have at most 8 characters, so a piece is about a word.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data import news, questions, zh_en
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

VOCABULARY = 32_000
PAD, UNKNOWN, SEPARATOR = "[PAD]", "[UNK]", "[SEP]"


def texts(data: Path, documents: int) -> Iterator[str]:
    """Yield the texts the pieces are learned from: news beginnings, reading paragraphs, both sides of zh-en."""
    for name, share in (("web_news_2023", 2), ("xwlb_2012_2024", 1)):
        for item in islice(news(data, name), documents * share):
            yield item["title"] + " " + item["text"][:400]
    for name in ("cmrc_train", "counterterror_train"):
        contexts = {item.context: item.question for item in questions(data, name, documents)}
        for context, question in contexts.items():
            yield context[:500] + " " + question
    for zh, en in zh_en(data)[0][: documents * 4]:
        yield zh + " " + en


def train(lines: Iterator[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    """Return a tokenizer of ``vocabulary`` pieces learned from ``lines``; piece 0 pads, 1 is unknown."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), "removed"),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.UnicodeScripts(),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, UNKNOWN, SEPARATOR],
        unk_token=UNKNOWN,
        max_piece_length=8,
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--tiny", action="store_true", help="300 documents, 2,000 pieces")
    arguments = parser.parse_args()
    tokenizer = train(texts(arguments.data, 300 if arguments.tiny else 9_000), 4_000 if arguments.tiny else VOCABULARY)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.out))
    print(f"{tokenizer.get_vocab_size()} pieces -> {arguments.out}")


if __name__ == "__main__":
    main()
