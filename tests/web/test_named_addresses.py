"""Every address that a template asks for by name is one of ours: a name that went out of use would break its page."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

import lti_tool.web

_NAMED = re.compile(r"""url_for\(\s*["']([\w.]+)["']""")


def test_every_address_that_a_template_names_exists(ada: FlaskClient) -> None:
    known = {rule.endpoint for rule in ada.application.url_map.iter_rules()}
    folder = Path(lti_tool.web.__file__).parent
    named = {
        (str(path.relative_to(folder)), name)
        for path in (*folder.rglob("*.html"), *folder.rglob("*.py"))
        for name in _NAMED.findall(path.read_text(encoding="utf-8"))
        if not name.startswith(".")
    }
    assert len(named) > 100
    assert sorted((where, name) for where, name in named if name not in known) == []
