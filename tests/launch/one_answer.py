"""A way out that leads nowhere: it gives one answer and keeps what it was asked."""

from __future__ import annotations

import json
from typing import Any

import requests


class OneAnswer(requests.Session):
    """Answers every request with one document, whatever its address."""

    def __init__(self, document: object, *, status: int = 200) -> None:
        super().__init__()
        self._document, self._status = document, status
        self.asked: list[tuple[str, str]] = []
        self.sent: dict[str, Any] = {}

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        self.asked.append((str(method), str(url)))
        self.sent = options["headers"]
        response = requests.Response()
        response.status_code = self._status
        response._content = json.dumps(self._document).encode()
        return response
