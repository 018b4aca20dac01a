"""The error for a damaged file of an index. A leaf: the other modules of the stage import it."""

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
