"""What somebody typed into a field, as it is kept: no signs that nobody sees and that turn round or spoil what stands beside.

Control characters reach pages, letters, exports and other programs; overrides and isolates of direction (Unicode UAX #9)
let a text read other than it is written. Alphabets that are written from right to left need none of them.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cs", "Co"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_END = re.compile("\r\n?")


def typed_text(text: str) -> str:
    """`text` with its lines, without what cannot be seen, and without space around it."""
    lines = _LINE_END.sub("\n", text).replace("\t", " ")
    return "".join(sign for sign in lines if sign == "\n" or not _is_unseen(sign)).strip()


def typed_line(text: str) -> str:
    """The same on one line, with single spaces."""
    return " ".join(typed_text(text).split())


def _is_unseen(sign: str) -> bool:
    return sign in _TURNING or unicodedata.category(sign) in _UNSEEN
