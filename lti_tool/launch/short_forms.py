"""Adding a platform by hand with as little typing as possible: what is known already is filled in.

For each LMS the few fields that only the school knows, and from them the complete values for
`manual_registration.add_registration`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlsplit

from lti_tool.launch import known_platforms
from lti_tool.launch.addresses import origin
from lti_tool.launch.known_platforms import Endpoints

OWN_SERVER: Final = "own"


@dataclass(frozen=True, slots=True)
class Filled:
    """Complete values for a registration, and which field of the short form each of them came from."""

    values: Mapping[str, str]
    product_family: str
    came_from: Mapping[str, str]

    def problems(self, found: Mapping[str, str]) -> dict[str, str]:
        """Problems of the complete values beside the fields that were shown."""
        return {self.came_from.get(name, name): words for name, words in found.items()}


def canvas(given: Mapping[str, str]) -> Filled:
    """`environment` (production, beta, test, or own), `site` (the school's addresses), client id, deployment id."""
    sites = [_with_scheme(item) for item in given.get("site", "").split()]
    hosts = [urlsplit(item).hostname or "" for item in sites if origin(item)]
    environment = given.get("environment", "production")
    if environment in known_platforms.CANVAS:
        endpoints = known_platforms.CANVAS[environment]
    else:
        endpoints = known_platforms.self_hosted_canvas(hosts[0] if hosts else "")
    # Launches come from the school's pages, and its courses' services answer on the school's host.
    lists = {"service_hosts": " ".join(hosts), "frame_origins": " ".join(sites)}
    return _filled(given, endpoints, lists, site=not sites)


def moodle(given: Mapping[str, str]) -> Filled:
    """`site` (the address of the Moodle), client id, deployment id."""
    site = given.get("site", "").strip()
    endpoints = known_platforms.moodle(_with_scheme(site)) or Endpoints(site, site, site, site, "moodle")
    return _filled(given, endpoints, {}, site=not site)


def schoology(given: Mapping[str, str]) -> Filled:
    """`site` (the district's address, if it has one of its own), client id, deployment id."""
    sites = ["https://app.schoology.com", *map(_with_scheme, given.get("site", "").split())]
    return _filled(
        given, known_platforms.SCHOOLOGY, {"frame_origins": " ".join(dict.fromkeys(sites))}, site=False
    )


FORMS: Final[Mapping[str, Callable[[Mapping[str, str]], Filled]]] = {
    "canvas": canvas,
    "moodle": moodle,
    "schoology": schoology,
}


def _filled(
    given: Mapping[str, str], endpoints: Endpoints, lists: Mapping[str, str], *, site: bool
) -> Filled:
    """`site` says that the form's own field for it is empty, although it is needed."""
    known = asdict(endpoints)
    family, hosts = known.pop("product_family"), known.pop("service_hosts")
    own = {name: given.get(name, "").strip() for name in ("label", "client_id", "deployment_id")}
    values = {**known, "service_hosts": " ".join(hosts), "frame_origins": "", **own, **lists}
    if site:
        values["issuer"] = ""
    return Filled(
        values=values,
        product_family=family,
        came_from=dict.fromkeys((*known, "service_hosts", "frame_origins"), "site"),
    )


def _with_scheme(site: str) -> str:
    """People copy “school.instructure.com” as often as the whole address."""
    bare = site.strip().rstrip("/")
    return bare if "://" in bare or not bare else f"https://{bare}"
