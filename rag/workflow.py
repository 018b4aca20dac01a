"""The stages wired into one: an Assistant that builds or opens an index, and answers."""

import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypedDict

from rag._errors import UsageError
from rag._reader import Reader, load_reader
from rag._resources import packaged
from rag.articles import READER, Article, CorpusFile, Skipped, find_files, read_articles
from rag.chunks import CHUNKER, Passage, chunk
from rag.embeddings import Embedder, load_embedder
from rag.index import (
    ArticleInfo,
    BuildReport,
    Fault,
    Filter,
    LocalIndex,
    add_files,
    build_index,
    check_index,
    newest_generation,
    open_index,
    remove_articles,
)
from rag.search import Found, Hit, complete, read_query, search
from rag.synthesis import reader
from rag.verification import Answer, faults, verify

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.synthesis.llm import Engine

DEFAULT_INDEX = "juzheng-index"
DEFAULT_CORPUS = "corpus"
_LONGEST_QUESTION = 2000  # characters; a longer one is a document, not a question

Progress = Callable[[str, int, int], None]
Turn = str | Answer | Mapping[str, str] | tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set; each has a value that suits most.

    ``embedding`` and ``reader`` are "embedded" for the models in the package, or the hub name or folder of a
    sentence-transformers bi-encoder or cross-encoder. An index remembers its embedding model and refuses another.
    """

    embedding: str = "embedded"
    reader: str = "embedded"
    passage_tokens: int = 192  # of the embedding model; a model that reads fewer lowers it
    reranked: int = 20  # passages that the reader reads
    hits: int = 8  # passages kept with an answer
    refuse_below: float = 0.5  # probability, that the passages say it at all, under which there is no answer
    llm: str | None = None  # as openai-like:qwen3-32b@http://host:8000/v1; None: the embedded reader answers
    llm_tokens: int = 6000  # of sources in a prompt
    llm_silence: float = 60.0  # seconds that the model may take to the next word

    @classmethod
    def from_environment(cls) -> "Settings":
        """Return the settings with those of JUZHENG_EMBEDDING, JUZHENG_READER and JUZHENG_LLM in place."""
        found = {name: os.environ.get(f"JUZHENG_{name.upper()}") for name in ("embedding", "reader", "llm")}
        return cls(**{name: value for name, value in found.items() if value})  # type: ignore[arg-type]


class Assistant:
    """Answers questions over an index. Use it from several threads; close it, or use it in a ``with`` statement.

    It answers from the newest generation of its index: what another process builds is seen by the next question.
    """

    def __init__(self, index: Path | str, settings: Settings | None = None, *, llm: "LLM | None" = None) -> None:
        """Open the index in the folder ``index``; raises JuzhengError where there is none, or it does not fit.

        ``llm`` is any llama-index LLM, to be used in place of the one that ``settings`` name.
        """
        self.settings = settings or Settings()
        self.path = Path(index)
        self._embedder = load_embedder(self.settings.embedding)
        self._lock = threading.Lock()
        self._readers: dict[int, int] = {}
        self._current = open_index(self.path, embedder=self._embedder)
        self._reader: Reader | None = None
        self.llm = llm

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

    @property
    def index(self) -> LocalIndex:
        """The generation that the next question is answered from."""
        return self._current

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

    async def astream(
        self, question: str, history: Sequence[Turn] = (), *, where: Filter | None = None
    ) -> AsyncIterator[str | Answer]:
        """Yield as ``stream`` does, without blocking the event loop; ending it ends the request to a model."""
        import asyncio

        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | Answer | Exception | None] = asyncio.Queue()
        stop = threading.Event()

        def hand_over(piece: str | Answer | Exception | None) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits for it any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def work() -> None:
            try:
                for piece in self.stream(question, history, where=where, stop=stop):
                    hand_over(piece)
                hand_over(None)
            except Exception as error:  # raised again where it is awaited
                hand_over(error)

        # A thread of its own: the loop's pool has a handful, and a model may be slow.
        threading.Thread(target=work, name="juzheng-answer", daemon=True).start()
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            stop.set()

    def search(self, question: str, k: int = 5, *, where: Filter | None = None) -> list[Hit]:
        """Return the ``k`` best passages for ``question``, best first."""
        if k < 1:
            raise UsageError(f"k 至少为 1，现在是 {k}。(k is at least 1, not {k}.)")
        with self._generation() as index:
            return list(self._search(index, _checked(question), k, where).hits)

    def article(self, article_id: str) -> Article:
        """Return an article with its text and blocks; KeyError where there is none of that id."""
        with self._generation() as index:
            return index.article(article_id)

    def articles(self) -> list[ArticleInfo]:
        """Return what a list of articles shows, by id."""
        with self._generation() as index:
            return list(index.articles())

    def passages(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in reading order."""
        with self._generation() as index:
            return index.passages_of(article_id)

    def add(self, files: Sequence[Path | str], *, progress: Progress | None = None) -> BuildReport:
        """Add files to the index, or replace what they held before; the next question sees them."""
        return add_files(
            self.path,
            find_files([Path(file) for file in files]),
            **_build_arguments(self._embedder, self.settings),
            progress=progress,
        )

    def remove(self, article_ids: Sequence[str]) -> BuildReport:
        """Delete articles from the index; no answer after this one cites them."""
        return remove_articles(self.path, article_ids, embedder=self._embedder, recipe=_recipe(self.settings))

    def close(self) -> None:
        """Let go of the index, and of the connections to a model."""
        self._current.close()
        if "_engine" in vars(self) and self._engine is not None:  # not to be loaded for being closed
            self._engine.model.close()

    def __enter__(self) -> "Assistant":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _engine(self) -> "Engine | None":
        """The engine that writes with a model, where one is set; loaded with the first question."""
        llm = self.llm or self.settings.llm
        if llm is None:
            return None
        from rag.synthesis.llm import Engine, load_model

        return Engine(load_model(llm, silence=self.settings.llm_silence), self.settings.llm_tokens)

    def _answering(
        self, question: str, history: Sequence[Turn], where: Filter | None, stop: threading.Event | None
    ) -> Iterator[str | Answer]:
        """Yield what a model writes, as it comes, and the Answer; no Answer where ``stop`` was set."""
        started = time.perf_counter()
        engine, k = self._engine, self.settings.hits
        query = read_query(self._complete(_checked(question), history, stop))
        with self._generation() as index:
            found = self._search(index, query.text, k, where)
            hits = found.hits
            if engine is not None:
                hits = engine.gather(query, hits, lambda part: self._search(index, part, k, where).hits, stop)
            retrieved = time.perf_counter()
            embedded = partial(reader.draft, query, found, refuse_below=self.settings.refuse_below)
            if engine is None:
                draft = embedded()
            elif written := (yield from engine.answer(query, hits, fallback=embedded, check=faults, stop=stop)):
                draft = written
            else:
                return
            drafted = time.perf_counter()
            checked = partial(verify, article=index.article, hits=hits, index=index.generation)
            answer = checked(replace(draft, question=question))
            if engine is None and answer.reason == "unsupported":
                # The year that the reader gave a date is not borne out: the words of the source alone are.
                answer = checked(replace(embedded(literal=True), question=question))
        verified = time.perf_counter()
        seconds = {"retrieve": retrieved - started, "answer": drafted - retrieved, "verify": verified - drafted}
        yield replace(answer, seconds=seconds)

    def _complete(self, question: str, history: Sequence[Turn], stop: threading.Event | None) -> str:
        """Return a follow-up as a question that stands alone: by the model where there is one and it can."""
        dialogue = _dialogue(history)
        if self._engine is not None and dialogue:
            from rag.synthesis.llm import ModelError

            try:
                return self._engine.rewrite(question, dialogue, stop)
            except ModelError:
                pass  # what is wrong with the model, its call for the answer says
        return complete(question, [asked for asked, _ in dialogue])

    def _search(self, index: LocalIndex, question: str, k: int, where: Filter | None) -> Found:
        if self._reader is None:
            self._reader = load_reader(self.settings.reader)
        return search(
            read_query(question),
            index,
            self._embedder,
            self._reader,
            k=k,
            reranked=self.settings.reranked,
            where=where,
        )

    @contextmanager
    def _generation(self) -> Iterator[LocalIndex]:
        """Hold the newest generation open while it is read; one that was replaced is closed by its last reader."""
        with self._lock:
            if newest_generation(self.path) not in (None, self._current.generation):
                old, self._current = self._current, open_index(self.path, embedder=self._embedder)
                if not self._readers.get(id(old)):
                    old.close()
            index = self._current
            self._readers[id(index)] = self._readers.get(id(index), 0) + 1
        try:
            yield index
        finally:
            with self._lock:
                self._readers[id(index)] -= 1
                if not self._readers[id(index)]:
                    del self._readers[id(index)]
                    if index is not self._current:
                        index.close()


def build(
    corpus: Path | str | Sequence[Path | str],
    index: Path | str = DEFAULT_INDEX,
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> BuildReport:
    """Make the index equal to the files of ``corpus`` (files or folders), and report what was done.

    Raises JuzhengError where the corpus has no article at all, or the index cannot be written.
    """
    settings = settings or Settings()
    paths = [corpus] if isinstance(corpus, str | Path) else list(corpus)
    files = find_files([Path(path) for path in paths])
    if not files:
        raise UsageError(
            f"{', '.join(map(str, paths))} 里没有可读的文件。支持 .txt .md .html .pdf .docx .jsonl .csv。"
            "(no readable file there)"
        )
    return build_index(index, files, **_build_arguments(load_embedder(settings.embedding), settings), progress=progress)


def exists(index: Path | str) -> bool:
    """Tell whether there is an index in the folder ``index``."""
    return newest_generation(index) is not None


def check(index: Path | str, settings: Settings | None = None, *, repair: bool = False) -> list[Fault]:
    """Verify every checksum, count and id of an index, and return what is wrong; ``repair`` rebuilds what can be."""
    return check_index(index, embedder=load_embedder((settings or Settings()).embedding), repair=repair)


def sample_corpus() -> Path:
    """Return the folder ``corpus`` of the working directory, where there is none the packaged sample."""
    here = Path(DEFAULT_CORPUS)
    return here if here.is_dir() else packaged("corpus")


def _recipe(settings: Settings) -> str:
    return f"{READER} {CHUNKER} {settings.passage_tokens}"


class _BuildArguments(TypedDict):
    embedder: Embedder
    chunk: Callable[[Article], list[Passage]]
    read: Callable[[CorpusFile], Iterator[Article | Skipped]]
    recipe: str


def _build_arguments(embedder: Embedder, settings: Settings) -> _BuildArguments:
    budget = min(settings.passage_tokens, embedder.max_tokens)
    return {
        "embedder": embedder,
        "chunk": partial(chunk, budget=budget, count_tokens=embedder.count_tokens),
        "read": read_articles,
        "recipe": _recipe(settings),
    }


def _checked(question: str) -> str:
    if not re.search(r"\w", question):
        raise UsageError(
            f"问题里没有文字：{question.strip()[:20]!r}。请写一个问题，如：中央活力区总投资多少。(an empty question)"
        )
    if len(question) > _LONGEST_QUESTION:
        raise UsageError(
            f"问题最长 {_LONGEST_QUESTION} 个字符，这个有 {len(question)} 个；请缩短，或把材料放进语料库再提问。"
            f"(a question has at most {_LONGEST_QUESTION} characters, not {len(question)})"
        )
    return question


def _dialogue(history: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return the (question, answer) pairs of a dialogue, in order; "" for an answer that is not given."""
    turns: list[tuple[str, str]] = []
    for turn in history:
        if isinstance(turn, Answer):
            turns.append((turn.question, turn.text))
        elif isinstance(turn, Mapping):
            said = str(turn.get("content", turn.get("question", "")))
            if turn.get("role", "user") == "user":
                turns.append((said, ""))
            elif turns and turn["role"] == "assistant":
                turns[-1] = (turns[-1][0], said)
        elif isinstance(turn, tuple):
            turns.append(turn)
        else:
            turns.append((turn, ""))
    return [(asked, answered) for asked, answered in turns if asked.strip()]
