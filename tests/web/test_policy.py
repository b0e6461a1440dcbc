"""Policy: who moves is shown before anything holds, every change has a version, and one click goes back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from lti_tool.models.courses import Context, Mode
from lti_tool.models.learning import Proposal
from lti_tool.models.policies import CoursePolicy, PlatformPolicy
from tests.factories import NOW
from tests.web.school import School, open_school


@pytest.fixture(scope="module")
def one_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    with open_school(f"sqlite:///{folder}/waymark.sqlite", folder / "queue.sqlite", learners=6) as school:
        yield school


@pytest.fixture
def school(one_school: School) -> Iterator[School]:
    """The course as it was made."""
    yield one_school
    with one_school.database.transaction() as session:
        session.execute(delete(CoursePolicy))
        session.execute(delete(PlatformPolicy))
        session.get_one(Context, one_school.context_key).mode = Mode.WRITE_BACK


def versions(school: School) -> list[tuple[int, dict[str, object]]]:
    with school.database.read() as session:
        rows = session.scalars(select(CoursePolicy).order_by(CoursePolicy.version))
        return [(row.version, row.choices) for row in rows]


def lock(school: School, *locked: str, highest: Mode = Mode.WRITE_BACK, **choices: object) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        session.add(
            PlatformPolicy(
                registration_id=context.deployment.registration_id,
                version=1,
                choices=choices,
                locked=list(locked),
                highest_mode=highest,
                first_mode=Mode.WRITE_BACK,
                changed_at=NOW,
            )
        )


def hidden_fields(page: str) -> dict[str, str]:
    form = page[page.index("Leave it as it is") - 6000 :]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}


def test_who_moves_is_shown_and_nothing_holds_before_it_is_saved(school: School) -> None:
    teacher = school.teacher()
    page = teacher.read("policy/preview", hand_below="80", threshold="70")
    assert "Needs a hand: recent scores below (%): 50 % → 80 %" in page
    assert "change group" in page
    assert "On track → Needs a hand" in page
    assert versions(school) == []


def test_a_change_that_moves_nobody_says_so(school: School) -> None:
    page = school.teacher().read("policy/preview", repeat_after_days="8")
    assert "With today's evidence nobody moves" in page
    assert "Nothing would change" in school.teacher().read("policy/preview", threshold="70")


def test_what_is_saved_is_a_version_with_who_and_one_click_undoes_it(school: School) -> None:
    teacher = school.teacher()
    fields = hidden_fields(teacher.get("policy/preview", threshold="80", seen="0").text)
    assert teacher.post("policy", **fields).status_code == 303
    assert versions(school) == [(1, {"threshold": 0.8})]
    page = teacher.read("policy")
    assert "A skill is Secure from (%): 70 % → 80 %" in page
    with school.database.read() as session:
        ledgers = [
            row.recommendation["ledger"]
            for row in session.scalars(select(Proposal).where(Proposal.is_current))
        ]
    assert {ledger["policy"]["version"] for ledger in ledgers} == {"course 1, school 0"}
    assert {ledger["policy"]["threshold"] for ledger in ledgers} == {0.8}
    assert teacher.post("policy/restore", version=0, seen=1).status_code == 303
    assert versions(school)[-1] == (2, {})


def test_what_a_colleague_saved_meanwhile_is_never_written_over(school: School) -> None:
    teacher, other = school.teacher(), school.teacher()
    fields = hidden_fields(teacher.get("policy/preview", threshold="80", seen="0").text)
    assert other.post("policy", seen="0", repeat_after_days="9").status_code == 303
    late = [
        teacher.post("policy", **fields),
        teacher.post("policy", threshold="80"),
        teacher.post("policy/restore", version="0", seen="0"),
        teacher.post("policy/restore", version="0"),
    ]
    for response in late:
        assert (response.status_code, "policy.changed" in response.text) == (409, True)
    assert versions(school) == [(1, {"repeat_after_days": 9})]


@pytest.mark.parametrize("number", ["-1", "7", "9" * 25, "one", "٣"])
def test_a_version_that_is_not_there_is_not_found(school: School, number: str) -> None:
    response = school.teacher().post("policy/restore", version=number, seen="0")
    assert (response.status_code, "policy.no_such_version" in response.text) == (404, True)


@pytest.mark.parametrize(
    "query", ["threshold=49", "threshold=7e1", "threshold=", "weights=all", "approval=", "hand_misses=4"]
)
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(school: School, query: str) -> None:
    teacher = school.teacher()
    name, value = query.split("=")
    for response in (teacher.get("policy/preview", **{name: value}), teacher.post("policy", **{name: value})):
        assert (response.status_code, "policy.unreadable" in response.text) == (422, True)
    assert versions(school) == []


def test_contradictions_are_refused(school: School) -> None:
    response = school.teacher().post("policy", seen="0", hand_below="90", extend_scores="50")
    assert (response.status_code, "policy.makes_no_sense" in response.text) == (422, True)
    assert versions(school) == []


def test_what_the_school_fixed_is_read_only_with_the_reason_and_holds_whatever_is_sent(
    school: School,
) -> None:
    lock(school, "threshold", threshold=0.9)
    teacher = school.teacher()
    page = teacher.get("policy").text
    [field] = re.findall(r'<input[^>]*id="threshold"[^>]*>', page)
    assert 'value="90"' in field
    assert " disabled" in field
    assert "fixed by your school" in page
    teacher.post("policy", seen="0", threshold="60", repeat_after_days="9")
    assert versions(school) == [(1, {"repeat_after_days": 9})]


def test_the_ways_to_work_say_what_each_does_and_the_school_s_limit_holds(school: School) -> None:
    lock(school, highest=Mode.SUGGEST)
    with school.database.transaction() as session:
        session.get_one(Context, school.context_key).mode = Mode.OBSERVE
    teacher = school.teacher()
    page = teacher.read("roll-out")
    assert "not open to courses of your school yet" in page
    assert "What would be written today" in page
    refused = teacher.post("roll-out", mode="write_back")
    assert (refused.status_code, "mode.not_allowed" in refused.text) == (403, True)
    assert teacher.post("roll-out", mode="everything").status_code == 422
    student = school.learner()
    assert "No steps here yet" in student.read("next")
    assert teacher.post("roll-out", mode="suggest").status_code == 303
    assert "Your teacher is choosing your next step" in student.read("next")
