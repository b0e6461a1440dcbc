"""Checks: short sets of questions that are marked at once, with feedback for every answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.pathways.checks_toml import parse_checks
from lti_tool.pathways.marking import Mark, Response, ResponseError, mark
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
from lti_tool.pathways.skill_map import Format, Host, SkillMap

__all__ = [
    "AnswerOption",
    "Check",
    "CheckError",
    "ChoiceQuestion",
    "ChoicesQuestion",
    "Mark",
    "NumberQuestion",
    "OrderItem",
    "OrderQuestion",
    "Question",
    "Response",
    "ResponseError",
    "TextQuestion",
    "check_fraction",
    "mark",
    "read_checks",
]


class CheckError(ValueError):
    """The checks cannot be used; `problems` lists everything that has to be mended, each with what to do."""

    code = "checks.invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("The checks cannot be used. Please mend: " + " ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Check:
    """The questions behind one activity of format "check" that this tool hosts."""

    activity_id: str
    questions: tuple[Question, ...]

    def question(self, question_id: str) -> Question:
        """The question with this id; KeyError when there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


def check_fraction(check: Check, marks: Mapping[str, Mark]) -> float:
    """The score of a whole check in 0..1, by points; questions without a mark count as not solved."""
    earned = sum(
        question.points * marks[question.id].fraction for question in check.questions if question.id in marks
    )
    return float(earned / sum(question.points for question in check.questions))


def read_checks(mapping: Mapping[str, Any], skill_map: SkillMap) -> dict[str, Check]:
    """Checks by activity id from `{"checks": [...]}`, as `tomllib` reads it.

    Every activity of format "check" that the tool hosts needs exactly one check, and a check needs such an activity.
    Raises CheckError with all problems at once.
    """
    parsed, problems = parse_checks(mapping)
    hosted = {a.id for a in skill_map.activities if a.format is Format.CHECK and a.hosted is Host.TOOL}
    checks: dict[str, Check] = {}
    for activity_id, questions in parsed:
        if activity_id in checks:
            problems.append(Problem("check.repeated", f"Activity “{activity_id}” has two checks; keep one."))
        elif activity_id and activity_id not in hosted:
            problems.append(
                Problem(
                    "check.no_activity",
                    f"The check for “{activity_id}” has no activity of that id with format “check” hosted by the tool.",
                )
            )
        checks[activity_id] = Check(activity_id=activity_id, questions=questions)
    problems += [
        Problem(
            "check.no_questions",
            f"Activity “{missing}” is a check of this tool without questions. Write “lms” under “hosted”, or bring its "
            "questions in a TOML file.",
            ("activity", missing),
        )
        for missing in sorted(hosted - set(checks))
    ]
    if problems:
        raise CheckError(problems)
    return checks
