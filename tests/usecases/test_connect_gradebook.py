"""A connected gradebook: read with the course, kept in one piece, and never with a credential in sight."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select

from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.line_items import PlatformColumn, store_line_items
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection, OutboxEntry, Result
from lti_tool.models.learning import EvidenceRecord
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.connect_gradebook import connect, disconnect, look_at_connection
from lti_tool.usecases.read_native_gradebook import (
    read_native_gradebook,
)
from lti_tool.usecases.skill_maps import suggest
from tests.factories import NOW, SKILL_MAPS, make_column
from tests.grades.native_apis.canvas_server import (
    TOKEN,
    forbidden,
)
from tests.usecases.connected import LATER, SECRET, Connected
from tests.usecases.school import School


def test_a_course_that_no_known_api_serves_offers_nothing(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        assert look_at_connection(session, context) is None
        with pytest.raises(NotVisible) as refused:
            connect(
                session,
                context=context,
                teacher=teacher,
                credential=TOKEN,
                key="",
                course="",
                secret=SECRET,
                now=NOW,
            )
    assert refused.value.code == "native.not_offered"


def test_an_offer_says_what_is_needed(connected: Connected) -> None:
    view = connected.view()
    assert (view.product, view.asks_key, view.asks_course, view.is_connected) == (
        Product.CANVAS.value,
        False,
        False,
        False,
    )
    assert view.learners == 2


def test_connecting_calls_nothing_keeps_the_token_encrypted_and_asks_for_a_reading(
    connected: Connected,
) -> None:
    connected.connect()
    assert connected.canvas.requests == []
    with connected.school.database.read() as session:
        kept = session.scalars(select(NativeConnection)).one()
        assert TOKEN not in kept.encrypted_secret
        assert (kept.root, kept.course) == (connected.canvas.origin, connected.canvas.course)
        assert session.get_one(Context, connected.school.context).sync_requested_at == NOW


@pytest.mark.parametrize("credential", ["", "   ", "short", "with a space in it", "ñandú-ñandú", "x" * 1025])
def test_what_cannot_be_a_token_is_refused_and_an_earlier_one_stays(
    connected: Connected, credential: str
) -> None:
    connected.connect()
    with pytest.raises(Fixable) as refused:
        connected.connect(credential)
    assert refused.value.code == "native.credential"
    connected.read_and_keep()
    assert connected.view().problem is None


def test_columns_and_results_come_in_with_the_moment_of_grading(connected: Connected) -> None:
    connected.connect()
    assert connected.read_and_keep() == []
    ana = connected.school.ana
    score, moment = connected.held()["Poster", ana]
    assert (score, moment) == (8.0, datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
    view = connected.view()
    assert (view.columns, view.students, view.read_at, view.problem) == (1, 2, NOW, None)


def test_the_same_reading_again_changes_no_row(connected: Connected) -> None:
    connected.connect()
    connected.read_and_keep()
    connected.read_and_keep(LATER)
    with connected.school.database.read() as session:
        moments = session.scalars(
            select(Result.read_at).join(LineItem).where(LineItem.source == ColumnSource.NATIVE)
        ).all()
    assert set(moments) == {NOW}


def test_a_later_reading_brings_what_changed_and_marks_what_is_gone(connected: Connected) -> None:
    canvas, school = connected.canvas, connected.school
    canvas.add_assignment(202, "Essay", 20)
    canvas.grade(1002, 202, 15)
    connected.connect()
    connected.read_and_keep()
    canvas.grade(1001, 201, 9.0)
    canvas.grade(1002, 201, 3.0)
    del canvas.assignments[202]
    del canvas.submissions[1002, 202]
    connected.read_and_keep(LATER)
    assert connected.scores() == {("Poster", school.ana): 9.0, ("Poster", school.ben): 3.0}
    with school.database.read() as session:
        gone = session.scalars(select(LineItem).where(LineItem.label == "Essay")).one()
        assert not gone.present
        assert session.scalar(select(Result.result_score).where(Result.line_item_id == gone.id)) == 15


def test_what_the_platform_shows_by_itself_is_not_taken_a_second_time(connected: Connected) -> None:
    with connected.school.database.transaction() as session:
        make_column(
            session, session.get_one(Context, connected.school.context), activity_id=None, label="POSTER "
        )
    connected.connect()
    connected.read_and_keep()
    assert connected.scores() == {}
    assert connected.view().left_out == {"read by itself": ["Poster"]}


def test_a_column_that_came_with_a_file_goes_on_with_its_tag(connected: Connected) -> None:
    with connected.school.database.transaction() as session:
        column = make_column(
            session,
            session.get_one(Context, connected.school.context),
            activity_id="check-times-as-many",
            label="Poster",
        )
        column.source, column.url = ColumnSource.FILE, "canvas:201"
        key = column.id
    connected.connect()
    connected.read_and_keep()
    with connected.school.database.read() as session:
        column = session.get_one(LineItem, key)
        assert (column.source, column.activity_id) == (ColumnSource.NATIVE, "check-times-as-many")
        assert session.scalar(select(func.count(LineItem.id)).where(LineItem.label == "Poster")) == 1


def test_a_file_column_of_the_same_title_goes_on_though_the_file_had_no_number(connected: Connected) -> None:
    with connected.school.database.transaction() as session:
        context = session.get_one(Context, connected.school.context)
        column = make_column(session, context, activity_id=None, label="poster")
        column.source, column.url = ColumnSource.FILE, "moodle:abc"
    connected.connect()
    connected.read_and_keep()
    with connected.school.database.read() as session:
        column = session.scalars(select(LineItem).where(LineItem.source == ColumnSource.NATIVE)).one()
    assert (column.url, column.label) == ("canvas:201", "Poster")


def test_a_file_column_whose_own_column_is_there_is_not_given_to_another_of_its_title(
    connected: Connected,
) -> None:
    """Two columns of one title; the file had only the second."""
    connected.canvas.add_assignment(202, "Poster", 10)
    connected.canvas.grade(1001, 202, 2.0)
    with connected.school.database.transaction() as session:
        column = make_column(
            session, session.get_one(Context, connected.school.context), activity_id=None, label="Poster"
        )
        column.source, column.url = ColumnSource.FILE, "canvas:202"
        key = column.id
    connected.connect()
    connected.read_and_keep()
    with connected.school.database.read() as session:
        rows = session.execute(
            select(LineItem.url, LineItem.id, Result.result_score)
            .join(Result, Result.line_item_id == LineItem.id)
            .where(LineItem.source == ColumnSource.NATIVE, Result.person_id == connected.school.ana)
        ).all()
    found = {url: (item == key, score) for url, item, score in rows}
    assert found == {"canvas:201": (False, 8.0), "canvas:202": (True, 2.0)}


def test_a_moment_of_grading_that_is_still_to_come_is_not_believed(connected: Connected) -> None:
    connected.canvas.grade(1001, 201, 8.0, graded_at="2036-03-02T09:00:00Z")
    connected.connect()
    connected.read_and_keep()
    assert connected.held()["Poster", connected.school.ana] == (8.0, None)


def test_a_reading_of_the_platform_leaves_these_columns_alone(connected: Connected) -> None:
    connected.connect()
    connected.read_and_keep()
    with connected.school.database.transaction() as session:
        context = session.get_one(Context, connected.school.context)
        store_line_items(
            session, context=context, columns=[PlatformColumn("https://x/1", "Quiz", 5.0)], now=LATER
        )
    assert ("Poster", connected.school.ana) in connected.scores()


def test_a_failed_reading_is_noted_and_changes_nothing(connected: Connected) -> None:
    connected.connect()
    connected.read_and_keep()
    before = connected.held()
    connected.canvas.token = "revoked meanwhile"
    [warning] = connected.read_and_keep(LATER)
    view = connected.view()
    assert connected.held() == before
    assert view.problem is not None
    assert view.problem in warning
    assert (view.read_at, view.columns) == (NOW, 1)
    connected.canvas.token = TOKEN
    connected.read_and_keep(LATER)
    assert (connected.view().problem, connected.view().read_at) == (None, LATER)


def test_an_account_without_the_right_is_told_which_one(connected: Connected) -> None:
    connected.connect()
    connected.canvas.fail(forbidden(), path="/permissions")
    connected.read_and_keep()
    assert connected.held() == {}
    assert "grades" in str(connected.view().problem)


def test_a_reading_that_comes_after_the_end_of_its_connection_is_dropped(connected: Connected) -> None:
    connected.connect()
    native = connected.read()
    with connected.school.database.transaction() as session:
        disconnect(session, context=session.get_one(Context, connected.school.context))
    assert connected.keep(native) == []
    assert connected.held() == {}


def test_a_reading_with_an_earlier_credential_is_dropped(connected: Connected) -> None:
    connected.connect("a-token-of-somebody-else")
    refused = connected.read()
    connected.connect(now=LATER)
    assert connected.keep(refused) == []
    assert connected.view().problem is None


def test_after_the_end_the_token_is_gone_and_the_results_stay(connected: Connected) -> None:
    connected.connect()
    connected.read_and_keep()
    with connected.school.database.transaction() as session:
        disconnect(session, context=session.get_one(Context, connected.school.context))
    with connected.school.database.transaction() as session:
        assert session.scalar(select(func.count(NativeConnection.id))) == 0
        column = session.scalars(select(LineItem).where(LineItem.label == "Poster")).one()
        assert (column.source, column.present) == (ColumnSource.FILE, True)
        with pytest.raises(NotVisible):
            disconnect(session, context=session.get_one(Context, connected.school.context))
    assert not connected.view().is_connected
    assert connected.read() is None


def test_with_another_secret_of_the_installation_the_token_has_to_be_given_again(
    connected: Connected,
) -> None:
    connected.connect()
    native = read_native_gradebook(
        connected.school.database,
        connected.outbound,
        "another secret of this installation",
        connected.school.context,
        clock=lambda: NOW,
        progress=lambda: None,
    )
    connected.keep(native)
    assert "connect again" in str(connected.view().problem)
    assert connected.canvas.requests == []


def test_nothing_is_ever_sent_to_such_a_column_and_its_results_are_evidence(connected: Connected) -> None:
    school = connected.school
    with school.database.read() as session:
        activity = session.scalars(
            select(LineItem.activity_id).where(LineItem.activity_id.is_not(None))
        ).first()
    connected.connect()
    connected.read_and_keep()
    with school.database.transaction() as session:
        column = session.scalars(select(LineItem).where(LineItem.source == ColumnSource.NATIVE)).one()
        column.activity_id = activity
        assert session.scalar(select(func.count(OutboxEntry.id))) == 0
        before = session.scalar(select(func.count(EvidenceRecord.id))) or 0
        after_sync(session, session.get_one(Context, school.context), NOW)
        assert (session.scalar(select(func.count(EvidenceRecord.id))) or 0) > before


def test_columns_are_offered_for_tagging_in_the_order_of_the_course(connected: Connected) -> None:
    canvas = connected.canvas
    canvas.add_assignment(202, "A last thing", 10)
    canvas.add_module("Unit 1", ("Assignment", 201), ("Assignment", 202))

    def offered() -> list[tuple[str, str]]:
        with connected.school.database.read() as session:
            context = session.get_one(Context, connected.school.context)
            suggestion = suggest(session, context=context, folder=SKILL_MAPS)
            assert suggestion is not None
            return [(tag.label, tag.module) for tag in suggestion.matches if tag.module]

    connected.connect()
    connected.read_and_keep()
    assert offered() == [("Poster", "Unit 1"), ("A last thing", "Unit 1")]
    canvas.fail(forbidden(), path="/modules")
    connected.read_and_keep(LATER)
    assert offered() == [("Poster", "Unit 1"), ("A last thing", "Unit 1")]
    canvas.modules.clear()
    connected.read_and_keep(LATER)
    assert offered() == []
