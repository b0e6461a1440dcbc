"""Texts that are cut with care."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.letters.shortening import LONGEST_WORD, breakable, shortened


def test_a_text_ends_with_a_whole_sentence_where_one_fits() -> None:
    text = "Share the bread. Say “how much?” Then share five slices among four."
    assert shortened(text, 34) == "Share the bread. Say “how much?”"
    assert shortened(text, len(text)) == text


def test_else_it_ends_between_two_words_and_says_so() -> None:
    assert shortened("Yes. Then a sentence that goes on and on and on", 30) == "Yes. Then a sentence that…"
    assert shortened("x" * 100, 10) == "x" * 9 + "…"
    assert shortened("3.5 metres of rope, twice", 20) == "3.5 metres of rope…"


@given(st.text(alphabet="abc .?”…,\n", max_size=200), st.integers(min_value=2, max_value=120))
def test_it_is_never_longer_and_never_says_anything_else(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest
    assert short == text or text.startswith(short) or (short.endswith("…") and text.startswith(short[:-1]))


@given(st.text(alphabet="ab ", max_size=120))
def test_long_words_may_break_and_nothing_else_changes(text: str) -> None:
    broken = breakable(text)
    assert broken.replace("\u200b", "") == text
    assert all(len(piece) <= LONGEST_WORD for piece in broken.replace("\u200b", " ").split())
