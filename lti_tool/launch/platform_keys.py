"""The platforms' public keys: cached in the process and in the database, refetched with restraint.

A warm launch calls nobody: keys that grow old are renewed in the background. An unknown `kid` (the platform rotated its keys) and a signature that does not
fit lead to one forced refetch, at most every 30 seconds per registration over all processes, however many
forged tokens arrive. Keys that we hold stay usable through an outage of the platform for a day.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from joserfc.jwk import RSAKey
from sqlalchemy import update

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused, PlatformError, PlatformUnavailable
from lti_tool.launch.inserting import insert_once
from lti_tool.launch.key_sets import MOST_KEYS, KeySet, fresh_for_of, read_key_set
from lti_tool.launch.wire import read_json
from lti_tool.models.platforms import PlatformKeySet, Registration

FETCH_AT_MOST_EVERY = timedelta(seconds=30)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_KID = 255
_TIMEOUT_SECONDS = (3.0, 5.0)
_WAIT_FOR_OTHER_PROCESS_SECONDS = 4.0


class PlatformKeys:
    """Finds the key that a platform's token must be signed with."""

    def __init__(self, database: Database, outbound: requests.Session) -> None:
        self._database = database
        self._outbound = outbound
        self._sets: dict[int, KeySet] = {}
        self._failed_at: dict[int, datetime] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._guard = threading.Lock()
        self._background = ThreadPoolExecutor(1, thread_name_prefix="platform-keys")
        self._renewing: set[int] = set()

    def close(self) -> None:
        """Finish what is under way in the background."""
        self._background.shutdown()

    def key(self, registration: Registration, kid: object, now: datetime) -> RSAKey:
        """The key named `kid` of `registration`'s platform.

        Raises LaunchRefused (`launch.key_unknown`, `launch.key_weak`) and PlatformUnavailable
        (`launch.platform_keys_unavailable`) when no key set can be had at all.
        """
        if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
            raise _unknown()
        found = self._current(registration, now)
        if found is None or not found.knows(kid):
            found = self._refetch(registration, found, now)
        if kid in found.weak:
            raise LaunchRefused(
                "launch.key_weak",
                "The learning platform signs with a key that is too short to be safe; its administrator "
                "has to make a new one (RSA, at least 2048 bits).",
            )
        if kid not in found.keys:
            raise _unknown()
        return found.keys[kid]

    def renewed_key(self, registration: Registration, kid: str, now: datetime) -> RSAKey | None:
        """After a bad signature: the key as it is now, when a refetch is due; else None.

        A platform may put a new key under an old name.
        """
        found = self._refetch(registration, self._sets.get(registration.id), now)
        return found.keys.get(kid)

    def _current(self, registration: Registration, now: datetime) -> KeySet | None:
        """The keys that we hold, refreshed when they are due; None when there are none."""
        held = self._sets.get(registration.id)
        if held is not None and held.is_fresh(now):
            if held.is_growing_old(now):
                self._renew_soon(registration, now)
            return held
        if (
            held is not None
            and held.is_usable(now)
            and self._failed_at.get(registration.id, _NEVER) > held.fetched_at
        ):
            self._renew_soon(registration, now)  # in an outage nobody waits but the first
            return held
        lock = self._lock(registration.id)
        # While one launch refreshes, the others go on with what there is, or wait when there is nothing.
        if not lock.acquire(blocking=held is None or not held.is_usable(now)):
            return held
        try:
            latest = self._sets.get(registration.id)
            if latest is not None and latest.is_fresh(now):
                return latest
            return self._stored_or_fetched(registration, now)
        finally:
            lock.release()

    def _stored_or_fetched(self, registration: Registration, now: datetime) -> KeySet | None:
        stored = self._stored(registration.id)
        if stored is not None and stored.is_fresh(now):
            return self._keep(registration.id, stored)
        if self._may_fetch(registration.id, now):
            try:
                return self._fetch(registration, now)
            except PlatformUnavailable:
                if stored is None:
                    raise
        if stored is None:
            return self._from_other_process(registration.id, now)
        if not stored.is_usable(now):
            raise _unavailable("key set too old")
        return self._keep(registration.id, stored)

    def _renew_soon(self, registration: Registration, now: datetime) -> None:
        with self._guard:
            if registration.id in self._renewing:
                return
            self._renewing.add(registration.id)
        self._background.submit(self._renew, registration, now)

    def _renew(self, registration: Registration, now: datetime) -> None:
        """In the background: fetch anew, or take what another process has fetched."""
        try:
            with self._lock(registration.id):
                stored = self._stored(registration.id)
                if stored is not None and not stored.is_growing_old(now):
                    self._keep(registration.id, stored)
                elif self._may_fetch(registration.id, now):
                    self._fetch(registration, now)
        except PlatformUnavailable:
            pass  # the keys that we hold go on; when they are no longer fresh, a launch tries and says so
        finally:
            with self._guard:
                self._renewing.discard(registration.id)

    def _refetch(self, registration: Registration, held: KeySet | None, now: datetime) -> KeySet:
        with self._lock(registration.id):
            latest = self._sets.get(registration.id)
            if latest is not None and (held is None or latest.fetched_at > held.fetched_at):
                return latest  # another launch has just fetched
            if self._may_fetch(registration.id, now):
                return self._fetch(registration, now)
            stored = self._stored(registration.id)
            if stored is not None:
                return self._keep(registration.id, stored)
        raise _unavailable("no key set")

    def _fetch(self, registration: Registration, now: datetime) -> KeySet:
        try:
            response = self._outbound.get(
                registration.key_set_url, headers={"Accept": "application/json"}, timeout=_TIMEOUT_SECONDS
            )
            document: Any = read_json(response.content) if response.status_code == 200 else None
        except (PlatformError, ValueError) as error:
            self._failed_at[registration.id] = now
            raise _unavailable(getattr(error, "code", "not JSON")) from None
        if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
            self._failed_at[registration.id] = now
            raise _unavailable(f"status {response.status_code}, no key set")
        document = {"keys": document["keys"][:MOST_KEYS]}
        fresh_for = fresh_for_of(response.headers.get("Cache-Control", ""))
        with self._database.transaction() as session:
            session.execute(
                update(PlatformKeySet)
                .where(PlatformKeySet.registration_id == registration.id)
                .values(document=document, fetched_at=now, fresh_seconds=fresh_for.total_seconds())
            )
        return self._keep(registration.id, read_key_set(document, now, fresh_for))

    def _may_fetch(self, registration_id: int, now: datetime) -> bool:
        """Claim the right to fetch. The row is shared by all processes, so they count together."""
        first = {"document": {}, "fetched_at": _NEVER, "attempted_at": now}
        with self._database.transaction() as session:
            if insert_once(session, PlatformKeySet, {"registration_id": registration_id, **first}):
                return True
            claimed = session.execute(
                update(PlatformKeySet)
                .where(
                    PlatformKeySet.registration_id == registration_id,
                    PlatformKeySet.attempted_at <= now - FETCH_AT_MOST_EVERY,
                )
                .values(attempted_at=now)
                .returning(PlatformKeySet.registration_id)
            )
            return claimed.first() is not None

    def _stored(self, registration_id: int) -> KeySet | None:
        with self._database.read() as session:
            row = session.get(PlatformKeySet, registration_id)
            if row is None or row.fetched_at == _NEVER:
                return None
            return read_key_set(row.document, row.fetched_at, timedelta(seconds=row.fresh_seconds))

    def _from_other_process(self, registration_id: int, now: datetime) -> KeySet | None:
        """Wait for the first key set of a platform while another process is fetching it.

        Nobody waits where the latest try failed: the next one is due when it is due.
        """
        if now - self._failed_at.get(registration_id, _NEVER) < FETCH_AT_MOST_EVERY:
            return None
        for _ in range(int(_WAIT_FOR_OTHER_PROCESS_SECONDS / 0.1)):
            stored = self._stored(registration_id)
            if stored is not None:
                return self._keep(registration_id, stored)
            time.sleep(0.1)
        self._failed_at[registration_id] = now
        return None

    def _keep(self, registration_id: int, found: KeySet) -> KeySet:
        self._sets[registration_id] = found
        return found

    def _lock(self, registration_id: int) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(registration_id, threading.Lock())


def _unknown() -> LaunchRefused:
    return LaunchRefused(
        "launch.key_unknown",
        "The learning platform signed this launch with a key that it does not publish; open the link again "
        "in a minute, and tell your administrator if that does not help.",
    )


def _unavailable(detail: str) -> PlatformUnavailable:
    return PlatformUnavailable(
        "launch.platform_keys_unavailable",
        "Waymark cannot reach your learning platform to check that this launch is genuine; "
        "open the link again in a minute.",
        detail=detail,
        retry_after_seconds=FETCH_AT_MOST_EVERY.total_seconds(),
    )
