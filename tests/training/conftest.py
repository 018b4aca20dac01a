"""A data folder of made-up records in the form of the real one, and the scripts on the path."""

import json
import lzma
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from rag._featurizer import Featurizer
from rag._resources import WEIGHTS

SCRIPTS = Path(__file__).parents[2] / "training"

_PLACES = ["云岭", "青石", "柳林", "白沙", "松原", "石桥", "东湖", "南屏"]
_THINGS = ["产业园", "污水处理厂", "体育馆", "高铁站", "水库", "医院", "大桥", "科技城"]


def _sentences(rng: random.Random) -> str:
    place, thing = rng.choice(_PLACES), rng.choice(_THINGS)
    return (
        f"{place}{thing}项目位于{rng.choice(_PLACES)}街道,总投资约{rng.randint(2, 90)}.{rng.randint(1, 9)}亿元,"
        f"占地{rng.randint(20, 900)}亩。该项目已于20{rng.randint(10, 22)}年{rng.randint(1, 12)}月开工建设,"
        f"预计可新增就业岗位{rng.randint(100, 2000)}个。"
        f"{place}区有关负责人王强表示,工程完成年度计划的{rng.randint(30, 99)}%。"
        f"{rng.choice(_PLACES)}水务有限公司负责建设,比去年增长{rng.randint(2, 30)}%。"
    )


def _write(path: Path, records: Iterator[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(f"{path}.jsonl.xz", "wt", encoding="utf-8", preset=0) as lines:
        for record in records:
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def _questions(rng: random.Random, count: int, unanswerable: bool) -> Iterator[dict[str, object]]:
    for number in range(count):
        context = "".join(_sentences(rng) for _ in range(3))
        start = context.index("约")
        answer = context[start : context.index("元", start) + 1]
        answers = [] if unanswerable and number % 2 else [{"text": answer, "start": start}]
        yield {"id": f"q{number}", "question": context[:5] + "总投资多少?", "context": context, "answers": answers}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every script takes as --data."""
    folder = tmp_path_factory.mktemp("data")
    rng = random.Random(0)
    for name in ("cmrc_train", "drcd_dev", "counterterror_train", "zh_squad2", "cail_dev", "jaquad_train"):
        _write(folder / "mrc" / name, _questions(rng, 60, name in ("zh_squad2", "cail_dev")))
    for name in ("web_news_2023", "xwlb_2012_2024", "work_reports_1954_2022", "laws"):
        bodies = ["".join(_sentences(rng) for _ in range(4)) for _ in range(70)]
        _write(
            folder / "news" / name,
            (
                {"id": str(i), "date": "2023-01-02", "title": body[:9], "brief": body[:30], "text": "消息：" + body}
                for i, body in enumerate(bodies)
            ),
        )
    _write(
        folder / "pairs" / "finance_headlines", ({"query": s[:12], "passage": s} for s in map(_sentences, [rng] * 70))
    )
    statutes = ({"query": s[:12], "title": s[:6], "passage": s} for s in map(_sentences, [rng] * 70))
    _write(folder / "pairs" / "statutes_train", statutes)
    _write(
        folder / "pairs" / "zh_en",
        ({"zh": f"{s[:9]}{i}号", "en": f"project number {i}"} for i, s in enumerate(map(_sentences, [rng] * 1300))),
    )
    return folder


@pytest.fixture(scope="session")
def own(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two questions of our own on each passage of some of ``data``, and on one that is not there."""
    from data import digest, news

    path = tmp_path_factory.mktemp("own") / "passages.jsonl"
    texts = [item["text"] for item in news(data, "web_news_2023")]
    lines = [
        {
            "set": "news/web_news_2023",
            "text": name,
            "low": 3,
            "high": 90,
            "kept_back": number % 10 < 2,
            "questions": [
                {"question": "项目在哪里？", "answer": [2, 8]},
                {"question": "项目总部在哪里", "answer": None, "trap": [4, 8]},
            ],
        }
        for number, name in enumerate([*map(digest, texts), "0" * 16])
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def featurizer() -> Featurizer:
    """Return one with the pieces of the package, each of which tells as much."""
    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    return Featurizer(tokenizer, np.ones(tokenizer.get_vocab_size(), np.float32))


@pytest.fixture(scope="session", autouse=True)
def scripts() -> Iterator[None]:
    """Put the scripts on the path, as Python does for the one it runs."""
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))
