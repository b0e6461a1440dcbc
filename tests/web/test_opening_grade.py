"""A point that opens an activity: only where a teacher had a column made for it, and said that it may count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.grades.vocab import OPENING_TAG
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Column, LineItem, OutboxEntry
from lti_tool.models.learning import Proposal
from lti_tool.usecases.column_matches import possible_evidence
from lti_tool.usecases.deliver_scores import Courier
from lti_tool.usecases.plan_path import chosen_option
from tests.factories import NOW
from tests.grades.linked_course import ImpatientSession, register_key
from tests.grades.strict_platform import ALL_SCOPES, Platform, answer, running
from tests.web.school import SECRET, School, Visitor, open_school

PAGE, NAME = "setup/channels", "opening_grade"


@dataclass(frozen=True, slots=True)
class Site:
    """A course on this platform, which has no connection to an API of its own."""

    school: School
    platform: Platform
    teacher: Visitor
    activity: str

    def post(self, action: str, **fields: str) -> str:
        return self.teacher.follow(self.teacher.post(f"{PAGE}/{NAME}/{action}", **fields))

    def prepare(self) -> str:
        return self.post("prepare", activity=self.activity)

    def fingerprint(self) -> str:
        found = re.search(
            rf'{NAME}/on".*?name="fingerprint" value="(\w+)"', self.teacher.get(PAGE).text, re.S
        )
        assert found
        return found[1]

    def turn_on(self) -> str:
        return self.post("on", fingerprint=self.fingerprint(), may_count="yes")

    def approve(self, place: int) -> None:
        with self.school.database.read() as session:
            key = session.scalars(
                select(Proposal.id).where(
                    Proposal.person_id == self.school.learner_keys[place], Proposal.is_current
                )
            ).one()
        self.teacher.post(f"proposals/{key}/approve")

    def points(self) -> list[tuple[int, float | None]]:
        """Who has a point, wanted or sent."""
        with self.school.database.read() as session:
            query = select(OutboxEntry.person_id, OutboxEntry.score_given).join(OutboxEntry.column)
            return [(row[0], row[1]) for row in session.execute(query.where(Column.tag == OPENING_TAG))]

    def columns_there(self) -> list[dict[str, object]]:
        return [item for item in self.platform.line_items.values() if item.get("tag") == OPENING_TAG]


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    with (
        running(Platform(clock=NOW.timestamp)) as platform,
        open_school(sqlite_url, tmp_path / "queue.sqlite", local_platforms=(platform.origin,)) as school,
    ):
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            context.line_items_url = f"{platform.origin}/1/lineitems?type_id=1"
            context.service_scopes = [scope for scope in ALL_SCOPES if "ags" in scope]
            registration = context.deployment.registration
            registration.issuer = platform.origin
            registration.auth_token_url = f"{platform.origin}/token"
            platform.public_jwk = register_key(session, registration, secret=SECRET)
            for key in school.learner_keys:
                platform.add_members(session.get_one(Person, key).user_id)
            first = session.scalars(
                select(Proposal).where(Proposal.person_id == school.learner_keys[0], Proposal.is_current)
            ).one()
            activity = chosen_option(first).activity_id
            assert activity is not None
        yield Site(school, platform, school.teacher(), activity)


def test_a_column_that_a_teacher_had_made_gets_a_point_for_each_approved_step(site: Site) -> None:
    site.approve(0)
    assert "no column was made for this activity" in site.post("preview")
    assert site.columns_there() == []
    text = site.prepare()
    assert "1 student would get something now." in text
    assert "set the weight of the column to 0" in text
    [column] = site.columns_there()
    assert (column["scoreMaximum"], str(column["label"]).startswith("Opens: ")) == (1, True)
    assert site.points() == []
    assert "Turned on." in site.turn_on()
    assert site.points() == [(site.school.learner_keys[0], 1.0)]
    with ImpatientSession(site.platform.origin, clock=NOW.timestamp) as outbound:
        Courier(site.school.database, outbound, SECRET, lambda: NOW).deliver_due()
    assert [score.body["scoreGiven"] for score in site.platform.ledger if "scoreGiven" in score.body] == [1]
    assert "has it already" in site.post("preview")
    site.teacher.post("decisions/undo")
    assert site.points() == [(site.school.learner_keys[0], 1.0)], "no total sinks because of us"


def test_a_column_that_is_made_later_serves_the_steps_that_stand(site: Site) -> None:
    site.post("preview")
    site.turn_on()
    site.approve(0)
    assert site.points() == []
    assert "Make a column" in site.post("preview")
    site.prepare()
    assert site.points() == [(site.school.learner_keys[0], 1.0)]


def test_without_the_teachers_word_no_total_changes(site: Site) -> None:
    site.approve(0)
    site.prepare()
    fingerprint = site.fingerprint()
    assert site.teacher.post(f"{PAGE}/{NAME}/on", fingerprint=fingerprint).status_code == 422
    assert site.points() == []


def test_activities_without_such_a_column_get_no_points(site: Site) -> None:
    site.post("preview")
    site.turn_on()
    site.approve(0)
    site.approve(1)
    assert (site.points(), site.columns_there()) == ([], [])


def test_a_column_is_made_once(site: Site) -> None:
    site.prepare()
    site.prepare()
    [column] = site.columns_there()
    assert column["resourceId"] != site.activity
    with site.school.database.read() as session:
        assert session.scalars(select(Column.line_item_id).where(Column.tag == OPENING_TAG)).one()


def test_a_second_click_leaves_the_column_to_the_first_for_a_minute(site: Site) -> None:
    with site.school.database.transaction() as session:
        first = Column(
            context_id=site.school.context_key,
            tag=OPENING_TAG,
            resource_id=f"opens {site.activity}",
            label="Opens",
            score_maximum=1,
            created_at=NOW,
        )
        session.add(first)
    site.prepare()
    assert site.columns_there() == []
    with site.school.database.transaction() as session:
        session.merge(first).created_at = NOW - timedelta(minutes=2)
    site.prepare()
    assert len(site.columns_there()) == 1


def test_a_column_that_cannot_be_made_says_why(site: Site) -> None:
    site.platform.fail(answer(500), times=9)
    answered = site.teacher.post(f"{PAGE}/{NAME}/prepare", activity=site.activity)
    assert answered.status_code == 502
    assert site.columns_there() == []


def test_such_a_column_is_no_evidence(site: Site) -> None:
    site.prepare()
    with site.school.database.read() as session:
        items = session.scalars(select(LineItem).where(LineItem.tag == OPENING_TAG)).all()
        assert [item.activity_id for item in items] == [None]
        assert possible_evidence(items) == []


def test_setup_leads_there_where_no_gradebook_can_be_connected(site: Site) -> None:
    assert "How steps reach students" in site.teacher.read("setup")
    with site.school.database.transaction() as session:
        session.get_one(Context, site.school.context_key).line_items_url = None
    assert "How steps reach students" not in site.teacher.read("setup")
