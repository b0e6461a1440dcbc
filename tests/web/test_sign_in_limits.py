"""How often a password may be wrong, with the numbers that operators are told."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.errors import Refused
from lti_tool.web.sign_in_limits import SignInLimits
from tests.factories import NOW


def failed(times: int, *, address: str = "192.0.2.{}", login: str = "ada") -> SignInLimits:
    """The limits after so many wrong passwords, with a number in place of {}."""
    limits = SignInLimits()
    for number in range(times):
        limits.count(address.format(number), login.format(number), NOW)
    return limits


def has_to_wait(limits: SignInLimits, address: str, login: str, *, seconds: float = 0) -> bool:
    try:
        limits.require_room(address, login, NOW + timedelta(seconds=seconds))
    except Refused as refused:
        return refused.code == "request.too_many"
    return False


def test_five_wrong_passwords_for_a_name_from_one_address_mean_a_wait_of_five_minutes_there() -> None:
    assert not has_to_wait(failed(4, address="here"), "here", "ada")
    limits = failed(5, address="here")
    assert has_to_wait(limits, "here", " ADA ", seconds=299)
    assert not has_to_wait(limits, "here", "ada", seconds=300)
    assert not has_to_wait(limits, "elsewhere", "ada")
    assert not has_to_wait(limits, "here", "ben")


def test_fifty_wrong_passwords_for_a_name_mean_a_wait_from_anywhere() -> None:
    assert not has_to_wait(failed(49), "elsewhere", "ada")
    limits = failed(50)
    assert has_to_wait(limits, "elsewhere", "ada", seconds=299)
    assert not has_to_wait(limits, "elsewhere", "ada", seconds=300)
    assert not has_to_wait(limits, "elsewhere", "ben")


def test_fifty_wrong_passwords_from_an_address_mean_a_wait_for_any_name() -> None:
    assert not has_to_wait(failed(49, address="here", login="name {}"), "here", "ada")
    limits = failed(50, address="here", login="name {}")
    assert has_to_wait(limits, "here", "ada", seconds=299)
    assert not has_to_wait(limits, "here", "ada", seconds=300)
    assert not has_to_wait(limits, "elsewhere", "ada")


def test_a_right_password_ends_the_count() -> None:
    limits = failed(4, address="here")
    limits.forget("here", "ada")
    for _ in range(4):
        limits.count("here", "ada", NOW)
    assert not has_to_wait(limits, "here", "ada")
