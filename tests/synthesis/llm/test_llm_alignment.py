"""Which sentences speak of what was asked, by the subject that they name or go on with."""

import pytest

from rag._text import Span
from rag.chunks import Passage
from rag.synthesis.llm.alignment import on_subject, read_lines
from rag.synthesis.llm.sources import Source

TEXT = {
    "zh": "青埔区新增省级专精特新企业29家、瞪羚企业9家。至此，两类企业总数分别为181家和48家。清溪区另有95家。",
    "en": "Work on the Halden port began in May. The phase will cost 1.2 billion yuan. Orrin spends 3 billion yuan.",
}


@pytest.mark.parametrize(
    ("question", "text", "spoken_of"),
    [
        ("青埔区省级瞪羚企业总数", TEXT["zh"], [True, True, False]),
        ("What will the Halden port cost?", TEXT["en"], [True, True, False]),
        ("青埔区省级瞪羚企业总数", TEXT["zh"] + TEXT["en"], [True, True, False, True, True, True]),
    ],
)
def test_a_sentence_that_names_nothing_goes_on_with_the_subject(
    question: str, text: str, spoken_of: list[bool]
) -> None:
    passage = Passage("p", "a", (Span(0, len(text)),), text, "", "a.txt", "", None)
    lines = read_lines([Source(1, (passage,))])
    subject = on_subject(question, lines)
    assert [line.evidence in subject for line in lines] == spoken_of
