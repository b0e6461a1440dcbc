"""Checks: short sets of questions that are marked at once, with feedback for every answer."""

from dataclasses import dataclass, field


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


Question = ChoiceQuestion | ChoicesQuestion | NumberQuestion | TextQuestion | OrderQuestion


@dataclass(frozen=True, slots=True)
class Check:
    """The questions behind one activity of format "check" that this tool hosts."""

    activity_id: str
    questions: tuple[Question, ...] = field(default_factory=tuple)

    def question(self, question_id: str) -> Question:
        """The question with this id; KeyError when there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)
