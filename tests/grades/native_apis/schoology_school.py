"""The small Schoology with assignments that are given to some, and messages, besides its gradebook.

It answers as the documentation says (developers.schoology.com, in the copy github.com/KTibow/schoology-docs-md), with
an empty list of assignees for everybody; no traffic was recorded. Requests fail with `fail`.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.grades.native_apis.schoology_server import Schoology, json_answer
from tests.grades.strict_platform import Fault

ACCOUNT = 45552


@dataclass
class SchoologySchool(Schoology):
    """`rights` are what the account of the key may change."""

    rights: set[str] = field(default_factory=lambda: {"assignments", "messages"})
    groups: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what tests do -------------------------------------------------------------------------------

    def assignment(self, number: int) -> dict[str, Any]:
        return next(item for item in self.items if item["id"] == number)

    def sees(self, enrollment: int, number: int) -> bool:
        """Whether Schoology shows an assignment to a student."""
        item = self.assignment(number)
        in_groups = {
            one
            for group in self.groups
            if group["id"] in item["grading_group_ids"]
            for one in group["members"]
        }
        is_for_all = not item["assignees"] and not item["grading_group_ids"]
        return is_for_all or enrollment in item["assignees"] or enrollment in in_groups

    def fail(self, kind: str | Response, *, path: str = "", method: str = "", times: int = 1) -> None:
        """Let the next requests be answered so. "cut": nothing is done; "lost": done, but without an answer."""
        self.faults.append(
            Fault(kind, lambda request: path in request.path and method in request.method, times)
        )

    # -- HTTP ----------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        with self.lock:
            return super().__call__(environ, start_response)

    def _answer(self, request: Request) -> Any:
        fault = next((fault for fault in self.faults if fault.matches(request)), None)
        if fault is None:
            return self._right_answer(request)
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        if not isinstance(fault.kind, str):
            return fault.kind
        if fault.kind == "lost":
            self._right_answer(request)
        return _cut

    def _right_answer(self, request: Request) -> Response:
        parts = request.path.split("/")[2:]
        if parts == ["messages"] and request.method == "POST":
            return self._send(json.loads(request.get_data()))
        if parts == ["messages", "sent"]:
            return json_answer({"message": list(reversed(self.messages)), "links": {"self": "x"}})
        section = ["sections", self.section]
        if parts == [*section, "grading_groups"]:
            return json_answer({"grading_groups": self.groups, "count": len(self.groups)})
        if parts == [*section, "assignments"]:
            return json_answer({"assignment": self.items, "total": str(len(self.items))})
        if parts[:3] == [*section, "assignments"]:
            return self._assignment(request, parts[3])
        return super()._answer(request)

    def _assignment(self, request: Request, number: str) -> Response:
        item = next((item for item in self.items if str(item["id"]) == number), None)
        if item is None:
            return Response(status=404)
        if request.method == "GET":
            return json_answer(item)
        if "assignments" not in self.rights:
            return Response(status=403)
        sent = json.loads(request.get_data())
        known = {int(row["id"]) for row in self.enrollments}
        if not sent.get("title") or not set(sent["assignees"]) <= known:
            return Response(status=400)
        item.update(sent)
        return Response(status=204)

    def _send(self, sent: dict[str, Any]) -> Response:
        users = {row["uid"] for row in self.enrollments}
        if "messages" not in self.rights:
            return Response(status=403)
        if sent["recipient_ids"] not in users:
            return Response(status=400)
        kept = {
            "id": len(self.messages) + 1,
            "author_id": ACCOUNT,
            "last_updated": int(self.clock().timestamp()),
            **sent,
        }
        self.messages.append(kept)
        return json_answer(kept)


def _cut(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
    """In place of an answer: the connection ends."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return []
