"""Tables: a row is read with the heads of its columns and its units, all of them characters of the text."""

from pathlib import Path

import pytest
from docx import Document
from test_articles_files import read_one, words

from rag._text import join
from rag.articles.layout import lay_out
from rag.chunks import chunk


def rows(text: str) -> list[str]:
    """Return what the body of a text is read as."""
    return [join(text, block.spans) for block in lay_out(text) if block.role == "body"]


def page(tmp_path: Path, body: str) -> list[str]:
    """Return the body of a web page with a paragraph above ``body``."""
    path = tmp_path / "a.html"
    above = "<h1>2023年主要指标公报</h1><p>2023年，全区经济总体平稳，主要指标好于预期，现将主要指标公布如下。</p>"
    path.write_text(
        f"<html><head><meta charset='utf-8'></head><body><div>{above}{body}</div></body></html>", encoding="utf-8"
    )
    return words(read_one(path), "body")[1:]


def test_a_cell_stands_behind_its_head_with_the_unit_of_column_row_or_table() -> None:
    text = (
        "表1 主要指标（单位：亿元）\n\n| 指标 | 2023年 | 增长（%） | 2022年 |\n|---|---|---|---|\n"
        "| 地区生产总值 | 812.46 | -5.8 | 768.10 |\n| 常住人口（万人） | 58.62 | 0.5 | — |\n"
        "| 化肥 | 3.1万吨 | | 1,200 |\n"
    )
    assert rows(text)[1:] == [
        "| 指标 地区生产总值 | 2023年 812.46亿元 | 增长 -5.8% | 2022年 768.10亿元 |",
        "| 指标 常住人口（万人） | 2023年 58.62万人 | 增长 0.5% | — |",
        "| 指标 化肥 | 2023年 3.1万吨 | | 2022年 1,200亿元 |",
    ]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("产品\t单位\t产量\t增长（%）\n汽车\t辆\t365\t-1.2\n", "产品\t汽车\t单位\t辆\t产量\t365辆\t增长\t-1.2%"),
        ("序号\t项目\t投资额（万元）\n1\t青鹤中学\t21450\n", "1\t项目\t青鹤中学\t投资额\t21450万元"),
        ("|岗位|人数|月薪/元|\n|--|--|--|\n|前台|1|5500|\n", "|岗位|前台|人数|1|月薪|5500元|"),
        ("| 年份 | 用电量（亿千瓦时） |\n| 2021 | 1800.4 |\n", "| 年份 2021 | 用电量 1800.4亿千瓦时 |"),
        # The unit of the table is not that of growth, of ranks and of counts, nor one of two.
        ("单位：亿元、%\n| 县 | 产值 | 增速 |\n| 甲 | 1.3 | 5.1 |\n", "| 县 甲 | 产值 1.3亿元 | 增速 5.1% |"),
        ("单位：亿元\n| 县 | 产值 | 位次 |\n| 甲 | 1.3 | 2 |\n", "| 县 甲 | 产值 1.3亿元 | 位次 2 |"),
        ("单位：亿元、万人\n| 地区 | 产值 | 从业 |\n| 甲县 | 12.3 | 5.1 |\n", "| 地区 甲县 | 产值 12.3 | 从业 5.1 |"),
        ("项目\t单位：亿元\n| 甲 | 52 |\n", "| 项目\t甲 | 单位：亿元\t52亿元 |"),
        ("责任单位：区住建局\n| 地区 | 产值 |\n| 甲县 | 12.3 |\n", "| 地区 甲县 | 产值 12.3 |"),
        # A row over all columns names those below it; one with other columns than the heads stays as it is.
        ("| 行业 | 产值 |\n| 一、工业 |\n| 轻工 | 12.3 |\n", "一、工业 | 行业 轻工 | 产值 12.3 |"),
        ("| 行业 | 产值 |\n| 轻工 | 12.3 | 4 |\n", "| 轻工 | 12.3 | 4 |"),
        # No row of heads.
        ("| 活力区 | 520亿元 |\n| 商埠区 | 84亿元 |\n", "| 商埠区 | 84亿元 |"),
        ("| 青鹤镇 | 东岭街道 |\n| 南湖镇 | 西山街道 |\n", "| 南湖镇 | 西山街道 |"),
        ("| 姓名 | 职务 |\n| 李为民 | 局长 |\n", "| 姓名 李为民 | 职务 局长 |"),
        ("| 合计 | 户数 | 金额（元） |\n| 小计 | 小计 | 500 |\n", "| 合计 小计 | 小计 | 金额 500元 |"),
    ],
)  # fmt: skip
def test_units_and_heads_are_put_where_they_belong(text: str, last: str) -> None:
    assert rows(text)[-1] == last


def test_the_line_that_states_the_unit_is_no_heading_and_the_title_of_the_table_is() -> None:
    text = "用电量统计表\n\n单位：亿千瓦时\n\n| 类别 | 12月 |\n| 轻工业 | 31.2 |\n"
    assert [block.role for block in lay_out(text)] == ["heading", "body", "body", "body"]
    assert rows(text)[-1] == "| 类别 轻工业 | 12月 31.2亿千瓦时 |"


def test_a_wide_row_is_read_in_parts_that_each_name_it() -> None:
    heads = [f"2023年{month}月份工业用电量（万千瓦时）" for month in range(1, 13)]
    text = "| 地区 | " + " | ".join(heads) + " |\n| 云泽区 | " + " | ".join(map(str, range(101, 113))) + " |\n"
    parts = rows(text)[1:]
    assert len(parts) > 1
    assert all(part.startswith("| 地区 云泽区 | 2023年") for part in parts)
    assert sum("万千瓦时" in part and part.count("万千瓦时") for part in parts) == 12


def test_rows_of_one_passage_are_lines_and_traced_to_cell_head_and_unit(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("单位：万元\n\n| 事项 | 计划 |\n|---|---|\n| 甲 | 12 |\n| 乙 | 34 |\n", encoding="utf-8")
    article = read_one(path)
    [passage] = chunk(article, budget=200, count_tokens=len)
    assert passage.text.split("\n")[-2:] == ["| 事项 甲 | 计划 12万元 |", "| 事项 乙 | 计划 34万元 |"]
    at = passage.text.index("计划 34万元")
    spans = passage.locate(at, at + len("计划 34万元"))
    assert [span.of(article.text) for span in spans] == ["计划 ", "34", "万元"]
    assert spans[0].start < spans[1].start
    assert spans[2].start < spans[0].start


def test_merged_cells_of_a_web_page_stand_in_every_place_they_take(tmp_path: Path) -> None:
    table = (
        "<table><caption>表1（单位：亿元）</caption><thead><tr><th rowspan=2>指标</th><th colspan=2>2023年</th></tr>"
        "<tr><th>绝对数</th><th>增长<br>（%）</th></tr></thead>"
        "<tr><td rowspan='2'>进出口</td><td>81.2</td><td>5.8</td></tr>"
        "<tr><td>36.2</td><td>3.9</td></tr><tr><td colspan=3>注：快报数</td></tr></table>"
    )
    read = page(tmp_path, table)
    assert "| 指标 进出口 | 2023年 绝对数 36.2亿元 | 2023年 增长 3.9% |" in read
    assert not any("注" in line and "|" in line for line in read)


def test_a_page_laid_out_with_tables_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    sentence = "记者从区教育局获悉，今年秋季学期云泽区新建学校三所投入使用，新增学位4200个，总投资3.6亿元。"
    story = f"<p>{sentence}</p><p>{sentence[:-1]}，明年再建。</p>"
    inner = f"<table><tr><td align=center>云泽区新建三所学校</td></tr><tr><td>{story}</td></tr></table>"
    path.write_text(
        f"<html><body><table><tr><td><a href=1>要闻</a></td><td>{inner}</td></tr></table></body></html>",
        encoding="utf-8",
    )
    article = read_one(path)
    assert article.title == "云泽区新建三所学校"
    assert sentence in words(article, "body")
    assert "|" not in article.text


def test_cells_that_claim_to_span_millions_are_bounded(tmp_path: Path) -> None:
    cell = "<td colspan=999999 rowspan=999999>甲</td>"
    read = page(tmp_path, "<table>" + f"<tr>{cell}{cell}</tr>" * 300 + "</table><p>表中数据以年报为准，特此说明。</p>")
    assert "表中数据以年报为准，特此说明。" in read


def test_a_docx_table_has_its_merged_cells_unit_and_marked_heads(tmp_path: Path) -> None:
    document = Document()
    document.add_heading("民生实事进展", 1)
    document.add_paragraph("单位：万元")
    table = document.add_table(4, 3)
    for row, cells in enumerate(
        [["事项", "计划", "2023"], ["改造", "12800", "9600"], ["", "700", "600"], ["注：快报数", "", ""]]
    ):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 2))
    table.rows[0]._tr.get_or_add_trPr().append(table.rows[0]._tr.makeelement(f"{{{table._tbl.nsmap['w']}}}tblHeader"))
    document.save(str(tmp_path / "a.docx"))
    article = read_one(tmp_path / "a.docx")
    assert words(article, "body")[-3:] == [
        "| 事项 改造 | 计划 12800万元 | 2023 9600万元 |",
        "| 事项 改造 | 计划 700万元 | 2023 600万元 |",
        "注：快报数",
    ]
    assert article.text.endswith("\n\n注：快报数")


def test_a_docx_page_laid_out_with_a_table_gives_its_paragraphs(tmp_path: Path) -> None:
    document = Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "市中区加快建设中央活力区，总投资约520亿元。"
    cell.add_paragraph("项目已于上月开工。")
    inner = cell.add_table(2, 2)
    for place, said in enumerate(["项目", "投资（亿元）", "活力区", "520"]):
        inner.cell(place // 2, place % 2).text = said
    document.save(str(tmp_path / "a.docx"))
    assert words(read_one(tmp_path / "a.docx"), "body") == [
        "市中区加快建设中央活力区，总投资约520亿元。",
        "项目已于上月开工。",
        "| 项目 | 投资（亿元） |",
        "| 项目 活力区 | 投资 520亿元 |",
    ]


def test_what_the_heads_of_huge_tables_add_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.articles.tables._MOST", 3_000)
    text = "| 编号 | 地区 | 产值（万元） |\n" + "".join(f"| {n} | 第{n}镇 | {n * 3} |\n" for n in range(1, 2_001))
    read = rows(text)
    assert len(read) == 2_001
    assert read[5] == "| 5 | 地区 第5镇 | 产值 15万元 |"
    assert read[-1] == "| 2000 | 第2000镇 | 6000 |"
