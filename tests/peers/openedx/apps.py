"""Make the site's own part known to Django."""

from __future__ import annotations

from django.apps import AppConfig


class Host(AppConfig):  # type: ignore[misc]  # Django stands in the peer's own environment
    """What Open edX's host would be."""

    name = "tests.peers.openedx"
    label = "host"

    def ready(self) -> None:
        """Put our functions in the place of those that need Open edX's host."""
        from tests.peers.openedx import host  # noqa: PLC0415  # needs the models

        host.stand_in()
