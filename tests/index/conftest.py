"""Fixtures of the index tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from indexed_corpus import Corpus


@pytest.fixture
def ram(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of builds wait for the disk otherwise."""
    shared = Path("/dev/shm")
    if not shared.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def corpus(ram: Path) -> Corpus:
    """An empty corpus folder, and the index of it to be."""
    return Corpus(ram)
