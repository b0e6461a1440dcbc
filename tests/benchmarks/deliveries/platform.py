"""A platform's grade and roster services, slow on purpose: `platform.py PORT LATENCY_SECONDS FAILS MEMBERS`.

It keeps what it is told in memory and says at `/report` what it saw. It checks no signature: what is measured is
how it is called.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 50


class Seen:
    """What the platform saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way = 0
        self.most_under_way = 0
        self.tokens: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        self.columns: list[dict[str, Any]] = []
        self.scores: dict[str, list[str]] = {}

    def report(self) -> dict[str, Any]:
        with self.lock:
            stamps = list(self.scores.values())
            return {
                "most_under_way": self.most_under_way,
                "tokens": self.tokens,
                "calls": self.calls,
                "columns": len(self.columns),
                "cells": len(stamps),
                "scores": sum(map(len, stamps)),
                "in_order": all(one == sorted(set(one)) for one in stamps),
            }


def main(port: int, latency: float, fails: bool, members: int) -> None:
    """Serve until stopped."""
    seen, origin = Seen(), f"http://127.0.0.1:{port}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if path == "/report":
                self._answer(200, seen.report())
            elif path.endswith("/members"):
                self._slowly("members", lambda: self._members(int(query.get("page", ["0"])[0])))
            elif path.endswith("/results"):
                self._slowly("results", lambda: self._answer(200, []))
            else:
                wanted = query.get("resource_id", [None])[0]
                found = [column for column in seen.columns if wanted in (None, column.get("resourceId"))]
                self._slowly("line items", lambda: self._answer(200, found))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                self._slowly("token", lambda: self._token(body))
            elif self.path.endswith("/scores"):
                self._slowly("scores", lambda: self._score(json.loads(body)))
            else:
                self._slowly("creations", lambda: self._create(json.loads(body)))

        def _slowly(self, kind: str, answer: Any) -> None:
            with seen.lock:
                seen.under_way += 1
                seen.most_under_way = max(seen.most_under_way, seen.under_way)
                seen.calls[kind] = seen.calls.get(kind, 0) + 1
            time.sleep(latency)
            # The call is over for us when the last byte is on its way, not a moment after the answer arrived.
            with seen.lock:
                seen.under_way -= 1
            if fails:
                self._answer(503, {"error": "down"})
            else:
                answer()

        def _token(self, body: bytes) -> None:
            scope = parse_qs(body.decode())["scope"][0]
            with seen.lock:
                seen.tokens[scope] = seen.tokens.get(scope, 0) + 1
            self._answer(200, {"access_token": f"t{len(scope)}", "token_type": "Bearer", "expires_in": 3600})

        def _create(self, column: dict[str, Any]) -> None:
            with seen.lock:
                column["id"] = f"{origin}/columns/{len(seen.columns) + 1}"
                seen.columns.append(column)
            self._answer(201, column)

        def _score(self, score: dict[str, Any]) -> None:
            with seen.lock:
                seen.scores.setdefault(f"{self.path} {score['userId']}", []).append(score["timestamp"])
            self._answer(200, {})

        def _members(self, page: int) -> None:
            first = page * PAGE
            found = [
                {
                    "user_id": f"student-{number}",
                    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
                    "name": f"Given{number} Family{number}",
                    "status": "Active",
                }
                for number in range(first, min(first + PAGE, members))
            ]
            link = f'<{origin}/members?page={page + 1}>; rel="next"' if first + PAGE < members else ""
            self._answer(200, {"id": "x", "members": found}, link)

        def _answer(self, status: int, document: Any, link: str = "") -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            """Quiet."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "1", int(sys.argv[4]))
