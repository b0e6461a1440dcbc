"""Values that go out through a browser and come back: nobody can make or change one without our secret.

A value is not hidden by this, so nothing confidential belongs in it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from lti_tool.launch.secrets import Purpose, derived_key

_MAC_BYTES = 32
_LONGEST = 1024


def sign(secret: str, purpose: Purpose, content: bytes) -> str:
    """`content` with a message authentication code, as text that is safe in addresses and forms."""
    return as_text(content + derived_bytes(secret, purpose, content))


def signed_content(secret: str, purpose: Purpose, text: str) -> bytes | None:
    """What was signed for this purpose, or None for anything else."""
    encoded = text[:_LONGEST]
    try:
        raw = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (Base64Error, ValueError):
        return None
    content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # Decoding passes over stray characters; comparing the text again leaves one spelling per value.
    if as_text(raw) != text or not hmac.compare_digest(derived_bytes(secret, purpose, content), mac):
        return None
    return content


def derived_bytes(secret: str, purpose: Purpose, content: bytes) -> bytes:
    """32 bytes that follow from `content` and our secret, and from nothing else."""
    return hmac.digest(derived_key(secret, purpose), content, "sha256")


def as_text(raw: bytes) -> str:
    """Bytes as text that is safe in addresses."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
