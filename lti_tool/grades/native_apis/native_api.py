"""What each of these APIs is to us, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lti_tool.errors import PlatformError
from lti_tool.grades.gradebooks.gradebook import Gradebook, Product
from lti_tool.grades.native_apis.outcomes import Outcomes
from lti_tool.http import OutboundSession


@dataclass(frozen=True, slots=True)
class CourseAddresses:
    """What launches told us of a course: its id there, and where its services are. All of it was signed."""

    issuer: str
    context_id: str
    memberships_url: str = ""
    line_items_url: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One course in an LMS's own API: the address that every path begins with, and the course's id there.

    `course` is empty where launches do not tell it; then a teacher has to say it.
    """

    product: Product
    root: str
    course: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Everything that is needed for calls about one course.

    `secret` belongs to `key` where the LMS's credentials have two parts; else `key` is empty. `clock` gives POSIX
    time.
    """

    place: Place
    secret: str = field(repr=False)
    outbound: OutboundSession
    clock: Callable[[], float]
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CoursePlace:
    """Where a column stands in its course: in which part of it, and where among all columns that stand somewhere."""

    module: str
    place: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A complete reading. `native_ids` maps user ids of launches (`sub`) to the LMS's own, as far as it was asked.

    `places` has the columns that stand somewhere in the course, by key; None where that was not read. `outcomes` is
    None where they were not asked for, and the error where they could not be read though the rest was.
    """

    gradebook: Gradebook
    native_ids: Mapping[str, str]
    places: Mapping[str, CoursePlace] | None = None
    outcomes: Outcomes | PlatformError | None = None


class NativeApi(Protocol):
    """The gradebook API of one LMS.

    All methods that call it raise PlatformRefused (the credential or the course is not accepted; its message says
    what to do) or PlatformUnavailable (another try is worth it), never anything of a library.
    """

    product: Product
    has_key: bool  # whether its credentials have two parts
    has_outcomes: bool  # whether outcomes can be read with the gradebook
    # Functions that whoever runs the LMS has to permit one by one: for reading, and for `permitted`. None where the
    # LMS has no such list.
    needs: frozenset[str]
    needs_for_test: frozenset[str]

    def offers(self, course: CourseAddresses) -> Place | None:
        """Where the API of this course is, or None when it is not an LMS of this kind. Calls nothing."""
        ...

    def read(
        self,
        access: Access,
        *,
        user_ids: Sequence[str],
        native_ids: Mapping[str, str],
        with_outcomes: bool = False,
    ) -> Reading:
        """The whole gradebook: all columns and all students, or an error; never a part.

        `user_ids` are the students as launches name them; `native_ids` is what an earlier reading gave back.
        Outcomes are read only where they are asked for and the API has them: they may need a right of their own.
        """
        ...

    def permitted(self, access: Access) -> frozenset[str]:
        """The functions that the credential may call, by the LMS's own word. Only for an API that has `needs`."""
        ...
