"""Fixtures of the index tests."""

from pathlib import Path

import pytest
from indexed_corpus import Corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """An empty corpus folder, and the index of it to be."""
    return Corpus(tmp_path)
