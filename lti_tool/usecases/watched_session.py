"""A way out for work that takes many requests: it shows now and then that it is still under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from lti_tool.grades.service_client import Gate, at_once
from lti_tool.http import OutboundSession

EVERY_SECONDS = 30.0


class WatchedSession(OutboundSession):
    """Sends as `outbound` does, by its connections, and calls `alive` before a request every half minute.

    Each request passes `gate`. `clock` gives seconds from any beginning.
    """

    def __init__(
        self,
        outbound: OutboundSession,
        alive: Callable[[], None],
        *,
        gate: Gate = at_once,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(local_origins=outbound.local_origins)
        self.adapters = outbound.adapters
        self._alive, self._gate, self._clock = alive, gate, clock
        self._said_at = clock()

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        if self._clock() - self._said_at >= EVERY_SECONDS:
            self._alive()
            self._said_at = self._clock()
        send = super().request
        return self._gate(str(url), lambda: send(method, url, *args, **kwargs))
