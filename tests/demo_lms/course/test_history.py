"""The made-up history: repeatable, plausible, and with structure that can be found."""

from datetime import UTC, datetime, timedelta
from statistics import mean, pstdev

import pytest

from lti_tool.demo_lms.course import Course, Item, sample_course
from lti_tool.demo_lms.course.school_days import school_days
from tests.demo_lms.course.conftest import NOW

Fractions = dict[str, dict[str, float]]
WEAK_IN_EQUIVALENT_FRACTIONS = ("mateo-delgado", "grace-kim", "mei-zhang")
WEAK_IN_FRACTIONS_AS_DIVISION = ("deshawn-brooks", "yusuf-demir")


def test_the_same_day_gives_the_same_history(course: Course) -> None:
    assert sample_course(NOW + timedelta(hours=11)) == course


def test_the_next_day_moves_the_dates_and_keeps_the_points(course: Course) -> None:
    later = sample_course(NOW + timedelta(days=1))
    points = {(s.item_id, s.person_id): s.score_given for s in course.scores}
    assert {(s.item_id, s.person_id): s.score_given for s in later.scores} == points
    assert later.scores[-1].timestamp - course.scores[-1].timestamp == timedelta(days=1)


@pytest.mark.parametrize("day", range(7))
def test_scores_lie_on_school_days_of_the_last_six_weeks(day: int) -> None:
    now = NOW + timedelta(days=day)
    for score in sample_course(now).scores:
        assert score.timestamp.tzinfo is UTC
        assert score.timestamp.weekday() < 5
        assert score.timestamp.date() < now.date()
        assert now - score.timestamp < timedelta(days=45)


def test_school_days_end_yesterday_and_skip_the_weekend() -> None:
    days = school_days(datetime(2026, 3, 16, 1, tzinfo=UTC))  # a Monday
    assert len(days) == 30
    assert days[-1].isoformat() == "2026-03-13"
    assert days[0].isoformat() == "2026-02-02"


def test_every_score_belongs_to_a_student_and_a_column_and_lies_within_its_points(
    course: Course, columns: dict[str, Item]
) -> None:
    students = {person.id for person in course.people if person.role == "student"}
    cells = [(score.item_id, score.person_id) for score in course.scores]
    assert len(set(cells)) == len(cells)
    for score in course.scores:
        points = columns[score.item_id].points
        assert points is not None
        assert 0 < score.score_given <= points
        assert (score.score_given * 2).is_integer()
        assert score.person_id in students


def test_teaching_has_reached_about_two_thirds_of_the_columns(
    course: Course, columns: dict[str, Item]
) -> None:
    order = list(columns)
    taught = {score.item_id for score in course.scores}
    assert 0.6 <= len(taught) / len(order) <= 0.75
    assert taught == set(order[: len(taught)])


def test_comments_are_a_few_plain_sentences(course: Course) -> None:
    comments = [score.comment for score in course.scores if score.comment is not None]
    assert 20 <= len(comments) <= len(course.scores) / 5
    assert len(set(comments)) >= 8
    for text in comments:
        assert not set(text) & set("<>&*_#\n")
        assert text[0].isupper()
        assert text[-1] in ".!?"


def test_the_class_is_in_the_middle_and_varied(fractions: Fractions) -> None:
    averages = [mean(shares.values()) for shares in fractions.values()]
    assert 0.65 <= mean(averages) <= 0.8
    assert pstdev(averages) >= 0.08


def test_a_weak_prerequisite_shows_in_what_rests_on_it(fractions: Fractions) -> None:
    later = ("equivalent-ratios-quiz", "ratio-tables-quiz", "mid-unit-quiz")
    assert _gap(fractions, WEAK_IN_EQUIVALENT_FRACTIONS, ("equivalent-fractions-quiz",)) > 0.3
    assert _gap(fractions, WEAK_IN_EQUIVALENT_FRACTIONS, later) > 0.15
    assert _gap(fractions, WEAK_IN_FRACTIONS_AS_DIVISION, ("fair-shares",)) > 0.3
    assert _gap(fractions, WEAK_IN_FRACTIONS_AS_DIVISION, ("unit-rates-quiz",)) > 0.15


def test_a_weak_prerequisite_leaves_unrelated_skills_alone(fractions: Fractions) -> None:
    unrelated = ("times-as-many-quiz", "ratio-language-quiz", "sharing-in-a-ratio-quiz")
    assert abs(_gap(fractions, WEAK_IN_EQUIVALENT_FRACTIONS, unrelated)) < 0.1


def test_the_personas_can_be_told_apart(fractions: Fractions, columns: dict[str, Item]) -> None:
    taught = list(columns)[:19]
    assert min(fractions["amara-okafor"].values()) >= 0.75, "secure on all so far"
    assert len(fractions["kai-nakamura"]) <= 3, "joined last week"
    assert set(fractions["sofia-marchetti"]) <= set(taught[:11]), "away for three weeks"
    assert pstdev(fractions["noah-lindqvist"].values()) > 1.8 * pstdev(fractions["hannah-schmidt"].values())
    worksheets = [item.id for item in columns.values() if item.kind == "assignment"]
    assert len(set(worksheets) & set(fractions["oliver-hughes"])) <= 4, "few worksheets arrive"
    bloomer = [fractions["linh-tran"][item] for item in taught if item in fractions["linh-tran"]]
    assert mean(bloomer[-6:]) - mean(bloomer[:6]) > 0.1, "a late bloomer"


def test_the_absent_student_has_no_score_in_the_last_three_weeks(course: Course) -> None:
    last = max(score.timestamp for score in course.scores if score.person_id == "sofia-marchetti")
    assert NOW - last > timedelta(days=20)


def _gap(fractions: Fractions, students: tuple[str, ...], items: tuple[str, ...]) -> float:
    """How far the students are below all others on these items, as a share of the points."""
    inside = [fractions[s][i] for s in students for i in items if i in fractions[s]]
    outside = [fractions[s][i] for s in fractions if s not in students for i in items if i in fractions[s]]
    return mean(outside) - mean(inside)
