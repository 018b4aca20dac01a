"""Which files are articles, and what each format gives."""

import csv
import json
from pathlib import Path

import pytest
from docx import Document

from rag._errors import JuzhengError
from rag.articles import Article, CorpusFile, Skipped, find_files, read_articles

BODY = "市中区加快建设中央活力区，总投资约520亿元。"


def read(path: Path) -> list[Article | Skipped]:
    return list(read_articles(CorpusFile(path, path.name)))


def read_one(path: Path) -> Article:
    (article,) = read(path)
    assert isinstance(article, Article), article
    return article


def words(article: Article, role: str) -> list[str]:
    return [article.read(block) for block in article.blocks if block.role == role]


def test_folders_are_walked_in_order_and_what_is_about_the_corpus_is_left_out(tmp_path: Path) -> None:
    for name in [
        "b.txt",
        "a/z.md",
        "a/b/c.html",
        ".hidden.txt",
        ".git/x.txt",
        "manifest.jsonl",
        "README.md",
        "a/Readme.txt",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BODY, encoding="utf-8")
    assert [file.source for file in find_files([tmp_path])] == ["a/b/c.html", "a/z.md", "b.txt"]
    assert [file.source for file in find_files([tmp_path / "README.md"])] == ["README.md"]
    assert [file.source for file in find_files([tmp_path, tmp_path / "b.txt"])] == ["a/b/c.html", "a/z.md", "b.txt"]


def test_two_files_of_one_source_are_refused(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(BODY, encoding="utf-8")
    with pytest.raises(JuzhengError, match=r"a\.txt"):
        find_files([tmp_path / "x", tmp_path / "y"])


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JuzhengError, match="nowhere"):
        find_files([tmp_path / "nowhere"])


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    (file,) = find_files([tmp_path])
    (skipped,) = read_articles(file)
    assert isinstance(skipped, Skipped)
    assert skipped.source == "table.xlsx"
    assert ".xlsx" in skipped.why


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_is_decoded_and_only_its_line_ends_change(tmp_path: Path, encoding: str, end: str) -> None:
    text = f"标题一行\n\n  {BODY}\n第二段 of 1 line。\n"
    path = tmp_path / "a.txt"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    article = read_one(path)
    assert article.text == text
    assert article.id == article.source == "a.txt"
    assert article.title == "标题一行"


@pytest.mark.parametrize(
    "above",
    [
        "首页 > 政务公开 > 统计信息",
        "东江在线 首页 新闻 政务 县区 房产 | 登录 注册",
        "东江晚报　2024年7月18日　03版　城事",
        "东江新闻网 2024年7月18日讯（记者 王安）",
        "证券简称：东江科技　公告编号：2024-017",
        "东江市统计局 国家统计局东江调查队",
    ],
)
def test_what_stands_above_a_title_is_none(tmp_path: Path, above: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{above}\n\n东江三桥 提前合龙\n\n{BODY}\n", encoding="utf-8")
    assert read_one(path).title == "东江三桥 提前合龙"


def test_html_keeps_headings_lists_and_tables_and_leaves_scripts(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title>济南签约23个项目_新闻中心_大众网</title>"
        '<meta property="article:published_time" content="2023-01-30T10:22:00+08:00"></head><body>'
        "<nav><a href='/'>首页</a></nav><script>var a = '总投资84亿元';</script><article><h1>济南签约23个项目</h1>"
        "<p>凝心聚力抓项目,蓄势赋能促发展。市中区举行重点项目签约活动,吹响冲锋号。</p><h2>项目清单</h2>"
        "<ul><li>中央活力区项目</li><li>中央商埠区项目</li></ul><table><tr><td>活力区</td><td>520亿元</td></tr></table>"
        "<p>现场,市中区与23个涵盖新能源、医疗、互联网的项目签约,总投资250.42亿元。</p></article></body></html>",
        encoding="utf-8",
    )
    article = read_one(path)
    assert article.title == "济南签约23个项目"
    assert article.published is not None
    assert article.published.date == "2023-01-30"
    assert words(article, "heading") == ["济南签约23个项目", "项目清单"]
    assert "- 中央活力区项目" in words(article, "body")
    assert "| 活力区 | 520亿元 |" in words(article, "body")
    assert "84亿元" not in article.text


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_html_may_name_its_encoding_or_another(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.html"
    html = f'<html><head><meta charset="gb2312"></head><body><p>{BODY}</p><p>{BODY[:10]}项目已开工。</p></body></html>'
    path.write_bytes(html.encode(encoding))
    assert BODY in read_one(path).text


def test_html_in_which_nothing_is_found_gives_all_its_text(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<title>通知</title><style>p{}</style><div>" + "<b>字</b>" * 13_000 + "</div>", encoding="utf-8")
    article = read_one(path)
    assert article.text.strip() == "字" * 13_000
    assert article.title == "通知"


def test_docx_gives_paragraphs_and_tables_in_their_order(tmp_path: Path) -> None:
    document = Document()
    document.add_heading("市中区重点项目", 1)
    document.add_paragraph(BODY)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "活力区", "520亿元"
    document.add_paragraph("项目已于上月开工。")
    document.save(str(tmp_path / "a.docx"))
    article = read_one(tmp_path / "a.docx")
    assert article.title == "市中区重点项目"
    assert words(article, "body") == [BODY, "| 活力区 | 520亿元 |", "项目已于上月开工。"]


def pdf(*pages: str, extra: str = "") -> bytes:
    """Return a PDF with one line of text a page; ``extra`` goes into the trailer."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    data, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{o:010d} 00000 n \n" for o in offsets)
    data += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {extra} >>\nstartxref\n{start}\n%%EOF\n"
    return data.encode("latin-1")


def test_pdf_keeps_where_its_pages_start(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("The first page is here.", "The second page has 520 words."))
    article = read_one(path)
    assert len(article.pages) == 2
    assert article.text[article.pages[1] :].startswith("The second page")


# With this owner and user entry no password opens it; nothing needs to be encrypted for that to show.
LOCK = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O ({'o' * 32}) /U ({'u' * 32}) >> /ID [(a) (a)]"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pdf("Some words.")[:200], "PDF"),
        (b"not a pdf", "PDF"),
        (pdf("Some words.", extra=LOCK), "密码"),
        (pdf(""), "OCR"),
    ],
    ids=["truncated", "not a pdf", "locked", "no text"],
)
def test_a_pdf_that_cannot_be_read_is_named(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    (skipped,) = read(path)
    assert isinstance(skipped, Skipped)
    assert why in skipped.why


def test_records_of_jsonl_are_articles(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    records = [
        {"id": "n1", "text": BODY, "title": "活力区", "date": "2023/2/7 10:22", "source": "济南日报"},
        {"id": 2, "text": f"无标题。\r\n{BODY}", "title": None},
    ]
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n\n", encoding="utf-8")
    one, two = read(path)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.id, one.source, one.title) == ("n1", "济南日报", "活力区")
    assert one.published is not None
    assert one.published.date == "2023-02-07"
    assert (two.id, two.source, two.text) == ("2", "news.jsonl", f"无标题。\n{BODY}")


def test_the_folders_of_a_file_and_the_tags_of_a_record_are_tags(tmp_path: Path) -> None:
    (tmp_path / "日报" / "财经").mkdir(parents=True)
    (tmp_path / "日报" / "a.txt").write_text(BODY, encoding="utf-8")
    given = [["要闻", " 财经", "", 7], "要闻，民生、 gdp;财经", "", None, 7, {"a": 1}]
    lines = [json.dumps({"id": number, "text": BODY, "tags": tags}) for number, tags in enumerate(given)]
    (tmp_path / "日报" / "财经" / "b.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "c.csv").write_text(f"id,text,tags\nc,{BODY},要闻|民生\n", encoding="utf-8")
    found = [article for file in find_files([tmp_path]) for article in read_articles(file)]
    tags = {article.id: article.tags for article in found if isinstance(article, Article)}
    assert tags == {
        "日报/a.txt": ("日报",),
        "0": ("日报", "财经", "要闻"),
        "1": ("日报", "财经", "要闻", "民生", "gdp"),
        **dict.fromkeys("2345", ("日报", "财经")),
        "c": ("要闻", "民生"),
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_records_of_csv_are_articles(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "news.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["ID", "Title", "Text"], ["n1", "活力区", f"{BODY}\n\n第二段,有逗号。"], ["n2", "", BODY]])
    one, two = read(path)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.id, one.title, one.text) == ("n1", "活力区", f"{BODY}\n\n第二段,有逗号。")


def test_a_bad_record_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    good = json.dumps({"id": "n1", "text": BODY}, ensure_ascii=False).encode()
    lines = [
        good,
        b"{",
        b"[1]",
        b'{"id": "x"}',
        good,
        b'{"id": "y", "text": "\xe4\xb8"}',
        b'{"id": "z", "text": "\\ud800"}',
        b"[" * 100_000,
    ]
    path.write_bytes(b"\n".join(lines))
    found = read(path)
    assert [type(each).__name__ for each in found] == ["Article"] + ["Skipped"] * 7
    reasons = {each.source: each.why for each in found if isinstance(each, Skipped)}
    assert "JSON" in reasons["news.jsonl:2"]
    assert "list" in reasons["news.jsonl:3"]
    assert "text" in reasons["news.jsonl:4"]
    assert "第 1 行" in reasons["news.jsonl:5"]


BAD = {
    "empty.txt": b"",
    "blank.txt": " \n\u3000\n".encode(),
    "binary.txt": bytes(range(256)) * 20,
    "picture.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(255)) * 9,
    "broken.txt": (BODY * 40).encode()[:1500] + b"\xff\xfe" + (BODY * 40).encode()[1500:],
    "japanese.txt": ("東京都は新しい鉄道の建設を始めた。" * 20).encode("shift_jis") + b"\xff",
    "empty.html": b"<html></html>",
    "script.html": b"<html><script>alert(1)</script></html>",
    "no.docx": b"PK\x03\x04 no archive",
    "doc.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "empty.jsonl": b"",
    "empty.csv": b"id,text\n",
    "columns.csv": b"a,b\n1,2\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_line_that_says_why(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    (skipped,) = read(path)
    assert isinstance(skipped, Skipped)
    assert skipped.source.startswith(name)
    assert len(skipped.why) > 5
    assert "\n" not in skipped.why


def test_a_broken_byte_is_located(tmp_path: Path) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(BAD["broken.txt"])
    (skipped,) = read(path)
    assert isinstance(skipped, Skipped)
    assert "1,501" in skipped.why


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    (skipped,) = read(path)
    assert isinstance(skipped, Skipped)
    assert "200 MB" in skipped.why


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(BODY, encoding="utf-8")
    (file,) = find_files([tmp_path])
    path.unlink()
    (skipped,) = read_articles(file)
    assert isinstance(skipped, Skipped)
    assert "不存在" in skipped.why


def test_html_of_a_million_tags_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<p>" + "<i>" * 300_000 + BODY + "</i>" * 300_000 + "<script>" * 400_000, encoding="utf-8")
    assert read_one(path).text.strip() == BODY
