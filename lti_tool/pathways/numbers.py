"""Reads the numbers that learners write: 3.5 · 3,5 · 7/2 · 3 1/2 · 3½ · −4 · 1,200 · 50 % · $2.40 · 12 miles."""

import re
import unicodedata
from fractions import Fraction

_VULGAR = re.compile("[¼-¾⅐-⅞]")
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*(?:"
    r"(?:(?P<whole>\d{1,12})\s+)?(?P<top>\d{1,12})\s*/\s*(?P<bottom>\d{1,12})"
    r"|(?P<plain>\d{1,3}(?: \d{3})+(?:[.,]\d{1,9})?|[\d.,]{1,24})"
    r")"
)
_MORE_NUMBERS = re.compile(r"^[:=+*·×.,\d-]|\s\d")
"""What follows is not a unit: a ratio, a sum, a second number."""
_CURRENCY = re.compile(r"^([-+]?)\s*[$€£¥]\s*")


class NotANumberError(ValueError):
    """The text cannot be read as one number, with or without a unit."""


def read_number(text: str) -> tuple[frozenset[Fraction], str]:
    """All sensible readings of a written number, and the unit behind it (folded, "" when there is none).

    "1,200" has two readings, because a comma groups thousands in some countries and marks decimals in others;
    "3,5" and "0,125" have one. A percent sign is a unit.
    """
    folded = _CURRENCY.sub(r"\1", fold(text)).rstrip(".")
    match = _NUMBER.match(folded)
    if match is None:
        raise NotANumberError(text)
    values = _readings(match)
    unit = folded[match.end() :].strip()
    if not values or _MORE_NUMBERS.search(unit):
        raise NotANumberError(text)
    sign = -1 if match["sign"] == "-" else 1
    return frozenset(sign * value for value in values), same_unit(unit)


def fold(text: str) -> str:
    """Case, width and spaces evened out; vulgar fractions and minus signs written in plain characters."""
    spread = _VULGAR.sub(lambda match: " " + match[0], text)
    plain = unicodedata.normalize("NFKC", spread).replace("⁄", "/").replace("−", "-").replace("–", "-")
    return " ".join(plain.casefold().split())


def same_unit(unit: str) -> str:
    """A unit in the form in which two spellings of it compare equal: "/ hour" and "per hour", "miles." and "miles"."""
    per = re.sub(r"\s*/\s*", " per ", fold(unit))
    return " ".join(per.rstrip(".").split())


def _readings(match: re.Match[str]) -> set[Fraction]:
    if match["top"]:
        bottom = int(match["bottom"])
        if bottom == 0:
            return set()
        return {int(match["whole"] or 0) + Fraction(int(match["top"]), bottom)}
    return _plain_readings(match["plain"].replace(" ", ""))


def _plain_readings(digits: str) -> set[Fraction]:
    """Readings of digits with points and commas; the mark that comes last is the decimal one when both occur."""
    if not any(character.isdigit() for character in digits):
        return set()
    marks = [character for character in digits if character in ".,"]
    if len(set(marks)) == 2:
        decimal = marks[-1]
        if marks.count(decimal) > 1:
            return set()
        grouped, _, rest = digits.rpartition(decimal)
        return _decimal(grouped, rest) if _is_grouped(grouped, marks[0]) else set()
    if len(marks) > 1:
        return _decimal(digits, "") if _is_grouped(digits, marks[0]) else set()
    if not marks:
        return {Fraction(int(digits))}
    whole, _, rest = digits.partition(marks[0])
    readings = _decimal(whole, rest)
    if marks[0] == "," and _is_grouped(digits, ","):
        readings |= _decimal(digits, "")
    return readings


def _is_grouped(digits: str, mark: str) -> bool:
    return re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+", digits) is not None


def _decimal(whole: str, rest: str) -> set[Fraction]:
    figures = re.sub(r"\D", "", whole)
    return {Fraction(int((figures or "0") + rest), 10 ** len(rest))}
