"""Groups as an integer program: who sits at which table, so that all limits hold and the groups are worth most.

It is solved in two rounds. The first counts: how many tables each task gets, with everybody at a task. The second
seats: who sits at which of these tables, now also with the wishes about pairs and what a helper gains, table by table.
Everybody may be left over, at a price above all else, so there is always an answer. To find what to loosen, the first
round may exceed limits at a price, in a fixed order.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lti_tool.pathways.group_request import GroupKind, GroupRequest, Limit, Loosening, Pair
from lti_tool.pathways.group_seats import Seat, Task, learner_has_seat
from lti_tool.pathways.integer_program import IntegerProgram

LEFT_OVER = 100.0
"""More than any one learner's place costs in loosening, and far more than a task is worth."""
PRICES = {
    Limit.ADULTS: 10.0,
    Limit.PLACES: 12.0,
    Limit.LARGEST: 15.0,
    Limit.SMALLEST: 18.0,
    Limit.MINUTES: 1.0,
    Limit.TOGETHER: 40.0,
    Limit.APART: 80.0,
}
MOST_MORE = {Limit.ADULTS: 2, Limit.PLACES: 6, Limit.LARGEST: 2, Limit.MINUTES: 20}
UNHELPED = 1.0
"""What a group without a helper costs where helping is asked for: as much as a helper could gain elsewhere."""
UNEVEN = 2.0
"""What one member too many of the same third of the class costs a mixed group."""
EACH_TABLE = 0.05
"""Of equally good answers the one with fewer tables."""
THIRDS = 3
ROUGH = 0.1
NEAR = 9.0
"""How near to the least price a loosening has to come: by a tenth, or by some minutes, but not by an adult."""

Terms = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Table:
    """Who sits at one table, or in the first round at all tables of the task, `number` of them."""

    task: Task
    number: int
    learner_ids: tuple[str, ...]
    helper_ids: tuple[str, ...]


def count_tables(
    request: GroupRequest, tasks: Sequence[Task], *, loose: bool = False, trial: bool = False
) -> tuple[tuple[Table, ...], tuple[Loosening, ...]]:
    """How many tables each task gets; with `loose` also which limits have to give.

    A `trial` only asks who has a place: what else the groups are worth, which one more left over outweighs, is not
    searched to the end.
    """
    model = GroupModel(
        request,
        [(task, most_tables(request, task, loose=loose)) for task in tasks],
        loose=loose,
        rough=loose or trial,
    )
    return model.solve()


def seat_learners(request: GroupRequest, counted: Sequence[tuple[Task, int]]) -> tuple[Table, ...]:
    """Who sits where, with at most so many tables of each task."""
    return GroupModel(request, [(task, 1) for task, number in counted for _ in range(number)]).solve()[0]


def most_tables(request: GroupRequest, task: Task, *, loose: bool = False) -> int:
    """How many groups a task can have at most."""
    limits = request.limits
    room = limits.places + (MOST_MORE[Limit.PLACES] if loose else 0)
    if task.needs_adult:
        room = min(room, limits.adults + (MOST_MORE[Limit.ADULTS] if loose else 0))
    return min(room, len(task.seats) // (2 if loose else limits.smallest))


@dataclass(slots=True)
class GroupModel:
    """The program for one request and these tables, each standing for as many as its number says."""

    request: GroupRequest
    tables: list[tuple[Task, int]]
    loose: bool = False
    rough: bool = False
    program: IntegerProgram = field(default_factory=IntegerProgram)
    _opened: list[int] = field(default_factory=list)
    _seats: list[list[tuple[Seat, int]]] = field(default_factory=list)
    _units: dict[Limit, int] = field(default_factory=dict)
    _steps: dict[Limit, list[int]] = field(default_factory=dict)
    _wishes: dict[tuple[Limit, Pair], int] = field(default_factory=dict)

    def solve(self) -> tuple[tuple[Table, ...], tuple[Loosening, ...]]:
        """The tables that are open, and the limits that had to be exceeded for them."""
        if self.loose:
            self._prices()
        for task, most in self.tables:
            self._table(task, most)
        self._everybody_once()
        self._pairs()
        self._places_and_adults()
        values = self.program.solve(gap=ROUGH, near=NEAR) if self.rough else self.program.solve()
        return tuple(self._tables(values)), tuple(self._loosenings(values))

    def _prices(self) -> None:
        """Unknowns for what is loosened: by units, or for sizes of a group step by step."""
        for limit in (Limit.ADULTS, Limit.PLACES, Limit.MINUTES):
            self._units[limit] = self.program.unknown(PRICES[limit], most=MOST_MORE[limit])
        steps = {Limit.LARGEST: MOST_MORE[Limit.LARGEST], Limit.SMALLEST: self.request.limits.smallest - 2}
        for limit, most in steps.items():
            self._steps[limit] = [self.program.unknown(PRICES[limit] * step) for step in range(1, most + 1)]

    def _table(self, task: Task, most: int) -> None:
        program, limits = self.program, self.request.limits
        unhelped = task.kind is GroupKind.SHARED and self.request.kind is GroupKind.HELPING
        cost = 0.0 if self.loose else EACH_TABLE + (UNHELPED if unhelped else 0.0)
        opened = program.unknown(cost, most=most)
        if self.tables[: len(self._opened)][-1:] == [(task, most)]:
            program.at_most(
                0, [(opened, 1), (self._opened[-1], -1)]
            )  # tables of one task open in their order
        seated = [(seat, program.unknown(0.0 if self.loose else -round(seat.gain, 3))) for seat in task.seats]
        for _, unknown in seated:
            program.at_most(0, [(unknown, 1), (opened, -1)])
        members: Terms = [(unknown, 1) for _, unknown in seated]
        larger, smaller = self._sizes(Limit.LARGEST, opened, most), self._sizes(Limit.SMALLEST, opened, most)
        program.at_most(0, [*members, (opened, -limits.largest), *((u, -by) for u, by in larger)])
        program.at_most(
            0, [(opened, limits.smallest), *((u, -1) for u, _ in members), *((u, -by) for u, by in smaller)]
        )
        if task.minutes_over:
            needs = program.unknown()
            program.at_most(0, [(opened, 1), (needs, -most)])
            program.at_most(0, [(needs, task.minutes_over), (self._units[Limit.MINUTES], -1)])
        if task.kind is GroupKind.HELPING:
            self._helping(opened, seated)
        elif task.kind is GroupKind.MIXED and not self.loose:
            self._mixing(task, opened, seated)
        self._opened.append(opened)
        self._seats.append(seated)

    def _sizes(self, limit: Limit, opened: int, most: int) -> Terms:
        """How many of these tables go beyond the limit by one, two …: only with the step that allows it."""
        beyond = []
        for by, step in enumerate(self._steps.get(limit, []), start=1):
            tables = self.program.unknown(most=most)
            self.program.at_most(0, [(tables, 1), (step, -most)])
            beyond.append((tables, float(by)))
        if beyond:
            self.program.at_most(0, [*((tables, 1.0) for tables, _ in beyond), (opened, -1)])
        return beyond

    def _helping(self, opened: int, seated: list[tuple[Seat, int]]) -> None:
        """A helper at least, no more helpers than helped; and each helper gains."""
        helpers = [unknown for seat, unknown in seated if seat.helps]
        helped = {seat.learner_id: unknown for seat, unknown in seated if not seat.helps}
        self.program.at_most(0, [(opened, 1), *((unknown, -1) for unknown in helpers)])
        self.program.at_most(0, [*((u, 1) for u in helpers), *((u, -1) for u in helped.values())])
        for seat, unknown in seated:
            if seat.back is not None:
                self.program.at_most(0, [(unknown, 1), *((helped[other], -1) for other in sorted(seat.back))])

    def _mixing(self, task: Task, opened: int, seated: list[tuple[Seat, int]]) -> None:
        """Each third of the class, by estimate, spread evenly: no group has more of it than its share rounded up."""
        ranked = sorted(seated, key=lambda entry: (task.standing[entry[0].learner_id], entry[0].learner_id))
        groups = max(-(-len(ranked) // self.request.limits.largest), 1)
        for third in range(THIRDS):
            members = ranked[third * len(ranked) // THIRDS : (third + 1) * len(ranked) // THIRDS]
            too_many = self.program.unknown(UNEVEN, most=len(members))
            share = -(-len(members) // groups)
            self.program.at_most(0, [*((u, 1) for _, u in members), (too_many, -1), (opened, -share)])

    def _everybody_once(self) -> None:
        mine: dict[str, Terms] = defaultdict(list)
        for seated in self._seats:
            for seat, unknown in seated:
                mine[seat.learner_id].append((unknown, 1))
        for learner_id in sorted(learner_has_seat(task for task, _ in self.tables)):
            self.program.exactly(1, [(self.program.unknown(LEFT_OVER), 1), *mine[learner_id]])

    def _pairs(self) -> None:
        places: list[dict[str, list[int]]] = []
        for seated in self._seats:
            places.append(defaultdict(list))
            for seat, unknown in seated:
                places[-1][seat.learner_id].append(unknown)
        for one, other in sorted(self.request.apart):
            wish = self._wish(Limit.APART, (one, other))
            for at, opened in zip(places, self._opened, strict=True):
                if one in at and other in at:
                    both: Terms = [(u, 1) for u in (*at[one], *at[other])]
                    self.program.at_most(0, [*both, (opened, -1), *((w, -1) for w in wish)])
        for one, other in sorted(self.request.together):
            wish = self._wish(Limit.TOGETHER, (one, other))
            for at in places:
                for here, there in ((one, other), (other, one)):
                    if here in at:
                        sides: Terms = [*((u, 1) for u in at[here]), *((u, -1) for u in at.get(there, ()))]
                        self.program.at_most(0, [*sides, *((w, -1) for w in wish)])

    def _wish(self, limit: Limit, pair: Pair) -> list[int]:
        if not self.loose:
            return []
        self._wishes[limit, pair] = self.program.unknown(PRICES[limit])
        return [self._wishes[limit, pair]]

    def _places_and_adults(self) -> None:
        limits = self.request.limits
        led = [
            opened for (task, _), opened in zip(self.tables, self._opened, strict=True) if task.needs_adult
        ]
        for limit, most, tables in (
            (Limit.PLACES, limits.places, self._opened),
            (Limit.ADULTS, limits.adults, led),
        ):
            more = [(self._units[limit], -1)] if self.loose else []
            self.program.at_most(most, [*((opened, 1) for opened in tables), *more])

    def _tables(self, values: list[int]) -> Iterator[Table]:
        for (task, _), opened, seated in zip(self.tables, self._opened, self._seats, strict=True):
            there = [seat for seat, unknown in seated if values[unknown]]
            if there:
                helpers = tuple(seat.learner_id for seat in there if seat.helps)
                yield Table(task, values[opened], tuple(seat.learner_id for seat in there), helpers)

    def _loosenings(self, values: list[int]) -> Iterator[Loosening]:
        by: Mapping[Limit, int] = {
            **{limit: values[unknown] for limit, unknown in self._units.items()},
            **{
                limit: max((step for step, u in enumerate(steps, start=1) if values[u]), default=0)
                for limit, steps in self._steps.items()
            },
        }
        for limit in Limit:
            if by.get(limit):
                now = int(getattr(self.request.limits, limit.value) or 0)
                yield Loosening(
                    limit, by[limit], now - by[limit] if limit is Limit.SMALLEST else now + by[limit]
                )
        for (limit, pair), wish in self._wishes.items():
            if values[wish]:
                yield Loosening(limit, pair=pair)
