"""Question + hits -> Draft.

candidates.py   the figures, dates and phrases that could answer
qualifiers.py   words that turn a figure into another one
ranking.py      how likely each candidate is the answer
reader.py       the engine that needs no LLM
draft.py        what synthesis makes
"""

from rag.synthesis.draft import Alternative, Claim, Draft, Evidence, Reason

__all__ = ["Alternative", "Claim", "Draft", "Evidence", "Reason"]
