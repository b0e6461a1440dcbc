"""A valid request for every address, made with a real login, signature or cookie where it takes one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select

from lti_tool.launch import vocab
from lti_tool.launch.authorisations import Origin, issue_state, issue_ticket
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.secrets import token_hash
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Registration
from tests.factories import ratios
from tests.fuzz.mutations import Pairs, Request, encoded, odd_bytes, odd_json
from tests.fuzz.tool import Answer, Tool
from tests.grades.gradebook_files.oneroster_export import both_classes, oneroster
from tests.launch.platform import MEMBERSHIP, base64url, make_key, platform_description
from tests.pathways.case_samples import framework
from tests.web.administrator import PASSWORD
from tests.web.school import SECRET

_COOKIE, _ADMIN_COOKIE = "__Host-waymark", "__Host-waymark-admin"
_FAMILY_COOKIE = "__Secure-waymark-family"
# The sessions of our visitors are opened anew as often as this: mutated requests use some of them up.
_FRESH_SECONDS = 60.0
_FORM_PAGES = {"teacher": "today", "student": "next", "family": "family", "picker": "pick"}


@dataclass
class Visitor:
    """Somebody inside a launch."""

    launch_id: str
    cookie: str
    form_token: str
    attempt_id: str = "none"


class Scene:
    """What requests are made of. Each thread has one of its own, with its own addresses and visitors."""

    def __init__(self, tool: Tool, number: int) -> None:
        self.tool = tool
        self.number = number
        self._visitors: dict[str, tuple[float, Visitor]] = {}
        self._administrators: dict[str, tuple[float, str, str, str]] = {}
        self._activities = [activity.id for activity in ratios().skill_map.activities]

    def source(self, chance: Random) -> str:
        """One of 60 000 loopback addresses: the limits of logins, notices and passwords count by address."""
        return f"127.{self.number + 1}.{chance.randrange(250)}.{chance.randint(1, 240)}"

    def send(self, request: Request) -> Answer:
        """Send a request as it is."""
        body = request.body if request.form is None else encoded(request.form)
        query = b"?" + encoded(request.query) if request.query else b""
        kind = [("Content-Type", "application/x-www-form-urlencoded")] if request.form is not None else []
        headers = [*request.headers, *kind, ("Content-Length", str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        first = request.method.encode() + b" " + request.path.encode() + query + b" HTTP/1.1\r\n"
        return self.tool.send(first + head.encode() + b"\r\n" + body, f"127.{self.number + 1}.251.1")

    def request(self, method: str, path: str, *, cookie: str = "", **parts: Any) -> Request:
        """A request as a browser sends it."""
        headers = [("Host", urlsplit(self.tool.address).netloc), ("Accept-Language", "en")]
        if cookie:
            headers.append(("Cookie", cookie if "=" in cookie else f"{_COOKIE}={cookie}"))
        if method == "POST" and not path.startswith("/lti/"):
            headers.append(("Sec-Fetch-Site", "same-origin"))
        return Request(method, path, headers=headers, **parts)

    def login_fields(self, chance: Random) -> Pairs:
        fields = self.tool.platform.login_parameters(target_link_uri=self.tool.address + "/lti/launch")
        if chance.random() < 0.3:
            fields |= {"lti_storage_target": "_parent", "lti_deployment_id": self.tool.platform.deployment_id}
        return list(fields.items())

    def begin(self, chance: Random) -> tuple[str, str, str]:
        """A login that was answered: state, nonce and the browser's cookie."""
        answer = self.send(self.request("POST", "/lti/login", form=self.login_fields(chance)))
        asked = parse_qs(urlsplit(answer.header("Location")).query)
        if answer.status != 302 or "state" not in asked:
            raise RuntimeError(f"a valid login was not answered: {answer.text[:2000]}")
        return asked["state"][0], asked["nonce"][0], answer.cookie(_COOKIE)

    def claims(self, kind: str, nonce: str) -> dict[str, Any]:
        """A launch of a "teacher", "student", "family" member, a "picker" or a "review"."""
        platform, role = (
            self.tool.platform,
            {"student": "Learner", "family": "Mentor"}.get(kind, "Instructor"),
        )
        changes: dict[str, Any] = {
            "sub": {"student": self.tool.students[self.number % 4], "family": "family"}.get(kind, "teacher"),
            "email": "a@example.edu",
            vocab.TARGET_LINK_URI: self.tool.address + "/lti/launch",
            vocab.ROLES: [MEMBERSHIP + role],
            vocab.CONTEXT: {
                "id": "1",
                "title": "Ratios",
                "label": "R6",
                "type": [MEMBERSHIP + "CourseSection"],
            },
            vocab.TOOL_PLATFORM: {"product_family_code": "moodle", "guid": "g", "name": "School"},
            vocab.LAUNCH_PRESENTATION: {"locale": "en", "return_url": platform.issuer + "/back"},
            vocab.CUSTOM: {"unit": "3", "context_history": "7,8", "observees": "a,b", "masquerader": ""},
            vocab.LIS: {"person_sourcedid": "1"},
            vocab.NOTICE_SERVICE: {
                "platform_notification_service_url": platform.issuer + "/notices",
                "notice_types_supported": [vocab.CONTEXT_COPY_NOTICE],
                "scope": [vocab.NOTICE_HANDLERS],
            },
            vocab.GRADE_ENDPOINT: {
                "scope": list(vocab.SCOPES[:3]),
                "lineitems": platform.issuer + "/1/lineitems",
            },
            vocab.NAMES_AND_ROLES: {
                "context_memberships_url": platform.issuer + "/api/lti/courses/1/names_and_roles"
            },
        }
        if kind == "family":
            changes[vocab.ROLE_SCOPE_MENTOR] = list(self.tool.students[:2])
        if kind == "picker":
            changes[vocab.MESSAGE_TYPE] = vocab.DEEP_LINKING_REQUEST
            changes[vocab.DEEP_LINKING_SETTINGS] = {
                "deep_link_return_url": platform.issuer + "/back",
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_multiple": True,
                "accept_lineitem": True,
                "title": "Title",
                "data": {"kept": ["for", "you"]},
            }
        if kind == "review":
            changes[vocab.MESSAGE_TYPE] = vocab.SUBMISSION_REVIEW_REQUEST
            changes[vocab.FOR_USER] = {"user_id": self.tool.students[0]}
            changes[vocab.CUSTOM] = {"activity": self._activities[0]}
        return platform.claims(nonce, datetime.now(UTC), **changes)

    def token(self, payload: Any, chance: Random | None = None) -> str:
        """Signed by the platform; with `chance` the claims are odd, seldom the header, and truly signed."""
        header: Any = {"alg": "RS256", "typ": "JWT", "kid": self.tool.platform.kid}
        odd = chance is not None and chance.random() < 0.15
        parts = [
            odd_json(header, chance) if chance and odd else json.dumps(header),
            odd_json(payload, chance) if chance and not odd else json.dumps(payload),
        ]
        signed = b".".join(base64url(part.encode("utf-8", "surrogatepass")) for part in parts)
        signature = make_key("platform", 2048).sign(signed, PKCS1v15(), SHA256())
        return (signed + b"." + base64url(signature)).decode()

    def any_token(self, payload: Any, chance: Random) -> tuple[str, bool]:
        """A token as it should be, odd before it was signed, or damaged after; and whether it is odd."""
        kind = chance.choice(("valid", "before", "before", "before", "before", "after"))
        if kind == "after":
            return odd_bytes(self.token(payload).encode(), chance).decode("latin-1"), True
        return self.token(payload, chance if kind == "before" else None), kind == "before"

    def visitor(self, kind: str) -> Visitor:
        """Somebody with an open launch, not older than a minute."""
        opened, visitor = self._visitors.get(kind, (0.0, None))
        if visitor is None or time.monotonic() - opened > _FRESH_SECONDS:
            visitor = self.open(kind)
            if visitor is None:
                raise RuntimeError(f"a valid launch of a {kind} was not answered")
            if kind == "student":
                self._open_check(visitor)
            self._visitors[kind] = time.monotonic(), visitor
        return visitor

    def open(self, kind: str, chance: Random | None = None) -> Visitor | None:
        """Open a launch, with `chance` an odd one; None when it was refused."""
        state, nonce, cookie = self.begin(Random(1))
        form = [("state", state), ("id_token", self.token(self.claims(kind, nonce), chance))]
        answer = self.send(self.request("POST", "/lti/launch", form=form, cookie=cookie))
        if answer.status != 200 or not answer.header("Content-Location"):
            return None
        visitor = Visitor(answer.header("Content-Location").split("/")[2], cookie, "")
        path = f"/l/{visitor.launch_id}/{_FORM_PAGES.get(kind, 'welcome')}"
        visitor.form_token = _form_token(self.send(self.request("GET", path, cookie=cookie)))
        return visitor

    def any_visitor(self, kind: str, chance: Random) -> Visitor:
        """Seldom somebody whose launch was odd: what it left is read again by each page."""
        odd = self.open(kind, chance) if chance.random() < 0.2 else None
        return odd or self.visitor(kind)

    def forget(self, kind: str) -> None:
        """Let the next visitor of this kind open a launch of their own."""
        self._visitors.pop(kind, None)

    def _open_check(self, visitor: Visitor) -> None:
        for activity in self._activities:
            path = f"/l/{visitor.launch_id}/activity/{activity}/start"
            form = [("csrf_token", visitor.form_token)]
            answer = self.send(self.request("POST", path, form=form, cookie=visitor.cookie))
            if "/checks/" in answer.header("Location"):
                visitor.attempt_id = answer.header("Location").rpartition("/")[2]
                return

    def administrator(self, login: str) -> tuple[str, str]:
        """Cookies and form token of an administrator who gave the password and no code yet."""
        opened, cookies, token, _ = self._administrators.get(login, (0.0, "", "", ""))
        if not cookies or time.monotonic() - opened > _FRESH_SECONDS:
            page = self.send(self.request("GET", "/admin/sign-in"))
            cookie, token = f"{_COOKIE}={page.cookie(_COOKIE)}", _form_token(page)
            form = [("csrf_token", token), ("login", login), ("password", PASSWORD)]
            answer = self.send(self.request("POST", "/admin/sign-in", form=form, cookie=cookie))
            cookies = f"{cookie}; {_ADMIN_COOKIE}={answer.cookie(_ADMIN_COOKIE)}"
            self._administrators[login] = time.monotonic(), cookies, token, cookie
        return cookies, token

    def fill(self, rule: str, visitor: Visitor, chance: Random) -> str:
        """The path of a rule with values for its variables."""
        values = {
            "launch_id": visitor.launch_id,
            "activity_id": chance.choice(self._activities),
            "attempt_id": visitor.attempt_id,
            "filename": "lti/opened.js",
            "token": "A" * 22,
            "lms": "moodle",
            "status": "active",
            "which": chance.choice(("use", "draft", "example")),
            "kind": chance.choice(("toml", "csv", "json")),
        }
        number = chance.choice(
            ("1", "2", "3", "4", "5", "6", "9" * 9, "9" * 19, "9" * 25, "9" * 4400, "0", "-1")
        )
        odd = chance.choice(
            ("%00", "..", "%2e%2e", "%ff", "%ED%A0%80", "a" * 3000, "😀", "%20", "a%2Fb", "'")
        )
        path = re.sub(
            r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>",
            lambda found: number if found[1] == "int" else values.get(found[2], number),
            rule,
        )
        return path if chance.random() < 0.93 else path.rpartition("/")[0] + "/" + odd

    def invitation(self, *, update: bool) -> str:
        with self.tool.database.transaction() as session:
            known = session.scalars(select(Registration).where(Registration.client_id == "client-2")).one()
            return create_invitation(
                session, "School", datetime.now(UTC), registration=known if update else None
            )


Shape = Callable[[Scene, str, Random], Request]


def _login(scene: Scene, rule: str, chance: Random) -> Request:
    fields, cookie = scene.login_fields(chance), chance.choice(("", "A" * 43))
    request = scene.request("POST", rule, form=fields, cookie=cookie)
    if chance.random() < 0.4:
        request = scene.request("GET", rule, query=fields, cookie=cookie)
    if chance.random() < 0.3:
        request.headers.append(("Sec-Fetch-Dest", "iframe"))
    return request


def _launch(scene: Scene, rule: str, chance: Random) -> Request:
    state, nonce, cookie = scene.begin(chance)
    kind = chance.choice(("teacher", "student", "family", "picker", "picker", "review"))
    token, odd = scene.any_token(scene.claims(kind, nonce), chance)
    way, form = chance.random(), [("state", state), ("id_token", token)]
    if way < 0.1:  # platform storage gives back what a cookie could not
        return scene.request("POST", rule, form=[*form, ("proof", cookie)], whole=odd)
    if way < 0.15:
        return scene.request(
            "POST", rule, form=[("state", state), ("error", "login_required")], cookie=cookie
        )
    return scene.request("POST", rule, form=form, cookie="" if way > 0.95 else cookie, whole=odd)


def _continue(scene: Scene, rule: str, chance: Random) -> Request:
    state, nonce, cookie = scene.begin(chance)
    token = scene.token(scene.claims("student", nonce))
    page = scene.send(
        scene.request("POST", "/lti/launch", form=[("state", state), ("id_token", token), ("proof", cookie)])
    )
    found = re.search(r'name="launch_id" value="([^"]+)"', page.text)
    return scene.request("POST", rule, form=[("launch_id", found[1] if found else ""), ("code", cookie)])


def _sign_in_at_canvas(scene: Scene, rule: str, chance: Random) -> Request:
    visitor, now = scene.visitor("teacher"), datetime.now(UTC)
    launch = LaunchSession(public_id=visitor.launch_id, browser_hash=token_hash(visitor.cookie))
    ticket = issue_ticket(SECRET, launch, now)
    return scene.request("POST", rule, cookie=visitor.cookie, form=[("ticket", ticket)])


def _authorised(scene: Scene, rule: str, chance: Random) -> Request:
    visitor, now = scene.visitor("teacher"), datetime.now(UTC)
    origin = Origin(visitor.launch_id, token_hash(visitor.cookie))
    state, _verifier = issue_state(SECRET, origin, browser_token=visitor.cookie, now=now)
    answer = chance.choice((("code", "a0code0of0nobody"), ("error", "access_denied")))
    return scene.request("GET", rule, cookie=visitor.cookie, query=[answer, ("state", state)])


def _notices(scene: Scene, rule: str, chance: Random) -> Request:
    claims = scene.claims("teacher", "none")
    for name in ("sub", "nonce", vocab.ROLES, vocab.RESOURCE_LINK, vocab.MESSAGE_TYPE):
        del claims[name]
    claims[vocab.NOTICE] = {"id": f"{chance.random()}", "timestamp": "2026-01-01T00:00:00Z"}
    claims[vocab.NOTICE]["type"] = chance.choice(
        (vocab.CONTEXT_COPY_NOTICE, vocab.HELLO_WORLD_NOTICE, "LtiOther")
    )
    claims[vocab.CONTEXT]["id"] = chance.choice(("1", "copy-1", "copy-2"))
    claims[vocab.ORIGIN_CONTEXTS] = ["1", "copy-1"]
    token, odd = scene.any_token(claims, chance)
    document = {"notices": [{"jwt": token}] * chance.choice((1, 1, 1, 2))}
    strange = not odd and chance.random() < 0.5
    body = odd_json(document, chance) if strange else json.dumps(document)
    request = scene.request("POST", rule, body=body.encode("utf-8", "surrogatepass"), whole=odd or strange)
    request.headers.append(("Content-Type", "application/json"))
    return request


def _register(scene: Scene, rule: str, chance: Random, *, method: str) -> Request:
    """The platform describes itself oddly, or answers so: who holds an invitation chooses the platform."""
    issuer, update, number = scene.tool.platform.issuer, chance.random() < 0.3, chance.randrange(10**9)
    place = f"/registration-{scene.number}"
    description = platform_description(
        scene.tool.platform,
        registration_endpoint=issuer + place,
        authorization_server=issuer,
        scopes_supported=[*vocab.SCOPES, vocab.NOTICE_HANDLERS, "openid"],
    )
    description[vocab.PLATFORM_CONFIGURATION] |= {
        "https://canvas.instructure.com/lti/account_name": "School",
        "https://canvas.instructure.com/lti/account_domain": "school.example",
    }
    answer = {
        "client_id": "client-2" if update else f"new-{number}",
        "registration_client_uri": issuer + place,
        "client_name": "Waymark",
        "redirect_uris": [scene.tool.address + "/lti/launch"],
        "scope": " ".join(vocab.SCOPES),
        vocab.TOOL_CONFIGURATION: {
            "deployment_id": "d-1",
            "target_link_uri": scene.tool.address,
            "claims": ["sub"],
            "messages": [{"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"], "label": "L"}],
        },
    }
    strange = chance.choice(("", "description", "description", "answer", "answer"))
    documents = scene.tool.platform.documents
    for path, document, name in (
        (place + "-description", description, "description"),
        (place, answer, "answer"),
    ):
        text = odd_json(document, chance) if name == strange else json.dumps(document)
        documents[path] = text.encode("utf-8", "surrogatepass")
    fields = [
        ("invitation", scene.invitation(update=update)),
        ("openid_configuration", issuer + place + "-description"),
        ("registration_token", "token-1"),
    ]
    where: dict[str, Any] = {"form": fields} if method == "POST" else {"query": fields}
    return scene.request(method, rule, whole=bool(strange), **where)


def _sign_in(scene: Scene, rule: str, chance: Random) -> Request:
    page = scene.send(scene.request("GET", "/admin/sign-in"))
    password = PASSWORD if chance.random() < 0.1 else "wrong"
    form = [
        ("csrf_token", _form_token(page)),
        ("login", chance.choice(("ada", "eve"))),
        ("password", password),
    ]
    return scene.request("POST", rule, form=form, cookie=page.cookie(_COOKIE))


def _half_signed_in(scene: Scene, rule: str, chance: Random, *, login: str, method: str) -> Request:
    cookies, token = scene.administrator(login)
    form = [("csrf_token", token), ("code", "123456")] if method == "POST" else None
    return scene.request(method, rule, cookie=cookies, form=form)


def _get(scene: Scene, rule: str, chance: Random) -> Request:
    return scene.request("GET", scene.fill(rule, Visitor("none", "", ""), chance))


def _guarded(scene: Scene, rule: str, chance: Random, *, method: str) -> Request:
    """A page of the administration, for a browser that is not signed in."""
    request = scene.request(method, scene.fill(rule, Visitor("none", "", ""), chance))
    request.headers.append(("Cookie", f"{_COOKIE}={'A' * 43}; {_ADMIN_COOKIE}={'A' * 43}"))
    if method == "POST":
        request.form = [
            ("csrf_token", "none"),
            ("label", "x"),
            ("password", "x"),
            ("issuer", "https://a.example"),
        ]
    return request


def _page(scene: Scene, rule: str, chance: Random, *, kinds: tuple[str, ...]) -> Request:
    visitor = scene.any_visitor(chance.choice(kinds), chance)
    query = [
        ("q", "a"),
        ("format", ""),
        ("bucket", "new"),
        ("letter", "M"),
        ("student", "3"),
        ("only", "open"),
        ("before", "2"),
        ("day", "2026-11-23"),
        ("done", "approved_all"),
        ("n", "3"),
        ("lang", "es"),
        ("all", "2027-03-12"),
        ("try", "ratio-language:2027-03-12"),
    ]
    chosen = chance.sample(query, chance.choice((0, 0, 1, 3)))
    return scene.request("GET", scene.fill(rule, visitor, chance), query=chosen, cookie=visitor.cookie)


def _change(scene: Scene, rule: str, chance: Random, *, kind: str, fields: Pairs) -> Request:
    if kind == "picker" and chance.random() < 0.3:  # each answers its platform once
        scene.forget(kind)
    visitor = scene.any_visitor(kind, chance)
    form = [("csrf_token", visitor.form_token), *fields]
    return scene.request("POST", scene.fill(rule, visitor, chance), form=form, cookie=visitor.cookie)


def _by_link(scene: Scene, rule: str, chance: Random, *, method: str, fields: Pairs) -> Request:
    """A family with a link that a teacher made just now; seldom another browser's form, or an odd cookie."""
    visitor, keys = scene.visitor("teacher"), ("1", "2", "3", "4", "5", "6")
    for key in chance.sample(keys, len(keys)):  # who is a student, and wants reports
        path = f"/l/{visitor.launch_id}/students/{key}/family-link"
        made = scene.send(
            scene.request("POST", path, form=[("csrf_token", visitor.form_token)], cookie=visitor.cookie)
        )
        if found := re.search(r"/f/([\w-]{22})", made.text):
            break
    cookie = f"{_FAMILY_COOKIE}={found[1] if found and chance.random() < 0.9 else 'A' * 22}"
    page = scene.send(scene.request("GET", "/f/welcome", cookie=cookie))
    form = [("csrf_token", _form_token(page)), *fields] if method == "POST" else None
    return scene.request(method, rule, cookie=cookie, form=form)


def _gradebook(scene: Scene, rule: str, chance: Random, *, as_exported: bool = False) -> Request:
    """A gradebook file, most often odd inside a form that is not."""
    visitor = scene.visitor("teacher") if as_exported else scene.any_visitor("teacher", chance)
    text = chance.choice(_GRADEBOOKS).encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252")))
    content = chance.choice((text, text, chance.choice(_EXPORTS)))
    odd = not as_exported and chance.random() < 0.7
    content = odd_bytes(content, chance) if odd else content
    return _file(scene, scene.fill(rule, visitor, chance), visitor, content, whole=odd)


def _file(scene: Scene, path: str, visitor: Visitor, content: bytes, *, whole: bool) -> Request:
    """A form with a file in it."""
    parts = [("csrf_token", "", visitor.form_token.encode()), ("file", '; filename="g.csv"', content)]
    body = b"".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
        for name, more, value in parts
    )
    request = scene.request("POST", path, body=body + b"--edge--\r\n", cookie=visitor.cookie, whole=whole)
    request.headers.append(("Content-Type", "multipart/form-data; boundary=edge"))
    return request


def _gradebook_answer(scene: Scene, rule: str, chance: Random) -> Request:
    """The answer to a preview that was shown just now."""
    page = scene.send(_gradebook(scene, "/l/<launch_id>/setup/gradebook", chance, as_exported=True))
    found = re.search(r"/setup/gradebook/([^/\"]+)/take", page.text)
    filled = rule.replace("<upload>", found[1] if found else "none")
    fields = [("points-0", chance.choice(("10", "7,5", ""))), ("points-1", "20")]
    fields.append(("class", chance.choice(("0", "1", "2", ""))))
    return _change(scene, filled, chance, kind="teacher", fields=fields)


def _skill_map(scene: Scene, rule: str, chance: Random) -> Request:
    """A skill map as a file, most often odd inside a form that is not."""
    visitor = scene.any_visitor("teacher", chance)
    content = chance.choice(_SKILL_MAPS).encode(chance.choice(("utf-8", "utf-8-sig", "utf-16")))
    if odd := chance.random() < 0.7:
        content = odd_bytes(content, chance)
    return _file(scene, scene.fill(rule, visitor, chance), visitor, content, whole=odd)


def _draft_page(scene: Scene, rule: str, chance: Random) -> Request:
    """A page about a draft that was begun just now."""
    visitor = scene.visitor("teacher")
    form = [("csrf_token", visitor.form_token), ("sample", "grade6-ratios")]
    begin = scene.fill("/l/<launch_id>/setup/map/edit", visitor, chance)
    scene.send(scene.request("POST", begin, form=form, cookie=visitor.cookie))
    return _page(scene, rule, chance, kinds=("teacher",))


def _form_token(page: Answer) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    return found[1] if found else ""


def _answer(scene: Scene, rule: str, chance: Random) -> Request:
    visitor = scene.visitor("student")
    path = f"/l/{visitor.launch_id}/checks/{visitor.attempt_id}"
    page = scene.send(scene.request("GET", path, cookie=visitor.cookie))
    names = re.findall(r'name="(question|response|place-[^"]+)"(?: value="([^"]*)")?', page.text)
    fields = [(name, value or chance.choice(("1", "3/4", "2:3", "0.5"))) for name, value in names]
    return _change(scene, rule, chance, kind="student", fields=fields)


_GRADEBOOKS = (
    'Student,ID,SIS Login ID,Section,Quiz (1),Poster (2)\n    Points Possible,,,,10,\n"Morales, Ana",1,a,6B,7.5,EX\n',
    'Student;ID;Section;"Quiz; é (1)"\n"Morales, Ana";1;6B;"7,5"\n"Carter,\nBen";2;6B;late\n',
)
_EXPORTS = (oneroster(), both_classes())
_SLOT: Pairs = [("day", "2026-11-23"), ("lesson", "1"), ("section", "1"), ("version", "0")]
_SKILL_MAPS = (
    "kind,id,title,grade,before,after,skills\nmap,m,M,6\nskill,a,A,6\nskill,b,B,6\nprerequisite,,,,a,b\n"
    "activity,q,Q,,,,a=1; b=0.5\n",
    '[map]\nid = "m"\ntitle = "M"\ngrade = 6\n\n[[skills]]\nid = "a"\ntitle = "A"\n',
    json.dumps(framework()),
)
_SKILL_FIELDS = [
    ("id", "scaling"),
    ("title", "Scaling"),
    ("codes", "5.NF.B.5; X"),
    ("grade", "5"),
    ("kind-times-as-many", "soft"),
]
_TEXTS: Pairs = [("body-1", "Ana did well."), ("seen-1", "0123456789abcdef"), ("page", "1")]
_ACTIVITY_FIELDS = [
    ("id", "quiz-foundations"),
    ("title", "Foundations"),
    ("format", "quiz"),
    ("mode", "solo"),
    ("level", "2"),
    ("minutes", "20"),
    ("share-scaling", "50"),
    ("link", "https://example.org/quiz"),
]
_FOR_TEACHERS: Mapping[str, Pairs] = {
    "accommodations.save": [("seen", "1"), ("format", "video"), ("mode", "pair"), ("time", "1.5")],
    "channels.prepare": [("activity", "equivalent-ratios")],
    "channels.preview": [],
    "channels.send_again": [],
    "channels.turn_off": [],
    "channels.turn_on": [("fingerprint", "0" * 32)],
    "class_map.save": [
        ("sort", "-unit-rates"),
        ("bucket", "on_track"),
        ("group", "goals"),
        ("skills", "yes"),
    ],
    "course_copy.decline": [],
    "course_copy.take": [],
    "course_copy.take_back": [],
    "gradebook_connection.connect": [("credential", "7~a0token0of0nobody"), ("key", ""), ("course", "7")],
    "gradebook_connection.disconnect": [],
    "gradebook_export.save": [],
    "family_links.end": [("page", "student")],
    "family_links.end_all": [],
    "family_links.make": [("language", "es")],
    "groups.form": [
        *_SLOT,
        *(("kind", "mixed"), ("smallest", "2"), ("largest", "4"), ("places", "5"), ("minutes", "20")),
        *(("mode", "pair"), ("mode", "solo"), ("adults", "Ms Rivera, Mr Oak"), ("absent", "1")),
    ],
    "groups.move": [*_SLOT, ("student", "2"), ("place", "1")],
    "groups.lock": [*_SLOT, ("place", "1"), ("locked", "yes")],
    "groups.lesson": _SLOT,
    "groups.publish": _SLOT,
    "groups.undo": _SLOT,
    "groups.add_wish": [*_SLOT, ("one", "1"), ("other", "2"), ("kind", "apart")],
    "groups.end_wish": _SLOT,
    "letters.of_class": [("part", "1"), ("with_link", "yes")],
    "letters.of_student": [("with_link", "")],
    "messages.approve": _TEXTS,
    "messages.approve_all": _TEXTS,
    "messages.save": _TEXTS,
    "messages.set_language": [*_TEXTS, ("language", "es")],
    "messages.undo": [],
    "messages.withdraw": [],
    "messages.write_anew": _TEXTS,
    "outcomes.confirm": [(f"skill-{key}", skill) for key, skill in enumerate(("ratio-language", "", "x"), 1)],
    "outcomes.turn_on": [],
    "outcomes.turn_off": [],
    "policy.save": [
        *(("seen", "0"), ("threshold", "75"), ("minutes", ""), ("hand_below", "40"), ("weights", "own")),
        *(("weight_review", "more"), ("weight_fit", "none"), ("approval", "automatic")),
    ],
    "policy.restore": [("version", "0"), ("seen", "0")],
    "policy.set_mode": [("mode", "suggest")],
    "pace.set_": [("all", "2027-03-12"), ("goal-ratio-language", "")],
    "skill_map.edit": [("sample", "grade6-ratios")],
    "skill_map.drop": [],
    "skill_map.use_columns": [("grade", "7")],
    "skill_map.use": [("seen", "1-0123456789abcdef")],
    "draft_entries.save_skill": [
        *_SKILL_FIELDS,
        ("new_before", "unit-rate"),
        ("new_kind", "hard"),
        ("do", "save"),
    ],
    "draft_entries.save_activity": [
        *_ACTIVITY_FIELDS,
        ("new_skill", "unit-rate"),
        ("new_share", "12,5"),
        ("do", "save"),
    ],
    "draft_entries.change_activities": [
        ("activity", "quiz-foundations"),
        ("skill", "scaling"),
        ("share", "50"),
        ("do", "tag"),
    ],
    "together.place": [
        *(("activity", "quiz-foundations"), ("day", "2027-03-12"), ("lesson", "2")),
        *(("minutes", "45"), ("own_minutes", "10")),
    ],
    "together.move": [("day", "2027-03-15"), ("lesson", "")],
    "together.remove": [],
    "together.undo": [("key", "1")],
    "teacher.together": [
        *(
            ("step", "1"),
            ("step", "2"),
            ("act", "pin"),
            ("activity", "quiz-foundations"),
            ("bucket", "on_track"),
        ),
    ],
    "staff.change": [("looks_on", "no")],
    "standing_wishes.pin": [("activity", "quiz-foundations"), ("until", "2027-12-01"), ("for", "class")],
    "standing_wishes.waive": [("skill", "times-as-many")],
    "standing_wishes.lift": [],
    "student_notes.write": [("body", "Works well in pairs.\r\nAsk about it."), ("due", "2026-12-01")],
    "student_notes.change": [
        ("body", "Works best alone."),
        ("seen", "0"),
        ("due", ""),
        ("page", "notes"),
        ("only", "open"),
    ],
    "student_notes.take_back": [],
    "student_notes.remove": [],
    "student_notes.put_back": [("page", "notes")],
    "student_notes.done": [("done", "yes"), ("page", "student")],
    "teacher.undo": [("student", "1"), ("bucket", "new")],
    "teacher.send_again": [],
    "teacher.approve": [("student", "1")],
    "teacher.swap": [("option", "1"), ("student", "2")],
    "teacher.veto": [("student", "3"), ("bucket", "new")],
    "teacher.approve_all": [],
    "teacher.read_again": [],
    "teacher.offer_diagnostic": [("offered", "yes")],
    "teacher.adopt": [("sample", "grade6-ratios"), *((f"tag-{key}", "") for key in range(1, 7))],
}
_FOR_STUDENTS: Mapping[str, Pairs] = {
    "student.done": [],
    "student.start": [],
    "student.choose": [("option", "1")],
    "student.ask_for": [("challenge", "-0.5")],
    "student.contest": [],
    "about_me.say": [("interest", "music"), ("interest", "art"), ("goal", "Ratios"), ("favourite_goal", "")],
    "about_me.set_week": [("steps", "3")],
    "about_me.forget": [],
    "diagnostic.begin": [],
    "diagnostic.answer": [("question", "check-ratio-tables/rt-1"), ("response", "a"), ("not_learned", "")],
    "diagnostic.stop": [],
}
_FOR_FAMILIES: Mapping[str, Pairs] = {
    "family.language": [("language", "es")],
    "family.stop": [],
    "family.again": [],
}
_BY_LINK: Mapping[str, Pairs] = {
    "family_open.show": [],
    "family_open.language": [("language", "es")],
    "family_open.stop": [],
    "family_open.again": [],
}
_FOR_PICKERS: Pairs = [
    ("activity", "quiz-foundations"),
    ("opens", "2026-12-01T08:00"),
    ("due", ""),
    ("target", "iframe"),
]
_ANYBODY = ("teacher", "student", "family", "picker", "review")

# How often each is chosen, and how its requests are made. A new address needs a line here; only those of the
# administration that let nobody in without both factors need none.
SHAPES: Mapping[str, tuple[float, Shape]] = {
    "lti.login": (8, _login),
    "lti.launch": (16, _launch),
    "lti.continue_in_new_window": (3, _continue),
    "lti.key_set": (1, _get),
    "platform_notices.take": (8, _notices),
    "registration.ask": (4, partial(_register, method="GET")),
    "registration.connect": (4, partial(_register, method="POST")),
    "admin.ask": (1, _get),
    "admin.check": (1, _sign_in),
    "admin.ask_code": (0.5, partial(_half_signed_in, login="ada", method="GET")),
    "admin.check_code": (0.5, partial(_half_signed_in, login="ada", method="POST")),
    "admin.set_up": (0.5, partial(_half_signed_in, login="bob", method="GET")),
    "admin.confirm_set_up": (0.5, partial(_half_signed_in, login="bob", method="POST")),
    "health.alive": (1, _get),
    "static": (1, _get),
    **{f"landing.{name}": (1, partial(_page, kinds=_ANYBODY)) for name in ("lead_on", "welcome")},
    **{f"teacher.{name}": (1, partial(_page, kinds=("teacher",))) for name in ("deliveries", "proposal")},
    **{
        f"teacher.{name}": (1, partial(_page, kinds=("teacher",)))
        for name in ("setup", "status", "student", "today")
    },
    **{f"class_map.{name}": (1, partial(_page, kinds=("teacher",))) for name in ("evidence", "show")},
    **{f"groups.{name}": (1, partial(_page, kinds=("teacher",))) for name in ("board", "show")},
    **{f"results.{name}": (1, partial(_page, kinds=("teacher",))) for name in ("show", "save")},
    **{f"student.{name}": (1, partial(_page, kinds=("student",))) for name in ("activity", "check", "next")},
    **{f"family.{name}": (1, partial(_page, kinds=("family",))) for name in ("home", "report")},
    "about_me.show": (1, partial(_page, kinds=("student",))),
    "together.show": (1, partial(_page, kinds=("teacher",))),
    **{name: (1, partial(_change, kind="family", fields=fields)) for name, fields in _FOR_FAMILIES.items()},
    "family_links.show": (1, partial(_page, kinds=("teacher",))),
    "family_open.enter": (1, _get),
    **{
        f"family_open.{name}": (1, partial(_by_link, method="GET", fields=[]))
        for name in ("welcome", "report")
    },
    **{name: (1, partial(_by_link, method="POST", fields=fields)) for name, fields in _BY_LINK.items()},
    "staff.show": (1, partial(_page, kinds=("teacher",))),
    "students.show": (1, partial(_page, kinds=("teacher",))),
    "student_notes.show": (1, partial(_page, kinds=("teacher",))),
    "week.show": (1, partial(_page, kinds=("teacher",))),
    "messages.show": (1, partial(_page, kinds=("teacher",))),
    "letters.of_own_child": (0.5, partial(_page, kinds=("family",))),
    "diagnostic.show": (1, partial(_page, kinds=("student",))),
    "picker.pick": (1, partial(_page, kinds=("picker",))),
    "review.show": (1, partial(_page, kinds=("review",))),
    **{name: (1, partial(_change, kind="teacher", fields=fields)) for name, fields in _FOR_TEACHERS.items()},
    **{name: (1, partial(_change, kind="student", fields=fields)) for name, fields in _FOR_STUDENTS.items()},
    "gradebook_import.choose": (1, partial(_page, kinds=("teacher",))),
    **{
        f"pace.{name}": (1, partial(_page, kinds=("teacher",)))
        for name in ("preview", "save_standards", "show", "standards")
    },
    **{f"policy.{name}": (1, partial(_page, kinds=("teacher",))) for name in ("preview", "roll_out", "show")},
    "skill_map.bring": (4, _skill_map),
    "skill_map.show": (1, partial(_page, kinds=("teacher",))),
    "skill_map.save": (1, partial(_page, kinds=("teacher",))),
    "skill_map.draft": (1, _draft_page),
    "draft_entries.skill": (1, _draft_page),
    "draft_entries.activity": (1, _draft_page),
    "channels.show": (1, partial(_page, kinds=("teacher",))),
    "outcomes.show": (1, partial(_page, kinds=("teacher",))),
    "gradebook_connection.show": (1, partial(_page, kinds=("teacher",))),
    "canvas_sign_in.begin": (2, _sign_in_at_canvas),
    "canvas_sign_in.authorised": (2, _authorised),
    "canvas_sign_in.connected": (0.5, _get),
    "gradebook_import.look": (4, _gradebook),
    "gradebook_import.take_results": (1, _gradebook_answer),
    "gradebook_import.refuse": (0.5, _gradebook_answer),
    "student.answer": (2, _answer),
    "picker.send": (2, partial(_change, kind="picker", fields=_FOR_PICKERS)),
}


def shapes(rules: Iterable[tuple[str, str, Collection[str]]]) -> dict[str, tuple[float, str, Shape]]:
    """For each endpoint of the application how often it is chosen, its rule and its shape.

    Raises LookupError where one has no shape, or a shape no address any more.
    """
    found: dict[str, tuple[float, str, Shape]] = {}
    for endpoint, rule, methods in rules:
        guarded = partial(_guarded, method="POST" if "POST" in methods else "GET")
        weight, shape = SHAPES.get(endpoint) or ((0.2, guarded) if rule.startswith("/admin/") else (0, None))
        if shape is None:
            raise LookupError(f"{endpoint} ({rule}) has no shape in tests/fuzz/shapes.py")
        found[endpoint] = weight, rule, shape
    if gone := SHAPES.keys() - found.keys():
        raise LookupError(f"there is no address any more for {sorted(gone)}")
    return found
