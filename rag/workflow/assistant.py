"""An Assistant builds or opens an index, and answers."""

import copy
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rag._errors import UsageError
from rag.articles import Article, find_files
from rag.chunks import Passage
from rag.embeddings import load_embedder
from rag.index import ArticleInfo, BuildReport, Filter, Index, add_files, open_index, remove_articles, require_model
from rag.search import Found, Hit, complete, read_query, search
from rag.synthesis import reader
from rag.verification import Answer, faults, verify
from rag.workflow.building import DEFAULT_CORPUS, DEFAULT_INDEX, Progress, build, recipe_of
from rag.workflow.dialogue import Turn, checked_question, turns_of
from rag.workflow.generations import Generations
from rag.workflow.models import Models
from rag.workflow.settings import Settings
from rag.workflow.streaming import in_thread

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.synthesis.llm import Engine


class Assistant:
    """Answers questions over an index. Use it from several threads; close it, or use it in a ``with`` statement.

    It answers from the newest generation of its index: what another process builds is seen by the next question.
    """

    def __init__(
        self, index: Path | str | Index, settings: Settings | None = None, *, llm: "LLM | None" = None
    ) -> None:
        """Open the index in the folder ``index``; raises JuzhengError where there is none, or it does not fit.

        Or answer over an ``Index`` of another engine, which is closed with the assistant. ``llm`` is any llama-index
        LLM, to be used in place of the one that ``settings`` name; the settings of the assistant then bear its name.
        """
        self.settings = settings or Settings()
        if llm is not None:
            from rag.synthesis.llm import name_of

            self.settings = replace(self.settings, llm=name_of(llm))
        self._folder = Path(index) if isinstance(index, str | Path) else None
        self._embedder = load_embedder(self.settings.embedding)
        if isinstance(index, str | Path):
            index = open_index(index, embedder=self._embedder)
        else:
            require_model(index, self._embedder.fingerprint, type(index).__name__)
        self._generations = Generations(index)
        self._models = Models(self.settings, llm)
        self._owner = True

    @classmethod
    def open(
        cls, index: Path | str = DEFAULT_INDEX, settings: Settings | None = None, *, llm: "LLM | None" = None
    ) -> "Assistant":
        """Open an index that was built before."""
        return cls(index, settings, llm=llm)

    @classmethod
    def build(
        cls,
        corpus: Path | str | Sequence[Path | str] = DEFAULT_CORPUS,
        index: Path | str = DEFAULT_INDEX,
        settings: Settings | None = None,
        *,
        progress: Progress | None = None,
        llm: "LLM | None" = None,
    ) -> "Assistant":
        """Make the index equal to the files of ``corpus`` and open it; what did not change is not done again.

        ``Assistant.report`` then says what was done. Raises JuzhengError where the corpus has no article at all.
        """
        settings = settings or Settings()
        report = build(corpus, index, settings, progress=progress)
        assistant = cls(index, settings, llm=llm)
        assistant.report = report
        return assistant

    report: BuildReport | None = None

    def under(self, *, hits: int, embedded: bool = False) -> "Assistant":
        """Return an assistant that keeps ``hits`` passages, and answers by the embedded reader where ``embedded`` says.

        It shares the index, the models and their connections with this one, so it costs nothing, and closing it closes
        nothing.
        """
        view = copy.copy(self)
        view.settings = replace(self.settings, hits=hits, llm=None if embedded else self.settings.llm)
        view._owner = False
        return view

    @property
    def path(self) -> Path:
        """The folder of the index; UsageError where another engine holds it."""
        if self._folder is None:
            raise UsageError(
                f"索引由 {type(self.index).__name__} 保存，不在文件夹里；请用它自己的工具增删文章。"
                "(the index is no folder: add and remove where it is held)"
            )
        return self._folder

    @property
    def index(self) -> Index:
        """The generation that the next question is answered from."""
        return self._generations.current

    def ask(self, question: str, history: Sequence[Turn] = (), *, where: Filter | None = None) -> Answer:
        """Answer ``question``; ``history`` holds the earlier turns of the dialogue, oldest first.

        A turn is a question, an Answer, a (question, answer) pair, or a {"role", "content"} message. ``where`` narrows
        the corpus by date or source. Raises UsageError for a question that is empty or longer than 2,000 characters.
        """
        *_, answer = self._answering(question, history, where, None)
        assert isinstance(answer, Answer)
        return answer

    async def aask(self, question: str, history: Sequence[Turn] = (), *, where: Filter | None = None) -> Answer:
        """Answer as ``ask`` does, without blocking the event loop; cancelling it ends the request to a model."""
        *_, answer = [piece async for piece in self.astream(question, history, where=where)]
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        where: Filter | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the text of the answer in pieces as they come, then the checked Answer: its text is the one to keep.

        Closing the iterator, or setting ``stop`` from any thread, ends a model's request; no Answer follows then. The
        numbers in a model's pieces are those of its prompt, the Answer's are its own.
        """
        begun = False
        for piece in self._answering(question, history, where, stop):
            if isinstance(piece, Answer) and piece.engine == reader.ENGINE:
                # The embedded reader answers all at once, and where a model broke off, below what was shown.
                yield from [f"\n\n〔{piece.notice}〕\n\n"] if begun else []
                yield from re.findall(r".*?[。！？\n]|.+$", piece.text, flags=re.DOTALL)
            begun = True
            yield piece

    def astream(
        self, question: str, history: Sequence[Turn] = (), *, where: Filter | None = None
    ) -> AsyncIterator[str | Answer]:
        """Yield as ``stream`` does, without blocking the event loop; ending it ends the request to a model."""
        return in_thread(lambda stop: self.stream(question, history, where=where, stop=stop))

    def search(self, question: str, k: int = 5, *, where: Filter | None = None) -> list[Hit]:
        """Return the ``k`` best passages for ``question``, best first."""
        if k < 1:
            raise UsageError(f"k 至少为 1，现在是 {k}。(k is at least 1, not {k}.)")
        with self._generations.newest() as index:
            return list(self._search(index, checked_question(question), k, where).hits)

    def article(self, article_id: str) -> Article:
        """Return an article with its text and blocks; KeyError where there is none of that id."""
        with self._generations.newest() as index:
            return index.article(article_id)

    def articles(self) -> list[ArticleInfo]:
        """Return what a list of articles shows, by id."""
        with self._generations.newest() as index:
            return list(index.articles())

    def passages(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in reading order."""
        with self._generations.newest() as index:
            return index.passages_of(article_id)

    def add(self, files: Sequence[Path | str], *, progress: Progress | None = None) -> BuildReport:
        """Add files to the index, or replace what they held before; the next question sees them."""
        return add_files(
            self.path,
            find_files([Path(file) for file in files]),
            **recipe_of(self.settings, self._embedder),
            progress=progress,
        )

    def remove(self, article_ids: Sequence[str]) -> BuildReport:
        """Delete articles from the index; no answer after this one cites them."""
        recipe = recipe_of(self.settings, self._embedder)["recipe"]
        return remove_articles(self.path, article_ids, embedder=self._embedder, recipe=recipe)

    def close(self) -> None:
        """Let go of the index, and of the connections to a model."""
        if self._owner:
            self._generations.close()
            self._models.close()

    def __enter__(self) -> "Assistant":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _engine(self) -> "Engine | None":
        """The engine that writes with a model, where one is set."""
        return self._models.engine if self.settings.llm is not None else None

    def _answering(
        self, question: str, history: Sequence[Turn], where: Filter | None, stop: threading.Event | None
    ) -> Iterator[str | Answer]:
        """Yield what a model writes, as it comes, and the Answer; no Answer where ``stop`` was set."""
        started = time.perf_counter()
        engine, k = self._engine, self.settings.hits
        question = checked_question(question)
        query = read_query(self._complete(question, history, stop))
        with self._generations.newest() as index:
            found = self._search(index, query.text, k, where)
            hits = found.hits
            if engine is not None:
                hits = engine.gather(query, hits, lambda part: self._search(index, part, k, where).hits, stop)
            retrieved = time.perf_counter()
            embedded = partial(reader.draft, query, found, refuse_below=self.settings.refuse_below)
            if not hits and next(index.articles(), None) is None:  # no model is asked about nothing
                draft = replace(embedded(), reason="empty_corpus")
            elif engine is None:
                draft = embedded()
            elif written := (yield from engine.answer(query, hits, fallback=embedded, check=faults, stop=stop)):
                draft = written
            else:
                return
            drafted = time.perf_counter()
            answer = verify(replace(draft, question=question), article=index.article, hits=hits, index=index.generation)
        verified = time.perf_counter()
        seconds = {"retrieve": retrieved - started, "answer": drafted - retrieved, "verify": verified - drafted}
        yield replace(answer, seconds=seconds)

    def _complete(self, question: str, history: Sequence[Turn], stop: threading.Event | None) -> str:
        """Return a follow-up as a question that stands alone: by the model where there is one and it can."""
        dialogue = turns_of(history)
        if self._engine is not None and dialogue:
            from rag.synthesis.llm import ModelError

            try:
                return self._engine.rewrite(question, dialogue, stop)
            except ModelError:
                pass  # what is wrong with the model, its call for the answer says
        return complete(question, [asked for asked, _ in dialogue])

    def _search(self, index: Index, question: str, k: int, where: Filter | None) -> Found:
        return search(
            read_query(question),
            index,
            self._embedder,
            self._models.reader,
            k=k,
            reranked=self.settings.reranked,
            where=where,
        )
