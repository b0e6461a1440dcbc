"""Where results and attempts become evidence: the policy of that translation, and the reading back.

Evidence is append-only. A changed result is a new revision of the same origin, a removed one a revision
without a fraction; the newest revision counts. Results of outcomes: see `outcome_evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.diagnostics import Diagnostic
from lti_tool.models.gradebook import Column, LineItem, OutboxEntry, Result
from lti_tool.models.learning import CheckAttempt, EvidenceRecord
from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases import outcome_evidence
from lti_tool.usecases.observations import Observation
from lti_tool.usecases.outcome_evidence import left_to_tell, outcome_observations, told_by_outcomes

# Two scores that differ by less are the same score: platforms store decimals in their own precision.
SAME_SCORE = 1e-6


_RESULT = "result:"
_READ = (_RESULT, outcome_evidence.ORIGIN)


class _Record(NamedTuple):
    """What is read of a row of evidence: plain values, because a course has thousands and every page reads them."""

    person_id: int
    activity_id: str
    origin: str
    revision: int
    source: str
    fraction: float | None
    share: float
    attempt: int
    occurred_at: datetime


def record_results(session: Session, *, context: Context, skill_map: SkillMap, now: datetime) -> set[int]:
    """Turn what was read from the gradebook into evidence; returns the keys of people whose evidence changed.

    A column counts once it is tagged with an activity of the skill map, an outcome once it is a skill of it. A result
    that only repeats the score which we wrote ourselves is left out: the attempt behind it is evidence already. One
    that differs from it was changed at the platform, by a teacher, and is evidence of its own. Evidence of an activity
    that the map has no longer stays as it is: it does not count, and does again should the activity come back.
    """
    known = _newest(session, context)
    seen: set[tuple[int, str]] = set()
    changed: set[int] = set()
    read = [
        *_observations(session, context, skill_map),
        *outcome_observations(session, context, skill_map),
    ]
    for observation in read:
        key = (observation.person_id, observation.origin)
        seen.add(key)
        before = known.get(key)
        if before is None and observation.fraction is None:
            continue
        if before is not None and _same(before, observation):
            continue
        session.add(_revision(context, observation, before, now))
        changed.add(observation.person_id)
    for (person_id, origin), before in known.items():
        gone = origin.startswith(_READ) and (person_id, origin) not in seen
        if gone and before.fraction is not None and skill_map.has_activity(before.activity_id):
            withdrawn = Observation(
                origin, person_id, before.activity_id, None, before.occurred_at, Source(before.source)
            )
            session.add(_revision(context, withdrawn, before, now))
            changed.add(person_id)
    session.flush()
    return changed


def record_attempt(session: Session, *, attempt: CheckAttempt, fraction: float, now: datetime) -> None:
    """Add a finished check as evidence."""
    session.add(
        EvidenceRecord(
            context_id=attempt.context_id,
            person_id=attempt.person_id,
            activity_id=attempt.activity_id,
            origin=f"attempt:{attempt.id}",
            revision=1,
            source=Source.CHECK.value,
            fraction=fraction,
            attempt=attempt.number,
            occurred_at=now,
            recorded_at=now,
        )
    )
    session.flush()


def record_diagnostic(
    session: Session, *, diagnostic: Diagnostic, activity_id: str, share: float, now: datetime
) -> None:
    """Put what the first questions have shown so far about one activity in place of what they had shown before.

    `share` is the part of the activity's questions that was asked.
    """
    answers = [answer for answer in diagnostic.answers if answer.activity_id == activity_id]
    session.add(
        EvidenceRecord(
            context_id=diagnostic.context_id,
            person_id=diagnostic.person_id,
            activity_id=activity_id,
            origin=f"diagnostic:{diagnostic.id}:{activity_id}",
            revision=len(answers),
            source=Source.DIAGNOSTIC.value,
            fraction=sum(answer.fraction for answer in answers) / len(answers),
            share=share,
            occurred_at=now,
            recorded_at=now,
        )
    )
    session.flush()


def evidence_by_learner(
    session: Session, *, context: Context, skill_map: SkillMap
) -> dict[int, tuple[Evidence, ...]]:
    """All evidence of the course that counts, by person key, in date order."""
    found: dict[int, list[Evidence]] = defaultdict(list)
    told = told_by_outcomes(session, context)
    for record in _newest(session, context).values():
        if record.fraction is not None and skill_map.has_activity(record.activity_id):
            elsewhere = told.get((record.person_id, _column_of(record.origin)), frozenset())
            found[record.person_id].append(_evidence(record, skill_map, elsewhere))
    return {
        person_id: tuple(sorted(items, key=lambda item: (item.occurred_at, item.id)))
        for person_id, items in found.items()
    }


def _observations(session: Session, context: Context, skill_map: SkillMap) -> list[Observation]:
    rows = session.execute(
        select(Result, LineItem, OutboxEntry)
        .join(LineItem, Result.line_item_id == LineItem.id)
        .outerjoin(Column, Column.line_item_id == LineItem.id)
        .outerjoin(
            OutboxEntry, (OutboxEntry.column_id == Column.id) & (OutboxEntry.person_id == Result.person_id)
        )
        .where(LineItem.context_id == context.id, LineItem.activity_id.is_not(None))
    )
    observations = []
    for result, line_item, written in rows:
        if not skill_map.has_activity(line_item.activity_id or ""):
            continue
        fraction = _fraction(result, line_item)
        if written is not None and _repeats(fraction, written):
            continue
        observations.append(
            Observation(
                origin=f"{_RESULT}{line_item.id}",
                person_id=result.person_id,
                activity_id=line_item.activity_id or "",
                fraction=fraction,
                occurred_at=result.platform_time or result.read_at,
            )
        )
    return observations


def _column_of(origin: str) -> int:
    """The column that a record is about; 0 for one that is about none."""
    return int(origin.removeprefix(_RESULT)) if origin.startswith(_RESULT) else 0


def _fraction(result: Result, line_item: LineItem) -> float | None:
    maximum = result.result_maximum or line_item.score_maximum
    if result.result_score is None or not maximum or maximum <= 0:
        return None
    return min(max(result.result_score / maximum, 0.0), 1.0)


def _repeats(fraction: float | None, written: OutboxEntry) -> bool:
    if fraction is None:
        return True
    if written.score_given is None or not written.score_maximum:
        return False
    return abs(fraction - written.score_given / written.score_maximum) < SAME_SCORE


def _same(record: _Record, observation: Observation) -> bool:
    if record.activity_id != observation.activity_id:
        return False
    if record.fraction is None or observation.fraction is None:
        return record.fraction is observation.fraction
    return abs(record.fraction - observation.fraction) < SAME_SCORE


def _revision(
    context: Context, observation: Observation, before: _Record | None, now: datetime
) -> EvidenceRecord:
    return EvidenceRecord(
        context_id=context.id,
        person_id=observation.person_id,
        activity_id=observation.activity_id,
        origin=observation.origin,
        revision=before.revision + 1 if before else 1,
        source=observation.source.value,
        fraction=observation.fraction,
        occurred_at=observation.occurred_at,
        recorded_at=now,
    )


def _newest(session: Session, context: Context) -> Mapping[tuple[int, str], _Record]:
    records = session.execute(
        select(*(getattr(EvidenceRecord, name) for name in _Record._fields))
        .where(EvidenceRecord.context_id == context.id)
        .order_by(EvidenceRecord.revision)
    )
    return {(record.person_id, record.origin): _Record(*record) for record in records}


def _evidence(record: _Record, skill_map: SkillMap, elsewhere: Collection[str]) -> Evidence:
    """The record as evidence; of the skills `elsewhere` something finer is known from the same work."""
    activity = skill_map.activity(record.activity_id)
    return Evidence(
        id=record.origin,
        learner_id=str(record.person_id),
        activity_id=record.activity_id,
        fraction=record.fraction or 0.0,
        occurred_at=record.occurred_at,
        source=Source(record.source),
        informativeness=activity.informativeness * record.share * left_to_tell(activity, elsewhere),
        attempt=record.attempt,
    )
