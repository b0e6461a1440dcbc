"""The smallest valid things of the learning core, and random courses for properties."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from lti_tool.pathways.accommodations import TIME_FACTORS, Accommodations
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import Level, MasteryEstimate, estimate_mastery
from lti_tool.pathways.recommender import LearnerState, Policy
from lti_tool.pathways.skill_map import (
    Activity,
    Format,
    Mode,
    Prerequisite,
    PrerequisiteKind,
    Skill,
    SkillMap,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def activity(activity_id: str, skill: str | dict[str, float], **values: Any) -> Activity:
    skills = {skill: 1.0} if isinstance(skill, str) else skill
    return Activity(id=activity_id, title=activity_id.replace("-", " ").capitalize(), skills=skills, **values)


def small_map(**values: Any) -> SkillMap:
    """counting -> adding -> (goal) multiplying, each with a video, a worksheet, a game, a quiz and a check."""
    skills = ("counting", "adding", "multiplying")
    kinds = (
        (Format.VIDEO, 0.0, 1),
        (Format.WORKSHEET, 0.6, 2),
        (Format.GAME, 0.6, 1),
        (Format.QUIZ, 1.0, 2),
        (Format.CHECK, 1.0, 2),
    )
    return SkillMap(
        **{
            "id": "small",
            "title": "Small",
            "grade": 3,
            "version": "1",
            "skills": tuple(
                Skill(id=s, title=s.capitalize(), grade=3, goal=s == "multiplying") for s in skills
            ),
            "prerequisites": (Prerequisite("counting", "adding"), Prerequisite("adding", "multiplying")),
            "activities": tuple(
                activity(f"{kind.value}-{skill}", skill, format=kind, informativeness=told, level=level)
                for skill in skills
                for kind, told, level in kinds
            ),
            **values,
        }
    )


def evidence(activity_id: str, fraction: float, days: float = 1.0, **values: Any) -> Evidence:
    return Evidence(
        **{
            "id": f"{activity_id}-{days}",
            "learner_id": "ana",
            "activity_id": activity_id,
            "fraction": fraction,
            "occurred_at": days_ago(days),
            **values,
        }
    )


def estimate(
    skill_id: str, probability: float, level: Level = Level.GROWING, **values: Any
) -> MasteryEstimate:
    return MasteryEstimate(
        **{
            "skill_id": skill_id,
            "probability": probability,
            "lower": max(probability - 0.1, 0.0),
            "upper": min(probability + 0.1, 1.0),
            "evidence_count": 3,
            "level": level,
            "enough_evidence": True,
            "last_evidence_at": days_ago(1),
            **values,
        }
    )


def state_of(
    skill_map: SkillMap, *pieces: Evidence, policy: Policy | None = None, **values: Any
) -> LearnerState:
    threshold = (policy or Policy()).threshold
    return LearnerState(
        **{
            "learner_id": "ana",
            "estimates": estimate_mastery(pieces, skill_map, now=NOW, threshold=threshold),
            "evidence": pieces,
            **values,
        }
    )


def random_course(seed: int) -> SkillMap:
    """A course of 3 to 10 skills with forward prerequisites and 0 to 5 activities a skill, some on two skills."""
    rng = Random(seed)
    names = [f"s{number}" for number in range(rng.randint(3, 10))]
    edges = [
        Prerequisite(
            before, after, rng.choice([PrerequisiteKind.HARD, PrerequisiteKind.HARD, PrerequisiteKind.SOFT])
        )
        for position, after in enumerate(names)
        for before in names[:position]
        if rng.random() < 0.3
    ]
    activities = []
    for position, name in enumerate(names):
        for number in range(rng.randint(0, 5)):
            shares = {name: 1.0}
            if position and rng.random() < 0.2:
                shares[rng.choice(names[:position])] = 0.5
            kind = rng.choice(list(Format))
            activities.append(
                activity(
                    f"{name}-{number}",
                    shares,
                    format=kind,
                    mode=rng.choice(list(Mode)),
                    level=rng.randint(1, 3),
                    minutes=rng.randint(3, 40),
                    informativeness=rng.choice([0.0, 0.3, 0.6, 1.0]),
                    interests=tuple(rng.sample(["music", "sport", "space"], rng.randint(0, 2))),
                )
            )
    return SkillMap(
        id="random",
        title="Random",
        grade=6,
        version=str(seed),
        skills=tuple(
            Skill(id=n, title=n.upper(), grade=rng.randint(3, 7), goal=rng.random() < 0.4) for n in names
        ),
        prerequisites=tuple(edges),
        activities=tuple(activities),
    )


def random_evidence(skill_map: SkillMap, seed: int, most: int = 25) -> tuple[Evidence, ...]:
    rng = Random(seed)
    if not skill_map.activities:
        return ()
    pieces = []
    for number in range(rng.randint(0, most)):
        chosen = rng.choice(skill_map.activities)
        pieces.append(
            evidence(
                chosen.id,
                rng.choice([0.0, 0.3, 0.55, 0.6, 0.8, 0.9, 1.0]),
                rng.uniform(0, 60),
                id=f"e{number:03d}",
                informativeness=chosen.informativeness,
            )
        )
    return tuple(pieces)


def random_state(skill_map: SkillMap, seed: int) -> LearnerState:
    rng = Random(seed)
    ids = [entry.id for entry in skill_map.activities]
    some = rng.sample(ids, min(len(ids), rng.randint(0, 4)))
    return state_of(
        skill_map,
        *random_evidence(skill_map, seed),
        done={
            entry: days_ago(rng.uniform(0, 20)) for entry in rng.sample(ids, min(len(ids), rng.randint(0, 4)))
        },
        vetoed=frozenset(some[:2]),
        closed=frozenset(some[2:3]),
        pinned=rng.choice([None, None, None, *some]),
        waived=frozenset(rng.sample([s.id for s in skill_map.skills], rng.randint(0, 1))),
        interests=frozenset(rng.sample(["music", "sport", "space"], rng.randint(0, 2))),
        accommodations=Accommodations(
            frozenset(rng.sample(list(Format), rng.randint(0, 2))),
            time_factor=rng.choice([1.0, *TIME_FACTORS]),
        ),
        minutes=rng.choice([None, 5, 15]),
        challenge=rng.choice([-1.0, 0.0, 1.0]),
        together=frozenset(some[3:]),
    )
