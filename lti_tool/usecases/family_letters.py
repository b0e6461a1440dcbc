"""A family's report as a letter on paper: the same words, one page for each child.

The class's letters come in the order of the roster, each in the language of its family: the one that the teacher
chose for a message, else the one that the family wishes. Families who want no reports get none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch import audit
from lti_tool.letters.letter import Kind, Letter, Link, Part, Passage
from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.family_links import make_link
from lti_tool.usecases.family_messages import drafts_of, shown_messages
from lti_tool.usecases.family_preferences import languages, opted_out
from lti_tool.usecases.family_report import FamilyView, MessageView, family_view
from lti_tool.usecases.propose import visible_proposals
from lti_tool.usecases.words import Words

SOURCE_LANGUAGE = "en"  # of skill maps, as web.i18n has it
MOST_LETTERS = 300


def class_letters(
    session: Session,
    *,
    context: Context,
    teacher: Person,
    now: datetime,
    words_in: Mapping[str, Words],
    part: int = 1,
    only: int | None = None,
    address_of: Callable[[str], str] | None = None,
) -> tuple[Letter, ...]:
    """The letters of the class, a `part` of at most `MOST_LETTERS` at a time; with `only`, of this student alone.

    `only` is a student of the course, else NotVisible `student.not_found`. Raises Fixable `letters.none` where nobody
    is left to write to. With `address_of`, which makes an address of the secret of a link, each letter has a fresh link.
    """
    classroom = open_classroom(session, context=context, now=now)
    declined = opted_out(session, context)
    wanted = classroom.learners if only is None else (classroom.learner(only),)
    learners = [learner for learner in wanted if learner.id not in declined]
    learners = learners[(part - 1) * MOST_LETTERS : part * MOST_LETTERS]
    if not learners:
        raise Fixable(
            "letters.none",
            "There is nobody to print a letter for: families may say that they want none.",
            status=409,
        )
    proposals = visible_proposals(session, classroom)
    shown = shown_messages(session, context, now)
    language_of = _languages(session, context, now)
    letters = []
    for learner in learners:
        language = language_of.get(learner.id, "")
        if language not in words_in:
            language = next(iter(words_in))
        words = words_in[language]
        view = family_view(
            classroom, learner, proposal=proposals.get(learner.id), message=shown.get(learner.id), words=words
        )
        link = None
        if address_of is not None:
            new = make_link(
                session, context=context, person=learner, teacher=teacher, now=now, language=language
            )
            link = link_of(address_of(new.url_token), new.expires_at, words)
        letters.append(letter_of(view, context=context, now=now, language=language, words=words, link=link))
    return tuple(letters)


def letter_of(
    view: FamilyView,
    *,
    context: Context,
    now: datetime,
    language: str,
    words: Words,
    link: Link | None = None,
) -> Letter:
    """One family's report as a letter."""
    _ = words.gettext
    minutes = view.next_minutes
    parts = [Part(Kind.FACTS, _("How it is going"), tuple(map(Passage, view.facts)))]
    if view.next_title:
        taking = (
            words.ngettext("%(num)d minute", "%(num)d minutes", minutes) % {"num": minutes} if minutes else ""
        )
        step = (Passage(view.next_title, SOURCE_LANGUAGE), Passage(view.next_why))
        parts.append(Part(Kind.STEP, _("What is next"), step, taking))
    if view.message:
        parts.insert(0, _message(view.message, words))
    if view.home_activity:
        heading = _("Ten minutes together, without a screen")
        parts.append(Part(Kind.PLAIN, heading, (Passage(view.home_activity, SOURCE_LANGUAGE),)))
    if view.family_question:
        question = Passage(f"“{view.family_question}”", SOURCE_LANGUAGE)
        parts.append(Part(Kind.QUESTION, _("A question to ask"), (question,)))
    return Letter(
        language=language,
        heading=_("%(name)s’s learning") % {"name": view.first_name},
        course=Passage(context.title, SOURCE_LANGUAGE),
        day=words.format_whole_date(now.date()),
        parts=tuple(parts),
        foot=_("From the school’s gradebook as of %(day)s.")
        % {"day": words.format_whole_date(view.as_of.date())}
        if view.as_of
        else "",
        link=link,
    )


def link_of(address: str, expires_at: datetime, words: Words) -> Link:
    """A way from the paper to the page, and until when it is open."""
    return Link(
        address=address,
        sentence=words.gettext(
            "This page on a telephone, until %(day)s. It needs no account; keep it in the family."
        )
        % {"day": words.format_whole_date(expires_at.date())},
        picture=words.gettext("A code to scan with a telephone, which leads to the address beside it"),
    )


def note_letters(session: Session, launch: LaunchSession, number: int, now: datetime) -> None:
    """Let the audit log say who took letters about students of a course, how many, from which launch."""
    audit.record(
        session,
        actor=audit.person_name(launch.person_id or 0),
        action="letters.taken",
        subject=f"course {launch.context_id}",
        now=now,
        launch=str(launch.id),
        letters=str(number),
    )


def message_heading(message: MessageView, words: Words) -> str:
    """Whose words these are."""
    if not message.teacher:
        return words.gettext("A message from the school")
    return words.gettext("A message from %(teacher)s") % {"teacher": message.teacher}


def _message(message: MessageView, words: Words) -> Part:
    lines = tuple(Passage(line, message.language) for line in message.body.split("\n") if line)
    day = words.format_whole_date(message.approved_at.date())
    return Part(Kind.MESSAGE, message_heading(message, words), lines, day)


def _languages(session: Session, context: Context, now: datetime) -> dict[int, str]:
    found = dict(languages(session, context))
    for message in (*shown_messages(session, context, now).values(), *drafts_of(session, context).values()):
        found[message.person_id] = message.language
    return found
