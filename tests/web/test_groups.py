"""The Groups page and its board: formed in one click, changed by hand, published, undone; and what students see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.models.courses import Context
from lti_tool.models.groups import GroupMember, GroupPlan, PairWish, Part
from lti_tool.models.learning import Directive, DirectiveKind
from lti_tool.usecases.group_plans import Slot, times_helped
from tests.factories import NOW
from tests.web.school import School, Visitor, open_school, text_of
from tests.web.window import served_school

ASKED = {
    "kind": "mixed",
    "smallest": 2,
    "largest": 4,
    "places": 6,
    "minutes": 30,
    "mode": ["pair", "small-group", "solo"],
    "adults": "Ms Rivera",
}
WHEN: dict[str, str | int] = {"day": "2026-03-02", "lesson": 1, "section": 1}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school"), learners=6) as school:
        yield school


@pytest.fixture(autouse=True)
def nothing_before(school: School) -> None:
    with school.database.transaction() as session:
        for row in (*session.scalars(select(GroupPlan)), *session.scalars(select(PairWish))):
            session.delete(row)


def plans(school: School) -> list[GroupPlan]:
    with school.database.read() as session:
        return list(session.scalars(select(GroupPlan).order_by(GroupPlan.version)))


def form(teacher: Visitor, **changes: object) -> str:
    return teacher.follow(teacher.post("groups/form", **{**WHEN, "version": 0, **ASKED, **changes}))


def seated(plan: GroupPlan) -> dict[int, GroupMember]:
    return {member.person_id: member for member in plan.members if member.place is not None}


def test_groups_for_the_next_school_day_are_one_click_away(school: School) -> None:
    page = school.teacher().read("groups")
    assert "Form groups" in page
    assert 'value="2026-03-03"' in school.teacher().get("groups").text


def test_formed_groups_hold_everybody_and_are_a_draft_that_students_do_not_see(school: School) -> None:
    page = form(school.teacher())
    assert "Students see them once you publish them." in page
    assert "draft" in page
    [plan] = plans(school)
    assert {member.person_id for member in plan.members} == set(school.learner_keys)
    assert seated(plan)
    assert "you work together" not in school.learner(0).read("next")


def test_published_groups_stand_on_the_students_page_and_undo_takes_them_away(school: School) -> None:
    teacher = school.teacher()
    form(teacher)
    page = teacher.follow(teacher.post("groups/publish", **WHEN, version=1))
    assert "Published." in page
    member = seated(plans(school)[-1])[school.learner_keys[0]]
    said = school.learner(0).read("next")
    assert "Today you work together" in said
    assert f"Table {member.place}" in said
    teacher.follow(teacher.post("groups/undo", **WHEN, version=2))
    assert "you work together" not in school.learner(0).read("next")
    assert plans(school)[-1].published_at is None


def test_an_absent_student_is_named_and_in_no_group(school: School) -> None:
    away = school.learner_keys[0]
    page = form(school.teacher(), absent=[away])
    assert "Absent: Ana Morales" in page
    assert away not in seated(plans(school)[-1])


def test_a_student_is_moved_by_hand(school: School) -> None:
    teacher = school.teacher()
    form(teacher)
    key = next(iter(seated(plans(school)[-1])))
    teacher.follow(teacher.post("groups/move", **WHEN, version=1, student=key, place=""))
    plan = plans(school)[-1]
    assert plan.version == 2
    assert [m.part for m in plan.members if m.person_id == key] == [Part.LEFT_OVER]


def test_a_page_that_is_out_of_date_changes_nothing(school: School) -> None:
    teacher = school.teacher()
    form(teacher)
    key = next(iter(seated(plans(school)[-1])))
    response = teacher.post("groups/move", **WHEN, version=7, student=key, place="")
    assert (response.status_code, "groups.changed" in response.text) == (409, True)
    assert len(plans(school)) == 1


def test_a_locked_table_stays_when_groups_are_formed_again(school: School) -> None:
    teacher = school.teacher()
    form(teacher)
    plan = plans(school)[-1]
    first = plan.tables[0]
    before = {m.person_id for m in plan.members if m.place == first["number"]}
    teacher.follow(teacher.post("groups/lock", **WHEN, version=1, place=first["number"], locked="yes"))
    form(teacher, version=2, kind="shared")
    plan = plans(school)[-1]
    assert {m.person_id for m in plan.members if m.place == first["number"]} == before
    [kept] = [table for table in plan.tables if table["number"] == first["number"]]
    assert (kept["activity_id"], kept["locked"]) == (first["activity_id"], True)


def test_two_who_shall_not_sit_together_do_not_and_no_move_brings_them_together(school: School) -> None:
    teacher = school.teacher()
    form(teacher, places=2, largest=4)
    [one, other] = sorted(m.person_id for m in plans(school)[-1].members if m.place == 1)[:2]
    page = teacher.follow(teacher.post("groups/wishes", **WHEN, one=other, other=one, kind="apart"))
    assert "not together" in page
    form(teacher, version=1, places=2, largest=4)
    places = {m.person_id: m.place for m in plans(school)[-1].members}
    assert places[one] != places[other]
    response = teacher.post("groups/move", **WHEN, version=2, student=one, place=places[other])
    assert (response.status_code, "groups.apart" in response.text) == (422, True)
    for visitor, path in ((school.learner(0), "next"), (school.mentor(0), "family")):
        assert "not together" not in visitor.read(path)


def test_a_task_that_does_not_fit_a_student_is_refused_when_moving(school: School) -> None:
    teacher = school.teacher()
    form(teacher, places=2, largest=4)
    plan = plans(school)[-1]
    assert len(plan.tables) == 2, "two tables to move between"
    key, place = next((m.person_id, m.place) for m in plan.members if m.place is not None)
    [other] = [table for table in plan.tables if table["number"] != place]
    with school.database.transaction() as session:
        veto = Directive(
            context_id=school.context_key,
            person_id=key,
            kind=DirectiveKind.VETO,
            subject=other["activity_id"],
            created_at=NOW,
        )
        session.add(veto)
    response = teacher.post("groups/move", **WHEN, version=1, student=key, place=other["number"])
    assert (response.status_code, "groups.not_for_student" in response.text) == (422, True)
    assert "you ruled it out" in response.text
    with school.database.transaction() as session:
        session.delete(session.get_one(Directive, veto.id))
    teacher.follow(teacher.post("groups/move", **WHEN, version=1, student=key, place=other["number"]))


def test_a_full_table_takes_nobody_more(school: School) -> None:
    teacher = school.teacher()
    form(teacher, largest=3, places=2)
    key, place = next((m.person_id, m.place) for m in plans(school)[-1].members if m.place is not None)
    [other] = [table["number"] for table in plans(school)[-1].tables if table["number"] != place]
    response = teacher.post("groups/move", **WHEN, version=1, student=key, place=other)
    assert (response.status_code, "groups.full" in response.text) == (422, True)
    assert teacher.post("groups/move", **WHEN, version=1, student=key, place=77).status_code == 404
    assert teacher.post("groups/move", **WHEN, version=1, student=99999, place=other).status_code == 404


def test_who_helped_is_counted_from_published_groups_alone(school: School) -> None:
    teacher = school.teacher()
    form(teacher, version=0)
    with school.database.transaction() as session:
        first = next(m for m in session.scalars(select(GroupMember)) if m.place is not None)
        first.part, key = Part.HELPER, first.person_id
    for publish, expected in ((False, {}), (True, {key: 1})):
        if publish:
            teacher.follow(teacher.post("groups/publish", **WHEN, version=1))
        with school.database.read() as session:
            context = session.get_one(Context, school.context_key)
            assert times_helped(session, context, besides=Slot(date(2026, 3, 9))) == expected
            assert times_helped(session, context, besides=Slot(date(2026, 3, 2))) == {}


def test_too_little_room_says_what_would_help(school: School) -> None:
    page = form(school.teacher(), largest=3, places=1)
    assert "Not everybody has a place. This would help:" in page
    assert "1 more place." in page


def test_a_wish_is_dropped(school: School) -> None:
    teacher = school.teacher()
    one, other = school.learner_keys[:2]
    teacher.post("groups/wishes", **WHEN, one=one, other=other, kind="together")
    with school.database.read() as session:
        wish = session.scalars(select(PairWish)).one()
    assert "Removed." in teacher.follow(teacher.post(f"groups/wishes/{wish.id}/end", **WHEN))
    assert teacher.post(f"groups/wishes/{wish.id}/end", **WHEN).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"smallest": 5, "largest": 3}, "groups.sizes"),
        ({"places": 0}, "groups.places"),
        ({"kind": "other"}, "groups.kind"),
        ({"mode": []}, "groups.modes"),
        ({"day": "tomorrow"}, "groups.day"),
        ({"lesson": 99}, "groups.lesson"),
        ({"minutes": 999}, "groups.minutes"),
    ],
)
def test_what_cannot_be_is_said(school: School, changes: dict[str, object], code: str) -> None:
    response = school.teacher().post("groups/form", **{**WHEN, "version": 0, **ASKED, **changes})
    assert (response.status_code, code in response.text) == (422, True)
    assert plans(school) == []


def test_the_board_shows_names_place_task_and_adult_and_no_level(school: School) -> None:
    teacher = school.teacher()
    form(teacher)
    board = text_of(teacher.get("groups/board", **WHEN))
    assert "Ana Morales" in board
    for word in ("Secure", "Growing", "Lasting", "Not started", "helps", "Why"):
        assert word not in board


def test_a_plan_that_breaks_the_sizes_is_not_published(school: School) -> None:
    teacher = school.teacher()
    form(teacher, smallest=3, largest=4)
    plan = plans(school)[-1]
    place = plan.tables[0]["number"]
    version = 1
    while sum(m.place == place for m in plans(school)[-1].members) >= 3:
        key = next(m.person_id for m in plans(school)[-1].members if m.place == place)
        teacher.follow(teacher.post("groups/move", **WHEN, version=version, student=key, place=""))
        version += 1
    response = teacher.post("groups/publish", **WHEN, version=version)
    assert (response.status_code, "groups.size" in response.text) == (422, True)
    assert re.search(r"asked for 3 to 4", response.text)


def test_the_lesson_that_today_names_becomes_a_table_and_the_others_are_grouped_around_it(
    school: School,
) -> None:
    teacher = school.teacher()
    link = re.search(r"href=.([^\"]*groups[^\"]*#lesson)", teacher.get("today").text)
    assert link, "Today names the lesson and leads to it"
    assert "Make this lesson a table" in teacher.read("groups")
    form(teacher, largest=2)
    page = teacher.follow(teacher.post("groups/lesson", **WHEN, version=1))
    assert "The lesson is a table now." in page
    assert "Make this lesson a table" not in page
    [table] = [table for table in plans(school)[-1].tables if table.get("lesson")]
    served = {m.person_id for m in plans(school)[-1].members if m.place == table["number"]}
    assert len(served) > 2, "more than a group may have otherwise"
    form(teacher, version=2, largest=2)
    again = plans(school)[-1]
    assert {m.person_id for m in again.members if m.place == table["number"]} == served
    teacher.follow(teacher.post("groups/publish", **WHEN, version=3))
    assert plans(school)[-1].published_at is not None
    assert teacher.post("groups/lesson", **WHEN, version=1).status_code == 409


def test_two_who_shall_not_sit_together_are_not_seated_in_one_lesson(school: School) -> None:
    teacher = school.teacher()
    teacher.follow(teacher.post("groups/lesson", **WHEN, version=0))
    one, other = sorted(seated(plans(school)[-1]))[:2]
    teacher.follow(teacher.post("groups/undo", **WHEN, version=1))
    teacher.follow(teacher.post("groups/wishes", **WHEN, one=one, other=other, kind="apart"))
    teacher.follow(teacher.post("groups/lesson", **WHEN, version=0))
    assert len({one, other} & set(seated(plans(school)[-1]))) == 1


def test_two_teachers_at_once_do_not_overwrite_each_other_on_postgresql_either(
    database_url: str, tmp_path: Path
) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite") as both:
        teacher = both.teacher()
        form(teacher)
        again = teacher.post("groups/form", **{**WHEN, "version": 0, **ASKED})
        assert (again.status_code, "groups.changed" in again.text) == (409, True)
        assert len(plans(both)) == 1
