"""What a platform's services are good for, in words for administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lti_tool.launch import vocab
from lti_tool.launch.registration_updates import Difference, EndpointChange
from lti_tool.web.i18n import gettext as _

_LINE_ITEM, _RESULT, _SCORE, _MEMBERSHIPS = vocab.SCOPES


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """A service: what Waymark does with it, and what will not work without it."""

    does: str
    without: str


_SERVICES: dict[str, Callable[[], ServiceWords]] = {
    _LINE_ITEM: lambda: ServiceWords(
        _("Columns in the gradebook: list those of Waymark and make new ones"),
        _("No next step and no score can be shown in the gradebook."),
    ),
    _RESULT: lambda: ServiceWords(
        _("Results: read the scores in those columns"),
        _("Waymark knows only what students do inside Waymark."),
    ),
    _SCORE: lambda: ServiceWords(
        _("Scores: write the next step, and scores of activities done here, into those columns"),
        _("Nothing is written into the gradebook; students see their step inside Waymark only."),
    ),
    _MEMBERSHIPS: lambda: ServiceWords(
        _("Roster: read who takes part in a course, with names and roles"),
        _("Teachers see only students who have opened Waymark themselves."),
    ),
    vocab.NOTICE_HANDLERS: lambda: ServiceWords(
        _("Notices: be told when a course was copied"),
        _("A copied course is recognised only when somebody opens Waymark in it."),
    ),
}


def services_of(scopes: Iterable[str]) -> list[ServiceWords]:
    """Words for those of these scopes that we use, in our own order."""
    given = set(scopes)
    return [words() for scope, words in _SERVICES.items() if scope in given]


def part_words(difference: Difference) -> str:
    """What a part of the registration is called on a page."""
    return {
        "name": _("Name"),
        "addresses": _("Addresses of Waymark"),
        "services": _("Services"),
        "parameters": _("What is sent along with a launch"),
        "messages": _("Ways to open Waymark"),
        "claims": _("What Waymark is told about a person"),
    }[difference.part]


def item_words(difference: Difference, item: str) -> str:
    """One entry of a part: words for services, else the entry itself."""
    words = _SERVICES.get(item) if difference.part == "services" else None
    return words().does if words else item


def endpoint_words(change: EndpointChange) -> str:
    """What one of the platform's addresses is called on a page."""
    return {
        "auth_login_url": _("Sign-in address of the platform"),
        "auth_token_url": _("Access token address of the platform"),
        "key_set_url": _("Public keys of the platform"),
        "auth_audience": _("Name of the platform's sign-in service"),
    }[change.field]
