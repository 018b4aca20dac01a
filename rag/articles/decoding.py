"""Bytes -> text: UTF-8, UTF-16 and GB18030, with and without a byte order mark. Nothing is guessed at a loss."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x7f\ufffe\uffff]")
_USUAL = re.compile(r"[\t\n\r -~\xa0-ɏ‐-‧　-〿㐀-鿿\uff00-\uffef]")
_BINARY = "内容是二进制而不是文字；请导出为文本后再加入 (binary, not text)"
_SAMPLE = 1 << 16  # bytes or characters


class UndecodableError(ValueError):
    """The bytes are no text that we read; the message is for the user."""


def sniff(head: bytes, *, whole: bool = False) -> tuple[str, int]:
    """Return the encoding of a text that begins with ``head``, and the length of its byte order mark.

    Raises ``UndecodableError`` for what is not text. ``whole`` says that ``head`` is all there is.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if 0 in head[:_SAMPLE]:
        # No other text has zero bytes; UTF-16 has one in each line end, space and digit.
        return _utf16(head[:_SAMPLE]), 0
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text[:_SAMPLE]):
            raise UndecodableError(_BINARY)
        return encoding, 0
    # Neither fits. Text in UTF-8 with broken bytes is still UTF-8; what is mostly broken is something else.
    text = head.decode("utf-8", "replace")
    broken = text.count("�")
    if broken * 10 > sum(not char.isascii() for char in text) or _CONTROL.search(text[:_SAMPLE]):
        raise UndecodableError(_other(head))
    return "utf-8", 0


def _utf16(sample: bytes) -> str:
    """Return which UTF-16 ``sample`` is in, by what its characters would be."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) & ~1].decode(encoding, "replace")
        if len(_USUAL.findall(text)) > 0.9 * len(text) and not _CONTROL.search(text):
            return encoding
    raise UndecodableError(_BINARY)


def _other(head: bytes) -> str:
    """Name the encoding that ``head`` seems to be in, for the user to convert."""
    from charset_normalizer import from_bytes

    best = from_bytes(head[:_SAMPLE]).best()
    seems = f"，像是 {best.encoding}" if best else ""
    return f"编码必须是 UTF-8、UTF-16 或 GB18030{seems}；请另存为 UTF-8 (unknown encoding: save as UTF-8)"


def decode(data: bytes) -> str:
    """Return the text of ``data``; raises ``UndecodableError``, naming the first bad byte, where a part is broken."""
    encoding, skip = sniff(data, whole=True)
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        raise UndecodableError(
            f"第 {error.start + skip + 1:,} 字节起不是合法的 {encoding.upper()}；请用编辑器改正这一处并另存为 UTF-8 "
            f"(invalid {encoding.upper()} at byte {error.start + skip + 1:,}: correct it and save as UTF-8)"
        ) from None


def normalise(text: str) -> str:
    r"""Return ``text`` with every line end as ``\n`` and no byte order mark before it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
