"""The choice of the tests that could notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.baseline import Baseline, Executed
from tests.mutation.choice import chooser
from tests.mutation.guards import find_guards

FILE = "lti_tool/launch/door.py"
DOOR = """\
LONGEST = 10
MOST = 3
_WORDS = f"at most {MOST}"

def knock(times=LONGEST):
    return times

def say():
    return _WORDS

def wait():
    return 1

_QUERY = select(Row).where(Row.school == 1)
_FOUND = Prepared(_QUERY)

def find():
    return _FOUND.first()
"""


def chosen(root: Path, limit: str, *tests: Executed) -> list[str]:
    """The tests for a limit of the module."""
    (root / FILE).parent.mkdir(parents=True)
    (root / FILE).write_text(DOOR)
    [guard] = [guard for guard in find_guards(FILE, DOOR.encode()) if guard.text.startswith(limit)]
    return chooser(root, Baseline(tests, ())).tests_for(guard)[0]


def ran(name: str, line: int, *, seconds: float = 1.0) -> Executed:
    return Executed(f"tests/launch/{name}.py::test", seconds, frozenset({(FILE, line)}))


@pytest.mark.parametrize(("limit", "line"), [("LONGEST", 6), ("MOST", 9)])
def test_a_limit_is_in_use_where_it_is_a_default_or_part_of_another_constant(
    tmp_path: Path, limit: str, line: int
) -> None:
    executed = [ran(f"test_{number}", number) for number in (6, 9, 12)]
    assert chosen(tmp_path, limit, *executed) == [f"tests/launch/test_{line}.py::test"]


def test_a_statement_of_the_module_is_in_use_where_what_was_made_of_it_is(tmp_path: Path) -> None:
    executed = [ran(f"test_{number}", number) for number in (12, 18)]
    assert chosen(tmp_path, "where without", *executed) == ["tests/launch/test_18.py::test"]


def test_the_module_s_own_tests_come_first_then_the_quick_ones(tmp_path: Path) -> None:
    slow, quick = ran("test_slow", 9, seconds=2), ran("test_quick", 9)
    own, guards = ran("test_door", 9, seconds=4), ran("test_guards_door", 9, seconds=3)
    found = chosen(tmp_path, "MOST", slow, quick, own, guards)
    assert found == [each.test for each in (guards, own, quick, slow)]
