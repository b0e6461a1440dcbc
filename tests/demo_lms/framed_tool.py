"""The probe with pages, for tests in a real browser: it answers logins and launches inside the frame."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests
from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from tests.demo_lms.probe import DL, Probe, first_key, key_set_app


@dataclass(slots=True)
class FramedTool:
    """How the tool answers, and what it has received."""

    way: str = "redirect"
    probe: Probe | None = None
    items: list[dict[str, Any]] = field(default_factory=list)
    launches: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def app(self) -> Flask:
        app = key_set_app([first_key()])
        app.add_url_rule("/login", view_func=self.login, methods=["GET", "POST"])
        app.add_url_rule("/launch", view_func=self.launch, methods=["POST"])
        app.add_url_rule("/register", view_func=self.register)
        return app

    def login(self) -> Response | str:
        assert self.probe is not None
        asked = self.probe.authentication(request.values.to_dict(), nonce=uuid4().hex)
        address = f"{self.probe.lms.address}/lti/authorize"
        target = requests.Request("GET", address, params=asked).prepare().url or ""
        if self.way == "redirect":
            return redirect(target)
        if self.way == "form":
            return _form(address, asked)
        return Markup(
            '<!doctype html><title>Login</title><a id="go" href="{}">Go</a><script>document.getElementById("go").click()</script>'
        ).format(target)

    def launch(self) -> str:
        assert self.probe is not None
        if "error" in request.form:
            self.errors.append(request.form["error"])
            return f"<p id='error'>{escape(request.form['error'])}</p>"
        keys = KeySet.import_key_set(requests.get(f"{self.probe.lms.address}/lti/jwks", timeout=10).json())
        claims = jwt.decode(request.form["id_token"], keys, algorithms=["RS256"]).claims
        self.launches.append(claims)
        if f"{DL}deep_linking_settings" in claims:
            response = self.probe.deep_linking_response(claims, self.items)
            return _form(claims[f"{DL}deep_linking_settings"]["deep_link_return_url"], {"JWT": response})
        return Markup("<!doctype html><title>Tool</title><p id='who'>{}</p>").format(claims["name"])

    def register(self) -> str:
        assert self.probe is not None
        token = request.args["registration_token"]
        answer = requests.get(
            request.args["openid_configuration"], headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        registered = requests.post(
            answer.json()["registration_endpoint"],
            json=self.probe.registration(client_name="Framed probe"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        assert registered.status_code == 200
        return "<!doctype html><title>Done</title><script>window.parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')</script>"


def _form(address: str, fields: dict[str, str]) -> str:
    inputs = Markup().join(
        Markup('<input type="hidden" name="{}" value="{}">').format(*pair) for pair in fields.items()
    )
    return Markup(
        '<!doctype html><title>Form</title><form method="post" action="{}">{}</form><script>document.forms[0].submit()</script>'
    ).format(address, inputs)
