"""Colleagues who look on only: from the next page on, for every launch, until a teacher takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.launch.audit import person_name
from lti_tool.models.courses import Context, Onlooker, Person
from lti_tool.models.platforms import AuditEntry
from lti_tool.usecases.onlookers import set_looks_on
from tests.factories import NOW, make_context, make_person
from tests.usecases.at_once import Change, second_of_two
from tests.web.school import School, open_school


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def coach_of(school: School) -> Person:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        coach = make_person(session, context, "coach", roles=("instructor",))
        coach.name = "Coach Lee"
    return coach


def test_a_coach_reads_everything_and_is_offered_nothing_to_change(school: School) -> None:
    teacher, person, ana = school.teacher(), coach_of(school), school.learner_keys[0]
    coach = school.visit(person.id, "instructor")
    teacher.post(f"students/{ana}/notes", body="Loves maps.")
    assert coach.post(f"students/{ana}/notes", body="Before").status_code == 303
    assert "From now on" in teacher.follow(teacher.post(f"setup/staff/{person.id}", looks_on="yes"))
    for browser in (coach, school.visit(person.id, "instructor")):
        page = browser.get(f"students/{ana}").text
        assert "Loves maps." in page
        assert 'class="sheet looks-on"' in page
        assert "You look on in this course" in page
        assert not [part for part in ("Save the note", "End this", "Choose what comes next") if part in page]
        refused = browser.post(f"students/{ana}/notes", body="After")
        assert (refused.status_code, "auth.looks_on" in refused.text) == (403, True)
        assert browser.get("setup/channels").status_code == 403
    assert "decides with you again" in teacher.follow(teacher.post(f"setup/staff/{person.id}", looks_on="no"))
    assert coach.post(f"students/{ana}/notes", body="Again").status_code == 303
    with school.database.read() as session:
        assert session.scalars(select(Onlooker)).all() == []


def test_two_who_let_each_other_look_on_at_once_do_not_lock_the_course(school: School) -> None:
    """Each was allowed when the request came; whoever is second is refused, so somebody remains."""
    coach = coach_of(school)

    def let(looking: int, by: int) -> Change:
        return lambda session: set_looks_on(
            session,
            context=session.get_one(Context, school.context_key),
            person_key=looking,
            looks_on=True,
            teacher=session.get_one(Person, by),
            now=NOW,
        )

    first, second = let(coach.id, school.teacher_key), let(school.teacher_key, coach.id)
    assert second_of_two(school.database, first, second) == "staff.looks_on"
    with school.database.transaction() as session:
        first(session)  # once more changes nothing
    with school.database.read() as session:
        assert session.scalars(select(Onlooker.person_id)).all() == [coach.id]
        log = session.scalars(select(AuditEntry).where(AuditEntry.action.like("staff.%"))).all()
    assert [(entry.actor, entry.action, entry.subject) for entry in log] == [
        (person_name(school.teacher_key), "staff.looks_on", person_name(coach.id))
    ]


def test_who_looks_on_in_another_course_decides_in_this_one(school: School) -> None:
    coach = coach_of(school)
    with school.database.transaction() as session:
        deployment = session.get_one(Context, school.context_key).deployment
        other = make_context(session, registration=deployment.registration, context_id="another")
        for person_key in (coach.id, school.teacher_key):
            session.add(Onlooker(context_id=other.id, person_id=person_key, said_at=NOW))
    teacher = school.teacher()
    assert "only looks" not in teacher.read("setup/staff")
    assert teacher.post(f"setup/staff/{coach.id}", looks_on="yes").status_code == 303
    assert "only looks" in teacher.read("setup/staff")


def test_nobody_takes_the_own_rights_away_and_only_colleagues_are_let_look(school: School) -> None:
    teacher = school.teacher()
    page = teacher.read("setup/staff")
    assert "(you)" in page
    assert "Ana Morales" not in page
    own = teacher.post(f"setup/staff/{school.teacher_key}", looks_on="yes")
    assert (own.status_code, "staff.oneself" in own.text) == (422, True)
    assert teacher.post(f"setup/staff/{school.learner_keys[0]}", looks_on="yes").status_code == 404
