"""Where the skills of a map stand in its picture: in rows, what rests on something below it, lines with few crossings.

The steps are those of layered graph drawing as K. Sugiyama and others described it (IEEE Transactions on Systems, Man
and Cybernetics 11, 1981, https://doi.org/10.1109/TSMC.1981.4308636): rows, places for lines that pass a row, order
within the rows by the mean place of the neighbours, then places near the neighbours. Same map, same picture.
"""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from lti_tool.pathways.content import Prerequisite, PrerequisiteKind
from lti_tool.pathways.skill_map import SkillMap

WIDTH, HEIGHT = 160.0, 76.0
"""Of the box of a skill."""
ACROSS, DOWN = 20.0, 44.0
"""Room between boxes beside and below each other."""
LINE_ROOM = 6.0
"""Width that a line takes where it passes a row."""
MOST_IN_ROW = 6
"""More skills of one layer stand in several rows."""
SWEEPS = 8

Stop = str | tuple[int, str, str]
"""What takes up room in a row: a skill by its id, or a line that passes it, by row and ends."""
Rows = list[list[Stop]]
Neighbours = dict[Stop, list[Stop]]


@dataclass(frozen=True, slots=True)
class Box:
    """A skill in the picture; `x` and `y` are its upper left corner."""

    skill_id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A prerequisite: points from the lower edge of one box to the upper edge of another, each below the one before."""

    before: str
    after: str
    hard: bool
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class MapLayout:
    """The whole picture; boxes stand in reading order."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def lay_out(skill_map: SkillMap) -> MapLayout:
    """The picture of a map."""
    rows = [
        layer[start : start + MOST_IN_ROW]
        for layer in skill_map.layers()
        for start in range(0, len(layer), MOST_IN_ROW)
    ]
    row_of = {skill_id: number for number, row in enumerate(rows) for skill_id in row}
    full, above, below = _with_lines(rows, skill_map.prerequisites, row_of)
    ordered = _ordered(full, above, below)
    middle = _middles(ordered, above, below)
    left = min((middle[skill_id] - WIDTH / 2 for skill_id in row_of), default=0.0)
    left = min([left, *middle.values()])
    middle = {stop: float(round(x - left)) for stop, x in middle.items()}
    boxes = tuple(
        Box(stop, middle[stop] - WIDTH / 2, number * (HEIGHT + DOWN))
        for number, row in enumerate(ordered)
        for stop in row
        if isinstance(stop, str)
    )
    width = max([*(box.x + WIDTH for box in boxes), *middle.values()], default=0.0)
    height = max(len(rows) * (HEIGHT + DOWN) - DOWN, 0.0)
    lines = tuple(_line(edge, row_of, middle) for edge in skill_map.prerequisites)
    return MapLayout(width, height, boxes, lines)


def _with_lines(
    rows: Sequence[Sequence[str]], edges: Sequence[Prerequisite], row_of: Mapping[str, int]
) -> tuple[Rows, Neighbours, Neighbours]:
    """The rows with a stop for each line that passes them; and what is joined to each stop above and below it."""
    full: Rows = [list(row) for row in rows]
    above: Neighbours = {stop: [] for row in full for stop in row}
    below: Neighbours = {stop: [] for stop in above}
    for edge in edges:
        passed = range(row_of[edge.before] + 1, row_of[edge.after])
        chain: list[Stop] = [
            edge.before,
            *((number, edge.before, edge.after) for number in passed),
            edge.after,
        ]
        for number, stop in zip(passed, chain[1:-1], strict=True):
            full[number].append(stop)
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return full, above, below


def _ordered(rows: Rows, above: Neighbours, below: Neighbours) -> Rows:
    """The rows in the order with fewest crossings that some sweeps down and up come by."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        rows = [list(row) for row in rows]
        for row in reversed(rows) if sweep % 2 else rows:
            place = {stop: number for each in rows for number, stop in enumerate(each)}
            row.sort(key=lambda stop: _mean([place[n] for n in neighbours.get(stop, ())], place[stop]))
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Rows, below: Neighbours) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        place = {stop: number for number, stop in enumerate(lower)}
        ends: list[int] = []
        for stop in upper:
            mine = [place[n] for n in below.get(stop, ())]
            total += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return total


def _middles(rows: Rows, above: Neighbours, below: Neighbours) -> dict[Stop, float]:
    """The middle of each stop: near its neighbours, with room between stops of a row."""
    middle = {stop: x for row in rows for stop, x in zip(row, _spread(row, [0.0] * len(row)), strict=True)}
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            wanted = [_mean([middle[n] for n in neighbours.get(stop, ())], middle[stop]) for stop in row]
            middle |= zip(row, _spread(row, wanted), strict=True)
    return middle


def _spread(row: Sequence[Stop], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted that keep the order of the row and the room between its stops.

    Without the room that each needs, the places only have to rise: neighbours in the wrong order share their mean.
    """
    offsets = list(accumulate((_room(one, other) for one, other in pairwise(row)), initial=0.0))
    shared: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        mean, number = place - offset, 1
        while shared and shared[-1][0] > mean:
            before, count = shared.pop()
            mean, number = (before * count + mean * number) / (count + number), count + number
        shared.append((mean, number))
    places = [mean for mean, number in shared for _ in range(number)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]


def _room(one: Stop, other: Stop) -> float:
    """From the middle of one stop to that of the next."""
    return ACROSS + sum(WIDTH if isinstance(stop, str) else LINE_ROOM for stop in (one, other)) / 2


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _line(edge: Prerequisite, row_of: Mapping[str, int], middle: Mapping[Stop, float]) -> Line:
    first, last = row_of[edge.before], row_of[edge.after]
    points = [(middle[edge.before], first * (HEIGHT + DOWN) + HEIGHT)]
    for number in range(first + 1, last):
        x, top = middle[number, edge.before, edge.after], number * (HEIGHT + DOWN)
        points += [(x, top), (x, top + HEIGHT)]
    points.append((middle[edge.after], last * (HEIGHT + DOWN)))
    return Line(edge.before, edge.after, edge.kind is PrerequisiteKind.HARD, tuple(points))
