"""Follow-up questions take over what they leave out, and questions that stand alone stay as they are."""

import pytest

from rag.search.dialogue import complete


@pytest.mark.parametrize(
    ("history", "question", "completed"),
    [
        (["东港大桥项目什么时候开工建设"], "它什么时候竣工？", "东港大桥项目什么时候竣工？"),
        (["东港大桥总投资多少"], "该项目位于哪个街道？", "东港大桥位于哪个街道？"),
        (["东港大桥总投资多少"], "什么时候通车？", "东港大桥什么时候通车？"),
        (["东港大桥总投资多少"], "那西山隧道呢？", "西山隧道总投资多少"),
        (["东港大桥总投资多少", "它什么时候开工？"], "它全长多少？", "东港大桥全长多少？"),
        (["东港大桥总投资多少"], "西山隧道什么时候开工？", "西山隧道什么时候开工？"),
        ([], "它什么时候竣工？", "它什么时候竣工？"),
    ],
)
def test_a_follow_up_is_completed(history: list[str], question: str, completed: str) -> None:
    assert complete(question, history) == completed
