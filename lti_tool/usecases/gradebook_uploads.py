"""What a teacher looks at between choosing a gradebook file and taking its results.

The file is read once and not kept. What waits is the least that taking needs: columns, and scores by person
key, which are just what `results` holds; no name, login or address of the file. So it needs no second choosing
of the file and nothing in the page that could be changed there. Of an export with several classes the columns of each
wait, until the teacher says which one this course is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotVisible
from lti_tool.launch.secrets import random_token
from lti_tool.models.gradebook import GradebookUpload
from lti_tool.models.launches import LaunchSession

KEEP_UPLOADS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WaitingColumn:
    """A column with its scores by person key; None says that there is no result (any more).

    People who are not among `scores` keep what they have. `points` is None where a teacher has to say it.
    `graded_at` has the moments of grading, as far as the file says them.
    """

    key: str
    title: str
    points: float | None
    scores: Mapping[int, float | None]
    graded_at: Mapping[int, datetime] = field(default_factory=dict)


def keep(
    session: Session,
    *,
    launch: LaunchSession,
    classes: Sequence[Sequence[WaitingColumn]],
    now: datetime,
) -> str:
    """Let columns wait for the teacher of this launch, in place of what waited there; gives back their name.

    `classes` has those of each class that this course may be, most often of one.
    """
    session.execute(delete(GradebookUpload).where(GradebookUpload.launch_id == launch.id))
    upload = GradebookUpload(
        public_id=random_token(bits=128),
        launch_id=launch.id,
        context_id=launch.context_id,
        person_id=launch.person_id,
        content={"classes": [[_written(column) for column in columns] for columns in classes]},
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload.public_id


def give_out(
    session: Session, *, launch: LaunchSession, public_id: str, place: int = 0, now: datetime
) -> tuple[WaitingColumn, ...]:
    """What waits under this name, of the class at `place`; then nothing of it waits any longer.

    Raises NotVisible `gradebook_file.preview_over` when there is none for this launch.
    """
    upload = session.scalar(
        select(GradebookUpload)
        .where(
            GradebookUpload.public_id == public_id,
            GradebookUpload.launch_id == launch.id,
            GradebookUpload.context_id == launch.context_id,
            GradebookUpload.person_id == launch.person_id,
            GradebookUpload.created_at > now - KEEP_UPLOADS,
        )
        .with_for_update()
    )
    # What an earlier version let wait has no classes.
    classes = upload.content.get("classes") or [upload.content.get("columns", [])] if upload else []
    if upload is None or not 0 <= place < len(classes):
        raise NotVisible(
            "gradebook_file.preview_over",
            "This preview is over: it was answered, or an hour has passed. Open Setup and choose the file again.",
        )
    session.delete(upload)
    return tuple(_read(column) for column in classes[place])


def _written(column: WaitingColumn) -> dict[str, Any]:
    return {
        "key": column.key,
        "title": column.title,
        "points": column.points,
        "scores": dict(column.scores),
        "graded_at": {key: moment.isoformat() for key, moment in column.graded_at.items()},
    }


def _read(column: Mapping[str, Any]) -> WaitingColumn:
    return WaitingColumn(
        key=column["key"],
        title=column["title"],
        points=column["points"],
        scores={int(key): score for key, score in column["scores"].items()},
        graded_at={
            int(key): datetime.fromisoformat(moment) for key, moment in column.get("graded_at", {}).items()
        },
    )
