"""The family's page: the own child, in plain words, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.school import School, open_school, text_of


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=3) as school:
        yield school


def test_the_report_has_facts_the_next_step_and_something_to_do_together(school: School) -> None:
    page = school.mentor(0).read("family")
    assert "Ana’s learning" in page
    parts = ["How it is going", "What is next", "Ten minutes together, without a screen", "A question to ask"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "From the school’s gradebook as of Mar 2, 2026." in page


def test_families_read_no_percentages_and_no_comparison(school: School) -> None:
    facts = re.search(r"How it is going(.*?)What is next", school.mentor(0).read("family"))
    assert facts is not None
    assert not re.search(r"%|behind|weak|at risk|classmates", facts[1])


def test_a_family_with_two_children_reads_both_and_no_third(school: School) -> None:
    mentor = school.mentor(0, 1)
    page = mentor.read("family")
    assert "Ben’s learning" in page
    assert "Ana" in page
    assert "Ana’s learning" in mentor.read(f"family/{school.learner_keys[0]}")
    other = mentor.get(f"family/{school.learner_keys[2]}")
    assert other.status_code == 404
    assert "Chloé" not in other.text


def test_somebody_else_s_child_answers_like_one_that_does_not_exist(school: School) -> None:
    mentor = school.mentor(0)
    foreign, missing = mentor.get(f"family/{school.learner_keys[2]}"), mentor.get("family/99999")
    assert foreign.status_code == missing.status_code == 404

    def stable(text: str) -> str:
        return re.sub(r"<code>[0-9a-f]{8}</code>|\b[0-9a-f]{8}\b|(nonce|data-address)=\"[^\"]*\"", "", text)

    assert stable(foreign.text) == stable(missing.text)


def test_a_mentor_without_a_child_in_the_course_is_told_whom_to_ask(school: School) -> None:
    page = school.mentor().read("family")
    assert "There is nothing to show yet" in page
    assert "Please ask the school." in page


def test_a_course_that_is_not_set_up_yet_says_when_to_come_back(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        assert "Please look again in a few days." in school.mentor(0).read("family")


@pytest.mark.parametrize("role", ["learner", "instructor"])
def test_only_family_members_read_the_family_s_page(school: School, role: str) -> None:
    visitor = school.visit(school.learner_keys[0], role)
    assert visitor.get("family").status_code == 403
    assert visitor.get(f"family/{school.learner_keys[0]}").status_code == 403


def test_the_language_is_the_reader_s_choice_then_the_course_s(school: School) -> None:
    mentor = school.mentor(0, locale="es-MX")
    assert "El aprendizaje de Ana" in mentor.read("family")
    assert "Ana’s learning" in mentor.read("family", lang="en")
    assert "El aprendizaje de Ana" in school.mentor(0).read("family", lang="es")
    assert "Ana’s learning" in school.mentor(0, locale="fi-FI").read("family")
    assert "Ana’s learning" in school.mentor(0).read("family", lang="<script>")


def test_the_spanish_page_says_so_to_screen_readers_and_marks_what_stays_english(school: School) -> None:
    response = school.mentor(0).get("family", lang="es")
    assert '<html lang="es">' in response.text
    assert re.search(r'<span lang="en">[^<]+</span></h2>', response.text)
    page = text_of(response)
    for english in ("How it is going", "What is next", "minutes", "Print this page", "gradebook"):
        assert english not in page
    assert "2 mar 2026" in page
