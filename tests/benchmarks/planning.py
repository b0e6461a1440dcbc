"""How long planning takes: `make bench-planning`. Nothing here is a test; the figures depend on the machine.

A class of 30 in a course of 20 skills and 160 activities with 60 scores each: estimates, next steps with reasons, and the
same with all that a class and a school know, and one new score; then a part of a district, class by class, so that only one course is in memory at a time.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from lti_tool.pathways.answers import answers_of
from lti_tool.pathways.companions import Companions
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import standing_of
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommender import recommend
from lti_tool.pathways.school import AS_SHIPPED, SchoolModel
from lti_tool.pathways.skill_map import Activity, Format, Prerequisite, Skill, SkillMap

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLASS, SCORES, REPEATS = 30, 60, 3
DISTRICT, DISTRICT_ACTIVITIES, MEASURED = 10_000, 500, 60
FORMATS = (Format.VIDEO, Format.WORKSHEET, Format.QUIZ, Format.GAME)
POLICY = Policy(explore_share=0.0)


def main() -> None:
    """Measure and print core seconds, the largest memory, and what each figure may be."""
    course = _course(activities=160)
    evidence = [_evidence(course, learner) for learner in range(CLASS)]
    states = [_state(course, pieces) for pieces in evidence]
    _say(
        f"estimates of {CLASS} students x {SCORES} scores",
        12,
        _best(lambda: [_state(course, pieces) for pieces in evidence]),
    )
    _say(
        f"next steps of {CLASS} students x 160 activities",
        50,
        _best(lambda: [_next(course, s) for s in states]),
    )
    school = _fitted(course)
    found = ease_for(
        [answer for pieces in evidence for answer in answers_of(pieces, course, school.parameters)],
        school.parameters,
    )
    _say(
        "the same class from scores to next steps, with its own ease and a school's fit",
        100,
        _best(lambda: [_next(course, _state(course, pieces, school, found)) for pieces in evidence]),
    )
    late = replace(evidence[0][0], id="new", occurred_at=NOW)
    _say(
        "one new score to a new next step",
        5,
        _best(lambda: [_next(course, _state(course, (*evidence[0], late)))]),
    )
    spent = _district()
    _say(
        f"{DISTRICT} students x {DISTRICT_ACTIVITIES} activities, from {MEASURED} of them",
        60_000,
        spent * DISTRICT / MEASURED,
    )
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _say(what: str, wanted_ms: float, seconds: float) -> None:
    print(f"{what}: {1000 * seconds:.1f} ms, wanted {wanted_ms} ms, ratio {1000 * seconds / wanted_ms:.2f}")


def _best(work: Callable[[], object]) -> float:
    """The least core time of a few runs."""
    spent = []
    for _ in range(REPEATS):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent)


def _district() -> float:
    """Core seconds for the next steps of some classes of a district, one course after the other."""
    spent = 0.0
    for number in range(MEASURED // CLASS):
        given = _course(activities=DISTRICT_ACTIVITIES)
        evidence = [_evidence(given, number * CLASS + learner) for learner in range(CLASS)]
        before = time.process_time()
        course = replace(given)  # what a course works out once counts too
        for pieces in evidence:
            _next(course, _state(course, pieces))
        spent += time.process_time() - before
    return spent


def _fitted(course: SkillMap) -> SchoolModel:
    """As a school's fit may look: companions for every activity, slopes for every other one."""
    names = [activity.id for activity in course.activities]
    return SchoolModel(
        parameters=DEFAULT_PARAMETERS,
        companions=Companions({name: dict.fromkeys(names[:20], 0.1) for name in names}),
        slopes=dict.fromkeys(names[::2], 0.2),
    )


def _course(*, activities: int) -> SkillMap:
    names = [f"s{number}" for number in range(20)]
    return SkillMap(
        id="planning",
        title="Planning",
        grade=6,
        version="1",
        skills=tuple(Skill(id=name, title=name, grade=6, goal=name in names[-6:]) for name in names),
        prerequisites=tuple(
            Prerequisite(before, after) for before, after in zip(names, names[4:], strict=False)
        ),
        activities=tuple(
            Activity(
                id=f"a{number}",
                title=f"a{number}",
                skills={names[number % 20]: 1.0},
                format=FORMATS[number // 20 % len(FORMATS)],
                level=1 + number % 3,
            )
            for number in range(activities)
        ),
    )


def _evidence(course: SkillMap, learner: int) -> tuple[Evidence, ...]:
    rng = Random(learner)
    return tuple(
        Evidence(
            id=f"{number:03d}",
            learner_id=str(learner),
            activity_id=rng.choice(course.activities).id,
            fraction=rng.choice((0.4, 0.6, 0.8, 1.0)),
            occurred_at=NOW - timedelta(days=SCORES - number),
        )
        for number in range(SCORES)
    )


def _state(
    course: SkillMap, pieces: tuple[Evidence, ...], school: SchoolModel = AS_SHIPPED, ease: Ease = AS_USUAL
) -> LearnerState:
    learner_id = pieces[0].learner_id
    standing = standing_of(pieces, course, model=school.with_ease(ease), now=NOW)
    if not ease.activities:
        return LearnerState(learner_id=learner_id, estimates=standing.estimates, evidence=pieces)
    own = school.ease_of_activities(standing.record, course, learner_id=learner_id, ease=ease, now=NOW)
    return LearnerState(learner_id=learner_id, estimates=standing.estimates, evidence=pieces, ease=own)


def _next(course: SkillMap, state: LearnerState) -> str | None:
    return recommend(state, course, POLICY, now=NOW, rng=None).first.activity_id


if __name__ == "__main__":
    main()
