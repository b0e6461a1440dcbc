"""Structured logs: one event name with ids per line; never a name, token, e-mail address or hint.

Known dangerous keys are dropped here as a last net; the first net is not to log them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

# Without the variables of each frame: they hold tokens, names and answers.
_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
_NEVER = frozenset(
    {
        "name",
        "given_name",
        "family_name",
        "email",
        "token",
        "id_token",
        "state",
        "nonce",
        "login_hint",
        "password",
    }
)


def configure_logs(level: str) -> None:
    """Write JSON lines of `level` and above to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_personal,
            _TRACEBACKS,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _drop_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key not in _NEVER}
