"""The teacher's pages, with real use cases on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.models.courses import Context, SyncState
from lti_tool.models.gradebook import Delivery, LineItem, OutboxEntry
from lti_tool.models.learning import Directive, Proposal, ProposalStatus
from tests.web.school import ADDRESS, School, open_school, text_of


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def current(school: School, index: int = 0) -> Proposal:
    """The current proposal of one of the students."""
    with school.database.read() as session:
        return session.scalars(
            select(Proposal).where(Proposal.person_id == school.learner_keys[index], Proposal.is_current)
        ).one()


def outbox(school: School) -> list[OutboxEntry]:
    with school.database.read() as session:
        return list(session.scalars(select(OutboxEntry)))


def test_today_shows_every_student_with_a_step_and_its_reason(school: School) -> None:
    page = school.teacher().read("today")
    for name in ("Ana Morales", "Ben Carter", "Chloé Dubois", "Dmitri Ivanov"):
        assert name in page
    assert "Mathematics 6B" in page
    assert "4 wait for you" in page
    assert "Roster and grades as of 3 minutes ago" in page
    assert page.count("Not this one") == 4


def test_today_shows_at_most_five_things_to_do(school: School) -> None:
    page = school.teacher().get("today").text
    todos = re.search(r'<ol role="list" class="todos.*?</ol>', page, re.DOTALL)
    assert todos is not None
    assert 1 <= todos[0].count("<li>") <= 5


def test_the_whole_class_is_approved_with_one_click_and_taken_back_with_another(school: School) -> None:
    teacher = school.teacher()
    page = teacher.follow(teacher.post("proposals/approve-all"))
    assert "4 next steps approved." in page
    assert "0 wait for you · 4 approved" in page
    assert len(outbox(school)) == 4
    page = teacher.follow(teacher.post("decisions/undo"))
    assert "4 decisions taken back." in page
    assert "4 wait for you · 0 approved" in page


def test_one_step_is_approved_and_the_page_comes_back_to_that_student(school: School) -> None:
    teacher, proposal = school.teacher(), current(school)
    response = teacher.post(f"proposals/{proposal.id}/approve", student=proposal.person_id)
    assert response.location.endswith(f"/today?done=approved#student-{proposal.person_id}")
    assert current(school).status is ProposalStatus.APPROVED
    assert "On its way to the gradebook" in teacher.follow(response)


def test_a_swap_approves_the_other_step(school: School) -> None:
    proposal = current(school)
    teacher = school.teacher()
    page = teacher.follow(teacher.post(f"proposals/{proposal.id}/swap", option=1))
    assert "Swapped and approved." in page
    assert (current(school).chosen, current(school).status) == (1, ProposalStatus.APPROVED)


def test_a_vetoed_activity_is_not_proposed_again(school: School) -> None:
    proposal = current(school)
    before = proposal.recommendation["options"][0]["activity_id"]
    teacher = school.teacher()
    assert "Another next step is proposed." in teacher.follow(teacher.post(f"proposals/{proposal.id}/veto"))
    after = current(school)
    assert after.id != proposal.id
    assert before not in [option["activity_id"] for option in after.recommendation["options"]]
    with school.database.read() as session:
        assert session.scalars(select(Directive)).one().subject == before


def test_a_step_that_changed_meanwhile_is_not_approved_blindly(school: School) -> None:
    proposal, teacher = current(school), school.teacher()
    teacher.post(f"proposals/{proposal.id}/veto")
    response = teacher.post(f"proposals/{proposal.id}/approve")
    assert response.status_code == 409
    assert "This next step has changed" in text_of(response)
    assert "nothing was changed" in text_of(response)


def test_a_bucket_shows_only_its_students_and_keeps_the_filter_after_a_decision(school: School) -> None:
    teacher = school.teacher()
    page = teacher.get("today").text
    shown = {
        key: int(count)
        for key, count in re.findall(r'bucket=(\w+)#class"><span class="count number">(\d+)', page)
    }
    assert sum(shown.values()) == 4
    full = max(shown, key=lambda key: shown[key])
    filtered = teacher.get("today", bucket=full).text
    assert filtered.count('id="student-') == shown[full]
    key = re.search(r'id="student-(\d+)"', filtered)
    assert key is not None
    proposal = current(school, school.learner_keys.index(int(key[1])))
    response = teacher.post(f"proposals/{proposal.id}/approve", student=key[1], bucket=full)
    assert f"bucket={full}" in response.location


def test_an_unknown_bucket_shows_everybody(school: School) -> None:
    assert school.teacher().get("today", bucket="<script>").text.count('id="student-') == 4


def test_a_made_up_notice_says_nothing(school: School) -> None:
    page = school.teacher().get("today", done="Your grades were deleted", n="-1").text
    assert 'id="said"></div>' in page


def test_the_reason_page_shows_terms_evidence_and_what_would_change_it(school: School) -> None:
    page = school.teacher().read(f"proposals/{current(school).id}")
    assert "Why this for Ana Morales?" in page
    for part in ("What spoke for it", "Why not something else?", "The evidence behind it", "Approve"):
        assert part in page
    assert re.search(r"Computed .* from \d+ results, model", page)


def test_the_reason_of_a_replaced_step_leads_to_the_present_one(school: School) -> None:
    proposal, teacher = current(school), school.teacher()
    teacher.post(f"proposals/{proposal.id}/veto")
    page = teacher.read(f"proposals/{proposal.id}")
    assert "This step has been replaced since." in page
    assert "Not this one" not in page


def test_a_student_is_shown_strengths_first(school: School) -> None:
    page = school.teacher().read(f"students/{school.learner_keys[0]}")
    order = [page.index(part) for part in ("Strengths", "Growing", "Next step", "Evidence in date order")]
    assert order == sorted(order)


def test_a_late_delivery_is_something_to_look_at(school: School) -> None:
    teacher = school.teacher()
    teacher.post("proposals/approve-all")
    assert outbox(school)
    assert "It takes longer than it should." not in teacher.read("today")
    with school.database.transaction() as session:
        for entry in session.scalars(select(OutboxEntry)):
            entry.first_due_at = school.now - timedelta(minutes=15)
    assert "It takes longer than it should. Waymark still tries" in teacher.read("today")


def test_a_stopped_delivery_is_shown_with_its_reason_and_sent_again(school: School) -> None:
    teacher = school.teacher()
    teacher.post("proposals/approve-all")
    with school.database.transaction() as session:
        entry = session.scalars(select(OutboxEntry)).first()
        assert entry is not None
        entry.state, entry.problem_message = (
            Delivery.ATTENTION,
            "The column is locked. Unlock it, then send again.",
        )
        key = entry.id
    page = teacher.read("deliveries")
    assert "Not in the gradebook" in page
    assert "The column is locked." in page
    assert page.index("The column is locked.") < page.index("On its way to the gradebook")
    assert "Sending it again now." in teacher.follow(teacher.post(f"deliveries/{key}/send-again"))
    assert {entry.state for entry in outbox(school)} == {Delivery.PENDING}


def test_another_reading_is_asked_for_and_its_progress_is_shown(school: School) -> None:
    teacher = school.teacher()
    page = teacher.follow(teacher.post("read-again"))
    assert "Reading your course" in page
    assert teacher.get("status").json == {"state": "running", "progress": ""}
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.sync_state, context.sync_progress = SyncState.RUNNING, "Reading scores: 3 of 6"
    assert "Reading scores: 3 of 6" in teacher.read("today")
    assert '<noscript><meta http-equiv="refresh"' in teacher.get("today").text
    assert teacher.get("status").json == {"state": "running", "progress": "Reading scores: 3 of 6"}


def test_a_failed_reading_says_so_and_offers_another_try(school: School) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.sync_state, context.sync_error = SyncState.FAILED, "The LMS did not answer in time."
    page = school.teacher().read("today")
    assert "The LMS did not answer in time." in page
    assert "Read again" in page


@pytest.mark.parametrize("was_read", [True, False])
def test_without_students_every_page_says_why_and_what_to_do(
    database_url: str, tmp_path: Path, was_read: bool
) -> None:
    """That the LMS lists nobody is said only where it was asked."""
    with open_school(database_url, tmp_path / "queue.sqlite", learners=0, columns=0) as school:
        if not was_read:
            with school.database.transaction() as session:
                session.get_one(Context, school.context_key).roster_read_at = None
        teacher = school.teacher()
        said = "The LMS lists no students" if was_read else "has not been read yet"
        for path in ("today", "students", "map", "groups", "pace", "messages", "families"):
            page = teacher.get(path).text
            assert "No students yet" in page
            assert said in page
            assert path == "today" or page.count(f'href="/l/{teacher.launch_id}/today"') >= 2
        assert "Every student has a next step" not in teacher.read("today")
        assert "Nothing has been sent yet" in teacher.read("deliveries")
        assert "no columns that Waymark can see yet" in teacher.read("setup")


def test_columns_that_fit_no_map_become_a_map_and_a_plan(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", adopted=False) as school:
        with school.database.transaction() as session:
            for number, column in enumerate(session.scalars(select(LineItem))):
                column.label, column.resource_id = f"Biology unit {number}", None
        teacher = school.teacher()
        page = teacher.read("setup")
        assert page.index("Make a map of my 6 columns") < page.index("Use this skill map")
        response = teacher.post("setup/map/columns", grade="7")
        assert "4 wait for you" in teacher.follow(response)
        assert "Make a map of my" not in teacher.read("setup")


def test_what_is_to_be_done_first_stands_first_in_setup(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", adopted=False) as school:
        teacher = school.teacher()
        page = teacher.read("setup")
        assert page.index("Use this skill map") < page.index("Make a map of my 6 columns")
        assert page.index("Make a map of my 6 columns") < page.index("Open the policy")
        assistant = school.visit(school.teacher_key, "teaching_assistant")
        assert "A teacher of this course says it once" in assistant.read("today")
        assert "Make a map of my" not in assistant.read("setup")


def test_an_error_leads_on(database_url: str, tmp_path: Path) -> None:
    """To where the lacking set-up is made, else to Today; a student is led to no page of the staff."""
    with open_school(database_url, tmp_path / "queue.sqlite", adopted=False) as school:
        teacher, key = school.teacher(), school.learner_keys[0]
        lacking = teacher.get(f"students/{key}")
        assert lacking.status_code == 409
        assert f'class="button" href="/l/{teacher.launch_id}/setup"' in lacking.text
        missing = teacher.get("proposals/99")
        assert missing.status_code == 404
        assert f'class="button" href="/l/{teacher.launch_id}/today"' in missing.text
        assert 'class="button"' not in school.learner().get(f"students/{key}").text


def test_a_new_course_is_led_from_today_over_setup_to_a_plan(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", adopted=False) as school:
        teacher = school.teacher()
        assert "See the suggestion" in teacher.read("today")
        assert "There is no skill map yet" in teacher.read("map")
        page = teacher.read("setup")
        assert "This looks like “" in page
        assert "6 of 6 columns of your gradebook match." in page
        tags = dict(
            re.findall(r'name="(tag-\d+)">.*?value="([^"]+)" selected', teacher.get("setup").text, re.DOTALL)
        )
        assert len(tags) == 6
        with school.database.read() as session:
            titled = session.scalars(select(LineItem).where(LineItem.resource_id.is_(None))).first()
        assert titled is not None
        left_out = f"tag-{titled.id}"
        response = teacher.post("setup/adopt", sample="grade6-ratios", **(tags | {left_out: ""}))
        assert "Every student has a next step now." in teacher.follow(response)
        with school.database.read() as session:
            tagged = {f"tag-{item.id}": item.activity_id or "" for item in session.scalars(select(LineItem))}
        assert tagged == tags | {left_out: ""}
        assert "In use" in teacher.read("setup")


@pytest.mark.parametrize("role", ["learner", "mentor", "content_developer"])
def test_only_those_who_teach_the_course_see_the_class(school: School, role: str) -> None:
    visitor = school.visit(school.learner_keys[0], role)
    for path in ("today", "map", "deliveries", "setup", "status", "students/1", "proposals/1"):
        assert visitor.get(path).status_code == 403, path


def test_an_assistant_decides_but_does_not_set_up(school: School) -> None:
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    assert "Teachers of this course can change this." in assistant.read("setup")
    assert assistant.post("setup/adopt", sample="grade6-ratios").status_code == 403
    assert assistant.post(f"proposals/{current(school).id}/approve").status_code == 303
    assert assistant.get("deliveries").status_code == 200
    assert assistant.post("deliveries/1/send-again").status_code == 403


def test_a_change_without_the_page_s_own_token_is_refused(school: School) -> None:
    teacher = school.teacher()
    response = teacher.client.post(f"/l/{teacher.launch_id}/proposals/approve-all", base_url=ADDRESS)
    assert response.status_code == 403
    assert outbox(school) == []


def test_steps_and_students_of_another_course_are_not_there(school: School, database_url: str) -> None:
    teacher = school.teacher()
    for path in ("students/99999", "proposals/99999"):
        assert teacher.get(path).status_code == 404
    assert teacher.post("proposals/99999/approve").status_code == 404
    assert teacher.post("deliveries/99999/send-again").status_code == 404


def test_a_launch_of_another_browser_opens_nothing(school: School) -> None:
    teacher, other = school.teacher(), school.teacher()
    page = other.client.get(f"/l/{teacher.launch_id}/today", base_url=ADDRESS)
    assert page.status_code == 404


def test_an_old_reading_says_its_age(school: School) -> None:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.gradebook_read_at = school.now - timedelta(hours=5)
    assert "as of 5 hours ago" in school.teacher().read("today")


@pytest.mark.parametrize("digits", [19, 30, 5000])
def test_numbers_that_no_database_holds_are_not_found(school: School, digits: int) -> None:
    teacher, number = school.teacher(), "9" * digits
    assert teacher.get(f"proposals/{number}").status_code == 404
    assert teacher.post(f"proposals/{number}/approve").status_code == 404
    assert teacher.post(f"deliveries/{number}/send-again").status_code == 404
    assert teacher.get(f"students/{number}").status_code == 404
    assert teacher.post("setup/adopt", **{"sample": "grade6-ratios", f"tag-{number}": ""}).status_code == 303


def test_a_teacher_pins_an_activity_and_ends_it_again_on_the_student_s_page(school: School) -> None:
    teacher, ana = school.teacher(), school.learner_keys[0]
    page = teacher.follow(teacher.post(f"students/{ana}/pin", activity="reading-giraffe", until="2026-03-09"))
    assert "This is the next step now" in page
    assert "until Mar 9, 2026" in page
    with school.database.read() as session:
        wish = session.scalars(select(Directive)).one()
    assert "Planning goes on by evidence." in teacher.follow(teacher.post(f"wishes/{wish.id}/lift"))
    page = teacher.follow(teacher.post(f"students/{ana}/pin", activity="reading-giraffe", **{"for": "class"}))
    assert "Set for 4 students." in page
    assert teacher.post(f"students/{ana}/pin", activity="reading-giraffe", until="soon").status_code == 422


def test_what_was_decided_is_undone_on_the_page_that_tells_of_it(school: School) -> None:
    teacher, proposal = school.teacher(), current(school)
    teacher.post(f"proposals/{proposal.id}/approve")
    page = teacher.read(f"students/{proposal.person_id}")
    assert "Undo your latest decision" in page
    assert "Undo your latest decision" not in teacher.read(f"students/{school.learner_keys[1]}")
    page = teacher.follow(teacher.post("decisions/undo", page=proposal.person_id))
    assert "Taken back." in page
    assert "took the decision back" in page


def test_evidence_says_which_level_words_came_with_it(school: School) -> None:
    page = school.teacher().read(f"students/{school.learner_keys[0]}")
    assert "from Not started to Growing" in page
