"""The search for security checks, and its list of exceptions."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tests.mutation.__main__ import equivalent
from tests.mutation.guards import find_guards, guarded_files

ROOT = Path(__file__).resolve().parents[2]


def switched_off(text: str, *, file: str = "lti_tool/launch/door.py") -> list[str]:
    """The module in all its weakened forms, each as the one line that is different."""
    source = dedent(text).encode()
    changed = []
    for guard in find_guards(file, source):
        weakened = source[: guard.start] + guard.replacement.encode() + source[guard.end :]
        pairs = zip(source.decode().splitlines(), weakened.decode().splitlines(), strict=True)
        changed += [after.strip() for before, after in pairs if before != after]
    return changed


def test_each_alternative_that_leads_to_a_refusal_is_a_check() -> None:
    assert switched_off(
        """
        def enter(a, b, c):
            if a or not (b and c):
                raise LaunchRefused("no")
        """
    ) == ["if False or not (b and c):", "if a or not (True and c):", "if a or not (b and True):"]


def test_a_refusal_without_a_condition_of_its_own_is_a_check() -> None:
    assert switched_off(
        """
        def enter(kind):
            if kind:
                return kind
            raise LaunchRefused("no")
        """
    ) == ["pass"]


def test_calls_that_refuse_and_early_ways_out_are_checks() -> None:
    assert switched_off(
        """
        def enter(token, keys):
            require_bound(token)
            for key in keys:
                if key.size < 2048:
                    continue
                if key.fits(token):
                    return key
            if not keys:
                return None
        """
    ) == ["pass", "if False:", "if not True:"]


def test_answers_restrictions_and_limits_are_checks() -> None:
    assert switched_off(
        """
        LIFETIME = timedelta(minutes=5)

        def is_open(session) -> bool:
            row = select(Row).where(Row.school == 1, Row.used_at.is_(None))
            return row.open and [item for item in row if item.ours]
        """
    ) == [
        "LIFETIME = (timedelta(minutes=5)) * 1000",
        'row = select(Row).where(__import__("sqlalchemy").true(), Row.used_at.is_(None))',
        'row = select(Row).where(Row.school == 1, __import__("sqlalchemy").true())',
        "return False",
        "return True and [item for item in row if item.ours]",
        "return row.open and True",
        "return row.open and [item for item in row if True]",
    ]


def test_headers_and_the_attributes_of_cookies_are_checks() -> None:
    assert switched_off(
        """
        def answer(response):
            response.headers["Referrer-Policy"] = "no-referrer"
            response.set_cookie("name", token, secure=True)
        """
    ) == ["pass", 'response.set_cookie("name", token, **{})']


def test_of_a_page_the_decorator_for_roles_and_the_refusals_are_checks() -> None:
    assert switched_off(
        """
        _teachers = allow(Role.INSTRUCTOR)

        @page.get("/today")
        @_teachers
        def today():
            if filtered:
                return ""
            return show(item for item in items if item.fits)
        """,
        file="lti_tool/web/teacher.py",
    ) == [""]


def test_what_no_test_can_see_is_still_there_and_has_its_reason() -> None:
    names = {
        guard.name
        for path in guarded_files(ROOT)
        for guard in find_guards(str(path.relative_to(ROOT)), path.read_bytes())
    }
    excused = equivalent()
    assert set(excused) <= names
    assert all(len(reason) > 20 for reason in excused.values())
