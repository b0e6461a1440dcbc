"""Approved steps against a small Moodle: activities open for exactly whom they should, messages go out once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lti_tool.db import Database
from lti_tool.errors import PlatformError
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.channels.moodle_activity import read_activities, read_groups, read_members
from lti_tool.grades.native_apis.moodle_calls import MoodleCourse
from lti_tool.grades.native_apis.moodle_functions import MoodleFunction
from lti_tool.models.gradebook import Delivery
from tests.grades.native_apis.moodle_school import GROUPS, HIDDEN_GROUPS, MESSAGES, MoodleSchool
from tests.grades.strict_platform import answer
from tests.usecases.moodle_desk import MoodleDesk, open_moodle_desk
from tests.usecases.step_desk import a_step, known

GROUP, MESSAGE = "moodle_group", "moodle_message"
RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "grades/samples/moodle-5.1/channels.json").read_text(encoding="utf-8")
)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[MoodleDesk]:
    database = Database(sqlite_url)
    with open_moodle_desk(database) as desk:
        yield desk
    database.close()


def preview(desk: MoodleDesk, channel: str, activity: int, *user_ids: str) -> list[tuple[Effect, str, bool]]:
    steps = [(desk.student(user_id), a_step(activity, product="moodle")) for user_id in user_ids]
    lines = known(channel).describe(desk.access(), steps)
    return [(line.effect, line.where, line.can_prepare) for line in lines]


def test_an_activity_opens_for_exactly_this_student_and_closes_again(desk: MoodleDesk) -> None:
    desk.open_by_group(201)
    desk.want(GROUP, "5", 201)
    assert desk.deliver() == {Delivery.DELIVERED: 1}
    assert [desk.moodle.may_open(user, 201) for user in (5, 6)] == [True, False]
    desk.want(GROUP, "5", None)
    desk.deliver()
    assert not desk.moodle.may_open(5, 201)
    assert (desk.row().effect, desk.row().in_place) == (Effect.TAKEN_BACK, None)


def test_the_group_tells_nothing_of_a_person_and_hides_who_is_in_it(desk: MoodleDesk) -> None:
    desk.make_group(201)
    desk.make_group(201)  # once is enough
    [group] = desk.moodle.groups.values()
    assert (group["name"], group["idnumber"]) == ("Next step: Activity 201 (201)", "waymark-201")
    assert (group["visibility"], group["participation"]) == (3, False)


def test_the_dry_run_says_what_is_to_be_done_once(desk: MoodleDesk) -> None:
    has_it = [(Effect.HAS_IT, "Activity 201", True)]
    assert preview(desk, GROUP, 201, "5") == has_it
    desk.moodle.restrict(201, {"type": "date", "d": ">=", "t": 1795317337})
    assert preview(desk, GROUP, 201, "5") == [(Effect.RESTRICTED, "Activity 201", True)]
    desk.make_group(201)
    name = "Next step: Activity 201 (201)"
    assert preview(desk, GROUP, 201, "5") == [(Effect.NOT_RESTRICTED, name, False)]
    desk.moodle.restrict_by_our_group(201)
    desk.moodle.members[desk.moodle.group_for(201)].add(6)
    assert preview(desk, GROUP, 201, "5", "6") == [
        (Effect.WRITTEN, name, False),
        (Effect.HAS_IT, name, False),
    ]
    desk.moodle.modules[201]["visible"] = 0
    assert preview(desk, GROUP, 201, "5") == [(Effect.NOT_PUBLISHED, name, False)]
    del desk.moodle.modules[201]
    assert preview(desk, GROUP, 201, "5") == [(Effect.COLUMN_GONE, "Activity 201", False)]
    assert not desk.moodle.calls("core_group_add_group_members")


def test_without_a_group_of_ours_nothing_is_written(desk: MoodleDesk) -> None:
    desk.moodle.restrict(202, {"type": "group", "id": 1})
    desk.want(GROUP, "5", 201)
    desk.want(GROUP, "6", 202)
    desk.deliver()
    assert [row.effect for row in desk.rows()] == [Effect.HAS_IT, Effect.RESTRICTED]
    assert desk.moodle.groups == {}


@pytest.mark.parametrize("operator", ["!&", "!|"])
def test_a_group_that_is_kept_out_does_not_open_it(desk: MoodleDesk, operator: str) -> None:
    group = desk.open_by_group(201)
    desk.moodle.restrict(201, {"type": "group", "id": group}, operator=operator)
    desk.want(GROUP, "5", 201)
    assert desk.deliver() == {Delivery.ATTENTION: 1}
    assert (desk.row().problem_code, desk.moodle.members[group]) == ("channel.not_restricted", set())
    inner = {"op": operator, "c": [{"type": "group", "id": group}], "show": True}
    desk.moodle.restrict(201, inner, operator=operator)  # not so that not
    desk.clock.now += timedelta(days=1, minutes=1)
    desk.deliver()
    assert desk.moodle.members[group] == {5}


def test_whom_a_teacher_put_into_the_group_stays_there(desk: MoodleDesk) -> None:
    group = desk.open_by_group(201)
    desk.moodle.members[group].add(5)
    desk.want(GROUP, "5", 201)
    desk.want(GROUP, "6", 201)
    desk.deliver()
    assert [row.effect for row in desk.rows()] == [Effect.HAS_IT, Effect.WRITTEN]
    for user_id in ("5", "6"):
        desk.want(GROUP, user_id, None)
    desk.deliver()
    assert desk.moodle.members[group] == {5}


def test_a_group_that_the_teacher_made_their_own_is_left_alone(desk: MoodleDesk) -> None:
    group = desk.open_by_group(201)
    desk.want(GROUP, "5", 201)
    desk.deliver()
    desk.moodle.groups[group]["idnumber"] = "mine"
    desk.want(GROUP, "5", None)
    desk.deliver()
    assert (desk.row().effect, desk.moodle.members[group]) == (Effect.LEFT, {5})


def test_a_student_is_taken_out_of_a_group_that_the_account_cannot_see_any_more(desk: MoodleDesk) -> None:
    group = desk.open_by_group(201)
    desk.want(GROUP, "5", 201)
    desk.want(GROUP, "6", 201)
    desk.deliver()
    desk.moodle.rights.discard(HIDDEN_GROUPS)
    desk.want(GROUP, "5", None)
    desk.deliver()
    assert desk.moodle.members[group] == {6}
    del desk.moodle.groups[group]
    desk.want(GROUP, "6", None)
    desk.deliver()
    assert [row.effect for row in desk.rows()] == [Effect.TAKEN_BACK, Effect.TAKEN_BACK]


@pytest.mark.parametrize("kind", ["lost", "cut"])
def test_a_lost_answer_is_looked_for_and_can_be_taken_back(desk: MoodleDesk, kind: str) -> None:
    group = desk.open_by_group(201)
    desk.moodle.fail(kind, function="add_group_members")
    desk.want(GROUP, "5", 201)
    assert desk.deliver() == {Delivery.PENDING: 1}
    desk.deliver_until_quiet()
    assert (desk.moodle.members[group], desk.row().effect) == ({5}, Effect.WRITTEN)
    desk.moodle.fail(kind, function="delete_group_members")
    desk.want(GROUP, "5", None)
    desk.deliver_until_quiet()
    assert desk.moodle.members[group] == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda moodle: moodle.rights.discard(GROUPS), "channel.not_permitted"),
        (lambda moodle: moodle.functions.discard("core_group_add_group_members"), "native.not_permitted"),
        (lambda moodle: setattr(moodle, "tells_availability", False), "channel.visibility_hidden"),
        (lambda moodle: moodle.students.pop(0), "channel.not_in_course"),
        (lambda moodle: moodle.modules.pop(201), "channel.column_gone"),
        (lambda moodle: moodle.modules[201].update(visible=0), "channel.not_published"),
        (lambda moodle: setattr(moodle, "token", "another"), "native.token_refused"),
    ],
)
def test_what_a_person_must_change_waits_visibly(
    desk: MoodleDesk, change: Callable[[MoodleSchool], object], code: str
) -> None:
    group = desk.open_by_group(201)
    change(desk.moodle)
    desk.want(GROUP, "5", 201)
    assert desk.deliver() == {Delivery.ATTENTION: 1}
    assert (desk.row().problem_code, desk.moodle.members[group]) == (code, set())
    assert desk.row().problem_message
    assert "{" not in (desk.row().problem_message or "")


def test_a_group_that_the_account_cannot_see_is_not_made_twice(desk: MoodleDesk) -> None:
    desk.make_group(201)
    desk.moodle.rights.discard(HIDDEN_GROUPS)
    with pytest.raises(PlatformError, match="viewhiddengroups"):
        desk.make_group(201)
    assert len(desk.moodle.groups) == 1


def test_an_activity_is_found_by_its_link_or_by_its_title(desk: MoodleDesk) -> None:
    desk.moodle.add_module(203, "Check", modname="lti", instance=16)
    desk.moodle.add_module(204, "Check", modname="lti", instance=17)
    address = f"{desk.moodle.root}/mod/lti/services.php/2/lineitems/7/lineitem"
    for link, title, found in [("16", "Check", "203"), ("", "Activity 202", "202"), ("", "Check", "")]:
        step = a_step(201, product="moodle").from_mapping(
            {
                **a_step(201).to_mapping(),
                "column": {"key": address, "title": title, "resource_link_id": link},
            }
        )
        [line] = known(GROUP).describe(desk.access(), [(desk.student("5"), step)])
        assert line.effect == (Effect.HAS_IT if found else Effect.COLUMN_GONE)


def test_a_message_goes_out_once_with_what_to_do(desk: MoodleDesk) -> None:
    assert preview(desk, MESSAGE, 201, "5") == [(Effect.WRITTEN, "Your next step: Activity 201", False)]
    desk.want(MESSAGE, "5", 201)
    desk.deliver()
    [message] = desk.moodle.messages
    assert (message["useridto"], message["smallmessage"].splitlines()[0]) == (
        5,
        "Next: Activity 201 (10 min).",
    )
    for wanted in (None, 201):
        desk.want(MESSAGE, "5", wanted)
        desk.deliver()
    assert len(desk.moodle.messages) == 1
    desk.want(MESSAGE, "5", 201, proposal=2)
    desk.deliver()
    assert len(desk.moodle.messages) == 2


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize(("kind", "sent_at_first"), [("lost", 1), ("cut", 0)])
def test_a_message_whose_answer_was_lost_is_looked_for_before_another_try(
    desk: MoodleDesk, kind: str, sent_at_first: int, is_read: bool
) -> None:
    desk.want(MESSAGE, "5", 201, proposal=7)
    desk.deliver()
    desk.clock.now += timedelta(days=3)
    desk.moodle.fail(kind, function="send_instant")
    desk.want(MESSAGE, "5", 201, proposal=8)  # the same words as before
    assert desk.deliver() == {Delivery.PENDING: 1}
    assert len(desk.moodle.messages) == 1 + sent_at_first
    for message in desk.moodle.messages:
        message["is_read"] = is_read
    desk.deliver_until_quiet()
    assert len(desk.moodle.messages) == 2


def test_the_functions_that_a_service_has_to_permit_are_those_that_are_called(desk: MoodleDesk) -> None:
    def called() -> set[str]:
        functions = {request.form["wsfunction"] for request in desk.moodle.received}
        desk.moodle.received.clear()
        return functions

    desk.open_by_group(201)
    desk.want(GROUP, "5", 201)
    desk.deliver()
    desk.want(GROUP, "5", None)
    desk.deliver()
    assert called() == known(GROUP).needs
    desk.moodle.fail("lost", function="send_instant")
    desk.want(MESSAGE, "5", 201)
    desk.deliver_until_quiet()
    assert called() == known(MESSAGE).needs
    with pytest.raises(ValueError, match="not listed"):
        MoodleCourse(desk.access()).ask(MoodleFunction.CREATE_GROUPS)
    assert called() == set()


def test_messages_are_looked_for_on_all_pages(desk: MoodleDesk) -> None:
    desk.moodle.fail("lost", function="send_instant")
    desk.want(MESSAGE, "5", 201)
    desk.deliver()
    [sent] = desk.moodle.messages
    desk.moodle.messages += [{**sent, "text": "<p>Hello</p>", "smallmessage": "Hello"}] * 150
    desk.deliver_until_quiet()
    assert desk.moodle.calls("core_message_send_instant_messages") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda moodle: moodle.unwilling.add(5), "channel.refused"),
        (lambda moodle: moodle.rights.discard(MESSAGES), "channel.not_permitted"),
    ],
)
def test_a_message_that_is_not_taken_waits_for_a_person(
    desk: MoodleDesk, change: Callable[[MoodleSchool], object], code: str
) -> None:
    change(desk.moodle)
    desk.want(MESSAGE, "5", 201)
    desk.deliver()
    assert (desk.row().state, desk.row().problem_code) == (Delivery.ATTENTION, code)
    assert desk.moodle.messages == []


@pytest.mark.parametrize("text", ["null", '[{"modules": [1]}]'])
@pytest.mark.parametrize(
    ("channel", "function"),
    [(GROUP, "get_contents"), (GROUP, "course_groups"), (GROUP, "group_members"), (MESSAGE, "send_instant")],
)
def test_an_answer_of_another_shape_changes_nothing_and_is_asked_for_again(
    desk: MoodleDesk, channel: str, function: str, text: str
) -> None:
    group = desk.open_by_group(201)
    desk.moodle.fail(answer(200, text), function=function)
    desk.want(channel, "5", 201)
    assert desk.deliver() == {Delivery.PENDING: 1}
    assert desk.row().problem_code == "platform.answer_unreadable"
    assert (desk.moodle.members[group], desk.moodle.messages) == (set(), [])


def test_the_recorded_answers_are_understood() -> None:
    activities = read_activities(RECORDED["course_contents"]["response"])
    assert [(activity.title, activity.module, activity.restriction) for activity in activities[:2]] == [
        ("Lesson 1: sample spaces", ("page", "1"), None),
        ("Homework 1", ("assign", "1"), None),
    ]
    groups = read_groups(RECORDED["groups_in_course"]["response"])
    assert [(group.number, group.id_number, group.is_ours) for group in groups] == [
        ("1", "SEC-A", False),
        ("2", "SEC-B", False),
    ]
    assert read_members(RECORDED["group_members"]["response"], group="2") == {"7"}
    assert RECORDED["group_add_member"]["response"] is None


@pytest.mark.parametrize(
    ("name", "state"),
    [("send_message", Delivery.PENDING), ("send_message_unknown_user_only", Delivery.ATTENTION)],
)
def test_the_recorded_answers_to_a_message_are_understood(
    desk: MoodleDesk, name: str, state: Delivery
) -> None:
    """The first is about another message than ours."""
    desk.moodle.fail(answer(200, json.dumps(RECORDED[name]["response"])), function="send_instant")
    desk.want(MESSAGE, "5", 201)
    assert desk.deliver() == {state: 1}
