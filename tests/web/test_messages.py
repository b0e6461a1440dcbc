"""Friday, five minutes: read the drafts, change a word, approve all, print; families read the same words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.models.courses import Person
from lti_tool.models.families import FamilyLink
from lti_tool.models.platforms import AuditEntry
from lti_tool.usecases.learner_records import read_learner_records
from tests.factories import NOW
from tests.web.school import School, Visitor, open_school


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=4) as school:
        yield school


def form_of(page: TestResponse) -> dict[str, str]:
    """What the browser would send of the page's one form."""
    texts = re.findall(r'name="(body-\d+)"[^>]*>([^<]*)</textarea>', page.text)
    seen = re.findall(r'name="(seen-\d+)" value="(\w+)"', page.text)
    return {name: unescape(text) for name, text in (*texts, *seen)}


def pages_of(response: TestResponse) -> list[str]:
    assert (response.status_code, response.mimetype) == (200, "application/pdf"), response.text
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(response.data)).pages]


def draft_key(school: School, teacher: Visitor, index: int) -> str:
    card = re.search(
        rf'id="student-{school.learner_keys[index]}".*?name="body-(\d+)"',
        teacher.get("messages").text,
        re.DOTALL,
    )
    assert card is not None
    return card[1]


def test_a_word_is_changed_all_are_approved_and_families_read_them_on_screen_and_paper(
    school: School,
) -> None:
    teacher = school.teacher()
    page = teacher.get("messages")
    form = form_of(page)
    assert len(form) == 8
    key = draft_key(school, teacher, 0)
    form[f"body-{key}"] = "Ana helped others.\n¡Bravo! <b># * $x$</b>"
    assert "4 messages approved." in teacher.follow(teacher.post("messages/approve", **form))
    words = "Ana helped others. ¡Bravo! <b># * $x$</b>"
    mentor = school.mentor(0)
    assert words in mentor.read("family")
    assert "A message from Giventeacher Familyteacher" in mentor.read("family")
    [own] = pages_of(mentor.get(f"family/{school.learner_keys[0]}/letter"))
    assert words in own
    letters = teacher.post("letters")
    assert letters.headers["Content-Disposition"] == 'attachment; filename="waymark-letters-2026-03-02.pdf"'
    pages = pages_of(letters)
    assert [
        name for page in pages for name in ("Ana", "Ben", "Chloé", "Dmitri") if f"{name}’s learning" in page
    ] == [
        "Ben",
        "Chloé",
        "Dmitri",
        "Ana",
    ]  # by family name, as the roster
    assert words in pages[3]
    assert "Ana" not in " ".join(pages[:3])
    said = teacher.follow(teacher.post("messages/undo"))
    assert "4 messages are drafts again." in said
    assert "A message from" not in mentor.read("family")


def test_whichever_button_is_pressed_keeps_what_was_typed_beside_it(school: School) -> None:
    teacher = school.teacher()
    key = draft_key(school, teacher, 0)
    for number, (path, more) in enumerate(
        (
            ("messages/save", {}),
            (f"messages/{draft_key(school, teacher, 1)}/language", {"language": "es"}),
            (f"messages/students/{school.learner_keys[1]}/draft", {}),
            (f"messages/{draft_key(school, teacher, 2)}/approve", {}),
        )
    ):
        form = form_of(teacher.get("messages")) | {f"body-{key}": f"Typed {number}."}
        assert teacher.post(path, **form, **more).status_code == 303
        assert f"Typed {number}." in teacher.get("messages").text


def test_spanish_drafts_and_letters_are_spanish(school: School) -> None:
    teacher = school.teacher()
    key = draft_key(school, teacher, 0)
    form = form_of(teacher.get("messages"))
    teacher.post(f"messages/{key}/language", language="es", **form)
    text = form_of(teacher.get("messages"))[f"body-{key}"]
    assert not re.search(r"\b(the|Next|worked|about|If|ten)\b", re.sub("“[^”]*”", "", text))
    [page] = pages_of(teacher.post(f"students/{school.learner_keys[0]}/letter"))
    for sentence in ("El aprendizaje de Ana", "Qué sigue", "Diez minutos en familia", "2 mar 2026"):
        assert sentence in page
    [same] = pages_of(school.mentor(0).get(f"family/{school.learner_keys[0]}/letter", lang="es"))
    assert "El aprendizaje de Ana" in same


def test_assistants_read_drafts_and_can_change_nothing(school: School) -> None:
    school.teacher().get("messages")
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    page = assistant.get("messages")
    assert "Draft in English" in page.text
    assert not re.search(r"<textarea|formaction|/letters", page.text)
    assert assistant.post("messages/approve").status_code == 403


def test_letters_carry_a_fresh_link_where_the_teacher_wants_it(school: School) -> None:
    teacher = school.teacher()
    assert "/f/" not in pages_of(teacher.post("letters"))[0]
    pages = pages_of(teacher.post("letters", with_link="yes"))
    for page in pages:
        assert "http://127.0.0.1:8080/f/" in page.replace(" ", "").replace("\u200b", "")
        assert "until Apr 1, 2026" in page
    with school.database.read() as session:
        assert len(session.scalars(select(FamilyLink)).all()) == 4
        taken = session.scalars(select(AuditEntry).where(AuditEntry.action == "letters.taken")).all()
        assert [entry.detail["letters"] for entry in taken] == ["4", "4"]


def test_a_family_that_wants_no_reports_has_no_letter(school: School) -> None:
    mentor = school.mentor(0)
    key = school.learner_keys[0]
    assert f"family/{key}/letter" in mentor.get("family").text
    mentor.form_page = "family"
    assert mentor.post(f"family/{key}/stop").status_code == 303
    refused = mentor.get(f"family/{key}/letter")
    assert (refused.status_code, "family.no_reports" in refused.text) == (422, True)
    assert len(pages_of(school.teacher().post("letters"))) == 3


def test_a_course_without_a_skill_map_says_what_to_do_first(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        assert "Say first which skill map" in school.teacher().read("messages")
        assert school.teacher().post("letters").status_code in {409, 422}


def test_messages_are_in_the_export_and_go_with_the_person(school: School) -> None:
    teacher = school.teacher()
    teacher.post("messages/approve", **form_of(teacher.get("messages")))
    with school.database.transaction() as session:
        ana = session.get_one(Person, school.learner_keys[0])
        sections = {
            section.key: section.rows for section in read_learner_records(session, ana, now=NOW).sections
        }
        [message] = sections["family_messages"]
        assert "Ana" in message["body"]
        teacher_row = session.get_one(Person, school.teacher_key)
        own = {s.key: s.rows for s in read_learner_records(session, teacher_row, now=NOW).sections}[
            "own_messages"
        ]
        assert len(own) == 4
        assert "body" not in own[0]
        session.delete(teacher_row)
    assert "A message from the school" in school.mentor(0).read("family")
