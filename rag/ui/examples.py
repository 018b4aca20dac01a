"""Questions to try, drawn from the corpus at hand and tried before they are shown."""

import re
import threading
from collections.abc import Iterator
from itertools import islice, zip_longest

from rag.workflow import Assistant

_ARTICLES = 40  # read for examples; a corpus of thousands must not delay the page
_TRIED = 16
_OF_A_KIND = 2
_LATER = 3.0  # seconds from when the server is up: by then the first page is drawn, if somebody waited for it

_SUBJECT = (
    r"(?:^|[，。；、：,;:\s])(?P<subject>[\u4e00-\u9fff]{2,12}?(?:项目|工程|中心|城|区|园|桥|线|厂|馆|公司|医院|学校))"
)
_FIGURE = r"(?:约|达|达到|为|近|超|超过|共)*\s*\d[\d.,]*\s*(?:万|亿)*(?:元|平方米|平方公里|亩|公里|个|家|吨|人)"
_COUNTED = (
    r"(?P<counted>(?:新?引进|新增|共有|签约|入选)[\u4e00-\u9fff]{2,10}?)"
    r"(?:约|达|超|近)?\d[\d.,]*余?(?P<unit>家|个|所|条|座|亿元|万人)"
)
_KINDS = (
    (
        re.compile(
            _SUBJECT + r"(?P<metric>总投资|投资额|总建筑面积|建筑面积|占地面积|占地|规划面积|全长|年产值)" + _FIGURE
        ),
        "{subject}{metric}多少？",
    ),
    (
        re.compile(
            _SUBJECT
            + r"[^，。；,;\d]{0,4}\d{4}年(?:\d{1,2}月)?[^，。；,;\d]{0,4}(?P<metric>开工|竣工|建成|投产|交付|通车|完工)"
        ),
        "{subject}什么时候{metric}？",
    ),
    (re.compile(_COUNTED), "{counted}多少{unit}？"),
)


class Examples:
    """Questions to try, a few of each kind that the corpus answers; found anew when the corpus changes."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant.under(hits=assistant.settings.hits, embedded=True)  # a model's answers may cost
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._found: tuple[str, tuple[str, ...]] = ("", ())  # the generation of the index, its questions
        self._early = threading.Thread(target=self._prepare, name="juzheng-examples", daemon=True)

    def prepare(self) -> None:
        """Begin to find them soon; asking also loads the models, which the first visitor need not wait for.

        Not at once: the first page would have to share the processor with it. That page asks for them when it is drawn.
        """
        self._early.start()

    def _prepare(self) -> None:
        if not self._closed.wait(_LATER):
            self.questions()

    def questions(self) -> tuple[str, ...]:
        """Return the questions; none where nothing fits a pattern. Whoever comes while they are found waits."""
        with self._lock:
            generation = self._assistant.index.generation
            if self._found[0] != generation:
                self._found = generation, tuple(self._answered())
            return self._found[1]

    def close(self) -> None:
        """End the search: the index is about to be closed."""
        self._closed.set()
        self._early.join()
        with self._lock:
            pass  # whoever still searches holds it, and has ended once it is had

    def _answered(self) -> Iterator[str]:
        """Yield the questions that are answered, one of each kind in turn, so that they show what can be asked."""
        answered: dict[str, list[str]] = {template: [] for _, template in _KINDS}
        for template, question in islice(_candidates(self._assistant), _TRIED):
            if self._closed.is_set():
                return
            if len(answered[template]) < _OF_A_KIND:
                answer = self._assistant.ask(question)
                if not answer.refused and answer.citations:
                    answered[template].append(question)
            if all(len(questions) == _OF_A_KIND for questions in answered.values()):
                break
        yield from (question for row in zip_longest(*answered.values()) for question in row if question)


def _candidates(assistant: Assistant) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for info in assistant.articles()[:_ARTICLES]:
        for passage in assistant.passages(info.id):
            for pattern, template in _KINDS:
                for match in pattern.finditer(passage.text):
                    question = template.format(**match.groupdict())
                    if question not in seen:
                        seen.add(question)
                        yield template, question
