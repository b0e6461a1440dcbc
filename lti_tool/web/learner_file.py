"""One person's records as a file to hand over: the same as a page to read and as JSON, in one archive.

The page needs no server and runs no script.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask import render_template

from lti_tool.usecases.learner_records import LearnerRecords, Section
from lti_tool.web.i18n import gettext as _

MIME_TYPE = "application/zip"


def learner_file(records: LearnerRecords) -> bytes:
    """The archive: records.html and records.json."""
    page = render_template("admin/learner_records.html", records=records, cell=_Cells(records.names))
    document = json.dumps(_document(records), ensure_ascii=False, indent=1, default=_plain)
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, text in (("records.html", page), ("records.json", document)):
            info = ZipInfo(name, records.made_at.timetuple()[:6])
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, text.encode())
    return buffer.getvalue()


def _document(records: LearnerRecords) -> dict[str, Any]:
    return {
        "made_at": records.made_at,
        "person": records.person_key,
        "names": records.names,
        "records": {section.key: _rows(section) for section in records.sections},
    }


def _rows(section: Section) -> list[Mapping[str, Any]]:
    return [dict(row) for row in section.rows]


def _plain(value: Any) -> str:
    if isinstance(value, date):  # moments, too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")  # a bug of ours, without the value


class _Cells:
    """How values stand on the page: numbers of courses and columns by their titles, moments as people write them."""

    def __init__(self, names: Mapping[str, Mapping[str, str]]) -> None:
        self._names = names

    def __call__(self, column: str, value: Any) -> Any:
        """What stands in the cell: a text, or a list or mapping of further values."""
        if value is None or value in ("", [], {}):
            return "–"
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M} UTC"
        if isinstance(value, (list, dict)):
            return value
        return self._names.get(column, {}).get(str(value)) or str(value)
