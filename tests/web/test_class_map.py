"""The map of the class: every level in words, as it was asked for, and from every cell to what stands behind it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.models.courses import Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import EvidenceRecord
from lti_tool.models.platforms import AuditEntry
from tests.factories import NOW
from tests.web.school import School, open_school

WORDS = {"Not started", "Growing", "Secure", "Lasting"}


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def columns_of(page: str) -> list[str]:
    return re.findall(r'<th scope="col" id="column-\d+"', page)


def names_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="students/\d+">([^<]+)', page)


def cells_of(page: str) -> list[str]:
    """What is read out in every cell of a student."""
    grid = page.partition('<tr id="student-')[2].partition("</tbody>")[0]
    return [
        re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)(?=<t[dr]|$)", grid, re.S)
    ]


def test_every_cell_says_its_level_in_words(school: School) -> None:
    page = school.teacher().get("map").text
    cells = cells_of(page)
    assert len(cells) == 4 * len(columns_of(page))
    assert {cell.split(",")[0] for cell in cells} <= WORDS
    assert any(cell == "Growing, not enough evidence yet" for cell in cells)


def test_a_column_tells_how_many_stand_where_and_so_does_a_row(school: School) -> None:
    page = school.teacher().get("map").text
    counts = {
        word: [int(number) for number in re.findall(r"<td>(\d+)</td>", row)]
        for word, row in re.findall(r"</span> ([A-Z][a-z ]+)</th>((?:<td>\d+</td>)+)", page)
    }
    assert set(counts) == WORDS
    assert {sum(column) for column in zip(*counts.values(), strict=True)} == {4}
    cells = [cell.split(",")[0] for cell in cells_of(page)]
    wide = len(columns_of(page))
    for word, numbers in counts.items():
        assert numbers == [cells[column::wide].count(word) for column in range(wide)]
    said = re.findall(r'role="img" aria-label="([^"]+)"', page)
    for place, row in enumerate(said):
        own = cells[place * wide : (place + 1) * wide]
        assert row == ", ".join(
            f"{own.count(word)} {word}"
            for word in ("Lasting", "Secure", "Growing", "Not started")
            if word in own
        )


def test_a_box_of_the_picture_leads_to_its_column_where_there_is_one(school: School) -> None:
    teacher = school.teacher()
    for query in ({}, {"group": "goals"}):
        page = teacher.get("map", **query).text
        boxes = re.findall(r'<a href="#(column-\d+)" aria-label="([^"]+)"', page)
        assert {key for key, _label in boxes} == set(re.findall(r'id="(column-\d+)"', page))
        assert all(re.search(r"(\d+) of 4 Secure or better", label) for _key, label in boxes)
    assert "rests on: " in page


def test_a_skill_sorts_by_who_needs_it_most_and_once_more_the_other_way(school: School) -> None:
    teacher = school.teacher()
    by_name = names_of(teacher.get("map").text)
    order = ["Not started", "Growing", "Secure", "Lasting"]

    def levels(page: str) -> list[int]:
        wide, sorted_by = len(columns_of(page)), re.search(r'id="(column-\d+)"[^>]+aria-sort', page)
        assert sorted_by
        at = columns_of(page).index(f'<th scope="col" id="{sorted_by[1]}"')
        return [order.index(cell.split(",")[0]) for cell in cells_of(page)[at::wide]]

    up, down = (teacher.get("map", sort=f"{sign}equivalent-fractions").text for sign in ("", "-"))
    assert levels(up) == sorted(levels(up))
    assert levels(down) == sorted(levels(down), reverse=True)
    assert sorted(names_of(up)) == sorted(names_of(down)) == sorted(by_name)
    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down
    assert re.search(r"\?sort=-equivalent-fractions#column-\d+", up)
    assert re.search(r"\?sort=equivalent-fractions#column-\d+", down)


def test_the_map_shows_what_was_asked_for_and_says_how_much_that_is(school: School) -> None:
    teacher = school.teacher()
    everything = len(columns_of(teacher.get("map").text))
    goals = teacher.get("map", group="goals").text
    assert 0 < len(columns_of(goals)) < everything
    assert f"{len(columns_of(goals))} of {everything} skills" in goals
    goal = teacher.get("map", group="unit-rates").text
    assert 1 < len(columns_of(goal)) < everything
    assert "Unit rates" in goal.partition("<thead>")[2].partition("</thead>")[0]
    known = teacher.get("map", skills="yes").text
    wide = len(columns_of(known))
    assert 0 < wide < everything
    cells = [cell.split(",")[0] for cell in cells_of(known)]
    assert all(set(cells[column::wide]) != {"Not started"} for column in range(wide))
    empty = teacher.read("map", bucket="ready_to_extend")
    assert "0 of 4 students" in empty
    assert "Nothing fits all of that." in empty
    nonsense = teacher.get("map", sort="no-such", bucket="nowhere", group="x", page="-3").text
    assert len(cells_of(nonsense)) == 4 * everything
    assert "no-such" not in nonsense


def test_a_student_without_results_can_be_left_out(school: School, tmp_path: Path) -> None:
    with school.database.transaction() as session:
        person = session.get_one(Person, school.learner_keys[0])
        for record in list(
            session.scalars(select(EvidenceRecord).where(EvidenceRecord.person_id == person.id))
        ):
            session.delete(record)
    teacher = school.teacher()
    assert "Ana Morales" in names_of(teacher.get("map").text)
    assert "Ana Morales" not in names_of(teacher.get("map", students="yes").text)


def test_a_cell_leads_to_the_evidence_and_back_to_its_row(school: School) -> None:
    teacher = school.teacher()
    page = teacher.get("map", sort="-times-as-many").text
    link = re.search(r'href="(map/\d+/times-as-many)\?sort=-times-as-many">', page)
    assert link
    cell = teacher.get(link[1], sort="-times-as-many")
    assert "Evidence in date order" in cell.text
    key = link[1].split("/")[1]
    assert f"?sort=-times-as-many&amp;student={key}#student-{key}" in cell.text
    assert 'rel="next"' in cell.text
    jump = teacher.get("map", student=key, skill="times-as-many", sort="-times-as-many")
    assert jump.location.endswith(f"/{link[1]}?sort=-times-as-many")
    bare = teacher.read(f"map/{key}/percent-problems")
    assert "There is no result on this skill yet." in bare
    assert "What comes before it" in bare


def test_nobody_elses_student_and_no_unknown_skill_is_shown(school: School) -> None:
    teacher = school.teacher()
    for path in (f"map/{school.teacher_key}/unit-rates", "map/999999/unit-rates"):
        assert "student.not_found" in teacher.get(path).text
    unknown = teacher.get(f"map/{school.learner_keys[0]}/no-such")
    assert (unknown.status_code, "skill.not_found" in unknown.text) == (404, True)


def test_many_students_stand_on_pages_and_a_student_on_the_right_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti_tool.usecases.class_map.STUDENTS_ON_A_PAGE", 3)
    with open_school(sqlite_url, tmp_path / "queue.sqlite") as school:
        teacher = school.teacher()
        pages = [teacher.get("map", page=number).text for number in (1, 2, 9)]
        assert [names_of(page) for page in pages] == [
            ["Ben Carter", "Chloé Dubois", "Dmitri Ivanov"],
            ["Ana Morales"],
            ["Ana Morales"],
        ]
        assert len(names_of(teacher.get("map", page="all").text)) == 4
        assert "Ana Morales" in names_of(teacher.get("map", student=school.learner_keys[0]).text)


def test_the_file_has_what_is_chosen_in_words_harmless_and_noted(school: School) -> None:
    with school.database.transaction() as session:
        ana = session.get_one(Person, school.learner_keys[0])
        ana.name, ana.family_name = "=HYPERLINK(1)", "Aaa"
    teacher = school.teacher()
    response = teacher.post("map/save", group="goals")
    assert response.headers["Content-Disposition"] == 'attachment; filename="waymark-map-2026-03-02.csv"'
    assert (response.mimetype, response.headers["Cache-Control"]) == ("text/csv", "no-store")
    header, *rows = csv.reader(response.text.removeprefix("\ufeff").splitlines(keepends=True))
    goals = teacher.get("map", group="goals").text
    assert len(header) == 3 + len(columns_of(goals))
    assert [row[0] for row in rows] == ["'=HYPERLINK(1)", "Ben Carter", "Chloé Dubois", "Dmitri Ivanov"]
    assert [cell for row in rows for cell in row[3:]] == cells_of(goals)
    with school.database.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "map.exported"))
        launch = session.scalars(
            select(LaunchSession.id).where(LaunchSession.public_id == teacher.launch_id)
        ).one()
    assert (entry.actor, entry.subject) == (f"person {school.teacher_key}", f"course {school.context_key}")
    assert (entry.detail, entry.at) == ({"launch": str(launch)}, NOW)


def test_the_file_is_for_those_who_may_have_it(school: School) -> None:
    said = "Save as a file for a spreadsheet"
    assert said in school.teacher().get("map").text
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    assert said not in assistant.get("map").text
    assert assistant.post("map/save").status_code == 403
