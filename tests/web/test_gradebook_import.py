"""A teacher brings in a gradebook file: the page, its preview, and what taking it does."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.models.gradebook import ColumnSource, GradebookUpload, LineItem, OutboxEntry, Result
from lti_tool.models.learning import EvidenceRecord
from tests.grades.gradebook_files.oneroster_export import both_classes, oneroster, with_results
from tests.web.school import ADDRESS, School, Visitor, open_school, text_of

SAMPLES = Path(__file__).parent.parent / "grades" / "samples" / "gradebook_files"


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def send(visitor: Visitor, name: str = "canvas.csv", content: bytes | None = None) -> TestResponse:
    """Choose a file and send it."""
    content = (SAMPLES / name).read_bytes() if content is None else content
    visitor.post("setup/gradebook")  # finds the form's token
    return send_to(visitor, "setup/gradebook", content)


def send_to(visitor: Visitor, path: str, content: bytes) -> TestResponse:
    """A form with a file, made by hand: the test client keeps large ones in a temporary file that it forgets."""
    edge = "edge-of-a-part"
    parts = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.form_token}\r\n',
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="gradebook.csv"\r\n\r\n',
    )
    return visitor.client.post(
        f"/l/{visitor.launch_id}/{path}",
        data="".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={edge}",
        base_url=visitor.origin,
    )


def answer_address(page: TestResponse, answer: str = "take") -> str:
    """Where the preview's button leads, relative to the launch."""
    found = re.search(rf'action="/l/[^/]+/(setup/gradebook/[^"]+/{answer})"', page.text)
    assert found, text_of(page)
    return found[1]


def imported(school: School) -> dict[str, dict[int, float | None]]:
    """What files have brought in: scores by title and person."""
    with school.database.read() as session:
        rows = session.execute(
            select(LineItem.label, Result.person_id, Result.result_score)
            .join(Result, Result.line_item_id == LineItem.id)
            .where(LineItem.source == ColumnSource.FILE)
        ).all()
    found: dict[str, dict[int, float | None]] = {}
    for label, person, score in rows:
        found.setdefault(label, {})[person] = score
    return found


def test_from_setup_over_the_preview_to_columns_that_can_be_tagged(school: School) -> None:
    teacher = school.teacher()
    assert "Bring in the gradebook" in teacher.read("setup")
    assert "Export Entire Gradebook" in teacher.read("setup/gradebook")
    page = send(teacher)
    text = text_of(page)
    assert page.status_code == 200
    assert "A gradebook from Canvas" in text
    assert "3 students found by full name" in text
    assert "Nobody, Nina: nobody in this course has this name" in text
    assert "1 student of this course is not in the file" in text
    assert "Dmitri Ivanov" in text
    assert "Chloé Dubois, Poster: “late” – not a number" in text
    assert "1 result is excused" in text
    assert imported(school) == {}
    done = teacher.follow(teacher.post(answer_address(page)))
    assert "Taken: 6 results are new or have changed." in done
    assert "Ratios, tables and graphs" in done
    ana, ben, chloe, _dmitri = school.learner_keys
    assert imported(school) == {
        "Equivalent ratios": {ana: 8.0, ben: 4.0, chloe: 10.0},
        "Ratios, tables and graphs": {ana: 17.5, chloe: 19.5},
        "Poster": {ben: 6.0},
    }
    with school.database.read() as session:
        assert session.scalars(select(GradebookUpload)).all() == []
        assert session.scalars(select(OutboxEntry)).all() == []


def test_a_tagged_column_is_evidence_dated_by_the_import(school: School) -> None:
    teacher = school.teacher()
    teacher.post(answer_address(send(teacher)))
    with school.database.read() as session:
        column = session.scalars(select(LineItem).where(LineItem.label == "Poster")).one()
        before = len(session.scalars(select(EvidenceRecord)).all())
    teacher.post("setup/adopt", **{"sample": "grade6-ratios", f"tag-{column.id}": "table-sandwich-strips"})
    teacher.post("read-again")
    with school.database.read() as session:
        records = session.scalars(select(EvidenceRecord)).all()
        [new] = [record for record in records if record.origin == f"result:{column.id}"]
    assert len(records) == before + 1
    assert (new.person_id, new.fraction, new.occurred_at) == (school.learner_keys[1], 0.6, school.now)


def test_the_same_file_again_says_that_nothing_is_new(school: School) -> None:
    teacher = school.teacher()
    teacher.post(answer_address(send(teacher)))
    page = send(teacher)
    assert "Waymark has all of this already" in text_of(page)
    assert "Taken: 0 results" in teacher.follow(teacher.post(answer_address(page)))


def test_nothing_is_taken_when_the_teacher_says_no(school: School) -> None:
    teacher = school.teacher()
    page = send(teacher)
    assert "Nothing was taken" in teacher.follow(teacher.post(answer_address(page, "refuse")))
    assert imported(school) == {}
    assert teacher.post(answer_address(page)).status_code == 404


def test_a_preview_is_good_once_and_for_one_hour(school: School) -> None:
    teacher = school.teacher()
    first, second = send(teacher), send(teacher)
    gone = teacher.post(answer_address(first))
    assert (gone.status_code, "This preview is over" in gone.text) == (404, True)
    with school.database.transaction() as session:
        session.scalars(select(GradebookUpload)).one().created_at = school.now - timedelta(hours=1)
    assert teacher.post(answer_address(second)).status_code == 404
    assert imported(school) == {}


def test_a_preview_belongs_to_its_launch(school: School) -> None:
    page = send(school.teacher())
    assert school.teacher().post(answer_address(page)).status_code == 404
    assert imported(school) == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "gradebook_file.empty"),
        (b"Name,Result\r\nAna,3\r\n", "gradebook_file.unknown_format"),
        (b"PK\x03\x04 and so on", "gradebook_file.not_text"),
        (b"Student,ID,Section,Quiz (1)\n", "gradebook_file.no_students"),
        (b"x" * (10 * 1024 * 1024 + 1), "gradebook_file.too_big"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_leads_back(
    school: School, content: bytes, code: str
) -> None:
    response = send(school.teacher(), content=content)
    assert (response.status_code, code in response.text) == (422, True)
    assert "/setup/gradebook" in response.text


def test_a_form_without_a_file_says_so(school: School) -> None:
    teacher = school.teacher()
    assert "No file was chosen" in teacher.post("setup/gradebook").text
    assert "No file was chosen" in teacher.post("setup/gradebook", file=(io.BytesIO(b""), "")).text


def test_only_this_address_takes_a_large_body(school: School) -> None:
    teacher, large = school.teacher(), b"x" * (300 * 1024)
    assert send(teacher, content=large).status_code == 422
    assert send_to(teacher, "setup/adopt", large).status_code == 413
    assert send(teacher, content=b"x" * (11 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize("role", ["learner", "mentor", "teaching_assistant", "content_developer"])
def test_others_than_teachers_bring_in_nothing(school: School, role: str) -> None:
    visitor = school.visit(school.teacher_key, role)
    visitor.form_page = "welcome"
    assert visitor.get("setup/gradebook").status_code == 403
    assert "Bring in the gradebook" not in visitor.get("setup").text
    assert imported(school) == {}


def test_a_file_from_another_site_s_form_is_refused(school: School) -> None:
    teacher = school.teacher()
    response = teacher.client.post(
        f"/l/{teacher.launch_id}/setup/gradebook",
        data={"file": (io.BytesIO((SAMPLES / "canvas.csv").read_bytes()), "canvas.csv")},
        base_url=ADDRESS,
    )
    assert (response.status_code, "auth.csrf" in response.text) == (403, True)


def test_points_that_moodle_does_not_export_are_asked_for(school: School) -> None:
    teacher = school.teacher()
    page = send(teacher, "moodle.csv")
    assert "A gradebook from Moodle" in text_of(page)
    assert "a column without points is left out" in text_of(page)
    place = re.search(r'name="points-(\d)"', page.text)
    assert place is not None
    refused = teacher.post(answer_address(page), **{f"points-{place[1]}": "many"})
    assert (refused.status_code, "Points are a number" in refused.text) == (422, True)
    assert imported(school) == {}
    teacher.post(answer_address(page), **{f"points-{place[1]}": "20"})
    ana, ben, chloe, _dmitri = school.learner_keys
    assert imported(school) == {
        "Equivalent ratios": {ana: 80, chloe: 100},
        "Poster": {ana: 17.5, ben: 9},
    }


def test_a_schoology_file_is_read_without_any_question(school: School) -> None:
    teacher = school.teacher()
    page = send(teacher, "schoology.csv")
    assert "A gradebook from Schoology" in text_of(page)
    assert 'name="points-' not in page.text
    teacher.post(answer_address(page))
    ana, _ben, chloe, _dmitri = school.learner_keys
    assert imported(school) == {"Equivalent ratios": {ana: 8, chloe: 9.5}, "Poster (part 2)": {ana: 17.5}}


def test_what_a_file_says_is_shown_as_text(school: School) -> None:
    content = b'Student,ID,Section,<b>Quiz</b> (1)\n    Points Possible,,,10\n"<i>Eve</i>",1,6B,3\n"Morales, Ana",2,6B,3\n'
    page = send(school.teacher(), content=content)
    assert "&lt;b&gt;Quiz&lt;/b&gt;" in page.text
    assert "<i>Eve" not in page.text


def test_a_windows_file_says_that_its_letters_were_guessed(school: School) -> None:
    content = (SAMPLES / "canvas.csv").read_text().encode("cp1252")
    assert "Look whether the names below are right." in text_of(send(school.teacher(), content=content))


def test_a_oneroster_export_is_recognised_with_its_class_and_its_days(school: School) -> None:
    teacher = school.teacher()
    assert "OneRoster" in teacher.read("setup/gradebook")
    page = send(teacher, content=oneroster())
    text = text_of(page)
    assert page.status_code == 200
    assert "A gradebook from OneRoster" in text
    assert "Mathematics 6B (MATH6B)" in text
    assert "1 other class of the export has no student of this course" in text
    assert "3 students found by full name" in text
    assert "1 result is excused" in text
    assert "1 result is not graded in full yet" in text
    assert imported(school) == {}
    assert "Taken: 3 results" in teacher.follow(teacher.post(answer_address(page)))
    ana, ben, _chloe, _dmitri = school.learner_keys
    assert imported(school) == {"Ratio quiz": {ana: 8, ben: 4.5}, "Poster": {ana: 4}}
    with school.database.read() as session:
        days = session.scalars(
            select(Result.platform_time).join(LineItem).where(LineItem.source == ColumnSource.FILE)
        )
        assert sorted(day for day in days if day) == [
            datetime(2026, 2, day, tzinfo=UTC) for day in (9, 10, 16)
        ]
    assert "Waymark has all of this already" in text_of(send(teacher, content=oneroster()))


def test_of_several_classes_the_teacher_says_which_one_this_course_is(school: School) -> None:
    teacher = school.teacher()
    page = send(teacher, content=both_classes())
    text = text_of(page)
    assert "Which class is this course?" in text
    assert text.index("Mathematics 6B (MATH6B)") < text.index("Art 6 (ART6)")
    assert "3 of 3 students are in this course" in text
    assert "2 of 3 students are in this course" in text
    assert "Nina Nobody: nobody in this course has this name" in text
    assert re.findall(r'name="class" value="(\d)"', page.text) == [
        "0"
    ]  # nobody of this course made a collage
    assert page.text.count("/refuse") == 1
    assert imported(school) == {}
    for odd in ("1x", "-1", "7", ""):
        assert teacher.post(answer_address(page), **{"class": odd}).status_code == 404
    teacher.post(answer_address(page), **{"class": "0"})
    assert set(imported(school)) == {"Ratio quiz", "Poster"}


def test_the_other_class_can_be_taken_as_well(school: School) -> None:
    content = with_results(
        "li-quiz,u-ana,fully graded,8", "li-collage,u-ben,fully graded,12", "li-quiz,u-ben,fully graded,3"
    )
    teacher = school.teacher()
    page = send(teacher, content=content)
    assert re.findall(r'name="class" value="(\d)"', page.text) == ["0", "1"]
    assert "Take the results of Art 6 (ART6)" in text_of(page)
    teacher.post(answer_address(page), **{"class": "1"})
    assert imported(school) == {"Collage": {school.learner_keys[1]: 12}}
    assert teacher.post(answer_address(page), **{"class": "0"}).status_code == 404


def test_nothing_is_taken_of_any_class_when_the_teacher_says_no(school: School) -> None:
    teacher = school.teacher()
    page = send(teacher, content=both_classes())
    assert "Nothing was taken" in teacher.follow(teacher.post(answer_address(page, "refuse")))
    assert teacher.post(answer_address(page), **{"class": "0"}).status_code == 404


def test_points_of_each_class_are_asked_for_in_its_own_form(school: School) -> None:
    items = (
        "sourcedId,title,classSourcedId\nli-quiz,Ratio quiz,c-math\nli-poster,Poster,c-math\n"
        "li-collage,Collage,c-art\n"
    )
    content = with_results(
        "li-quiz,u-ana,fully graded,8", "li-collage,u-ben,fully graded,12", changed={"lineItems.csv": items}
    )
    teacher = school.teacher()
    page = send(teacher, content=content)
    fields = re.findall(r'name="points-0" id="(points-\d-0)" form="(take-\d)"', page.text)
    assert fields == [("points-0-0", "take-0"), ("points-1-0", "take-1")]
    teacher.post(answer_address(page), **{"class": "1", "points-0": "20"})
    assert imported(school) == {"Collage": {school.learner_keys[1]: 12}}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"results.csv": None}, "gradebook_file.export_incomplete"),
        ({"users.csv": "sourcedId,givenName,familyName\nu-ana,Else,Somebody\n"}, "gradebook_file.no_class"),
        ({"manifest.csv": "propertyName,value\nfile.results,delta\n"}, "gradebook_file.export_delta"),
        ({"../users.csv": ""}, "gradebook_file.archive_names"),
    ],
)
def test_an_export_that_cannot_be_read_says_why_and_leads_back(
    school: School, changed: dict[str, str | None], code: str
) -> None:
    response = send(school.teacher(), content=oneroster(changed))
    assert (response.status_code, code in response.text) == (422, True)
    assert "/setup/gradebook" in response.text
