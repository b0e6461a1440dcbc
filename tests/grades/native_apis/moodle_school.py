"""The small Moodle with activities that can be restricted, groups and messages, besides its gradebook.

It answers as a recorded Moodle 5.1 did (`tests/grades/samples/moodle-5.1/channels.json`), and, for what was not
recorded, as the source says (github.com/moodle/moodle, `course/externallib.php`, `group/externallib.php`,
`message/externallib.php`). Requests fail with `fail`.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from tests.grades.native_apis.moodle_server import FUNCTION, TEACHER, Moodle, json_answer, refused
from tests.grades.strict_platform import Fault

GROUPS, HIDDEN_GROUPS, MESSAGES = (
    "moodle/course:managegroups",
    "moodle/course:viewhiddengroups",
    "moodle/site:sendmessage",
)
ACCOUNT = 8
FUNCTIONS = frozenset(
    {
        FUNCTION,
        "core_course_get_contents",
        "core_group_get_course_groups",
        "core_group_get_group_members",
        "core_group_create_groups",
        "core_group_add_group_members",
        "core_group_delete_group_members",
        "core_message_send_instant_messages",
        "core_message_get_messages",
        "core_webservice_get_site_info",
    }
)


@dataclass
class MoodleSchool(Moodle):
    """`modules` are the activities by their numbers; `unwilling` take no messages."""

    functions: set[str] = field(default_factory=lambda: set(FUNCTIONS))
    rights: set[str] = field(default_factory=lambda: {*TEACHER, GROUPS, HIDDEN_GROUPS, MESSAGES})
    tells_availability: bool = True
    modules: dict[int, dict[str, Any]] = field(default_factory=dict)
    groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    unwilling: set[int] = field(default_factory=set)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    faults: list[Fault] = field(default_factory=list)
    _numbers: int = 5

    # -- what tests do -------------------------------------------------------------------------------

    def add_module(self, number: int, name: str, *conditions: dict[str, Any], **members: Any) -> None:
        self.modules[number] = {
            "id": number,
            "name": name,
            "modname": "assign",
            "instance": number - 100,
            "visible": 1,
            "uservisible": True,
            "visibleoncoursepage": 1,
            "availability": None,
            **members,
        }
        self.restrict(number, *conditions)

    def restrict(self, number: int, *conditions: dict[str, Any], operator: str = "&") -> None:
        """What a teacher sets under Restrict access."""
        shown = {"showc": [True] * len(conditions)} if operator in {"&", "!|"} else {"show": True}
        tree = json.dumps({"op": operator, "c": list(conditions), **shown})
        self.modules[number]["availability"] = tree if conditions else None

    def group_for(self, number: int) -> int:
        """The group of ours for an activity; 0 where there is none."""
        found = [group for group, row in self.groups.items() if row["idnumber"] == f"waymark-{number}"]
        return found[0] if found else 0

    def restrict_by_our_group(self, number: int) -> None:
        self.restrict(number, {"type": "group", "id": self.group_for(number)})

    def may_open(self, user: int, number: int) -> bool:
        """Whether Moodle lets a student open an activity; for restrictions by groups that must all be met."""
        said = self.modules[number]["availability"]
        asked = json.loads(said)["c"] if said else []
        return all(user in self.members.get(condition.get("id", 0), set()) for condition in asked)

    def fail(self, kind: str | Response, *, function: str = "", times: int = 1) -> None:
        """Let the next calls of functions whose name contains `function` be answered so.

        "cut": not at all, and nothing is done; "lost": it is done, but the answer does not arrive.
        """
        self.faults.append(Fault(kind, lambda request: function in request.form.get("wsfunction", ""), times))

    def calls(self, function: str) -> int:
        return sum(request.form.get("wsfunction") == function for request in self.received)

    # -- HTTP ----------------------------------------------------------------------------------------

    def _respond(self, request: Request) -> Any:
        fault = next((fault for fault in self.faults if fault.matches(request)), None)
        if fault is None:
            return super()._respond(request)
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        if not isinstance(fault.kind, str):
            return fault.kind
        if fault.kind == "lost":
            self._answer(request)
        return _cut

    def _call(self, form: MultiDict[str, str]) -> Response:
        """The answer to a function that may be called."""
        course = form.get("courseid", str(self.course))
        if course != str(self.course):
            return refused("invalidrecord", "dml_missing_record_exception")
        if not self.enrolled:
            return refused("errorcoursecontextnotvalid")
        function = form["wsfunction"]
        if function.startswith("core_group") and GROUPS not in self.rights:
            return refused("nopermissions", "core\\exception\\required_capability_exception")
        if function.startswith("core_message_send") and MESSAGES not in self.rights:
            return refused("nopermissions", "core\\exception\\required_capability_exception")
        own: dict[str, Callable[[MultiDict[str, str]], Response]] = {
            "core_course_get_contents": self._contents,
            "core_group_get_course_groups": lambda _form: json_answer(self._seen_groups()),
            "core_group_get_group_members": self._group_members,
            "core_group_create_groups": self._create,
            "core_group_add_group_members": lambda form: self._change(form, add=True),
            "core_group_delete_group_members": lambda form: self._change(form, add=False),
            "core_message_send_instant_messages": self._send,
            "core_message_get_messages": self._messages,
            "core_webservice_get_site_info": lambda _form: json_answer(
                {
                    "userid": ACCOUNT,
                    "username": "ws",
                    "functions": [{"name": name, "version": "2025100600.02"} for name in self.functions],
                }
            ),
        }
        return own[function](form) if function in own else super()._call(form)

    def _contents(self, form: MultiDict[str, str]) -> Response:
        hidden = () if self.tells_availability else ("availability",)
        told = [
            {name: value for name, value in module.items() if name not in hidden}
            for module in self.modules.values()
        ]
        return json_answer([{"id": 1, "section": 0, "modules": []}, {"id": 2, "section": 1, "modules": told}])

    def _seen_groups(self) -> list[dict[str, Any]]:
        sees_all = HIDDEN_GROUPS in self.rights
        return [group for group in self.groups.values() if sees_all or group["visibility"] == 0]

    def _group_members(self, form: MultiDict[str, str]) -> Response:
        number = int(form["groupids[0]"])
        if number not in self.groups:
            return refused("invalidrecord", "dml_missing_record_exception")
        return json_answer([{"groupid": number, "userids": sorted(self.members[number])}])

    def _create(self, form: MultiDict[str, str]) -> Response:
        group = parts(form, "groups")[0]
        used = {(row["name"]) for row in self.groups.values()} | {
            row["idnumber"] for row in self.groups.values()
        }
        if {group["name"], group["idnumber"]} & used:
            return refused("invalidparameter", "core\\exception\\invalid_parameter_exception")
        self._numbers += 1
        self.groups[self._numbers] = {
            "id": self._numbers,
            "courseid": self.course,
            "name": group["name"],
            "description": "",
            "descriptionformat": 1,
            "enrolmentkey": "",
            "idnumber": group["idnumber"],
            "visibility": int(group.get("visibility", 0)),
            "participation": group.get("participation", "1") == "1",
        }
        self.members[self._numbers] = set()
        return json_answer([self.groups[self._numbers]])

    def _change(self, form: MultiDict[str, str], *, add: bool) -> Response:
        [member] = parts(form, "members")
        group, user = int(member["groupid"]), int(member["userid"])
        if group not in self.groups:
            return refused("invalidrecord", "dml_missing_record_exception")
        if add and user not in {student.id for student in self.students}:
            return refused("invalidparameter", "core\\exception\\invalid_parameter_exception")
        (self.members[group].add if add else self.members[group].discard)(user)
        return json_answer(None)

    def _send(self, form: MultiDict[str, str]) -> Response:
        [message] = parts(form, "messages")
        to = int(message["touserid"])
        if to in self.unwilling or to not in {student.id for student in self.students}:
            said = {"msgid": -1, "clientmsgid": message["clientmsgid"], "errormessage": f"About {to}."}
            return json_answer([{**said, "candeletemessagesforallusers": False}])
        assert message["textformat"] == "2"
        text = escape(message["text"], quote=False).replace("\n", "<br />\n")
        kept = {
            "id": len(self.messages) + 1,
            "useridfrom": ACCOUNT,
            "useridto": to,
            "text": f"<p>{text}</p>",
            "smallmessage": message["text"],
            "timecreated": int(self.clock().timestamp()),
            "is_read": False,
        }
        self.messages.append(kept)
        told = {"msgid": kept["id"], "clientmsgid": message["clientmsgid"], "text": kept["text"]}
        return json_answer([{**told, "timecreated": kept["timecreated"], "useridfrom": ACCOUNT}])

    def _messages(self, form: MultiDict[str, str]) -> Response:
        found = [
            message
            for message in reversed(self.messages)
            if (str(message["useridto"]), str(message["useridfrom"]))
            == (form["useridto"], form["useridfrom"])
            and message["is_read"] is (form["read"] == "1")
        ]
        start, size = int(form["limitfrom"]), int(form["limitnum"])
        return json_answer({"messages": found[start : start + size], "warnings": []})


def _cut(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
    """In place of an answer: the connection ends."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return []


def parts(form: MultiDict[str, str], name: str) -> list[dict[str, str]]:
    """The objects of a list in a form, as PHP reads `name[0][key]`."""
    found: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        if match := re.fullmatch(rf"{name}\[(\d+)\]\[(\w+)\]", key):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[place] for place in sorted(found)]
