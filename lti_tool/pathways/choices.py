"""What a teacher or a school may choose about recommendations: each setting, its bounds, and what it comes to.

A choice is kept as the value that a person chose; what nobody chose takes the shipped value. Weights are chosen in
words, because a teacher can stand by "more review" and not by 0.30.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeGuard

from lti_tool.pathways.buckets import CutOffs
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.policy import Policy, Weights

Value = float | int | str | None


class Kind(StrEnum):
    """How a setting is written: as per cent of a whole, as a number, or as one of some words."""

    PERCENT = "percent"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to choose. Bounds are as people write them, in per cent for a share."""

    name: str
    kind: Kind
    shipped: Value
    lowest: int = 0
    highest: int = 0
    may_be_empty: bool = False
    words: tuple[str, ...] = ()

    def permits(self, value: object) -> TypeGuard[Value]:
        """Whether this may be chosen."""
        if value is None:
            return self.may_be_empty
        if self.kind is Kind.WORD:
            return value in self.words
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        whole = isinstance(value, int) or self.kind is Kind.PERCENT
        written = round(100 * value, 6) if self.kind is Kind.PERCENT else value
        return whole and self.lowest <= written <= self.highest


TERMS = tuple(field.name for field in fields(Weights))
FACTORS: Mapping[str, float] = MappingProxyType({"none": 0.0, "less": 0.5, "usual": 1.0, "more": 2.0})
OWN = "own"
PRESETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "usual": {},
        "gaps": {"gap": "more", "unlocks": "more", "fresh": "less"},
        "finish": {"finish": "more", "spread": "less"},
        "review": {"review": "more", "fresh": "less"},
        "variety": {"variety": "more", "fresh": "more"},
    }
)
BY_TEACHER, BY_ITSELF = "teacher", "automatic"

_POLICY, _CUTS = Policy(), CutOffs()
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        setting.name: setting
        for setting in (
            Setting("threshold", Kind.PERCENT, _POLICY.threshold, 50, 95),
            Setting("prerequisite_margin", Kind.PERCENT, _POLICY.prerequisite_margin, 0, 30),
            Setting("grade_ceiling", Kind.NUMBER, _POLICY.grade_ceiling, 1, 13, may_be_empty=True),
            Setting("steps_below", Kind.NUMBER, _POLICY.steps_below, 0, 8),
            Setting("repeat_after_days", Kind.NUMBER, _POLICY.repeat_after_days, 0, 60),
            Setting("minutes", Kind.NUMBER, None, 5, 90, may_be_empty=True),
            Setting("recent_days", Kind.NUMBER, _CUTS.recent_days, 3, 90),
            Setting("hand_below", Kind.PERCENT, _CUTS.hand_below, 10, 90),
            Setting("hand_misses", Kind.NUMBER, _CUTS.hand_misses, 1, 3),
            Setting("extend_from", Kind.PERCENT, _CUTS.extend_from, 10, 100),
            Setting("extend_scores", Kind.PERCENT, _CUTS.extend_scores, 10, 100),
            Setting("weights", Kind.WORD, "usual", words=(*PRESETS, OWN)),
            *(Setting(f"weight_{term}", Kind.WORD, "usual", words=tuple(FACTORS)) for term in TERMS),
            Setting("approval", Kind.WORD, BY_TEACHER, words=(BY_TEACHER, BY_ITSELF)),
        )
    }
)
_OF_POLICY = ("threshold", "prerequisite_margin", "grade_ceiling", "steps_below", "repeat_after_days")
_OF_CUT_OFFS = tuple(field.name for field in fields(CutOffs))


class ChoiceError(ValueError):
    """A choice that cannot hold; `setting` names it, the text says what to do."""

    def __init__(self, setting: str, message: str) -> None:
        self.setting = setting
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Choices:
    """Chosen values by name; a name that is missing was not chosen."""

    chosen: Mapping[str, Value]

    @classmethod
    def of(cls, mapping: Mapping[str, object]) -> "Choices":
        """Choices as they were kept. What this version does not know or permit is left out."""
        return cls({n: v for n, v in mapping.items() if n in SETTINGS and SETTINGS[n].permits(v)})

    def value(self, name: str) -> Value:
        """What holds for a setting."""
        return self.chosen[name] if name in self.chosen else SETTINGS[name].shipped

    def over(self, defaults: "Choices", locked: frozenset[str] = frozenset()) -> "Choices":
        """These choices before `defaults`, which stand where nothing was chosen and where they are locked."""
        own = {name: value for name, value in self.chosen.items() if name not in locked}
        return Choices({**defaults.chosen, **own})

    def require_sense(self) -> None:
        """Raises ChoiceError for settings that contradict each other."""
        if self.number("hand_below") > self.number("extend_scores"):
            raise ChoiceError(
                "hand_below",
                "“Needs a hand” cannot begin above the scores for “Ready to extend”. Lower the one or raise the other.",
            )
        if not any(self.weights_by_term().values()):
            raise ChoiceError("weights", "Let at least one reason count; without any, no step is better.")

    def number(self, name: str) -> float:
        """The value of a setting that always is a number."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else 0.0

    @property
    def minutes(self) -> int | None:
        """The minutes that there are for a step, where that was chosen."""
        value = self.value("minutes")
        return value if isinstance(value, int) else None

    @property
    def approves_by_itself(self) -> bool:
        """Whether a new step needs no teacher."""
        return self.value("approval") == BY_ITSELF

    def weights_by_term(self) -> dict[str, float]:
        """How much each term counts, after the words that were chosen."""
        preset = str(self.value("weights"))
        words = PRESETS.get(preset) or {}
        if preset == OWN:
            words = {term: str(self.value(f"weight_{term}")) for term in TERMS}
        shipped = Weights()
        return {term: getattr(shipped, term) * FACTORS[words.get(term, "usual")] for term in TERMS}

    def policy(self, parameters: Parameters, version: str) -> Policy:
        """The recommender's limits and weights, named by their version in every ledger."""
        chosen = {name: self.value(name) for name in _OF_POLICY}
        return replace(
            Policy(parameters=parameters, version=version, weights=Weights(**self.weights_by_term())),
            **chosen,  # type: ignore[arg-type]  # each is of the kind that its setting permits
        )

    def cut_offs(self) -> CutOffs:
        """Where the four buckets begin."""
        return CutOffs(**{name: self.value(name) for name in _OF_CUT_OFFS})  # type: ignore[arg-type]  # as above
