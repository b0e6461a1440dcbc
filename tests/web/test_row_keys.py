"""Numbers in addresses."""

from __future__ import annotations

import pytest

from tests.launch.platform import ADDRESS, Tool


@pytest.mark.parametrize(("number", "status"), [(2**63 - 1, 302), (2**63, 404), (10**40, 404)])
def test_a_number_that_no_database_holds_is_no_address(own_tool: Tool, number: int, status: int) -> None:
    """What is an address leads a stranger to the sign-in."""
    response = own_tool.browser().get(f"/admin/registrations/{number}", base_url=ADDRESS)
    assert response.status_code == status
