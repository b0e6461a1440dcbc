"""What the demo LMS needs to know before it can start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.demo_lms.course import Course


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLmsSettings:
    """Settings of one demo LMS.

    `address` is where browsers and tools reach it, without a slash at the end; it is also the issuer. `course` gives the
    course that an empty database is filled with (default: the sample course).
    """

    address: str
    database: Path
    profile: str = "strict"
    now: Callable[[], datetime] = utc_now
    course: "Callable[[datetime], Course] | None" = None
