"""The lines of the installation's secret."""

from __future__ import annotations

import pytest

from lti_tool.launch.secrets import secret_lines


@pytest.mark.parametrize(
    ("secret", "lines"),
    [
        ("one", ["one"]),
        ("new\nold\n", ["new", "old"]),
        ("\n\n new \n\n\told\r\n \n", ["new", "old"]),
        ("   ", ["   "]),
    ],
)
def test_an_empty_line_is_no_secret(secret: str, lines: list[str]) -> None:
    assert secret_lines(secret) == lines
