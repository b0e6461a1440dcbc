"""Lists in pages, with `Link` headers (RFC 8288)."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from flask import request

from lti_tool.demo_lms.profiles.base import offset_of, page_token
from lti_tool.demo_lms.refusals import Refusal

Row = TypeVar("Row")


def page_of(
    rows: Sequence[Row],
    *,
    address: str,
    size: int | None,
    maximum: int = 100,
    by_offset: bool = False,
    typographic: bool = False,
) -> tuple[Sequence[Row], dict[str, str]]:
    """The asked-for part of a list, and the headers that say where the rest is.

    `size` None means: everything, unless the caller names a `limit`. Refused: a limit that is not a positive whole number, a
    page that was never offered.
    """
    limit = _limit(size, maximum)
    start = _start(by_offset)
    if limit is None:
        return rows, {}
    shown = rows[start : start + limit]
    if typographic:
        return shown, _all_links(address, start=start, limit=limit, total=len(rows))
    if start + limit >= len(rows):
        return shown, {}
    place = {"from": str(start + limit)} if by_offset else {"page": page_token(start + limit)}
    return shown, {"Link": f'<{_address(address, limit, place)}>; rel="next"'}


def _limit(size: int | None, maximum: int) -> int | None:
    asked = request.args.get("limit")
    if asked is None:
        return size
    if not asked.isascii() or not asked.isdigit() or int(asked) == 0:
        raise Refusal("paging.limit", "The limit must be a whole number above 0.", status=400)
    return min(int(asked), maximum)


def _start(by_offset: bool) -> int:
    if by_offset:
        asked = request.args.get("from", "0")
        return int(asked) if asked.isascii() and asked.isdigit() else 0
    token = request.args.get("page")
    if token is None:
        return 0
    offset = offset_of(token)
    if offset is None:
        raise Refusal(
            "paging.unknown_page",
            "There is no such page; follow the next link exactly as it was given.",
            status=404,
        )
    return offset


def _address(address: str, limit: int, place: dict[str, str]) -> str:
    own, _, query = address.partition("?")
    given = {pair.partition("=")[0] for pair in query.split("&") if pair}
    filters = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in {"limit", "page", "from"} | given
    ]
    asked = request.args.get("limit")
    return (
        own
        + "?"
        + "&".join(
            part
            for part in (
                query,
                urlencode([*filters, *([("limit", str(limit))] if asked else []), *place.items()]),
            )
            if part
        )
    )


def _all_links(address: str, *, start: int, limit: int, total: int) -> dict[str, str]:
    # Recorded from a Moodle 5.1: typographic quotes and "&amp;" in the Link header of its columns.
    places = {"first": 0}
    if start > 0:
        places["prev"] = max(0, start - limit)
    places["canonical"] = start
    if start + limit < total:
        places["next"] = start + limit
    places["last"] = max(0, (total - 1) // limit * limit)
    links = ", ".join(
        f"<{_address(address, limit, {'from': str(place)})}>; rel=“{name}”".replace("&", "&amp;")
        for name, place in places.items()
    )
    return {"Link": links.encode().decode("latin-1")}
