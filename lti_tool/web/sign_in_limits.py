"""How many wrong passwords are taken before a wait: by visitor and name, by name, and by visitor."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app

from lti_tool.web.rate_limit import FailureLimit

_EXTENSION = "waymark-sign-in-limits"
_WAIT_SECONDS = 300


class SignInLimits:
    """Few tries for one name from one address; more for a name or an address by itself.

    A stranger can make an administrator wait only by trying from many addresses, and a school's shared
    address is not shut out by one person who forgot a password.
    """

    def __init__(self) -> None:
        self._limits = (
            FailureLimit(most=5, wait_seconds=_WAIT_SECONDS),
            FailureLimit(most=50, wait_seconds=_WAIT_SECONDS),
            FailureLimit(most=50, wait_seconds=_WAIT_SECONDS),
        )

    def require_room(self, address: str, login: str, now: datetime) -> None:
        """Raise Refused (`request.too_many`, 429) while this visitor has to wait."""
        for limit, who in zip(self._limits, _keys(address, login), strict=True):
            limit.require_room(who, now)

    def count(self, address: str, login: str, now: datetime) -> None:
        """Note a wrong password."""
        for limit, who in zip(self._limits, _keys(address, login), strict=True):
            limit.count(who, now)

    def forget(self, address: str, login: str) -> None:
        """Begin at nothing again, after a right one."""
        for limit, who in zip(self._limits, _keys(address, login), strict=True):
            limit.forget(who)


def init_sign_in_limits(app: Flask) -> None:
    """Give `app` limits of its own."""
    app.extensions[_EXTENSION] = SignInLimits()


def sign_in_limits() -> SignInLimits:
    """The limits of the running application."""
    found: SignInLimits = current_app.extensions[_EXTENSION]
    return found


def _keys(address: str, login: str) -> tuple[str, str, str]:
    name = login.strip().casefold()[:120]
    return f"{address} {name}", name, address
