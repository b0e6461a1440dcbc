"""What a student says and asks for, from the student's page to the teacher's, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import LearnerProfile, Person, WeeklyGoal
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.challenge import SETTINGS
from tests.factories import ratios
from tests.web.school import School, Visitor, open_school

GOAL = ratios().skill_map.goals[0]
GOAL_TITLE = ratios().skill_map.skill(GOAL).title


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=2) as school:
        yield school


def step_of(learner: Visitor) -> str:
    """The title of the student's next step."""
    found = re.search(r'<h2 id="step"><span[^>]*>([^<]+)', learner.get("next").text)
    assert found is not None
    return found[1]


def firsts(learner: Visitor) -> dict[str, str]:
    """What the preview says would come first, by setting."""
    page = learner.get("next", challenge="look").text.partition('id="challenge"')[2].partition("</form>")[0]
    if "Today the same step comes first at every setting." in page:
        return {f"{setting:g}": step_of(learner) for setting in SETTINGS}
    found = re.findall(r'name="challenge" value="([^"]+)".*?<span lang="en">([^<]+)', page, flags=re.DOTALL)
    return dict(found)


def finish_lessons(school: School) -> None:
    """Everything that gives no score was done, so that tasks of several levels are what is left."""
    with school.database.transaction() as session:
        now = session.scalars(
            select(Proposal).where(Proposal.person_id == school.learner_keys[0], Proposal.is_current)
        ).one()
        for lesson in ratios().skill_map.activities:
            if lesson.informativeness == 0:
                add_finished(session, now, school.now - timedelta(days=20), activity_id=lesson.id)


def add_finished(
    session: Session, like: Proposal, done_at: datetime, *, activity_id: str | None = None
) -> None:
    """A step of the same student that was finished then."""
    recommendation = deepcopy(like.recommendation)
    if activity_id:
        recommendation["options"][0]["activity_id"] = activity_id
    session.add(
        Proposal(
            context_id=like.context_id,
            person_id=like.person_id,
            is_current=False,
            status=ProposalStatus.DONE,
            recommendation=recommendation,
            skill_map_version=like.skill_map_version,
            created_at=done_at,
            done_at=done_at,
        )
    )


def profiles(school: School) -> list[tuple[list[str], str, str, float]]:
    with school.database.read() as session:
        rows = session.scalars(select(LearnerProfile).order_by(LearnerProfile.person_id))
        return [(row.interests, row.goal, row.favourite_goal, row.challenge) for row in rows]


def test_the_page_says_what_each_setting_aims_at_and_looks_ahead_only_when_asked(school: School) -> None:
    learner = school.learner()
    page = learner.read("next")
    assert "Now: As usual, about 3 of 4 right." in page
    for aim in ("about 6 of 7 right", "about 4 of 5 right", "about 7 of 10 right", "about 2 of 3 right"):
        assert aim in page
    assert "First would be:" not in page
    assert len(firsts(learner)) == len(SETTINGS)
    assert profiles(school) == [], "looking changes nothing"


def test_the_preview_is_true_at_every_setting(school: School) -> None:
    learner = school.learner()
    finish_lessons(school)
    learner.post("me/empty")  # which plans anew
    promised = firsts(learner)
    assert len(set(promised.values())) > 1, "else this test would say little"
    assert promised["0"] == step_of(learner)
    for setting in ("1", "-1", "0"):
        page = learner.follow(learner.post("next/challenge", challenge=setting))
        assert re.search(r"Done\. This step comes first|Kept\. The same step comes first", page)
        assert step_of(learner) == promised[setting]
        assert firsts(learner) == promised


def test_anything_but_the_five_settings_is_refused_and_nothing_is_kept(school: School) -> None:
    learner = school.learner()
    for setting in ("", "2", "nan", "0.25", "harder"):
        response = learner.post("next/challenge", challenge=setting)
        assert (response.status_code, "challenge.setting" in response.text) == (422, True), setting
    assert profiles(school) == []


def test_a_step_that_the_teacher_approved_stays_and_the_page_says_when_the_wish_counts(
    school: School,
) -> None:
    school.teacher().post("proposals/approve-all")
    learner = school.learner()
    before = step_of(learner)
    assert "Your teacher chose this step with you, so it stays." in learner.read("next", challenge="look")
    assert firsts(learner) == {}
    page = learner.follow(learner.post("next/challenge", challenge="1"))
    assert "your wish counts from the one after it" in page
    assert "Now: Much harder, about 2 of 3 right." in page
    assert step_of(learner) == before
    told = school.teacher().read(f"students/{school.learner_keys[0]}")
    assert "Easier or harder: Much harder, about 2 of 3 right." in told
    assert "A wish counts from the step after the approved one." in told


def test_what_a_student_says_is_kept_shown_to_the_teacher_and_to_nobody_else(school: School) -> None:
    learner = school.learner()
    words = "I want to read <b>recipes</b> without help"
    page = learner.follow(
        learner.post("me", interest=["music", "cooking"], goal=f"  {words}\u202e\x07\n", favourite_goal=GOAL)
    )
    assert "Saved. You can change or empty it at any time." in page
    assert profiles(school) == [(["cooking", "music"], words, GOAL, 0.0)]
    form = learner.get("me").text
    assert form.count(" checked>") == 2
    assert f'<option value="{GOAL}" lang="en" selected>' in form
    teacher = school.teacher()
    told = teacher.read(f"students/{school.learner_keys[0]}")
    assert words in told
    assert "Interests: cooking, music" in told
    assert f"The class goal that matters most: {GOAL_TITLE}" in told
    assert words not in school.learner(1).read("me")
    assert "Nothing said yet." in teacher.read(f"students/{school.learner_keys[1]}")
    assert words not in school.mentor(0).read("family")


def test_what_cannot_be_kept_is_refused_whole(school: School) -> None:
    learner = school.learner()
    learner.post("me", interest="music", goal="Mine", favourite_goal="")
    six = ["art", "building", "cooking", "games", "music", "sport"]
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"interest": ["my dog Rex"]}, "about_me.interests"),
        ({"interest": six}, "about_me.interests"),
        ({"goal": "x" * 201}, "about_me.goal_too_long"),
        ({"favourite_goal": "no-such-goal"}, "about_me.no_such_goal"),
    )
    for fields, code in wrong:
        refused = learner.post("me", **{"interest": "art", "goal": "Other", "favourite_goal": "", **fields})
        assert (refused.status_code, code in refused.text) == (422, True), fields
    assert profiles(school) == [(["music"], "Mine", "", 0.0)]


def test_a_step_that_the_student_chose_stays_when_interests_change(school: School) -> None:
    learner = school.learner()
    learner.post("next/choose", option=1)
    chosen = step_of(learner)
    learner.post("me", interest=["music", "sport", "art"], favourite_goal=GOAL)
    assert step_of(learner) == chosen


def test_the_week_counts_finished_steps_and_keeps_the_weeks_before(school: School) -> None:
    learner = school.learner()
    assert "You can choose how many steps you want to finish this week." in learner.read("next")
    assert "is saved" in learner.follow(learner.post("me/week", steps=2))
    assert "0 of 2 steps so far." in learner.read("next")
    with school.database.transaction() as session:
        first = session.scalars(
            select(Proposal).where(Proposal.person_id == school.learner_keys[0], Proposal.is_current)
        ).one()
        monday = session.scalars(select(WeeklyGoal.monday)).one()
        session.add(
            WeeklyGoal(
                context_id=first.context_id,
                person_id=first.person_id,
                monday=monday - timedelta(weeks=1),
                steps=1,
            )
        )
        for days in (0, 7, 14):
            add_finished(session, first, school.now - timedelta(days=days))
    page = learner.read("me")
    assert "1 of 2 steps so far." in page
    assert page.count("1 step finished.") == 2
    assert page.count("That was your goal.") == 1
    learner.post("me/week", steps=1)
    assert "Reached: 1 step finished." in learner.read("next")
    assert "Goal for this week: 1 of 1 step so far." in school.teacher().read(
        f"students/{school.learner_keys[0]}"
    )
    assert "No goal for this week." in learner.follow(learner.post("me/week", steps=0))
    assert "so far" not in learner.read("next")
    for steps in (11, -1, "many"):
        assert "week.steps" in learner.post("me/week", steps=steps).text
    assert "1 step" not in school.learner(1).read("me"), "what others finished is not mine"


def test_everything_can_be_emptied_and_goes_with_the_person(school: School) -> None:
    learner = school.learner()
    learner.post("me", interest="music", goal="Mine", favourite_goal=GOAL)
    learner.post("me/week", steps=3)
    learner.post("next/challenge", challenge="-1")
    assert "Emptied." in learner.follow(learner.post("me/empty"))
    assert profiles(school) == [([], "", "", 0.0)]
    assert "Empty it all" not in learner.read("me")
    learner.post("me/week", steps=3)
    with school.database.transaction() as session:
        session.execute(delete(Person).where(Person.id == school.learner_keys[0]))
    with school.database.read() as session:
        for table in (LearnerProfile, WeeklyGoal):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_who_acts_as_a_student_sees_it_all_and_changes_nothing(school: School) -> None:
    learner = school.learner()
    learner.post("me", interest="music", goal="Mine", favourite_goal="")
    learner.post("me/week", steps=3)
    with school.database.transaction() as session:
        session.scalars(
            select(LaunchSession).where(LaunchSession.public_id == learner.launch_id)
        ).one().is_masquerading = True
    assert "Mine" in learner.read("me")
    changes: tuple[tuple[str, dict[str, object]], ...] = (
        ("me", {"goal": "Not mine"}),
        ("me/week", {"steps": 1}),
        ("me/empty", {}),
        ("next/challenge", {"challenge": "1"}),
    )
    for path, fields in changes:
        assert "auth.masquerading" in learner.post(path, **fields).text
    assert profiles(school) == [(["music"], "Mine", "", 0.0)]


def test_a_course_that_is_not_set_up_yet_says_so_kindly(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        assert "Your teacher is still setting Waymark up for this course." in school.learner().read("me")
