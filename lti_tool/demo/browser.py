"""Just enough of a browser to click through two forms; bringing a whole one for that would be too much."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

_TIMEOUT_SECONDS = 20


class NotAsExpectedError(Exception):
    """A page did not answer, or does not hold what should be on it."""


@dataclass(slots=True)
class Form:
    """A form: where it goes, and the values that it sends; a name may stand for several values."""

    action: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """The forms, frames and definition lists of one page."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url = url
        self._forms: list[Form] = []
        self._frames: list[str] = []
        self._facts: dict[str, str] = {}
        self._text = ""
        self._term = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, their fields, frames, and where a term or its meaning begins."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._forms.append(Form(urljoin(self.url, values.get("action", ""))))
        elif tag == "input" and self._forms and "name" in values:
            self._take_field(values)
        elif tag == "iframe":
            self._frames.append(urljoin(self.url, values.get("src", "")))
        elif tag in {"dt", "dd"}:
            self._text = ""

    def handle_data(self, data: str) -> None:
        """Collect the text of the present term or meaning."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Keep a term, or the first meaning that it is given."""
        if tag == "dt":
            self._term = self._text.strip()
        elif tag == "dd":
            self._facts.setdefault(self._term, self._text.strip())

    def has_form(self, path: str) -> bool:
        """Whether there is a form that goes to `path` (a regular expression)."""
        return any(re.search(path, urlsplit(form.action).path) for form in self._forms)

    def form(self, path: str) -> Form:
        """The first form that goes to `path` (a regular expression)."""
        for form in self._forms:
            if re.search(path, urlsplit(form.action).path):
                return form
        raise NotAsExpectedError(f"{urlsplit(self.url).path} has no such form as expected")

    def frame(self) -> str:
        """The address of the first frame."""
        if not self._frames:
            raise NotAsExpectedError(f"{urlsplit(self.url).path} shows no frame")
        return self._frames[0]

    def facts(self) -> dict[str, str]:
        """Terms and their meanings."""
        return self._facts

    def _take_field(self, values: dict[str, str]) -> None:
        fields, name, value = self._forms[-1].fields, values["name"], values.get("value", "")
        if values.get("type") != "checkbox":
            fields[name] = value
        elif "checked" in values:
            fields[name] = [*fields.get(name, []), value or "on"]


class Browser:
    """Keeps cookies from page to page, as a browser does."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, url: str) -> Page:
        """Follow a link."""
        return _page(self._session.get(url, timeout=_TIMEOUT_SECONDS))

    def send(self, form: Form) -> Page:
        """Send a form."""
        parts = urlsplit(form.action)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return _page(
            self._session.post(form.action, data=form.fields, headers=headers, timeout=_TIMEOUT_SECONDS)
        )


def _page(response: requests.Response) -> Page:
    if not response.ok:
        raise NotAsExpectedError(f"{urlsplit(response.url).path} answered {response.status_code}")
    return Page(response.url, response.text)
