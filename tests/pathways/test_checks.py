from collections.abc import Mapping

import pytest

from lti_tool.pathways.checks import CheckError, NumberQuestion, OrderQuestion, read_checks
from lti_tool.pathways.skill_map import Format, Host, SkillMap
from tests.pathways.factories import activity, small_map


def course() -> SkillMap:
    return small_map(activities=(activity("check-one", "counting", format=Format.CHECK, hosted=Host.TOOL),))


def table(*questions: Mapping[str, object], activity_id: str = "check-one") -> dict[str, object]:
    return {"checks": [{"activity": activity_id, "questions": list(questions)}]}


NUMBER = {"id": "n", "kind": "number", "prompt": "2 + 2?", "answer": 4, "unit": "cm"}


def test_questions_are_read_by_kind() -> None:
    order = {
        "id": "o",
        "kind": "order",
        "prompt": "Order",
        "items": [{"id": "a", "text": "1"}, {"id": "b", "text": "2"}],
    }
    check = read_checks(table(NUMBER, order), course())["check-one"]
    number, ordering = check.questions
    assert isinstance(number, NumberQuestion)
    assert (number.answer, number.unit, number.points) == (4.0, "cm", 1.0)
    assert isinstance(ordering, OrderQuestion)


def test_all_problems_are_listed_at_once() -> None:
    two_right = [{"id": "a", "text": "A", "correct": True}, {"id": "a", "text": "B", "correct": True}]
    with pytest.raises(CheckError) as caught:
        read_checks(
            table(
                {**NUMBER, "answer": "four"},
                {**NUMBER, "tolerence": 1},
                {"id": "c", "kind": "choice", "prompt": "?", "options": two_right},
                {"id": "t", "kind": "text", "prompt": "?", "accept": []},
                {"id": "x", "kind": "essay", "prompt": "?"},
            ),
            course(),
        )
    text = "\n".join(map(str, caught.value.problems))
    for word in (
        "“answer” as a number",
        "“tolerence”",
        "question id “n”",
        "exactly one correct option, not 2",
        "id “a” more than once",
        "at least one right answer",
        "kind “essay”",
    ):
        assert word in text


def test_checks_and_activities_have_to_match() -> None:
    with pytest.raises(CheckError, match="has no activity"):
        read_checks(table(NUMBER, activity_id="other"), course())
    with pytest.raises(CheckError, match="without questions"):
        read_checks({"checks": []}, course())
