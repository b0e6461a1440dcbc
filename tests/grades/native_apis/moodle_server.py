"""A small Moodle with web services, over real HTTP: `gradereport_user_get_grade_items` and its refusals.

It answers as a recorded Moodle 5.1 did (`tests/grades/samples/moodle-5.1/grade_items.json`), and, for what was not
recorded, as the source says (github.com/moodle/moodle, `grade/report/user/classes`). It shares no code with the tool.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

TOKEN = "0123456789abcdef0123456789abcdef"
FUNCTION = "gradereport_user_get_grade_items"
TEACHER = frozenset(
    {
        "gradereport/user:view",
        "moodle/grade:viewall",
        "moodle/grade:viewhidden",
        "moodle/site:accessallgroups",
    }
)


@dataclass
class Student:
    """One enrolled student. `group` counts only where the course has a group mode."""

    id: int
    fullname: str
    idnumber: str = ""
    group: int = 1
    is_listed: bool = True  # not so for teachers and suspended people, who can still be asked for


@dataclass
class Item:
    """One grade item; `words` are what a scale says for its lowest and its highest grade."""

    id: int
    itemname: str | None
    itemtype: str = "mod"
    grademin: float = 0
    grademax: float = 100
    words: str = ""
    hidden: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Grade:
    """What a student has."""

    raw: float | None
    dated: int | None = 1795317337
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Moodle:
    """State of the site; tests read and change it freely. `instead` answers in place of the site."""

    origin: str = ""
    path: str = ""
    token: str = TOKEN
    course: int = 2
    functions: set[str] = field(default_factory=lambda: {FUNCTION})
    rights: set[str] = field(default_factory=lambda: set(TEACHER))
    enrolled: bool = True
    group_mode: str = ""  # "", "separate" or "visible"
    own_group: int = 1
    shows_grades: bool = True
    shows_ranges: bool = True
    total_waits: bool = False  # nobody is listed while the course total has to be worked out
    students: list[Student] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    grades: dict[tuple[int, int], Grade] = field(default_factory=dict)  # (student, item)
    instead: Callable[[Request], Response | None] = lambda _request: None
    received: list[Request] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def root(self) -> str:
        return f"{self.origin}{self.path}"

    def asked_alone(self) -> list[str]:
        return [request.form["userid"] for request in self.received if "userid" in request.form]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()
        _ = request.form
        with self.lock:
            self.received.append(request)
            return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Any:
        return self.instead(request) or self._answer(request)

    def _answer(self, request: Request) -> Response:
        form = request.form
        if request.path != f"{self.path}/webservice/rest/server.php" or request.method != "POST":
            return Response("<html>not found</html>", status=404)
        if form.get("moodlewsrestformat") != "json":
            return Response("<RESPONSE></RESPONSE>", content_type="application/xml; charset=utf-8")
        if form.get("wstoken") != self.token:
            return refused("invalidtoken", "core\\exception\\moodle_exception")
        if form.get("wsfunction") not in self.functions:
            return refused("accessexception", "webservice_access_exception")
        return self._call(form)

    def _call(self, form: MultiDict[str, str]) -> Response:
        return self._report(form.get("courseid", ""), form.get("userid", "0"))

    def _report(self, course: str, user: str) -> Response:
        if not self.enrolled and course == str(self.course):
            return refused("errorcoursecontextnotvalid", "core\\exception\\moodle_exception")
        if course != str(self.course):
            return refused("invalidrecord", "dml_missing_record_exception")
        if not {"gradereport/user:view", "moodle/grade:viewall"} <= self.rights:
            return refused("nopermissions", "core\\exception\\required_capability_exception")
        return self._permitted(user)

    def _permitted(self, user: str) -> Response:
        if user == "0":
            return self._reports([] if self.total_waits else self._listed())
        asked = next((student for student in self.students if str(student.id) == user), None)
        if asked is None:
            return refused("invaliduser", "dml_missing_record_exception")
        if self.group_mode == "separate" and self._sees_one_group() and asked.group != self.own_group:
            return refused("notingroup", "core\\exception\\moodle_exception")
        return self._reports([asked])

    def _sees_one_group(self) -> bool:
        return self.group_mode != "" and "moodle/site:accessallgroups" not in self.rights

    def _listed(self) -> list[Student]:
        return [
            student
            for student in self.students
            if student.is_listed and (not self._sees_one_group() or student.group == self.own_group)
        ]

    def _reports(self, students: list[Student]) -> Response:
        return json_answer(
            {
                "usergrades": [
                    {
                        "courseid": self.course,
                        "courseidnumber": "SIS-1",
                        "userid": student.id,
                        "userfullname": student.fullname,
                        "useridnumber": student.idnumber,
                        "maxdepth": 2,
                        "gradeitems": [
                            self._item(item, student)
                            for item in self.items
                            if not item.hidden or "moodle/grade:viewhidden" in self.rights
                        ],
                    }
                    for student in students
                ],
                "warnings": [],
            }
        )

    def _item(self, item: Item, student: Student) -> dict[str, Any]:
        grade = self.grades.get((student.id, item.id), Grade(None, None))
        told: dict[str, Any] = {
            "id": item.id,
            "itemname": item.itemname,
            "itemtype": item.itemtype,
            "itemmodule": "assign" if item.itemtype == "mod" else None,
            "iteminstance": item.id,
            "itemnumber": 0,
            "idnumber": "",
            "categoryid": 1,
            "outcomeid": None,
            "scaleid": None,
            "locked": False,
            "cmid": item.id if item.itemtype == "mod" else None,
        }
        if self.shows_grades:
            told |= {
                "graderaw": grade.raw,
                "gradedatesubmitted": None,
                "gradedategraded": grade.dated if grade.raw is not None else None,
                "gradehiddenbydate": False,
                "gradeneedsupdate": False,
                "gradeishidden": item.hidden,
                "gradeislocked": False,
                "gradeisoverridden": False,
                "gradeformatted": "-" if grade.raw is None else f"{grade.raw:.2f}",
            }
        if self.shows_ranges:
            told |= {
                "grademin": item.grademin,
                "grademax": item.grademax,
                "rangeformatted": item.words or f"{item.grademin:g}&ndash;{item.grademax:g}",
            }
        return told | {"feedback": "", "feedbackformat": 2} | item.extra | grade.extra


def refused(
    code: str, exception: str = "core\\exception\\moodle_exception", *, message: str = ""
) -> Response:
    """A refusal, which Moodle sends with status 200."""
    return json_answer({"exception": exception, "errorcode": code, "message": message or f"About {code}"})


def json_answer(document: Any) -> Response:
    return Response(json.dumps(document), content_type="application/json")


def small_course(*, path: str = "") -> Moodle:
    """A course of three students."""
    return Moodle(
        path=path,
        students=[
            Student(5, "Ann Alpha", "S-001"),
            Student(6, "Ben Bravo", "S-002"),
            Student(7, "Cleo Charlie"),
        ],
        items=[
            Item(2, "Homework 1"),
            Item(3, "Quiz 1", grademax=10),
            Item(4, "Poster", "manual", grademax=20),
            Item(1, None, "course", grademax=130),
        ],
        grades={(5, 2): Grade(88), (6, 2): Grade(61.5), (5, 3): Grade(7), (7, 3): Grade(9.25, 1795317756)},
    )


@contextmanager
def running_moodle(*, path: str = "") -> Iterator[Moodle]:
    """The Moodle of `small_course` at a free port of this machine (its `root` says where)."""
    moodle = small_course(path=path)
    with serving(moodle):
        yield moodle


@contextmanager
def serving(moodle: Moodle) -> Iterator[None]:
    """Let it answer at a free port of this machine."""
    server = make_server("127.0.0.1", 0, moodle, threaded=True)
    moodle.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
