"""Differences between platforms, as capabilities; the main flow never asks which platform it talks to.

`base` serves a platform nobody has heard of. Every other module is a short file of differences.
"""

from __future__ import annotations

from lti_tool.grades.connectors import canvas
from lti_tool.grades.connectors.base import Capabilities

_BY_PRODUCT_FAMILY = {"canvas": canvas.CAPABILITIES}


def capabilities(product_family: str) -> Capabilities:
    """The capabilities of a platform by its `product_family_code` (LTI 1.3 Core section 5.4.4)."""
    return _BY_PRODUCT_FAMILY.get(product_family.casefold(), Capabilities())
