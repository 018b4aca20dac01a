"""Folders and files -> the corpus files to be read, in a fixed order."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag._errors import JuzhengError, UsageError

_ABOUT = ("manifest", "readme")  # files of these names, of any suffix, are about a corpus and not in it


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of the corpus; ``source`` is its path below the folder that was given, with ``/`` between its parts."""

    path: Path
    source: str


def find_files(paths: Sequence[Path]) -> list[CorpusFile]:
    """Return the files at ``paths``, those of folders sorted by path at any depth.

    Left out in folders: hidden files and folders, and what is about the corpus (``manifest.*``, ``README.*``).
    A file of a format that is not read is in the list, so that reading it says so. Raises ``UsageError`` where a
    path does not exist, ``JuzhengError`` where two files would have the same ``source``.
    """
    found: dict[str, CorpusFile] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"语料必须是存在的文件或文件夹，{path} 不存在；请检查路径。(no such file or folder)")
        for file in _walk(path) if path.is_dir() else [CorpusFile(path, path.name)]:
            other = found.setdefault(file.source, file)
            if other.path.resolve() != file.path.resolve():
                raise JuzhengError(
                    f"每个文件的来源名必须唯一，{other.path} 与 {file.path} 同为 {file.source}；"
                    "请改名，或给出它们共同的上级文件夹。(two files share one source name: rename one)"
                )
    return list(found.values())


def _walk(folder: Path) -> list[CorpusFile]:
    files: list[CorpusFile] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).stem.lower() not in _ABOUT:
                path = Path(parent, name)
                files.append(CorpusFile(path, path.relative_to(folder).as_posix()))
    return sorted(files, key=lambda file: file.source)
