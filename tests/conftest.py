"""What the tests of several stages share: a small corpus on disk, and an assistant over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.workflow import Assistant

BULLETINS = {
    "bridge.txt": (
        "东港大桥合龙\n东港日报　2023年9月21日\n\n"
        "9月20日，东港大桥合龙。东港大桥全长3.86公里，总投资27.5亿元，计划2024年6月建成通车。\n"
        "大桥由东港建工集团承建，建设单位为东港城投公司。\n"
    ),
    "tunnel.txt": (
        "西山隧道开工\n东港日报　2023年5月8日\n\n"
        "西山隧道5月6日开工。隧道全长5.2公里，预计总工期48个月。隧道位于西山区青石街道。\n"
    ),
    "firms-2022.txt": (
        "2022年西山区新增省级瞪羚企业9家\n西山区统计局　2023年1月16日\n\n2022年，西山区新增省级瞪羚企业9家。\n"
    ),
    "firms-2023.txt": (
        "2023年西山区新增省级瞪羚企业6家\n西山区统计局　2024年1月15日\n\n2023年，西山区新增省级瞪羚企业6家。\n"
    ),
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of four bulletins."""
    folder = tmp_path / "bulletins"
    folder.mkdir()
    for name, text in BULLETINS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the four bulletins, for tests that only ask."""
    folder = tmp_path_factory.mktemp("shared")
    for name, text in BULLETINS.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Assistant.build(folder, tmp_path_factory.mktemp("index") / "index") as built:
        yield built
