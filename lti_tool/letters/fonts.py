"""Which signs can be printed.

The typesetter brings its own fonts (Libertinus Serif, New Computer Modern, DejaVu Sans Mono), so that a letter looks
the same on every server. They have the Latin, Greek, Cyrillic, Hebrew and Arabic alphabets and more, but no emoji and
no Chinese, Japanese or Korean. PDF/UA-1 forbids a sign without a picture, and the typesetter then refuses the whole
letter. So before that: emoji and other symbols are left out, and a letter of an alphabet that no font has becomes "□",
which shows that something is missing. Nothing else of the text changes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import typst

MISSING = "□"
_JOINERS = "\u200c\u200d"  # part of how some alphabets are written
_ALWAYS = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201d\u2026]*")
_PROBE = b'#set document(title: "-")\n#sys.inputs.sign'


def printable(text: str) -> str:
    """`text` on one line, with signs that the fonts have."""
    if _ALWAYS.fullmatch(text):
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(_replaced(sign) for sign in composed).split())


def lacks_letters(text: str) -> bool:
    """Whether some letter of the text can only be printed as "□"."""
    return MISSING in printable(text.replace(MISSING, ""))


@lru_cache(maxsize=4096)
def _replaced(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in {"Zs", "Zl", "Zp"} or sign in "\t\n\r":
        return " "
    if kind[0] == "C":  # control, direction, private and unknown signs
        return sign if sign in _JOINERS else ""
    if _ALWAYS.fullmatch(sign) or _has_picture(sign):
        return sign
    return MISSING if kind[0] in "LN" else ""


def _has_picture(sign: str) -> bool:
    try:
        typst.compile(_PROBE, sys_inputs={"sign": sign}, pdf_standards="ua-1", ignore_system_fonts=True)
    except typst.TypstError:
        return False
    return True
