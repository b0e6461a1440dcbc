"""Two changes that come at once: the second begins while the first one is not committed yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import WaymarkError

Change = Callable[[Session], object]


def second_of_two(database: Database, first: Change, second: Change) -> str:
    """The code with which the second one is refused, "done" when it is not."""

    def late() -> str:
        try:
            with database.transaction() as session:
                second(session)
        except WaymarkError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            first(session)
            session.flush()
            other = pool.submit(late)
            wait([other], timeout=0.5)  # by now it has read what it goes by, or it waits for the first one
        return other.result()
