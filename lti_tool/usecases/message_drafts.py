"""A draft of what a teacher could tell a family: two to four sentences of plain facts about one child.

What went well comes first, then what the next step works on, then something to do together. Every day has its
date, and what is not there yet stands beside the step that takes it up. There are no percentages and no classmates.
What the facts do not say is not said, so two children have the same words only where they did the same.
"""

from __future__ import annotations

from lti_tool.models.courses import Person
from lti_tool.models.learning import Proposal
from lti_tool.models.messages import LONGEST_MESSAGE
from lti_tool.pathways.wins import Win, WinKind, wins_of_the_week
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.names import first_name
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.typed_text import typed_line
from lti_tool.usecases.words import Words

_MOST_GOOD_NEWS = 2
_MOST_SENTENCES = 4


def has_something_to_say(classroom: Classroom, learner: Person) -> bool:
    """Whether there is any result to speak of."""
    return bool(classroom.evidence.get(learner.id))


def draft(classroom: Classroom, learner: Person, proposal: Proposal | None, words: Words) -> str:
    """The words for one family, without a word of steps where it may see none; at most as long as a message may be."""
    good = _good_news(classroom, learner, words)
    coming = [
        _growing(classroom, learner, proposal, words),
        _next(classroom, learner, proposal, words),
        _together(classroom, learner, proposal, words),
    ]
    after = [sentence for sentence in coming if sentence]
    before = good[: max(1, _MOST_SENTENCES - len(after))]
    text = ""
    for sentence in (*before, *after):
        longer = f"{text} {sentence}".strip()
        if len(longer) <= LONGEST_MESSAGE:
            text = longer
    return typed_line(text)  # names and titles come from elsewhere; a form gives back the same words


def _wins(classroom: Classroom, learner: Person) -> tuple[Win, ...]:
    return wins_of_the_week(
        classroom.estimates_of(learner),
        classroom.evidence.get(learner.id, ()),
        classroom.skill_map,
        now=classroom.now,
    )


def _good_news(classroom: Classroom, learner: Person, words: Words) -> list[str]:
    wins = _wins(classroom, learner)
    if wins:
        return [_said(win, classroom, learner, words) for win in wins[:_MOST_GOOD_NEWS]]
    name = first_name(learner, words)
    secure = [e.skill_id for e in classroom.estimates_of(learner).values() if e.level.at_least_secure]
    evidence = classroom.evidence.get(learner.id, ())
    if secure:
        text = words.ngettext(
            "%(name)s has reached %(number)s skill so far: “%(skill)s”.",
            "%(name)s has reached %(number)s skills so far, for example “%(skill)s”.",
            len(secure),
        )
        skill = classroom.skill_map.skill(secure[-1]).title
        return [text % {"number": len(secure), "name": name, "skill": skill}]
    if evidence:
        text = words.gettext("%(name)s worked on “%(activity)s” last, on %(day)s.")
        activity = classroom.skill_map.activity(evidence[-1].activity_id).title
        day = words.format_date(evidence[-1].occurred_at.date())
        return [text % {"name": name, "activity": activity, "day": day}]
    return []


def _said(win: Win, classroom: Classroom, learner: Person, words: Words) -> str:
    match win.kind:
        case WinKind.LASTING:
            text = words.gettext(
                "%(name)s showed “%(skill)s” again on %(day)s, at least a week after the first time: it is Lasting now."
            )
        case WinKind.SECURE:
            text = words.gettext("%(name)s reached a skill: “%(skill)s” has been Secure since %(day)s.")
        case WinKind.IMPROVED:
            text = words.gettext("On %(day)s, “%(skill)s” went better for %(name)s than the time before.")
        case WinKind.STARTED:
            text = words.gettext("%(name)s started “%(skill)s” on %(day)s.")
        case WinKind.WORKED:
            text = words.ngettext(
                "%(name)s did %(count)s activity this week.",
                "%(name)s did %(count)s activities this week.",
                win.count,
            )
    return text % {
        "name": first_name(learner, words),
        "skill": classroom.skill_map.skill(win.skill_id).title if win.skill_id else "",
        "day": words.format_date(win.day) if win.day else "",
        "count": win.count,
    }


def _growing(classroom: Classroom, learner: Person, proposal: Proposal | None, words: Words) -> str:
    """What is not there yet, if the next step takes it up."""
    if proposal is None:
        return ""
    option = chosen_option(proposal)
    estimate = classroom.estimates_of(learner).get(option.skill_id or "")
    if estimate is None or option.activity_id is None or not estimate.evidence_count:
        return ""
    skill = classroom.skill_map.skill(estimate.skill_id).title
    if estimate.refresh_due:
        return words.gettext("A refresh of “%(skill)s” is due; one good result is enough.") % {"skill": skill}
    if not estimate.level.at_least_secure:
        return words.gettext("“%(skill)s” is growing; the next step works on it.") % {"skill": skill}
    return ""


def _next(classroom: Classroom, learner: Person, proposal: Proposal | None, words: Words) -> str:
    if proposal is None:
        return ""
    activity_id = chosen_option(proposal).activity_id
    if activity_id is None or not classroom.skill_map.has_activity(activity_id):
        return words.gettext("%(name)s and I will agree on the next step together.") % {
            "name": first_name(learner, words)
        }
    activity = classroom.skill_map.activity(activity_id)
    return words.ngettext(
        "Next comes “%(activity)s”, about %(minutes)s minute.",
        "Next comes “%(activity)s”, about %(minutes)s minutes.",
        activity.minutes,
    ) % {"activity": activity.title, "minutes": activity.minutes}


def _together(classroom: Classroom, learner: Person, proposal: Proposal | None, words: Words) -> str:
    """An invitation to talk about what went well, or else about what comes."""
    won = [win.skill_id for win in _wins(classroom, learner) if win.skill_id]
    coming = chosen_option(proposal).skill_id if proposal else None
    skill_id = won[0] if won else coming
    if skill_id is None or not classroom.skill_map.has_skill(skill_id):
        return ""
    return words.gettext("If you have ten minutes, let %(name)s explain “%(skill)s” to you.") % {
        "name": first_name(learner, words),
        "skill": classroom.skill_map.skill(skill_id).title,
    }
