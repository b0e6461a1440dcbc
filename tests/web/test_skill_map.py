"""A teacher brings a skill map, mends it, works on it, puts it to use and takes it out again."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.models.learning import AdoptedSkillMap, EvidenceRecord, Proposal, SkillMapDraft
from lti_tool.pathways.skill_map import read_skill_map
from lti_tool.usecases.skill_map_drafts import KEEP_DRAFTS
from lti_tool.usecases.skill_map_files import LARGEST_FILE, read_map_file
from lti_tool.worker import purge_expired
from tests.pathways.case_samples import framework, name_of
from tests.web.school import School, Visitor, open_school, text_of
from tests.web.test_gradebook_import import send_to

TABLE = """kind;id;title;grade;before;after;strength;skills;goal;format;minutes
map;own;Our own map;6;;;;;;;
skill;times-as-many;Times as many;4;;;;;;;
skill;speed;Speed;6;;;;;yes;;
prerequisite;;;;times-as-many;speed;hard;;;;
activity;quiz-foundations;Foundations quiz;;;;;times-as-many=0,5; speed=0,5;;quiz;20
"""


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


def bring(visitor: Visitor, content: str | bytes) -> TestResponse:
    visitor.post("setup/map")  # finds the form's token
    return send_to(visitor, "setup/map", content.encode() if isinstance(content, str) else content)


def table(text: str = TABLE) -> str:
    """Cells with semicolons in them stand in quotation marks."""
    return text.replace("times-as-many=0,5; speed=0,5", '"times-as-many=0,5; speed=0,5"')


def use(visitor: Visitor) -> TestResponse:
    page = visitor.get("setup/map/draft")
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert seen
    return visitor.post("setup/map/draft/use", seen=seen[1])


def versions(school: School) -> list[str]:
    with school.database.read() as session:
        rows = session.scalars(select(AdoptedSkillMap).order_by(AdoptedSkillMap.version))
        return [row.document["map"]["id"] for row in rows]


def test_from_a_table_over_the_differences_to_a_version_in_use(school: School) -> None:
    teacher = school.teacher()
    assert "Open the skill map" in teacher.read("setup")
    assert "Bring your own" in teacher.read("setup/map")
    page = teacher.follow(bring(teacher, table()))
    assert "Our own map" in page
    assert "New skills: Speed" in page
    assert "Times as many → Speed" in page
    assert "stays on record and does not count while the activity is not in the map" in page or (
        "stay on record and do not count" in page
    )
    assert "“Speed” has one activity only; add a second one." in page
    assert versions(school) == ["grade6-ratios"]
    with school.database.read() as session:
        before = [(row.id, row.fraction) for row in session.scalars(select(EvidenceRecord))]
    done = teacher.follow(use(teacher))
    assert "Version 2 of the skill map is in use." in done
    assert "Foundations quiz" in done
    assert versions(school) == ["grade6-ratios", "own"]
    with school.database.read() as session:
        after = [(row.id, row.fraction) for row in session.scalars(select(EvidenceRecord))]
        assert session.scalars(select(SkillMapDraft)).all() == []
    assert after == before, "no result is touched"
    for path in ("today", "map", "deliveries", "setup", f"students/{school.learner_keys[0]}"):
        assert teacher.get(path).status_code == 200
    assert school.learner(0).get("next").status_code == 200


def test_every_step_that_was_chosen_by_an_older_map_still_says_why(school: School) -> None:
    teacher = school.teacher()
    teacher.post("proposals/approve-all")
    with school.database.read() as session:
        old = {proposal.id: proposal.skill_map_version for proposal in session.scalars(select(Proposal))}
    before = {key: teacher.get(f"proposals/{key}").text for key in old}
    teacher.follow(bring(teacher, table()))
    teacher.follow(use(teacher))
    for key in old:
        page = teacher.get(f"proposals/{key}")
        assert page.status_code == 200
        [said] = re.findall(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)[:1]
        assert said in before[key]
    with school.database.read() as session:
        current = session.scalars(select(Proposal).where(Proposal.is_current)).all()
        assert {proposal.skill_map_version for proposal in current} == {2}
        assert {p.id: p.skill_map_version for p in session.scalars(select(Proposal)) if p.id in old} == old


def test_results_count_again_when_their_activities_come_back(school: School) -> None:
    teacher = school.teacher()
    with school.database.read() as session:
        before = len(session.scalars(select(EvidenceRecord)).all())
    shown = text_of(teacher.get("map"))
    bring(teacher, table())
    use(teacher)
    assert "Version 1: Ratios and proportional relationships" in teacher.read("setup/map")
    teacher.post("setup/map/edit", version="1")
    assert "Version 3" in teacher.follow(use(teacher))
    assert text_of(teacher.get("map")) == shown
    with school.database.read() as session:
        assert len(session.scalars(select(EvidenceRecord)).all()) == before


def test_all_that_is_wrong_in_a_file_is_said_with_lines_and_nothing_is_kept(school: School) -> None:
    teacher = school.teacher()
    wrong = (
        table()
        .replace("map;own", "map;own map")
        .replace(";yes;", ";perhaps;")
        .replace("times-as-many;speed;hard", "speed;speed;hard")
    )
    response = bring(teacher, wrong)
    text = text_of(response)
    assert response.status_code == 422
    assert "3 things to mend in the file" in text
    for said in (
        "Line 4: “perhaps” under “goal” cannot be read; write yes or no.",
        "speed → speed",
        "needs an id",
    ):
        assert said in text
    assert teacher.get("setup/map/draft").status_code == 404
    assert versions(school) == ["grade6-ratios"]


def test_a_framework_becomes_a_map_and_comes_back(school: School) -> None:
    teacher = school.teacher()
    page = teacher.follow(bring(teacher, json.dumps(framework())))
    assert "from a framework of standards" in page
    assert "Unit rate: table" in page
    use(teacher)
    saved = teacher.get("setup/map/file/use.json")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="waymark-skill-map-version-2.json"'
    again = read_skill_map(read_map_file(saved.data))
    assert [skill.id for skill in again.skills] == [
        name_of(c) for c in ("6.R.1", "6.R.2.a", "6.R.2.b", "7.R.1")
    ]
    assert saved.json is not None
    assert [entry["fullStatement"] for entry in saved.json["CFItems"]] == [
        entry["fullStatement"] for entry in framework()["CFItems"]
    ]


def test_the_map_in_use_taken_out_and_brought_again_changes_nothing(school: School) -> None:
    teacher = school.teacher()
    for kind in ("csv", "toml", "json"):
        saved = teacher.get(f"setup/map/file/use.{kind}")
        assert "Nothing: it is the same as the map in use." in teacher.follow(bring(teacher, saved.data))
        assert teacher.get(f"setup/map/file/example.{kind}").status_code == 200
    assert send_to(teacher, "setup/map", b"x" * (LARGEST_FILE + 300 * 1024)).status_code == 413


def test_a_skill_is_added_changed_and_removed_by_hand(school: School) -> None:
    teacher = school.teacher()
    teacher.post("setup/map/edit")
    form = {
        "title": "Speed",
        "grade": "6",
        "codes": "6.RP.A.3.b; X",
        "new_before": "scaling",
        "new_kind": "soft",
    }
    page = teacher.follow(teacher.post("setup/map/draft/skill", **form))
    assert "New skills: Speed" in page
    assert "→ Speed (helps)" in page
    renamed = teacher.post(
        "setup/map/draft/skill", id="scaling", title="Stretch", grade="5", **{"kind-times-as-many": "hard"}
    )
    assert "→ Stretch" in teacher.follow(renamed)
    removed = teacher.follow(
        teacher.post("setup/map/draft/skill", id="times-as-many", do="remove", title="x")
    )
    assert "Skills that go: Times as many" in removed
    assert "“Times as many” goes:" in removed
    use(teacher)
    with school.database.read() as session:
        row = session.scalars(select(AdoptedSkillMap).where(AdoptedSkillMap.version == 2)).one()
        found = read_skill_map(row.document)
    assert found.skill("speed").codes == ("6.RP.A.3.b", "X")
    assert found.skill("scaling").statement == ""
    assert not found.has_skill("times-as-many")
    assert teacher.get("map").status_code == 200


def test_what_would_break_the_map_is_refused_and_the_form_keeps_what_was_typed(school: School) -> None:
    teacher = school.teacher()
    teacher.post("setup/map/edit")
    form = {"id": "times-as-many", "title": "My words", "grade": "40", "new_before": "scaling"}
    response = teacher.post("setup/map/draft/skill", **form)
    text = text_of(response)
    assert response.status_code == 422
    assert "run in a circle" in text
    assert "needs “grade” as a whole number from 0 to 13" in text
    assert 'value="My words"' in response.text
    assert "Nothing: it is the same" in teacher.read("setup/map/draft")
    assert teacher.get("setup/map/draft/skill", id="no-such").status_code == 404


def test_activities_are_tagged_and_removed_in_bulk(school: School) -> None:
    teacher = school.teacher()
    teacher.post("setup/map/edit")
    change = {"activity": "quiz-foundations", "skill": "scaling", "share": "50"}
    page = teacher.follow(teacher.post("setup/map/draft/activities", **change, do="tag"))
    assert "Activities for other skills than before: Foundations quiz" in page
    teacher.follow(teacher.post("setup/map/draft/activities", **change, do="untag"))
    page = teacher.follow(teacher.post("setup/map/draft/activities", **change, do="remove"))
    assert "Activities that go: Foundations quiz" in page
    assert teacher.post("setup/map/draft/activities", do="tag").status_code == 422
    assert (
        teacher.post(
            "setup/map/draft/activities",
            **change | {"activity": "hundred-square-art", "skill": "none"},
            do="tag",
        ).status_code
        == 422
    )


def test_only_what_was_shown_is_put_to_use(school: School) -> None:
    first, second = school.teacher(), school.teacher()
    bring(first, table())
    page = first.get("setup/map/draft")
    [seen] = re.findall(r'name="seen" value="([^"]+)"', page.text)
    bring(second, table().replace("Speed", "Velocity"))
    refused = first.post("setup/map/draft/use", seen=seen)
    assert (refused.status_code, "skill_map.changed" in refused.text) == (409, True)
    assert versions(school) == ["grade6-ratios"]
    assert "Dropped." in first.follow(first.post("setup/map/draft/drop"))
    assert first.post("setup/map/draft/use", seen=seen).status_code == 404


def test_a_draft_that_nobody_touches_goes_after_some_weeks(school: School) -> None:
    bring(school.teacher(), table())
    for age, left in ((KEEP_DRAFTS - timedelta(days=1), 1), (KEEP_DRAFTS, 0)):
        with school.database.transaction() as session:
            purge_expired(session, now=school.now + age)
            assert len(session.scalars(select(SkillMapDraft)).all()) == left


def test_tags_belong_to_the_map_in_use(school: School) -> None:
    teacher = school.teacher()
    bring(teacher, table())
    use(teacher)
    page = teacher.get("setup")
    assert html.unescape(page.text).count("Hundred square art") == 0
    assert "The tags are saved." in teacher.follow(teacher.post("setup/adopt", sample=""))
    assert versions(school) == ["grade6-ratios", "own"]


def test_what_a_map_says_is_shown_as_text(school: School) -> None:
    teacher = school.teacher()
    bring(teacher, table().replace("Speed", "<img src=x onerror=alert(1)>").replace("Our own", "{{7*7}}"))
    page = teacher.get("setup/map/draft")
    assert "<img" not in page.text
    assert "{{7*7}} map" in page.text
    assert (
        "'=1+1"
        in (bring(teacher, table().replace("Speed", "=1+1")), teacher.get("setup/map/file/draft.csv"))[1].text
    )


def test_a_draft_is_its_teacher_s_own(school: School) -> None:
    bring(school.teacher(), table())
    other = school.visit(school.teacher_key, "teaching_assistant")
    assert other.get("setup/map/draft").status_code == 403


def test_a_gap_is_closed_with_an_activity_made_by_hand(school: School) -> None:
    teacher = school.teacher()
    bring(teacher, table())
    page = teacher.get("setup/map/draft")
    assert "“Speed” has one activity only; add a second one." in text_of(page)
    assert 'href="/l/' in page.text
    filled = teacher.get("setup/map/draft/activity", skill="speed")
    assert 'name="share-speed"' in filled.text
    assert "“Speed” has one activity only; add a second one." in text_of(filled), (
        "the gaps stand beside the form"
    )
    form = {
        "title": "How fast is a snail?",
        "format": "hands-on",
        "mode": "pair",
        "minutes": "12",
        "level": "1",
        "interests": "animals; outdoors",
        "share-speed": "75",
        "new_skill": "times-as-many",
        "new_share": "12,5",
        "summary": "Time a snail over a metre.",
        "link": "https://snails.example.org/race",
    }
    page_after = teacher.follow(teacher.post("setup/map/draft/activity", **form))
    assert "New activities: How fast is a snail?" in page_after.replace("Foundations quiz, ", "")
    assert "“Speed” has one activity only" not in page_after
    use(teacher)
    with school.database.read() as session:
        row = session.scalars(select(AdoptedSkillMap).where(AdoptedSkillMap.version == 2)).one()
        found = read_skill_map(row.document).activity("how-fast-is-a-snail")
    assert found.skills == {"speed": 0.75, "times-as-many": 0.125}
    assert (found.format, found.mode, found.minutes, found.level) == ("hands-on", "pair", 12, 1)
    assert (found.interests, found.informativeness) == (("animals", "outdoors"), 0.0)
    opened = school.learner(0).get("activity/how-fast-is-a-snail")
    assert 'href="https://snails.example.org/race"' in opened.text
    assert "on another website: snails.example.org." in text_of(opened)
    assert "Look there for" not in text_of(opened)


def test_an_activity_is_changed_and_removed_by_hand(school: School) -> None:
    teacher = school.teacher()
    bring(teacher, table())
    shown = teacher.get("setup/map/draft/activity", id="quiz-foundations")
    assert 'value="Foundations quiz"' in shown.text
    form = {"id": "quiz-foundations", "format": "quiz", "mode": "solo", "minutes": "9", "level": "3"}
    teacher.post(
        "setup/map/draft/activity",
        **form,
        title="Short quiz",
        **{"share-speed": "", "share-times-as-many": "100"},
    )
    page = teacher.read("setup/map/draft")
    assert "Activities for other skills than before: Short quiz" in page
    assert "Quiz, 9 minutes" in page
    assert "“Speed” has no activity yet" in page
    teacher.post("setup/map/draft/activity", id="quiz-foundations", do="remove")
    assert "Short quiz" not in teacher.read("setup/map/draft")


def test_an_activity_that_cannot_be_kept_is_refused_and_the_form_keeps_what_was_typed(school: School) -> None:
    teacher = school.teacher()
    bring(teacher, table())
    form = {"title": "My words", "format": "song", "mode": "solo", "minutes": "0", "level": "9"}
    links = {"link": "javascript:alert(1)", "share-speed": "120", "share-none": "x"}
    response = teacher.post("setup/map/draft/activity", **form, **links)
    text = text_of(response)
    assert response.status_code == 422
    for said in (
        "has format “song”",
        "“minutes” as a whole number",
        "“level” as a whole number",
        "https://",
        "share 1.2",
        "share 'x'",
    ):
        assert said in text
    assert 'value="My words"' in response.text
    assert 'javascript:alert(1)"' not in re.sub(r'value="[^"]*"', "", response.text)
    assert "My words" not in teacher.read("setup/map/draft")
    assert teacher.get("setup/map/draft/activity", id="no-such").status_code == 404
    assert teacher.post("setup/map/draft/activity", id="no-such", do="remove").status_code == 404
