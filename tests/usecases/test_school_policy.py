"""What administrators choose holds in every course of the platform, and no course goes further than they allow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lti_tool.errors import Fixable
from lti_tool.models.courses import Mode
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.policies import first_mode
from lti_tool.pathways.choices import Choices
from lti_tool.usecases import decide
from lti_tool.usecases.course_rules import add_version, course_rules
from lti_tool.usecases.school_policy import look_at_school_policy, save_school_policy
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_registration
from tests.usecases.school import School


def test_defaults_locks_and_the_highest_mode_hold_in_the_platform_s_courses_alone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        other = make_context(
            session, registration=make_registration(session, issuer="https://other.example"), context_id="2"
        )
        add_version(
            session,
            context=context,
            own=Choices({"threshold": 0.6, "minutes": 20}),
            person=teacher,
            now=NOW,
        )
        decide.approve_all(session, context=context, teacher=teacher, now=NOW)
        lowered = save_school_policy(
            session,
            registration=context.deployment.registration,
            choices=Choices({"threshold": 0.8, "minutes": 30, "steps_below": 1}),
            seen=0,
            locked=["threshold", "no such setting"],
            highest_mode=Mode.SUGGEST,
            first_mode=Mode.WRITE_BACK,
            actor="ada",
            now=NOW,
        )
        assert (lowered, context.mode, other.mode) == (1, Mode.SUGGEST, Mode.WRITE_BACK)
        assert session.scalars(select(OutboxEntry)).all() == [], "words that never left are forgotten"
        rules = course_rules(session, context)
        assert rules.locked == {"threshold"}
        assert [rules.choices.value(name) for name in ("threshold", "minutes", "steps_below")] == [0.8, 20, 1]
        assert rules.version == "course 1, school 1"
        assert course_rules(session, other).choices.value("threshold") == 0.7
        assert session.scalars(select(first_mode(context.deployment_id))).one() is Mode.SUGGEST
        assert session.scalars(select(first_mode(other.deployment_id))).one() is Mode.WRITE_BACK
        view = look_at_school_policy(session, registration=context.deployment.registration, words=ENGLISH)
        assert (view.version, view.courses[Mode.SUGGEST]) == (1, 1)


def test_two_administrators_never_write_over_each_other(school: School) -> None:
    with school.database.transaction() as session:
        registration = school.rows(session)[0].deployment.registration

        def save(threshold: float, seen: int | None) -> None:
            save_school_policy(
                session,
                registration=registration,
                choices=Choices({"threshold": threshold}),
                seen=seen,
                locked=[],
                highest_mode=Mode.SUGGEST,
                first_mode=Mode.SUGGEST,
                actor="ada",
                now=NOW,
            )

        save(0.8, 0)
        for seen in (0, None, 2):
            with pytest.raises(Fixable, match=r"policy\.changed"):
                save(0.6, seen)
        save(0.9, 1)
        view = look_at_school_policy(session, registration=registration, words=ENGLISH)
        assert view.version == 2
