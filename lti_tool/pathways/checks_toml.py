"""Reads the tables of checks as `tomllib` gives them, collecting every problem."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from lti_tool.pathways.problems import Problem
from lti_tool.pathways.questions import (
    AnswerOption,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderItem,
    OrderQuestion,
    Question,
    TextQuestion,
)
from lti_tool.pathways.toml_tables import Table, tables_named


class Kind(StrEnum):
    """What a learner is asked to give."""

    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    TEXT = "text"
    ORDER = "order"


_COMMON = {"id", "kind", "prompt", "points", "correct_feedback", "incorrect_feedback", "hint"}
_OWN = {
    Kind.CHOICE: {"options"},
    Kind.CHOICES: {"options"},
    Kind.NUMBER: {"answer", "tolerance", "unit"},
    Kind.TEXT: {"accept"},
    Kind.ORDER: {"items"},
}
ParsedCheck = tuple[str, tuple[Question, ...]]
"""An activity id with its questions."""


def parse_checks(mapping: Mapping[str, Any]) -> tuple[list[ParsedCheck], list[Problem]]:
    """Checks in the order of the file, and the problems found in them."""
    problems: list[Problem] = []
    checks = []
    for table in tables_named(mapping, "checks", "Check", problems):
        activity_id = table.text("activity", required=True)
        table.where = f"The check for “{activity_id}”"
        table.only({"activity", "questions"})
        rows = table.tables("questions")
        if not rows:
            table.note("has no question; add one.", "no_question")
        questions = tuple(_question(row) for row in rows)
        ids = [question.id for question in questions]
        for repeated in sorted(
            {question_id for question_id in ids if question_id and ids.count(question_id) > 1}
        ):
            table.note(f"uses the question id “{repeated}” more than once.", "repeated")
        checks.append((activity_id, questions))
    return checks, problems


def _question(table: Table) -> Question:
    kind = table.word("kind", Kind, Kind.TEXT)
    table.only(_COMMON | _OWN[kind])
    points = table.number("points", low=0.0, high=100.0, default=1.0)
    if points == 0.0:
        table.note("needs more than 0 points.", "number")
        points = 1.0
    common: dict[str, Any] = {
        "id": table.identifier(),
        "prompt": table.text("prompt", required=True),
        "points": points,
        "correct_feedback": table.text("correct_feedback"),
        "incorrect_feedback": table.text("incorrect_feedback"),
        "hint": table.text("hint"),
    }
    match kind:
        case Kind.CHOICE:
            return ChoiceQuestion(**common, options=_options(table, exactly_one=True))
        case Kind.CHOICES:
            return ChoicesQuestion(**common, options=_options(table, exactly_one=False))
        case Kind.NUMBER:
            return NumberQuestion(
                **common,
                answer=table.number("answer", low=-1e12, high=1e12),
                tolerance=table.number("tolerance", low=0.0, high=1e12, default=0.0),
                unit=table.text("unit"),
            )
        case Kind.TEXT:
            accept = table.texts("accept")
            if not any(text.strip() for text in accept):
                table.note("needs “accept” with at least one right answer.", "no_answer")
            return TextQuestion(**common, accept=accept)
        case Kind.ORDER:
            items = tuple(
                OrderItem(row.identifier(), row.text("text", required=True)) for row in table.tables("items")
            )
            if len(items) < 2:
                table.note("needs at least two items to put in order.", "too_few")
            _distinct(table, [item.id for item in items])
            return OrderQuestion(**common, items=items)


def _options(table: Table, *, exactly_one: bool) -> tuple[AnswerOption, ...]:
    options = tuple(
        AnswerOption(
            id=row.identifier(),
            text=row.text("text", required=True),
            correct=row.flag("correct"),
            feedback=row.text("feedback"),
        )
        for row in table.tables("options")
    )
    right = sum(option.correct for option in options)
    if exactly_one and right != 1:
        table.note(f"needs exactly one correct option, not {right}.", "correct")
    elif right < 1:
        table.note("needs at least one correct option.", "correct")
    if len(options) < 2:
        table.note("needs at least two options.", "too_few")
    _distinct(table, [option.id for option in options])
    return options


def _distinct(table: Table, ids: list[str]) -> None:
    for repeated in sorted({entry for entry in ids if entry and ids.count(entry) > 1}):
        table.note(f"uses the id “{repeated}” more than once.", "repeated")
