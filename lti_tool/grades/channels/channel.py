"""What each channel is to us, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access

# What the platform holds because of us, in the channel's own words; kept as JSON.
Trace = Mapping[str, str]


class Effect(StrEnum):
    """What bringing a step to a student would do, or did; and what taking it back did."""

    WRITTEN = "written"
    HAS_IT = "has_it"  # the teacher has given it already: there is nothing to do, and nothing to take back
    KEPT_OUT = "kept_out"  # the teacher has decided otherwise for this student
    NO_COLUMN = "no_column"  # the step is nothing that this LMS's gradebook has
    COLUMN_GONE = "column_gone"
    NOT_PUBLISHED = "not_published"
    RESTRICTED = "restricted"  # the teacher decides by other means who may open it
    NOT_RESTRICTED = "not_restricted"  # what was prepared is not yet asked for by the activity
    NOT_PREPARED = "not_prepared"  # nobody had made for the activity what it needs once
    NOT_IN_COURSE = "not_in_course"
    TAKEN_BACK = "taken_back"
    NOT_SAFE = "not_safe"  # something of the teacher's could be lost by the change
    LEFT_LAST = "left_last"  # taken from its last student, it would be everybody's
    LEFT = "left"  # it cannot be taken back, or the teacher has made it their own


@dataclass(frozen=True, slots=True)
class StepColumn:
    """The column of the step's activity, as it is known here: `key` is a `LineItem.url`."""

    key: str
    title: str
    resource_link_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """An approved step, in words for its student."""

    proposal: int
    activity: str
    title: str
    reason: str
    minutes: int | None = None
    column: StepColumn | None = None

    def is_same_as(self, other: Step) -> bool:
        """Whether both are one thing to do, approved once."""
        return (self.proposal, self.activity) == (other.proposal, other.activity)

    def to_mapping(self) -> dict[str, Any]:
        """As it is kept in `StepDelivery.wanted`."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, kept: Mapping[str, Any]) -> Step:
        """The step that `to_mapping` gave."""
        column = kept["column"]
        return cls(**{**kept, "column": StepColumn(**column) if column else None})


@dataclass(frozen=True, slots=True)
class Student:
    """Whom a step is for. `native_id` is the LMS's own id, empty where no reading has found it yet."""

    key: int
    user_id: str = field(repr=False)
    native_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dry run: what would happen for one student. `where` and `text` are exactly what is written.

    `can_prepare` where the activity needs something first that Waymark can make (`PreparedChannel`).
    """

    student: int
    effect: Effect
    where: str = ""
    text: str = ""
    can_prepare: bool = False


# Called right before the first request that changes something, with the trace that it is going to leave. Keeps the
# trace and makes sure that this is still our turn; raises PlatformUnavailable otherwise.
BeforeWriting = Callable[[Trace], None]


class Channel(Protocol):
    """One way to bring a step to a student.

    All methods that call the LMS raise PlatformRefused (its message says what to do) or PlatformUnavailable
    (another try is worth it). Nobody else writes through the same channel to the same course meanwhile.
    """

    name: str  # stable: it is kept, and pages have words for it
    product: Product  # whose API it uses
    needs_column: bool  # whether it is for steps only that have a column in the gradebook
    can_be_undone: bool
    needs: frozenset[str]  # functions that whoever runs the LMS permits one by one; see `NativeApi`
    harmless_to_repeat: bool  # else an answer that got lost is waited for, and looked for, before another try

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """What `put` would do with each of these, in their order. Changes nothing."""
        ...

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """Bring the step to the student. `trace` is what an unfinished try with the same step has left.

        Only after `Effect.WRITTEN` is there anything to take back.
        """
        ...

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """Whether the platform has the step because of us, after a try whose fate is not known."""
        ...

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """Take back what `trace` tells, and nothing else. Only for a channel that can be undone."""
        ...


@runtime_checkable
class PreparedChannel(Channel, Protocol):
    """A channel that only reaches activities for which a teacher had something made once."""

    def prepare(self, access: Access, student: Student, column: StepColumn) -> None:
        """Make what the activity needs, if it is not there yet. `student` is one whose step it is. Raises as all."""
        ...
