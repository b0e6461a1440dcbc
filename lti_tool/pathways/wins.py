"""Wins of the week: up to three plain facts for a student and the family, compared with nobody but the student before."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.situation import MAIN_SHARE
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.wording import (
    Audience,
    GetText,
    NGetText,
    Wording,
    english_number,
    same_text,
    short_date,
)

WINS = 3
DAYS = 7
NOTHING_SAID: Mapping[str, datetime] = MappingProxyType({})
CLEARLY_BETTER = 0.10


class WinKind(StrEnum):
    """Kinds of wins, the most telling first."""

    LASTING = "lasting"
    SECURE = "secure"
    IMPROVED = "improved"
    STARTED = "started"
    WORKED = "worked"


@dataclass(frozen=True, slots=True)
class Win:
    """One fact about the days since `since`: a skill, or the number of activities done."""

    kind: WinKind
    skill_id: str | None = None
    day: date | None = None
    before: float | None = None
    after: float | None = None
    count: int = 0


def wins_of_the_week(
    estimates: Mapping[str, MasteryEstimate],
    evidence: Iterable[Evidence],
    skill_map: SkillMap,
    *,
    now: datetime,
    days: int = DAYS,
    done: Mapping[str, datetime] = NOTHING_SAID,
) -> tuple[Win, ...]:
    """At most three wins of one learner in the last `days` days; about each skill at most one. Empty when nothing was done.

    `done` are activities that the learner said were done, with or without a score.
    """
    since = now - timedelta(days=days)
    known = [e for e in in_order(evidence) if skill_map.has_activity(e.activity_id) and e.occurred_at <= now]
    wins: list[Win] = []
    for skill in skill_map.skills:
        own = [e for e in known if skill_map.activity(e.activity_id).skills.get(skill.id, 0.0) >= MAIN_SHARE]
        win = _win_on(estimates[skill.id], own, since)
        if win is not None:
            wins.append(win)
    worked = {e.activity_id for e in known if e.occurred_at > since}
    worked |= {activity_id for activity_id, at in done.items() if since < at <= now}
    offered = sum(map(skill_map.offers, worked))
    if offered:
        wins.append(Win(WinKind.WORKED, count=offered))
    order = list(WinKind)
    return tuple(sorted(wins, key=lambda win: order.index(win.kind))[:WINS])


def win_sentence(
    win: Win,
    audience: Audience,
    skill_map: SkillMap,
    gettext: GetText = same_text,
    *,
    ngettext: NGetText = english_number,
    format_date: Callable[[date], str] = short_date,
) -> str:
    """The fact in one sentence; families and students read the same words, students as "you"."""
    wording = Wording(audience, gettext, ngettext, format_date)
    you = audience is Audience.STUDENT
    values = _values(win, skill_map, wording)
    match win.kind:
        case WinKind.LASTING:
            text = gettext("“%(skill)s” is Lasting: shown again on %(day)s, at least a week later.")
        case WinKind.SECURE:
            text = gettext("“%(skill)s” became Secure on %(day)s.")
        case WinKind.IMPROVED if you:
            text = gettext("You went from %(before)d %% to %(after)d %% on “%(skill)s” (%(day)s).")
        case WinKind.IMPROVED:
            text = gettext("“%(skill)s” went better on %(day)s than the time before.")
        case WinKind.STARTED:
            text = gettext("“%(skill)s” was started on %(day)s.")
        case WinKind.WORKED if you:
            text = ngettext(
                "You did %(count)d activity this week.", "You did %(count)d activities this week.", win.count
            )
        case WinKind.WORKED:
            text = ngettext(
                "%(count)d activity was done this week.",
                "%(count)d activities were done this week.",
                win.count,
            )
    return text % values


def _values(win: Win, skill_map: SkillMap, wording: Wording) -> dict[str, object]:
    return {
        "skill": skill_map.skill(win.skill_id).title if win.skill_id else "",
        "day": wording.format_date(win.day) if win.day else "",
        "before": round(100 * (win.before or 0.0)),
        "after": round(100 * (win.after or 0.0)),
        "count": win.count,
    }


def _win_on(estimate: MasteryEstimate, own: list[Evidence], since: datetime) -> Win | None:
    """The best news about one skill: a word earned, a better score than the time before, a first try."""
    for kind, moment in ((WinKind.LASTING, estimate.lasting_since), (WinKind.SECURE, estimate.secure_since)):
        if moment is not None and moment > since and not estimate.refresh_due:
            return Win(kind, estimate.skill_id, moment.date())
    if not own or own[-1].occurred_at <= since:
        return None
    scored = [piece for piece in own if piece.informativeness > 0]
    if (
        len(scored) > 1
        and scored[-1].occurred_at > since
        and scored[-1].fraction >= scored[-2].fraction + CLEARLY_BETTER
    ):
        last = scored[-1]
        return Win(
            WinKind.IMPROVED, estimate.skill_id, last.occurred_at.date(), scored[-2].fraction, last.fraction
        )
    if own[0].occurred_at > since:
        return Win(WinKind.STARTED, estimate.skill_id, own[0].occurred_at.date())
    return None
