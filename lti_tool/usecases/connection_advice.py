"""What a failed step of the connection test means, and what an administrator can do about it."""

from __future__ import annotations

from typing import Final

from lti_tool.errors import PlatformError
from lti_tool.launch.addresses import KEY_SET_PATH

KEYS_ADVICE: Final = (
    "Without its keys no launch can be checked, so nobody gets in. Compare the public key set address with "
    "the one that the platform shows."
)
SCOPE_ADVICE: Final = "In the platform's settings for Waymark, permit grade columns, results, scores and the roster; then test again."
SERVICE_ADVICE: Final = (
    "Signing in works, so this is about the service itself: see that it is switched on for Waymark in the platform, "
    "open Waymark once more from the course, and test again."
)


def explain_sign_in(error: PlatformError, address: str) -> tuple[str, str]:
    """What a refused sign-in means, and what to do. Status and error word decide (RFC 6749, section 5.2)."""
    key_set = (
        f"Check that the platform's server can reach {address}{KEY_SET_PATH}: a firewall, a private address or a rule "
        "against outgoing requests (Moodle: Site administration, General, Security, HTTP security) may be in the way."
    )
    if error.code not in {
        "platform.token_refused",
        "platform.token_unavailable",
        "platform.token_unreadable",
    }:
        return error.message, "Check the access token address, and that the platform is running."
    if error.detail == "invalid_scope":
        return "The platform knows Waymark but grants none of its services.", SCOPE_ADVICE
    if error.detail == "invalid_client":
        return (
            "The platform does not know Waymark's client id, has the tool switched off, or cannot check our signature.",
            f"Compare the client id with the one that the platform shows, and see that the tool is active there. {key_set}",
        )
    if error.http_status in {404, 500} or error.code == "platform.token_unreadable":
        return (
            f"The platform's sign-in answered with status {error.http_status} instead of a token.",
            "That is what platforms do that cannot fetch Waymark's public keys, or when the access token "
            f"address is wrong. {key_set}",
        )
    return (
        f"The platform refused Waymark's sign-in (status {error.http_status}).",
        f"Often our signature could not be checked, or the two clocks differ. {key_set}",
    )
