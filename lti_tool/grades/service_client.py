"""Authorised requests to a platform's services: allowed hosts only, exact media types, all pages.

Paging follows `Link` headers (RFC 8288; NRPS section 2.4, AGS section 3.2.9). PyLTI1p3's own parser is
not used: it lower-cases the address, which breaks case-sensitive page tokens, and it overlooks the
typographic quotation marks that Moodle's AGS puts around `rel`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import raise_for_status, unreadable_answer
from lti_tool.launch.access_tokens import PlatformConnector
from lti_tool.launch.addresses import may_call, origin
from lti_tool.launch.wire import read_json
from lti_tool.models.platforms import Registration

MAXIMUM_PAGES = 1000

# A link and its parameters, up to the comma that begins the next link.
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_REL = re.compile(r"""(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


# Lets a call to an address go when its time has come, and learns by its answer (`usecases.reading_lane`).
Gate = Callable[[str, Callable[[], requests.Response]], requests.Response]


def at_once(_url: str, call: Callable[[], requests.Response]) -> requests.Response:
    """The gate of whoever has a slot of the platform's lane already."""
    return call()


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """The services of one registration; only its own hosts are called. Each call, with its token, passes `gate`."""

    registration: Registration
    connector: PlatformConnector
    clock: Callable[[], float] = time.time
    gate: Gate = at_once

    def sign_in(self, scopes: Sequence[str]) -> None:
        """See to it that there is a token for `scopes`. Raises as `request` does."""
        self.connector.get_access_token(scopes)

    def time_at(self, url: str) -> float:
        """The platform's own time (POSIX), as far as its answers told."""
        return self.clock() - self.connector.ahead_seconds(url)

    def request(
        self,
        method: str,
        url: str,
        *,
        scopes: Sequence[str],
        accept: str | None = None,
        content_type: str | None = None,
        body: str | None = None,
    ) -> requests.Response:
        """Send one request and give back the answer whatever its status.

        Raises PlatformRefused (`platform.address_refused`, `platform.token_refused`) or
        PlatformUnavailable.
        """
        self._check_address(url)
        headers = {"Accept": accept or "*/*"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        data = body.encode() if body is not None else None
        return self.gate(
            url, lambda: self.connector.send(method, url, scopes=scopes, headers=headers, data=data)
        )

    def read_pages(self, url: str, *, scopes: Sequence[str], accept: str) -> Iterator[Any]:
        """The documents of all pages, first to last.

        Raises PlatformError as soon as one page fails, `roster.refused` when paging does not behave: a
        reading cut short must never look like a complete one.
        """
        return all_pages(url, lambda page: self._successful("GET", page, scopes=scopes, accept=accept))

    def _successful(self, method: str, url: str, *, scopes: Sequence[str], accept: str) -> requests.Response:
        response = self.request(method, url, scopes=scopes, accept=accept)
        raise_for_status(response, now=self.clock())
        return response

    def _check_address(self, url: str) -> None:
        # Whether plain http is permitted at all for this origin is decided by the way out (`http`).
        if not may_call(self.registration, url, (origin(url),)):
            raise PlatformRefused(
                "platform.address_refused",
                "A service address is not on a host of this learning platform and is not called; ask an "
                "administrator to allow the host in the registration.",
            )


def all_pages(url: str, successful: Callable[[str], requests.Response]) -> Iterator[Any]:
    """The documents of all pages from `url` on; `successful` gives the answer of one address, or raises.

    Raises PlatformError as soon as one page fails, `roster.refused` when paging does not behave.
    """
    visited: set[str] = set()
    next_url: str | None = url
    while next_url is not None:
        if next_url in visited or len(visited) >= MAXIMUM_PAGES:
            raise _paging_refused("pages repeat or do not end")
        visited.add(next_url)
        response = successful(next_url)
        yield document(response)
        next_url = next_page_url(response, first_url=url)


def document(response: requests.Response) -> Any:
    """What a successful answer says. Raises PlatformUnavailable `platform.answer_unreadable`."""
    try:
        return read_json(response.content)
    except ValueError:
        raise unreadable_answer(status=response.status_code) from None


def next_page_url(response: requests.Response, *, first_url: str) -> str | None:
    """The address of the next page exactly as given, or None on the last page.

    Raises PlatformRefused `roster.refused` when it lies at another origin than the first page.
    """
    for target, parameters in _LINK.findall(_link_header(response)):
        relations = _REL.search(parameters)
        if relations is None or "next" not in (relations[1] or relations[2] or "").casefold().split():
            continue
        # Moodle writes "&" as in HTML; no page token contains "&amp;" by itself.
        url: str = urljoin(response.url, target.replace("&amp;", "&"))
        if origin(url) != origin(first_url):
            raise _paging_refused("next page at another origin")
        return url
    return None


def with_path_ending(url: str, ending: str) -> str:
    """`url` with `ending` after its path and before its query: Moodle's addresses carry a query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{ending}"))


def _link_header(response: requests.Response) -> str:
    value = response.headers.get("Link", "")
    # Header bytes arrive as Latin-1; typographic quotation marks were written as UTF-8.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return value.translate({0x201C: '"', 0x201D: '"'})


def _paging_refused(detail: str) -> PlatformRefused:
    return PlatformRefused(
        "roster.refused",
        "The learning platform's list does not end or leads elsewhere, so nothing of it is used; tell whoever "
        "runs the platform.",
        detail=detail,
    )
