"""Our own signing keys, and a change of the secret that protects them, from the command line."""

from __future__ import annotations

import click

from lti_tool.cli.surroundings import ACTOR, now, settings_from_environment
from lti_tool.db import Database
from lti_tool.errors import Fixable
from lti_tool.launch import audit, second_factor
from lti_tool.launch import keys as signing_keys
from lti_tool.launch.key_schedule import HEAD_START, OVERLAP, KeyLife
from lti_tool.launch.secrets import secret_lines
from lti_tool.usecases.native_credentials import encrypt_credentials_again

_MOMENT = "%Y-%m-%d %H:%M UTC"


@click.group("keys")
def keys() -> None:
    """Waymark's own signing keys: list, rotate, withdraw, encrypt again."""


@keys.command("list")
def keys_list() -> None:
    """List the keys for every registration, and which of them signs."""
    moment = now()
    with Database(settings_from_environment().database_url).read() as session:
        for registration in signing_keys.all_keys(session, moment):
            click.echo(f"{registration.registration_id:4}  {registration.label}")
            for key in registration.keys:
                state = "signs" if key.kid == registration.signing_kid else _state(key)
                click.echo(f"      {key.kid}  made {key.made_at:{_MOMENT}}  {state}")


@keys.command("rotate")
@click.argument("registration", type=int, required=False)
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Sign with the new key at once, because the old one has fallen into wrong hands. Platforms that keep a "
    "copy of our public keys refuse Waymark until they look again.",
)
def keys_rotate(registration: int | None, at_once: bool) -> None:
    """Make the next key of REGISTRATION, or of every active registration.

    The new key is public at once and signs a day later; the worker does the same every 90 days by itself.
    """
    settings, moment = settings_from_environment(), now()
    database = Database(settings.database_url)
    chosen = [registration] if registration is not None else _active(database)
    for key in chosen:
        with database.transaction() as session:
            made = signing_keys.rotate_key(
                session,
                key,
                secret=settings.secret_key.get_secret_value(),
                actor=ACTOR,
                now=moment,
                at_once=at_once,
            )
            first = len(signing_keys.keys_of(session, key)) == 1
        start = "now" if at_once or first else f"from {moment + HEAD_START:{_MOMENT}}"
        click.echo(f"Registration {key}: key {made.kid} is public and signs {start}.")
    if at_once and chosen:
        click.echo(
            "Platforms that keep a copy of our public keys refuse Waymark until they look again, mostly within an "
            f"hour. The old keys stay public for {OVERLAP.days} days; end that with: waymark keys withdraw KEY"
        )


@keys.command("withdraw")
@click.argument("kid", metavar="KEY")
def keys_withdraw(kid: str) -> None:
    """Delete KEY, which signs no more, without waiting: for a key in wrong hands."""
    with Database(settings_from_environment().database_url).transaction() as session:
        signing_keys.withdraw_key(session, kid, actor=ACTOR, now=now())
    click.echo(f"Key {kid} is deleted and no longer public.")


@keys.command("reencrypt")
def keys_reencrypt() -> None:
    """Encrypt everything again with a new secret key, without stopping anything.

    \b
    1. Put the new secret on the first line of the file that LTI_TOOL_SECRET_KEY_FILE
       names and leave the old one on the second; restart server and worker.
    2. Run this command.
    3. Take the old line away; restart server and worker.
    """
    settings = settings_from_environment()
    secret = settings.secret_key.get_secret_value()
    if len(secret_lines(secret)) == 1:
        raise Fixable(
            "keys.one_secret",
            "LTI_TOOL_SECRET_KEY has one line only. Put the new secret on the first line and leave the old one on "
            "the second, restart server and worker, then run this again.",
        )
    with Database(settings.database_url).transaction() as session:
        count = signing_keys.encrypt_keys_again(session, secret)
        people = second_factor.encrypt_secrets_again(session, secret)
        connections = encrypt_credentials_again(session, secret)
        audit.record(
            session, actor=ACTOR, action="secrets.encrypted_again", subject="installation", now=now()
        )
    click.echo(
        f"{count} signing keys, the second step of {people} administrators and {connections} credentials for gradebooks now "
        "need the new secret only. Take the old line away and restart server and worker."
    )


def _state(key: KeyLife) -> str:
    if key.stops_at is not None and key.has_stopped(now()):
        return f"signs no more, public until {key.stops_at + OVERLAP:{_MOMENT}}"
    return "public, signs later"


def _active(database: Database) -> list[int]:
    with database.read() as session:
        return signing_keys.active_registrations(session)
