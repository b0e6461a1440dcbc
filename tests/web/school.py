"""One course in a real database, and people with open launches who visit the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.courses import Context, Membership, Person, SyncState
from lti_tool.models.launches import LaunchSession
from lti_tool.settings import Settings
from lti_tool.usecases import skill_maps
from lti_tool.web.browser import COOKIE
from tests.factories import (
    NOW,
    SKILL_MAPS,
    make_column,
    make_context,
    make_person,
    make_results,
    make_teacher,
    ratios,
)
from tests.filled_once import filled_once

SECRET = "a secret of at least thirty-two characters"
ADDRESS = "http://127.0.0.1:8080"
NAMES = (
    "Ana Morales",
    "Ben Carter",
    "Chloé Dubois",
    "Dmitri Ivanov",
    "Elif Yılmaz",
    "Farah Hassan",
    "Gabriel Okafor",
    "Hana Kim",
    "Isaac Levi",
    "Jamal Washington",
    "Kayla Thompson",
    "Liam O’Connor",
    "Maria-Fernanda de la Cruz Villanueva",
    "Noah Schmidt",
    "Olivia Brown",
    "Priya Raman",
    "Quinn Parker",
    "Rosa Jiménez",
    "Samuel Adeyemi",
    "Tala Begay",
    "Uma Patel",
    "Victor Nguyen",
    "Wren Fisher",
    "Ximena Ruiz",
    "Yusuf Ali",
    "Zoe Martin",
    "Amir Rahimi",
    "Bella Rossi",
)


@dataclass
class Visitor:
    """A person's browser inside one launch."""

    client: FlaskClient
    launch_id: str
    token: str
    origin: str
    form_page: str
    form_token: str = ""

    def get(self, path: str, **query: str | int) -> TestResponse:
        """The page at `path`, relative to the launch."""
        return self.client.get(self._address(path), query_string=query, base_url=self.origin)

    def read(self, path: str, **query: str | int) -> str:
        """The text of a page that must be there, without its markup."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return text_of(response)

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form with the token that every page of this launch has; no redirect is followed."""
        return self.client.post(
            self._address(path), data={"csrf_token": self._token(), **fields}, base_url=self.origin
        )

    def follow(self, response: TestResponse) -> str:
        """The text of the page that a redirect leads to."""
        assert response.status_code == 303, response.text
        page = self.client.get(response.location, base_url=self.origin)
        assert page.status_code == 200, page.text
        return text_of(page)

    def _address(self, path: str) -> str:
        return f"/l/{self.launch_id}/{path}"

    def _token(self) -> str:
        if not self.form_token:  # else as on a page that was opened before
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(self.form_page).text)
            self.form_token = found[1] if found else ""
        return self.form_token


@dataclass
class School:
    """A course with its people, keyed by what the tests call them."""

    app: Flask
    database: Database
    context_key: int
    teacher_key: int
    learner_keys: list[int]
    origin: str
    now: datetime = NOW

    def visit(
        self,
        person_key: int,
        *roles: str,
        mentees: Sequence[str] = (),
        locale: str = "",
        message_type: str = "LtiResourceLinkRequest",
        deep_linking: dict[str, Any] | None = None,
    ) -> Visitor:
        """Open a launch for a person with these roles in the course."""
        token = random_token()
        with self.database.transaction() as session:
            context = session.get_one(Context, self.context_key)
            membership = session.scalars(
                select(Membership).where(
                    Membership.context_id == context.id, Membership.person_id == person_key
                )
            ).one()
            membership.roles, membership.is_learner = list(roles), "learner" in roles
            launch = LaunchSession(
                public_id=random_token(bits=128),
                browser_hash=token_hash(token),
                deployment_id=context.deployment_id,
                person_id=person_key,
                context_id=context.id,
                roles=list(roles),
                mentee_user_ids=list(mentees),
                locale=locale,
                created_at=self.now,
                last_seen_at=self.now,
                expires_at=self.now + timedelta(hours=1),
                message_type=message_type,
                deep_linking=deep_linking,
            )
            session.add(launch)
            session.flush()
            public_id = launch.public_id
        client = self.app.test_client()
        client.set_cookie(COOKIE, token, domain="127.0.0.1")
        page = "pick" if launch.deep_linking else "next" if "learner" in roles else "today"
        return Visitor(client, public_id, token, self.origin, page)

    def teacher(self) -> Visitor:
        """The teacher's browser."""
        return self.visit(self.teacher_key, "instructor")

    def learner(self, index: int = 0) -> Visitor:
        """The browser of one of the students."""
        return self.visit(self.learner_keys[index], "learner")

    def mentor(self, *indices: int, locale: str = "") -> Visitor:
        """The browser of a family member of these students."""
        with self.database.transaction() as session:
            context = session.get_one(Context, self.context_key)
            family = make_person(session, context, random_token(bits=64), roles=("mentor",))
            children = [session.get_one(Person, self.learner_keys[index]).user_id for index in indices]
        return self.visit(family.id, "mentor", mentees=children, locale=locale)


@contextmanager
def open_school(
    database_url: str,
    queue: Path,
    *,
    learners: int = 4,
    adopted: bool = True,
    columns: int = 6,
    origin: str = ADDRESS,
    local_platforms: tuple[str, ...] = (),
) -> Iterator[School]:
    """A course whose gradebook was read just now; with `adopted` its skill map is in use.

    `queue` is where triggers for the worker are kept; no worker runs. Pages may call `local_platforms`.
    """
    settings = Settings(
        address=origin,
        database_url=database_url,
        secret_key=SecretStr(SECRET),
        skill_maps_folder=Path(SKILL_MAPS),
        queue_url=f"sqlite:///{queue}",
        local_platforms=local_platforms,
    )
    app = create_app(settings, clock=lambda: NOW)
    database = Database(database_url)
    name = ("course", learners, adopted, columns)
    context, teacher, people = filled_once(
        database, name, lambda session: _course(session, learners, adopted, columns)
    )
    school = School(app, database, context, teacher, list(people), origin)
    yield school
    database.close()
    app.extensions["waymark"].database.close()


def _course(session: Session, learners: int, adopted: bool, columns: int) -> tuple[int, int, tuple[int, ...]]:
    """The keys of the course, its teacher and its students."""
    context = make_context(session)
    context.title = "Mathematics 6B"
    context.sync_state, context.gradebook_read_at = SyncState.DONE, NOW - timedelta(minutes=3)
    context.roster_read_at = context.gradebook_read_at
    context.deployment.registration.frame_origins = ["https://lms.example"]
    teacher = make_teacher(session, context)
    people = [_learner(session, context, NAMES[index]) for index in range(learners)]
    _fill_gradebook(session, context, people, columns)
    if adopted:
        skill_maps.adopt(
            session,
            context=context,
            folder=Path(SKILL_MAPS),
            sample_id="grade6-ratios",
            tags={tag.line_item_key: tag.activity_id for tag in _suggested(session, context).matches},
            teacher=teacher,
            now=NOW,
        )
    return context.id, teacher.id, tuple(person.id for person in people)


def text_of(response: TestResponse) -> str:
    """What a page says, without markup, on one line."""
    main = re.search(r"<body.*</body>", response.text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0] if main else response.text)).split())


def _learner(session: Session, context: Context, name: str) -> Person:
    person = make_person(session, context, f"user of {name}")
    person.name = name
    person.given_name, _, person.family_name = name.partition(" ")
    return person


def _fill_gradebook(session: Session, context: Context, people: Sequence[Person], columns: int) -> None:
    """Plausible, varied scores over six weeks, always the same."""
    chance = Random(6)
    able = {person.id: chance.uniform(0.3, 1.0) for person in people}
    quizzes = [activity for activity in ratios().skill_map.activities if activity.format.value == "quiz"]
    for number, quiz in enumerate(quizzes[:columns]):
        column = make_column(session, context, activity_id=quiz.id, label=quiz.title)
        column.activity_id, column.resource_id = None, quiz.id if number % 2 == 0 else None
        scores = {
            key: float(round(10 * min(1.0, max(0.0, chance.gauss(ability, 0.15)))))
            for key, ability in able.items()
            if chance.random() < 0.9
        }
        make_results(session, column, scores, at=NOW - timedelta(days=3 + 6 * (columns - number)))


def _suggested(session: Session, context: Context) -> skill_maps.Suggestion:
    suggestion = skill_maps.suggest(session, context=context, folder=Path(SKILL_MAPS))
    assert suggestion is not None
    return suggestion
