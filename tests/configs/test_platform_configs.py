"""What administrators paste into their LMS: the examples in configs/ are true, Canvas's JSON is acceptable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lti_tool.launch.tool_configuration import CUSTOM_PARAMETERS, canvas_key, configuration_files
from tests.command_line import run

ADDRESS = "https://waymark.example"
FOLDER = Path(__file__).resolve().parents[2] / "configs"
LMS = ["canvas", "moodle", "schoology"]

# The field list of https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config
# and the schema lib/schemas/lti/tool_configuration.rb of https://github.com/instructure/canvas-lms.
TOP = {
    "title": str,
    "description": str,
    "oidc_initiation_url": str,
    "target_link_uri": str,
    "public_jwk_url": str,
    "scopes": list,
    "custom_fields": dict,
    "extensions": list,
}
EXTENSION = {"platform": str, "domain": str, "tool_id": str, "privacy_level": str, "settings": dict}
SETTINGS = {"text": str, "icon_url": str, "placements": list}
PLACEMENT = {
    "placement": str,
    "message_type": str,
    "target_link_uri": str,
    "text": str,
    "icon_url": str,
    "enabled": bool,
    "default": str,
    "visibility": str,
}
MESSAGES = {
    "course_navigation": "LtiResourceLinkRequest",
    "link_selection": "LtiDeepLinkingRequest",
    "assignment_selection": "LtiDeepLinkingRequest",
}
SCOPES = {
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "https://purl.imsglobal.org/spec/lti/scope/noticehandlers",
}


def fits(value: dict[str, Any], fields: Mapping[str, type]) -> bool:
    return all(name in fields and isinstance(item, fields[name]) for name, item in value.items())


@pytest.mark.parametrize("lms", LMS)
def test_the_examples_are_what_the_command_writes_today(lms: str) -> None:
    name, text = configuration_files(ADDRESS)[lms]
    assert (FOLDER / lms / name).read_text(encoding="utf-8") == text


def test_every_field_of_the_canvas_key_is_one_that_canvas_knows() -> None:
    key = canvas_key(ADDRESS)
    assert fits(key, TOP)
    assert set(key) == set(TOP)
    (extension,) = key["extensions"]
    assert fits(extension, EXTENSION)
    assert extension["platform"] == "canvas.instructure.com"
    assert extension["privacy_level"] == "name_only"
    assert fits(extension["settings"], SETTINGS)
    placements = extension["settings"]["placements"]
    assert {item["placement"]: item["message_type"] for item in placements} == MESSAGES
    assert all(fits(item, PLACEMENT) for item in placements)
    assert set(key["scopes"]) == SCOPES


def test_the_canvas_key_asks_for_parameters_that_the_launch_reads() -> None:
    fields = canvas_key(ADDRESS)["custom_fields"]
    assert fields["observees"] == "$com.instructure.User.observees"
    assert all(fields[name] == f"${CUSTOM_PARAMETERS[name]}" for name in fields)


def test_every_address_is_on_the_real_host() -> None:
    for lms in LMS:
        text = configuration_files("https://w.school.example:8443")[lms][1]
        assert "https://w.school.example:8443/lti/launch" in text
        assert "waymark.example" not in text
    assert canvas_key("https://w.school.example:8443")["extensions"][0]["domain"] == "w.school.example:8443"


def test_the_command_prints_and_writes_for_the_host_that_it_is_told(tmp_path: Path) -> None:
    printed = run("configs", "canvas", "--address", "https://w.example")
    assert printed.returncode == 0
    assert json.loads(printed.stdout) == canvas_key("https://w.example")
    written = run("configs", "moodle", "--address", "https://w.example", "--out", str(tmp_path))
    assert written.stdout.strip() == str(tmp_path / "moodle" / "external_tool.txt")
    assert "https://w.example/lti/jwks" in (tmp_path / "moodle" / "external_tool.txt").read_text()


def test_an_odd_address_is_one_sentence() -> None:
    result = run("configs", "canvas", "--address", "https://w.example/path")
    assert (result.returncode, "without a path" in result.stderr) == (2, True)
