"""Numbers in addresses: all of them are keys of rows."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

_LARGEST = 2**63 - 1


class RowKey(IntegerConverter):
    """What `<int:key>` takes: no address has a number that no database can hold, so larger ones are not found."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": _LARGEST} | options)
