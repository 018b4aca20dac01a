"""A door for LlamaIndex apps: an assistant as their retriever and as their query engine.

It imports llama-index at once, so nothing else imports it.
"""

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.chunks import Passage
from rag.verification import Answer
from rag.workflow import Assistant


class JuzhengRetriever(BaseRetriever):  # type: ignore[misc]
    """Finds passages as ``Assistant.search`` does: ``k`` nodes, best first, each with its article and its spans."""

    def __init__(self, assistant: Assistant, k: int = 5) -> None:
        super().__init__()
        self.assistant = assistant
        self.k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self.assistant.search(query_bundle.query_str, self.k)
        return [NodeWithScore(node=_node(hit.passage), score=hit.score) for hit in hits]


class JuzhengQueryEngine(BaseQueryEngine):  # type: ignore[misc]
    """Answers as ``Assistant.ask`` does: the text bears [n] marks, and source node n is what mark n cites.

    ``Response.metadata`` is ``Answer.to_dict()``: the short answer, figures with their status, conflicts, refusal.
    """

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(callback_manager=None)
        self.assistant = assistant

    def _query(self, query_bundle: QueryBundle) -> Response:
        return _response(self.assistant.ask(query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return _response(await self.assistant.aask(query_bundle.query_str))

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _response(answer: Answer) -> Response:
    nodes = [
        NodeWithScore(
            node=TextNode(
                id_=f"{citation.article_id}#{citation.spans[0].start}",
                text=citation.quote,
                metadata={
                    "number": citation.number,
                    "source": citation.source,
                    "title": citation.title,
                    "published": citation.published,
                    "spans": [[span.start, span.end] for span in citation.spans],
                },
                relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.article_id)},
            )
        )
        for citation in answer.citations
    ]
    return Response(response=answer.text, source_nodes=nodes, metadata=answer.to_dict())


def _node(passage: Passage) -> TextNode:
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata={
            "source": passage.source,
            "title": passage.title,
            "heading": passage.heading,
            "published": passage.published,
            "spans": [[span.start, span.end] for span in passage.spans],
        },
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)},
    )
