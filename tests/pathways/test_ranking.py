"""The quick ranking gives exactly what the plain functions give when each is asked about every activity."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways import filters, ranking, recommender, terms
from lti_tool.pathways.filters import FIRM, RELAXABLE, broken
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.ranking import Scored
from lti_tool.pathways.recommender import recommend
from lti_tool.pathways.situation import Situation, situation, step
from lti_tool.pathways.skill_map import Mode, SkillMap
from lti_tool.pathways.terms import TERMS
from tests.pathways.factories import NOW, random_course, random_state

SEEDS = st.integers(0, 100_000)


class PlainRanking(list[Scored]):
    def within(self, margin: float) -> list[Scored]:
        return [scored for scored in self if scored.score >= self[0].score - margin]


def plain_ranking(at: Situation) -> tuple[PlainRanking, dict[str, int]]:
    """Every activity asked by every rule, one by one."""
    steps = [step(activity, at) for activity in at.skill_map.activities if activity.skills]
    failures = [set(broken(each)) for each in steps]
    held_back = {name: sum(name in names for names in failures) for name in FIRM | RELAXABLE}
    left: list[Scored] = []
    for dropped in range(len(RELAXABLE) + 1):
        relaxed = set(list(RELAXABLE)[:dropped])
        left = [Scored(each) for each, names in zip(steps, failures, strict=True) if names <= relaxed]
        if left:
            break
    return PlainRanking(sorted(left, key=lambda s: (-s.score, s.step.activity.id))), held_back


def course_of(seed: int) -> SkillMap:
    """A random course in which many activities are alike."""
    course, rng = random_course(seed), Random(seed)
    alike = [
        replace(
            a,
            id=f"{a.id}-{number}",
            level=1 + number,
            minutes=rng.choice([10, 20]),
            mode=rng.choice([a.mode, Mode.TEACHER_TABLE]),
        )
        for a in course.activities
        for number in range(3)
    ]
    rng.shuffle(alike)
    return replace(course, activities=tuple(alike))


def learner_of(course: SkillMap, seed: int) -> LearnerState:
    """A learner for whom some activities are easier than others, and who may miss one after the other."""
    rng, state = Random(seed), random_state(course, seed)
    ease = {activity.id: rng.gauss(0.0, 0.5) for activity in course.activities}
    missed = tuple(replace(piece, fraction=0.0) for piece in state.evidence)
    return replace(
        state,
        ease=rng.choice([{}, ease]),
        evidence=rng.choice([state.evidence, missed]),
        accommodations=replace(
            state.accommodations, blocked_modes=frozenset(rng.sample(list(Mode), rng.randint(0, 2)))
        ),
    )


def policy_of(course: SkillMap, seed: int) -> Policy:
    rng = Random(seed)
    skills = [skill.id for skill in course.skills]
    return Policy(
        grade_ceiling=rng.choice([None, 5]),
        steps_below=rng.choice([0, 2]),
        scope=rng.choice([None, frozenset(skills[:2])]),
        mixed_review_from=1,
        explore_share=0.3,
    )


def both(course: int, student: int) -> Iterator[recommender.Recommendation]:
    skill_map = course_of(course)
    state, policy = learner_of(skill_map, student), policy_of(skill_map, student)
    for made_by in (ranking.ranking, plain_ranking):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recommender, "ranking", made_by)
            yield recommend(state, skill_map, policy, now=NOW, rng=Random(student))


@settings(max_examples=150, deadline=None)
@given(course=SEEDS, student=SEEDS)
def test_the_quick_way_gives_the_plain_answer_to_the_last_bit_ledger_included(
    course: int, student: int
) -> None:
    quick, plain = both(course, student)
    assert quick == plain
    assert repr(quick) == repr(plain), "plain numbers, which JSON can hold"


@settings(max_examples=100, deadline=None)
@given(course=SEEDS, student=SEEDS)
def test_every_activity_has_its_plain_rank_and_score(course: int, student: int) -> None:
    skill_map = course_of(course)
    at = situation(learner_of(skill_map, student), skill_map, policy_of(skill_map, student), NOW)
    quick, held_back = ranking.ranking(at)
    plain, plainly_held_back = plain_ranking(at)
    assert [(s.step, s.score) for s in quick] == [(s.step, s.score) for s in plain]
    assert held_back == plainly_held_back


def test_every_rule_says_what_it_looks_at() -> None:
    assert list(terms.LOOKS_AT) == list(TERMS)
    assert list(filters.LOOKS_AT) == [*FIRM, *RELAXABLE]


@pytest.mark.parametrize(
    ("rules", "name"),
    [(rules.LOOKS_AT, name) for rules in (terms, filters) for name in rules.LOOKS_AT],
)
def test_a_rule_that_looked_at_less_would_be_found_out(
    rules: dict[str, tuple[str, ...]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards the tests above: the random courses tell alike activities from others in whatever a rule looks at."""
    for left_out in rules[name]:
        with monkeypatch.context() as patch:
            patch.setitem(rules, name, tuple(look for look in rules[name] if look != left_out))
            assert any(quick != plain for quick, plain in (both(seed, seed) for seed in range(120)))
