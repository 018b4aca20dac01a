"""What checking is worth: a scripted model that alters its figures, and how many of them a user would take for right.

    python benchmarks/checking.py                 # the sample articles
    python benchmarks/checking.py --set near_miss # 56 invented bulletins full of like figures

The model answers each answerable question with the sentence of the source that carries it, up to where the answer
stands, and alters each figure with a probability of 30 %: a digit, two digits changed places, the unit, the year, or
a figure of the same kind from elsewhere in the same article. Told of its faults it repeats itself. Counted are the
altered figures that the answer shows in an unmarked sentence or in the short answer, the figures that were right and
are marked, and, with nothing altered, the answers that are refused or marked.
"""

import argparse
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rag import Assistant
from rag._figures import Quantity, find_figures, resolve, same
from rag._text import Span, sentences
from rag.articles import Article

SETS = {
    "articles": ("evals/articles.jsonl", "corpus"),
    "near_miss": ("evals/near_miss/cases.jsonl", "evals/near_miss/corpus"),
}
UNITS = {
    "亿元": "万元",
    "万元": "亿元",
    "平方公里": "平方米",
    "平方米": "平方公里",
    "亩": "公顷",
    "公顷": "亩",
    "公里": "米",
}
UNITS |= {"%": "个百分点", "个百分点": "%", "万人": "人", "万吨": "吨", "亿吨": "万吨", "万户": "户", "万辆": "辆"}
ALTERED = ("date", "money", "area", "length", "weight", "volume", "share", "points", "count", "energy", "power")


class Replier(CustomLLM):  # type: ignore[misc]
    """Replies to each question what it was given to say."""

    replies: dict[str, str] = Field(default_factory=dict)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="replier")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        question = re.findall(r"(?:问题：|Question: )(.+)", prompt)[-1].strip()
        return CompletionResponse(text=self.replies.get(question, question))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        reply = self.complete(prompt)
        yield CompletionResponse(text=reply.text, delta=reply.text)


def main() -> None:
    """Ask every question twice: with figures altered, and with none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="articles")
    parser.add_argument("--share", type=float, default=0.3, help="probability that a figure is altered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what was missed and what was marked for nothing")
    arguments = parser.parse_args()
    cases, corpus = SETS[arguments.set]
    llm, rng, counts, ways, missed = (
        Replier(),
        random.Random(arguments.seed),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    lines = [json.loads(line) for line in Path(cases).read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder, Assistant.build(corpus, folder, llm=llm) as assistant:
        articles = {article.source: assistant.article(article.id) for article in assistant.articles()}
        for case in track([line for line in lines if line["answers"]], "asking"):
            sentence = "".join(
                dict.fromkeys(_stated(articles[one["source"]].text, one["quote"]) for one in case["evidence"])
            )
            llm.replies[case["question"]] = sentence
            answer = assistant.ask(case["question"])
            counts["answers"] += 1
            counts["answers marked"] += answer.refused or bool(answer.unsupported)
            if arguments.show and (answer.refused or answer.unsupported):
                print("marked for nothing:", sentence, "|", *(one.quote for one in answer.citations))
            source = articles[case["evidence"][0]["source"]]
            said, wrong = _altered(sentence, source, arguments.share, rng)
            llm.replies[case["question"]] = said
            answer = assistant.ask(case["question"])
            shown = answer.short + "\n" + answer.text
            for marked in answer.unsupported:
                shown = shown.replace(marked.rstrip("。"), "")
            for way, figure in wrong:
                ways[way] += 1
                missed[way] += figure in shown
                if arguments.show and figure in shown:
                    print(f"missed ({way} {figure}):", said, "|", *(one.quote for one in answer.citations))
    table = Table("altered", "figures", "shown unmarked without checking", "with checking")
    for way in sorted(ways):
        table.add_row(way, str(ways[way]), str(ways[way]), str(missed[way]))
    table.add_row(
        "all", str(ways.total()), str(ways.total()), f"{missed.total()} ({missed.total() / ways.total():.1%})"
    )
    Console().print(table)
    share = counts["answers marked"] / counts["answers"]
    print(f"nothing altered: {counts['answers marked']} of {counts['answers']} answers marked or refused ({share:.1%})")


def _stated(text: str, quote: str) -> str:
    """Return the sentence of ``text`` that holds ``quote``, up to the end of the quote's clause, on one line."""
    found = re.search(r"\s*".join(map(re.escape, re.sub(r"\s", "", quote))), text)
    if found is None:  # a quote across a column: it is a sentence by itself
        return re.sub(r"\s", "", quote).rstrip("。，；") + "。"
    start = next(span.start for span in sentences(text) if span.end > found.start())
    stated = re.sub(r"\s+", " " if text[found.start()].isascii() else "", text[start : found.end()])
    return stated.strip().rstrip("。，；：、.,;") + ("." if stated.isascii() else "。")


def _altered(sentence: str, source: Article, share: float, rng: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """Return ``sentence`` with some figures altered, and what each became, with the way it was done."""
    done: list[tuple[str, str]] = []
    published = source.published.date if source.published else None
    for figure in reversed(find_figures(sentence)):
        if figure.kind not in ALTERED or rng.random() >= share:
            continue
        ways = list(_ways(figure, source.text, rng))
        rng.shuffle(ways)
        for way, text in ways:
            read = [found for found in find_figures(text) if found.span == Span(0, len(text))]
            # 上年 for 2023年 is no alteration in an article of 2024.
            if text not in sentence and read and not same(resolve(read[0], published), resolve(figure, published)):
                sentence = sentence[: figure.span.start] + text + sentence[figure.span.end :]
                done.append((way, text))
                break
    return sentence, done


def _ways(figure: Quantity, source: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    text = figure.text
    digits = [at for at, char in enumerate(text) if char.isascii() and char.isdigit()]
    if figure.kind == "date":
        if year := re.match(r"20\d\d(?=年)", text):
            yield "year", str(int(year[0]) + rng.choice((-1, 1))) + text[4:]
    elif digits:
        at = rng.choice(digits)
        yield "digit", text[:at] + rng.choice([one for one in "123456789" if one != text[at]]) + text[at + 1 :]
        for one, other in pairwise(digits):
            if text[one] != text[other]:
                swapped = list(text)
                swapped[one], swapped[other] = swapped[other], swapped[one]
                yield "digits changed places", "".join(swapped)
                break
        for unit, other_unit in UNITS.items():
            if text.endswith(unit):
                yield "unit", text.removesuffix(unit) + other_unit
                break
    others = [one.text for one in find_figures(source) if one.kind == figure.kind and one.unit == figure.unit]
    if others:
        yield "another figure of the article", rng.choice(others)


if __name__ == "__main__":
    main()
