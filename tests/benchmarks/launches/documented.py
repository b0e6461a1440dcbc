"""The measure: a tool made of PyLTI1p3 and nothing else, put together as its documentation shows.

https://github.com/dmitry-viskov/pylti1.3: a JSON configuration, login and launch by the Flask adapter, launch
data in a cache (Redis, or files where there is no Redis), then the content, which says who came from which
course: in the launch's own answer, or after a redirect, where it finds the launch again by its id.
Started by gunicorn as `tests.benchmarks.launches.documented:create_app()`.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, redirect, url_for
from flask_caching import Cache
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfJsonFile

_PAGE = """<!doctype html><html lang="en"><title>{{ course }}</title><h1>{{ course }}</h1>
<p>Welcome, {{ name }}.</p></html>"""


def create_app() -> Flask:
    """The application; its configuration stands in the environment."""
    app = Flask(__name__)
    app.secret_key = "only for measuring"
    cache = Cache(app, config=_cache_settings())
    configuration = os.environ["BENCHMARK_CONFIGURATION"]
    page = app.jinja_env.from_string(_PAGE)  # compiled once, as a template file would be
    caches_keys = os.environ.get("BENCHMARK_KEY_CACHE") == "1"
    redirects = os.environ.get("BENCHMARK_REDIRECT") == "1"

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> Any:
        request = FlaskRequest()
        oidc_login = FlaskOIDCLogin(
            request, ToolConfJsonFile(configuration), launch_data_storage=FlaskCacheDataStorage(cache)
        )
        return oidc_login.redirect(request.get_param("target_link_uri"))

    @app.post("/lti/launch")
    def launch() -> Any:
        storage = FlaskCacheDataStorage(cache)
        message = FlaskMessageLaunch(
            FlaskRequest(), ToolConfJsonFile(configuration), launch_data_storage=storage
        )
        if caches_keys:
            message.set_public_key_caching(storage)
        data = message.get_launch_data()
        if not redirects:
            return _rendered(data)
        return redirect(url_for("content", launch_id=message.get_launch_id()))

    @app.get("/content/<launch_id>")
    def content(launch_id: str) -> str:
        message = FlaskMessageLaunch.from_cache(
            launch_id,
            FlaskRequest(),
            ToolConfJsonFile(configuration),
            launch_data_storage=FlaskCacheDataStorage(cache),
        )
        return _rendered(message.get_launch_data())

    def _rendered(data: Any) -> str:
        course = data["https://purl.imsglobal.org/spec/lti/claim/context"]["title"]
        return page.render(course=course, name=data["name"])

    return app


def _cache_settings() -> dict[str, Any]:
    redis = os.environ.get("BENCHMARK_REDIS")
    if redis:
        return {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": redis}
    return {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": os.environ["BENCHMARK_FILES"]}
