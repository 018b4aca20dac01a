"""The texts an LLM is given: one file a prompt and language, checked ``$variables``. A leaf: it imports no stage."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

from rag._resources import packaged

Language = Literal["zh", "en"]
Name = Literal["answer", "followup", "decompose", "repair", "judge", "support"]

# The line between what the system says and what the user says.
_DIVIDER = "\n---\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system and a user text with ``$variables``; ``digest`` changes with any character of the file."""

    name: str
    system: str
    user: str
    digest: str

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables that must be given, no more and no less."""
        return frozenset(Template(self.system + self.user).get_identifiers())

    def fill(self, **values: str) -> list[tuple[str, str]]:
        """Return (role, text) messages with the variables in place; what a value holds is never read as a variable.

        Raises:
            KeyError: naming the variables that are missing or unknown.
        """
        missing, unknown = self.variables - values.keys(), values.keys() - self.variables
        if missing or unknown:
            faults = [f"${name} is missing" for name in sorted(missing)]
            faults += [f"${name} is unknown" for name in sorted(unknown)]
            raise KeyError(f"prompt {self.name} takes {', '.join(sorted(self.variables))}: {', '.join(faults)}")
        return [
            ("system", Template(self.system).substitute(values)),
            ("user", Template(self.user).substitute(values)),
        ]


def load_prompt(name: Name, language: Language, folder: Path | None = None) -> Prompt:
    """Return the prompt ``name`` in ``language``, from the file ``name.language.md`` of ``folder``.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where the file has no line ``---`` between system and user, or a stray ``$``.
    """
    return _read((folder or packaged("prompts")) / f"{name}.{language}.md")


@cache
def _read(path: Path) -> Prompt:
    text = path.read_text(encoding="utf-8")
    system, divider, user = text.partition(_DIVIDER)
    if not divider or _DIVIDER in user:
        raise ValueError(f"a prompt has one line --- between system and user; {path} has {text.count(_DIVIDER)}")
    if not Template(text).is_valid():
        raise ValueError(f"a $ in a prompt starts a variable's name, or is written $$; {path} has another")
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    return Prompt(path.stem, system.strip(), user.strip(), digest)
