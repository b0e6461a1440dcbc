import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.filters import FIRM, RELAXABLE
from lti_tool.pathways.reason_templates import (
    ALERTS,
    LOST_BY,
    LOST_TO_RULE,
    RELAXED,
    TEMPLATES,
    TERM_LABELS,
)
from lti_tool.pathways.reasons import (
    Audience,
    alert_sentence,
    relaxed_sentence,
    sentence,
    term_label,
    why_not_runner_up,
)
from lti_tool.pathways.recommender import Alert, Policy, ReasonCode, Recommendation, recommend
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.terms import TERMS
from tests.pathways.factories import NOW, evidence, random_course, random_state, small_map, state_of

UNWELCOME = re.compile(
    r"behind|weak|at risk|fail|low performer|probabilit|logit|estimate|algorithm|threshold|remedia|recently",
    re.IGNORECASE,
)
ALL_TEXTS = [
    *(text for table in TEMPLATES.values() for text in table.values()),
    *LOST_BY.values(),
    *LOST_TO_RULE.values(),
    *RELAXED.values(),
    *ALERTS.values(),
    *TERM_LABELS.values(),
]


def said(skill_map: SkillMap, audience: Audience, *pieces: Evidence, **values: Any) -> str:
    state = state_of(skill_map, *pieces, **values)
    answer = recommend(state, skill_map, Policy(explore_share=0.0), now=NOW, rng=Random(1))
    return sentence(answer.first, audience, skill_map)


def test_every_audience_has_the_same_sentences() -> None:
    keys = {audience: set(table) for audience, table in TEMPLATES.items()}
    assert keys[Audience.TEACHER] == keys[Audience.STUDENT] == keys[Audience.FAMILY]
    assert {key.split(".")[0] for key in keys[Audience.TEACHER]} == {code.value for code in ReasonCode}


def test_every_rule_and_term_has_words() -> None:
    assert set(FIRM | RELAXABLE) - {"open", "accommodations", "together", "grade_ceiling"} == set(RELAXED)
    assert set(TERMS) == set(TERM_LABELS)
    assert set(TERMS) <= set(LOST_BY)
    assert term_label("gap") == "Still to go to the goal"


@pytest.mark.parametrize("text", ALL_TEXTS)
def test_words_are_kind_and_plain(text: str) -> None:
    assert not UNWELCOME.search(text)
    assert len(text) < 190


@pytest.mark.parametrize("text", TEMPLATES[Audience.FAMILY].values())
def test_families_read_no_percentages(text: str) -> None:
    assert "percent" not in text
    assert "%%" not in text


@pytest.mark.parametrize("audience", [Audience.STUDENT, Audience.FAMILY])
def test_what_is_not_there_yet_stands_beside_what_can_be_done(audience: Audience) -> None:
    for text in TEMPLATES[audience].values():
        if "not there yet" in text or "did not work out" in text:
            assert re.search(r"\. (This|Here|“|One)", text), text


def test_a_teacher_reads_the_score_its_date_and_what_follows() -> None:
    text = said(small_map(), Audience.TEACHER, evidence("check-counting", 0.2, 1))
    assert text == (
        "20 % on “Check counting” (1 Mar): not yet. Before more practice on “Counting”, a step to learn it from."
    )


def test_the_number_of_waiting_goals_follows_the_count() -> None:
    text = said(small_map(), Audience.TEACHER)
    assert text.endswith("One goal rests on it: “Multiplying”.")
    more = small_map(skills=tuple(replace(skill, goal=True) for skill in small_map().skills))
    assert said(more, Audience.TEACHER).endswith("2 goals rest on it, “Adding” first.")


def test_a_student_reads_what_went_well_before_what_is_new() -> None:
    pieces = evidence("quiz-counting", 0.9, 3), evidence("check-counting", 0.9, 2)
    assert (
        said(small_map(), Audience.STUDENT, *pieces) == "“Counting” is going well, so you can start “Adding”."
    )


def test_a_pin_is_the_teachers_and_a_dead_end_says_whom_to_talk_to() -> None:
    assert said(small_map(), Audience.STUDENT, pinned="quiz-adding") == "Your teacher chose this for you."
    assert "Talk to your teacher" in said(small_map(activities=()), Audience.STUDENT)


def test_sentences_go_through_translation_with_their_parameters() -> None:
    seen = []

    def shout(text: str) -> str:
        seen.append(text)
        return text.upper().replace("%(SKILL)S", "%(skill)s")

    state = state_of(small_map())
    answer = recommend(state, small_map(), Policy(), now=NOW, rng=Random(1))
    text = sentence(answer.first, Audience.TEACHER, small_map(), shout, ngettext=lambda one, _many, _n: one)
    assert text.startswith("NO SCORES YET. A CHECK ON “Counting”")
    assert "%(skill)s" in "".join(seen)


def test_the_runner_up_has_a_reason_for_coming_second() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.2, 1))
    answer = recommend(state, small_map(), Policy(explore_share=0.0), now=NOW, rng=Random(1))
    text = why_not_runner_up(answer, small_map())
    assert text is not None
    assert "came second" in text
    assert why_not_runner_up(Recommendation(learner_id="ana", options=answer.options), small_map()) is None


def test_alerts_and_relaxed_rules_say_what_to_do() -> None:
    assert alert_sentence(Alert("stuck", "counting"), small_map()).startswith("“Counting” has not worked out")
    assert "longer step" in relaxed_sentence("time")


@settings(max_examples=80, deadline=None)
@given(course=st.integers(0, 100_000), student=st.integers(0, 100_000))
def test_every_option_of_every_student_can_be_said_to_everyone(course: int, student: int) -> None:
    skill_map = random_course(course)
    answer = recommend(random_state(skill_map, student), skill_map, Policy(), now=NOW, rng=Random(student))
    for option in answer.options:
        for audience in Audience:
            text = sentence(option, audience, skill_map)
            assert "%(" not in text
            assert len(text) < 320
    why_not_runner_up(answer, skill_map)
    for rule in answer.relaxed:
        assert relaxed_sentence(rule)
