"""A learner's skills and evidence as pages show them: level word and certainty apart, no probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lti_tool.models.courses import Person
from lti_tool.pathways.levels import Level
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.skill_map import Skill
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.labels import level_label, source_label
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class SkillView:
    """One skill of one learner."""

    skill_id: str
    title: str
    statement: str
    level: Level
    level_label: str
    certainty_label: str
    evidence_count: int
    enough_evidence: bool
    refresh_due: bool
    last_evidence_at: datetime | None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence; `percent` is the score as a whole percentage, `moves` the level words that came with it."""

    occurred_at: datetime
    activity_title: str
    skill_titles: tuple[str, ...]
    percent: int
    source_label: str
    moves: tuple[str, ...] = ()


def skill_views(classroom: Classroom, learner: Person, words: Words) -> tuple[SkillView, ...]:
    """All skills of the course in teaching order."""
    estimates = classroom.estimates_of(learner)
    ordered = [skill_id for layer in classroom.skill_map.layers() for skill_id in layer]
    return tuple(
        skill_view(classroom.skill_map.skill(skill_id), estimates[skill_id], words) for skill_id in ordered
    )


def skill_view(skill: Skill, estimate: MasteryEstimate, words: Words) -> SkillView:
    """One skill with its estimate, in words."""
    return SkillView(
        skill_id=skill.id,
        title=skill.title,
        statement=skill.statement or skill.title,
        level=estimate.level,
        level_label=level_label(estimate.level, words),
        certainty_label=_certainty_label(estimate, words),
        evidence_count=estimate.evidence_count,
        enough_evidence=estimate.enough_evidence,
        refresh_due=estimate.refresh_due,
        last_evidence_at=estimate.last_evidence_at,
    )


def evidence_views(
    classroom: Classroom, learner: Person, words: Words, *, skill_id: str | None = None
) -> tuple[EvidenceView, ...]:
    """The learner's evidence, newest first; only that of one skill, and its level words, when `skill_id` is given."""
    pieces = classroom.evidence.get(learner.id, ())
    views = []
    for piece in reversed(pieces):
        activity = classroom.skill_map.activity(piece.activity_id)
        if skill_id is not None and skill_id not in activity.skills:
            continue
        views.append(
            EvidenceView(
                occurred_at=piece.occurred_at,
                activity_title=activity.title,
                skill_titles=tuple(classroom.skill_map.skill(skill).title for skill in activity.skills),
                percent=round(100 * piece.fraction),
                source_label=source_label(piece.source, words),
                moves=level_moves(
                    classroom,
                    learner,
                    piece.occurred_at,
                    [skill_id] if skill_id else activity.skills,
                    words,
                ),
            )
        )
    return tuple(views)


def level_at(
    classroom: Classroom, learner: Person, skill_id: str, moment: datetime, *, inclusive: bool = True
) -> Level:
    """The level word of a skill as it was at a moment, by the evidence that is known today.

    Without `inclusive` as it was just before that moment.
    """
    estimate = classroom.estimates_of(learner)[skill_id]

    def reached(at: datetime | None) -> bool:
        return at is not None and (at <= moment if inclusive else at < moment)

    if reached(estimate.lasting_since):
        return Level.LASTING
    if reached(estimate.secure_since):
        return Level.SECURE
    first = classroom.first_evidence(learner).get(skill_id)
    return Level.GROWING if reached(first) else Level.NOT_STARTED


def level_moves(
    classroom: Classroom, learner: Person, moment: datetime, skill_ids: Iterable[str], words: Words
) -> tuple[str, ...]:
    """Which level words of these skills came at a moment, from what to what."""
    moves = []
    for skill_id in skill_ids:
        before = level_at(classroom, learner, skill_id, moment, inclusive=False)
        after = level_at(classroom, learner, skill_id, moment)
        if before is not after:
            moves.append(
                words.gettext("“%(skill)s”: from %(before)s to %(after)s")
                % {
                    "skill": classroom.skill_map.skill(skill_id).title,
                    "before": level_label(before, words),
                    "after": level_label(after, words),
                }
            )
    return tuple(moves)


def _certainty_label(estimate: MasteryEstimate, words: Words) -> str:
    if estimate.evidence_count == 0:
        return words.gettext("No evidence yet")
    if not estimate.enough_evidence:
        return words.gettext("Not enough evidence yet")
    if estimate.refresh_due:
        return words.gettext("Refresh due")
    return words.ngettext(
        "%(number)s piece of evidence", "%(number)s pieces of evidence", estimate.evidence_count
    ) % {"number": estimate.evidence_count}
