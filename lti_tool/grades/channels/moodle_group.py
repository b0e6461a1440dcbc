"""Moodle: open an activity for exactly these students, by membership of the group that it is restricted to.

A teacher lets Waymark make the group, once for each activity, and restricts the activity by it in Moodle. From then on
a student who is added may open it at once, and one who is taken out may not (recorded from a Moodle 5.1). Sources:
`moodle_activity`, and for the functions github.com/moodle/moodle, `public/group/externallib.php`.

Unconfirmed on a real site: that an account that may manage groups, but lacks moodle/course:viewhiddengroups, is not
told our groups at all. Then nothing is written, and making the group says so.

Whoever a teacher put into the group is not ours and stays. A membership has no sign of who made it: after a try whose
answer was lost, a student who is there counts as added by us, since that was noted right before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from lti_tool.errors import PlatformRefused
from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, StepColumn, Student, Trace
from lti_tool.grades.channels.moodle_activity import (
    Activity,
    Group,
    read_activities,
    read_groups,
    read_members,
)
from lti_tool.grades.channels.refusals import moodle_group_refusals, moodle_refusals, refused_effect
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product, column_key
from lti_tool.grades.native_apis.moodle_calls import MoodleCourse, is_user_id, student_report
from lti_tool.grades.native_apis.moodle_functions import MoodleFunction
from lti_tool.grades.native_apis.moodle_reports import activity_of_item
from lti_tool.grades.native_apis.native_api import Access

logger = structlog.get_logger(__name__)

_RIGHT = "moodle/course:managegroups"
_NATIVE = column_key(Product.MOODLE, number="-").removesuffix("-")
_NEEDED = frozenset(
    {
        MoodleFunction.GRADE_ITEMS,
        MoodleFunction.COURSE_CONTENTS,
        MoodleFunction.COURSE_GROUPS,
        MoodleFunction.GROUP_MEMBERS,
        MoodleFunction.CREATE_GROUPS,
        MoodleFunction.ADD_GROUP_MEMBERS,
        MoodleFunction.DELETE_GROUP_MEMBERS,
    }
)
_NOT_REMOVABLE = "errorremovenotpermitted"
_GONE = frozenset({"invalidrecord", "invalidrecordunknown"})


class MoodleGroup:
    """See `PreparedChannel`."""

    name = "moodle_group"
    product = Product.MOODLE
    needs_column = True
    can_be_undone = True
    needs: frozenset[str] = _NEEDED
    harmless_to_repeat = True

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`."""
        look = _Look(_course(access)) if any(step.column for _student, step in steps) else None
        return tuple(
            look.line(student, step.column) if look and step.column else Line(student.key, Effect.NO_COLUMN)
            for student, step in steps
        )

    def prepare(self, access: Access, student: Student, column: StepColumn) -> None:
        """See `PreparedChannel`."""
        look = _Look(_course(access))
        activity = look.activity(student, column)
        if activity is None:
            raise refused_effect(Effect.COLUMN_GONE)
        if activity.group_of(look.groups) is None:
            course = MoodleCourse(access, _NEEDED, moodle_group_refusals(_RIGHT))
            course.ask(MoodleFunction.CREATE_GROUPS, groups=[activity.new_group(course.number)])

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        if step.column is None:
            return Effect.NO_COLUMN
        if not is_user_id(student.user_id):
            raise refused_effect(Effect.NOT_IN_COURSE)
        look = _Look(_course(access))
        activity = look.activity(student, step.column)
        if activity is None:
            raise refused_effect(Effect.COLUMN_GONE)
        effect, group = look.effect(student, activity)
        if effect in {Effect.NOT_PUBLISHED, Effect.NOT_RESTRICTED}:
            raise refused_effect(effect)
        if effect is not Effect.WRITTEN or group is None:
            return effect
        before({"group": group.number, "student": student.user_id})
        look.course.ask(
            MoodleFunction.ADD_GROUP_MEMBERS, members=[{"groupid": group.number, "userid": student.user_id}]
        )
        return Effect.WRITTEN

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        look = _Look(_course(access))
        return trace["student"] in look.members(look.group_numbered(trace["group"]))

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`."""
        look = _Look(_course(access))
        group = look.group_numbered(trace["group"])
        if group is not None and trace["student"] not in look.members(group):
            return Effect.TAKEN_BACK
        if group is not None and not group.is_ours:
            logger.info("moodle.group_is_the_teachers", group=group.number)
            return Effect.LEFT
        before()
        try:  # a group that is not listed was deleted, or is hidden from the account by now
            look.course.ask(
                MoodleFunction.DELETE_GROUP_MEMBERS,
                members=[{"groupid": trace["group"], "userid": trace["student"]}],
            )
        except PlatformRefused as refusal:
            if refusal.detail == _NOT_REMOVABLE:
                return Effect.LEFT
            if refusal.detail not in _GONE:
                raise
        return Effect.TAKEN_BACK


@dataclass(slots=True)
class _Look:
    """One look at the course: each thing is read once, when it is first needed."""

    course: MoodleCourse
    _activities: list[Activity] | None = None
    _groups: list[Group] | None = None
    _members: dict[str, frozenset[str]] = field(default_factory=dict)
    _found: dict[str, Activity] = field(default_factory=dict)

    @property
    def activities(self) -> list[Activity]:
        if self._activities is None:
            options = [{"name": "excludecontents", "value": "1"}]
            self._activities = read_activities(
                self.course.ask(MoodleFunction.COURSE_CONTENTS, courseid=self.course.number, options=options)
            )
        return self._activities

    @property
    def groups(self) -> list[Group]:
        if self._groups is None:
            self._groups = read_groups(
                self.course.ask(MoodleFunction.COURSE_GROUPS, courseid=self.course.number)
            )
        return self._groups

    def group_numbered(self, number: str) -> Group | None:
        return next((group for group in self.groups if group.number == number), None)

    def members(self, group: Group | None) -> frozenset[str]:
        if group is None:
            return frozenset()
        if group.number not in self._members:
            document = self.course.ask(MoodleFunction.GROUP_MEMBERS, groupids=[group.number])
            self._members[group.number] = read_members(document, group=group.number)
        return self._members[group.number]

    def activity(self, student: Student, column: StepColumn) -> Activity | None:
        """The activity of a column: by its grade item, by the link it was made for, or the only one so called."""
        if column.key not in self._found:
            matches = self._matches(student, column)
            if len(matches) != 1:
                return None
            self._found[column.key] = matches[0]
        return self._found[column.key]

    def effect(self, student: Student, activity: Activity) -> tuple[Effect, Group | None]:
        group = activity.group_of(self.groups)
        return activity.effect_for(student.user_id, group, self.members(group)), group

    def line(self, student: Student, column: StepColumn) -> Line:
        """The line of a dry run; `where` names the group, where there is one."""
        if not is_user_id(student.user_id):
            return Line(student.key, Effect.NOT_IN_COURSE, column.title)
        try:
            activity = self.activity(student, column)
        except PlatformRefused as refusal:
            if refusal.code != f"channel.{Effect.NOT_IN_COURSE}":
                raise
            return Line(student.key, Effect.NOT_IN_COURSE, column.title)
        if activity is None:
            return Line(student.key, Effect.COLUMN_GONE, column.title)
        effect, group = self.effect(student, activity)
        can_prepare = group is None and effect is not Effect.NOT_PUBLISHED
        return Line(
            student.key, effect, activity.group_name if group else activity.title, can_prepare=can_prepare
        )

    def _matches(self, student: Student, column: StepColumn) -> list[Activity]:
        if column.key.startswith(_NATIVE):
            number = self._number_of_item(student, column.key.removeprefix(_NATIVE))
            return [activity for activity in self.activities if activity.number == number]
        link = ("lti", column.resource_link_id)
        linked = [activity for activity in self.activities if activity.module == link]
        return linked or [activity for activity in self.activities if activity.title == column.title]

    def _number_of_item(self, student: Student, item: str) -> str:
        report = student_report(self.course, student.user_id)
        if report is None:
            raise refused_effect(Effect.NOT_IN_COURSE)
        try:
            return activity_of_item(report, item=item, course=self.course.number)
        except ValueError:
            raise unreadable_answer(status=200) from None


def _course(access: Access) -> MoodleCourse:
    return MoodleCourse(access, _NEEDED, moodle_refusals(_RIGHT))
