"""What a launch must say besides being genuine: who, in which course, with which role.

A platform may leave out the person (LTI 1.3 Core, section 5.3.6.1) and the course (section 5.4.1), and may
send an empty list of roles (section 5.3.7). Waymark is about one person's learning in one course, so it
lets such launches in only where neither is needed, and then shows a page that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.roles import Role
from lti_tool.launch.wire import wire_id, wire_object
from lti_tool.pathways.wording import N_

_IDENTITY: tuple[str, ...] = ("name", "given_name", "family_name", "middle_name", "email", "picture")


def required_id(holder: Mapping[str, Any], name: str) -> str:
    """The identifier under this name. Raises LaunchRefused `launch.claim_missing`."""
    value = wire_id(holder.get(name))
    if not value:
        raise claim_missing(name)
    return value


def person_id(payload: Mapping[str, Any]) -> str | None:
    """The platform's id of the person; None when the launch is anonymous.

    The specification speaks of a `sub` that is left out. An empty one names nobody either, so it is taken
    the same way, which gives less than any other reading. Raises LaunchRefused `launch.claim_missing` for
    a `sub` that is no identifier: over 255 characters, an object, text with control characters.
    """
    if payload.get("sub") in (None, ""):
        return None
    return required_id(payload, "sub")


def require_consistent_anonymity(
    payload: Mapping[str, Any], *, message_type: str, about_activity: bool, roles: Sequence[Role]
) -> None:
    """Let an anonymous launch pass only where nothing depends on the person.

    Raises LaunchRefused `launch.anonymous`: something about the person is there all the same (the
    specification leaves out all of it together), the launch is about one person's work, or only the
    person could say what may be seen (families).
    """
    named = any(_says_something(payload.get(claim)) for claim in _IDENTITY)
    named = named or _says_something(wire_object(payload, vocab.LIS).get("person_sourcedid"))
    only_mentor = set(roles) == {Role.MENTOR}
    if named or about_activity or only_mentor or message_type != vocab.RESOURCE_LINK_REQUEST:
        raise anonymous()


def require_context(*, message_type: str, about_activity: bool) -> None:
    """Let a launch without a course pass only where none is needed.

    Raises LaunchRefused `launch.context_required`.
    """
    if about_activity or message_type != vocab.RESOURCE_LINK_REQUEST:
        raise context_required()


def require_role(roles: Sequence[Role]) -> None:
    """Raises LaunchRefused `launch.no_role` when a course gives no role that is known."""
    if not roles:
        raise LaunchRefused(
            "launch.no_role",
            N_(
                "Your course did not say whether you are a teacher or a student here; ask your teacher or "
                "administrator to check your role in the course."
            ),
            status=403,
        )


def claim_missing(claim: str) -> LaunchRefused:
    """The refusal of a launch without something that it must say."""
    return LaunchRefused(
        "launch.claim_missing",
        N_(
            "The learning platform left out something that a launch must say; "
            "tell your administrator the number below."
        ),
        detail=claim.rpartition("/")[2],
        status=400,
    )


def anonymous() -> LaunchRefused:
    """The refusal where the person must be known."""
    return LaunchRefused(
        "launch.anonymous",
        N_(
            "Your learning platform did not say who you are, so Waymark cannot show you your own next step. "
            "Sign in to your course and open the link again."
        ),
        status=403,
    )


def context_required() -> LaunchRefused:
    """The refusal where a course must be known."""
    return LaunchRefused(
        "launch.context_required",
        N_("Waymark works inside a course. Open a course first, then open Waymark from there."),
        status=400,
    )


def _says_something(value: object) -> bool:
    """Whether an identity claim has a value; a variable that was not filled in (`$Person.sourcedId`) has none."""
    return value not in (None, "") and not (isinstance(value, str) and value.startswith("$"))
