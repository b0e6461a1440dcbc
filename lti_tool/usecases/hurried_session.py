"""A way out with an end, for somebody who waits at the screen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import requests

from lti_tool.errors import PlatformUnavailable
from lti_tool.grades.service_client import Gate, at_once
from lti_tool.http import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, OutboundSession


class HurriedSession(OutboundSession):
    """No second tries, and nothing begins later than `seconds` after the first. Each request passes `gate`.

    `request` raises PlatformUnavailable (`connection_test.out_of_time`) from then on.
    """

    def __init__(self, local_origins: Iterable[str], seconds: float, *, gate: Gate = at_once) -> None:
        super().__init__(local_origins=local_origins, read_retries=0)
        self._deadline = time.monotonic() + seconds
        self._gate = gate

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        send = super().request

        def begin() -> requests.Response:
            left = self._left()
            kwargs["timeout"] = (min(CONNECT_TIMEOUT_SECONDS, left), min(READ_TIMEOUT_SECONDS, left))
            return send(method, url, *args, **kwargs)

        self._left()
        return self._gate(str(url), begin)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise PlatformUnavailable(
                "connection_test.out_of_time", "The test's time was used up before this was tried."
            )
        return left
