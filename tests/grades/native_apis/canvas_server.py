"""A small Canvas over real HTTP: its REST API as far as we use it, with one course of invented people.

It answers as `lti_tool.grades.native_apis.canvas` and `lti_tool.grades.channels` say that Canvas does, and shares no code with it. Tests change
the course, the account of the token and `page_size` freely, and let requests fail with `fail`.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.grades.strict_platform import Fault, answer

TOKEN = "7~aXwQ0invented0access0token0of0a0teacher0Zz9"
COURSE = "77"
ALL_RIGHTS = ("view_all_grades", "manage_grades", "read_roster", "manage_assignments", "send_messages")
GRADED_AT = "2026-03-02T09:00:00Z"
CLIENT_ID, CLIENT_SECRET = "10000000000007", "invented0secret0of0a0developer0key"


@dataclass
class Grant:
    """What a person agreed to. Renewing makes the former access token void, as Canvas does it."""

    user: int
    scopes: list[str]
    refresh: str = field(default_factory=lambda: f"7~refresh{secrets.token_hex(24)}")
    access: str = field(default_factory=lambda: f"7~access{secrets.token_hex(24)}")
    expired: bool = False


@dataclass
class CanvasSchool:
    """The state of the server. `subs` says what launches call a user; a submission's key is (user, assignment).

    `signed_in` is who sits at the browser that comes to the authorisation page; `key_scopes` are those that the
    developer key permits, all if there are none. `agreements` has the codes that were not used yet.
    """

    origin: str = ""
    token: str = TOKEN
    course: str = COURSE
    permissions: set[str] = field(default_factory=lambda: set(ALL_RIGHTS))
    own_enrollments: list[dict[str, Any]] = field(default_factory=list)
    own_user: int = 900
    page_size: int = 100
    students: dict[int, dict[str, Any]] = field(default_factory=dict)
    modules: list[dict[str, Any]] = field(default_factory=list)
    includes: bool = True
    staff: dict[int, dict[str, Any]] = field(default_factory=dict)
    subs: dict[str, int] = field(default_factory=dict)
    assignments: dict[int, dict[str, Any]] = field(default_factory=dict)
    submissions: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    outcomes: dict[int, dict[str, Any]] = field(default_factory=dict)
    outcome_results: list[dict[str, Any]] = field(default_factory=list)
    overrides: dict[int, dict[str, Any]] = field(default_factory=dict)
    conversations: dict[int, dict[str, Any]] = field(default_factory=dict)
    sections: dict[int, set[int]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    hides_visibility: bool = False
    forbidden_status: int = 403
    redirect_uri: str = "http://127.0.0.1:8080/canvas/authorised"
    knows_pkce: bool = True
    key_scopes: set[str] = field(default_factory=set)
    signed_in: int = 900
    agreements: dict[str, tuple[Grant, str]] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _numbers: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what tests do -------------------------------------------------------------------------------

    def add_student(self, number: int, given: str, family: str, *, sub: str = "", **members: Any) -> None:
        self.students[number] = {
            "id": number,
            "name": f"{given} {family}",
            "sortable_name": f"{family}, {given}",
            "short_name": given,
            "sis_user_id": f"S-{number}",
            "login_id": f"{given}.{family}".lower(),
            "email": f"{given}@school.example".lower(),
            **members,
        }
        if sub:
            self.subs[sub] = number

    def add_teacher(self, number: int, *, sub: str) -> None:
        self.staff[number] = {"id": number, "name": "Teresa Teacher", "sortable_name": "Teacher, Teresa"}
        self.subs[sub] = number

    def add_assignment(self, number: int, name: str, points: float | None, **members: Any) -> None:
        self.assignments[number] = {
            "id": number,
            "course_id": int(self.course),
            "name": name,
            "description": "<p>Read and write.</p>",
            "points_possible": points,
            "grading_type": "points",
            "published": True,
            "omit_from_final_grade": False,
            **members,
        }

    def grade(self, user: int, assignment: int, score: Any, **members: Any) -> None:
        graded = score is not None
        self.submissions[user, assignment] = {
            "id": user * 1000 + assignment,
            "user_id": user,
            "assignment_id": assignment,
            "body": "What the student wrote.",
            "score": score,
            "excused": False,
            "graded_at": GRADED_AT if graded else None,
            "posted_at": GRADED_AT if graded else None,
            "workflow_state": "graded" if graded else "unsubmitted",
            **members,
        }

    def add_outcome(self, number: int, title: str, **members: Any) -> None:
        """An outcome with the rating of a new one in Canvas: 3 of 5 points are mastery."""
        self.outcomes[number] = {
            "id": number,
            "title": title,
            "display_name": None,
            "description": "<p>What a student&nbsp;can do.</p>",
            "points_possible": 5.0,
            "mastery_points": 3.0,
            **members,
        }

    def assess(
        self, user: int, outcome: int, score: Any, work: str = "assignment_201", **members: Any
    ) -> None:
        """What a teacher says of an outcome in a rubric; said again, it takes the place of what was said."""
        links = {"user": str(user), "learning_outcome": str(outcome), "alignment": work, "assignment": work}
        self.outcome_results = [item for item in self.outcome_results if item["links"] != links]
        possible = self.outcomes[outcome]["points_possible"]
        self.outcome_results.append(
            {
                "id": len(self.outcome_results) + 1,
                "score": score,
                "possible": possible,
                "percent": None if score is None else score / possible,
                "submitted_or_assessed_at": GRADED_AT,
                "links": links,
                **members,
            }
        )

    def override(self, assignment: int, students: list[int], title: str = "1 student", **members: Any) -> int:
        """Give an assignment to these students, as a teacher does in Canvas; gives back the override's number."""
        number = self._new_number()
        target = {} if "course_section_id" in members else {"student_ids": students}
        self.overrides[number] = {
            "id": number,
            "assignment_id": assignment,
            "title": title,
            **target,
            **members,
        }
        return number

    def students_of(self, title: str, assignment: int) -> list[int]:
        """Who is in the overrides of this title."""
        held = [o for o in self.overrides.values() if (o["title"], o["assignment_id"]) == (title, assignment)]
        return sorted(student for override in held for student in override.get("student_ids", []))

    def fail(self, kind: str | Response, *, path: str = "", method: str = "", times: int = 1) -> None:
        """Let the next requests whose path contains `path` be answered so.

        "cut": not at all, and nothing is done; "lost": it is done, but the answer does not arrive.
        """
        self.faults.append(
            Fault(kind, lambda request: path in request.path and method in request.method, times)
        )

    def agree(self, scopes: str = "", challenge: str = "") -> str:
        """What pressing "Authorize" does: a code for who is signed in."""
        code = secrets.token_hex(32)
        self.agreements[code] = Grant(self.signed_in, scopes.split()), challenge
        return code

    def expire(self) -> None:
        """Let an hour pass."""
        for grant in self.grants:
            grant.expired = True

    def add_module(self, name: str, *items: tuple[str, int]) -> None:
        """A module with items, each a type and the number of what it shows."""
        held = [
            {"id": place, "position": place, "title": "An item", "type": kind, "content_id": number}
            for place, (kind, number) in enumerate(items, 1)
        ]
        number = len(self.modules) + 1
        self.modules.append({"id": number, "position": number, "name": name, "items": held})

    # -- HTTP ----------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        with self._lock:
            # The path as it was sent: encoded characters tell one id from another.
            self.requests.append(environ["RAW_URI"])
            self.calls.append(f"{request.method} {request.path}")
            fault = next((fault for fault in self.faults if fault.matches(request)), None)
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                if isinstance(fault.kind, str):
                    if fault.kind == "lost":
                        self._answer(request)
                    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                    return []
                return fault.kind(environ, start_response)
            return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/login/oauth2/"):
            return self._oauth(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != self.token and self._grant_of(token) is None:
            response = _json({"errors": [{"message": "Invalid access token."}]}, status=401)
            response.headers["WWW-Authenticate"] = 'Bearer realm="canvas-lms"'
            return response
        if request.path.startswith("/api/v1/conversations"):
            return self._conversations(request, request.path.removeprefix("/api/v1/conversations").strip("/"))
        match = re.fullmatch(r"/api/v1/courses/([^/]+)/([^/]+(?:/.+)?)", request.path)
        if match is None or match[1] != self.course:
            return not_found()
        return self._in_course(request, match[2])

    def _in_course(self, request: Request, path: str) -> Response:
        if given := re.fullmatch(r"assignments/(\d+)(?:/overrides(?:/(\d+))?)?", path):
            return self._assignment(request, int(given[1]), int(given[2] or 0))
        if path.startswith("outcome_") and not self._permits_outcomes(request, path):
            return _json({"errors": [{"message": "Insufficient scopes on access token."}]}, status=401)
        if path.startswith("users"):
            return self._users(request, path.removeprefix("users").removeprefix("/"))
        if path.startswith("modules"):
            return self._modules(request, path.removeprefix("modules").strip("/").removesuffix("/items"))
        lists = {
            "permissions": self._permissions,
            "enrollments": self._enrollments,
            "assignments": lambda request: self._page(
                request,
                [{**item, "lti_context_id": f"link-{number}"} for number, item in self.assignments.items()],
            ),
            "students/submissions": self._submissions,
            "outcome_group_links": self._outcome_links,
            "outcome_results": self._outcome_results,
        }
        return lists.get(path, lambda request: not_found())(request)

    def _grant_of(self, access: str) -> Grant | None:
        return next((one for one in self.grants if one.access == access and not one.expired), None)

    def _permits_outcomes(self, request: Request, path: str) -> bool:
        """Whether somebody agreed to this; a token from the own account, and one without scopes, permits all."""
        grant = self._grant_of(request.headers["Authorization"].removeprefix("Bearer "))
        scope = f"url:GET|/api/v1/courses/:course_id/{path}"
        return grant is None or not grant.scopes or scope in grant.scopes

    def _oauth(self, request: Request) -> Response:
        if request.path == "/login/oauth2/auth":
            return self._authorisation_page(request)
        if request.path == "/login/oauth2/accept":
            code = self.agree(request.form["scope"], request.form["challenge"])
            return self._back(code=code, state=request.form["state"])
        if request.path == "/login/oauth2/deny":
            return self._back(error="access_denied", state=request.form["state"])
        if request.method == "DELETE":
            grant = self._grant_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
            if grant is None:
                return _json({"errors": [{"message": "Invalid access token."}]}, status=401)
            self.grants.remove(grant)
            return _json({})
        return self._token(request)

    def _authorisation_page(self, request: Request) -> Response:
        asked = request.args
        if asked["client_id"] != CLIENT_ID:
            return _json({"error": "invalid_client", "error_description": "unknown client"}, status=401)
        if asked["redirect_uri"] != self.redirect_uri:
            return _json({"error": "invalid_request"}, status=400)
        if self.key_scopes and not set(asked["scope"].split()) <= self.key_scopes:
            return self._back(error="invalid_scope", state=asked["state"])
        challenge = asked.get("code_challenge", "") if self.knows_pkce else ""
        values = {"scope": asked["scope"], "challenge": challenge, "state": asked["state"]}
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{value}">' for name, value in values.items()
        )
        page = (
            f"<!doctype html><title>Canvas</title><h1>{asked['purpose']} wants to use your account</h1>"
            f'<form method="post" action="/login/oauth2/accept">{fields}<button>Authorize</button></form>'
            f'<form method="post" action="/login/oauth2/deny">{fields}<button>Cancel</button></form>'
        )
        return Response(page, headers={"X-Frame-Options": "DENY"}, content_type="text/html; charset=utf-8")

    def _back(self, **query: str) -> Response:
        return Response(status=302, headers={"Location": f"{self.redirect_uri}?{urlencode(query)}"})

    def _token(self, request: Request) -> Response:
        form = request.form.to_dict()
        self.forms.append(form)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            response = _json({"error": "invalid_client", "error_description": "invalid client"}, status=401)
            response.headers["WWW-Authenticate"] = "Canvas OAuth 2.0"
            return response
        if form.get("grant_type") == "authorization_code":
            return self._token_for_code(form)
        found = next((one for one in self.grants if one.refresh == form.get("refresh_token")), None)
        if found is None:
            problem = {"error": "invalid_request", "error_description": "refresh_token not found"}
            return _json(problem, status=400)
        found.access, found.expired = f"7~access{secrets.token_hex(24)}", False
        return _json(self._granted(found))

    def _token_for_code(self, form: dict[str, str]) -> Response:
        grant, challenge = self.agreements.pop(form.get("code", ""), (None, ""))
        proof = (
            urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        )
        if (
            grant is None
            or (self.knows_pkce and proof != challenge)
            or form["redirect_uri"] != self.redirect_uri
        ):
            problem = {"error": "invalid_grant", "error_description": "authorization_code not found"}
            return _json(problem, status=400)
        self.grants.append(grant)
        return _json(self._granted(grant) | {"refresh_token": grant.refresh})

    @staticmethod
    def _granted(grant: Grant) -> dict[str, Any]:
        user = {
            "id": grant.user,
            "name": "Teresa Teacher",
            "global_id": f"{grant.user}",
            "effective_locale": "en",
        }
        return {"access_token": grant.access, "token_type": "Bearer", "user": user, "expires_in": 3600}

    def _permissions(self, request: Request) -> Response:
        return _json({right: right in self.permissions for right in request.args.getlist("permissions[]")})

    def _enrollments(self, request: Request) -> Response:
        return self._page(request, self.own_enrollments if request.args.get("user_id") == "self" else [])

    def _modules(self, request: Request, number: str) -> Response:
        if number:
            return self._page(request, next(one["items"] for one in self.modules if one["id"] == int(number)))
        shown = self.includes and request.args.get("include[]") == "items"
        hidden = () if shown else ("items",)
        modules = [{key: one[key] for key in one if key not in hidden} for one in self.modules]
        return self._page(request, modules)

    def _submissions(self, request: Request) -> Response:
        if request.args.get("student_ids[]") != "all":
            return _json([])
        everybody = {"view_all_grades", "manage_grades"} & self.permissions
        fields = request.args.getlist("response_fields[]")
        found = [
            {name: value for name, value in item.items() if not fields or name in fields}
            for (user, assignment), item in self.submissions.items()
            if (everybody or user == self.own_user)  # no refusal, but less: this is how Canvas does it
            and self.assignments.get(assignment, {}).get("published", True)
        ]
        return self._page(request, found)

    def _outcome_links(self, request: Request) -> Response:
        hidden = () if request.args.get("outcome_style") == "full" else ("description", "points_possible")
        outcomes = [{k: v for k, v in one.items() if k not in hidden} for one in self.outcomes.values()]
        group = {"id": 1, "title": "Grade 6"}
        return self._page(request, [{"outcome_group": group, "outcome": outcome} for outcome in outcomes])

    def _outcome_results(self, request: Request) -> Response:
        return self._page(request, self.outcome_results, under="outcome_results")

    def _users(self, request: Request, native: str) -> Response:
        if not {"view_all_grades", "manage_grades", "read_roster"} & self.permissions:
            return forbidden(self.forbidden_status)
        if not native:
            wanted = request.args.get("enrollment_type[]") == "student"
            return self._page(request, list(self.students.values()) if wanted else [])
        asked = re.fullmatch(r"(hex:)?lti_1_3_id:(.+)", native)
        if asked is None or "." in native:
            return not_found()
        sub = bytes.fromhex(asked[2]).decode() if asked[1] else asked[2]
        number = self.subs.get(sub)
        people = self.students | self.staff
        return _json(people[number]) if number in people else not_found()

    def _assignment(self, request: Request, number: int, override: int) -> Response:
        assignment = self.assignments.get(number)
        if assignment is None:
            return not_found()
        if "/overrides" in request.path:
            return self._overrides(request, number, override)
        seen_by = self.seen_by(number)
        asked = "assignment_visibility" in request.args.getlist("include[]") and not self.hides_visibility
        visibility = {"assignment_visibility": sorted(map(str, seen_by))}
        return _json(
            {
                **assignment,
                "lti_context_id": f"link-{number}",
                "visible_to_everyone": not assignment.get("only_visible_to_overrides", False),
                **(visibility if asked else {}),
            }
        )

    def seen_by(self, number: int) -> set[int]:
        """The students to whom an assignment is shown."""
        if not self.assignments[number].get("only_visible_to_overrides"):
            return set(self.students)
        held = [override for override in self.overrides.values() if override["assignment_id"] == number]
        single = {s for o in held if not o.get("unassign_item") for s in o.get("student_ids", [])}
        return single.union(*(self.sections.get(o.get("course_section_id", 0), set()) for o in held))

    def _overrides(self, request: Request, assignment: int, number: int) -> Response:
        if request.method != "GET" and "manage_assignments" not in self.permissions:
            return forbidden(self.forbidden_status)
        held = {key: o for key, o in self.overrides.items() if o["assignment_id"] == assignment}
        if request.method == "GET":
            return self._page(request, list(held.values())) if not number else _json(held[number])
        if number and number not in held:
            return not_found()
        if request.method == "DELETE":
            return _json(self.overrides.pop(number))
        sent = json.loads(request.get_data())["assignment_override"]
        students = [int(student) for student in sent["student_ids"]]
        others = {s for key, o in held.items() if key != number for s in o.get("student_ids", [])}
        unknown = set(students) - set(self.students)
        if not students or unknown or others.intersection(students) or not sent.get("title"):
            return _json({"errors": ["already belongs to an assignment override"]}, status=400)
        number = number or self._new_number()
        # A date that is not sent is not overridden any more.
        dates = {name: sent[name] for name in ("due_at", "unlock_at", "lock_at") if name in sent}
        self.overrides[number] = {
            "id": number,
            "assignment_id": assignment,
            "title": sent["title"],
            "student_ids": students,
            **dates,
        }
        return _json(self.overrides[number], status=201)

    def _conversations(self, request: Request, number: str) -> Response:
        if request.method == "POST":
            return self._send(json.loads(request.get_data()))
        if number:
            held = self.conversations.get(int(number))
            return _json(held) if held else not_found()
        if request.args.get("scope") != "sent":
            return _json([])
        listed = [
            {name: value for name, value in conversation.items() if name != "messages"}
            for conversation in reversed(self.conversations.values())
            if f"user_{conversation['audience'][0]}" in request.args.getlist("filter[]")
        ]
        return self._page(request, listed)

    def _send(self, sent: dict[str, Any]) -> Response:
        if "send_messages" not in self.permissions:
            return _json([{"attribute": "Unable to send messages to users", "message": ""}], status=400)
        if not all(int(recipient) in self.students for recipient in sent["recipients"]) or not sent["body"]:
            return _json([{"attribute": "recipients", "message": "invalid"}], status=400)
        assert (sent["force_new"], sent["context_code"]) == (True, f"course_{self.course}")
        [recipient] = sent["recipients"]
        number = self._new_number()
        self.conversations[number] = {
            "id": number,
            "subject": sent["subject"],
            "audience": [int(recipient)],
            "messages": [
                {
                    "id": number,
                    "author_id": self.own_user,
                    "body": sent["body"],
                    "created_at": self.clock().isoformat(),
                }
            ],
        }
        return _json([self.conversations[number]], status=201)

    def _new_number(self) -> int:
        self._numbers += 1
        return 5000 + self._numbers

    def _page(self, request: Request, items: list[Any], *, under: str = "") -> Response:
        size = min(int(request.args.get("per_page", 10)), 100, self.page_size)
        start = int(request.args.get("page", "bookmark:0").removeprefix("bookmark:"))
        shown = items[start : start + size]
        response = _json({under: shown} if under else shown)
        links = [f'<{self.origin}{request.path}?page=1>; rel="first"']
        if start + size < len(items):
            kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
            query = "&".join(f"{name}={value}" for name, value in kept)
            following = f"{self.origin}{request.path}?{query}&page=bookmark:{start + size}"
            links.insert(0, f'<{following}>; rel="next"')
        response.headers["Link"] = ",".join(links)
        return response


@contextmanager
def running_canvas(school: CanvasSchool | None = None) -> Iterator[CanvasSchool]:
    """Serve `school`, or one with the course of `invented_course`, on a free port of this machine."""
    school = school or invented_course()
    server = make_server("127.0.0.1", 0, school, threaded=True)
    school.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield school
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def invented_course() -> CanvasSchool:
    """Three students and a test student, five assignments, of which one has no points and one is not published."""
    school = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    school.add_student(1001, "Ana", "Morales", sub="5f9c2a1e-0001-4a6b-8c1d-000000001001")
    school.add_student(1002, "Ben", "Carter", sub="5f9c2a1e-0001-4a6b-8c1d-000000001002")
    school.add_student(1003, "Chloé", "Dubois", sub="5f9c2a1e-0001-4a6b-8c1d-000000001003")
    school.add_assignment(201, "Equivalent ratios", 10)
    school.add_assignment(202, "Ratios, tables and graphs", 20, grading_type="percent")
    school.add_assignment(203, "Unit project", 50, grading_type="letter_grade")
    school.add_assignment(205, "Participation", 0)
    school.add_assignment(206, "Next week's quiz", 10, published=False)
    school.grade(1001, 201, 8.0)
    school.grade(1001, 202, 17.5)
    school.grade(1001, 203, None)
    school.grade(1002, 201, 4)
    school.grade(1002, 203, None, excused=True, workflow_state="graded")
    school.grade(1003, 201, 0)
    school.grade(1003, 202, 19.5)
    school.grade(1003, 205, 0)
    school.grade(1010, 201, 10)  # the test student's, who is not in the list of students
    return school


def enrollment(*, limited: bool) -> dict[str, Any]:
    """An enrolment of the token's own account."""
    return {
        "id": 1,
        "user_id": 900,
        "course_id": int(COURSE),
        "type": "TeacherEnrollment",
        "enrollment_state": "active",
        "limit_privileges_to_course_section": limited,
        "user": {"id": 900, "name": "Teresa Teacher", "sortable_name": "Teacher, Teresa"},
    }


def not_found() -> Response:
    """What Canvas says of anything that it does not have."""
    return _json({"errors": [{"message": "The specified resource does not exist."}]}, status=404)


def forbidden(status: int = 403) -> Response:
    """What Canvas says to an account that lacks a right: 401 in older versions, 403 in newer ones."""
    errors = [{"message": "user not authorized to perform that action"}]
    return _json({"status": "unauthorized", "errors": errors}, status=status)


def throttled() -> Response:
    """Canvas's plain text where the quota of the token is used up."""
    return answer(403, "403 Forbidden (Rate Limit Exceeded)\n", X_Rate_Limit_Remaining="0.0")


def _json(document: Any, *, status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json; charset=utf-8")
