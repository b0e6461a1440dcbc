"""Signs that can be printed, and what becomes of the others."""

from __future__ import annotations

import pytest

from lti_tool.letters.fonts import printable


@pytest.mark.parametrize(
    "text",
    [
        "Chloé Dubois, Elif Yılmaz",
        "¿Qué? ¡Sí! “x” … –",
        "Δημήτρης",
        "Дмитрий",
        "שלום",
        "مرحبا",
        "½ ≥ → √2",
        "हिन्दी",
        "Nguyễn",
    ],
)
def test_what_the_fonts_have_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Bravo \U0001f600\U0001f3fd!", "Bravo !"),
        ("\U0001f469\u200d\U0001f3eb a teacher", "\u200d a teacher"),
        ("李 Wei", "□ Wei"),
        ("한글", "□□"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("un\x00seen\x1b\u202e\ufeff\ue000", "unseen"),
        ("e\u0301", "é"),
    ],
)
def test_what_they_lack_is_left_out_or_becomes_a_box(text: str, printed: str) -> None:
    assert printable(text) == printed
