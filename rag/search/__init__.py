"""A question -> ranked hits: query reading, hybrid fusion, reranking.

query.py           a question, its parts and periods
interrogatives.py  what an interrogative asks for
dialogue.py        a follow-up, completed from the questions before it
synonyms.py        words that stand for one another
translation.py     English words <-> Chinese words
anglicising.py     a Chinese question -> what the reader is asked of English passages
matching.py        how well a text carries the words of a question
periods.py         which period a text speaks of, and whether it is the one asked for
fusion.py          several ranked lists -> one
retrieval.py       the search itself
hit.py             what it gives
"""

from rag.search.dialogue import complete
from rag.search.hit import Hit
from rag.search.query import Query, read_query
from rag.search.retrieval import Found, search

__all__ = ["Found", "Hit", "Query", "complete", "read_query", "search"]
