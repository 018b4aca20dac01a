"""Question + hits -> Draft, by a language model; what it writes is checked like what the embedded reader finds.

model.py       any OpenAI-compatible server, or any llama-index LLM: text in, pieces of text out, errors in words
sources.py     hits -> numbered sources, within a budget of tokens
reply.py       what a model writes -> sentences with the numbers of the sources they name
arithmetic.py  <calc>84亿元 / 520亿元</calc> -> worked out by code
derived.py     results and comparisons that a model worked out itself -> worked out by code
alignment.py   a sentence -> the sentences of the sources that carry it
engine.py      the whole: prompt, stream, attribution, one round of repair
"""

from rag.synthesis.llm.engine import Check, Engine
from rag.synthesis.llm.model import Model, ModelError, load_model, name_of

__all__ = ["Check", "Engine", "Model", "ModelError", "load_model", "name_of"]
