"""A letter to test with, and what a finished file says."""

from __future__ import annotations

import io

from pypdf import PdfReader

from lti_tool.letters.letter import Kind, Letter, Link, Part, Passage


def letter(
    text: str = "Ana showed it again.", *, name: str = "Ana", language: str = "en", link: bool = False
) -> Letter:
    """A letter with every part, each saying `text`."""
    passages = (Passage(text, "en"),)
    return Letter(
        language=language,
        heading=f"{name}’s learning",
        course=Passage("Mathematics 6B", "en"),
        day="Mar 2, 2026",
        parts=(
            Part(Kind.MESSAGE, "A message from Ms Rivera", passages, "Mar 2, 2026"),
            Part(Kind.FACTS, "How it is going", passages * 3),
            Part(Kind.STEP, "What is next", passages * 2, "15 minutes"),
            Part(Kind.PLAIN, "Ten minutes together", passages),
            Part(Kind.QUESTION, "A question to ask", passages),
        ),
        foot="From the school’s gradebook as of Mar 2, 2026.",
        link=Link("https://tool.example/r/" + "x" * 43, "Until Mar 16.", "A code") if link else None,
    )


def read(content: bytes) -> PdfReader:
    """The file, opened."""
    return PdfReader(io.BytesIO(content))


def words_of(content: bytes) -> str:
    """All words of a file with one space between them, and none where a long word was broken."""
    text = " ".join(page.extract_text() for page in read(content).pages)
    return " ".join(text.replace("\u200b", "").split())
