"""Roles x objects x tenants, the other half: what administrators of the installation get (checklist, group B).

The columns are an administrator who gave the password and no code yet, one who may see no names, one who may see
those of another tenant's platform, and one who may see those of tenant A's. People of courses, of A and of all others,
and nobody at all get nothing here; tests/web/test_matrix.py tries every address of the administration for them.

- B03-B06 Administrators read results, steps and rosters in nobody's name: only in a person's own export (B16).
- B08, B14, B15 Platforms, keys, deliveries and the log are without names and private keys for everybody.
- B16 An export is saved by the administrator who made it, once; for all others it is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from tests.web.matrix_world import World
from tests.web.school import ADDRESS

COLUMNS = ("half", "no names", "names of C", "names")
_MISSING = {"registration": "99999", "learner": "99999", "export": "99999"}
# Who is in A1 alone: nobody of C is called so.
_NAMES = ("Ana", "Ben Carter", "Dubois")


@dataclass(frozen=True)
class Row:
    """An address; what each column gets there: the status, or "in" for the way to the second step of signing in."""

    case: str
    method: str
    path: str
    cells: str
    fields: tuple[tuple[str, str], ...] = ()

    def cell(self, name: str) -> str:
        return self.cells.split()[COLUMNS.index(name)]

    def __str__(self) -> str:
        return f"{self.case} {self.method} {self.path}"


_REGISTRATION = "registrations/{registration}"
_POLICY = (("seen", "0"), ("threshold", "75"), ("highest_mode", "write_back"), ("first_mode", "observe"))
_FIND = (("wanted", "ana"),)
TABLE = (
    #                                                         half none C    A
    Row("B14", "GET", "", "                                    in 200 200 200"),
    Row("B14", "GET", _REGISTRATION, "                         in 200 200 200"),
    Row("B14", "GET", "keys", "                                in 200 200 200"),
    Row("B14", "GET", f"{_REGISTRATION}/delete", "             in 422 422 422"),
    Row("B14", "POST", f"{_REGISTRATION}/delete", "            in 422 422 422", (("name", "Example LMS"),)),
    Row("B14", "POST", f"{_REGISTRATION}/rename", "            in 302 302 302", (("label", "North"),)),
    Row("B14", "GET", f"{_REGISTRATION}/policy", "             in 200 200 200"),
    Row("B14", "POST", f"{_REGISTRATION}/policy", "            in 303 303 303", _POLICY),
    Row("B08", "GET", "deliveries", "                          in 200 200 200"),
    Row("B08", "GET", "results", "                             in 200 200 200"),
    Row("B15", "GET", "audit", "                               in 200 200 200"),
    Row("B15", "GET", "audit.csv", "                           in 200 200 200"),
    Row("B16", "GET", "people", "                              in 200 200 200"),
    Row("B16", "GET", f"{_REGISTRATION}/people", "             in 403 403 200"),
    Row("B16", "POST", f"{_REGISTRATION}/people", "            in 403 403 200", _FIND),
    Row("B16", "POST", f"{_REGISTRATION}/people/{{learner}}/export", "in 403 403 303"),
    Row("B16", "POST", "exports/{export}", "                   in 404 404 200"),
)
SHOWS_NAMES = {f"POST {_REGISTRATION}/people", "POST exports/{export}"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def either_world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


@pytest.fixture
def world(either_world: World) -> Iterator[World]:
    yield either_world
    either_world.put_back()


def ask(world: World, row: Row, name: str, ids: dict[str, str]) -> TestResponse:
    client = world.app.test_client()
    client.set_cookie("__Host-waymark-admin", world.administrators[name].token, domain="127.0.0.1")
    address = "/admin/" + row.path.format_map(ids)
    if row.method == "GET":
        return client.get(address, base_url=ADDRESS)
    # A form of our own: the sign-in page is open to everybody.
    [token] = set(
        re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/admin/sign-in", base_url=ADDRESS).text)
    )
    return client.post(address, data={"csrf_token": token, **dict(row.fields)}, base_url=ADDRESS)


def without_numbers(response: TestResponse) -> str:
    return re.sub(r"<code>[0-9a-f]{8}</code>|nonce=\"[^\"]+\"|value=\"[^\"]+\"", "", response.text)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_administrators_get_what_the_table_says(world: World, row: Row, name: str) -> None:
    before = world.version()
    response = ask(world, row, name, world.ids)
    cell = row.cell(name)
    if cell == "in":
        led = response.status_code == 302 and response.location.startswith("/admin/second-factor")
        assert led or (response.status_code == 401 and "administrator.second_factor" in response.text)
    else:
        assert str(response.status_code) == cell, response.data
    if cell in {"in", "403", "404"}:
        assert world.version() == before
        missing = ask(world, row, name, world.ids | _MISSING)
        assert (response.status_code, without_numbers(response)) == (
            missing.status_code,
            without_numbers(missing),
        )
    if f"{row.method} {row.path}" not in SHOWS_NAMES or name != "names":
        assert not [said for said in _NAMES if said in response.text]
    assert b"PRIVATE" not in response.data


def test_b16_a_person_of_another_tenant_is_as_one_who_is_not_there(world: World) -> None:
    row = next(row for row in TABLE if row.path.endswith("/export"))
    before = world.version()
    foreign = ask(world, row, "names", world.ids | {"learner": world.ids["learner of C"]})
    missing = ask(world, row, "names", world.ids | {"learner": "99999"})
    assert (foreign.status_code, without_numbers(foreign)) == (404, without_numbers(missing))
    assert world.version() == before


def test_b16_an_export_is_saved_once(world: World) -> None:
    row = next(row for row in TABLE if row.path.startswith("exports"))
    assert ask(world, row, "names", world.ids).status_code == 200
    again = ask(world, row, "names", world.ids)
    assert (again.status_code, "learner_export.used" in again.text) == (409, True)
