"""Says in words why a step is suggested, why another was not, and which rule was relaxed. Short, true, with names and dates."""

from collections.abc import Callable, Mapping
from datetime import date

from lti_tool.pathways.content import Purpose
from lti_tool.pathways.reason_templates import (
    ALERTS,
    LOST_BY,
    LOST_TO_RULE,
    RELAXED,
    TEMPLATES,
    TERM_LABELS,
    WISHES,
)
from lti_tool.pathways.recommendation import Alert, Option, Reason, ReasonCode, Recommendation
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.wording import (
    FORMAT_NAMES,
    Audience,
    GetText,
    NGetText,
    Wording,
    english_number,
    same_text,
    short_date,
)

__all__ = [
    "TERM_LABELS",
    "Audience",
    "alert_sentence",
    "can_be_said",
    "relaxed_sentence",
    "sentence",
    "term_label",
    "why_not_runner_up",
]

# Which facts of a reason are ids of skills.
_SKILL_PARAMS = ("skill", "leads_to", "builds_on", "waived", "goal")
# Which are ids of other activities than its own.
_OTHER_ACTIVITIES = ("last_activity", "instead")
_SAY_WAITING = {ReasonCode.START_CHECK, ReasonCode.NEW_SKILL, ReasonCode.BUILD, ReasonCode.UNLOCK}


def sentence(
    reason: Reason | Option,
    audience: Audience,
    skill_map: SkillMap,
    gettext: GetText = same_text,
    *,
    ngettext: NGetText = english_number,
    format_date: Callable[[date], str] = short_date,
) -> str:
    """One to three short sentences for a reader: why this step, from the facts that the reason names."""
    wording = Wording(audience, gettext, ngettext, format_date)
    reason = reason.reason if isinstance(reason, Option) else reason
    values = _values(reason, skill_map, wording)
    parts = [wording.fill(TEMPLATES[audience][_template_key(reason, skill_map)], values)]
    if audience is Audience.TEACHER and reason.code in _SAY_WAITING and "waiting" in reason.params:
        parts.append(_waiting(int(reason.params["waiting"]), values, wording))
    parts += [
        wording.fill(template, values)
        for wish, template in WISHES[audience].items()
        if wish in reason.params or wish == reason.params.get("challenge")
    ]
    return " ".join(parts)


def why_not_runner_up(
    recommendation: Recommendation, skill_map: SkillMap, gettext: GetText = same_text
) -> str | None:
    """Why the best of the other activities did not go first; None when there was no other."""
    runner_up = recommendation.ledger.get("runner_up")
    if not runner_up:
        return None
    values = {"other": skill_map.activity(runner_up["activity_id"]).title}
    if runner_up["rule"] in LOST_TO_RULE:
        return gettext(LOST_TO_RULE[runner_up["rule"]]) % values
    lost_by = runner_up["lost_by"]
    return gettext(LOST_BY[lost_by[0]["term"] if lost_by else "nothing"]) % values


def can_be_said(recommendation: Recommendation, skill_map: SkillMap) -> bool:
    """Whether everything that a recommendation names is in this map: one made with an older map may not be."""
    options = recommendation.options
    params = [option.reason.params for option in options]
    runner_up = recommendation.ledger.get("runner_up") or {}
    skills = {
        *(option.skill_id for option in options),
        *(alert.skill_id for alert in recommendation.alerts),
        *(values.get(key) for values in params for key in _SKILL_PARAMS),
    }
    activities = {
        *(option.activity_id for option in options),
        *(values.get(key) for values in params for key in ("activity", *_OTHER_ACTIVITIES)),
        runner_up.get("activity_id"),
    }
    return all(skill_map.has_skill(str(skill)) for skill in skills if skill) and all(
        skill_map.has_activity(str(activity)) for activity in activities if activity
    )


def relaxed_sentence(rule: str, gettext: GetText = same_text) -> str:
    """Says which rule an answer had to relax, and why."""
    return gettext(RELAXED[rule])


def alert_sentence(alert: Alert, skill_map: SkillMap, gettext: GetText = same_text) -> str:
    """Says to the teacher what to look at, with something to do."""
    title = skill_map.skill(alert.skill_id).title if alert.skill_id else ""
    return gettext(ALERTS[alert.code]) % {"skill": title}


def term_label(name: str, gettext: GetText = same_text) -> str:
    """A short label for one term of a score."""
    return gettext(TERM_LABELS[name])


def _template_key(reason: Reason, skill_map: SkillMap) -> str:
    """The code, with the variant that the facts ask for."""
    params, code = reason.params, reason.code
    variant = ""
    if code is ReasonCode.NEW_SKILL:
        variant = next((name for name in ("started", "waived", "builds_on") if name in params), "")
    elif code is ReasonCode.TRY_AGAIN and _purpose(params, skill_map) is Purpose.LEARN:
        variant = "learn"
    elif code is ReasonCode.REFRESH and "misses" in params and "refresh" in params:
        variant = "missed"
    elif code is ReasonCode.MIXED_REVIEW and ("last_date" not in params or "owed" not in params):
        variant = "plain"
    elif code is ReasonCode.EXTEND and skill_map.activity(str(params["activity"])).level > 2:
        variant = "level"
    return f"{code.value}.{variant}" if variant else code.value


def _purpose(params: Mapping[str, object], skill_map: SkillMap) -> Purpose:
    return skill_map.activity(str(params["activity"])).purpose


def _values(reason: Reason, skill_map: SkillMap, wording: Wording) -> dict[str, object]:
    """The facts with titles for ids and written dates."""
    values: dict[str, object] = dict(reason.params)
    for key in _SKILL_PARAMS:
        if key in values:
            values[key] = skill_map.skill(str(values[key])).title
    if "activity" in values:
        values["format"] = wording.gettext(FORMAT_NAMES[skill_map.activity(str(values["activity"])).format])
        values["activity"] = skill_map.activity(str(values["activity"])).title
    for key in _OTHER_ACTIVITIES:
        if key in values:
            values[key] = skill_map.activity(str(values[key])).title
    if "last_date" in values:
        values["last_date"] = wording.day(values["last_date"])
    return values


def _waiting(count: int, values: Mapping[str, object], wording: Wording) -> str:
    ngettext = wording.ngettext
    return ngettext(
        "One goal rests on it: “%(leads_to)s”.", "%(count)d goals rest on it, “%(leads_to)s” first.", count
    ) % {**values, "count": count}
