"""Administrators' sessions: by the clock, and which of them end."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.db import Database
from lti_tool.launch.administrators import create_administrator
from lti_tool.launch.sign_in import begin_sign_in, finish_sign_in, sign_out, sign_out_everywhere, signed_in
from tests.factories import NOW


def test_the_end_of_a_session_in_use_is_moved_once_a_minute(database: Database) -> None:
    with database.transaction() as session:
        create_administrator(session, "ada", "correct horse battery", NOW)
        token = finish_sign_in(session, begin_sign_in(session, "ada", "correct horse battery", NOW), NOW)
        for seconds, due in ((0, False), (59, False), (60, True)):
            found = signed_in(session, token, NOW + timedelta(seconds=seconds))
            assert found is not None
            assert found.prolong is due


def test_signing_out_ends_the_own_session_and_everywhere_the_own_others(database: Database) -> None:
    with database.transaction() as session:
        ada, _bob = (
            create_administrator(session, login, "correct horse battery", NOW) for login in ("ada", "bob")
        )
        desk, phone, window, other = (
            begin_sign_in(session, login, "correct horse battery", NOW)
            for login in ("ada", "ada", "ada", "bob")
        )

        def open_sessions() -> list[bool]:
            return [signed_in(session, token, NOW) is not None for token in (desk, phone, window, other)]

        sign_out(session, window)
        assert open_sessions() == [True, True, False, True]
        sign_out_everywhere(session, ada.id, but=desk)
        assert open_sessions() == [True, False, False, True]
