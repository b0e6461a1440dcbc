"""What a platform can do beyond the specification, and what it needs to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capability flags; the defaults are the specification's behaviour.

    `score_extension` is added to every score message, `comment_extension` to one that has words but no
    `scoreGiven`.
    """

    score_extension: Mapping[str, Any] = field(default_factory=dict)
    comment_extension: Mapping[str, Any] = field(default_factory=dict)
