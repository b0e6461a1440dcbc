"""The skill map that a course works with: read, suggested from the samples, adopted."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import LineItem
from lti_tool.models.learning import AdoptedSkillMap, SkillMapDraft
from lti_tool.pathways.checks import Check, CheckError, read_checks
from lti_tool.pathways.problems import Problem
from lti_tool.pathways.skill_map import SkillMap, SkillMapError, read_skill_map
from lti_tool.pathways.wording import N_
from lti_tool.prepared import Prepared

_adopted = AdoptedSkillMap.__table__
_IS_SET_UP = Prepared(select(_adopted.c.id).where(_adopted.c.context_id == bindparam("context_key")).limit(1))
_FILES = ("skills.toml", "activities.toml", "checks.toml")
_KEPT_DOCUMENTS = 64
_SHOWN_PROBLEMS = 3
_parsed: dict[str, tuple[SkillMap, Mapping[str, Check]]] = {}


@dataclass(frozen=True, slots=True)
class AdoptedMap:
    """One version of a course's skill map, ready for the learning core."""

    version: int
    skill_map: SkillMap
    checks: Mapping[str, Check]


@dataclass(frozen=True, slots=True)
class Sample:
    """A skill map that ships with the tool, with its document as it will be stored."""

    id: str
    skill_map: SkillMap
    checks: Mapping[str, Check]
    document: Mapping[str, Any]


def is_set_up(connection: Connection, context_key: int | None) -> bool:
    """Whether a teacher has accepted a skill map in this course: cheap, because whole classes ask at once."""
    return _IS_SET_UP.first(connection, {"context_key": context_key}) is not None


def adopted_map(session: Session, context: Context) -> AdoptedMap | None:
    """The newest skill map of the course, or None before a teacher has accepted one."""
    row = newest_row(session, context)
    return None if row is None else read_adopted(row)


def read_adopted(row: AdoptedSkillMap) -> AdoptedMap:
    """A stored version, ready for the learning core."""
    return AdoptedMap(row.version, *parse_stored(row))


def parse_stored(row: AdoptedSkillMap | SkillMapDraft) -> tuple[SkillMap, Mapping[str, Check]]:
    """The map and the checks of a stored document.

    A digest stands for one document for ever, so what was parsed before is neither loaded nor parsed again.
    """
    parsed = _parsed.get(row.digest)
    if parsed is None:
        if len(_parsed) >= _KEPT_DOCUMENTS:
            _parsed.clear()
        parsed = _parsed[row.digest] = parse(row.document)
    return parsed


def required_map(session: Session, context: Context) -> AdoptedMap:
    """The course's skill map. Raises Fixable `course.not_set_up` when there is none yet."""
    found = adopted_map(session, context)
    if found is None:
        raise Fixable(
            "course.not_set_up",
            N_(
                "This course is not set up in Waymark yet. A teacher of the course does that once, on the page Setup."
            ),
            status=409,
        )
    return found


def read_samples(folder: Path) -> tuple[Sample, ...]:
    """Every sample in `folder`, one sub-folder each.

    Raises Fixable `skill_map.unreadable`, naming the file and everything that is wrong in it.
    """
    return tuple(read_sample(path) for path in sorted(folder.iterdir()) if (path / _FILES[0]).is_file())


def read_sample(path: Path) -> Sample:
    """The sample in a sub-folder. Raises Fixable `skill_map.unreadable`."""
    return _read_sample(path, tuple(_state(path / name) for name in _FILES))


def adopt(
    session: Session,
    *,
    context: Context,
    sample: Sample,
    tags: Mapping[int, str | None],
    teacher: Person | None,
    now: datetime,
) -> AdoptedMap:
    """Make `sample` the course's skill map and tag its columns, see `tag_columns`; or change nothing."""
    tag_columns(session, context=context, skill_map=sample.skill_map, tags=tags)
    return put_to_use(session, context=context, document=sample.document, teacher=teacher, now=now)


def tag_columns(
    session: Session, *, context: Context, skill_map: SkillMap, tags: Mapping[int, str | None]
) -> None:
    """Say which column is which activity; `tags` maps column keys to activity ids.

    Raises Fixable `skill_map.unknown_activity` when a tag names no activity of the map, NotVisible
    `column.not_found` when a key is no column of this course; then nothing is changed.
    """
    unknown = sorted({tag for tag in tags.values() if tag and not skill_map.offers(tag)})
    if unknown:
        raise Fixable(
            "skill_map.unknown_activity",
            f"There is no activity called {unknown[0]} in this skill map. Choose one from the list.",
        )
    columns = session.scalars(select(LineItem).where(LineItem.context_id == context.id)).all()
    if not tags.keys() <= {column.id for column in columns}:
        raise NotVisible(
            "column.not_found",
            "One of these columns is not in this course. Open Setup again and choose there.",
        )
    for line_item in columns:
        if line_item.id in tags:
            line_item.activity_id = tags[line_item.id] or None
            line_item.left_out = line_item.activity_id is None
    session.flush()


def put_to_use(
    session: Session,
    *,
    context: Context,
    document: Mapping[str, Any],
    teacher: Person | None,
    now: datetime,
) -> AdoptedMap:
    """Make this the newest version of the course's skill map; the older ones stay."""
    newest = session.scalar(
        select(func.max(AdoptedSkillMap.version)).where(AdoptedSkillMap.context_id == context.id)
    )
    row = AdoptedSkillMap(
        context_id=context.id,
        version=(newest or 0) + 1,
        document=dict(document),
        digest=digest_of(document),
        adopted_by=teacher.id if teacher else None,
        adopted_at=now,
    )
    session.add(row)
    session.flush()
    return read_adopted(row)


def adopted_version(session: Session, context_key: int, version: int) -> AdoptedMap:
    """One version of the course's skill map, for what was begun or decided with it."""
    row = session.scalars(
        select(AdoptedSkillMap).where(
            AdoptedSkillMap.context_id == context_key, AdoptedSkillMap.version == version
        )
    ).one()
    return read_adopted(row)


def newest_row(session: Session, context: Context, *, version: int | None = None) -> AdoptedSkillMap | None:
    """The stored version that counts, or that of a number, with its document; None where there is none."""
    versions = select(AdoptedSkillMap).where(AdoptedSkillMap.context_id == context.id)
    if version is not None:
        versions = versions.where(AdoptedSkillMap.version == version)
    return session.scalars(versions.order_by(AdoptedSkillMap.version.desc()).limit(1)).first()


def _state(file: Path) -> tuple[int, int]:
    """What changes with a file, so that it is read again only then; an unreadable file is always read."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=32)
def _read_sample(path: Path, _states: tuple[tuple[int, int], ...]) -> Sample:
    document: dict[str, Any] = {}
    for name in _FILES:
        file = path / name
        try:
            document |= tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise _unreadable(file, error.strerror or "it cannot be opened") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _unreadable(file, str(error)) from error
    try:
        skill_map, checks = parse(document)
    except (SkillMapError, CheckError) as error:
        raise _unreadable(path, _first_of(error.problems)) from error
    return Sample(skill_map.id, skill_map, checks, document)


def parse(document: Mapping[str, Any]) -> tuple[SkillMap, Mapping[str, Check]]:
    """The map and the checks of a document. Raises SkillMapError or CheckError with all problems."""
    skill_map = read_skill_map(document)
    return skill_map, read_checks(document, skill_map)


def _first_of(problems: Sequence[Problem]) -> str:
    """The first few problems: whoever mends those finds the others at the next try."""
    shown = " ".join(map(str, problems[:_SHOWN_PROBLEMS]))
    more = len(problems) - _SHOWN_PROBLEMS
    return f"{shown} (And {more} more.)" if more > 0 else shown


def digest_of(document: Mapping[str, Any]) -> str:
    """What stands for one document."""
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _unreadable(path: Path, why: str) -> Fixable:
    return Fixable(
        "skill_map.unreadable",
        f"The skill map in {path.name} cannot be used: {why} Correct the file and open this page again; "
        "nothing was changed.",
        detail=str(path),
    )
