"""Four buckets for the teacher's first look at a class, with cut-offs that the teacher can move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.features import days_between
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.skill_map import SkillMap


class Bucket(StrEnum):
    """Where a student stands today."""

    READY_TO_EXTEND = "ready_to_extend"
    ON_TRACK = "on_track"
    NEEDS_A_HAND = "needs_a_hand"
    NO_RECENT_EVIDENCE = "no_recent_evidence"


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Where one bucket ends and the next begins."""

    recent_days: int = 14
    """No score in this many days: no recent evidence."""
    hand_below: float = 0.50
    """Mean of the recent scores below which a hand is needed."""
    hand_misses: int = 2
    """So many misses among the last three scores also mean that a hand is needed."""
    extend_from: float = 0.80
    """Share of the skills worked on that have to be reached to be ready to extend."""
    extend_scores: float = 0.80
    """Mean of the recent scores that goes with it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A bucket with the facts behind it: recent scores, their mean, the last date, skills worked on and reached."""

    bucket: Bucket
    recent_scores: int
    recent_mean: float | None
    last_at: datetime | None
    skills_tried: int
    skills_reached: int


LAST_LOOK = 3


def place(
    estimates: Mapping[str, MasteryEstimate],
    evidence: Sequence[Evidence],
    skill_map: SkillMap,
    policy: Policy,
    *,
    now: datetime,
    cut_offs: CutOffs | None = None,
) -> Placement:
    """The bucket of one learner at `now`; call it with other cut-offs to preview who would move."""
    cut_offs = cut_offs or CutOffs()
    scored = [
        piece
        for piece in in_order(evidence)
        if piece.informativeness > 0
        and piece.occurred_at <= now
        and skill_map.has_activity(piece.activity_id)
    ]
    recent = [piece for piece in scored if days_between(piece.occurred_at, now) <= cut_offs.recent_days]
    tried = [estimate for estimate in estimates.values() if estimate.evidence_count]
    reached = sum(estimate.probability >= policy.threshold for estimate in tried)
    mean = sum(piece.fraction for piece in recent) / len(recent) if recent else None
    return Placement(
        bucket=_bucket(recent, mean, reached / len(tried) if tried else 0.0, policy.miss_below, cut_offs),
        recent_scores=len(recent),
        recent_mean=mean,
        last_at=scored[-1].occurred_at if scored else None,
        skills_tried=len(tried),
        skills_reached=reached,
    )


def _bucket(
    recent: list[Evidence], mean: float | None, share_reached: float, miss_below: float, cut_offs: CutOffs
) -> Bucket:
    if mean is None:
        return Bucket.NO_RECENT_EVIDENCE
    misses = sum(piece.fraction < miss_below for piece in recent[-LAST_LOOK:])
    if mean < cut_offs.hand_below or misses >= cut_offs.hand_misses:
        return Bucket.NEEDS_A_HAND
    if share_reached >= cut_offs.extend_from and mean >= cut_offs.extend_scores:
        return Bucket.READY_TO_EXTEND
    return Bucket.ON_TRACK
