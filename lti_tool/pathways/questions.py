"""The kinds of questions in a check."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One answer to choose. `feedback` speaks to the learner who chose it."""

    id: str
    text: str
    correct: bool = False
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One thing to put in order."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    id: str
    prompt: str
    points: float = 1.0
    correct_feedback: str = ""
    incorrect_feedback: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceQuestion(_Question):
    """Exactly one option is correct. Response: its id."""

    options: tuple[AnswerOption, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesQuestion(_Question):
    """One or more options are correct. Response: a list of ids."""

    options: tuple[AnswerOption, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberQuestion(_Question):
    """A number within `tolerance` of `answer`. Response: text such as "3.5", "3,5", "7/2", "3 1/2", with or without unit."""

    answer: float
    tolerance: float = 0.0
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextQuestion(_Question):
    """A short text; case and spaces do not matter. Response: text."""

    accept: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuestion(_Question):
    """Items to put in order; `items` are in the right order. Response: a list of ids."""

    items: tuple[OrderItem, ...]

    def shown_items(self, seed: str) -> tuple[OrderItem, ...]:
        """The items shuffled for showing: the same for one seed, and never in the right order already."""
        shown = sorted(self.items, key=lambda item: sha256(f"{seed}/{self.id}/{item.id}".encode()).digest())
        if tuple(shown) == self.items:
            shown = shown[1:] + shown[:1]
        return tuple(shown)


Question = ChoiceQuestion | ChoicesQuestion | NumberQuestion | TextQuestion | OrderQuestion
