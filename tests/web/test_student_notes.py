"""Notes of the staff about students: who reads, changes and removes them, and what is left to follow up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.models.courses import Context, Person
from lti_tool.models.notes import LONGEST_NOTE, LearnerNote, LearnerNoteVersion
from lti_tool.usecases import learner_notes
from lti_tool.usecases.learner_records import read_learner_records
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_person
from tests.web.school import School, Visitor, open_school, text_of

TODAY = NOW.date()


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def colleague(school: School) -> Visitor:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        person = make_person(session, context, "colleague", roles=("teaching_assistant",))
        person.name = "Ms Rivera"
    return school.visit(person.id, "teaching_assistant")


def notes(school: School) -> list[LearnerNote]:
    with school.database.read() as session:
        return list(session.scalars(select(LearnerNote).order_by(LearnerNote.id)))


def test_a_note_is_read_by_colleagues_and_changed_by_its_author_alone(school: School) -> None:
    ana, other, teacher = school.learner_keys[0], colleague(school), school.teacher()
    page = teacher.follow(teacher.post(f"students/{ana}/notes", body="  Loves maps.\r\nAsk her. "))
    assert "Noted. Your colleagues see it, too." in page
    assert "Families can ask to read this" in page
    [note] = notes(school)
    assert (note.body, note.person_id) == ("Loves maps.\nAsk her.", ana)
    seen = other.read(f"students/{ana}")
    assert "Loves maps. Ask her." in seen
    assert "Save the change" not in seen
    for change in ("change", "remove", "before", "put-back"):
        assert other.post(f"notes/{note.id}/{change}", body="Mine").status_code == 404
    assert notes(school)[0].body == note.body
    page = teacher.follow(teacher.post(f"notes/{note.id}/change", body="Loves atlases.", seen="0"))
    assert "changed 1 time" in page
    assert "Loves maps." not in page


def test_what_a_note_said_before_is_kept_and_comes_back(school: School) -> None:
    teacher = school.teacher()
    teacher.post(f"students/{school.learner_keys[0]}/notes", body="First")
    key = notes(school)[0].id
    assert teacher.post(f"notes/{key}/before").status_code == 409
    teacher.post(f"notes/{key}/change", body="Second", seen="0")
    teacher.post(f"notes/{key}/change", body="Second", due="2026-12-01", seen="1")
    assert "says again" in teacher.follow(teacher.post(f"notes/{key}/before"))
    assert notes(school)[0].body == "First"
    with school.database.read() as session:
        assert session.scalars(select(LearnerNoteVersion.body).order_by(LearnerNoteVersion.id)).all() == [
            "First",
            "Second",
        ]


def test_a_removed_note_is_gone_for_everybody_and_can_be_put_back_for_a_week(school: School) -> None:
    ana, teacher, other = school.learner_keys[0], school.teacher(), colleague(school)
    teacher.post(f"students/{ana}/notes", body="Hasty words")
    key = notes(school)[0].id
    page = teacher.follow(teacher.post(f"notes/{key}/remove"))
    assert "1 note that you removed" in page
    assert "Hasty words" not in other.read(f"students/{ana}")
    assert teacher.post(f"notes/{key}/change", body="More").status_code == 404
    assert "Put back." in teacher.follow(teacher.post(f"notes/{key}/put-back"))
    assert "Hasty words" in other.read(f"students/{ana}")
    teacher.post(f"notes/{key}/remove")
    with school.database.transaction() as session:
        session.get_one(LearnerNote, key).removed_at = NOW - learner_notes.PUT_BACK_WITHIN
    assert "Hasty words" not in teacher.read(f"students/{ana}")
    assert teacher.post(f"notes/{key}/put-back").status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"body": " \r\n\x01"}, "note.empty"),
        ({"body": "x" * (LONGEST_NOTE + 1)}, "note.too_long"),
        ({"body": "Call", "due": "tomorrow"}, "note.day"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(
    school: School, fields: dict[str, str], code: str
) -> None:
    response = school.teacher().post(f"students/{school.learner_keys[0]}/notes", **fields)
    assert (response.status_code, code in response.text) == (422, True)
    assert notes(school) == []


def test_as_many_characters_fit_as_the_field_lets_one_write(school: School) -> None:
    teacher, ana = school.teacher(), school.learner_keys[0]
    assert teacher.post(f"students/{ana}/notes", body="x\r\n" * (LONGEST_NOTE // 2)).status_code == 303
    teacher.post(f"students/{ana}/notes", body="a\x01b")
    assert notes(school)[1].body == "ab"
    teacher.post(f"students/{ana}/notes", body="\u202eyes\x85\u2069\tno\u200f")
    assert notes(school)[2].body == "yes no\u200f"


def test_an_older_page_never_writes_over_a_change(school: School) -> None:
    teacher = school.teacher()
    teacher.post(f"students/{school.learner_keys[0]}/notes", body="First")
    key = notes(school)[0].id
    teacher.post(f"notes/{key}/change", body="Second", seen="0")
    for stale in ({"seen": "0"}, {}, {"seen": "-1"}):
        response = teacher.post(f"notes/{key}/change", body="Late", **stale)
        assert (response.status_code, "note.changed" in response.text) == (409, True)
    assert notes(school)[0].body == "Second"


def test_notes_and_their_versions_have_a_bound(school: School) -> None:
    ana, teacher = school.learner_keys[0], school.teacher()
    teacher.post(f"students/{ana}/notes", body="First")
    key = notes(school)[0].id
    with school.database.transaction() as session:
        one = session.get_one(LearnerNote, key)
        kept = {"context_id": one.context_id, "person_id": ana, "body": "More", "written_at": NOW}
        session.add_all(LearnerNote(**kept) for _ in range(499))
        session.add_all(LearnerNoteVersion(note_id=key, body="Old", replaced_at=NOW) for _ in range(50))
    for path, code, more in (
        (f"students/{ana}/notes", "note.too_many", {}),
        (f"notes/{key}/change", "note.changed_too_often", {"seen": "50"}),
        (f"notes/{key}/before", "note.changed_too_often", {}),
    ):
        response = teacher.post(path, body="One more", **more)
        assert (response.status_code, code in response.text) == (409, True)
    other = teacher.post(f"students/{school.learner_keys[1]}/notes", body="Of somebody else")
    assert other.status_code == 303


def test_follow_ups_that_are_due_are_one_row_on_today_and_stand_on_the_sheet_of_the_week(
    school: School,
) -> None:
    teacher, other = school.teacher(), colleague(school)
    ana, ben, *_ = school.learner_keys
    for person, body, days in (
        (ana, "Call home", -2),
        (ben, "New seat", 0),
        (ben, "Soon", 6),
        (ana, "Far", 8),
    ):
        due = (TODAY + timedelta(days=days)).isoformat()
        teacher.post(f"students/{person}/notes", body=body, due=due)
    today = other.read("today")
    assert "2 follow-ups are due" in today
    assert today.count("follow-up") == 1
    week = other.read("week")
    assert [text for text in ("Call home", "New seat", "Soon", "Far") if text in week] == [
        "Call home",
        "New seat",
        "Soon",
    ]
    for note in notes(school)[:2]:
        assert "Followed up." in other.follow(other.post(f"notes/{note.id}/done", done="yes", page="notes"))
    assert "due" not in other.read("today")
    open_ones = teacher.read("notes", only="open")
    assert ("Soon" in open_ones, "Call home" in open_ones) == (True, False)
    other.post(f"notes/{notes(school)[0].id}/done", done="no")
    assert "1 follow-up is due" in teacher.read("today")
    teacher.post(f"notes/{notes(school)[0].id}/remove")
    assert "is due" not in teacher.read("today")


def test_the_list_of_the_class_is_narrowed_down_and_goes_on_with_older_notes(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher, (ana, ben, *_) = school.teacher(), school.learner_keys
    for number in range(4):
        teacher.post(f"students/{(ana, ben)[number % 2]}/notes", body=f"note {number}")
    assert "note 3" not in teacher.read("notes", student=ana)
    assert "note 2" in teacher.read("notes", student=ana)
    assert teacher.get("notes", student=school.teacher_key).status_code == 404
    monkeypatch.setattr(learner_notes, "MOST_SHOWN", 3)
    page = teacher.get("notes").text
    assert "note 0" not in page
    with school.database.read() as session:
        context = session.get_one(Context, school.context_key)
        view = learner_notes.look_at_notes(
            session,
            context=context,
            reader=session.get_one(Person, school.teacher_key),
            now=NOW,
            words=ENGLISH,
        )
    assert f"before={view.older}" in page
    assert "note 0" in teacher.read("notes", before=view.older or 0)


def test_students_and_families_never_meet_a_note_but_their_export_has_it(school: School) -> None:
    teacher, ana = school.teacher(), school.learner_keys[0]
    teacher.post(f"students/{ana}/notes", body="Quiet lately")
    teacher.post(f"notes/{notes(school)[0].id}/change", body="Quiet since the move", seen="0")
    for who, page in ((school.learner(0), "next"), (school.mentor(0), f"family/{ana}")):
        assert "Quiet" not in text_of(who.get(page))
        assert who.get("notes").status_code == 403
    with school.database.read() as session:
        told = {
            section.key: section.rows
            for section in read_learner_records(session, session.get_one(Person, ana), now=NOW).sections
        }
        of_ben = str(read_learner_records(session, session.get_one(Person, school.learner_keys[1]), now=NOW))
        of_teacher = str(read_learner_records(session, session.get_one(Person, school.teacher_key), now=NOW))
    assert [row["body"] for row in told["notes"]] == ["Quiet since the move"]
    assert [row["body"] for row in told["note_versions"]] == ["Quiet lately"]
    assert "Quiet" not in of_ben + of_teacher
