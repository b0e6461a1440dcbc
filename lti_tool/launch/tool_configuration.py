"""What a learning platform needs to know about us: names, addresses, services, placements, parameters.

The one place for it. Dynamic registration sends these values (`launch.registration_request`); where an
administrator types or pastes them, they are built here in the form and under the field names of that LMS:
Canvas's developer-key JSON (https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config),
Moodle's form (language files of mod_lti, https://github.com/moodle/moodle), Schoology's form
(https://developers.schoology.com/app-platform/lti-apps).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from lti_tool.launch import vocab
from lti_tool.launch.addresses import KEY_SET_PATH, LAUNCH_PATH, LOGIN_PATH

NAME: Final = "Waymark"
DESCRIPTION: Final = "Shows every student one good next step, with the reason."
TOOL_ID: Final = "waymark"
PICKER_LABEL: Final = f"Add activities from {NAME}"
ICON_PATH: Final = "/static/icon.svg"

# Teachers' lists need names; e-mail addresses and pictures are never asked for. Canvas sends its claim
# about families only with both, so families are found by the variable User.observees instead.
PRIVACY_LEVEL: Final = "name_only"

# What the launch reads, by the names under which it looks for them. A platform that does not know a
# variable sends its name as it stands, which counts as nothing.
CUSTOM_PARAMETERS: Final[Mapping[str, str]] = {
    "context_history": "Context.id.history",
    "resource_link_history": "ResourceLink.id.history",
    "activity_history": "Activity.id.history",
    "observees": "com.instructure.User.observees",
    "student_view": "com.instructure.User.student_view",
    "masquerader": "Canvas.masqueradingUser.id",
    "course_end": "CourseSection.timeFrame.end",
    "canvas_course_end": "Canvas.course.endAt",
}
_CANVAS_PARAMETERS = (
    *("context_history", "activity_history", "observees", "student_view", "masquerader"),
    "canvas_course_end",
)
_MOODLE_PARAMETERS = ("context_history", "course_end")
_SCHOOLOGY_PARAMETERS = ("context_history", "resource_link_history")


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Our addresses, from the origin at which people reach us."""

    origin: str

    @property
    def launch(self) -> str:
        """Where every message goes: target link, redirect address, deep linking."""
        return self.origin + LAUNCH_PATH

    @property
    def login(self) -> str:
        return self.origin + LOGIN_PATH

    @property
    def key_set(self) -> str:
        return self.origin + KEY_SET_PATH

    @property
    def icon(self) -> str:
        return self.origin + ICON_PATH

    @property
    def domain(self) -> str:
        """The host, with its port: Moodle compares it with that of the target link."""
        return urlsplit(self.origin).netloc


@dataclass(frozen=True, slots=True)
class FormValue:
    """One field of an LMS's own form: its label there, and what to type, or to choose from what it offers."""

    label: str
    value: str
    choose: bool = False


def canvas_key(address: str) -> dict[str, Any]:
    """The JSON that an administrator of Canvas pastes for a developer key.

    In a course the link stands switched off in the navigation until a teacher shows it: nobody asked the
    other courses of the school.
    """
    own = OwnAddresses(address)
    picker = {
        "message_type": vocab.DEEP_LINKING_REQUEST,
        "target_link_uri": own.launch,
        "text": PICKER_LABEL,
        "icon_url": own.icon,
        "enabled": True,
    }
    navigation = {
        "placement": "course_navigation",
        "message_type": vocab.RESOURCE_LINK_REQUEST,
        "target_link_uri": own.launch,
        "text": NAME,
        "icon_url": own.icon,
        "enabled": True,
        "default": "disabled",
        "visibility": "members",
    }
    return {
        "title": NAME,
        "description": DESCRIPTION,
        "oidc_initiation_url": own.login,
        "target_link_uri": own.launch,
        "public_jwk_url": own.key_set,
        "scopes": [*vocab.SCOPES, vocab.NOTICE_HANDLERS],
        "custom_fields": _parameters(_CANVAS_PARAMETERS),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": own.domain,
                "tool_id": TOOL_ID,
                "privacy_level": PRIVACY_LEVEL,
                "settings": {
                    "text": NAME,
                    "icon_url": own.icon,
                    "placements": [
                        navigation,
                        {"placement": "link_selection", **picker},
                        {"placement": "assignment_selection", **picker},
                    ],
                },
            }
        ],
    }


def moodle_values(address: str) -> tuple[FormValue, ...]:
    """Moodle's form “Configure a tool manually”, from top to bottom."""
    own = OwnAddresses(address)
    return (
        FormValue("Tool name", NAME),
        FormValue("Tool URL", own.launch),
        FormValue("Tool description", DESCRIPTION),
        FormValue("LTI version", "LTI 1.3", choose=True),
        FormValue("Public key type", "Keyset URL", choose=True),
        FormValue("Public keyset", own.key_set),
        FormValue("Initiate login URL", own.login),
        FormValue("Redirection URI(s)", own.launch),
        FormValue("Custom parameters", _lines(_MOODLE_PARAMETERS)),
        FormValue(
            "Tool configuration usage", "Show in activity chooser and as a preconfigured tool", choose=True
        ),
        FormValue("Default launch container", "Embed, without blocks", choose=True),
        FormValue("Supports Deep Linking (Content-Item Message)", "ticked", choose=True),
        FormValue("Content Selection URL", own.launch),
        FormValue("Icon URL", own.icon),
        FormValue(
            "IMS LTI Assignment and Grade Services",
            "Use this service for grade sync and column management",
            choose=True,
        ),
        FormValue(
            "IMS LTI Names and Role Provisioning",
            "Use this service to retrieve members' information as per privacy settings",
            choose=True,
        ),
        FormValue("Tool Settings", "Do not use this service", choose=True),
        FormValue("Share launcher's name with tool", "Always", choose=True),
        FormValue("Share launcher's email with tool", "Never", choose=True),
        FormValue("Accept grades from the tool", "Delegate to teacher", choose=True),
    )


def schoology_values(address: str) -> tuple[FormValue, ...]:
    """Schoology's form “Add App”, as far as it concerns an LTI 1.3 app.

    Its custom parameters reach only links that were placed in the app's own places; activities from our
    picker carry theirs themselves.
    """
    own = OwnAddresses(address)
    return (
        FormValue("App Name", NAME),
        FormValue("Description", DESCRIPTION),
        FormValue("Type of App", "LTI 1.3 App", choose=True),
        FormValue("Can be installed for", "Courses; Course Materials", choose=True),
        FormValue("Configuration Type", "Manual", choose=True),
        FormValue(
            "Privacy", "names and roles; no e-mail addresses where the form offers the choice", choose=True
        ),
        FormValue(
            "LTI Advantage",
            "Deep Linking; Assignment and Grade Services; Names and Role Provisioning Services",
            choose=True,
        ),
        FormValue("JWKS URL", own.key_set),
        FormValue("Domain/URL", own.launch),
        FormValue("OIDC Login Init URL", own.login),
        FormValue("Redirect URLs", own.launch),
        FormValue("Custom Parameters", _lines(_SCHOOLOGY_PARAMETERS)),
    )


def configuration_files(address: str) -> dict[str, tuple[str, str]]:
    """For each LMS the name and the text of a file with everything that its administrator needs."""
    return {
        "canvas": ("developer_key.json", json.dumps(canvas_key(address), indent=2) + "\n"),
        "moodle": ("external_tool.txt", _form_text(moodle_values(address))),
        "schoology": ("lti_app.txt", _form_text(schoology_values(address))),
    }


def _parameters(names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"${CUSTOM_PARAMETERS[name]}" for name in names}


def _lines(names: tuple[str, ...]) -> str:
    return "\n".join(f"{name}={value}" for name, value in _parameters(names).items())


def _form_text(values: tuple[FormValue, ...]) -> str:
    return "\n".join(
        f"{item.label}\n    {item.value.replace(chr(10), chr(10) + '    ')}\n" for item in values
    )
