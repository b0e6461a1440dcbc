"""What all worker processes together must know: how fast each platform may be called, and who does what when."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base
from lti_tool.models.columns import Moment


class Lane(Base):
    """How one registration's platform is doing, as all worker processes see it; the rules are in `grades.lanes`.

    `under_way` maps the tokens of slots that are held, "worker process.use.random", to the POSIX times at which they
    count as over; `waiting` maps the uses for which somebody found no room to the times until which that counts.
    `careful` asks for one call at a time: nothing was accepted since something went wrong. `failed` names the latest tries that
    failed in a row. Nobody calls before `not_before`, because of failures or because the platform asked for it, which
    holds until `asked_until`. `rate` (in calls per second, as of `rate_set_at`) spaces calls; the next is due at `free_from`.
    """

    __tablename__ = "lanes"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    under_way: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    waiting: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    careful: Mapped[bool] = mapped_column(Boolean, default=False)
    failed: Mapped[list[str]] = mapped_column(JSON, default=list)
    last_success_at: Mapped[Moment | None]
    not_before: Mapped[Moment]
    asked_until: Mapped[Moment]
    rate: Mapped[float] = mapped_column(Float)
    rate_set_at: Mapped[Moment]
    free_from: Mapped[Moment]


class Turn(Base):
    """When something that comes round by the clock was last begun, by whichever worker process took the turn."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    taken_at: Mapped[Moment]


class WorkerProcess(Base):
    """The latest sign of life of a worker process, by the database's clock: those of machines may differ."""

    __tablename__ = "worker_processes"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    seen_at: Mapped[Moment]
