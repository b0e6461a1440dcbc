"""Shortening a text that would not fit: at the end of a sentence, else between two words."""

from __future__ import annotations

import re

LONGEST_WORD = 24
_SENTENCE_END = re.compile(r"[.!?…]['\"”’»)]*(?=\s)")
_UNBROKEN = re.compile(rf"\S{{{LONGEST_WORD},}}")
_MAY_BREAK = "\u200b"  # zero width space


def shortened(text: str, longest: int) -> str:
    """`text` with at most `longest` characters.

    It ends with a whole sentence where at least half of the room is used by whole sentences; elsewhere between two
    words with "…", which says that there was more.
    """
    if len(text) <= longest:
        return text
    room = text[: longest + 1]
    ends = [found.end() for found in _SENTENCE_END.finditer(room)]
    if ends and ends[-1] >= longest // 2:
        return room[: ends[-1]]
    words, _, _rest = text[:longest].rpartition(" ")
    return (words if len(words) >= longest // 2 else text[: longest - 1]).rstrip(" ,;:–-") + "…"


def breakable(text: str) -> str:
    """`text` with places where words that are longer than a line may break."""
    return _UNBROKEN.sub(
        lambda found: _MAY_BREAK.join(
            found[0][start : start + LONGEST_WORD] for start in range(0, len(found[0]), LONGEST_WORD)
        ),
        text,
    )
