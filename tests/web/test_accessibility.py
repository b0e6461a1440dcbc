"""Every page at phone and desk width, light and dark: axe finds nothing; at no width does it scroll sideways."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from lti_tool.grades.channels.channel import Effect, Line
from lti_tool.grades.channels.message_words import body
from lti_tool.models.channels import ChannelChoice, StepDelivery
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, NativeConnection, OutboxEntry, PlatformConnection
from lti_tool.models.outcomes import LearningOutcome
from lti_tool.pathways import map_edits
from lti_tool.usecases import channel_preview, skill_map_drafts
from tests.factories import NOW, ratios
from tests.grades.gradebook_files.oneroster_export import both_classes
from tests.integration.people import chromium
from tests.school_year import add_school_year
from tests.web.axe import findings_at_every_size
from tests.web.school import School, Visitor
from tests.web.test_student import check, right_answer
from tests.web.window import open_window, served_school

pytestmark = pytest.mark.browser

GRADEBOOK = Path(__file__).parent.parent / "grades" / "samples" / "gradebook_files" / "canvas.csv"
GOAL = ratios().skill_map.goals[0]
Pages = dict[str, tuple[Visitor, str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school"), learners=8) as school:
        yield school


def add_channels(session: Session, context: Context) -> None:
    """A channel with a dry run that shows one line of each sort, and one that is on, with its deliveries."""
    session.flush()
    planned = channel_preview.plan(session, context, NOW)
    lines = [
        Line(plan.person.id, effect, "Your next step: Poster", body(plan.step) if effect == "written" else "")
        for plan, effect in zip(planned, cycle(Effect), strict=False)
    ]
    fingerprint = channel_preview.fingerprint_of(session, context, planned)
    kept = channel_preview.to_keep(fingerprint, planned, lines, now=NOW)
    session.add(ChannelChoice(context_id=context.id, channel="canvas_message", previewed=kept))
    session.add(ChannelChoice(context_id=context.id, channel="canvas_override", chosen_at=NOW))
    lines = [Line(plan.person.id, Effect.NOT_PREPARED, can_prepare=True) for plan in planned]
    kept = channel_preview.to_keep(fingerprint, planned, lines, now=NOW)
    session.add(ChannelChoice(context_id=context.id, channel="opening_grade", previewed=kept))
    for plan, state in zip(planned, Delivery, strict=False):
        session.add(
            StepDelivery(
                context_id=context.id,
                channel="canvas_override",
                person_id=plan.person.id,
                wanted=plan.step.to_mapping(),
                wanted_at=NOW,
                state=state,
                effect=Effect.WRITTEN if state is Delivery.DELIVERED else None,
                problem_message="The assignment of this step is not published."
                if state is Delivery.ATTENTION
                else None,
                first_due_at=NOW,
                next_attempt_at=NOW,
            )
        )


def form_groups(school: School, teacher: Visitor) -> None:
    """Published groups of today with a locked table, a student who is absent, and somebody without room."""
    when = {"day": NOW.date().isoformat(), "lesson": 1, "section": 1}
    one, other = school.learner_keys[3:5]
    teacher.post("groups/wishes", **when, one=one, other=other, kind="apart")
    teacher.post(
        "groups/form",
        **when,
        kind="mixed",
        **{"smallest": 2, "largest": 2, "places": 2, "minutes": 40, "adults": "Ms Rivera"},
        mode=["pair", "small-group", "teacher-table", "solo"],
        absent=[school.learner_keys[7]],
        version=0,
    )
    teacher.post("groups/lock", **when, version=1, place=1, locked="yes")
    assert teacher.post("groups/publish", **when, version=2).status_code == 303


def fix_for_class(school: School, teacher: Visitor) -> None:
    """Shared activities of today and of a later day, and accommodations that one of them does not suit."""
    today = NOW.date().isoformat()
    later = (NOW + timedelta(days=3)).date().isoformat()
    key = school.learner_keys[1]
    for fields in (
        {"activity": "lab-same-taste", "day": later, "lesson": 2, "own_minutes": 10},
        {"activity": "drum-loop-tables", "day": today, "minutes": 30},
    ):
        assert teacher.post("together", **fields).status_code == 303
    kept = {"seen": "1", "format": ["hands-on", "video"], "time": "1.5"}
    assert teacher.post(f"students/{key}/accommodations", **kept).status_code == 303


def write_messages(teacher: Visitor) -> None:
    """One message approved, one draft edited, the others as they were made."""
    text = teacher.get("messages").text
    seen = dict(re.findall(r'name="seen-(\d+)" value="(\w+)"', text))
    first, second, *_ = seen
    form = {f"body-{second}": "An edited draft.", f"body-{first}": "She counts in ratios now."}
    form |= {f"seen-{key}": seen[key] for key in (first, second)}
    assert teacher.post(f"messages/{first}/approve", **form).status_code == 303


@pytest.fixture(scope="module")
def pages(school: School) -> Pages:
    """Every page in a state that has something to show: what is done, what waits, what went wrong."""
    teacher, learner, mentor = school.teacher(), school.learner(0), school.mentor(0, 1)
    proposals = re.findall(r"/proposals/(\d+)/approve", teacher.get("today").text)
    for key in proposals[:3]:
        teacher.post(f"proposals/{key}/approve")
    teacher.post("pace/dates", all="2026-12-18")
    teacher.post("policy", seen="0", repeat_after_days="9")
    with school.database.transaction() as session:
        for entry, state in zip(session.query(OutboxEntry), Delivery, strict=False):
            entry.state = state
            entry.problem_message = "The column is locked." if state is Delivery.ATTENTION else None
        context = session.get_one(Context, school.context_key)
        context.memberships_url = "https://canvas.example/api/lti/courses/7/names_and_roles"
        session.add(
            PlatformConnection(
                registration_id=context.deployment.registration_id,
                product="canvas",
                root="https://canvas.example",
                encrypted_secret="-",
                client_id="7",
                encrypted_client_secret="-",
                changed_at=NOW,
            )
        )
        session.add(
            NativeConnection(
                context_id=context.id,
                product="canvas",
                root="https://canvas.example",
                course="7",
                encrypted_secret="-",
                connected_at=NOW,
                read_at=NOW,
                columns=12,
                students=7,
                left_out={"calculated": ["Course total"], "no points": ["Participation", "Survey"]},
                problem="Canvas does not accept this token any more. Make a new one and connect again.",
                with_outcomes=True,
                outcomes_read_at=NOW,
                outcomes_problem="Canvas does not let this connection read outcomes.",
            )
        )
        titles = ("CCSS.MATH.CONTENT.6.RP.A.1", "CCSS.MATH.CONTENT.6.RP.A.2", "Works well with others")
        for number, title in enumerate(titles):
            session.add(
                LearningOutcome(
                    context_id=context.id,
                    key=f"canvas:{number}",
                    title=title,
                    name="Ratio language" if number == 0 else "",
                    statement="Understand the concept of a ratio and use ratio language. " * 3,
                    skill_id="ratio-language" if number == 0 else None,
                )
            )
        add_channels(session, context)
        add_school_year(session, context, school.learner_keys, weeks=6)
    attempts = {}
    for activity_id in ("check-times-as-many", "check-fractions-as-division"):
        response = learner.post(f"activity/{activity_id}/start")
        attempts[activity_id] = "checks/" + response.location.rpartition("/")[2]
    finished = attempts["check-times-as-many"]
    questions = check("check-times-as-many").questions
    for question in questions:
        learner.post(f"{finished}/answer", question=question.id, **right_answer(question))
    # Only the last question of this check is open: the one about an order.
    other = attempts["check-fractions-as-division"]
    for question in check("check-fractions-as-division").questions[:-1]:
        learner.post(f"{other}/answer", question=question.id, **right_answer(question))
    begin_other_map(school)
    deep = school.visit(school.teacher_key, "instructor", deep_linking={"accept_multiple": True})
    learner_key = school.learner_keys[1]
    for words, due in (
        ("Asked for more puzzles.", ""),
        ("Call home about the trip.", "2026-11-20"),
        ("Gone", ""),
    ):
        teacher.post(f"students/{learner_key}/notes", body=words, due=due)
    teacher.post("notes/1/change", seen="0", body="Asked for more puzzles,\nand for a partner.")
    teacher.post("notes/3/remove")
    teacher.post(f"students/{learner_key}/pin", activity="check-times-as-many", until="2026-12-01")
    form_groups(school, teacher)
    fix_for_class(school, teacher)
    write_messages(teacher)
    teacher.post(f"students/{learner_key}/family-link", language="es")
    newcomer, teller = school.learner(5), school.learner(1)
    teller.post("me", interest=["music", "art"], goal="Ratios without fear. " * 9, favourite_goal=GOAL)
    teller.post("me/week", steps=3)
    teller.post("next/challenge", challenge="1")
    for index in (3, 4):
        school.learner(index).post("diagnostic")
    asked = re.search(r'name="question" value="([^"]+)"', school.learner(4).get("diagnostic").text)
    assert asked
    school.learner(4).post("diagnostic/answer", question=asked[1], not_learned="yes")
    school.learner(4).post("diagnostic/stop")
    return {
        "groups": (teacher, f"groups?day={NOW.date()}"),
        "groups of a day without": (teacher, "groups"),
        "board": (teacher, f"groups/board?day={NOW.date()}"),
        "today": (teacher, "today"),
        "today with everybody ticked": (teacher, "today?select=all"),
        "today of a bucket": (teacher, "today?bucket=on_track&done=approved_all&n=3"),
        "reason": (teacher, f"proposals/{proposals[-1]}"),
        "student": (teacher, f"students/{learner_key}"),
        "students": (teacher, "students"),
        "colleagues": (teacher, "setup/staff"),
        "notes": (teacher, "notes"),
        "open follow-ups": (teacher, "notes?only=open"),
        "map": (teacher, "map"),
        "map as chosen": (teacher, "map?sort=-unit-rates&group=goals&skills=yes"),
        "cell of the map": (teacher, f"map/{learner_key}/times-as-many"),
        "together": (teacher, "together"),
        "pace": (teacher, "pace"),
        "week": (teacher, "week"),
        "messages": (teacher, "messages"),
        "other dates": (teacher, "pace/preview?all=2027-03-01"),
        "standards": (teacher, "standards"),
        "policy": (teacher, "policy"),
        "who moves": (teacher, "policy/preview?hand_below=80&threshold=60"),
        "how far": (teacher, "roll-out"),
        "deliveries": (teacher, "deliveries"),
        "results": (teacher, "report"),
        "families": (teacher, "families"),
        "setup": (teacher, "setup"),
        "ways to students": (teacher, "setup/channels"),
        "connected gradebook": (teacher, "setup/gradebook/connection"),
        "connected in a window of its own": (teacher, "../../canvas/connected"),
        "outcomes": (teacher, "setup/gradebook/outcomes"),
        "gradebook file": (teacher, "setup/gradebook"),
        "skill map": (teacher, "setup/map"),
        "skill map not in use yet": (teacher, "setup/map/draft"),
        "skill of a map": (teacher, "setup/map/draft/skill?id=scaling"),
        "activity of a map": (teacher, "setup/map/draft/activity?id=quiz-foundations"),
        "activity for a gap": (teacher, "setup/map/draft/activity?skill=speed"),
        "next": (learner, "next"),
        "easier or harder": (teller, "next?challenge=look&done=challenge_same"),
        "about me": (teller, "me?done=told"),
        "activity here": (learner, "activity/table-sandwich-strips"),
        "activity in the course": (learner, "activity/worksheet-fair-shares"),
        "first questions": (newcomer, "diagnostic"),
        "a first question": (school.learner(3), "diagnostic"),
        "found": (school.learner(4), "diagnostic"),
        "question": (school.learner(2), "activity/check-ratio-tables"),
        "question of order": (learner, other),
        "answered": (learner, f"{finished}?q={questions[0].id}"),
        "result": (learner, finished),
        "family": (mentor, "family"),
        "family in Spanish": (mentor, "family?lang=es"),
        "picker": (deep, "pick"),
        "no such page": (teacher, "proposals/99999"),
    }


def begin_other_map(school: School) -> None:
    """The teacher works on a map that differs from the one in use in every way that the page shows."""
    document = copy.deepcopy(dict(ratios().document))
    first, *others = document["skills"]
    others[0] |= {"title": "Shares"}
    others[1] |= {"prerequisites": [{"skill": others[0]["id"], "kind": "soft"}]}
    changed = map_edits.without_skill(document | {"skills": [first, *others]}, first["id"])
    changed = map_edits.without_activities(changed, {changed["activities"][0]["id"], "check-times-as-many"})
    with school.database.transaction() as session:
        skill_map_drafts.keep_draft(
            session,
            context=session.get_one(Context, school.context_key),
            person=session.get_one(Person, school.teacher_key),
            document=map_edits.with_skill(changed, "", {"title": "Speed", "grade": 7}),
            now=NOW,
        )


def test_every_page_is_for_everybody(browser: Browser, pages: Pages) -> None:
    problems = {}
    for name, (visitor, path) in pages.items():
        with open_window(browser, visitor, expected=("404",)) as window:
            if found := findings_at_every_size(window.open(path)):
                problems[name] = found
    assert problems == {}


def test_what_is_in_a_gradebook_file_is_for_everybody(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher()) as window:
        page = window.open("setup/gradebook")
        page.get_by_label("Exported gradebook").set_input_files(GRADEBOOK)
        page.get_by_role("button", name="Show what is in it").click()
        assert page.get_by_role("heading", name="What is in the file").is_visible()
        assert findings_at_every_size(page) == []


def test_the_question_which_class_it_is_is_for_everybody(
    browser: Browser, school: School, tmp_path: Path
) -> None:
    export = tmp_path / "export.zip"
    export.write_bytes(both_classes())
    with open_window(browser, school.teacher()) as window:
        page = window.open("setup/gradebook")
        page.get_by_label("Exported gradebook").set_input_files(export)
        page.get_by_role("button", name="Show what is in it").click()
        assert page.get_by_role("heading", name="Which class is this course?").is_visible()
        assert findings_at_every_size(page) == []


def test_the_family_s_page_fits_on_one_sheet_of_a5(browser: Browser, pages: Pages) -> None:
    for name in ("family", "family in Spanish"):
        visitor, path = pages[name]
        with open_window(browser, visitor) as window:
            sheet = window.open(path).pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1


def test_the_picker_counts_and_narrows_while_typing(browser: Browser, pages: Pages) -> None:
    visitor, path = pages["picker"]
    with open_window(browser, visitor) as window:
        page = window.open(path)
        add = page.get_by_role("button", name="Add")
        assert add.is_disabled()
        page.get_by_label("Search").fill("giraffe")
        assert page.locator("label.option:visible").count() == 1
        page.locator("label.option:visible").click()
        assert add.inner_text() == "Add 1 to the course"
        page.get_by_label("Search").fill("no such words at all")
        assert page.get_by_text("No activity fits.").is_visible()
