"""Turns declarative news sentences into questions with spans, near-miss twins included.

    python training/generate.py --data ../shared/data --out checkpoints/generated.jsonl.xz

A figure becomes 多少 + unit, a date 什么时候, a place 哪里, a body 哪家 or 谁; the words around it become the question,
paraphrased: dropped words, synonyms, another order. The passage keeps its other figures, so the figure has rivals.
A twin asks what the passage does not say: another metric, another year, another subject; or the sentence that
answers is taken out. A restated question is made of a title, or of the sentences that an article opens with, and read
where the article says the same in other words (Dhingra et al. 2018).
"""

import argparse
import json
import lzma
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path

import rjieba
from asking import ask, targets, twin
from data import news
from phrases import SENTENCE, SET_OFF

# How often what can be asked for is asked for, by its kind.
_WEIGHTS = {
    "figure": 6, "date": 5, "region": 5, "place": 4, "line": 4, "body": 2, "person": 1.5, "work": 0.7, "named": 0.5,
}  # fmt: skip
PASSAGE = 300  # characters of a passage, about
_NUMERIC = tuple("0123456789.,")
_RESTATED = 0.3  # of a question's pairs of characters stand near its answer in the passage that says it again


@dataclass(frozen=True, slots=True)
class Made:
    """A question made of a sentence; ``rival`` is a passage of the same article that does not answer it."""

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]
    rival: str


def passages(text: str, rng: random.Random, size: int = PASSAGE) -> Iterator[str]:
    """Yield whole sentences of ``text``, packed to about ``size`` characters."""
    held = ""
    wanted = int(size * rng.uniform(0.5, 1.1))
    for match in SENTENCE.finditer(text):
        if held and len(held) + len(match.group()) > wanted:
            yield held
            held, wanted = "", int(size * rng.uniform(0.5, 1.1))
        held += match.group()
    if len(held) > 40:
        yield held


def generate(job: tuple[int, dict[str, str], list[str], int]) -> list[Made]:
    """Return the questions of one article: with the answer's span, and twins without."""
    seed, article, others, most = job
    rng = random.Random(seed)
    title = [word for word, kind, _ in tag(article["title"]) if kind[0] in "nvj" and len(word) > 1][:5]
    made: list[Made] = []
    kept = [passage for passage in passages(article["text"], rng) if len(passage) >= 60]
    for passage in rng.sample(kept, min(len(kept), most)):
        candidates = []
        previous: list[str] = title
        for match in SENTENCE.finditer(passage):
            sentence = match.group()
            tagged = tag(sentence)
            candidates += [(match.start(), sentence, tagged, target, previous) for target in targets(sentence, tagged)]
            previous = [word for word, kind, _ in tagged if kind[0] == "n"][:4] or previous
        if not candidates:
            continue
        weights = [_WEIGHTS[target.kind] for _, _, _, target, _ in candidates]
        start, sentence, tagged, target, context = rng.choices(candidates, weights)[0]
        question = ask(sentence, tagged, target, context, rng)
        if question is None:
            continue
        answer = sentence[target.start : target.end]
        if answer in question:
            continue
        name = f"generated-{seed}-{len(made)}"
        # A passage may come with the title, or the beginning, of its article.
        lead = (article["title"] or article["text"][: rng.randint(12, 40)]) + "\n"
        lead = lead if rng.random() < 0.3 and answer not in lead else ""
        passage, start = lead + passage, start + len(lead)
        made.append(
            Made(
                name,
                question,
                passage,
                ((start + target.start, start + target.end),),
                _rival(question, answer, passage, kept),
            )
        )
        chance = rng.random()
        if chance < 0.22:
            wrong = twin(question, passage, rng, others)
            if wrong:
                made.append(Made(name + "-twin", wrong, passage, (), ""))
        elif chance < 0.36:
            without = passage[:start] + passage[start + len(sentence) :]
            if len(without) > 50 and answer not in without:
                made.append(Made(name + "-without", question, without, (), ""))
    return made


def restate(job: tuple[int, dict[str, str], list[str], int]) -> list[Made]:
    """Return up to two questions made of an article's title or opening, with passages that say it in other words."""
    seed, article, _, _ = job
    rng = random.Random(-seed)
    opening = [match.group() for match in SENTENCE.finditer(article["text"])][:2]
    leads = [(article["title"], article["text"])] if article["title"] else []
    leads += [(lead, article["text"][article["text"].find(lead) + len(lead) :]) for lead in opening]
    made: list[Made] = []
    for lead, body in leads:
        tagged = tag(lead)
        found = targets(lead, tagged)
        for target in rng.sample(found, len(found)):
            answer = lead[target.start : target.end]
            question = ask(lead, tagged, target, [], rng) if len(answer) > 1 and answer in body else None
            if question is None or answer in question:
                continue
            near, passage, start = max(
                (_nearest(question, answer, passage) for passage in passages(body, rng)), default=(0.0, "", 0)
            )
            if near >= _RESTATED:
                span = ((start, start + len(answer)),)
                made.append(Made(f"restated-{seed}-{len(made)}", question, passage, span, ""))
                break
    return rng.sample(made, min(len(made), 2))


def _nearest(question: str, answer: str, passage: str, reach: int = 100) -> tuple[float, str, int]:
    """Return the share of the question's pairs of characters near ``answer`` in ``passage``, where it is greatest."""
    pairs = {question[i : i + 2] for i in range(len(question) - 1)}
    best = (0.0, passage, 0)
    start = passage.find(answer)
    while start >= 0:
        before, after = passage[max(0, start - reach) : start], passage[start + len(answer) :][:reach]
        # 2% is not in 1.2%.
        cut = (answer[0].isdigit() and before[-1:] in _NUMERIC) or (answer[-1].isdigit() and after[:1] in _NUMERIC)
        if not cut:
            found = sum(pair in before or pair in after for pair in pairs) / len(pairs)
            best = max(best, (found, passage, start))
        start = passage.find(answer, start + 1)
    return best


def both(job: tuple[int, dict[str, str], list[str], int]) -> list[Made]:
    """Return all questions of one article."""
    return generate(job) + restate(job)


def tag(sentence: str) -> list[tuple[str, str, int]]:
    """Return the words of ``sentence`` with their part of speech and offset."""
    tagged, offset = [], 0
    for word, kind in rjieba.tag(sentence):
        place = sentence.find(word, offset)
        tagged.append((word, kind, place))
        offset = place + len(word)
    return tagged


def _rival(question: str, answer: str, passage: str, others: list[str]) -> str:
    """Return the passage most like the question among ``others``, "" where all hold the answer."""
    pairs = {question[i : i + 2] for i in range(len(question) - 1)}
    fitting = [other for other in others if answer not in other and other not in passage]
    return max(fitting, key=lambda other: sum(pair in other for pair in pairs), default="")


def jobs(data: Path, limit: int | None) -> Iterator[tuple[int, dict[str, str], list[str], int]]:
    """Yield one job an article, with names of the article before for twins with another subject."""
    others = ["上海市", "深圳市"]
    number = 0
    for name, most in (("web_news_2023", 2), ("xwlb_2012_2024", 1), ("work_reports_1954_2022", 6)):
        for article in news(data, name, limit):
            number += 1
            # One article in eight keeps the blanks that web pages set digits and Latin words off with.
            if number % 8:
                article["text"] = SET_OFF.sub("", article["text"])
            if name.startswith("xwlb"):
                article["text"] = article["text"].partition(":")[2] or article["text"]
            yield number, article, others, most
            names = [
                word for word, kind, _ in tag(article["text"][:200]) if kind in ("ns", "nr", "nt") and len(word) > 1
            ]
            others = names[:6] or others


def main() -> None:
    """Generate and save, in the order of the articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/generated.jsonl.xz"))
    parser.add_argument("--tiny", action="store_true", help="100 articles of each kind")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    count = answerable = 0
    with Pool(1 if arguments.tiny else 2) as pool, lzma.open(arguments.out, "wt", encoding="utf-8", preset=1) as out:
        for made in pool.imap(both, jobs(arguments.data, 100 if arguments.tiny else None), chunksize=200):
            for question in made:
                out.write(json.dumps(asdict(question), ensure_ascii=False) + "\n")
                count += 1
                answerable += bool(question.answers)
    print(f"{count} questions, {answerable} with an answer -> {arguments.out}")


if __name__ == "__main__":
    main()
