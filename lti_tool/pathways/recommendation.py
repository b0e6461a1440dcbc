"""The values a recommendation is made of: terms, reasons, options, and the recommendation itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Param = str | int | float


class ReasonCode(StrEnum):
    """Why an option is suggested; each code has its own sentences in `reasons.py`."""

    START_CHECK = "start_check"
    """Nothing is known yet: a check is the fastest way to know."""
    NEW_SKILL = "new_skill"
    """First work on a skill whose prerequisites are met."""
    BUILD = "build"
    """A skill on the way to a goal is still growing."""
    TRY_AGAIN = "try_again"
    """The last score on the skill was a miss; support or easier practice first."""
    CONFIRM = "confirm"
    """Recent work went well; a check would settle it."""
    UNLOCK = "unlock"
    """Other goal skills wait for this one."""
    ANOTHER_ROUTE = "another_route"
    """Two misses in a row: the same skill by another kind of activity."""
    REFRESH = "refresh"
    """A skill that was Secure is fading, or its last review was a miss."""
    MIXED_REVIEW = "mixed_review"
    """One step in four goes back to a skill that is already reached."""
    EXTEND = "extend"
    """All goals are reached: further or harder work."""
    PINNED = "pinned"
    """The teacher chose it."""
    TALK_TO_TEACHER = "talk_to_teacher"
    """No activity fits; a person should look."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as data: a code and the facts its sentence names (ids, dates as ISO text, counts, percents)."""

    code: ReasonCode
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """One visible part of a score: `value` in 0..1 times `weight`."""

    name: str
    value: float
    weight: float

    @property
    def points(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Option:
    """One suggested step. `activity_id` None means: talk to your teacher."""

    activity_id: str | None
    skill_id: str | None
    score: float
    terms: tuple[Term, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the teacher should look at; `code` is "stuck" or "no_activity"."""

    code: str
    skill_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One to three options, the suggested one first; which rules were relaxed; and the ledger that explains it.

    `ledger` is JSON-able: inputs, weights, versions, the runner-up and the terms in which it lost.
    """

    learner_id: str
    options: tuple[Option, ...]
    relaxed: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    ledger: Mapping[str, Any] = field(default_factory=dict)

    @property
    def first(self) -> Option:
        return self.options[0]

    def to_mapping(self) -> dict[str, Any]:
        """JSON-able values; `from_mapping` gives the same recommendation back."""
        return {
            "learner_id": self.learner_id,
            "options": [_option_to_mapping(option) for option in self.options],
            "relaxed": list(self.relaxed),
            "alerts": [{"code": alert.code, "skill_id": alert.skill_id} for alert in self.alerts],
            "ledger": dict(self.ledger),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Recommendation":
        return cls(
            learner_id=mapping["learner_id"],
            options=tuple(_option_from_mapping(option) for option in mapping["options"]),
            relaxed=tuple(mapping["relaxed"]),
            alerts=tuple(Alert(alert["code"], alert["skill_id"]) for alert in mapping["alerts"]),
            ledger=dict(mapping["ledger"]),
        )


def _option_to_mapping(option: Option) -> dict[str, Any]:
    return {
        "activity_id": option.activity_id,
        "skill_id": option.skill_id,
        "score": option.score,
        "terms": [{"name": term.name, "value": term.value, "weight": term.weight} for term in option.terms],
        "reason": {"code": option.reason.code.value, "params": dict(option.reason.params)},
    }


def _option_from_mapping(mapping: Mapping[str, Any]) -> Option:
    return Option(
        activity_id=mapping["activity_id"],
        skill_id=mapping["skill_id"],
        score=mapping["score"],
        terms=tuple(Term(term["name"], term["value"], term["weight"]) for term in mapping["terms"]),
        reason=Reason(ReasonCode(mapping["reason"]["code"]), dict(mapping["reason"]["params"])),
    )
