"""A link leads to one child's report in one course, for as long as everybody wants it to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.db import Base
from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.families import FamilyLink, FamilyPreference
from lti_tool.models.platforms import AuditEntry, DeploymentStatus, RegistrationStatus
from lti_tool.usecases.family_links import (
    LIFETIME,
    LinkEnded,
    end_all_links,
    end_link,
    live_links,
    make_link,
    open_link,
)
from lti_tool.usecases.family_preferences import choose_language, languages, opted_out
from lti_tool.usecases.stop_reports import BY_LINK, stop_reports, want_reports_again
from lti_tool.worker import purge_expired
from tests.factories import NOW, make_context, make_person
from tests.usecases.school import School

MINUTE, KEPT = timedelta(minutes=1), timedelta(days=90)
Change = Callable[[Session, Context, Person], None]


def make(session: Session, school: School, child: int, *, now: datetime = NOW) -> str:
    context, teacher, *_ = school.rows(session)
    person = session.get_one(Person, child)
    return make_link(session, context=context, person=person, teacher=teacher, now=now).url_token


def test_a_link_leads_to_its_child_until_it_ends_by_itself(school: School) -> None:
    with school.database.transaction() as session:
        token = make(session, school, school.ana)
        opened = open_link(session, token, NOW + LIFETIME - MINUTE)
        assert (opened.child.id, opened.context.id, opened.declined) == (school.ana, school.context, False)
        assert open_link(session, make(session, school, school.ben), NOW).child.id == school.ben
        with pytest.raises(LinkEnded):
            open_link(session, token, NOW + LIFETIME)


def test_the_database_never_holds_the_secret(school: School) -> None:
    with school.database.transaction() as session:
        token = make(session, school, school.ana)
        assert len(token) == 22  # 128 bits in base64
        for table in Base.metadata.sorted_tables:
            assert token not in str(session.execute(select(table)).all())


def test_a_link_that_is_unknown_ended_or_taken_back_gets_one_answer(school: School) -> None:
    answers = set()
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        taken_back = make(session, school, school.ana)
        [[link]] = live_links(session, context, NOW).values()
        assert end_link(session, context=context, link_key=link.id, teacher=teacher, now=NOW) == school.ana
        for token, now in (
            (taken_back, NOW),
            (make(session, school, school.ana), NOW + LIFETIME),
            ("A" * 22, NOW),
            ("", NOW),
        ):
            with pytest.raises(LinkEnded) as refusal:
                open_link(session, token, now)
            answers.add((str(refusal.value), refusal.value.status))
    assert len(answers) == 1


def leave_course(session: Session, context: Context, child: Person) -> None:
    session.scalars(select(Membership).where(Membership.person_id == child.id)).one().active = False


def disable_child(session: Session, context: Context, child: Person) -> None:
    child.disabled_at = NOW


def suspend_deployment(session: Session, context: Context, child: Person) -> None:
    context.deployment.status = DeploymentStatus.SUSPENDED


def disable_platform(session: Session, context: Context, child: Person) -> None:
    context.deployment.registration.status = RegistrationStatus.DISABLED


def become_teacher(session: Session, context: Context, child: Person) -> None:
    membership = session.scalars(select(Membership).where(Membership.person_id == child.id)).one()
    membership.is_learner = False


def become_test_student(session: Session, context: Context, child: Person) -> None:
    session.scalars(select(Membership).where(Membership.person_id == child.id)).one().is_test = True


@pytest.mark.parametrize(
    "change",
    [
        leave_course,
        disable_child,
        suspend_deployment,
        disable_platform,
        become_teacher,
        become_test_student,
    ],
)
def test_a_link_leads_nowhere_when_its_child_or_its_school_has_left(school: School, change: Change) -> None:
    with school.database.transaction() as session:
        context, _, ana, _ = school.rows(session)
        token = make(session, school, school.ana)
        change(session, context, ana)
        session.flush()
        with pytest.raises(LinkEnded):
            open_link(session, token, NOW)


def test_a_link_is_made_for_a_student_of_the_course_alone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        other = make_context(session, context_id="another", registration=context.deployment.registration)
        stranger = make_person(session, other, "stranger")
        for person in (stranger, teacher):
            with pytest.raises(NotVisible, match=r"student\.not_found"):
                make_link(session, context=context, person=person, teacher=teacher, now=NOW)
        assert session.scalars(select(FamilyLink)).all() == []


def test_a_teacher_ends_links_of_the_own_course_alone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        other = make_context(session, context_id="another", registration=context.deployment.registration)
        token = make(session, school, school.ana)
        [[link]] = live_links(session, context, NOW).values()
        with pytest.raises(NotVisible, match=r"family_link\.not_found"):
            end_link(session, context=other, link_key=link.id, teacher=teacher, now=NOW)
        assert end_all_links(session, context=other, teacher=teacher, now=NOW) == 0
        assert live_links(session, other, NOW) == {}
        assert open_link(session, token, NOW).child.id == school.ana
        make(session, school, school.ben, now=NOW - LIFETIME)
        make(session, school, school.ben)
        assert end_all_links(session, context=context, teacher=teacher, now=NOW) == 2
        assert end_all_links(session, context=context, teacher=teacher, now=NOW) == 0
        assert live_links(session, context, NOW) == {}
        with pytest.raises(LinkEnded):
            open_link(session, token, NOW)


def test_a_family_that_wants_no_reports_has_no_links_and_gets_none(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, ana, _ = school.rows(session)
        used, other = make(session, school, school.ana), make(session, school, school.ana)
        ben = make(session, school, school.ben)
        said_by = open_link(session, used, NOW).link
        stop_reports(session, context=context, person_key=ana.id, now=NOW, actor=BY_LINK, by_link=said_by)
        assert opted_out(session, context) == {school.ana}
        assert set(live_links(session, context, NOW)) == {school.ben}
        with pytest.raises(LinkEnded):
            open_link(session, other, NOW)
        with pytest.raises(Fixable, match=r"family\.no_reports"):
            make_link(session, context=context, person=ana, teacher=teacher, now=NOW)
        assert open_link(session, ben, NOW).declined is False
        assert open_link(session, used, NOW).declined is True
        want_reports_again(session, context=context, person_key=ana.id, now=NOW, actor=BY_LINK)
        assert open_link(session, used, NOW).declined is False
        assert opted_out(session, context) == frozenset()
        with pytest.raises(LinkEnded):  # what was ended stays ended
            open_link(session, other, NOW)


def test_what_a_family_wishes_holds_in_its_own_course(school: School) -> None:
    with school.database.transaction() as session:
        context, _, ana, ben = school.rows(session)
        other = make_context(session, context_id="another", registration=context.deployment.registration)
        for where in (context, other):
            stop_reports(session, context=where, person_key=ben.id, now=NOW, actor=BY_LINK)
        want_reports_again(session, context=context, person_key=ben.id, now=NOW, actor=BY_LINK)
        choose_language(session, context=context, person_keys=[ana.id], language="es", now=NOW)
        stop_reports(session, context=context, person_key=ana.id, now=NOW, actor=BY_LINK)
        choose_language(session, context=context, person_keys=[ana.id], language="en", now=NOW)
        assert languages(session, context) == {ana.id: "en"}
        assert opted_out(session, context) == {ana.id}
        assert languages(session, other) == {}
        assert opted_out(session, other) == {ben.id}


def test_the_audit_log_says_who_made_and_who_ended(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        make(session, school, school.ben)
        make(session, school, school.ana)
        [link] = live_links(session, context, NOW)[school.ana]
        end_link(session, context=context, link_key=link.id, teacher=teacher, now=NOW)
        stop_reports(session, context=context, person_key=school.ana, now=NOW, actor=BY_LINK)
        end_all_links(session, context=context, teacher=teacher, now=NOW)
        session.flush()
        said = [(entry.actor, entry.action, entry.subject) for entry in session.scalars(select(AuditEntry))]
    by, about = f"person {school.teacher}", f"person {school.ana}"
    assert said[-4:] == [
        (by, "family_link.made", about),
        (by, "family_link.ended", about),
        (BY_LINK, "family.reports_stopped", about),
        (by, "family_link.all_ended", f"course {school.context}"),
    ]


def test_ended_links_are_deleted_after_three_months(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        make(session, school, school.ana)
        end_all_links(session, context=context, teacher=teacher, now=NOW)
        make(session, school, school.ben)
        for now, left in (
            (NOW + KEPT - MINUTE, 2),
            (NOW + KEPT, 1),
            (NOW + KEPT + LIFETIME - MINUTE, 1),
            (NOW + KEPT + LIFETIME, 0),
        ):
            purge_expired(session, now=now)
            assert len(session.scalars(select(FamilyLink)).all()) == left


def test_links_and_wishes_go_with_the_child(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        make(session, school, school.ana)
        stop_reports(session, context=context, person_key=school.ana, now=NOW, actor=BY_LINK)
        session.flush()
        session.execute(delete(Person).where(Person.id == school.ana))
        assert session.scalars(select(FamilyLink)).all() == []
        assert session.scalars(select(FamilyPreference)).all() == []


def test_links_to_one_report_have_a_bound_until_old_ones_are_forgotten(school: School) -> None:
    with school.database.transaction() as session:
        make(session, school, school.ana)
        kept = {"context_id": school.context, "person_id": school.ana, "created_at": NOW}
        session.add_all(
            FamilyLink(**kept, token_hash=f"{number:064}", expires_at=NOW + LIFETIME) for number in range(199)
        )
        with pytest.raises(Fixable, match=r"family_link\.too_many"):
            make(session, school, school.ana)
        make(session, school, school.ben)
        later = NOW + LIFETIME + KEPT
        purge_expired(session, now=later)
        make(session, school, school.ana, now=later)
