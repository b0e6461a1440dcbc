"""Messages to families: drafts follow the facts, a teacher's words stay, families read what was approved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context
from lti_tool.models.messages import LONGEST_MESSAGE, FamilyMessage, MessageState
from lti_tool.usecases import adopted_map
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.family_letters import class_letters
from lti_tool.usecases.family_messages import (
    Edit,
    approve,
    drafts_of,
    keep_edits,
    seen_mark,
    set_language,
    shown_messages,
    undo_last,
    withdraw,
    write_anew,
)
from lti_tool.usecases.family_preferences import choose_language, set_declined
from lti_tool.usecases.family_report import report_of
from lti_tool.usecases.messages_page import MessagesView, messages_page
from lti_tool.usecases.words import ENGLISH, Words
from tests.factories import (
    NOW,
    make_column,
    make_context,
    make_person,
    make_registration,
    make_results,
    make_teacher,
    ratios,
)
from tests.usecases.at_once import second_of_two
from tests.usecases.school import School

SPANISH = Words(
    gettext=lambda text: f"ES {text}", ngettext=lambda one, more, n: f"ES {one if n == 1 else more}"
)
WORDS = {"en": ENGLISH, "es": SPANISH}
LATER = NOW + timedelta(minutes=5)
NEXT_WEEK = NOW + timedelta(days=7)


def look(session: Session, school: School, now: datetime = NOW) -> MessagesView:
    context, teacher, *_ = school.rows(session)
    return messages_page(
        session, context=context, teacher=teacher, page=1, now=now, words_in=WORDS, words=ENGLISH
    )


def as_shown(message: FamilyMessage, text: str | None = None) -> Edit:
    return Edit(message.id, message.body if text is None else text, seen_mark(message))


def approve_all(session: Session, school: School, edits: Sequence[Edit], now: datetime = NOW) -> int:
    context, teacher, *_ = school.rows(session)
    keys = [edit.key for edit in edits]
    return approve(session, context=context, edits=edits, keys=keys, teacher=teacher, now=now)


def drafts(session: Session, school: School) -> dict[int, FamilyMessage]:
    return drafts_of(session, session.get_one(Context, school.context))


def better_results(session: Session, school: School) -> None:
    """A new result of everybody, a day ago."""
    context = session.get_one(Context, school.context)
    quiz = [a for a in ratios().skill_map.activities if a.format == "quiz"][2]
    column = make_column(session, context, activity_id=quiz.id, label=quiz.title)
    make_results(session, column, {school.ana: 10.0, school.ben: 10.0}, at=NOW - timedelta(days=1))
    after_sync(session, context, NOW)


def test_drafts_are_plain_facts_about_one_child(school: School) -> None:
    with school.database.transaction() as session:
        assert look(session, school).waiting == 2
        texts = {key: message.body for key, message in drafts(session, school).items()}
        ana, ben = texts[school.ana], texts[school.ben]
        assert ana != ben
        for name, text in (("Given1", ana), ("Given2", ben)):
            assert name in text
            assert 2 <= len(re.findall(r"[.!?](?:\s|$)", text)) <= 4
            assert len(text) <= LONGEST_MESSAGE
            assert not re.search(r"%|behind|weak|at risk|class|average|chance", text.lower())
        assert "Given2" not in ana
        assert re.search(r"went|reached|worked|Secure|started|did", ana.split(".")[0])


def test_who_has_no_result_has_no_draft_until_one_is_asked_for(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        cleo = make_person(session, context, "3")
        look(session, school)
        assert cleo.id not in drafts(session, school)
        write_anew(session, context=context, person_key=cleo.id, words_in=WORDS, now=NOW)
        assert "Given3" in drafts(session, school)[cleo.id].body


def test_an_unedited_draft_follows_the_facts_and_an_edited_one_waits_to_be_asked(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        look(session, school)
        before = {key: message.body for key, message in drafts(session, school).items()}
        mine = drafts(session, school)[school.ana]
        assert (
            keep_edits(session, context=context, edits=[as_shown(mine, "My own words.\r\n\r\n Yes. ")]) == 1
        )
        assert [row.draft.facts_changed for row in look(session, school).rows if row.draft] == [False, False]
        better_results(session, school)
        changed = {row.person_key: row.draft for row in look(session, school).rows}
        draft = changed[school.ana]
        assert draft is not None
        assert (draft.body, draft.edited, draft.facts_changed) == ("My own words.\n\nYes.", True, True)
        other = changed[school.ben]
        assert other is not None
        assert (other.body != before[school.ben], other.edited) == (True, False)
        write_anew(session, context=context, person_key=school.ana, words_in=WORDS, now=NOW)
        fresh = look(session, school).rows[0].draft
        assert fresh is not None
        assert ("My own" in fresh.body, fresh.edited, fresh.facts_changed) == (False, False, False)


def test_a_family_reads_approved_words_for_two_weeks_or_until_the_next_ones(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, ana, _ben = school.rows(session)
        teacher.name = "Ms Rivera"
        look(session, school)

        def read(now: datetime = LATER) -> tuple[str, str] | None:
            view = report_of(session, context=context, child=ana, now=now, words=ENGLISH)
            return (view.message.body, view.message.teacher) if view.message else None

        assert read() is None
        approve_all(session, school, [as_shown(drafts(session, school)[ana.id], "Well done, Ana.")])
        assert read() == ("Well done, Ana.", "Ms Rivera")
        assert read(NOW + timedelta(days=14)) is None
        assert look(session, school, LATER).waiting == 1, "who was written to this week gets no other draft"
        look(session, school, NEXT_WEEK)
        approve_all(session, school, [as_shown(drafts(session, school)[ana.id], "And again.")], NEXT_WEEK)
        assert read(NEXT_WEEK) == ("And again.", "Ms Rivera")
        withdraw(session, context=context, key=shown_messages(session, context, NEXT_WEEK)[ana.id].id)
        assert read(NEXT_WEEK) == ("Well done, Ana.", "Ms Rivera")


def test_approving_keeps_the_words_of_the_form_and_undo_takes_all_of_it_back(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        look(session, school)
        found = drafts(session, school)
        edits = [as_shown(found[school.ana], "Changed."), as_shown(found[school.ben])]
        assert approve_all(session, school, edits) == 2
        assert look(session, school, LATER).undo == 2
        assert undo_last(session, context=context, teacher=teacher, now=LATER) == 2
        assert drafts(session, school)[school.ana].body == "Changed."
        assert shown_messages(session, context, LATER) == {}
        with pytest.raises(Fixable, match="nothing to undo"):
            undo_last(session, context=context, teacher=teacher, now=LATER)


def test_undo_is_for_the_own_latest_approval_and_within_a_day(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        other = make_teacher(session, context, "t2")
        look(session, school)
        found = drafts(session, school)
        approve_all(session, school, [as_shown(found[school.ana])])
        approve_all(session, school, [as_shown(found[school.ben])], LATER)
        for who, now in ((other, LATER), (teacher, LATER + timedelta(days=1))):
            with pytest.raises(Fixable, match="nothing to undo"):
                undo_last(session, context=context, teacher=who, now=now)
        assert undo_last(session, context=context, teacher=teacher, now=LATER) == 1
        assert set(drafts(session, school)) == {school.ben}


def test_undo_leaves_a_draft_that_was_begun_and_edited_meanwhile(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        look(session, school)
        approve_all(session, school, [as_shown(message) for message in drafts(session, school).values()])
        for person_key in (school.ana, school.ben):
            write_anew(session, context=context, person_key=person_key, words_in=WORDS, now=LATER)
        keep_edits(session, context=context, edits=[as_shown(drafts(session, school)[school.ana], "Newer.")])
        assert undo_last(session, context=context, teacher=teacher, now=LATER) == 2
        assert drafts(session, school)[school.ana].body == "Newer."
        states = session.scalars(select(FamilyMessage.state).order_by(FamilyMessage.id)).all()
        assert sorted(states) == [MessageState.DRAFT, MessageState.DRAFT, MessageState.WITHDRAWN]


@pytest.mark.parametrize(
    ("text", "code"),
    [("  \n\x07 ", "message.empty"), ("x" * 601, "message.too_long")],
)
def test_words_that_cannot_be_kept_change_nothing(school: School, text: str, code: str) -> None:
    with school.database.transaction() as session:
        look(session, school)
        before = drafts(session, school)[school.ben].body
        edits = [as_shown(drafts(session, school)[school.ben], "Good words.")]
        edits.append(as_shown(drafts(session, school)[school.ana], text))

    def send() -> None:
        with school.database.transaction() as session:
            approve_all(session, school, edits)

    with pytest.raises(Fixable) as refusal:
        send()
    assert refusal.value.code == code
    with school.database.read() as session:
        assert drafts(session, school)[school.ben].body == before


def test_the_longest_message_is_kept_whole(school: School) -> None:
    with school.database.transaction() as session:
        look(session, school)
        assert approve_all(session, school, [as_shown(drafts(session, school)[school.ana], "ñ" * 600)]) == 1


def test_signs_that_nobody_sees_or_that_turn_words_round_are_left_out(school: School) -> None:
    with school.database.transaction() as session:
        look(session, school)
        draft = drafts(session, school)[school.ana]
        approve_all(session, school, [as_shown(draft, "She is\u202e doing\x07\x85 well.\u2066")])
        assert draft.body == "She is doing well."


def test_a_family_is_not_written_to_without_end(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)

        def write(now: datetime) -> None:
            write_anew(session, context=context, person_key=school.ana, words_in=WORDS, now=now)
            approve_all(session, school, [as_shown(drafts(session, school)[school.ana])], now)

        for _ in range(10):
            write(NOW)
        with pytest.raises(Fixable, match=r"message\.too_many"):
            write(LATER)
        write(NOW + timedelta(days=1))


def test_words_that_a_colleague_approves_in_this_moment_stay_as_they_were_approved(school: School) -> None:
    with school.database.transaction() as session:
        look(session, school)
        draft = drafts(session, school)[school.ana]
        approved, stale = as_shown(draft), as_shown(draft, "Something else.")

    refused = second_of_two(
        school.database,
        lambda session: approve_all(session, school, [approved]),
        lambda session: keep_edits(session, context=session.get_one(Context, school.context), edits=[stale]),
    )
    assert refused == "message.changed"
    with school.database.read() as session:
        [shown] = shown_messages(session, session.get_one(Context, school.context), NOW).values()
        assert shown.body == approved.text


def test_nothing_is_approved_that_was_not_on_the_screen(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        look(session, school)
        stale = as_shown(drafts(session, school)[school.ana])
        keep_edits(
            session, context=context, edits=[as_shown(drafts(session, school)[school.ana], "Of a colleague.")]
        )
        for edit in (stale, Edit(stale.key, "My version.", stale.seen)):
            with pytest.raises(Fixable) as refusal:
                approve_all(session, school, [edit])
            assert (refusal.value.code, refusal.value.status) == ("message.changed", 409)
        assert keep_edits(session, context=context, edits=[stale]) == 0
        assert drafts(session, school)[school.ana].body == "Of a colleague."


def test_an_approved_message_is_not_changed_by_a_form_of_before(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        look(session, school)
        message = drafts(session, school)[school.ana]
        approve_all(session, school, [as_shown(message)])
        for change in (
            lambda: keep_edits(session, context=context, edits=[as_shown(message, "Other.")]),
            lambda: approve_all(session, school, [as_shown(message)]),
            lambda: set_language(
                session, context=context, key=message.id, language="es", words_in=WORDS, now=NOW
            ),
        ):
            with pytest.raises(Fixable, match="has changed"):
                change()


def test_the_language_changes_the_draft_and_never_typed_words(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        choose_language(session, context=context, person_keys=[school.ben], language="es", now=NOW)
        look(session, school)
        ana, ben = drafts(session, school)[school.ana], drafts(session, school)[school.ben]
        assert (ana.language, ben.language, ben.body[:3]) == ("en", "es", "ES ")
        set_language(session, context=context, key=ana.id, language="es", words_in=WORDS, now=NOW)
        assert ana.body.startswith("ES ")
        keep_edits(session, context=context, edits=[as_shown(ana, "Mis palabras.")])
        set_language(session, context=context, key=ana.id, language="en", words_in=WORDS, now=NOW)
        assert (ana.body, ana.language) == ("Mis palabras.", "en")
        assert [row.draft.facts_changed for row in look(session, school).rows if row.draft] == [False, False]
        with pytest.raises(Fixable, match="languages"):
            set_language(session, context=context, key=ana.id, language="tlh", words_in=WORDS, now=NOW)


def test_a_family_that_wishes_no_reports_gets_no_draft_and_no_letter(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        set_declined(session, context=context, person_key=school.ana, declined=True, now=NOW)
        view = look(session, school)
        assert [(row.draft is None, row.declined) for row in view.rows] == [(True, True), (False, False)]
        with pytest.raises(Fixable) as refusal:
            write_anew(session, context=context, person_key=school.ana, words_in=WORDS, now=NOW)
        assert refusal.value.code == "family.no_reports"
        letters = class_letters(session, context=context, teacher=teacher, now=NOW, words_in=WORDS)
        assert [letter.heading for letter in letters] == ["Given2’s learning"]
        with pytest.raises(Fixable, match="nobody to print"):
            class_letters(session, context=context, teacher=teacher, now=NOW, words_in=WORDS, only=school.ana)


def test_letters_come_in_the_order_of_the_roster_each_in_its_language(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        look(session, school)
        message = drafts(session, school)[school.ben]
        set_language(session, context=context, key=message.id, language="es", words_in=WORDS, now=NOW)
        approve_all(session, school, [as_shown(message, "Hola.\nAdiós.")])
        letters = class_letters(
            session,
            context=context,
            teacher=teacher,
            now=NOW,
            words_in=WORDS,
            address_of=lambda token: f"https://tool.example/f/{token}",
        )
        assert [letter.language for letter in letters] == ["en", "es"]
        assert [part.kind for part in letters[0].parts] == ["facts", "step", "plain", "question"]
        first = letters[1].parts[0]
        assert (first.kind, [p.text for p in first.passages], first.passages[0].language) == (
            "message",
            ["Hola.", "Adiós."],
            "es",
        )
        links = [letter.link.address for letter in letters if letter.link]
        assert len(set(links)) == 2


def test_messages_of_another_course_look_like_missing_ones(school: School) -> None:
    with school.database.transaction() as session:
        look(session, school)
        message = drafts(session, school)[school.ana]
        other = make_context(session, registration=make_registration(session, client_id="c2"), context_id="2")
        stranger = make_teacher(session, other, "t2")
        adopted_map.adopt(session, context=other, sample=ratios(), tags={}, teacher=stranger, now=NOW)
        answers = set()
        for key in (message.id, 10_000):
            for ask in (
                lambda key=key: keep_edits(session, context=other, edits=[Edit(key, "Mine.", "-")]),
                lambda key=key: approve(
                    session, context=other, edits=[], keys=[key], teacher=stranger, now=NOW
                ),
                lambda key=key: withdraw(session, context=other, key=key),
                lambda key=key: set_language(
                    session, context=other, key=key, language="es", words_in=WORDS, now=NOW
                ),
            ):
                with pytest.raises(NotVisible) as refusal:
                    ask()
                answers.add(str(refusal.value))
        assert len(answers) == 1
        assert shown_messages(session, other, NOW) == drafts_of(session, other) == {}
