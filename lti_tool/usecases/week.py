"""The week of one student in plain facts, for the student and the family."""

from __future__ import annotations

from datetime import date, timedelta

from lti_tool.models.courses import Person
from lti_tool.pathways.reasons import Audience
from lti_tool.pathways.wins import DAYS, win_sentence, wins_of_the_week
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.words import Words

_FACTS = 3


def week_wins(classroom: Classroom, learner: Person, audience: Audience, words: Words) -> tuple[str, ...]:
    """Up to three things that went well in the last seven days."""
    wins = wins_of_the_week(
        classroom.estimates_of(learner),
        classroom.evidence.get(learner.id, ()),
        classroom.skill_map,
        now=classroom.now,
        done=classroom.finished.get(learner.id, {}),
    )
    return tuple(
        win_sentence(
            win,
            audience,
            classroom.skill_map,
            words.gettext,
            ngettext=words.ngettext,
            format_date=words.format_date,
        )
        for win in wins
    )


def wins_since(classroom: Classroom) -> date:
    """The day from which on wins are told."""
    return (classroom.now - timedelta(days=DAYS)).date()


def family_facts(classroom: Classroom, learner: Person, words: Words) -> tuple[str, ...]:
    """Three plain facts: the week's wins first, then how things stand."""
    facts = list(week_wins(classroom, learner, Audience.FAMILY, words))
    facts += [fact for fact in _standing(classroom, learner, words) if fact]
    return tuple(facts[:_FACTS])


def _standing(classroom: Classroom, learner: Person, words: Words) -> list[str]:
    estimates = classroom.estimates_of(learner)
    evidence = classroom.evidence.get(learner.id, ())
    secure = [e.skill_id for e in estimates.values() if e.level.at_least_secure]
    growing = [e for e in estimates.values() if e.evidence_count and not e.level.at_least_secure]
    facts = []
    if secure:
        facts.append(
            words.ngettext(
                "%(number)s skill is Secure or Lasting, for example “%(skill)s”.",
                "%(number)s skills are Secure or Lasting, for example “%(skill)s”.",
                len(secure),
            )
            % {"number": len(secure), "skill": classroom.skill_map.skill(secure[-1]).title}
        )
    if growing:
        newest = max(
            growing, key=lambda estimate: (estimate.last_evidence_at or classroom.now, estimate.skill_id)
        )
        facts.append(
            words.gettext("“%(skill)s” is growing.")
            % {"skill": classroom.skill_map.skill(newest.skill_id).title}
        )
    if not evidence:
        return [
            words.gettext("There are no results in this course yet."),
            words.gettext("The first ones appear here as soon as they are in the gradebook."),
            words.gettext("The next step below shows where to begin."),
        ]
    facts.append(
        words.gettext("The latest result is from %(day)s: “%(activity)s”.")
        % {
            "day": words.format_date(evidence[-1].occurred_at.date()),
            "activity": classroom.skill_map.activity(evidence[-1].activity_id).title,
        }
    )
    facts.append(
        words.ngettext(
            "%(number)s result counts in this course so far.",
            "%(number)s results count in this course so far.",
            len(evidence),
        )
        % {"number": len(evidence)}
    )
    return facts
