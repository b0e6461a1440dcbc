"""The floor: a Flask application that sends the browser to the platform and believes what comes back."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

_PAGE = "<!doctype html><html lang='en'><title>{{ length }}</title><p>Welcome.</p></html>"


def create_app() -> Flask:
    """The application; it needs no configuration."""
    app = Flask(__name__)
    page = app.jinja_env.from_string(_PAGE)

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> Response:
        query = urlencode({"state": "s", "nonce": "n", "login_hint": request.form["login_hint"]})
        return redirect(f"{request.form['iss']}/auth?{query}")

    @app.post("/lti/launch")
    def launch() -> str:
        return page.render(length=len(request.form["id_token"]))

    return app
