"""Letters as PDF: one tagged A5 page for each, whatever the texts are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.letters.typeset import picture, typeset
from tests.letters.letters import letter, read, words_of

A5 = (419.53, 595.28)  # 148 by 210 mm in points
LONG = {
    "sentences": "Equal shares are easy to see and to say. " * 60,
    "one word": "W" * 600,
    "wide words": "WWWWWWWW " * 66,
    "lines": "\n".join(["a line"] * 100),
    "other letters": "Ωμέγα שלום мир " * 80,
}


def one(text: str, **more: Any) -> bytes:
    made = letter(text, **more)
    return typeset([made], title=made.heading, language=made.language)


def test_a_letter_is_a_tagged_page_of_a5_with_title_and_language() -> None:
    file = read(one("¿Qué es una razón?", language="es"))
    [page] = file.pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(A5, abs=0.5)
    root: Any = file.trailer["/Root"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "es"
    assert root["/MarkInfo"]["/Marked"]
    assert file.metadata is not None
    assert file.metadata.title == "Ana’s learning"
    assert file.metadata.author is None
    assert file.xmp_metadata is not None
    assert b"pdfuaid:part" in file.xmp_metadata.stream.get_data()


def test_every_part_is_there_in_its_order() -> None:
    text = words_of(one("Said here.", link=True))
    parts = [
        "Mathematics 6B",
        "Ana’s learning",
        "A message from Ms Rivera",
        "How it is going",
        "What is next",
    ]
    parts += ["15 minutes", "Ten minutes together", "A question to ask", "Until Mar 16.", "From the school’s"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.count("Said here.") == 8


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_letter_is_one_page_however_long_its_texts_are(text: str, link: bool) -> None:
    content = one(text, link=link, name="Maria-Fernanda " * 17)
    assert len(read(content).pages) == 1
    assert "From the school’s gradebook as of" in words_of(content)


def test_what_a_person_wrote_is_shortened_last() -> None:
    wrote = " ".join(f"Word{number}." for number in range(60))
    long = letter(LONG["sentences"])
    message = long.parts[0].__class__(
        long.parts[0].kind, "A message", (long.parts[0].passages[0].__class__(wrote),)
    )
    made = long.__class__("en", "Ana", long.course, "", (message, *long.parts[1:]))
    assert wrote in words_of(typeset([made], title="Ana", language="en"))


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        "*not bold* _nor this_",
        "$x^2$ and [brackets] {braces}",
        "\\ \" ' ` ~ @ <label> // no comment /* nor this */",
        "= no heading",
        "- no list",
        "https://no.link/ #h(1fr)",
    ],
)
def test_nothing_in_a_text_is_markup(text: str) -> None:
    assert words_of(one(text)).count(text) == 8


def test_letters_from_right_to_left_are_there_and_emoji_are_left_out() -> None:
    assert "Well done !" in words_of(one("Well done \U0001f389!"))
    assert "שלום" in words_of(one("שלום")) or "םולש" in words_of(one("שלום"))
    assert "For □□ too" in words_of(one("For 李明 too"))


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=80))
def test_any_text_at_all_gives_one_page(text: str) -> None:
    assert len(read(one(text, name=text)).pages) == 1


def test_a_class_is_one_file_in_the_order_given() -> None:
    names = [f"Child{number:02}" for number in range(30)]
    file = read(typeset([letter(name=name) for name in names], title="Letters", language="en"))
    assert [page.extract_text().split("’s learning")[0].split()[-1] for page in file.pages] == names
    outline: list[Any] = file.outline[0:1]
    assert outline[0]["/Title"] == "Child00’s learning"


def test_a_letter_can_be_a_picture() -> None:
    assert picture(letter(), dots_per_inch=30).startswith(b"\x89PNG")
