"""Certificates of a school's own authority, trusted besides those of the public ones.

A self-hosted LMS often has its certificate from an authority of the school. The library takes one bundle in the
place of its own; here the operator's is added, so that a cloud platform beside it is reached as before. Each
certificate is still checked against the name that was called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context


class TrustingAdapter(HTTPAdapter):
    """For `requests`: trusts the authorities in `ca_bundle`, a file in PEM form, besides the public ones."""

    def __init__(self, ca_bundle: Path | None = None, **options: Any) -> None:
        self._ca_bundle = ca_bundle
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library does, which adds the public authorities to our context with each connection."""
        if self._ca_bundle is not None:
            context = create_urllib3_context()
            context.load_verify_locations(self._ca_bundle)
            kwargs["ssl_context"] = context
        super().init_poolmanager(*args, **kwargs)
