"""A class's week in five lines, and what co-teachers need on the table when they meet.

What was reached, who needs a hand, what waits for a decision, what the platform did not take, one thing to do
with the class. Every line is said, also when there is nothing to say; names stand in the order of the roster, for
nobody is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person, SyncState
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.leverage import class_leverage
from lti_tool.pathways.wins import Win, WinKind, wins_of_the_week
from lti_tool.usecases.class_buckets import BucketView, bucket_views, buckets_of
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.deliveries import stopped_or_late
from lti_tool.usecases.learner_notes import due_follow_ups
from lti_tool.usecases.names import full_name, some_names
from lti_tool.usecases.plan_path import chosen_option, current_proposals
from lti_tool.usecases.words import Words

DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One of the five: what it is about, what there is to say, and the page that shows more."""

    label: str
    sentence: str
    action: str


@dataclass(frozen=True, slots=True)
class LearnerWeek:
    """One student's week: the skills reached, and the steps approved and done."""

    name: str
    reached: tuple[str, ...]
    approved: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something that the staff noted down to do for a student, and by when."""

    person_key: int
    student: str
    body: str
    author: str
    due_on: date


@dataclass(frozen=True, slots=True)
class WeekView:
    """The page. `learners` are those for whom something was reached, approved or done.

    `follow_ups` are open and due until the end of the coming seven days.
    """

    course_title: str
    since: datetime
    until: datetime
    as_of: datetime | None
    lines: tuple[Line, ...]
    buckets: tuple[BucketView, ...]
    learners: tuple[LearnerWeek, ...]
    follow_ups: tuple[FollowUp, ...]


def class_week(session: Session, *, context: Context, now: datetime, words: Words) -> WeekView:
    """The last seven days of a course whose skill map is in use."""
    classroom = open_classroom(session, context=context, now=now)
    since = now - timedelta(days=DAYS)
    reached = {learner.id: _reached(classroom, learner) for learner in classroom.learners}
    buckets = buckets_of(classroom)
    return WeekView(
        course_title=context.title,
        since=since,
        until=now,
        as_of=context.gradebook_read_at,
        lines=(
            _reached_line(classroom, reached, since, words),
            _hand_line(classroom, buckets, words),
            _waiting_line(session, classroom, words),
            _delivery_line(session, classroom, words),
            _together_line(classroom, words),
        ),
        buckets=bucket_views(classroom, buckets, words),
        learners=_learner_weeks(session, classroom, reached, since, words),
        follow_ups=_follow_ups(session, classroom, words),
    )


def _reached(classroom: Classroom, learner: Person) -> tuple[str, ...]:
    """The titles of the skills that became Secure or Lasting this week."""
    wins: Sequence[Win] = wins_of_the_week(
        classroom.estimates[learner.id],
        classroom.evidence.get(learner.id, ()),
        classroom.skill_map,
        now=classroom.now,
        days=DAYS,
    )
    return tuple(
        classroom.skill_map.skill(win.skill_id).title
        for win in wins
        if win.skill_id and win.kind in (WinKind.SECURE, WinKind.LASTING)
    )


def _reached_line(
    classroom: Classroom, reached: Mapping[int, tuple[str, ...]], since: datetime, words: Words
) -> Line:
    who = [learner for learner in classroom.learners if reached[learner.id]]
    is_quiet = all(
        piece.occurred_at <= since
        for learner in classroom.learners
        for piece in classroom.evidence.get(learner.id, ())
    )
    if who:
        sentence = words.ngettext(
            "%(number)s student has a skill that became Secure or Lasting: %(names)s.",
            "%(number)s students have a skill that became Secure or Lasting: %(names)s.",
            len(who),
        ) % {"number": len(who), "names": some_names(who, words)}
    elif is_quiet:
        sentence = words.gettext("A quiet week: no new results came in.")
    else:
        sentence = words.gettext("Results came in; no skill became Secure or Lasting yet.")
    return Line(words.gettext("Reached this week"), sentence, "class_map.show")


def _hand_line(classroom: Classroom, buckets: Mapping[int, Bucket], words: Words) -> Line:
    who = [learner for learner in classroom.learners if buckets[learner.id] is Bucket.NEEDS_A_HAND]
    sentence = words.gettext("Nobody’s latest results ask for it.")
    if who:
        sentence = words.ngettext(
            "%(number)s student, by the results of the last two weeks: %(names)s.",
            "%(number)s students, by the results of the last two weeks: %(names)s.",
            len(who),
        ) % {"number": len(who), "names": some_names(who, words)}
    return Line(words.gettext("Needs a hand"), sentence, "teacher.today")


def _waiting_line(session: Session, classroom: Classroom, words: Words) -> Line:
    proposals = current_proposals(session, classroom)
    waiting = sum(
        proposal.status is ProposalStatus.PROPOSED and chosen_option(proposal).activity_id is not None
        for learner in classroom.learners
        if (proposal := proposals.get(learner.id)) is not None
    )
    sentence = words.gettext("Nothing: every next step has its decision.")
    if waiting:
        sentence = words.ngettext(
            "%(number)s next step.", "%(number)s next steps; “Approve all” is one click.", waiting
        ) % {"number": waiting}
    return Line(words.gettext("Waits for your decision"), sentence, "teacher.today")


def _delivery_line(session: Session, classroom: Classroom, words: Words) -> Line:
    number = sum(stopped_or_late(session, context=classroom.context, now=classroom.now))
    sentence = words.gettext("Nothing: all that was sent has arrived or is on its way.")
    if number:
        sentence = words.ngettext(
            "%(number)s delivery; the page Deliveries says why.",
            "%(number)s deliveries; the page Deliveries says why.",
            number,
        ) % {"number": number}
    if classroom.context.sync_state is SyncState.FAILED:
        sentence += " " + words.gettext(
            "The latest reading of the course failed, so newer results may be missing here."
        )
    return Line(words.gettext("Did not reach your LMS"), sentence, "teacher.deliveries")


def _together_line(classroom: Classroom, words: Words) -> Line:
    estimates = {str(person_key): own for person_key, own in classroom.estimates.items()}
    lesson = class_leverage(estimates, classroom.skill_map, classroom.policy)
    sentence = words.gettext("No single mini-lesson would serve many; everybody’s own next step serves best.")
    if lesson is not None:
        served = [learner for learner in classroom.learners if str(learner.id) in lesson.learner_ids]
        sentence = words.ngettext(
            "A mini-lesson on “%(skill)s” would serve %(number)s student.",
            "A mini-lesson on “%(skill)s” would serve %(number)s students.",
            len(served),
        ) % {"skill": classroom.skill_map.skill(lesson.skill_id).title, "number": len(served)}
    return Line(words.gettext("With the whole class"), sentence, "groups.show")


def _follow_ups(session: Session, classroom: Classroom, words: Words) -> tuple[FollowUp, ...]:
    until = (classroom.now + timedelta(days=DAYS)).date()
    due = due_follow_ups(session, context=classroom.context, learners=classroom.learners, until=until)
    return tuple(
        FollowUp(
            person_key=note.person_id,
            student=full_name(classroom.learner(note.person_id), words),
            body=note.body,
            author=full_name(note.author, words) if note.author else "",
            due_on=note.due_on or until,
        )
        for note in due
    )


def _learner_weeks(
    session: Session,
    classroom: Classroom,
    reached: Mapping[int, tuple[str, ...]],
    since: datetime,
    words: Words,
) -> tuple[LearnerWeek, ...]:
    proposals = session.scalars(
        select(Proposal)
        .where(
            Proposal.context_id == classroom.context.id,
            Proposal.status.in_([ProposalStatus.APPROVED, ProposalStatus.DONE]),
            (Proposal.approved_at > since) | (Proposal.done_at > since),
        )
        .order_by(Proposal.id)
    ).all()
    weeks = []
    for learner in classroom.learners:
        own = [proposal for proposal in proposals if proposal.person_id == learner.id]
        done = [proposal for proposal in own if proposal.done_at is not None and proposal.done_at > since]
        week = LearnerWeek(
            name=full_name(learner, words),
            reached=reached[learner.id],
            approved=_titles(classroom, [proposal for proposal in own if proposal not in done]),
            done=_titles(classroom, done),
        )
        if week.reached or own:
            weeks.append(week)
    return tuple(weeks)


def _titles(classroom: Classroom, proposals: Sequence[Proposal]) -> tuple[str, ...]:
    chosen = (chosen_option(proposal).activity_id for proposal in proposals)
    return tuple(
        classroom.skill_map.activity(activity_id).title
        for activity_id in chosen
        if activity_id is not None and classroom.skill_map.has_activity(activity_id)
    )
