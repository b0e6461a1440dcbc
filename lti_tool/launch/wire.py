"""Values of a message as they arrive -> values that are safe to keep and to show.

Nothing is trusted to have the type that the specification gives it; what is unusable counts as absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from lti_tool.launch.vocab import LONGEST_ID

_LONGEST_TEXT = 255
_JOINERS = "\u200c\u200d"
_DEEPEST = 64


def read_json(raw: bytes) -> Any:
    """The value that a JSON text of somebody else's making holds (RFC 8259).

    Raises ValueError for what is none, and for what Python or JSON would take but no database and no page
    does: NaN and infinite numbers, halves of a surrogate pair, nesting deeper than 64.
    """
    try:
        value = json.loads(raw, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_deep(value):
        raise ValueError("nested too deep")
    if b"\\ud" in raw.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return bool(level)


def wire_id(value: object) -> str:
    """An identifier as text, whatever JSON type it was sent as; empty when it is not usable.

    Moodle sends some ids as numbers in one place and as strings in another.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else ""


def wire_ids(values: Iterable[object], *, most: int) -> tuple[str, ...]:
    """The usable identifiers among the first `most` values, each once, in their order."""
    taken = (value.strip() if isinstance(value, str) else value for value in islice(values, most))
    return tuple(dict.fromkeys(found for found in map(wire_id, taken) if found))


def wire_object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under this name; empty when there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def wire_list(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def wire_words(value: object) -> tuple[str, ...]:
    """The texts in a list; empty when it is none."""
    return tuple(item for item in wire_list(value) if isinstance(item, str))


def wire_string(value: object) -> str:
    """A text in which nothing may be changed, such as an address; empty when it cannot be used."""
    return value if isinstance(value, str) and value.isprintable() else ""


def wire_text(value: object) -> str:
    """A name or title to show, cut to length.

    Control characters and reversed writing are dropped; the two joiners that names in several scripts
    need are kept.
    """
    if not isinstance(value, str):
        return ""
    kept = (char if char.isprintable() or char in _JOINERS else " " for char in value if char != "\0")
    return " ".join("".join(kept).split())[:_LONGEST_TEXT]
