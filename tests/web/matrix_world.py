"""Four courses of three tenants in one database, all with the same ids, and everybody who may come along.

Tenant A (deployment d-1 of issuer X) has the courses A1 and A2; tenant B is another deployment of the same
registration, tenant C another issuer. B and C use the context id, the deployment's number, the link ids and
the user ids of A1. What is named here are objects of A1.
"""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.db import Database
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import Delivery, LineItem, OutboxEntry
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration
from lti_tool.usecases import skill_maps
from lti_tool.web.browser import COOKIE
from tests.factories import NOW, SKILL_MAPS, make_column, make_person, make_registration
from tests.web.school import ADDRESS, SECRET, School, Visitor, open_school

_GRADEBOOK = b'Student,ID,Section,Poster (1)\n    Points Possible,,,10\n"Morales, Ana",5,6B,7\n'
ACTIVITY = "check-times-as-many"
PLACE = {
    "deep_link_return_url": "https://lms.example/deep_links",
    "accept_types": ["ltiResourceLink"],
    "accept_multiple": True,
}
# Who stands in a column of the table: principal -> (course, role). Those of B are the same people as their like
# in A1 (users belong to a registration), those of C other people with the same ids.
PEOPLE: dict[str, tuple[str, str]] = {
    "learner": ("A1", "learner"),
    "other learner": ("A1", "learner"),
    "mentor": ("A1", "mentor"),
    "assistant": ("A1", "teaching_assistant"),
    "teacher": ("A1", "instructor"),
    "author": ("A1", "content_developer"),
    "administrator": ("A1", "administrator"),
    "test student": ("A1", "learner"),
    "teacher of A2": ("A2", "instructor"),
    "teacher of B": ("B", "instructor"),
    "learner of B": ("B", "learner"),
    "mentor of B": ("B", "mentor"),
    "teacher of C": ("C", "instructor"),
    "learner of C": ("C", "learner"),
    "mentor of C": ("C", "mentor"),
}
INSIDERS = tuple(name for name, (course, _role) in PEOPLE.items() if course == "A1")
OUTSIDERS = tuple(name for name, (course, _role) in PEOPLE.items() if course != "A1")
_MENTEES = {"mentor": [0], "mentor of B": [0], "mentor of C": [0]}


@dataclass
class World:
    """The app, a database that can be put back, everybody's browser, and the ids of A1's objects."""

    app: Flask
    database: Database
    file: Path
    saved: Path
    visitors: dict[str, Visitor]
    pickers: dict[str, Visitor]
    ids: dict[str, str]
    watcher: sqlite3.Connection
    first_version: int = 0

    def request(
        self, who: Visitor | None, method: str, path: str, *, launch: str = "", **fields: str
    ) -> TestResponse:
        """Ask for a page under `launch` (by default the visitor's own), with the visitor's own form token."""
        client = self.app.test_client()
        if who is not None:
            client.set_cookie(COOKIE, who.token, domain="127.0.0.1")
        launch = launch or (who.launch_id if who else self.visitors["teacher"].launch_id)
        data = None if method == "GET" else {"csrf_token": self.form_token(who, launch), **fields}
        return client.open(f"/l/{launch}/{path}", method=method, data=data, base_url=ADDRESS)

    def form_token(self, who: Visitor | None, launch: str) -> str:
        """The anti-forgery token that a page of this launch would have for this browser."""
        if who is None:
            return ""
        headers = {"Cookie": f"{COOKIE}={who.token}"}
        with self.app.test_request_context(f"/l/{launch}/", base_url=ADDRESS, headers=headers):
            token: str = generate_csrf()
        return token

    def version(self) -> int:
        """A number that is another one as soon as anybody has changed the database."""
        [version] = self.watcher.execute("PRAGMA data_version").fetchone()
        return int(version)

    def put_back(self) -> None:
        """Undo whatever was changed since the beginning."""
        if self.version() == self.first_version:
            return
        with closing(sqlite3.connect(self.saved)) as saved, closing(sqlite3.connect(self.file)) as live:
            saved.backup(live)
        self.first_version = self.version()


@contextmanager
def open_world(folder: Path, file: Path) -> Iterator[World]:
    """`file` is a migrated, empty SQLite database."""
    with open_school(f"sqlite:///{file}", folder / "queue.sqlite", learners=3) as school:
        courses = _other_courses(school)
        with school.database.transaction() as session:
            for registration in session.scalars(select(Registration)):
                new_signing_key(session, registration, SECRET, NOW, bits=2048)
            keys = {name: _person(session, school, courses, name) for name in PEOPLE}
        schools = {name: replace(school, context_key=key) for name, key in courses.items()}
        visitors = {name: _visit(schools, keys, name) for name in PEOPLE}
        pickers = {
            name: _visit(schools, keys, name, message_type="LtiDeepLinkingRequest", deep_linking=PLACE)
            for name in PEOPLE
        }
        ids = _objects(school, visitors, keys)
        saved = folder / "saved.sqlite"
        with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(saved)) as copy:
            live.backup(copy)
        with closing(sqlite3.connect(file)) as watcher:
            world = World(school.app, school.database, file, saved, visitors, pickers, ids, watcher)
            world.first_version = world.version()
            yield world


def _other_courses(school: School) -> dict[str, int]:
    """A2, B and C beside A1: each with the skill map and a student of its own."""
    with school.database.transaction() as session:
        first = session.get_one(Context, school.context_key)
        same = first.deployment.registration
        other = make_registration(session, issuer="https://other.example", client_id=same.client_id)
        contexts = {
            "A2": _course(session, first.deployment, "another course"),
            "B": _course(session, _deployment(session, same, "another deployment"), first.context_id),
            "C": _course(
                session, _deployment(session, other, first.deployment.deployment_id), first.context_id
            ),
        }
        for name, context in contexts.items():
            teacher = make_person(session, context, f"keeper of {name}", roles=("instructor",))
            make_person(session, context, f"student of {name}")
            make_column(session, context, activity_id=None, label="Quiz")
            skill_maps.adopt(
                session,
                context=context,
                folder=Path(SKILL_MAPS),
                sample_id="grade6-ratios",
                tags={},
                teacher=teacher,
                now=NOW,
            )
        return {"A1": first.id} | {name: context.id for name, context in contexts.items()}


def _deployment(session: Session, registration: Registration, deployment_id: str) -> Deployment:
    deployment = Deployment(
        registration_id=registration.id,
        deployment_id=deployment_id,
        status=DeploymentStatus.ACTIVE,
        created_at=NOW,
    )
    session.add(deployment)
    session.flush()
    return deployment


def _course(session: Session, deployment: Deployment, context_id: str) -> Context:
    context = Context(
        deployment_id=deployment.id, context_id=context_id, title="Ratios", created_at=NOW, sync_progress=""
    )
    context.gradebook_read_at = context.roster_read_at = NOW
    session.add(context)
    session.flush()
    return context


def _person(session: Session, school: School, courses: dict[str, int], name: str) -> int:
    """The principal's row. Those of B and C have the user id of their like in A1."""
    course, role = PEOPLE[name]
    context = session.get_one(Context, courses[course])
    if name in {"learner", "other learner"}:
        return school.learner_keys[0 if name == "learner" else 1]
    user_id = f"{role} everywhere" if course != "A2" and name != "test student" else name
    if role == "learner" and course != "A1":
        user_id = session.get_one(Person, school.learner_keys[0]).user_id
    known = session.scalar(
        select(Person).where(
            Person.registration_id == context.deployment.registration_id, Person.user_id == user_id
        )
    )
    if known is None:
        return make_person(session, context, user_id, roles=(role,), is_test=name == "test student").id
    session.add(
        Membership(
            context_id=context.id,
            person_id=known.id,
            roles=[role],
            is_learner=role == "learner",
            seen_at=NOW,
        )
    )
    session.flush()
    return known.id


def _visit(schools: dict[str, School], keys: dict[str, int], name: str, **message: Any) -> Visitor:
    course, role = PEOPLE[name]
    school = schools[course]
    with school.database.read() as session:
        mentees = [
            session.get_one(Person, school.learner_keys[index]).user_id for index in _MENTEES.get(name, ())
        ]
    return school.visit(keys[name], role, mentees=mentees, **message)


def _objects(school: School, visitors: dict[str, Visitor], keys: dict[str, int]) -> dict[str, str]:
    """What belongs to the first learner of A1 (a step, an attempt under way, two deliveries, a column), and a file's
    results that wait for the teacher."""
    teacher, learner = visitors["teacher"], visitors["learner"]
    steps = dict(re.findall(r'id="student-(\d+)".*?/proposals/(\d+)', teacher.get("today").text, re.DOTALL))
    mine = str(keys["learner"])
    teacher.post(f"proposals/{steps[mine]}/approve")
    attempt = learner.post(f"activity/{ACTIVITY}/start").location.rpartition("/")[2]
    with school.database.transaction() as session:
        sent = StepDelivery(
            context_id=school.context_key,
            channel="canvas_message",
            person_id=keys["learner"],
            state=Delivery.ATTENTION,
            wanted_at=NOW,
            first_due_at=NOW,
            next_attempt_at=NOW,
        )
        session.add(sent)
    with school.database.read() as session:
        delivery = session.scalars(
            select(OutboxEntry.id).where(OutboxEntry.person_id == keys["learner"])
        ).first()
        column = session.scalars(select(LineItem.id).where(LineItem.context_id == school.context_key)).first()
    preview = teacher.post("setup/gradebook", file=(io.BytesIO(_GRADEBOOK), "gradebook.csv"))
    upload = re.search(r"setup/gradebook/([^/\"]+)/take", preview.text)
    return {
        "upload": upload[1] if upload else "",
        "learner": mine,
        "other": str(keys["other learner"]),
        "step": steps[mine],
        "attempt": attempt,
        "delivery": str(delivery),
        "sent": str(sent.id),
        "column": str(column),
    }


def end_all(world: World) -> None:
    """Every launch session is over."""
    with world.database.transaction() as session:
        for launch in session.scalars(select(LaunchSession)):
            launch.expires_at = NOW


def give_everybody(world: World, role: str) -> None:
    """As if everybody had launched again, with another role."""
    with world.database.transaction() as session:
        for membership in session.scalars(select(Membership)):
            membership.roles = [role]
