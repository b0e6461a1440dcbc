"""What other systems send, made safe to keep: JSON that Python would read and nothing else can hold."""

from __future__ import annotations

import json

import pytest

from lti_tool.launch.wire import read_json, wire_string, wire_text


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + closing * depth


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": -Infinity}',
        b"[1e999]",
        b'["\\ud800"]',
        b'["\\uDFFF"]',
        b"1" * 5000,
        nested(66),
        nested(970),
        nested(100_000),
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b"\xff",
    ],
)
def test_what_no_database_or_page_takes_is_no_json(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever the reason
        read_json(raw)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, "a", "\U0001f600", 1.5, 10**40, [[]] * 200, {"a": [{"b": [1, 2, {"c": None}]}] * 40}],
)
def test_what_is_json_comes_out_as_it_went_in(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


def test_sixty_four_levels_are_read() -> None:
    assert read_json(nested(64))


@pytest.mark.parametrize("value", ["https://lms.example/\n", "a\0b", "\u202e", 7, None, ["a"]])
def test_an_address_that_cannot_be_printed_is_none(value: object) -> None:
    assert wire_string(value) == ""
    assert wire_string(" https://lms.example/a b ") == " https://lms.example/a b "


def test_a_name_loses_a_nul_without_a_gap_and_gets_one_space_for_other_control_characters() -> None:
    assert wire_text("An\0n\n\tAlpha\x07") == "Ann Alpha"
