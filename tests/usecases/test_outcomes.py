"""Outcomes: read with the gradebook, confirmed once by a teacher, and evidence from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem, NativeConnection
from lti_tool.models.learning import EvidenceRecord
from lti_tool.models.outcomes import LearningOutcome, OutcomeResult
from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.skill_map import Skill
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.outcome_evidence import MASTERED, fraction_of, left_to_tell
from lti_tool.usecases.outcome_matches import suggested_skill
from lti_tool.usecases.outcomes import OutcomesView, confirm_outcomes, look_at_outcomes, read_outcomes
from tests.factories import NOW, make_context, ratios
from tests.grades.native_apis.canvas_server import forbidden
from tests.usecases.connected import LATER, Connected

MAP = ratios().skill_map
SKILL, OTHER = "ratio-language", "times-as-many"
CODE = MAP.skill(SKILL).codes[0]


@pytest.fixture
def assessed(connected: Connected) -> Connected:
    """Ana was assessed on one outcome in the column “Poster”, and outcomes are read."""
    connected.canvas.add_outcome(31, f"CCSS.MATH.CONTENT.{CODE}")
    connected.canvas.assess(1001, 31, 3)
    connected.connect()
    with connected.school.database.transaction() as session:
        read_outcomes(session, context=context_of(connected, session), wanted=True, now=NOW)
    assert connected.read_and_keep() == []
    return connected


def context_of(connected: Connected, session: Session) -> Context:
    return session.get_one(Context, connected.school.context)


def view(connected: Connected) -> OutcomesView:
    with connected.school.database.read() as session:
        found = look_at_outcomes(session, context_of(connected, session))
    assert found is not None
    return found


def confirm(connected: Connected, skill: str | None) -> None:
    [outcome] = view(connected).outcomes
    with connected.school.database.transaction() as session:
        confirm_outcomes(
            session, context=context_of(connected, session), skills={outcome.key: skill}, now=NOW
        )


def read_again(connected: Connected) -> None:
    connected.read_and_keep(LATER)
    with connected.school.database.transaction() as session:
        after_sync(session, context_of(connected, session), LATER)


def evidence(connected: Connected, *sources: Source) -> list[Evidence]:
    """Ana's, of these sources."""
    with connected.school.database.read() as session:
        room = open_classroom(session, context=context_of(connected, session), now=LATER)
    return [piece for piece in room.evidence[connected.school.ana] if piece.source in sources]


def test_an_outcome_is_suggested_and_counts_only_when_a_teacher_confirms_it(assessed: Connected) -> None:
    seen = view(assessed)
    assert [(one.skill_id, one.how, one.results) for one in seen.outcomes] == [(SKILL, "code", 1)]
    assert (seen.suggested, seen.confirmed, seen.read_at) == (1, 0, NOW)
    read_again(assessed)
    assert evidence(assessed, Source.OUTCOME) == []
    confirm(assessed, SKILL)
    [piece] = evidence(assessed, Source.OUTCOME)
    assert (piece.activity_id, piece.fraction) == (f"observed:canvas-201:{SKILL}", MASTERED)
    assert view(assessed).confirmed == 1
    with assessed.school.database.read() as session:
        room = open_classroom(session, context=context_of(assessed, session), now=NOW)
        assert room.estimates[assessed.school.ana][SKILL].evidence_count == 1


def test_the_same_reading_again_adds_nothing(assessed: Connected) -> None:
    confirm(assessed, SKILL)
    with assessed.school.database.read() as session:
        before = len(session.scalars(select(EvidenceRecord)).all())
    read_again(assessed)
    with assessed.school.database.read() as session:
        assert len(session.scalars(select(EvidenceRecord)).all()) == before
        assert session.scalars(select(OutcomeResult.read_at)).all() == [NOW]


def test_a_changed_result_is_a_correction_and_a_vanished_one_is_withdrawn(assessed: Connected) -> None:
    confirm(assessed, SKILL)
    assessed.canvas.assess(1001, 31, 5)
    read_again(assessed)
    assert [piece.fraction for piece in evidence(assessed, Source.OUTCOME)] == [1.0]
    assessed.canvas.outcome_results.clear()
    read_again(assessed)
    assert evidence(assessed, Source.OUTCOME) == []
    with assessed.school.database.read() as session:
        rows = session.scalars(
            select(EvidenceRecord).where(EvidenceRecord.source == "outcome").order_by(EvidenceRecord.revision)
        ).all()
    assert [(row.revision, row.fraction) for row in rows] == [(1, MASTERED), (2, 1.0), (3, None)]


def test_a_teacher_who_says_another_skill_or_none_is_followed(assessed: Connected) -> None:
    confirm(assessed, SKILL)
    confirm(assessed, OTHER)
    [piece] = evidence(assessed, Source.OUTCOME)
    assert piece.activity_id.endswith(OTHER)
    confirm(assessed, None)
    assert evidence(assessed, Source.OUTCOME) == []
    read_again(assessed)
    assert [(one.skill_id, one.how) for one in view(assessed).outcomes] == [(None, "")]


def test_the_score_of_the_same_work_does_not_tell_a_second_time_but_the_work_is_done(
    assessed: Connected,
) -> None:
    """The column is an activity about two skills; the outcome speaks of one of them."""
    activity = next(each for each in MAP.activities if len(each.skills) == 2 and each.informativeness > 0)
    skill = next(iter(activity.skills))
    with assessed.school.database.transaction() as session:
        poster = session.scalars(select(LineItem).where(LineItem.label == "Poster")).one()
        poster.activity_id = activity.id
    confirm(assessed, skill)
    [whole] = [piece for piece in evidence(assessed, Source.LMS) if piece.activity_id == activity.id]
    left = 1 - activity.skills[skill] / sum(activity.skills.values())
    assert whole.informativeness == pytest.approx(activity.informativeness * left)
    confirm(assessed, None)
    [whole] = [piece for piece in evidence(assessed, Source.LMS) if piece.activity_id == activity.id]
    assert whole.informativeness == activity.informativeness


def test_outcomes_of_all_skills_leave_nothing_of_the_score_to_tell() -> None:
    activity = next(each for each in MAP.activities if len(each.skills) == 2)
    assert left_to_tell(activity, set(activity.skills)) == 0
    assert left_to_tell(activity, ()) == 1
    assert left_to_tell(replace(activity, skills={}), ()) == 1


def test_outcomes_that_are_refused_leave_the_rest_whole_and_what_was_known(assessed: Connected) -> None:
    confirm(assessed, SKILL)
    assessed.canvas.grade(1001, 201, 9.0)
    assessed.canvas.fail(forbidden(403), path="outcome_results")
    [warning] = assessed.read_and_keep(LATER)
    assert "Outcomes were not read" in warning
    assert "does not let this connection read outcomes" in (view(assessed).problem or "")
    assert assessed.view().problem is None
    assert assessed.scores() == {("Poster", assessed.school.ana): 9.0}
    assert len(evidence(assessed, Source.OUTCOME)) == 1
    assert assessed.read_and_keep(LATER) == []
    assert view(assessed).problem is None


def test_results_of_students_whom_nobody_can_match_stay(assessed: Connected) -> None:
    assessed.canvas.outcome_results.clear()
    del assessed.canvas.students[1001]
    read_again(assessed)
    with assessed.school.database.read() as session:
        assert len(session.scalars(select(OutcomeResult)).all()) == 1


def test_a_result_from_the_future_counts_from_when_it_was_read(assessed: Connected) -> None:
    ahead = (NOW + timedelta(days=300)).isoformat()
    assessed.canvas.assess(1001, 31, 3, submitted_or_assessed_at=ahead)
    read_again(assessed)
    with assessed.school.database.read() as session:
        [result] = session.scalars(select(OutcomeResult))
    assert (result.platform_time, result.read_at) == (None, LATER)


def test_an_outcome_of_another_course_and_a_skill_of_no_map_are_refused_whole(assessed: Connected) -> None:
    [outcome] = view(assessed).outcomes
    with assessed.school.database.transaction() as session:
        here = context_of(assessed, session)
        other_course = make_context(session, registration=here.deployment.registration, context_id="2")
        other = LearningOutcome(
            context_id=other_course.id, key="canvas:1", title="Theirs", name="", statement=""
        )
        session.add(other)
        session.flush()
        foreign = other.id
    for skills, error, code in (
        ({outcome.key: SKILL, foreign: SKILL}, NotVisible, "outcome.not_found"),
        ({outcome.key: "no-such-skill"}, Fixable, "outcome.unknown_skill"),
    ):
        with assessed.school.database.transaction() as session, pytest.raises(error) as refused:
            confirm_outcomes(session, context=context_of(assessed, session), skills=skills, now=NOW)
        assert refused.value.code == code
    assert view(assessed).confirmed == 0


def test_a_course_without_a_connection_has_no_outcomes_to_read(connected: Connected) -> None:
    with connected.school.database.transaction() as session, pytest.raises(NotVisible) as refused:
        read_outcomes(session, context=context_of(connected, session), wanted=True, now=NOW)
    assert refused.value.code == "outcomes.not_offered"


def test_not_reading_them_any_more_keeps_what_was_read(assessed: Connected) -> None:
    confirm(assessed, SKILL)
    with assessed.school.database.transaction() as session:
        read_outcomes(session, context=context_of(assessed, session), wanted=False, now=NOW)
    assessed.canvas.requests.clear()
    read_again(assessed)
    assert not [path for path in assessed.canvas.requests if "outcome" in path]
    assert len(evidence(assessed, Source.OUTCOME)) == 1


def test_another_token_goes_on_reading_outcomes(assessed: Connected) -> None:
    assessed.connect(now=LATER)
    with assessed.school.database.read() as session:
        kept = session.scalars(select(NativeConnection)).one()
    assert (kept.with_outcomes, kept.outcomes_read_at) == (True, None)


@pytest.mark.parametrize(
    ("title", "name", "statement", "found"),
    [
        (CODE, "", "", (SKILL, "code")),
        (f"Standard {CODE.lower()}: ratios", "", "", (SKILL, "code")),
        ("Ratios", f"CCSS.MATH.CONTENT.{CODE}", "", (SKILL, "code")),
        ("Ratios", "", f"({CODE}) Understand the concept.", (SKILL, "code")),
        (f"{CODE}b", "", "", (None, "")),
        ("THE LANGUAGE  of ratios", "", "", (SKILL, "title")),
        (f"{CODE} and 4.OA.A.2", "", "", (None, "")),
        ("Ratio", "", "", (None, "")),
    ],
)
def test_suggestions_are_codes_and_whole_titles_of_one_skill(
    title: str, name: str, statement: str, found: tuple[str | None, str]
) -> None:
    outcome = LearningOutcome(title=title, name=name, statement=statement, left_out=False)
    assert suggested_skill(outcome, MAP) == found


def test_two_skills_of_one_title_are_no_suggestion() -> None:
    twice = replace(MAP, skills=(*MAP.skills, Skill("again", MAP.skill(SKILL).title)))
    outcome = LearningOutcome(title=MAP.skill(SKILL).title, name="", statement="", left_out=False)
    assert suggested_skill(outcome, twice) == (None, "")


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99))
def test_more_points_are_never_less_and_mastery_is_a_clear_success(
    one: float, other: float, mark: float
) -> None:
    low, high = sorted((one, other))
    assert 0 <= fraction_of(low, mark) <= fraction_of(high, mark) + 1e-12 <= 1 + 1e-9
    assert fraction_of(mark, mark) == pytest.approx(MASTERED)
    assert fraction_of(one, None) == fraction_of(one, 1.0) == one


def test_results_in_another_course_are_no_evidence_here(assessed: Connected) -> None:
    with assessed.school.database.transaction() as session:
        here = context_of(assessed, session)
        other = make_context(session, registration=here.deployment.registration, context_id="2")
        theirs = LearningOutcome(
            context_id=other.id, key="canvas:1", title="Theirs", name="", statement="", skill_id=SKILL
        )
        session.add(theirs)
        session.flush()
        row = {"outcome_id": theirs.id, "person_id": assessed.school.ana, "work": "canvas:9"}
        session.add(OutcomeResult(**row, share=1.0, read_at=NOW))
    read_again(assessed)
    assert evidence(assessed, Source.OUTCOME) == []
