"""Bringing in a gradebook file: what is taken, what stays, and what is never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.line_items import PlatformColumn, store_line_items
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import ColumnSource, GradebookUpload, LineItem, OutboxEntry, Result
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import EvidenceRecord
from lti_tool.usecases import course_classes as classes_module
from lti_tool.usecases import gradebook_uploads
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.course_classes import course_classes
from lti_tool.usecases.gradebook_uploads import WaitingColumn
from lti_tool.usecases.import_gradebook import ImportPreview, Taken, preview, take
from lti_tool.usecases.words import Words
from lti_tool.worker import purge_expired
from tests.factories import NOW, make_column, make_context, make_person, make_registration, make_results
from tests.grades.gradebook_files.oneroster_export import both_classes, oneroster, with_results
from tests.usecases.school import School

LATER = NOW + timedelta(days=7)
WORDS = Words(
    gettext=str,
    ngettext=lambda one, many, number: one if number == 1 else many,
    format_date=str,
)
ANA, BEN = '"Family1, Given1"', '"Family2, Given2"'


def canvas(*rows: str, columns: str = "Poster (1)", points: str = "10") -> bytes:
    """A Canvas file; each row is a name and its results."""
    students = (
        f"{name},{number},6B,{results}" for number, (name, results) in enumerate(map(_parted, rows), 5001)
    )
    return "\n".join([f"Student,ID,Section,{columns}", f"    Points Possible,,,{points}", *students]).encode()


def _parted(row: str) -> tuple[str, str]:
    name, _quote, results = row.rpartition('",')
    return name + '"', results


def look(session: Session, context: Context, content: bytes) -> ImportPreview:
    return preview(
        session,
        context=context,
        gradebook=read_gradebook_file(content).gradebook,
        words=WORDS,
        now=NOW,
    )


def bring_in(
    school: School, content: bytes, *, points: Mapping[int, float | None] | None = None, now: datetime = NOW
) -> Taken:
    """Look at a file and take it."""
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context)
        waiting = look(session, context, content).waiting
        return take(session, context=context, columns=waiting, points=points or {}, now=now)


def held(school: School) -> dict[tuple[str, int], float | None]:
    """Scores that files brought in, by title and person."""
    with school.database.read() as session:
        rows = session.execute(
            select(LineItem.label, Result.person_id, Result.result_score)
            .join(Result, Result.line_item_id == LineItem.id)
            .where(LineItem.source == ColumnSource.FILE)
        )
        return {(label, person): score for label, person, score in rows}


def test_a_preview_stores_nothing(school: School) -> None:
    with school.database.transaction() as session:
        before = session.scalars(select(LineItem)).all()
        view = look(session, session.get_one(Context, school.context), canvas(f"{ANA},7"))
        assert not session.new
        assert not session.dirty
        assert session.scalars(select(LineItem)).all() == before
    assert (view.matched, view.absent) == ({"name": 1}, ("Given2 Family2",))
    assert [(column.title, column.is_new, column.added) for column in view.columns] == [("Poster", True, 1)]


def test_the_same_file_twice_changes_nothing(school: School) -> None:
    content = canvas(f"{ANA},7", f"{BEN},EX")
    assert bring_in(school, content) == Taken(columns=1, results=1)
    assert bring_in(school, content, now=LATER) == Taken(columns=1, results=0)
    with school.database.read() as session:
        [result] = session.scalars(
            select(Result).join(LineItem, Result.line_item_id == LineItem.id).where(LineItem.source == "file")
        )
        view = look(session, session.get_one(Context, school.context), content)
    assert (result.result_score, result.read_at, result.platform_time) == (7, NOW, None)
    assert (view.differs, view.columns[0].same) == (False, 1)


def test_a_later_file_replaces_what_an_earlier_one_said(school: School) -> None:
    bring_in(school, canvas(f"{ANA},7", f"{BEN},5"))
    later = canvas(f"{ANA},9", f"{BEN},", columns="Poster in colour (1)", points="20")
    with school.database.read() as session:
        [column] = look(session, session.get_one(Context, school.context), later).columns
    assert (column.is_new, column.changed, column.removed) == (False, 1, 1)
    assert bring_in(school, later, now=LATER).results == 2
    assert held(school) == {("Poster in colour", school.ana): 9, ("Poster in colour", school.ben): None}


def test_what_a_later_file_does_not_say_stays(school: School) -> None:
    bring_in(school, canvas(f"{ANA},7,3", f"{BEN},5,4", columns="Poster (1),Essay (2)", points="10,10"))
    assert bring_in(school, canvas(f"{ANA},late"), now=LATER) == Taken(columns=0, results=0)
    assert bring_in(school, canvas(f"{ANA},8"), now=LATER).results == 1
    assert held(school) == {
        ("Poster", school.ana): 8,
        ("Poster", school.ben): 5,
        ("Essay", school.ana): 3,
        ("Essay", school.ben): 4,
    }


def test_a_column_that_the_platform_shows_is_never_taken_from_a_file(school: School) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context)
        known = make_column(session, context, activity_id=None, label="Poster")
        make_results(session, known, {school.ana: 2.0})
        key = known.id
        view = look(session, context, canvas(f"{ANA},7"))
    assert (view.columns, view.left_out_columns) == ((), {"read by itself": ("Poster",)})
    with school.database.read() as session:
        assert session.scalars(select(Result.result_score).where(Result.line_item_id == key)).all() == [2]


def test_a_column_that_the_platform_shows_since_the_preview_is_not_taken(school: School) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context)
        waiting = look(session, context, canvas(f"{ANA},7")).waiting
        make_column(session, context, activity_id=None, label="POSTER ")
        assert take(session, context=context, columns=waiting, points={}, now=NOW) == Taken(0, 0)
    assert held(school) == {}


def test_a_reading_of_the_platform_leaves_columns_of_files_as_they_are(school: School) -> None:
    bring_in(school, canvas(f"{ANA},7"))
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context)
        store_line_items(
            session, context=context, columns=[PlatformColumn("https://lms.example/9", "New", 5)], now=LATER
        )
        items = {item.label: item.present for item in session.scalars(select(LineItem))}
    assert items["Poster"] is True
    assert sum(items.values()) == 2
    assert held(school) == {("Poster", school.ana): 7}


def test_a_tagged_column_is_evidence_and_plans_follow_but_nothing_is_sent_for_it(school: School) -> None:
    bring_in(school, canvas(f"{ANA},7"))
    with school.database.transaction() as session:
        session.scalars(
            select(LineItem).where(LineItem.source == "file")
        ).one().activity_id = "table-sandwich-strips"
        sent = set(session.scalars(select(OutboxEntry.id)))
    bring_in(school, canvas(f"{ANA},9"), now=LATER)
    with school.database.read() as session:
        [evidence] = session.scalars(
            select(EvidenceRecord).where(EvidenceRecord.activity_id == "table-sandwich-strips")
        )
        assert (evidence.person_id, evidence.fraction, evidence.occurred_at) == (school.ana, 0.9, LATER)
        assert set(session.scalars(select(OutboxEntry.id))) == sent


MOODLE = b"First name,Surname,Email address,Poster (Real),Essay (Percentage)\nGiven1,Family1,a@b.example,7.5,80 %\n"


def test_points_that_the_file_does_not_say_are_asked_for_and_remembered(school: School) -> None:
    assert bring_in(school, MOODLE, points={0: None}) == Taken(columns=1, results=1)
    assert bring_in(school, MOODLE, points={0: 10}) == Taken(columns=2, results=1)
    with school.database.read() as session:
        poster, essay = look(session, session.get_one(Context, school.context), MOODLE).columns
        assert session.scalars(select(LineItem.score_maximum).where(LineItem.label == "Poster")).one() == 10
    assert (poster.asks_points, poster.points, poster.highest, poster.differs) == (True, 10, 7.5, False)
    assert (essay.asks_points, essay.points) == (False, 100)


@pytest.mark.parametrize("points", [7, 0, -1, 10**9])
def test_points_that_cannot_be_right_change_nothing(school: School, points: float) -> None:
    with pytest.raises(Fixable) as refused:
        bring_in(school, MOODLE, points={0: points})
    assert refused.value.code == "gradebook_file.points"
    assert held(school) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda membership: setattr(membership, "active", False),
        lambda membership: setattr(membership, "is_test", True),
        lambda membership: setattr(membership, "is_learner", False),
    ],
)
def test_only_students_who_take_part_are_matched(
    school: School, change: Callable[[Membership], None]
) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context)
        waiting = look(session, context, canvas(f"{ANA},7")).waiting
        change(session.scalars(select(Membership).where(Membership.person_id == school.ana)).one())
        session.flush()
        view = look(session, context, canvas(f"{ANA},7"))
        assert (dict(view.matched), view.left_out_students) == ({}, (("Family1, Given1", "nobody"),))
        assert take(session, context=context, columns=waiting, points={}, now=NOW).results == 0


def test_another_course_has_its_own_people_and_columns(school: School) -> None:
    bring_in(school, canvas(f"{ANA},7"))
    with school.database.transaction() as session:
        other = make_context(
            session, registration=make_registration(session, issuer="https://other.example"), context_id="2"
        )
        stranger = make_person(session, other, "9")
        stranger.name = "Given1 Family1"
        waiting = look(session, other, canvas(f"{ANA},1")).waiting
        assert [dict(column.scores) for column in waiting] == [{stranger.id: 1}]
        take(session, context=other, columns=waiting, points={}, now=NOW)
    assert held(school) == {("Poster", school.ana): 7, ("Poster", stranger.id): 1}


def test_letters_and_empty_columns_are_left_out_and_single_cells_are_named(school: School) -> None:
    content = canvas(
        f"{ANA},B+,,absent", f"{BEN},A,,7", columns="Letters (1),Later (2),Poster (3)", points="10,10,10"
    )
    with school.database.read() as session:
        view = look(session, session.get_one(Context, school.context), content)
    assert view.left_out_columns == {"not a number": ("Letters",), "no results": ("Later",)}
    assert [(cell.student, cell.column, cell.text) for cell in view.unread_cells] == [
        ("Given1 Family1", "Poster", "absent")
    ]


def launched(session: Session, context: Context, teacher: Person, number: int = 0) -> LaunchSession:
    """An open launch of the teacher."""
    launch = LaunchSession(
        public_id=f"launch-{number}",
        browser_hash="0" * 64,
        deployment_id=context.deployment_id,
        person_id=teacher.id,
        context_id=context.id,
        roles=["instructor"],
        message_type="LtiResourceLinkRequest",
        created_at=NOW,
        last_seen_at=NOW,
        expires_at=LATER,
    )
    session.add(launch)
    session.flush()
    return launch


def test_what_nobody_took_is_deleted_after_an_hour(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        teacher = make_person(session, context, "t", roles=("instructor",))
        for number, age in enumerate((timedelta(minutes=59), gradebook_uploads.KEEP_UPLOADS)):
            launch = launched(session, context, teacher, number)
            gradebook_uploads.keep(session, launch=launch, classes=[[]], now=NOW - age)
        purge_expired(session, now=NOW)
        assert len(session.scalars(select(GradebookUpload)).all()) == 1


def export(*results: str) -> bytes:
    """A OneRoster export of one class with Ana and Ben and these results of its quiz."""
    return with_results(
        *results,
        changed={
            "users.csv": "sourcedId,givenName,familyName\nana,Given1,Family1\nben,Given2,Family2\n",
            "lineItems.csv": "sourcedId,title,classSourcedId,resultValueMin,resultValueMax\nquiz,Quiz,c-math,0,10\n",
            "enrollments.csv": None,
        },
    )


def graded(school: School) -> dict[int, tuple[float | None, datetime | None, datetime]]:
    """Results of files by person: score, moment of grading, moment of reading."""
    with school.database.read() as session:
        rows = session.scalars(select(Result).join(LineItem).where(LineItem.source == ColumnSource.FILE))
        return {row.person_id: (row.result_score, row.platform_time, row.read_at) for row in rows}


def test_results_keep_the_day_on_which_they_were_graded(school: School) -> None:
    content = export("quiz,ana,fully graded,8,2026-02-09", "quiz,ben,fully graded,3,")
    assert bring_in(school, content) == Taken(columns=1, results=2)
    day = datetime(2026, 2, 9, tzinfo=UTC)
    assert graded(school) == {school.ana: (8, day, NOW), school.ben: (3, None, NOW)}
    assert bring_in(school, content, now=LATER) == Taken(columns=1, results=0)
    with school.database.transaction() as session:
        [column] = session.scalars(select(LineItem).where(LineItem.source == ColumnSource.FILE))
        column.activity_id = "table-sandwich-strips"
        after_sync(session, session.get_one(Context, school.context), NOW)
        evidence = session.scalars(
            select(EvidenceRecord).where(EvidenceRecord.origin == f"result:{column.id}")
        ).all()
        assert {record.person_id: record.occurred_at for record in evidence} == {
            school.ana: day,
            school.ben: NOW,
        }


def test_another_day_of_grading_is_a_change(school: School) -> None:
    bring_in(school, export("quiz,ana,fully graded,8,2026-02-09"))
    later = export("quiz,ana,fully graded,8,2026-02-10")
    with school.database.read() as session:
        [column] = look(session, session.get_one(Context, school.context), later).columns
    assert (column.changed, column.same) == (1, 0)
    assert bring_in(school, later).results == 1


def test_a_day_that_is_still_to_come_is_not_believed(school: School) -> None:
    bring_in(school, export("quiz,ana,fully graded,8,2026-03-02", "quiz,ben,fully graded,3,2026-03-03"))
    assert [moment for _score, moment, _read in graded(school).values()] == [
        datetime(2026, 3, 2, tzinfo=UTC),
        None,
    ]


def test_what_is_not_graded_in_full_is_counted_and_is_no_result(school: School) -> None:
    with school.database.read() as session:
        view = look(
            session,
            session.get_one(Context, school.context),
            export("quiz,ana,partially graded,8", "quiz,ben,fully graded,3"),
        )
    assert (view.unfinished, view.columns[0].added, view.class_title) == (1, 1, "Mathematics 6B (MATH6B)")


def test_moments_wait_with_their_scores_and_rows_of_before_are_still_read(school: School) -> None:
    columns = [
        WaitingColumn("k", "Quiz", 10, {1: 8.0, 2: None}, {1: NOW}),
        WaitingColumn("l", "Essay", None, {}),
    ]
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        launch = launched(session, context, teacher)

        def give_out(place: int = 0) -> tuple[WaitingColumn, ...]:
            upload = session.scalars(select(GradebookUpload)).one()
            return gradebook_uploads.give_out(
                session, launch=launch, public_id=upload.public_id, place=place, now=NOW
            )

        gradebook_uploads.keep(session, launch=launch, classes=[[], columns], now=NOW)
        session.expire_all()
        assert give_out(1) == tuple(columns)
        gradebook_uploads.keep(session, launch=launch, classes=[columns], now=NOW)
        session.flush()
        old = {"columns": [{"key": "k", "title": "Quiz", "points": 10, "scores": {"1": 8.0, "2": None}}]}
        session.scalars(select(GradebookUpload)).one().content = old
        session.flush()
        session.expire_all()
        assert give_out() == (WaitingColumn("k", "Quiz", 10, {1: 8.0, 2: None}),)


@pytest.mark.parametrize("place", [-1, 1])
def test_a_class_that_was_not_shown_gives_out_nothing(school: School, place: int) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        launch = launched(session, context, teacher)
        name = gradebook_uploads.keep(session, launch=launch, classes=[[]], now=NOW)
        with pytest.raises(NotVisible) as refused:
            gradebook_uploads.give_out(session, launch=launch, public_id=name, place=place, now=NOW)
        assert refused.value.code == "gradebook_file.preview_over"
        assert gradebook_uploads.give_out(session, launch=launch, public_id=name, now=NOW) == ()


def called(school: School, session: Session, **names: str) -> Context:
    """The course with Ana and Ben under other names."""
    context, _teacher, *people = school.rows(session)
    for person, name in zip(people, names.values(), strict=False):
        person.name, person.given_name, person.family_name = name, *name.split()
    session.flush()
    return context


def test_the_class_with_students_of_this_course_is_recognised(school: School) -> None:
    books = read_gradebook_file(oneroster()).gradebooks
    with school.database.transaction() as session:
        context = called(school, session, ana="Ana Morales", ben="Ben Carter")
        found = course_classes(session, context=context, gradebooks=books)
    assert [book.class_title for book in found.gradebooks] == ["Mathematics 6B (MATH6B)"]
    assert (found.strange, found.not_shown) == (1, 0)


def test_of_several_classes_those_with_the_most_students_come_first(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = read_gradebook_file(both_classes()).gradebooks
    with school.database.transaction() as session:
        context = called(school, session, ana="Ana Morales", ben="Nina Nobody")
        found = course_classes(session, context=context, gradebooks=books)
        assert [book.class_title for book in found.gradebooks] == ["Art 6 (ART6)", "Mathematics 6B (MATH6B)"]
        monkeypatch.setattr(classes_module, "MOST_SHOWN", 1)
        first = course_classes(session, context=context, gradebooks=books)
    assert (len(first.gradebooks), first.strange, first.not_shown) == (1, 0, 1)


def test_an_export_of_other_people_is_refused_and_a_single_class_is_shown(school: School) -> None:
    books = read_gradebook_file(oneroster()).gradebooks
    with school.database.read() as session:
        context = session.get_one(Context, school.context)
        with pytest.raises(Fixable) as refused:
            course_classes(session, context=context, gradebooks=books)
        assert refused.value.code == "gradebook_file.no_class"
        assert course_classes(session, context=context, gradebooks=books[:1]).gradebooks == books[:1]
