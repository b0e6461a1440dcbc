"""The questions of the sample course: each knows its own right answers and has a helpful word for wrong ones."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

from lti_tool.pathways.checks import (
    Check,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    Response,
    TextQuestion,
    mark,
)
from lti_tool.pathways.skill_map import Format, SkillMap


def all_questions(checks: Mapping[str, Check]) -> list[Question]:
    return [question for check in checks.values() for question in check.questions]


def right_responses(question: Question) -> list[Response]:
    match question:
        case ChoiceQuestion(options=options):
            return [option.id for option in options if option.correct]
        case ChoicesQuestion(options=options):
            return [[option.id for option in options if option.correct]]
        case NumberQuestion(answer=answer, unit=unit):
            return [f"{answer:g}", f"{answer:g} {unit}", f" {answer} ".replace(".", ",")]
        case TextQuestion(accept=accept):
            return [*accept, *(f"  {text.upper()} " for text in accept)]
        case OrderQuestion(items=items):
            return [[item.id for item in items]]


def test_every_check_of_the_map_has_four_to_six_questions(
    skill_map: SkillMap, checks: Mapping[str, Check]
) -> None:
    assert set(checks) == {a.id for a in skill_map.activities if a.format is Format.CHECK}
    assert all(4 <= len(check.questions) <= 6 for check in checks.values())


def test_every_kind_of_question_is_used_often(checks: Mapping[str, Check]) -> None:
    kinds = Counter(type(question) for question in all_questions(checks))
    assert set(kinds) == {ChoiceQuestion, ChoicesQuestion, NumberQuestion, TextQuestion, OrderQuestion}
    assert min(kinds.values()) >= 6


def test_every_check_mixes_at_least_three_kinds(checks: Mapping[str, Check]) -> None:
    for check in checks.values():
        assert len({type(question) for question in check.questions}) >= 3, check.activity_id


def test_question_ids_are_used_once_in_the_whole_library(checks: Mapping[str, Check]) -> None:
    ids = [question.id for question in all_questions(checks)]
    assert len(set(ids)) == len(ids)


def test_every_question_marks_its_own_right_answer_as_right(checks: Mapping[str, Check]) -> None:
    for question in all_questions(checks):
        for response in right_responses(question):
            marked = mark(question, response)
            assert marked.correct, (question.id, response)
            assert marked.fraction == 1.0
            assert marked.feedback == question.correct_feedback


def test_every_question_has_feedback_both_ways_and_a_hint(checks: Mapping[str, Check]) -> None:
    for question in all_questions(checks):
        assert question.correct_feedback.startswith("Yes"), question.id
        assert len(question.incorrect_feedback) >= 20, question.id
        assert question.hint, question.id


def test_every_wrong_option_is_marked_wrong_with_its_own_feedback(checks: Mapping[str, Check]) -> None:
    for question in all_questions(checks):
        if not isinstance(question, ChoiceQuestion | ChoicesQuestion):
            continue
        wrong = [option for option in question.options if not option.correct]
        assert wrong, question.id
        assert len({option.feedback for option in wrong}) == len(wrong), question.id
        for option in wrong:
            assert len(option.feedback) >= 15, (question.id, option.id)
            marked = mark(question, option.id if isinstance(question, ChoiceQuestion) else [option.id])
            assert not marked.correct, (question.id, option.id)
            assert marked.fraction == 0.0
            assert marked.feedback == option.feedback


def test_choosing_only_some_of_the_right_options_or_all_options_is_not_right(
    checks: Mapping[str, Check],
) -> None:
    for question in all_questions(checks):
        if isinstance(question, ChoicesQuestion):
            right = [option.id for option in question.options if option.correct]
            assert len(right) >= 2, question.id
            assert not mark(question, right[:-1]).correct
            assert not mark(question, [option.id for option in question.options]).correct


def test_swapping_any_two_items_of_an_order_is_not_right(checks: Mapping[str, Check]) -> None:
    for question in all_questions(checks):
        if isinstance(question, OrderQuestion):
            ids = [item.id for item in question.items]
            assert len(ids) >= 4, question.id
            for first, second in combinations(range(len(ids)), 2):
                swapped = list(ids)
                swapped[first], swapped[second] = swapped[second], swapped[first]
                assert not mark(question, swapped).correct, question.id


def test_right_answers_of_choice_questions_do_not_always_stand_out_by_length(
    checks: Mapping[str, Check],
) -> None:
    choices = [q for q in all_questions(checks) if isinstance(q, ChoiceQuestion)]
    longer = [
        q
        for q in choices
        if min(len(o.text) for o in q.options if o.correct)
        > max(len(o.text) for o in q.options if not o.correct)
    ]
    assert len(longer) <= len(choices) / 3


def test_right_answers_of_choice_questions_stand_at_every_place(checks: Mapping[str, Check]) -> None:
    choices = [q for q in all_questions(checks) if isinstance(q, ChoiceQuestion)]
    places = Counter([option.correct for option in q.options].index(True) for q in choices)
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) <= len(choices) / 3
