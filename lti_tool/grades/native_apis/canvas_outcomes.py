"""From Canvas's documents to outcomes and their results. Nothing here calls anything.

Sources: developerdocs.instructure.com/services/canvas (Outcome Results, Outcome Groups, Outcomes) and
github.com/instructure/canvas-lms, `app/controllers/outcome_results_controller.rb`, `lib/api/v1/outcome_results.rb`,
`app/models/learning_outcome_result.rb`. What matters here:

- A result belongs to a user, an outcome and a piece of work. `links.assignment` names the assignment; versions that do
  not know it name in `links.alignment` what the outcome was attached to: an assignment, a quiz, a bank of questions.
- `percent` is the share of the outcome's points, already corrected where the work has a mark for mastery of its
  own; it may exceed 1. Results of New Quizzes come from another service and have no `id`, so none is used.
- Teachers are given results of work whose grades are not posted yet (`exclude_muted_associations` is for students
  only), so these are left out here, as in the gradebook. Results that a rubric keeps out of the Learning Mastery
  Gradebook are left out by Canvas itself (`include_hidden`).
- Results of students whose enrolment has ended are listed as well, those of test students too.

Unconfirmed at a real Canvas: which results name no assignment at all (live assessments, and banks of questions in
older versions, by the code). They count as work of their own, and how many there are is logged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import structlog

from lti_tool.grades.gradebooks.gradebook import Product, column_key
from lti_tool.grades.native_apis.canvas_gradebook import canvas_number, finite, is_hidden, moment_of
from lti_tool.grades.native_apis.outcomes import Outcome, OutcomeResult, Outcomes
from lti_tool.launch.wire import wire_id, wire_object, wire_text

logger = structlog.get_logger(__name__)

Item = Mapping[str, Any]

_TAG = re.compile(r"<[^>]*>")
_LONGEST_WORK = 64


def canvas_outcomes(
    links: Sequence[Item],
    results: Sequence[Item],
    *,
    assignments: Sequence[Item],
    students: Sequence[Item],
    submissions: Sequence[Item],
) -> Outcomes:
    """Outcomes and results of the students in the gradebook, in the order of its rows.

    Raises PlatformUnavailable `platform.answer_unreadable` for documents of another shape.
    """
    outcomes = {outcome.key: outcome for outcome in map(_outcome, links)}
    rows = {number: row for row, number in enumerate(dict.fromkeys(_number(user) for user in students))}
    works = _Works(assignments, submissions)
    found: dict[tuple[int, str, str], OutcomeResult] = {}
    for item in results:
        result = _result(item, rows, works)
        if result is None or result.outcome not in outcomes:
            continue
        key = (result.student, result.outcome, result.work)
        if key not in found or _is_newer(result, found[key]):
            found[key] = result
    if works.unknown:
        logger.info("canvas.outcome_results_without_assignment", results=works.unknown)
    return Outcomes(tuple(outcomes.values()), tuple(found.values()))


class _Works:
    """Which column a piece of work is, and whose grade on it is not posted yet."""

    def __init__(self, assignments: Sequence[Item], submissions: Sequence[Item]) -> None:
        self.unknown = 0
        self._numbers: dict[str, str] = {}
        by_hand: set[str] = set()
        for assignment in assignments:
            number = _number(assignment)
            self._numbers[f"assignment_{number}"] = number
            if quiz := wire_id(assignment.get("quiz_id")):
                self._numbers[f"quiz_{quiz}"] = number
            if assignment.get("post_manually") is True:
                by_hand.add(number)
        self._hidden = {
            (wire_id(item.get("user_id")), column_key(Product.CANVAS, number=number))
            for item in submissions
            if (number := wire_id(item.get("assignment_id")))
            and (is_hidden(item) or (number in by_hand and item.get("posted_at", "") is None))
        }

    def name(self, links: Item) -> str:
        """The key of the work's column, else Canvas's own name of it; empty where it has none."""
        for name in (wire_id(links.get("assignment")), wire_id(links.get("alignment"))):
            if name in self._numbers:
                return column_key(Product.CANVAS, number=self._numbers[name])
        self.unknown += 1
        return wire_id(links.get("assignment")) or wire_id(links.get("alignment"))

    def is_hidden(self, user: str, work: str) -> bool:
        """Whether the student may not see yet how this work was graded."""
        return (user, work) in self._hidden


def _outcome(link: Item) -> Outcome:
    outcome = wire_object(link, "outcome")
    number = _number(outcome)
    points, mastery = finite(outcome.get("points_possible")), finite(outcome.get("mastery_points"))
    return Outcome(
        key=column_key(Product.CANVAS, number=number),
        title=_text(outcome.get("title")) or number,
        name=_text(outcome.get("display_name")),
        statement=_text(outcome.get("description")),
        mastered=mastery / points if points and mastery and 0 < mastery <= points else None,
    )


def _result(item: Item, rows: Mapping[str, int], works: _Works) -> OutcomeResult | None:
    """None for what is nobody's of the gradebook, not scored, or not posted yet."""
    links = wire_object(item, "links")
    user, outcome = canvas_number(links.get("user")), canvas_number(links.get("learning_outcome"))
    share = _share(item)
    if user not in rows or share is None:
        return None
    work = works.name(links)
    if not work or len(work) > _LONGEST_WORK or works.is_hidden(user, work):
        return None
    return OutcomeResult(
        student=rows[user],
        outcome=column_key(Product.CANVAS, number=outcome),
        work=work,
        share=share,
        assessed_at=moment_of(item.get("submitted_or_assessed_at")),
    )


def _share(item: Item) -> float | None:
    """The share of the points; None while there is no score."""
    score, possible, percent = (finite(item.get(name)) for name in ("score", "possible", "percent"))
    if score is None:
        return None
    if percent is None:
        percent = score / possible if possible and possible > 0 else None
    return None if percent is None else min(max(percent, 0.0), 1.0)


def _is_newer(one: OutcomeResult, other: OutcomeResult) -> bool:
    return one.assessed_at is not None and (other.assessed_at is None or one.assessed_at > other.assessed_at)


def _number(item: Item) -> str:
    return canvas_number(item.get("id"))


def _text(value: object) -> str:
    """A text without the tags of HTML."""
    return wire_text(unescape(_TAG.sub(" ", value))) if isinstance(value, str) else ""
