"""Questions and marked answers as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from lti_tool.pathways.checks import (
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    TextQuestion,
)
from lti_tool.usecases.words import Words

_KINDS = {
    ChoiceQuestion: "choice",
    ChoicesQuestion: "choices",
    NumberQuestion: "number",
    TextQuestion: "text",
    OrderQuestion: "order",
}


class Answered(Protocol):
    """An answer as it is stored, in whatever table."""

    response: Any
    fraction: Any
    feedback: Any


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A marked answer. `response_text` is what the student gave, in readable form."""

    response_text: str
    fraction: float
    correct: bool
    feedback: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question; `options` are (id, text) in the order to show. `answered` is set once it was marked."""

    id: str
    kind: str
    prompt: str
    options: tuple[tuple[str, str], ...]
    unit: str
    hint: str
    points: float
    answered: AnswerView | None


def question_view(question: Question, response: Answered | None, *, seed: str, words: Words) -> QuestionView:
    """One question of a sitting, with its answer when there is one; `seed` shuffles what is to be put in order."""
    return QuestionView(
        id=question.id,
        kind=_KINDS[type(question)],
        prompt=question.prompt,
        options=_options(question, seed),
        unit=question.unit if isinstance(question, NumberQuestion) else "",
        hint=question.hint,
        points=question.points,
        answered=answer_view(question, response, words) if response else None,
    )


def _options(question: Question, seed: str) -> tuple[tuple[str, str], ...]:
    if isinstance(question, ChoiceQuestion | ChoicesQuestion):
        return tuple((option.id, option.text) for option in question.options)
    if isinstance(question, OrderQuestion):
        return tuple((item.id, item.text) for item in question.shown_items(seed))
    return ()


def answer_view(question: Question, response: Answered, words: Words) -> AnswerView:
    """A marked answer in readable form."""
    return AnswerView(
        response_text=_readable(question, response.response),
        fraction=response.fraction,
        correct=response.fraction >= 1.0,
        feedback=response.feedback or words.gettext("Thank you."),
    )


def _readable(question: Question, response: str | list[str]) -> str:
    if isinstance(question, ChoiceQuestion | ChoicesQuestion):
        texts = {option.id: option.text for option in question.options}
    elif isinstance(question, OrderQuestion):
        texts = {item.id: item.text for item in question.items}
    else:
        texts = {}
    given = [response] if isinstance(response, str) else response
    return ", ".join(texts.get(part, part) for part in given)
