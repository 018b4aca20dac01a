"""Starts the chat page over the default index, built from ``corpus/`` where there is none: ``python app.py``.

The same as ``juzheng ui``, whose options it takes (--index, --host, --port).
"""

import sys

from rag.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "ui")
    main()
