"""One claimed step and its channel: what is over is taken back, what is wanted is put in place, and both only once.

`in_place` of a delivery tells which step the platform may hold because of us, whether that is sure, and the trace by
which its channel finds it again. It is noted before anything is written, and forgotten after it was taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.db import Database
from lti_tool.grades import step_leases
from lti_tool.grades.channels.channel import Channel, Effect, Step, Trace
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.step_leases import StepClaim

InPlace = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a wish, and what of it is to be undone one day."""

    effect: Effect
    in_place: InPlace | None


@dataclass(frozen=True, slots=True)
class StepDelivering:
    """The delivery of one claim."""

    claim: StepClaim
    channel: Channel
    access: Access
    database: Database
    clock: Callable[[], datetime]

    def bring(self) -> Done:
        """Make the platform as the claim wants it. Raises PlatformError where it is not yet."""
        step, held = self.claim.step, self.claim.in_place
        if held is not None and step is not None and _holds(held, step):
            return self._settle(step, held)
        if held is not None and not self.channel.can_be_undone and step is None:
            return Done(Effect.LEFT, held)  # kept, so that the same step is never brought again
        effect = Effect.TAKEN_BACK
        if held is not None and self.channel.can_be_undone:
            effect = self._withdraw(held)
        return Done(effect, None) if step is None else self._put(step, None)

    def _settle(self, step: Step, held: InPlace) -> Done:
        """The same step as before: in place already, or begun by a try whose fate is not known."""
        there = held["sure"] or self.channel.is_there(self.access, self.claim.student, step, held["trace"])
        return (
            Done(Effect.WRITTEN, _in_place(step, held["trace"], sure=True))
            if there
            else self._put(step, held)
        )

    def _put(self, step: Step, held: InPlace | None) -> Done:
        written: list[Trace] = []

        def before(trace: Trace) -> None:
            self._keep_turn(_in_place(step, trace, sure=False))
            written.append(trace)

        trace = held["trace"] if held is not None else None
        effect = self.channel.put(self.access, self.claim.student, step, trace=trace, before=before)
        if effect is not Effect.WRITTEN:
            return Done(effect, None)
        return Done(effect, _in_place(step, written[-1] if written else trace or {}, sure=True))

    def _withdraw(self, held: InPlace) -> Effect:
        effect = self.channel.withdraw(
            self.access, self.claim.student, held["trace"], before=lambda: self._keep_turn(held)
        )
        self._keep_turn(None)
        return effect

    def _keep_turn(self, in_place: InPlace | None) -> None:
        with self.database.transaction() as session:
            row = step_leases.keep_turn(session, self.claim, now=self.clock())
            row.in_place = dict(in_place) if in_place is not None else None


def _in_place(step: Step, trace: Trace, *, sure: bool) -> dict[str, Any]:
    return {"proposal": step.proposal, "activity": step.activity, "sure": sure, "trace": dict(trace)}


def _holds(held: InPlace, step: Step) -> bool:
    return (held["proposal"], held["activity"]) == (step.proposal, step.activity)
