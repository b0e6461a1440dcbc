"""Names of people as files write them, and how two of them are compared."""

from __future__ import annotations

import unicodedata

# The same sign, typed in different ways.
_SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‐": "-", "‑": "-", "–": "-"})


def folded_name(name: str) -> str:
    """A name without regard to case, spacing and the way in which its letters are encoded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.translate(_SIGNS).split())


def sorted_name(given: str, family: str) -> str:
    """ "Morales, Ana"; one of both where the other is empty."""
    return ", ".join(part for part in (" ".join(family.split()), " ".join(given.split())) if part)


def spoken_name(name: str) -> tuple[str, ...]:
    """The ways to say a sorted name in full: "Morales, Ana" is "Ana Morales".

    A name without a comma is said as it stands.
    """
    family, comma, given = name.partition(",")
    return (f"{given.strip()} {family.strip()}",) if comma and given.strip() else (name,)
