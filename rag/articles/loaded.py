"""What a loader gives: the text of a file, or in words why there is none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds: its text, and the title and date that stand outside of it, where the format has such."""

    text: str
    title: str = ""
    date: str = ""
    pages: tuple[int, ...] = ()


class UnreadableError(ValueError):
    """The file is not what its suffix says, or is closed to us; the message is for the user."""
