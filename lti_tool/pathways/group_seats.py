"""Who could sit where: for each task, the learners who may do it and what they would be there for.

A task is an activity together with what brings its group together. Every hard filter of the recommender holds for
everybody in it, so nobody works past an unmet prerequisite or against an accommodation. A foundation that the map does not name
only orders work: whoever lacks one is better placed elsewhere, but may take part.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace

from lti_tool.pathways.content import Activity, Mode
from lti_tool.pathways.filters import ORDERS_ONLY, broken
from lti_tool.pathways.group_request import GroupKind, GroupRequest
from lti_tool.pathways.situation import Situation, SkillFacts, Step
from lti_tool.pathways.terms import terms_of

HELP_COST = 0.1
"""What each time of having helped before takes from asking somebody again."""
FOUNDATION_COST = 0.2
"""What an unmet foundation takes from a task: enough that of two like tasks the one without it is chosen."""
TASKS_PER_SKILL = 3
"""The best tasks of one skill that are compared, for each kind, with and without an adult."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One learner at one task. `gain` (at most 1) is what it is worth to the learner.

    A helper whose skill is not due for review takes part only beside one of `back`: those who can help back.
    """

    learner_id: str
    gain: float
    helps: bool = False
    back: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What a group could do: an activity about one skill, for a kind of group, with everybody who may take part.

    `minutes_over` is how much longer it takes the slowest of them than there is time; `standing` is each learner's estimate of the skill.
    """

    activity: Activity
    skill_id: str
    kind: GroupKind
    seats: tuple[Seat, ...]
    standing: Mapping[str, float]
    minutes_over: int = 0

    @property
    def needs_adult(self) -> bool:
        return self.activity.mode is Mode.TEACHER_TABLE


def main_skill(activity: Activity) -> str:
    """The skill with the largest share; of equal shares the one named first."""
    return max(activity.skills, key=lambda skill_id: activity.skills[skill_id])


def tasks_for(
    request: GroupRequest, situations: Mapping[str, Situation], *, longer: bool
) -> tuple[Task, ...]:
    """The tasks that at least two of the learners may do; with `longer` also those that take more time than there is."""
    if not situations:
        return ()
    activities = next(iter(situations.values())).skill_map.activities
    timed = {
        learner_id: replace(at, state=replace(at.state, minutes=request.limits.minutes))
        for learner_id, at in situations.items()
    }
    kinds = {
        GroupKind.SHARED: (GroupKind.SHARED,),
        GroupKind.HELPING: (GroupKind.HELPING, GroupKind.SHARED),
        GroupKind.MIXED: (GroupKind.MIXED,),
    }[request.kind]
    tasks = [
        task
        for activity in activities
        if activity.skills and activity.mode in request.limits.modes
        for kind in kinds
        for task in _tasks(activity, kind, request, timed)
        if len(task.seats) > 1 and (longer or not task.minutes_over)
    ]
    return _common(tasks) if request.kind is GroupKind.MIXED else _best(tasks)


def learner_has_seat(tasks: Iterable[Task]) -> frozenset[str]:
    """Everybody for whom at least one of the tasks is possible."""
    return frozenset(seat.learner_id for task in tasks for seat in task.seats)


def _tasks(
    activity: Activity, kind: GroupKind, request: GroupRequest, situations: Mapping[str, Situation]
) -> Iterator[Task]:
    """The activity for all who have the time for it, and with more minutes for those, too, who need them."""
    able = {
        learner_id: Step(activity, at.skills[main_skill(activity)], at)
        for learner_id, at in situations.items()
        if set(rules_against(activity, at)) <= {"time"}
    }
    over = {learner_id: _minutes_over(step) for learner_id, step in able.items()}
    for minutes in sorted(set(over.values())):
        with_time = {learner_id: step for learner_id, step in able.items() if over[learner_id] <= minutes}
        task = _task(activity, kind, request, with_time, minutes)
        if task is not None:
            yield task


def _task(
    activity: Activity, kind: GroupKind, request: GroupRequest, able: Mapping[str, Step], minutes_over: int
) -> Task | None:
    seats = {
        GroupKind.SHARED: _needing,
        GroupKind.HELPING: _helping,
        GroupKind.MIXED: _everybody,
    }[kind](able, request)
    if kind is GroupKind.HELPING and (not seats or all(seat.helps for seat in seats)):
        return None
    return Task(
        activity=activity,
        skill_id=main_skill(activity),
        kind=kind,
        seats=tuple(seats),
        standing={seat.learner_id: able[seat.learner_id].facts.estimate.probability for seat in seats},
        minutes_over=minutes_over,
    )


def rules_against(activity: Activity, at: Situation) -> tuple[str, ...]:
    """The names of the recommender's filters that keep a learner from taking part."""
    step = Step(activity, at.skills[main_skill(activity)], at)
    return tuple(name for name in broken(step) if name not in ORDERS_ONLY)


def _minutes_over(step: Step) -> int:
    state = step.situation.state
    return 0 if state.minutes is None else max(state.minutes_for(step.activity) - state.minutes, 0)


def _needing(able: Mapping[str, Step], _request: GroupRequest) -> list[Seat]:
    return [Seat(learner_id, _worth(step)) for learner_id, step in able.items() if not step.facts.reached]


def _everybody(able: Mapping[str, Step], _request: GroupRequest) -> list[Seat]:
    return [Seat(learner_id, _worth(step)) for learner_id, step in able.items()]


def _helping(able: Mapping[str, Step], request: GroupRequest) -> list[Seat]:
    growing = {learner_id: step for learner_id, step in able.items() if is_growing(step.facts)}
    helpers = {learner_id: step for learner_id, step in able.items() if can_help(step.facts)}
    seats = [Seat(learner_id, _worth(step)) for learner_id, step in growing.items()]
    for learner_id, step in helpers.items():
        often = HELP_COST * request.helped.get(learner_id, 0)
        if step.facts.due > 0:
            seats.append(Seat(learner_id, step.facts.due - often, helps=True))
            continue
        back = frozenset(
            other for other, theirs in growing.items() if helps_back(step.situation, theirs.situation)
        )
        if back:
            seats.append(Seat(learner_id, -often, helps=True, back=back))
    return seats


def is_growing(facts: SkillFacts) -> bool:
    """Tried, and not there yet."""
    return (
        facts.estimate.evidence_count > 0 and not facts.reached and not facts.estimate.level.at_least_secure
    )


def can_help(facts: SkillFacts) -> bool:
    """Secure, and not fading below the threshold just now."""
    return facts.estimate.level.at_least_secure and facts.reached


def helps_back(helper: Situation, learner: Situation) -> str | None:
    """The first skill, in the order of the map, on which the helped one could in turn help the helper."""
    for skill_id, facts in helper.skills.items():
        if is_growing(facts) and not facts.unmet and can_help(learner.skills[skill_id]):
            return skill_id
    return None


def _worth(step: Step) -> float:
    """The share of all points that the teacher's weights allow, so that other weights do not upset the prices of groups."""
    most = sum(astuple(step.situation.policy.weights)) or 1.0
    lacking = any(step.situation.skills[skill_id].foundations for skill_id in step.activity.skills)
    return sum(term.points for term in terms_of(step)) / most - (FOUNDATION_COST if lacking else 0.0)


def _best(tasks: list[Task]) -> tuple[Task, ...]:
    """Of each skill the tasks that suit most learners, then those worth most; and what somebody's only task is."""
    kept: list[Task] = []
    seen: dict[tuple[str, GroupKind, bool], int] = {}
    covered: set[tuple[str, GroupKind, str]] = set()
    for task in sorted(tasks, key=_preference):
        place = (task.skill_id, task.kind, task.needs_adult)
        new = {(task.skill_id, task.kind, seat.learner_id) for seat in task.seats} - covered
        if seen.get(place, 0) < TASKS_PER_SKILL or (new and not task.needs_adult):
            kept.append(task)
            seen[place] = seen.get(place, 0) + 1
            covered |= new
    return tuple(kept)


def _common(tasks: list[Task]) -> tuple[Task, ...]:
    """One task for as many as possible, then one for as many of the others as possible, and so on."""
    kept: list[Task] = []
    left = set(learner_has_seat(tasks))
    while left:
        task = min(tasks, key=lambda task: (-len(left & set(task.standing)), _preference(task)))
        kept.append(task)
        left -= set(task.standing)
    return tuple(kept)


def _preference(task: Task) -> tuple[int, bool, int, float, str]:
    worth = sum(seat.gain for seat in task.seats)
    return task.minutes_over, task.needs_adult, -len(task.seats), -worth, task.activity.id
