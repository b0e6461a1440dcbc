"""The teacher's page of messages to families: this week's drafts, and what families read now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.messages import FamilyMessage
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.family_letters import MOST_LETTERS
from lti_tool.usecases.family_messages import (
    SHOWN_FOR,
    digest,
    drafts_of,
    is_edited,
    refresh_drafts,
    seen_mark,
    shown_messages,
    undoable,
)
from lti_tool.usecases.family_preferences import opted_out
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words

ROWS = 60  # a page's texts fit into one form


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft to edit. `facts_changed` says that somebody edited it and the facts say something else by now."""

    key: int
    body: str
    language: str
    seen: str
    edited: bool
    facts_changed: bool


@dataclass(frozen=True, slots=True)
class ShownView:
    """What the family reads now, until when, and in whose name."""

    key: int
    body: str
    language: str
    teacher: str
    approved_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One student. Without a draft and a message there is nothing to say, or the family `declined`."""

    person_key: int
    name: str
    draft: DraftView | None
    shown: ShownView | None
    declined: bool


@dataclass(frozen=True, slots=True)
class MessagesView:
    """The page. `undo` is how many approvals could be taken back; `letter_parts` how many files the letters fill."""

    course_title: str
    rows: tuple[MessageRow, ...]
    page: int
    pages: int
    waiting: int
    undo: int
    letter_parts: int

    @property
    def drafts(self) -> int:
        """How many drafts this page shows."""
        return sum(row.draft is not None for row in self.rows)


def messages_page(
    session: Session,
    *,
    context: Context,
    teacher: Person,
    page: int,
    now: datetime,
    words_in: Mapping[str, Words],
    words: Words,
) -> MessagesView:
    """Some students' messages, in the order of the roster; drafts are made and brought up to date first."""
    classroom = open_classroom(session, context=context, now=now)
    fresh = refresh_drafts(session, classroom=classroom, words_in=words_in)
    drafts, shown = drafts_of(session, context), shown_messages(session, context, now)
    declined = opted_out(session, context)
    pages = max(1, -(-len(classroom.learners) // ROWS))
    page = min(max(page, 1), pages)
    learners = classroom.learners[(page - 1) * ROWS : page * ROWS]
    return MessagesView(
        course_title=context.title,
        rows=tuple(
            MessageRow(
                person_key=learner.id,
                name=full_name(learner, words),
                draft=_draft_view(drafts[learner.id], fresh.get(learner.id))
                if learner.id in drafts
                else None,
                shown=_shown_view(shown[learner.id], words) if learner.id in shown else None,
                declined=learner.id in declined,
            )
            for learner in learners
        ),
        page=page,
        pages=pages,
        waiting=sum(learner.id in drafts for learner in classroom.learners),
        undo=len(undoable(session, context=context, teacher=teacher, now=now)),
        letter_parts=max(1, -(-len(classroom.learners) // MOST_LETTERS)),
    )


def _draft_view(message: FamilyMessage, fresh: str | None) -> DraftView:
    edited = is_edited(message)
    return DraftView(
        key=message.id,
        body=message.body,
        language=message.language,
        seen=seen_mark(message),
        edited=edited,
        facts_changed=edited and fresh is not None and digest(fresh) != message.facts,
    )


def _shown_view(message: FamilyMessage, words: Words) -> ShownView:
    assert message.approved_at is not None  # noqa: S101  the database sees to it
    return ShownView(
        key=message.id,
        body=message.body,
        language=message.language,
        teacher=full_name(message.teacher, words) if message.teacher else "",
        approved_at=message.approved_at,
        until=message.approved_at + SHOWN_FOR,
    )
