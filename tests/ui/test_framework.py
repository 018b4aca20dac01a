"""gradio imported without what it does not need: in a process of its own, as it is imported once."""

import subprocess
import sys

IMPORTED = """
import sys
from rag.ui.framework import import_gradio
import_gradio()
import gradio
from gradio.caching import pd
assert "pandas" not in sys.modules, "pandas was imported with gradio"
assert pd.DataFrame({"a": [1]}).shape == (1, 1), "whoever asks something of it has it"
import pandas.api.types
assert pandas.DataFrame is pd.DataFrame
"""


def test_pandas_waits_until_it_is_asked() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
