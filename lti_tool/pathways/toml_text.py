"""A document as TOML text and back (toml.io, v1.0.0). The standard library reads TOML and does not write it.

Written are the shapes that documents have: tables, lists of tables, and values in them. Text stands in basic strings,
over several lines where it has them; JSON's escapes for such strings are TOML's, too.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from lti_tool.pathways.problems import Problem
from lti_tool.pathways.toml_tables import Row

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = re.compile(r" *\(at (?:line (\d+), column \d+|end of document)\)$")
_DEEPEST = 32


class TomlError(ValueError):
    """The text is no TOML; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def read_toml(text: str) -> dict[str, Any]:
    """The document in TOML text; its tables in lists know their lines. Raises TomlError."""
    try:
        document = tomllib.loads(text)
        plain: dict[str, Any] = _plain(document)
    except RecursionError:
        raise TomlError(Problem("toml.deep", "The tables are nested too deeply to be a skill map.")) from None
    except ValueError as error:
        place = _PLACE.search(str(error))
        said = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place and place[1] else None
        problem = Problem("toml.syntax", f"This is not TOML: {said}. Correct it there.", line=line)
        raise TomlError(problem) from None
    return {name: _with_lines(text, name, value) for name, value in plain.items()}


def write_toml(document: Mapping[str, Any]) -> str:
    """TOML text that reads as the document. Values that are neither text, number, flag, list nor table are refused."""
    lines = [line for name, value in document.items() for line in _section((name,), value)]
    return "\n".join(lines).strip("\n") + "\n"


def _section(path: tuple[str, ...], value: Any) -> Iterator[str]:
    name = ".".join(_key(part) for part in path)
    if isinstance(value, Mapping):
        yield from ("", f"[{name}]")
        yield from _table(path, value)
    elif _is_tables(value):
        for row in value:
            yield from ("", f"[[{name}]]")
            yield from _table(path, row)
    else:
        raise TypeError(f"{name} is neither a table nor a list of tables")


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    """Plain values first: what stands after the heading of an inner table belongs to that one."""
    inner = {key: value for key, value in table.items() if key == "questions" and _is_tables(value)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _section((*path, key), value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(_value(entry) for entry in value)}]"
        case Mapping():
            pairs = (f"{_key(key)} = {_value(inner)}" for key, inner in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written")


def _text(text: str) -> str:
    if "\n" not in text:
        return _string(text)
    return '"""\n' + "\n".join(_string(line)[1:-1] for line in text.split("\n")) + '"""'


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(value: Any, depth: int = 0) -> Any:
    """The same with dates as text and without infinite numbers: what JSON can hold."""
    if depth > _DEEPEST:
        raise RecursionError
    match value:
        case dict():
            return {key: _plain(inner, depth + 1) for key, inner in value.items()}
        case list():
            return [_plain(inner, depth + 1) for inner in value]
        case float() if not math.isfinite(value):
            raise ValueError("a number is infinite or not a number")
        case str() | int() | float():
            return value
        case _:
            return str(value)


def _with_lines(text: str, name: str, value: Any) -> Any:
    """Tables of [[name]] with the line of their heading; unknown where headings and tables do not agree in number."""
    if not _is_tables(value):
        return value
    heading = re.compile(rf"[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]")
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if heading.match(line)]
    if len(lines) != len(value):
        return value
    return [Row(row, line) for row, line in zip(value, lines, strict=True)]
