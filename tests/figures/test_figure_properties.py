"""Whatever the value and however it is written, it is read back; and no text is too odd."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from rag._figures import find_figures, same

HAN = "零一二三四五六七八九"
CLASSIFIERS = ["家", "个", "户", "人", "人次", "件", "亩", "元", "美元", "平方米", "公里", "吨", "千瓦时", "%"]
ODD = (
    "0123456789.,，％%-—~至到年月日时点个家元亿万千百十一二三四五两半第约近超余多以上不足增长下降分之成倍〇零"
    "￥$[]“”\u202e\u200b😀 aG\n"
)


def in_han(value: int) -> str:
    """``value`` under 10^12 as Chinese writes it."""
    for scale, name in ((10**8, "亿"), (10**4, "万")):
        if value >= scale:
            head, rest = divmod(value, scale)
            gap = "零" if rest and rest < scale // 10 else ""
            return in_han(head) + name + (gap + in_han(rest) if rest else "")
    text, gap = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        place = value // scale % 10
        if place:
            text += ("零" if gap and text else "") + HAN[place] + name
        gap = place == 0
    return text


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isdigit() else char for char in text)


@given(st.integers(2, 10**12 - 1), st.sampled_from(CLASSIFIERS))
def test_a_value_is_read_back_from_any_notation(value, unit):
    figures = [
        find_figures(written + unit) for written in (str(value), f"{value:,}", full_width(str(value)), in_han(value))
    ]
    first = figures[0][0]
    assert first.text == f"{value}{unit}"
    for found in figures:
        assert len(found) == 1
        assert (found[0].value, found[0].unit) == (first.value, first.unit)
        assert same(found[0], first) in ("exact", "converted")


@given(
    st.integers(1, 99999), st.integers(0, 3), st.sampled_from(["万", "亿", "万亿", ""]), st.sampled_from(CLASSIFIERS)
)
def test_decimals_and_scales_are_exact(digits, places, scale, unit):
    value = Fraction(digits, 10**places)
    written = f"{digits / 10**places:.{places}f}"
    (bare,) = find_figures(f"1{unit}")
    (found,) = find_figures(f"总计{written}{scale}{unit}，")
    assert found.value == value * {"万": 10**4, "亿": 10**8, "万亿": 10**12, "": 1}[scale] * bare.value


@given(st.integers(1, 999), st.integers(1, 9), st.sampled_from(CLASSIFIERS))
def test_another_value_is_never_the_same(value, more, unit):
    (one,), (other,) = find_figures(f"{value}{unit}"), find_figures(f"{value + more}{unit}")
    assert same(one, other) is None


@given(st.dates())
def test_dates_are_read_back(day):
    written = [f"{day.year:04d}年{day.month}月{day.day}日", f"{day.year:04d}-{day.month:02d}-{day.day:02d}"]
    if day.year >= 1900 and day.year < 2100:
        assert [[figure.iso for figure in find_figures(text)] for text in written] == [[day.isoformat()]] * 2


@settings(max_examples=300)
@given(st.text(alphabet=ODD, max_size=60))
def test_any_text_gives_figures_in_order(text):
    found = find_figures(text, indefinite=True)
    ends = [0, *(figure.span.end for figure in found)]
    assert all(end <= figure.span.start < figure.span.end for end, figure in zip(ends, found, strict=False))
    assert all(figure.span.of(text) == figure.text == figure.text.strip() for figure in found)
    assert all((figure.value is None) != (figure.start is None) for figure in found)
    for figure in found:
        same(figure, figure)


def test_long_runs_are_no_numbers_and_do_no_harm():
    # Ten million digits, endless scales: what is quadratic would not come to an end here.
    for run in (
        "7" * 10_000_000,
        "亿亿亿万" * 250_000,
        "一" * 1_000_000,
        "1-" * 500_000,
        "[1" * 20_000,
        "第" * 100_000,
    ):
        assert all(len(figure.text) <= 100 for figure in find_figures(run))
