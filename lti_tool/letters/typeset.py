"""Letters as one PDF: a tagged A5 page for each, in the order given.

The texts go to the typesetter as JSON, so that nothing in them is markup; it opens no file but its template, and no
address. PDF/UA-1 (ISO 14289-1) asks for a title, a language and tags; typst writes no file that lacks one of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import segno

from lti_tool.letters.compiling import compile_apart, compile_here, picture_of
from lti_tool.letters.fonts import printable
from lti_tool.letters.letter import Kind, Letter, Link, Part, Passage
from lti_tool.letters.shortening import breakable, shortened

# How many characters of each text are left at each step of shortening, and of what a person wrote, which goes last.
# With the last step a page has room even for the widest signs.
_CUTS = (
    (900, 900),
    (700, 700),
    *((cut, 600) for cut in (540, 420, 340, 270, 210, 160, 120, 90, 60)),
    (60, 200),
)
_LONGEST_NOTE = 120
_MOST_HERE = 3


def typeset(letters: Sequence[Letter], *, title: str, language: str) -> bytes:
    """One PDF with a page for each letter; `title` and `language` are those of the whole file."""
    compiled = compile_here if len(letters) <= _MOST_HERE else compile_apart
    return compiled(_document(letters, title, language))


def picture(letter: Letter, *, dots_per_inch: float = 144) -> bytes:
    """The page of a letter as PNG."""
    return picture_of(_document([letter], letter.heading, letter.language), dots_per_inch)


def _document(letters: Sequence[Letter], title: str, language: str) -> str:
    return json.dumps(
        {
            "title": printable(title) or "Waymark",
            "language": language,
            "cuts": len(_CUTS) + 1,
            "letters": [_letter(letter) for letter in letters],
        },
        ensure_ascii=False,
    )


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "language": letter.language,
        "heading": _passage(Passage(letter.heading)),
        "course": _passage(letter.course),
        "day": printable(letter.day),
        "parts": [_part(part) for part in letter.parts],
        "foot": printable(letter.foot),
        "link": _link(letter.link) if letter.link else None,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "heading": printable(part.heading),
        "passages": [_passage(passage, part.kind is Kind.MESSAGE) for passage in part.passages],
        "note": breakable(shortened(printable(part.note), _LONGEST_NOTE)),
    }


def _passage(passage: Passage, is_a_persons: bool = False) -> dict[str, Any]:
    """The text as it is, then at each step of shortening; once where it is short enough for all of them."""
    text = printable(passage.text)
    forms = [text, *(shortened(text, cut[is_a_persons]) for cut in _CUTS)]
    if forms[-1] == text:
        del forms[1:]
    return {"language": passage.language, "texts": [breakable(form) for form in forms]}


def _link(link: Link) -> dict[str, str]:
    drawn = io.BytesIO()
    segno.make(link.address, micro=False, error="m").save(drawn, kind="svg", border=2)
    return {
        "address": breakable(link.address),
        "sentence": printable(link.sentence),
        "alt": printable(link.picture),
        "picture": drawn.getvalue().decode(),
    }
