"""What an answer says in its own words: refusals and marks, in the language of the question."""

from rag.search.measures import Language
from rag.synthesis.draft import Reason

_REFUSALS: dict[Reason, dict[Language, str]] = {
    "nothing_found": {"zh": "资料中没有找到相关内容。", "en": "Nothing about this was found in the corpus."},
    "other_metric": {
        "zh": "资料中提到了这个对象，但没有问到的这一项。",
        "en": "The corpus speaks of this subject, but does not state what was asked.",
    },
    "other_period": {
        "zh": "资料中有这一项，但不是所问的时间。",
        "en": "The corpus states this, but not for the period asked for.",
    },
    "other_subject": {
        "zh": "资料中有这一项，但说的不是所问的对象。",
        "en": "The corpus states this, but of another subject.",
    },
    "not_in_corpus": {"zh": "资料没有涉及这个问题。", "en": "The corpus does not deal with this question."},
    "unsupported": {
        "zh": "得到的回答在资料中找不到依据，因此不予采用。",
        "en": "The answer that was drafted is not borne out by the corpus, so it is not given.",
    },
    "empty_corpus": {
        "zh": "资料里还没有文章。请先加入：juzheng build 文件夹，或网页的“资料”页。",
        "en": "There is no article yet. Add some first: juzheng build FOLDER, or the page's Corpus tab.",
    },
}
_INSTEAD: dict[Language, str] = {"zh": "资料中的相关内容：", "en": " What there is: "}
_UNSUPPORTED: dict[Language, str] = {"zh": "〔未见依据〕", "en": " (not found in the sources)"}


def refusal(reason: Reason, language: Language) -> str:
    """Return the sentence that refuses for ``reason``."""
    return _REFUSALS[reason][language]


def instead(language: Language) -> str:
    """Return what leads over from a refusal to what the corpus has instead."""
    return _INSTEAD[language]


def unsupported_mark(language: Language) -> str:
    """Return the mark behind a sentence that no source carries."""
    return _UNSUPPORTED[language]
