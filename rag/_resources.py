"""Where the files that travel with the package lie, in a checkout and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
WEIGHTS = PACKAGE / "_weights"


def packaged(name: str) -> Path:
    """Return the folder ``prompts`` or ``corpus``: inside the package when installed from a wheel, else beside it."""
    inside = PACKAGE / "_packaged" / name
    return inside if inside.is_dir() else PACKAGE.parent / name
