from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.reasons import Audience
from lti_tool.pathways.wins import Win, WinKind, win_sentence, wins_of_the_week
from tests.pathways.factories import NOW, evidence, small_map


def wins(*pieces: Evidence) -> tuple[Win, ...]:
    course = small_map()
    return wins_of_the_week(estimate_mastery(pieces, course, now=NOW), pieces, course, now=NOW)


def test_a_week_without_work_has_no_wins() -> None:
    assert wins(evidence("quiz-counting", 0.9, 9)) == ()


def test_the_most_telling_fact_comes_first_and_there_are_three_at_most() -> None:
    found = wins(
        *(evidence("quiz-counting", 0.95, days) for days in (6, 5, 4)),
        evidence("quiz-adding", 0.3, 20),
        evidence("check-adding", 0.6, 3),
        evidence("video-multiplying", 1.0, 2, informativeness=0.0),
    )
    assert [win.kind for win in found] == [WinKind.SECURE, WinKind.IMPROVED, WinKind.STARTED]


def test_sentences_speak_to_students_and_spare_families_the_percentages() -> None:
    (win,) = (
        w for w in wins(evidence("quiz-adding", 0.3, 20), evidence("check-adding", 0.6, 3)) if w.skill_id
    )
    assert (
        win_sentence(win, Audience.STUDENT, small_map()) == "You went from 30 % to 60 % on “Adding” (27 Feb)."
    )
    assert "%" not in win_sentence(win, Audience.FAMILY, small_map())


def test_counts_are_in_the_right_number() -> None:
    assert (
        win_sentence(Win(WinKind.WORKED, count=1), Audience.STUDENT, small_map())
        == "You did 1 activity this week."
    )
    assert "2 activities were" in win_sentence(Win(WinKind.WORKED, count=2), Audience.FAMILY, small_map())
