"""A platform whose course pages embed the running tool, for browsers of every kind.

The platform is at localhost, the tool at 127.0.0.1: two sites for a browser. The platform's pages are also at
127.0.0.1, where they are a stranger's.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from lti_tool.launch import vocab
from lti_tool.models.courses import Context
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment
from lti_tool.usecases import skill_maps
from tests.certificates import Authority
from tests.factories import SKILL_MAPS, make_teacher
from tests.launch.platform import MEMBERSHIP, SigningPlatform, Tool, running_platform, running_tool


@dataclass(frozen=True, slots=True)
class Embedded:
    """The platform, the tool, and where browsers find the tool."""

    platform: SigningPlatform
    tool: Tool
    address: str

    @property
    def stranger(self) -> str:
        """An origin that shows the platform's pages and is not registered."""
        return self.platform.issuer.replace("localhost", "127.0.0.1")

    def adopt_skill_map(self) -> None:
        """Let the platform's course have its skill map, so that students find activities."""
        with self.tool.app.extensions["waymark"].database.transaction() as session:
            now = datetime.now(UTC)
            deployment = session.scalars(select(Deployment)).one()
            context = Context(
                deployment_id=deployment.id, context_id="course-1", title="Ratios", created_at=now
            )
            session.add(context)
            session.flush()
            skill_maps.adopt(
                session,
                context=context,
                folder=SKILL_MAPS,
                sample_id="grade6-ratios",
                tags={},
                teacher=make_teacher(session, context),
                now=now,
            )

    def end_sessions(self) -> None:
        """Let every launch session be over."""
        with self.tool.app.extensions["waymark"].database.transaction() as session:
            session.execute(update(LaunchSession).values(expires_at=datetime.now(UTC)))


@contextmanager
def embedded_tool(folder: Path, authority: Authority | None = None) -> Iterator[Embedded]:
    """The tool on the migrated database `waymark.sqlite` in `folder`; with an `authority` both speak https."""
    tls = authority.server("localhost", "127.0.0.1") if authority else None
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True, ssl_context=tls)
    address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    with (
        running_platform(tls) as platform,
        running_tool(
            f"sqlite:///{folder}/waymark.sqlite",
            platform,
            folder,
            address=address,
            ca_bundle=authority.bundle if authority else None,
        ) as tool,
    ):
        tool.app.extensions["waymark"] = replace(
            tool.app.extensions["waymark"], clock=lambda: datetime.now(UTC)
        )
        server.app = tool.app
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        _add_pages(platform, address)
        try:
            yield Embedded(platform, tool, address)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _add_pages(platform: SigningPlatform, address: str) -> None:
    target = address + "/lti/launch"
    login = platform.login_parameters(target_link_uri=target)

    def start(**more: str) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (login | more).items()
        )
        return _auto_post(address + "/lti/login", fields)

    latest = {"page": ""}

    def authorize(query: dict[str, str]) -> str:
        who = _WHO.get(query["login_hint"], {})
        claims = platform.claims(query["nonce"], datetime.now(UTC), **{vocab.TARGET_LINK_URI: target}, **who)
        fields = f'<input name="id_token" value="{platform.sign(claims)}"><input name="state" value="{query["state"]}">'
        latest["page"] = _auto_post(target, fields)
        return latest["page"]

    platform.pages["/latest"] = lambda _query: latest["page"]
    for name, hint in _HINTS.items():
        platform.pages[f"/start-{name}"] = functools.partial(_started, start, hint)
        platform.pages[f"/course-{name}"] = fixed_page(f"<iframe name=tool src=/start-{name}></iframe>")
    closed = "allow-scripts allow-forms allow-top-navigation-by-user-activation"
    platform.pages["/course-without-windows"] = fixed_page(f'<iframe sandbox="{closed}" src=/start></iframe>')
    platform.pages["/course-with-storage-without-windows"] = fixed_page(
        f'<iframe sandbox="{closed}" src=/start-with-storage></iframe><script>{_HEAR}{_STORAGES["/course-with-storage"]}</script>'
    )

    platform.pages["/course"] = lambda _query: "<h1>Course</h1><iframe name=tool src=/start></iframe>"
    sandbox = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox"
    platform.pages["/course-in-a-sandbox"] = fixed_page(f'<iframe sandbox="{sandbox}" src=/start></iframe>')
    platform.pages["/start"] = lambda _query: start()
    platform.pages["/start-with-storage"] = lambda _query: start(lti_storage_target="_parent")
    platform.pages["/auth"] = authorize
    for name, start_page in (("narrow", "/start"), ("narrow-as-teacher", "/start-as-teacher")):
        platform.pages[f"/course-{name}"] = fixed_page(
            f'<iframe name=tool width=320 height=700 style="border: 0" src={start_page}></iframe>'
        )
    platform.pages["/stranger"] = fixed_page(
        "<script>addEventListener('message', (event) => parent.frames[0].postMessage(event.data, '*'))</script>"
    )
    for name, script in _STORAGES.items():
        page = f"<iframe name=tool src=/start-with-storage></iframe><script>{_HEAR}{script}</script>"
        platform.pages[name] = fixed_page(page)


def _started(start: Callable[..., str], hint: str, _query: dict[str, str]) -> str:
    return start(login_hint=hint)


def fixed_page(page: str) -> Callable[[dict[str, str]], str]:
    """A page of the platform that is always the same."""
    return lambda _query: page


_HINTS = {"as-teacher": "teacher", "as-another-student": "another", "with-scripts-in-names": "scripts"}
_SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
_WHO: dict[str, dict[str, Any]] = {
    "teacher": {"sub": "teacher-1", vocab.ROLES: [MEMBERSHIP + "Instructor"]},
    "another": {"sub": "student-2", "name": "Ben Bravo", "given_name": "Ben", "family_name": "Bravo"},
    "scripts": {
        "sub": "teacher-2",
        "name": _SCRIPT,
        vocab.ROLES: [MEMBERSHIP + "Instructor"],
        vocab.CONTEXT: {"id": "course-2", "title": _SCRIPT, "label": _SCRIPT},
    },
}
_HEAR = """
window.heard = []; const kept = {};
window.addEventListener("message", (event) => {
  const message = event.data;
  if (!String(message.subject).startsWith("lti.") || message.subject === "lti.frameResize") return;
  window.heard.push(message);
  if (message.subject === "lti.put_data") kept[message.key] = message.value;
  const answer = { subject: message.subject + ".response", message_id: message.message_id, key: message.key, value: kept[message.key] };
  reply(answer, event);
});
"""
_STORAGES = {
    "/course-with-storage": "const reply = (answer, event) => event.source.postMessage(answer, event.origin);",
    "/course-with-lying-storage": """const reply = (answer, event) => event.source.postMessage(
        answer.subject.startsWith("lti.get") ? { ...answer, value: "A".repeat(43) } : answer, event.origin);""",
    "/course-with-wrong-ids": """const reply = (answer, event) =>
        event.source.postMessage({ ...answer, message_id: "another" }, event.origin);""",
    "/course-with-wrong-subjects": """const reply = (answer, event) =>
        event.source.postMessage({ ...answer, subject: "lti.get_data.response" }, event.origin);""",
    "/course-with-wrong-times": """const reply = (answer, event) =>
        setTimeout(() => event.source.postMessage(answer, event.origin), 2500);""",
    # Answered with the right id, by a frame of another origin that the platform's page told it to.
    "/course-with-wrong-windows": """
        const stranger = document.createElement("iframe");
        stranger.src = location.href.replace("localhost", "127.0.0.1").replace(/[^/]*$/, "stranger");
        document.body.append(stranger);
        const reply = (answer, event) => stranger.contentWindow.postMessage(answer, "*");""",
}


def _auto_post(action: str, fields: str) -> str:
    return f'<form method="post" action="{action}">{fields}</form><script>document.forms[0].submit()</script>'
