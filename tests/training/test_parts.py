"""The parts of the scripts that are easy to get wrong: splits, scores, generated questions, the lexical floor."""

import math
import random
import re
from pathlib import Path

import numpy as np
import pytest

from rag._featurizer import Featurizer


def test_no_paragraph_is_on_both_sides_of_a_split(data: Path) -> None:
    from data import kept_back, questions

    items = questions(data, "zh_squad2")
    train, held = kept_back(items)
    assert len(train) + len(held) == len(items)
    assert held
    assert not {item.context for item in train} & {item.context for item in held}


def test_no_side_of_a_pair_kept_back_is_trained_on(data: Path) -> None:
    from data import zh_en

    train, held = zh_en(data)
    assert held
    assert not {text for pair in train for text in pair} & {text for pair in held for text in pair}


def test_the_habit_of_who_marked_an_answer_shows_in_the_answers_around_it() -> None:
    from data import Question, with_habits

    def marked(number: int, answer: str) -> Question:
        context = f"第{number}座大桥于1973年设立。"
        start = context.index(answer)
        return Question(str(number), "大桥哪年设立?", context, ((start, start + len(answer)),))

    told = with_habits(
        [marked(n, "1973年") for n in range(100)] + [marked(n, "于1973年设立。") for n in range(100, 200)]
    )
    assert told[0].habit == (0.0, 0.0)
    # All others end in a full stop and say 设立 again, for 1 and 23 % elsewhere.
    assert told[199].habit == pytest.approx((0.99, 0.77))
    # Next to the border half of those around are of the one hand, half of the other; one's own does not count.
    assert told[99].habit == pytest.approx((40 / 80 - 0.01, 40 / 80 - 0.23))


@pytest.mark.parametrize(
    ("said", "answer", "f1", "em"),
    [
        ("约520亿元", "520亿元", 2 * 3 / 7, 0),
        ("520 亿元。", "520亿元", 1, 1),
        ("52亿元", "520亿元", 2 * 2 / 6, 0),
        ("", "520亿元", 0, 0),
        ("國貿", "国贸", 1, 1),
    ],
)
def test_scores_of_answers(said: str, answer: str, f1: float, em: float) -> None:
    from scoring import exact, overlap

    assert overlap(said, answer) == pytest.approx(f1)
    assert exact(said, answer) == em


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    from scoring import auroc

    rng = random.Random(0)
    labels = [rng.random() < 0.4 for _ in range(60)]
    scores = [rng.randrange(8) for _ in labels]
    pairs = [
        (p > n) + (p == n) / 2
        for p, a in zip(scores, labels, strict=True)
        if a
        for n, b in zip(scores, labels, strict=True)
        if not b
    ]
    assert auroc(labels, scores) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc([True], [1.0]) == 0.5


def test_calibration_error_is_zero_where_what_is_said_is_true() -> None:
    from scoring import calibration_error

    labels = [True, False, True, True]
    assert calibration_error(labels, [0.75] * 4) == pytest.approx(0)
    assert calibration_error(labels, [0.25] * 4) == pytest.approx(0.5)


def test_bm25_is_the_formula() -> None:
    from bm25 import BM25, K1, B

    texts = ["投资 投资 项目", "天气", "项目 天气 天气 降雨"]
    index = BM25(texts)
    idf = math.log1p((3 - 1 + 0.5) / (1 + 0.5))
    norm = K1 * (1 - B + B * 3 / ((3 + 1 + 4) / 3))
    assert index.scores("投资")[0] == pytest.approx(idf * 2 * (K1 + 1) / (2 + norm))
    assert index.rank("降雨 天气", 2) == [2, 1]
    assert not index.scores("没有的词").any()


def test_generated_answers_stand_where_they_are_said_to(data: Path) -> None:
    from generate import generate, jobs

    made = [item for job in jobs(data, 70) for item in generate(job)]
    kinds = [item.id.rpartition("-")[2] for item in made]
    assert kinds.count("twin") > 3
    assert kinds.count("without") > 3
    answered = [item for item in made if item.answers]
    assert len(answered) > 80
    for item in answered:
        start, end = item.answers[0]
        answer = item.context[start:end]
        assert 0 <= start < end <= len(item.context)
        assert answer not in item.question
        assert not item.rival or answer not in item.rival
    assert made == [item for job in jobs(data, 70) for item in generate(job)]


def test_a_restated_question_is_answered_in_other_words() -> None:
    from generate import restate

    opening = "云岭大桥项目总投资约37.5亿元,计划2024年底通车。"
    body = (
        "记者昨天在青石区采访时了解到,该区今年安排的重点工程进展顺利,各施工单位加紧建设。"
        "其中云岭大桥项目的总投资达到约37.5亿元,由青石区负责实施,全长13.1公里。建成后将方便两岸居民出行,带动沿线发展。"
    )
    made = [item for seed in range(40) for item in restate((seed, {"title": "", "text": opening + body}, [], 1))]
    assert made
    for item in made:
        ((start, end),) = item.answers
        assert item.context in body
        assert item.context[start:end] in opening
        assert item.context[start:end] not in item.question


def test_a_figure_within_another_is_no_answer() -> None:
    from generate import _nearest

    assert _nearest("增长多少", "2%", "增长1.2%。")[0] == 0
    near, _, start = _nearest("增长多少", "2%", "增长1.2%,其中工业增长2%。")
    assert near > 0
    assert start == len("增长1.2%,其中工业增长")


def test_a_twin_asks_what_the_passage_does_not_say() -> None:
    from asking import twin

    passage = "2021年云岭大桥总投资约3.2亿元,占地86亩。"
    asked = [twin("2021年云岭大桥总投资多少?", passage, random.Random(seed), ["石桥"]) for seed in range(30)]
    assert all(question is None or question != "2021年云岭大桥总投资多少?" for question in asked)
    assert len({question for question in asked if question}) > 3


def test_crops_hold_the_answer_or_say_that_they_do_not() -> None:
    from data import Question
    from examples import crop

    context = "一二三四五六七八九。" * 120
    rng = random.Random(0)
    for _ in range(300):
        start = rng.randrange(len(context) - 9)
        text, low, high = crop(Question("", "", context, ((start, start + 9),)), rng)
        assert text in context
        assert len(text) <= 500
        assert low >= 0
        assert text[low:high] == context[start : start + 9]
    assert crop(Question("", "", context, ()), rng)[1:] == (-1, -1)


def test_a_question_without_an_answer_is_read_where_it_tempts() -> None:
    from data import Question
    from examples import crop

    context = "两岸居民往来不再依靠渡船。" * 60 + "大桥全长3公里。" + "车程缩短到十分钟。" * 60
    at = context.index("3公里")
    for trap in ((at, at + 3), None):
        for seed in range(40):
            text, low, high = crop(Question("", "大桥全长的一半多少?", context, (), trap=trap), random.Random(seed))
            assert "3公里" in text
            assert (low, high) == (-1, -1)


def test_windows_of_a_document_share_nothing_with_their_sentence() -> None:
    from pairs import windows

    rng = np.random.default_rng(0)
    document = np.arange(10, 90, dtype=np.int32)
    document[15::16] = 4
    for _ in range(50):
        sentence, rest = windows(document, np.asarray([4], np.int32), rng)
        assert len(sentence)
        assert not set(sentence.tolist()) - {4} & set(rest.tolist()) - {4}


def test_a_mined_negative_looks_right_and_is_not() -> None:
    from pairs import mine

    pairs = [
        ("云岭大桥开工", "云岭大桥项目今天开工。"),
        ("云岭大桥开工", "云岭大桥项目举行开工仪式。"),
        ("云岭大桥通车", "云岭大桥项目今天通车。"),
        ("粮价平稳", "小麦玉米价格平稳。"),
    ]
    hard = mine(pairs, 10)
    # Texts of one title are no negatives of each other.
    assert hard[0] == hard[1] == 2
    assert hard[2] in (0, 1)
    assert (mine(pairs, 2) >= 0).sum() <= 2


def test_a_disguise_keeps_spans_and_tells_the_same_of_both_sides() -> None:
    from altered import Alterations
    from data import Asked, Question

    context = "李四海于2003年5月12日出生在济南市。李四海曾在上海经营3家公司。王小明生于1998年,住在广州。"
    rival = "李四海去过广州。"
    start = context.index("2003年5月12日")
    item = Question("q", "李四海2003年在济南市做什么?", context, ((start, start + len("2003年5月12日")),))
    alterations = Alterations([context, "张大伟在北京见到刘德强,后来去了深圳市。"])
    seen = set()
    for seed in range(30):
        told = alterations.disguise(Asked(item, rival), random.Random(seed))
        assert len(told.item.context) == len(context)
        assert told.item.answers == item.answers
        name = told.item.context[:3]
        assert told.item.question.startswith(name)
        assert told.rival.startswith(name)
        assert told.item.context.count(name) >= 2
        found = re.fullmatch(r"(20\d\d)年(\d)月(\d\d)日", told.item.context[slice(*item.answers[0])])
        assert found, told.item.context
        assert found[1] in told.item.question
        assert int(found[2]) >= 1
        assert 10 <= int(found[3]) <= 28
        seen.add(told.item.context)
    assert len(seen) > 20


def test_a_twisted_question_asks_for_another_thing() -> None:
    from altered import Alterations
    from data import Asked, Question

    context = "王小明2003年在济南市最早经营公司,张晓东2008年在广州市经营3家公司,支持王小明。"
    start = context.index("济南市")
    asked = Asked(Question("q", "王小明2003年最早在哪里经营公司,会晤了谁?", context, ((start, start + 3),)), "")
    alterations = Alterations([context])
    twisted = {alterations.twist(asked, random.Random(seed)) for seed in range(40)}
    # A name, a year or a word is exchanged, the rest stays: 会晤 is no 会.
    assert {other.item.question for other in twisted if other} == {
        "张晓东2003年最早在哪里经营公司,会晤了谁?",
        "王小明2008年最早在哪里经营公司,会晤了谁?",
        "王小明2003年最晚在哪里经营公司,会晤了谁?",
    }
    nothing = Question("q", "谁在那里?", context, ((0, 3),))
    assert alterations.twist(Asked(nothing, ""), random.Random(0)) is None


def test_own_questions_stand_on_passages_of_the_data(data: Path, own: Path) -> None:
    from data import news, own_questions

    texts = [item["text"] for item in news(data, "web_news_2023")]
    train, kept = own_questions(data, own)
    assert [item.context for item in kept[::2]][:3] == [texts[place][3:90] for place in (0, 1, 10)]
    assert len(train) + len(kept) == 2 * len(texts)  # one record is on a text that is not there
    assert [(item.question, item.answers, item.trap) for item in train[:2]] == [
        ("项目在哪里?", ((2, 8),), None),
        ("项目总部在哪里", (), (4, 8)),
    ]


def test_twins_are_tempted_by_the_answer() -> None:
    from data import Question, twins

    answered = Question("a", "大桥多长?", "大桥长3公里,宽30米。", ((3, 6),))
    twin = Question("b", "大桥的引桥多长?", answered.context, (), trap=(3, 6))
    elsewhere = Question("c", "大桥的引桥多宽?", answered.context, (), trap=(8, 11))
    other = Question("d", "铁桥多长?", "铁桥长3公里。", (), trap=(3, 6))
    assert twins([answered, twin, elsewhere, other]) == {"a": (twin,)}


def test_a_question_and_its_twin_are_learned_on_one_window(featurizer: Featurizer) -> None:
    import examples
    from altered import Alterations
    from data import Asked, Question

    context = "大桥长3公里,宽30米。" + "两岸居民往来不再依靠渡船。" * 60
    twin = Question("b", "大桥的引桥多长?", context, (), trap=(3, 6))
    asked = Asked(Question("a", "大桥多长?", context, ((3, 6),)), "别的文章。", (twin,))
    train = {name: [asked] for name in examples._WRITTEN}
    units = examples.pool(train, Alterations([context]), featurizer, 0, real=1.0, sizes=examples.SHORT, size=20)
    assert units
    for first, second in units:
        assert (first.encoded.chars[first.start : first.end + 1] == featurizer._char_ids("3公里")).all()
        assert (second.start, second.end, second.fits) == (-1, -1, -1)
        windows = [each.encoded.chars[each.encoded.passage_at :] for each in (first, second)]
        assert (windows[0] == windows[1]).all()
        assert len(second.encoded.chars) == len(first.encoded.chars) + len("的引桥")


def test_a_silent_passage_has_lost_the_sentences_of_its_answer() -> None:
    from altered import silence
    from data import Asked, Question

    others = (
        "大桥由省交通规划设计院设计,主跨为一百二十米。",
        "建成以后,两岸居民往来不再依靠渡船,车程由一小时缩短到十分钟。" * 2,
    )
    said = "项目总投资3.5亿元。"
    context = others[0] + said + others[1]
    start = context.index("3.5亿元")
    asked = Asked(Question("q", "大桥总投资多少?", context, ((start, start + 5),)), "别的文章。")
    silent = silence(asked)
    assert silent
    assert silent.item.context == "".join(others)
    assert silent.item.answers == ()
    assert silent.item.question == asked.item.question
    again = context + "这3.5亿元由财政承担。"
    assert silence(Asked(Question("q", "大桥总投资多少?", again, ((start, start + 5),)), "")) is None
    assert silence(Asked(Question("q", "大桥总投资多少?", others[0] + said, ((start, start + 5),)), "")) is None


@pytest.mark.parametrize("made", ["_TWISTED", "_SILENT"])
def test_what_was_made_unanswerable_has_no_answer(
    monkeypatch: pytest.MonkeyPatch, featurizer: Featurizer, made: str
) -> None:
    import examples
    from altered import Alterations
    from data import Asked, Question

    context = "王小明2003年在济南市最早经营公司。" + "后来他把经营的事交给别人,自己去各地旅行,写了不少游记。" * 3
    train = {
        name: [Asked(Question("q", "王小明最早在哪里?", context, ((8, 11),)), "别的文章。")]
        for name in examples._WRITTEN
    }
    for share, held in ((0.0, True), (1.0, False)):
        for name in ("_TWISTED", "_SILENT"):
            monkeypatch.setattr(examples, name, share if name == made else 0.0)
        units = examples.pool(train, Alterations([context]), featurizer, 0, real=1.0, sizes=examples.SHORT, size=20)
        assert units
        assert all((unit[0].start >= 0) is held for unit in units)
        if not held:
            assert all(len(unit) == 1 and unit[0].fits == -1 for unit in units)


def test_the_ranker_is_fitted_to_questions_of_which_two_thirds_have_an_answer(data: Path) -> None:
    from training.ranking_cases import ANSWERED, collect

    chosen = collect(data, None, 30, random.Random(0))
    assert 0 < len(chosen) <= 30
    assert sum(bool(item.answers) for item in chosen) == round(len(chosen) * ANSWERED)


def test_the_mean_of_two_rankers_scores_as_the_mean_of_their_scores() -> None:
    from rag.synthesis.ranking import Model
    from training.ranker import mean

    rng = np.random.default_rng(0)
    old, new = (
        Model(rng.normal(size=3), rng.normal(size=(n, 3)), rng.normal(size=n), rng.normal(size=n)) for n in (2, 4)
    )
    rows = rng.normal(size=(5, 3))
    assert mean(old, new, 0.25).scores(rows) == pytest.approx(0.75 * old.scores(rows) + 0.25 * new.scores(rows))


def test_a_definition_gives_its_words_and_what_tells_of_it_none() -> None:
    from dictionary import phrases

    assert phrases("to be listed (on a stock exchange); to go public") == ["listed", "go public"]
    assert phrases("Paris, capital of France") == ["paris", "capital of france"]
    assert phrases("CL:個|个[ge4]") == phrases("abbr. for 中國|中国") == phrases("surname Jin") == []
