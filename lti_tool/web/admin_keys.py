"""Our signing keys: which one signs, and making the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.launch import keys
from lti_tool.launch.key_schedule import HEAD_START, OVERLAP, ROTATE_AFTER, KeyLife
from lti_tool.launch.keys import RegistrationKeys
from lti_tool.web.admin import admin, administrator
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services


class _State(StrEnum):
    SIGNS = "signs"
    WAITS = "waits"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class _Key:
    """One line of the table; `until` is when its state ends, empty while nobody knows."""

    kid: str
    made_at: datetime
    state: _State
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Platform:
    id: int
    label: str
    keys: list[_Key]
    next_due_at: datetime | None


@admin.get("/keys")
def key_list() -> str:
    """Every platform with our keys for it."""
    now = services().clock()
    with services().database.read() as session:
        platforms = [_platform(found, now) for found in keys.all_keys(session, now)]
    return render_template(
        "admin/keys.html",
        platforms=platforms,
        head_start_hours=int(HEAD_START.total_seconds() // 3600),
        overlap_days=OVERLAP.days,
        rotate_days=ROTATE_AFTER.days,
        notice=_done().get(request.args.get("done", ""), ""),
    )


@admin.post("/keys/<int:registration>/rotate")
def rotate(registration: int) -> ResponseReturnValue:
    """Make the next key of a platform; with `at_once` it signs from now on."""
    at_once = request.form.get("at_once") == "yes"
    with services().database.transaction() as session:
        keys.rotate_key(
            session,
            registration,
            secret=services().settings.secret_key.get_secret_value(),
            actor=administrator(),
            now=services().clock(),
            at_once=at_once,
        )
    return redirect(url_for("admin.key_list", done="at_once" if at_once else "rotated"))


@admin.post("/keys/<kid>/withdraw")
def withdraw(kid: str) -> ResponseReturnValue:
    """Take a key that signs no more out of the public set, without waiting."""
    with services().database.transaction() as session:
        keys.withdraw_key(session, kid, actor=administrator(), now=services().clock())
    return redirect(url_for("admin.key_list", done="withdrawn"))


def _platform(found: RegistrationKeys, now: datetime) -> _Platform:
    lines = [_line(found, number, now) for number in range(len(found.keys))]
    newest = found.keys[-1] if found.keys else None
    return _Platform(
        found.registration_id, found.label, lines, newest.made_at + ROTATE_AFTER if newest else None
    )


def _line(found: RegistrationKeys, number: int, now: datetime) -> _Key:
    key: KeyLife = found.keys[number]
    if key.kid == found.signing_kid:
        return _Key(key.kid, key.made_at, _State.SIGNS, key.stops_at)
    if key.stops_at is not None and key.has_stopped(now):
        return _Key(key.kid, key.made_at, _State.STOPPED, key.stops_at + OVERLAP)
    return _Key(key.kid, key.made_at, _State.WAITS, found.keys[number - 1].stops_at)


def _done() -> dict[str, str]:
    return {
        "rotated": _("The next key is made. It is public now and signs in a day."),
        "at_once": _("The new key signs from now on."),
        "withdrawn": _("The key is deleted and no longer public."),
    }
