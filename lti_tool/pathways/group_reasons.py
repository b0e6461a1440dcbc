"""Says in words why a group sits together, why this task, and what has to give where somebody finds no place."""

from collections.abc import Mapping

from lti_tool.pathways.group_request import GroupKind, Limit, Loosening
from lti_tool.pathways.grouping import Group, LeftOut
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.wording import N_, GetText, NGetText, english_number, same_text

_WHY = {
    GroupKind.SHARED: N_(
        "All of them can use work on “%(skill)s” now: nobody here has reached it yet, and what it rests on is met."
    ),
    GroupKind.HELPING: N_("Secure on “%(skill)s” and can help: %(helpers)s. Growing on it: %(helped)s."),
    GroupKind.MIXED: N_(
        "One common task on “%(skill)s” for different stages, spread over the groups as evenly as possible."
    ),
}
_BY_HAND = N_("A group on “%(skill)s”, changed by you: %(names)s.")
_DUE = N_("For %(names)s it is due for review, so helping keeps it.")
_BACK = N_("%(learner)s can help %(helper)s in turn with “%(skill)s”.")
_LEFT_OUT = {
    LeftOut.ABSENT: N_("absent"),
    LeftOut.NO_TASK: N_("no task for a group fits now; the own next step does"),
    LeftOut.NO_COMPANY: N_("nobody to share a task with; the own next step fits"),
    LeftOut.LIMITS: N_("no room within the limits"),
}
_SIZES = {
    Limit.LARGEST: N_("Groups of up to %(to)s instead of %(now)s."),
    Limit.SMALLEST: N_("Groups from %(to)s instead of %(now)s."),
}
_APART = N_("Allow %(one)s and %(other)s together.")
_TOGETHER = N_("Allow %(one)s and %(other)s in different groups.")


def why_together(
    group: Group, skill_map: SkillMap, names: Mapping[str, str], gettext: GetText = same_text
) -> str:
    """Why these learners: from the facts that the group was formed by."""
    skill = skill_map.skill(group.skill_id).title
    helped = [key for key in group.learner_ids if key not in group.helper_ids]
    if group.by_hand:
        return gettext(_BY_HAND) % {"skill": skill, "names": _names(group.by_hand, names)}
    sentences = [
        gettext(_WHY[group.kind])
        % {"skill": skill, "helpers": _names(group.helper_ids, names), "helped": _names(helped, names)}
    ]
    if group.due_ids:
        sentences.append(gettext(_DUE) % {"names": _names(group.due_ids, names)})
    said = set()
    for back in group.backs:
        if back.helper_id not in said:  # one is enough to gain
            said.add(back.helper_id)
            sentences.append(
                gettext(_BACK)
                % {
                    "learner": names[back.learner_id],
                    "helper": names[back.helper_id],
                    "skill": skill_map.skill(back.skill_id).title,
                }
            )
    return " ".join(sentences)


def why_task(
    activity_id: str,
    skill_map: SkillMap,
    gettext: GetText = same_text,
    *,
    ngettext: NGetText = english_number,
) -> str:
    """Why this task: it fits the time, and everybody may do it."""
    activity = skill_map.activity(activity_id)
    minutes = ngettext("%(number)s minute", "%(number)s minutes", activity.minutes) % {
        "number": activity.minutes
    }
    return gettext(
        "“%(activity)s” takes %(minutes)s, and for nobody here anything that it rests on is missing."
    ) % {
        "activity": activity.title,
        "minutes": minutes,
    }


def left_out_label(why: LeftOut, gettext: GetText = same_text) -> str:
    """Why somebody is in no group, in a few words."""
    return gettext(_LEFT_OUT[why])


def loosening_sentence(
    loosening: Loosening,
    names: Mapping[str, str],
    gettext: GetText = same_text,
    *,
    ngettext: NGetText = english_number,
) -> str:
    """What has to give, and by how much."""
    by, to = loosening.by, loosening.to
    if loosening.pair is not None:
        template = _APART if loosening.limit is Limit.APART else _TOGETHER
        return gettext(template) % {"one": names[loosening.pair[0]], "other": names[loosening.pair[1]]}
    if loosening.limit in _SIZES:
        return gettext(_SIZES[loosening.limit]) % {
            "to": to,
            "now": to + by if loosening.limit is Limit.SMALLEST else to - by,
        }
    if loosening.limit is Limit.ADULTS:
        return ngettext("%(number)s more adult.", "%(number)s more adults.", by) % {"number": by}
    if loosening.limit is Limit.PLACES:
        return ngettext("%(number)s more place.", "%(number)s more places.", by) % {"number": by}
    return ngettext("%(number)s more minute.", "%(number)s more minutes.", by) % {"number": by}


def _names(keys: tuple[str, ...] | list[str], names: Mapping[str, str]) -> str:
    return ", ".join(names[key] for key in keys)
