"""Four courses of three tenants in one database, all with the same ids, and everybody who may come along.

Tenant A (deployment d-1 of issuer X) has the courses A1 and A2; tenant B is another deployment of the same
registration, tenant C another issuer. B and C use the context id, the deployment's number, the link ids and
the user ids of A1. What is named here are objects of A1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.db import Database
from lti_tool.launch.administrators import create_administrator
from lti_tool.launch.keys import new_signing_key
from lti_tool.launch.name_access import open_name_access
from lti_tool.launch.sign_in import begin_sign_in, finish_sign_in
from lti_tool.models.channels import StepDelivery
from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context, Membership, Onlooker, Person
from lti_tool.models.families import FamilyLink
from lti_tool.models.gradebook import Delivery, LineItem, OutboxEntry
from lti_tool.models.groups import PairWish
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import Directive, DirectiveKind
from lti_tool.models.messages import FamilyMessage
from lti_tool.models.notes import LearnerNote
from lti_tool.models.platforms import Administrator as Account
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration
from lti_tool.usecases import skill_maps
from lti_tool.usecases.family_messages import seen_mark
from lti_tool.usecases.learner_export import prepare_export
from lti_tool.web.browser import COOKIE
from tests.factories import NOW, SKILL_MAPS, make_column, make_person, make_registration
from tests.web.administrator import PASSWORD
from tests.web.kept_database import Kept
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
    **{
        f"{name} of {course}": (course, role)
        for course in ("B", "C")
        for name, role in (
            ("learner", "learner"),
            ("mentor", "mentor"),
            ("assistant", "teaching_assistant"),
            ("teacher", "instructor"),
            ("author", "content_developer"),
            ("administrator", "administrator"),
            ("test student", "learner"),
        )
    },
}
INSIDERS = tuple(name for name, (course, _role) in PEOPLE.items() if course == "A1")
OUTSIDERS = tuple(name for name, (course, _role) in PEOPLE.items() if course != "A1")
_MENTEES = {"mentor": [0], "mentor of B": [0], "mentor of C": [0]}


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who runs the installation: the key of the account, and the browser's token."""

    key: int
    token: str


@dataclass
class World:
    """The app, a database that can be put back, everybody's browsers, and the ids of A1's objects."""

    app: Flask
    database: Database
    kept: Kept
    visitors: dict[str, Visitor]
    pickers: dict[str, Visitor]
    ids: dict[str, str]
    administrators: dict[str, Administrator]
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
        return self.kept.version()

    def put_back(self) -> None:
        """Undo whatever was changed since the beginning."""
        if self.version() == self.first_version:
            return
        self.kept.put_back()
        self.first_version = self.version()


@contextmanager
def open_world(
    database_url: str, folder: Path, keep: Callable[[], AbstractContextManager[Kept]]
) -> Iterator[World]:
    """Everybody in an empty, migrated database; `keep` keeps what is in it then."""
    with open_school(database_url, folder / "queue.sqlite", learners=3) as school:
        courses = _other_courses(school)
        with school.database.transaction() as session:
            for registration in session.scalars(select(Registration)):
                new_signing_key(session, registration, SECRET, NOW, bits=2048)
            keys = {name: _person(session, school, courses, name) for name in PEOPLE}
            administrators = _administrators(session, school)
        schools = {name: replace(school, context_key=key) for name, key in courses.items()}
        visitors = {name: _visit(schools, keys, name) for name in PEOPLE}
        pickers = {
            name: _visit(schools, keys, name, message_type="LtiDeepLinkingRequest", deep_linking=PLACE)
            for name in PEOPLE
        }
        ids = _objects(school, visitors, keys, administrators["names"])
        with keep() as kept:
            world = World(school.app, school.database, kept, visitors, pickers, ids, administrators)
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
    is_test = name.startswith("test student")
    user_id = "test student" if is_test else f"{role} everywhere" if course != "A2" else name
    if role == "learner" and course != "A1" and not is_test:
        user_id = session.get_one(Person, school.learner_keys[0]).user_id
    known = session.scalar(
        select(Person).where(
            Person.registration_id == context.deployment.registration_id, Person.user_id == user_id
        )
    )
    if known is None:
        return make_person(session, context, user_id, roles=(role,), is_test=is_test).id
    session.add(
        Membership(
            context_id=context.id,
            person_id=known.id,
            roles=[role],
            is_learner=role == "learner",
            is_test=is_test,
            seen_at=NOW,
        )
    )
    session.flush()
    return known.id


def _administrators(session: Session, school: School) -> dict[str, Administrator]:
    """Those of the installation: with the password alone, and with both factors and names of nobody, C, or A and B."""
    registrations = session.scalars(select(Registration.id).order_by(Registration.id)).all()
    found = {}
    for name, platform in (
        ("half", 0),
        ("no names", 0),
        ("names of C", registrations[1]),
        ("names", registrations[0]),
    ):
        person = create_administrator(session, name, PASSWORD, NOW)
        token = begin_sign_in(session, name, PASSWORD, NOW)
        if name != "half":
            token = finish_sign_in(session, token, NOW)
        if platform:
            open_name_access(session, person, platform, reason="family", reference="2026-014", now=NOW)
        found[name] = Administrator(person.id, token)
    return found


def _visit(schools: dict[str, School], keys: dict[str, int], name: str, **message: Any) -> Visitor:
    course, role = PEOPLE[name]
    school = schools[course]
    with school.database.read() as session:
        mentees = [
            session.get_one(Person, school.learner_keys[index]).user_id for index in _MENTEES.get(name, ())
        ]
    return school.visit(keys[name], role, mentees=mentees, **message)


def _objects(
    school: School, visitors: dict[str, Visitor], keys: dict[str, int], administrator: Administrator
) -> dict[str, str]:
    """What belongs to the first learner of A1 (a step, an attempt under way, two deliveries, a column, a link), a file's
    results that wait for the teacher, and an export of the learner's records."""
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
    teacher.post("together", activity="lab-same-taste", day="2026-03-18")
    teacher.get("messages")
    with school.database.read() as session:
        texts = {
            m.person_id: m
            for m in session.scalars(select(FamilyMessage))
            if m.context_id == school.context_key
        }
    draft, message = texts[keys["other learner"]].id, texts[keys["learner"]].id
    form = {f"body-{message}": "She can.", f"seen-{message}": seen_mark(texts[keys["learner"]])}
    assert teacher.post(f"messages/{message}/approve", **form).status_code == 303
    teacher.post("groups/wishes", one=mine, other=str(keys["other learner"]), kind="together")
    with school.database.read() as session:
        wish = session.scalars(select(PairWish.id).where(PairWish.context_id == school.context_key)).one()
        here = ClassActivity.context_id == school.context_key
        shared = session.scalars(select(ClassActivity.id).where(here)).one()
    for body in ("To stay", "To go"):
        teacher.post(f"students/{mine}/notes", body=body, due="2026-11-20")
    with school.database.read() as session:
        note, removed = session.scalars(select(LearnerNote.id).order_by(LearnerNote.id))
    teacher.post(f"notes/{removed}/remove")
    with school.database.transaction() as session:
        veto = Directive(
            context_id=school.context_key,
            person_id=keys["learner"],
            kind=DirectiveKind.VETO,
            subject=ACTIVITY,
            created_at=NOW,
        )
        session.add(veto)
        # Of A1 alone: the assistant of the table is one in other courses, too.
        course = session.get_one(Context, school.context_key)
        colleague = make_person(session, course, "colleague", roles=("instructor",))
    with school.database.transaction() as session:
        registration = session.get_one(Person, keys["learner"]).registration_id
        account = session.get_one(Account, administrator.key)
        export = prepare_export(session, account, registration, keys["learner"], NOW)
    teacher.post(f"students/{mine}/family-link")
    with school.database.read() as session:
        link = session.scalars(select(FamilyLink.id)).one()
    preview = teacher.post("setup/gradebook", file=(io.BytesIO(_GRADEBOOK), "gradebook.csv"))
    upload = re.search(r"setup/gradebook/([^/\"]+)/take", preview.text)
    return {
        "upload": upload[1] if upload else "",
        "course": str(school.context_key),
        "learner": mine,
        "other": str(keys["other learner"]),
        "step": steps[mine],
        "attempt": attempt,
        "delivery": str(delivery),
        "sent": str(sent.id),
        "wish": str(wish),
        "shared": str(shared),
        "draft": str(draft),
        "draft as seen": seen_mark(texts[keys["other learner"]]),
        "message": str(message),
        "link": str(link),
        "note": str(note),
        "colleague": str(colleague.id),
        "directive": str(veto.id),
        "removed note": str(removed),
        "column": str(column),
        "registration": str(registration),
        "export": str(export.id),
        "learner of C": str(keys["learner of C"]),
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


def let_look_on(world: World) -> None:
    """The teacher of A1 looks on only from now on."""
    with world.database.transaction() as session:
        launch = session.scalars(
            select(LaunchSession).where(LaunchSession.public_id == world.visitors["teacher"].launch_id)
        ).one()
        session.add(Onlooker(context_id=launch.context_id, person_id=launch.person_id, said_at=NOW))
