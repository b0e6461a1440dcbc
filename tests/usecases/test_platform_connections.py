"""What an administrator gives for a whole platform: whom it serves, whom it does not, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.errors import Fixable, NotAllowed, NotVisible, WaymarkError
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection, PlatformConnection, Way
from lti_tool.models.platforms import AuditEntry, Registration
from lti_tool.usecases import platform_connections
from lti_tool.usecases.connect_gradebook import ConnectionView, connect, look_at_connection
from lti_tool.usecases.connection_test import Outcome, Step
from lti_tool.usecases.native_credentials import encrypt_credentials_again, unseal
from lti_tool.usecases.try_platform_connection import try_platform_connection
from tests.factories import NOW, make_context, make_registration
from tests.grades.native_apis.canvas_server import CLIENT_ID, CLIENT_SECRET, TOKEN, forbidden
from tests.usecases.connected import SECRET, Connected

SCHOOLOGY = "https://api.schoology.com/v1"


def change(connected: Connected, name: str, **given: Any) -> None:
    """What one of the administrator's forms does."""
    with connected.school.database.transaction() as session:
        context = session.get_one(Context, connected.school.context)
        given = {"root": connected.canvas.origin, "actor": "ada", "now": NOW} | given
        getattr(platform_connections, name)(session, context.deployment.registration, **given)


def give(connected: Connected, credential: str = TOKEN, **more: Any) -> None:
    change(connected, "give_credential", **({"key": "", "credential": credential, "secret": SECRET} | more))


def give_key(connected: Connected, secret: str = CLIENT_SECRET, client_id: str = CLIENT_ID) -> None:
    change(connected, "give_developer_key", client_id=client_id, client_secret=secret, secret=SECRET)


def ways(connected: Connected) -> list[Way]:
    with connected.school.database.read() as session:
        return list(session.scalars(select(NativeConnection.way)))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(WaymarkError) as refused:
        call()
    return refused.value.code


def tried(connected: Connected) -> tuple[Step, ...]:
    with connected.school.database.read() as session:
        registration = session.scalars(select(Registration)).first()
        assert registration is not None
    return try_platform_connection(
        connected.school.database,
        SECRET,
        registration.id,
        connected.canvas.origin,
        local_origins=[connected.canvas.origin],
        clock=lambda: NOW,
    )


def test_a_course_that_nobody_connected_is_read_with_the_school_s_credential(connected: Connected) -> None:
    give(connected)
    assert connected.view().is_served
    assert connected.read_and_keep() == []
    assert connected.scores() == {("Poster", connected.school.ana): 8.0}
    view = connected.view()
    assert (view.way, view.columns, view.students) == ("school", 1, 2)
    with connected.school.database.read() as session:
        [row] = session.scalars(select(PlatformConnection))
        assert TOKEN not in str(row.encrypted_secret)
        assert session.scalars(select(NativeConnection.encrypted_secret)).one() == ""
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, TOKEN in str(entry.detail)) == (
        "ada",
        "gradebook.credential_given",
        False,
    )


def test_a_course_s_own_connection_goes_first(connected: Connected) -> None:
    give(connected, "a-token-that-is-not-valid")
    connected.connect()
    assert connected.read_and_keep() == []
    assert ways(connected) == [Way.PASTED]


def test_it_serves_no_course_of_another_registration_and_none_at_another_address(
    connected: Connected,
) -> None:
    give(connected)
    with connected.school.database.transaction() as session:
        other = make_registration(session, issuer="https://other.example", client_id="c9")
        elsewhere = make_context(session, registration=other, context_id="9")
        context = session.get_one(Context, connected.school.context)
        sister = make_context(session, registration=context.deployment.registration, context_id="10")
        for course, root in ((elsewhere, connected.canvas.origin), (sister, "https://canvas.example")):
            course.memberships_url = f"{root}/api/lti/courses/77/names_and_roles"
            course.line_items_url = f"{root}/api/lti/courses/77/line_items"
        session.flush()
        views = [look_at_connection(session, course) for course in (elsewhere, sister)]
    assert [view.is_served for view in views if view] == [False, False]


def test_only_an_address_that_signed_launches_of_this_registration_named_can_be_given_anything(
    connected: Connected,
) -> None:
    for root in ("", "https://169.254.169.254", "https://canvas.example", f"{connected.canvas.origin}/"):
        assert refusal(partial(give, connected, root=root)) == "platform_connection.unknown_address"
    with connected.school.database.read() as session:
        assert session.scalars(select(PlatformConnection)).all() == []


@pytest.mark.parametrize("credential", ["", "short", "with a space in it", "ñandú-ñandú", "x" * 1025])
def test_what_cannot_be_a_credential_is_refused_and_the_earlier_one_stays(
    connected: Connected, credential: str
) -> None:
    give(connected)
    with pytest.raises(Fixable):
        give(connected, credential)
    assert connected.read_and_keep() == []


@pytest.mark.parametrize(
    ("client_id", "secret"), [("", CLIENT_SECRET), ("12a", CLIENT_SECRET), ("7", "short")]
)
def test_what_cannot_be_a_developer_key_is_refused(connected: Connected, client_id: str, secret: str) -> None:
    code = refusal(lambda: give_key(connected, secret, client_id))
    assert code == "platform_connection.developer_key"
    assert not connected.view().may_sign_in


def test_taking_it_back_leaves_what_was_read_and_disconnects_no_other(connected: Connected) -> None:
    give(connected)
    connected.read_and_keep()
    change(connected, "take_credential_back")
    assert ways(connected) == []
    with connected.school.database.read() as session:
        sources = session.scalars(select(LineItem.source).where(LineItem.label == "Poster")).all()
    assert sources == [ColumnSource.FILE]
    assert connected.read() is None
    connected.connect()
    change(connected, "take_credential_back")
    assert ways(connected) == [Way.PASTED]


def test_what_another_registration_has_at_the_same_address_stays(connected: Connected) -> None:
    root = connected.canvas.origin
    with connected.school.database.transaction() as session:
        other = make_registration(session, issuer="https://other.example", client_id="c9")
        elsewhere = make_context(session, registration=other, context_id="9")
        session.add(
            NativeConnection(
                context_id=elsewhere.id,
                product="canvas",
                root=root,
                course="9",
                encrypted_secret="-",
                native_ids={},
                connected_at=NOW,
            )
        )
        row = {"registration_id": other.id, "root": root, "product": "canvas", "changed_at": NOW}
        session.add(PlatformConnection(**row, client_id="7", encrypted_client_secret="-"))
    connected.connect()
    change(connected, "permit_pasting", permitted=False)
    assert ways(connected) == [Way.PASTED]
    assert not connected.view().may_sign_in


def test_what_was_given_for_another_product_at_the_address_is_not_used(connected: Connected) -> None:
    give(connected)
    with connected.school.database.transaction() as session:
        session.scalars(select(PlatformConnection)).one().product = "moodle"
    assert not connected.view().is_served
    give(connected)
    assert connected.view().is_served


def test_forbidding_pasted_tokens_deletes_them_and_refuses_others(connected: Connected) -> None:
    connected.connect()
    change(connected, "permit_pasting", permitted=False)
    assert (ways(connected), connected.view().may_paste) == ([], False)
    with pytest.raises(NotAllowed):
        connected.connect()
    give(connected)
    connected.connect("")  # the school's is still to be had
    assert ways(connected) == [Way.SCHOOL]
    change(connected, "permit_pasting", permitted=True)
    connected.connect()
    assert ways(connected) == [Way.PASTED]


def test_what_the_school_s_credential_may_not_is_said_without_blaming_the_teacher(
    connected: Connected,
) -> None:
    give(connected, "a-token-that-is-not-valid")
    connected.read_and_keep()
    assert "credential that your school gave" in str(connected.view().problem)
    give(connected)
    connected.canvas.fail(forbidden(), path="/permissions")
    connected.read_and_keep()
    assert "may not see the whole gradebook" in str(connected.view().problem)


def test_where_the_number_of_a_course_has_to_be_said_it_is_all_that_is_asked(connected: Connected) -> None:
    with connected.school.database.transaction() as session:
        context = session.get_one(Context, connected.school.context)
        context.deployment.registration.issuer = "https://schoology.schoology.com"
        context.memberships_url = context.line_items_url = None
    give(connected, root=SCHOOLOGY, key="k" * 40)
    assert connected.read() is None
    assert connected.view().is_served

    def say(course: str) -> ConnectionView | None:
        with connected.school.database.transaction() as session:
            context, teacher, _ana, _ben = connected.school.rows(session)
            connect(
                session,
                context=context,
                teacher=teacher,
                credential="",
                key="",
                course=course,
                secret=SECRET,
                now=NOW,
            )
            return look_at_connection(session, context)

    assert refusal(lambda: say("")) == "native.course"
    view = say("123456")
    assert view is not None
    assert view.way == "school"
    assert refusal(lambda: give(connected, root=SCHOOLOGY, key="")) == "platform_connection.credential"


def test_the_test_says_in_numbers_what_works_and_in_words_what_does_not(connected: Connected) -> None:
    assert tried(connected) == ()
    give(connected)
    give_key(connected)
    key, credential = tried(connected)
    assert (key.outcome, credential.outcome) == (Outcome.OK, Outcome.OK)
    assert "columns: 1, students: 2" in credential.found
    assert "Family1" not in str((key, credential))
    give(connected, "a-token-that-is-not-valid")
    give_key(connected, "a-secret-that-is-not-valid")
    key, credential = tried(connected)
    assert (key.outcome, key.code) == (Outcome.PROBLEM, "native.developer_key")
    assert (credential.outcome, credential.code) == (Outcome.PROBLEM, "native.token_refused")


def test_a_registration_that_is_not_there_is_not_tried(connected: Connected) -> None:
    with pytest.raises(NotVisible):
        try_platform_connection(
            connected.school.database, SECRET, 99999, "", local_origins=(), clock=lambda: NOW
        )


def test_every_secret_is_encrypted_again_with_a_new_one(connected: Connected) -> None:
    give(connected)
    give_key(connected)
    connected.connect()
    new = "another secret of this installation, long enough"
    with connected.school.database.transaction() as session:
        [connection] = session.scalars(select(NativeConnection))
        connection.encrypted_access = connection.encrypted_secret
        assert encrypt_credentials_again(session, f"{new}\n{SECRET}") == 4
    with connected.school.database.read() as session:
        [platform] = session.scalars(select(PlatformConnection))
        [connection] = session.scalars(select(NativeConnection))
        assert unseal(str(platform.encrypted_secret), new) == TOKEN
        assert unseal(str(platform.encrypted_client_secret), new) == CLIENT_SECRET
        assert unseal(str(connection.encrypted_access), new) == TOKEN
