"""Easier or harder: the student's wish, what each setting aims at, and which step would come first at each.

A step that the teacher approved or chose stays: the wish then counts from the step after it, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.challenge import SETTINGS, about, target_success
from lti_tool.pathways.wording import N_
from lti_tool.usecases.about_me import own_profile
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals, recommendation_for
from lti_tool.usecases.propose import propose
from lti_tool.usecases.words import Words


class Effect(StrEnum):
    """What a wish changed: the step now, not yet what comes first, or only what follows a step of the teacher."""

    NOW = "now"
    SAME = "same"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting. `first` is the step that would come first, where that was asked for."""

    key: str
    label: str
    aims_at: str
    is_now: bool
    first: str = ""


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """All settings from much easier to much harder.

    `waits` says that a step of the teacher comes before, `looked` that `first` was worked out, `all_same` that it is one step.
    """

    settings: tuple[SettingView, ...]
    waits: bool
    looked: bool
    all_same: bool

    @property
    def now(self) -> SettingView:
        """The setting that holds."""
        return next(setting for setting in self.settings if setting.is_now)


def challenge_view(
    classroom: Classroom, learner: Person, proposal: Proposal, words: Words, *, look: bool
) -> ChallengeView:
    """The settings; with `look` the recommender is asked for each, which takes some milliseconds."""
    wish = wish_of(classroom, learner)
    waits = _is_the_teachers(classroom, learner, proposal)
    looked = look and not waits
    firsts = {
        setting: _title(
            classroom,
            chosen_option(proposal).activity_id
            if setting == wish
            else recommendation_for(classroom, learner, challenge=setting).first.activity_id,
            words,
        )
        for setting in (SETTINGS if looked else ())
    }
    return ChallengeView(
        settings=tuple(
            SettingView(
                key=f"{setting:g}",
                label=challenge_label(setting, words),
                aims_at=aims_at(classroom, setting, words),
                is_now=setting == wish,
                first=firsts.get(setting, ""),
            )
            for setting in SETTINGS
        ),
        waits=waits,
        looked=looked,
        all_same=len(set(firsts.values())) == 1,
    )


def ask_for(session: Session, *, context: Context, learner: Person, setting: str, now: datetime) -> Effect:
    """The student asks for easier or harder work; says what became of it.

    Raises Fixable `challenge.setting` for anything but one of the settings.
    """
    wish = {f"{each:g}": each for each in SETTINGS}.get(setting)
    if wish is None:
        raise Fixable("challenge.setting", N_("Choose one of the five settings from easier to harder."))
    profile = own_profile(session, context=context, learner=learner)
    changed, profile.challenge = profile.challenge != wish, wish
    session.flush()
    classroom = open_classroom(session, context=context, now=now)
    before = current_proposals(session, classroom).get(learner.id)
    if before is not None and _is_the_teachers(classroom, learner, before):
        return Effect.LATER
    if not changed:
        return Effect.SAME
    propose(session, classroom=classroom, learners=[learner])
    after = current_proposals(session, classroom)[learner.id]
    return Effect.SAME if after is before else Effect.NOW


def wish_of(classroom: Classroom, learner: Person) -> float:
    """The setting that a student has chosen; 0 is as usual."""
    profile = classroom.profiles.get(learner.id)
    wish = profile.challenge if profile else 0.0
    return min(SETTINGS, key=lambda setting: abs(setting - wish))


def challenge_label(setting: float, words: Words) -> str:
    """A setting in one or two words."""
    _ = words.gettext
    return {
        -1.0: _("Much easier"),
        -0.5: _("A little easier"),
        0.0: _("As usual"),
        0.5: _("A little harder"),
        1.0: _("Much harder"),
    }[setting]


def aims_at(classroom: Classroom, setting: float, words: Words) -> str:
    """How many right answers a setting aims at. That is the aim of the plan, and says nothing about the student."""
    share = about(target_success(classroom.policy, setting))
    return words.gettext("about %(right)d of %(all)d right") % {
        "right": share.numerator,
        "all": share.denominator,
    }


def _is_the_teachers(classroom: Classroom, learner: Person, proposal: Proposal) -> bool:
    return (
        proposal.status is ProposalStatus.APPROVED or classroom.state_of(learner).pinned is not None
    ) and chosen_option(proposal).activity_id is not None


def _title(classroom: Classroom, activity_id: str | None, words: Words) -> str:
    if activity_id is None or not classroom.skill_map.has_activity(activity_id):
        return words.gettext("Talk to your teacher")
    return classroom.skill_map.activity(activity_id).title
