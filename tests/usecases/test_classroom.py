"""The classroom: each learner's record is built once, and says what a record built anew would say."""

from __future__ import annotations

from dataclasses import replace

from lti_tool.pathways.companions import Companions
from lti_tool.pathways.mastery import estimate_mastery, standing_of
from lti_tool.pathways.school import SchoolModel
from lti_tool.usecases.classroom import open_classroom
from tests.factories import NOW
from tests.usecases.school import School


def test_estimates_and_the_ease_of_activities_come_from_one_record(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        opened = open_classroom(session, context=context, now=NOW)
        pieces = opened.evidence[ana.id]
        met, every = pieces[0].activity_id, [activity.id for activity in opened.skill_map.activities]
        fit = SchoolModel(
            companions=Companions({name: {met: 0.5} for name in every}), slopes=dict.fromkeys(every, 0.3)
        )
        classroom = replace(opened, school=fit)
        state = classroom.state_of(ana)
        assert state.estimates is classroom.estimates_of(ana) is classroom.estimates[ana.id]
        assert state.estimates == estimate_mastery(
            pieces, classroom.skill_map, now=NOW, ease=classroom.ease, threshold=classroom.policy.threshold
        ), "companions and slopes move activities, not what a learner can do"
        record = standing_of(pieces, classroom.skill_map, model=fit.with_ease(classroom.ease), now=NOW).record
        assert state.ease == fit.ease_of_activities(
            record, classroom.skill_map, learner_id=str(ana.id), ease=classroom.ease, now=NOW
        )
        assert state.ease != opened.state_of(ana).ease
