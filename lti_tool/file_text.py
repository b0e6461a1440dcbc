"""The text of a file that somebody sent: UTF-8 with a byte order mark or without, UTF-16, or Windows-1252.

Spreadsheets write all of these; which one it is, a file says only by how it begins.
"""

from __future__ import annotations

import codecs
import re
from enum import StrEnum

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A workbook (xlsx, ods: both are zip files) or an old xls file.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# What Excel puts first to remember the delimiter.
_DELIMITER_NOTE = re.compile(r"\"?sep=.\"?[\r\n]+", re.IGNORECASE)


class NotText(ValueError):
    """The file holds no text, and `why` says what it is instead."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(why.value)


class Why(StrEnum):
    """What a file is that is not text."""

    EMPTY = "empty"
    WORKBOOK = "workbook"
    OTHER = "other"


def text_of_file(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding was guessed. Raises NotText."""
    if not content.strip():
        raise NotText(Why.EMPTY)
    if content.startswith(_WORKBOOKS):
        raise NotText(Why.WORKBOOK)
    text, guessed = _decoded(content)
    if _NO_TEXT.search(text):
        raise NotText(Why.OTHER)
    noted = text[:5].casefold().lstrip('"').startswith("sep=")
    return _DELIMITER_NOTE.sub("", text, count=1) if noted else text, guessed


def _decoded(content: bytes) -> tuple[str, bool]:
    for encoding in ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding), encoding == "cp1252"
        except UnicodeDecodeError:
            continue
    raise NotText(Why.OTHER)
