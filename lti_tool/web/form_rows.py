"""Forms with one choice for each row of a table."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

_LONGEST_KEY = 18


def chosen(form: MultiDict[str, str], what: str) -> dict[int, str | None]:
    """The fields "<what>-<key of the row>"; an empty one means that nothing is chosen."""
    fields = (
        (name.removeprefix(f"{what}-"), value) for name, value in form.items() if name.startswith(f"{what}-")
    )
    return {int(key): value or None for key, value in fields if key.isdecimal() and len(key) <= _LONGEST_KEY}


def ticked(form: MultiDict[str, str], what: str) -> set[int]:
    """The keys of the rows whose box `what` is ticked; a value that is no key stands for a row that is not there."""
    return {
        int(value) if value.isascii() and value.isdecimal() and len(value) <= _LONGEST_KEY else -1
        for value in form.getlist(what)
    }
