"""Finding a learner with a reason, and saving the records once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotAllowed, NotVisible, Refused, WaymarkError
from lti_tool.launch.administrators import create_administrator
from lti_tool.launch.name_access import LASTS, close_name_access, open_name_access
from lti_tool.models.courses import Person
from lti_tool.models.platforms import Administrator, AuditEntry
from lti_tool.models.privacy import LearnerExport
from lti_tool.usecases.learner_export import EXPORT_LASTS, Found, find_people, prepare_export, take_export
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_person, make_registration


@dataclass(frozen=True, slots=True)
class Office:
    """Two administrators and two platforms that know people of the same ids."""

    database: Database
    ada: int
    bob: int
    platform: int
    other_platform: int
    course: int
    elif_: int
    stranger: int

    def open(self, session: Session, **changes: str) -> Administrator:
        ada = session.get_one(Administrator, self.ada)
        given = {"reason": "family", "reference": "2026-014"} | changes
        open_name_access(session, ada, self.platform, now=NOW, **given)
        return ada


@pytest.fixture
def office(database: Database) -> Office:
    with database.transaction() as session:
        people = [
            create_administrator(session, name, "correct horse battery", NOW) for name in ("ada", "bob")
        ]
        platforms = [make_registration(session, issuer=f"https://{name}.example") for name in ("a", "b")]
        courses = [make_context(session, registration=one) for one in platforms]
        found = [make_person(session, course, "7") for course in courses]
        found[0].name, found[0].given_name, found[0].family_name = "Élif Yılmaz", "Élif", "Yılmaz"
        found[1].name = "Élif Yılmaz"
        make_person(session, courses[0], "8")
        return Office(
            database,
            ada=people[0].id,
            bob=people[1].id,
            platform=platforms[0].id,
            other_platform=platforms[1].id,
            course=courses[0].id,
            elif_=found[0].id,
            stranger=found[1].id,
        )


def search(office: Office, session: Session, wanted: str, course: int | None = None) -> Found:
    ada = session.get_one(Administrator, office.ada)
    return find_people(
        session, ada, office.platform, wanted=wanted, context_key=course, now=NOW, words=ENGLISH
    )


@pytest.mark.parametrize(
    ("reason", "reference", "code"),
    [
        ("", "2026-014", "names.reason"),
        ("curious", "2026-014", "names.reason"),
        ("family", "", "names.reference"),
        ("family", "Elif", "names.reference"),
        ("family", "Elif 7", "names.reference"),
        ("family", "7" * 41, "names.reference"),
    ],
)
def test_without_a_reason_and_a_number_there_are_no_names(
    office: Office, reason: str, reference: str, code: str
) -> None:
    with office.database.transaction() as session, pytest.raises(Fixable) as refused:
        office.open(session, reason=reason, reference=reference)
    assert refused.value.code == code


@pytest.mark.parametrize("wanted", ["élif", "YıLMAZ  ÉLIF", "yılmaz", "7"])
def test_somebody_is_found_by_parts_of_the_name_or_the_id_on_this_platform_only(
    office: Office, wanted: str
) -> None:
    with office.database.transaction() as session:
        office.open(session)
        [person] = search(office, session, wanted, office.course).people
    assert (person.key, person.name, person.user_id, person.courses) == (
        office.elif_,
        "Élif Yılmaz",
        "7",
        ("Ratios",),
    )


def test_a_course_of_another_platform_or_a_single_letter_finds_nobody(office: Office) -> None:
    with office.database.transaction() as session:
        office.open(session)
        with pytest.raises(NotVisible) as refused:
            search(office, session, "élif", office.course + 1)
        assert refused.value.code == "course.not_found"
        with pytest.raises(Fixable) as short:
            search(office, session, " e ")
        assert short.value.code == "learner.too_short"


def test_a_long_list_is_cut_and_says_so(office: Office) -> None:
    with office.database.transaction() as session:
        office.open(session)
        for number in range(25):
            session.add(Person(registration_id=office.platform, user_id=f"u{number}", name="Sam Lee"))
        session.flush()
        found = search(office, session, "sam")
    assert (len(found.people), found.more) == (20, True)


@pytest.mark.parametrize("state", ["never opened", "over", "closed", "of another", "elsewhere"])
def test_names_are_closed_before_and_after_to_others_and_elsewhere(office: Office, state: str) -> None:
    now, who, platform = NOW, office.ada, office.platform
    with office.database.transaction() as session:
        if state != "never opened":
            ada = office.open(session)
        if state == "over":
            now = NOW + LASTS
        if state == "closed":
            close_name_access(session, ada, office.platform, NOW)
        if state == "of another":
            who = office.bob
        if state == "elsewhere":
            platform = office.other_platform
        administrator = session.get_one(Administrator, who)
        with pytest.raises(NotAllowed) as refused:
            find_people(session, administrator, platform, wanted="élif", now=now, words=ENGLISH)
        assert refused.value.code == "names.no_access"
        with pytest.raises(NotAllowed):
            prepare_export(session, administrator, platform, office.elif_, now)


def test_an_export_is_of_a_person_of_this_platform(office: Office) -> None:
    with office.database.transaction() as session:
        ada = office.open(session)
        for key in (office.stranger, 99999):
            with pytest.raises(NotVisible) as refused:
                prepare_export(session, ada, office.platform, key, NOW)
            assert refused.value.code == "learner.not_found"
    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LearnerExport)) == 0


def made(office: Office) -> int:
    with office.database.transaction() as session:
        return prepare_export(session, office.open(session), office.platform, office.elif_, NOW).id


def take(office: Office, key: int, *, who: int | None = None, after: timedelta = timedelta(0)) -> int:
    with office.database.transaction() as session:
        administrator = session.get_one(Administrator, who or office.ada)
        return take_export(session, administrator, key, now=NOW + after, words=ENGLISH).person_key


def test_f08_it_is_saved_once_within_a_day_by_whoever_made_it(office: Office) -> None:
    key = made(office)
    with pytest.raises(NotVisible) as foreign:
        take(office, key, who=office.bob)
    with pytest.raises(NotVisible) as missing:
        take(office, 99999)
    assert (foreign.value.code, foreign.value.message) == (missing.value.code, missing.value.message)
    with pytest.raises(Refused) as expired:
        take(office, key, after=EXPORT_LASTS)
    assert expired.value.code == "learner_export.expired"
    # The access to names is over by then: what was made with it can still be saved.
    assert take(office, key, after=EXPORT_LASTS - timedelta(seconds=1)) == office.elif_
    with pytest.raises(Refused) as used:
        take(office, key)
    assert used.value.code == "learner_export.used"


def test_f08_of_two_at_once_one_gets_it(office: Office) -> None:
    key, start, answers = made(office), Barrier(2), []

    def save() -> None:
        start.wait()
        try:
            answers.append(str(take(office, key)))
        except WaymarkError as error:
            answers.append(error.code)

    threads = [Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [str(office.elif_), "learner_export.used"]


def test_f15_the_log_has_who_whose_and_why_but_no_name(office: Office) -> None:
    with office.database.transaction() as session:
        ada = office.open(session)
        search(office, session, "élif")
        export = prepare_export(session, ada, office.platform, office.elif_, NOW)
        close_name_access(session, ada, office.platform, NOW)
    take(office, export.id)
    with office.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.actor == "ada").order_by(AuditEntry.id))
        log = [(entry.action, entry.subject, entry.detail) for entry in entries][1:]
    platform, person = f"registration {office.platform}", f"person {office.elif_}"
    asked = {"reference": "2026-014"}
    number = {"export": str(export.id)} | asked
    assert log == [
        ("names.access_opened", platform, {"reason": "family"} | asked),
        ("learners.searched", platform, {"found": "1"} | asked),
        ("learner_export.made", person, number),
        ("names.access_closed", platform, {"reason": "family"} | asked),
        ("learner_export.saved", person, number),
    ]
