"""A teacher's messages to families: drafts made of facts, edited, approved, taken back.

A draft that nobody edited follows the facts. An edited one stays as it is until somebody asks for the new facts. A
message that was approved is never changed: it can be withdrawn, or another one takes its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch.inserting import insert_once
from lti_tool.models.courses import Context, Person
from lti_tool.models.messages import LONGEST_MESSAGE, FamilyMessage, MessageState
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.family_preferences import languages, opted_out, require_wish
from lti_tool.usecases.message_drafts import draft, has_something_to_say
from lti_tool.usecases.propose import visible_proposals
from lti_tool.usecases.typed_text import typed_text
from lti_tool.usecases.weekly_goal import monday_of
from lti_tool.usecases.words import Words

SHOWN_FOR = timedelta(days=14)
MOST_A_DAY = 10
_UNDO_WITHIN = timedelta(days=1)
_SEEN = 16  # signs of a hash tell two versions of one text apart


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands in a teacher's form about one draft: the text, and the `seen` mark of what was there before."""

    key: int
    text: str
    seen: str


def digest(text: str) -> str:
    """The hash by which two texts are compared."""
    return hashlib.sha256(text.encode()).hexdigest()


def seen_mark(message: FamilyMessage) -> str:
    """What a form says about the text that it shows."""
    return digest(message.body)[:_SEEN]


def is_edited(message: FamilyMessage) -> bool:
    """Whether a person changed the draft."""
    return digest(message.body) != message.facts


def refresh_drafts(
    session: Session, *, classroom: Classroom, words_in: Mapping[str, Words]
) -> dict[int, str]:
    """Make this week's drafts and let unedited ones follow the facts; returns what the facts give now, by person.

    Who was written to this week gets no further draft by itself, nor does a family that wishes none.
    """
    proposals = visible_proposals(session, classroom)
    drafts = drafts_of(session, classroom.context, to_change=True)
    latest = _latest_sent(session, classroom.context)
    wished, declined = languages(session, classroom.context), opted_out(session, classroom.context)
    monday = monday_of(classroom.now)
    fresh: dict[int, str] = {}
    for learner in classroom.learners:
        message = drafts.get(learner.id)
        if message is None:
            sent = latest.get(learner.id)
            rests = sent is not None and sent.approved_at is not None and sent.approved_at.date() >= monday
            if learner.id in declined or rests or not has_something_to_say(classroom, learner):
                continue
            language = _known(wished.get(learner.id) or (sent.language if sent else ""), words_in)
            text = draft(classroom, learner, proposals.get(learner.id), words_in[language])
            _insert(session, classroom, learner, language, text)
        else:
            text = draft(classroom, learner, proposals.get(learner.id), words_in[message.language])
            if not is_edited(message):
                _take(message, text, classroom.now)
        fresh[learner.id] = text
    session.flush()
    return fresh


def keep_edits(session: Session, *, context: Context, edits: Sequence[Edit]) -> int:
    """Keep what the teacher typed; returns how many texts changed.

    Nothing of it is kept where one text cannot be: Fixable `message.empty`, `message.too_long`, and `message.changed` where somebody else changed the draft in the meantime. A key that is
    not of this course is NotVisible `message.not_found`.
    """
    drafts = drafts_of(session, context, to_change=True)
    known = {message.id: message for message in drafts.values()}
    changed = 0
    for edit in edits:
        message = known.get(edit.key) or _message(session, context, edit.key)
        text = _plain(edit.text)
        if digest(text)[:_SEEN] == edit.seen:
            continue
        _check(text)
        if message.state is not MessageState.DRAFT or seen_mark(message) != edit.seen:
            raise _changed()
        message.body = text
        changed += 1
    return changed


def approve(
    session: Session,
    *,
    context: Context,
    edits: Sequence[Edit],
    keys: Sequence[int],
    teacher: Person,
    now: datetime,
) -> int:
    """Keep the edits, then approve these drafts as they stood in the form; returns how many were approved.

    Raises Fixable `message.changed` for one that the form did not show, or that reads otherwise by now, and
    `message.too_many` for a family that was written to many times on this day.
    """
    keep_edits(session, context=context, edits=edits)
    shown = {edit.key: _plain(edit.text) for edit in edits}
    for key in keys:
        message = _message(session, context, key)
        if message.state is not MessageState.DRAFT or message.body != shown.get(key):
            raise _changed()
        _check(message.body)
        _require_few(session, message, now)
        message.state = MessageState.APPROVED
        message.approved_by, message.approved_at = teacher.id, now
    session.flush()
    return len(keys)


def set_language(
    session: Session,
    *,
    context: Context,
    key: int,
    language: str,
    words_in: Mapping[str, Words],
    now: datetime,
) -> None:
    """Put a draft into another language of families; words that a person typed stay as they are."""
    if language not in words_in:
        raise Fixable("message.language", "Choose one of the languages shown.")
    message = _draft(session, context, key)
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(message.person_id)
    text = draft(
        classroom, learner, visible_proposals(session, classroom).get(learner.id), words_in[language]
    )
    edited = is_edited(message)
    message.language = language
    if edited:
        message.facts = digest(text)
    else:
        _take(message, text, now)


def write_anew(
    session: Session, *, context: Context, person_key: int, words_in: Mapping[str, Words], now: datetime
) -> None:
    """A draft of what the facts say now: a new one, or instead of the words of the draft that is there.

    Raises Fixable `family.no_reports` for a family that wants none.
    """
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(person_key)
    require_wish(session, context, learner.id)
    proposal = visible_proposals(session, classroom).get(learner.id)
    message = drafts_of(session, context, to_change=True).get(learner.id)
    if message is not None:
        _take(message, draft(classroom, learner, proposal, words_in[message.language]), now)
        return
    sent = _latest_sent(session, context).get(learner.id)
    wished = languages(session, context).get(learner.id)
    language = _known(wished or (sent.language if sent else ""), words_in)
    _insert(session, classroom, learner, language, draft(classroom, learner, proposal, words_in[language]))


def withdraw(session: Session, *, context: Context, key: int) -> None:
    """The family does not read this message any more; no other one is drafted by itself this week."""
    message = _message(session, context, key)
    if message.state is not MessageState.APPROVED:
        raise _changed()
    message.state = MessageState.WITHDRAWN


def undo_last(session: Session, *, context: Context, teacher: Person, now: datetime) -> int:
    """Make drafts again of what this teacher approved last; returns how many.

    Where another draft was begun meanwhile, that one stays, and the message is withdrawn. Raises Fixable
    `message.nothing_to_undo`.
    """
    last = undoable(session, context=context, teacher=teacher, now=now)
    if not last:
        raise Fixable("message.nothing_to_undo", "There is nothing to undo any more.", status=409)
    drafts = drafts_of(session, context, to_change=True)
    for message in last:
        begun = drafts.get(message.person_id)
        if begun is not None and is_edited(begun):
            message.state = MessageState.WITHDRAWN
            continue
        if begun is not None:
            session.delete(begun)
            session.flush()
        message.state = MessageState.DRAFT
        message.approved_by = message.approved_at = None
    session.flush()
    return len(last)


def undoable(
    session: Session, *, context: Context, teacher: Person, now: datetime
) -> tuple[FamilyMessage, ...]:
    """What "undo" would take back: this teacher's approvals of one moment, the latest, within a day."""
    mine = session.scalars(
        select(FamilyMessage)
        .where(
            FamilyMessage.context_id == context.id,
            FamilyMessage.state == MessageState.APPROVED,
            FamilyMessage.approved_by == teacher.id,
            FamilyMessage.approved_at > now - _UNDO_WITHIN,
        )
        .order_by(FamilyMessage.approved_at.desc(), FamilyMessage.id)
    ).all()
    return tuple(message for message in mine if message.approved_at == mine[0].approved_at)


def shown_messages(session: Session, context: Context, now: datetime) -> dict[int, FamilyMessage]:
    """The message that each family reads now, by the student's key: the latest approved one, for two weeks."""
    approved = session.scalars(
        select(FamilyMessage)
        .options(joinedload(FamilyMessage.teacher))
        .where(
            FamilyMessage.context_id == context.id,
            FamilyMessage.state == MessageState.APPROVED,
            FamilyMessage.approved_at > now - SHOWN_FOR,
        )
        .order_by(FamilyMessage.approved_at, FamilyMessage.id)
    )
    return {message.person_id: message for message in approved}


def drafts_of(session: Session, context: Context, *, to_change: bool = False) -> dict[int, FamilyMessage]:
    """The drafts of the course, by the student's key; `to_change` keeps them from everybody else until the end.

    Otherwise words that a colleague approves in this moment could be changed after that.
    """
    drafts = select(FamilyMessage).where(
        FamilyMessage.context_id == context.id, FamilyMessage.state == MessageState.DRAFT
    )
    if to_change:
        drafts = _alone(drafts)
    return {message.person_id: message for message in session.scalars(drafts)}


def _latest_sent(session: Session, context: Context) -> dict[int, FamilyMessage]:
    """The latest message of each student that was ever approved, withdrawn ones too."""
    sent = session.scalars(
        select(FamilyMessage)
        .where(FamilyMessage.context_id == context.id, FamilyMessage.approved_at.is_not(None))
        .order_by(FamilyMessage.approved_at, FamilyMessage.id)
    )
    return {message.person_id: message for message in sent}


def _insert(session: Session, classroom: Classroom, learner: Person, language: str, text: str) -> None:
    """Add a draft, unless somebody else did so in this moment."""
    insert_once(
        session,
        FamilyMessage,
        {
            "context_id": classroom.context.id,
            "person_id": learner.id,
            "language": language,
            "body": text,
            "facts": digest(text),
            "state": MessageState.DRAFT,
            "drafted_at": classroom.now,
        },
    )


def _take(message: FamilyMessage, text: str, now: datetime) -> None:
    """Let a draft say what the facts say now."""
    if message.body != text:
        message.body, message.drafted_at = text, now
    message.facts = digest(text)


def _known(language: str, words_in: Mapping[str, Words]) -> str:
    return language if language in words_in else next(iter(words_in))


def _plain(text: str) -> str:
    """A text of a form as it is kept."""
    return "\n".join(line.strip() for line in typed_text(text).split("\n"))


def _check(text: str) -> None:
    """What is in a message is the teacher's affair, save its length."""
    if not text:
        raise Fixable("message.empty", "A message needs words. Write some, or ask for a new draft.")
    if len(text) > LONGEST_MESSAGE:
        raise Fixable(
            "message.too_long",
            f"A message has at most {LONGEST_MESSAGE} characters; one of these has {len(text)}. Go back and shorten it.",
        )


def _draft(session: Session, context: Context, key: int) -> FamilyMessage:
    message = _message(session, context, key)
    if message.state is not MessageState.DRAFT:
        raise _changed()
    return message


def _message(session: Session, context: Context, key: int) -> FamilyMessage:
    ours = select(FamilyMessage).where(FamilyMessage.context_id == context.id, FamilyMessage.id == key)
    message = session.scalar(_alone(ours))
    if message is None:
        raise NotVisible("message.not_found", "There is no such message in this course.")
    return message


def _alone(messages: Select[FamilyMessage]) -> Select[FamilyMessage]:
    """The same messages, as they stand once nobody else is changing them."""
    return messages.order_by(FamilyMessage.id).with_for_update().execution_options(populate_existing=True)


def _require_few(session: Session, message: FamilyMessage, now: datetime) -> None:
    """What was approved is kept, so a family is written to only so often."""
    today = session.scalar(
        select(func.count()).where(
            FamilyMessage.context_id == message.context_id,
            FamilyMessage.person_id == message.person_id,
            FamilyMessage.approved_at > now - timedelta(days=1),
        )
    )
    if (today or 0) >= MOST_A_DAY:
        raise Fixable(
            "message.too_many",
            f"One family has had {MOST_A_DAY} messages since yesterday. Keep this draft and approve it tomorrow.",
            status=409,
        )


def _changed() -> Fixable:
    return Fixable(
        "message.changed",
        "A message has changed since the page was opened. Open Messages again, read the new words and decide then.",
        status=409,
    )
