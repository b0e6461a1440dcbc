"""Groups on made-up classes: everybody once, within all limits, with reasons that are true, and a way out."""

from dataclasses import asdict, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways import integer_program
from lti_tool.pathways.accommodations import TIME_FACTORS, Accommodations
from lti_tool.pathways.filters import ORDERS_ONLY, broken
from lti_tool.pathways.group_seats import can_help, is_growing, main_skill
from lti_tool.pathways.grouping import (
    Group,
    Grouping,
    GroupKind,
    GroupLimits,
    GroupRequest,
    LeftOut,
    Limit,
    form_groups,
    pair_of,
)
from lti_tool.pathways.policy import Weights
from lti_tool.pathways.situation import Situation, Step
from lti_tool.pathways.skill_map import Format, Mode
from tests.factories import ratios
from tests.pathways.classes import made_up_class

COURSE = ratios().skill_map
CLASSES = {(size, seed): made_up_class(COURSE, size, seed) for size in (0, 1, 3, 9, 14) for seed in (1, 2)}


@st.composite
def requests(draw: st.DrawFn) -> tuple[GroupRequest, dict[str, Situation]]:
    """A class and a request about it, often with too little room."""
    learners = CLASSES[draw(st.sampled_from(sorted(CLASSES)))]
    rng = Random(draw(st.integers(0, 10_000)))
    pairs = [pair_of(*rng.sample(sorted(learners), 2)) for _ in range(3)] if len(learners) > 1 else []
    smallest = draw(st.integers(2, 3))
    request = GroupRequest(
        kind=draw(st.sampled_from(GroupKind)),
        limits=GroupLimits(
            smallest=smallest,
            largest=smallest + draw(st.integers(0, 2)),
            places=draw(st.integers(0, 6)),
            adults=draw(st.integers(0, 2)),
            minutes=draw(st.sampled_from([None, 8, 20])),
            modes=frozenset(draw(st.sets(st.sampled_from([Mode.PAIR, Mode.SOLO, Mode.TEACHER_TABLE])))),
        ),
        apart=frozenset(pairs[:2]),
        together=frozenset(pairs[2:]) - frozenset(pairs[:2]),
        absent=frozenset(rng.sample(sorted(learners), min(len(learners), rng.randint(0, 2)))),
        helped={key: rng.randint(0, 3) for key in learners},
    )
    return request, learners


def check(grouping: Grouping, request: GroupRequest, learners: dict[str, Situation]) -> None:
    """Everything that holds for every answer."""
    limits = request.limits
    seated = [key for group in grouping.groups for key in group.learner_ids]
    assert sorted([*seated, *grouping.left_out]) == sorted(learners), (
        "everybody once, in a group or with a reason"
    )
    assert {k for k, why in grouping.left_out.items() if why is LeftOut.ABSENT} == request.absent
    assert len(grouping.groups) <= limits.places
    assert sum(group.needs_adult for group in grouping.groups) <= limits.adults
    where = {key: number for number, group in enumerate(grouping.groups) for key in group.learner_ids}
    for one, other in request.apart:
        assert one not in where or where[one] != where.get(other)
    for one, other in request.together:
        if not request.absent & {one, other}:
            assert where.get(one) == where.get(other)
    for group in grouping.groups:
        assert limits.smallest <= len(group.learner_ids) <= limits.largest
        activity = COURSE.activity(group.activity_id)
        assert activity.mode in limits.modes
        assert limits.minutes is None or activity.minutes <= limits.minutes
        assert group.needs_adult == (activity.mode is Mode.TEACHER_TABLE)
        assert group.skill_id == main_skill(activity)
        for key in group.learner_ids:
            assert (
                set(broken(Step(activity, learners[key].skills[group.skill_id], learners[key])))
                <= ORDERS_ONLY
            )
        check_reason(group, learners)


def check_reason(group: Group, learners: dict[str, Situation]) -> None:
    """What the reason names is so."""
    facts = {key: learners[key].skills[group.skill_id] for key in group.learner_ids}
    if group.kind is GroupKind.SHARED:
        assert not any(each.reached or each.unmet for each in facts.values())
    if group.kind is not GroupKind.HELPING:
        assert group.helper_ids == ()
        return
    helped = set(group.learner_ids) - set(group.helper_ids)
    assert 1 <= len(group.helper_ids) <= len(helped)
    assert all(can_help(facts[key]) for key in group.helper_ids)
    assert all(is_growing(facts[key]) for key in helped)
    for helper in group.helper_ids:
        backs = [back for back in group.backs if back.helper_id == helper]
        assert (facts[helper].due > 0) == (helper in group.due_ids)
        assert helper in group.due_ids or backs, "both gain"
        for back in backs:
            assert is_growing(learners[helper].skills[back.skill_id])
            assert can_help(learners[back.learner_id].skills[back.skill_id])


@settings(max_examples=40, deadline=None)
@given(requests())
def test_every_answer_keeps_the_rules_and_its_loosening_helps(
    asked: tuple[GroupRequest, dict[str, Situation]],
) -> None:
    request, learners = asked
    grouping = form_groups(request, learners)
    check(grouping, request, learners)
    waiting = {key for key, why in grouping.left_out.items() if why is LeftOut.LIMITS}
    assert bool(waiting) == bool(grouping.loosenings)
    if waiting:
        looser = request.loosened(grouping.loosenings)
        again = form_groups(looser, learners)
        check(again, looser, learners)
        assert waiting.isdisjoint(again.left_out)


def test_the_same_inputs_give_the_same_groups() -> None:
    learners = CLASSES[14, 1]
    turned = dict(reversed(learners.items()))
    for kind in GroupKind:
        assert form_groups(GroupRequest(kind=kind), learners) == form_groups(GroupRequest(kind=kind), turned)


def test_too_few_places_name_what_to_loosen() -> None:
    learners = CLASSES[9, 1]
    request = GroupRequest(GroupKind.MIXED, GroupLimits(largest=4, places=2, adults=0))
    grouping = form_groups(request, learners)
    assert len(grouping.groups) == 2
    [loosening] = grouping.loosenings
    assert (loosening.limit, loosening.by, loosening.to) == (Limit.PLACES, 1, 3)


def test_two_who_shall_not_sit_together_are_named_when_nothing_else_helps() -> None:
    learners = {key: at for key, at in CLASSES[3, 1].items() if key != "003"}
    request = GroupRequest(GroupKind.MIXED, apart=frozenset({("001", "002")}))
    grouping = form_groups(request, learners)
    assert grouping.groups == ()
    [loosening] = grouping.loosenings
    assert (loosening.limit, loosening.pair) == (Limit.APART, ("001", "002"))


def test_an_accommodation_keeps_a_format_away() -> None:
    learners = CLASSES[9, 1]
    formats = {
        COURSE.activity(group.activity_id).format
        for group in form_groups(GroupRequest(GroupKind.MIXED), learners).groups
    }
    assert formats
    blocked = {
        key: replace(at, state=replace(at.state, accommodations=Accommodations(frozenset(formats))))
        for key, at in learners.items()
    }
    for group in form_groups(GroupRequest(GroupKind.MIXED), blocked).groups:
        assert COURSE.activity(group.activity_id).format not in formats


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000), minutes=st.sampled_from([12, 15, 20, 30]), kind=st.sampled_from(GroupKind)
)
def test_groups_keep_every_accommodation_and_leave_shared_activities_out(
    seed: int, minutes: int, kind: GroupKind
) -> None:
    rng = Random(seed)
    together = frozenset(rng.sample([activity.id for activity in COURSE.activities], 20))
    learners = {
        key: replace(
            at,
            state=replace(
                at.state,
                together=together,
                accommodations=Accommodations(
                    frozenset(rng.sample(list(Format), 1)),
                    frozenset(rng.sample(list(Mode), 1)),
                    rng.choice(TIME_FACTORS),
                ),
            ),
        )
        for key, at in CLASSES[9, 1 + seed % 2].items()
    }
    for group in form_groups(GroupRequest(kind, GroupLimits(minutes=minutes)), learners).groups:
        task = COURSE.activity(group.activity_id)
        assert task.id not in together
        for learner_id in group.learner_ids:
            state = learners[learner_id].state
            assert state.accommodations.suits(task)
            assert state.minutes_for(task) <= minutes


def test_a_loosening_counts_the_minutes_of_who_needs_most() -> None:
    learners = {
        key: replace(
            at,
            state=replace(at.state, accommodations=Accommodations(time_factor=2.0 if key == "001" else 1.0)),
        )
        for key, at in CLASSES[3, 1].items()
    }

    def formed(minutes: int) -> Grouping:
        return form_groups(GroupRequest(GroupKind.MIXED, GroupLimits(3, 3, minutes=minutes)), learners)

    shortest = next(minutes for minutes in range(5, 60) if formed(minutes).groups)
    task = COURSE.activity(formed(shortest).groups[0].activity_id)
    assert shortest == 2 * task.minutes
    [loosening] = formed(shortest - 3).loosenings
    assert (loosening.limit, loosening.to) == (Limit.MINUTES, shortest)


def test_who_has_helped_often_is_asked_less() -> None:
    learners = CLASSES[14, 1]
    first = form_groups(GroupRequest(GroupKind.HELPING), learners)
    helpers = [key for group in first.groups for key in group.helper_ids]
    assert helpers
    tired = form_groups(GroupRequest(GroupKind.HELPING, helped=dict.fromkeys(helpers, 20)), learners)
    assert len({key for group in tired.groups for key in group.helper_ids} & set(helpers)) < len(helpers)


def test_mixed_groups_spread_every_third_of_the_class() -> None:
    learners = CLASSES[9, 2]
    request = GroupRequest(GroupKind.MIXED, GroupLimits(smallest=3, largest=3, places=3))
    groups = form_groups(request, learners).groups
    skill = groups[0].skill_id
    ranked = sorted(learners, key=lambda key: (learners[key].skills[skill].estimate.probability, key))
    assert {group.skill_id for group in groups} == {skill}
    for third in (ranked[:3], ranked[3:6], ranked[6:]):
        assert [len(set(third) & set(group.learner_ids)) for group in groups] == [1, 1, 1]


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_is_grouped_alone(size: int) -> None:
    grouping = form_groups(GroupRequest(), CLASSES[size, 1])
    assert grouping.groups == ()
    assert len(grouping.left_out) == size


def test_format_is_a_filter_like_all_others() -> None:
    """No format at all: nobody has a task, and it is said so."""
    none = {
        key: replace(at, state=replace(at.state, accommodations=Accommodations(frozenset(Format))))
        for key, at in CLASSES[3, 1].items()
    }
    assert set(form_groups(GroupRequest(), none).left_out.values()) == {LeftOut.NO_TASK}


@pytest.mark.parametrize("key", [(9, 1), (9, 2), (14, 1), (14, 2)])
def test_helpers_with_nothing_to_review_sit_with_somebody_who_helps_back(key: tuple[int, int]) -> None:
    learners = {
        name: replace(at, skills={s: replace(facts, due=0.0) for s, facts in at.skills.items()})
        for name, at in CLASSES[key].items()
    }
    request = GroupRequest(GroupKind.HELPING, GroupLimits(modes=frozenset({Mode.PAIR, Mode.SOLO})))
    check(form_groups(request, learners), request, learners)


def test_larger_weights_of_the_recommender_change_no_group() -> None:
    """What a seat is worth is a share, so the prices of tables and helpers stand against it as before."""
    learners = CLASSES[14, 2]
    weights = Weights(**{name: 4 * weight for name, weight in asdict(Weights()).items()})
    heavier = {key: replace(at, policy=replace(at.policy, weights=weights)) for key, at in learners.items()}
    request = GroupRequest(GroupKind.HELPING)
    assert form_groups(request, heavier) == form_groups(request, learners)


def test_a_machine_that_hangs_gives_no_answer_rather_than_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(integer_program, "SECONDS", 0.0)
    with pytest.raises(RuntimeError, match="no solution"):
        form_groups(GroupRequest(), CLASSES[14, 1])
