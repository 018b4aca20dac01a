"""Question + hits -> Draft.

candidates.py   the figures, dates and phrases that could answer
phrases.py      persons (persons.py), doers, places, rows and complements among them
revisions.py    figures that a later text corrects or moves
clues.py        what speaks for a candidate; qualifiers.py: words that turn a figure into another one
ranking.py      how likely each candidate is the answer
sides.py        where sources differ
evidence.py     the stretch that carries an answer
refusal.py      why there is none
reader.py       the engine that needs no LLM
draft.py        what synthesis makes
"""

from rag.synthesis.draft import Alternative, Claim, Draft, Evidence, Reason

__all__ = ["Alternative", "Claim", "Draft", "Evidence", "Reason"]
