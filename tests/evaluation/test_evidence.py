"""Quotes found in the corpus, and what covers them."""

from rag._text import Span
from rag.articles.article import Article, Block
from rag.evaluation.evidence import Entry, Locator, Place, squeeze

from .conftest import ARTICLES, Scripted, case


def test_squeeze_keeps_the_offset_of_every_character() -> None:
    text = "总 投资\n５２０亿㎡…"
    squeezed, offsets = squeeze(text)
    assert squeezed == "总投资520亿m2..."
    assert [text[offset] for offset in offsets] == list("总投资５２０亿㎡㎡………")


def test_a_source_is_found_by_id_and_by_base_name() -> None:
    cases = [case("q", ["6家"], ("b.txt", "瞪羚企业6家")), case("r", ["6家"], ("news/b.txt", "瞪羚企业6家"))]
    locator = Locator(Scripted({}), cases)
    first, second = (locator.entries(one)[0] for one in cases)
    assert first.places == second.places == (Place("news/b.txt", (Span(4, 10),)),)
    assert ARTICLES["news/b.txt"][4:10] == "瞪羚企业6家"


def test_whitespace_in_the_source_is_no_evidence() -> None:
    texts = {"a.txt": "新引进能源类企业61 \n\n 家,全区"}
    (entry,) = Locator(Scripted({}, texts), [case("q", ["61家"], ("a.txt", "企业６１家"))]).entries(
        case("q", ["61家"], ("a.txt", "企业６１家"))
    )
    assert [span.of(texts["a.txt"]) for span in entry.places[0].spans] == ["企业61", "家"]


def test_a_quote_that_stands_twice_may_be_cited_at_either_place() -> None:
    entry = Entry("a", "9家", (Place("a", (Span(0, 2),)), Place("a", (Span(8, 10),))))
    assert entry.covered([Place("a", (Span(7, 12),))])
    assert not entry.covered([Place("b", (Span(0, 12),))])


def test_half_a_quote_covers_it_and_less_does_not() -> None:
    entry = Entry("a", "总投资约520亿元", (Place("a", (Span(10, 20),)),))
    assert entry.covered([Place("a", (Span(15, 30),))])
    assert not entry.covered([Place("a", (Span(16, 30),))])
    # Two citations may carry it together.
    assert entry.covered([Place("a", (Span(10, 12),)), Place("a", (Span(17, 20),))])


def test_faults_name_the_case_and_what_is_missing() -> None:
    cases = [case("q", ["1"], ("c.txt", "1")), case("r", ["1"], ("a.txt", "不在此处"))]
    faults = list(Locator(Scripted({}), cases).faults(cases))
    assert faults == ["case q: the corpus has no article c.txt", "case r: a.txt does not hold the quote 不在此处"]


def test_a_quote_may_run_on_across_a_caption() -> None:
    text = "中国海外集团(华\n图为工地。\n北)区域总部加快建设。"
    caption = text.index("图为")
    rest = text.index("北)")
    whole = Block("body", (Span(0, caption - 1), Span(rest, len(text))))
    article = Article("a.txt", "a.txt", "", None, text, (whole, Block("caption", (Span(caption, rest - 1),))))

    class Captioned(Scripted):
        def article(self, article_id: str) -> Article:
            return article

    one = case("q", ["中国海外集团(华北)区域总部"], ("a.txt", "中国海外集团(华北)区域总部"))
    (entry,) = Locator(Captioned({}, {"a.txt": text}), [one]).entries(one)
    assert [span.of(text) for span in entry.places[0].spans] == ["中国海外集团(华", "北)区域总部"]
