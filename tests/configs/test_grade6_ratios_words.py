"""The sample course speaks in short, plain sentences that an eleven-year-old can read."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain

from lti_tool.pathways.checks import Check, ChoiceQuestion, ChoicesQuestion
from lti_tool.pathways.skill_map import SkillMap

UNKIND = re.compile(
    r"\b(wrong|stupid|failed|fail|behind|weak|at risk|careless|easy|obviously|simply)\b", re.I
)
MARKUP = re.compile(r"<[a-z/]|\*\*|__|https?://|&[a-z]+;", re.I)


def words_per_sentence(text: str) -> float:
    sentences = [sentence for sentence in re.split(r"[.!?:]\s+|[.!?]$|\n+", text) if sentence.strip()]
    return len(text.split()) / len(sentences)


def question_texts(checks: Mapping[str, Check]) -> Iterable[str]:
    for question in chain.from_iterable(check.questions for check in checks.values()):
        yield from (question.prompt, question.correct_feedback, question.incorrect_feedback, question.hint)
        if isinstance(question, ChoiceQuestion | ChoicesQuestion):
            yield from (option.feedback for option in question.options if option.feedback)


def map_texts(skill_map: SkillMap) -> Iterable[str]:
    for skill in skill_map.skills:
        yield from (skill.statement, skill.home_activity, skill.family_question)
    for activity in skill_map.activities:
        yield from (activity.title, activity.summary, activity.body)


def test_prompts_are_short_and_their_sentences_too(checks: Mapping[str, Check]) -> None:
    prompts = [question.prompt for check in checks.values() for question in check.questions]
    lengths = [words_per_sentence(prompt) for prompt in prompts]
    assert sum(lengths) / len(lengths) <= 12
    assert max(lengths) <= 20
    assert max(len(prompt.split()) for prompt in prompts) <= 45


def test_instructions_keep_to_short_sentences(skill_map: SkillMap) -> None:
    lengths = [words_per_sentence(activity.body) for activity in skill_map.activities]
    assert sum(lengths) / len(lengths) <= 13
    assert max(lengths) <= 20


def test_nothing_in_the_course_sounds_unkind(skill_map: SkillMap, checks: Mapping[str, Check]) -> None:
    for text in chain(map_texts(skill_map), question_texts(checks)):
        found = UNKIND.search(text)
        assert found is None, text


def test_all_words_are_plain_text(skill_map: SkillMap, checks: Mapping[str, Check]) -> None:
    for text in chain(map_texts(skill_map), question_texts(checks)):
        assert not MARKUP.search(text), text
        assert text == text.strip()
