"""The running platform: its address, profile and clock, and where its endpoints are."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from lti_tool.demo_lms.profiles import Profile
from lti_tool.demo_lms.tables import Column, CourseRow, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What every endpoint needs to know about the platform it belongs to."""

    issuer: str
    profile: Profile
    now: Callable[[], datetime]

    @property
    def authorization_endpoint(self) -> str:
        return f"{self.issuer}/lti/authorize"

    @property
    def token_endpoint(self) -> str:
        return f"{self.issuer}/lti/token"

    @property
    def jwks_uri(self) -> str:
        return f"{self.issuer}/lti/jwks"

    @property
    def registration_endpoint(self) -> str:
        return f"{self.issuer}/lti/registration"

    @property
    def configuration_address(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def roster_address(self, course: CourseRow, tool: Tool) -> str:
        """Where a tool reads the people of a course."""
        return self._service(f"/lti/courses/{course.public_id}/tools/{tool.id}/memberships", "")

    def notice_handlers_address(self, tool: Tool) -> str:
        """Where a tool says to which address it wants notices."""
        return self._service(f"/lti/tools/{tool.id}/notice_handlers", "")

    def line_items_address(self, course: CourseRow, tool: Tool) -> str:
        """Where a tool reads and makes columns of a course."""
        return self._service(
            f"/lti/courses/{course.public_id}/line_items", self.profile.service_query(tool.id)
        )

    def line_item_address(
        self, course: CourseRow, tool: Tool, column: Column, under: str = "", query: str = ""
    ) -> str:
        """The address of one column, of its scores or results."""
        asked = "&".join(part for part in (self.profile.service_query(tool.id), query) if part)
        return self._service(f"/lti/courses/{course.public_id}/line_items/{column.id}{under}", asked)

    def _service(self, path: str, query: str) -> str:
        return f"{self.issuer}{path}" + (f"?{query}" if query else "")


def platform() -> Platform:
    """The platform of the present request."""
    found: Platform = current_app.extensions["demo_lms_platform"]
    return found


def random_token() -> str:
    """192 random bits that fit into an address."""
    return secrets.token_urlsafe(24)
