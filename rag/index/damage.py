"""What is wrong with an index that a build makes anew. A leaf: the other modules of the stage import it."""

from pathlib import Path

from rag._errors import JuzhengError


class DamagedError(JuzhengError):
    """A file of an index is not what was written; ``what`` says in which way."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} 已损坏：{what}；请运行 juzheng check --repair，或以 juzheng build 重建索引。(the file is damaged)"
        )
        self.path = path
        self.what = what


class OutdatedError(JuzhengError):
    """An index is of an older format than this version reads."""

    def __init__(self, path: Path, actual: int, wanted: int) -> None:
        super().__init__(
            f"索引 {path} 的格式是 {actual}，本版本用格式 {wanted}；请以 juzheng build 由语料重建索引。"
            "(an older format: build the index anew)"
        )
