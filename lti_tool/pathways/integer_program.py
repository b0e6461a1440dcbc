"""A small integer program, solved by HiGHS (https://highs.dev): least cost over whole numbers under linear rules.

One thread, a fixed seed and a limit by nodes make the same program give the same answer; the limit by time only
guards against a machine that hangs, and then there is no answer rather than another one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

MOST_NODES = 5
GAP = 0.005
SEED = 7
SECONDS = 120.0


@dataclass(slots=True)
class IntegerProgram:
    """Unknowns are numbered in the order in which they are added; every one is a whole number within its bounds."""

    _costs: list[float] = field(default_factory=list)
    _most: list[float] = field(default_factory=list)
    _rows: list[tuple[float, float]] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _indices: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)

    def unknown(self, cost: float = 0.0, *, most: int = 1) -> int:
        """One more unknown between 0 and `most`."""
        self._costs.append(cost)
        self._most.append(float(most))
        return len(self._costs) - 1

    def at_most(self, limit: float, terms: Iterable[tuple[int, float]]) -> None:
        """The weighted sum of these unknowns is at most `limit`."""
        self._row(-np.inf, limit, terms)

    def exactly(self, value: float, terms: Iterable[tuple[int, float]]) -> None:
        """The weighted sum of these unknowns is `value`."""
        self._row(value, value, terms)

    def _row(self, lower: float, upper: float, terms: Iterable[tuple[int, float]]) -> None:
        self._rows.append((lower, upper))
        self._starts.append(len(self._indices))
        for index, value in terms:
            self._indices.append(index)
            self._values.append(value)

    def solve(self, *, gap: float = GAP, near: float = 0.0) -> list[int]:
        """Values whose cost is no more than `gap` of it, or `near`, above the least, or the best within the limits.

        Raises RuntimeError when there are none, which a program with a way out never meets.
        """
        if not self._costs:
            return []
        import highspy  # noqa: PLC0415  large, and needed only here

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._costs), len(self._rows)
        lp.col_cost_ = np.array(self._costs)
        lp.col_lower_, lp.col_upper_ = np.zeros(len(self._costs)), np.array(self._most)
        lp.row_lower_ = np.array([lower for lower, _ in self._rows])
        lp.row_upper_ = np.array([upper for _, upper in self._rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array([*self._starts, len(self._indices)])
        lp.a_matrix_.index_ = np.array(self._indices)
        lp.a_matrix_.value_ = np.array(self._values)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self._costs)
        solver = highspy.Highs()  # type: ignore[no-untyped-call] # the library types all but this
        options: dict[str, bool | int | float | str] = {
            "output_flag": False,
            "threads": 1,
            "parallel": "off",
            "random_seed": SEED,
            "mip_rel_gap": gap,
            "mip_abs_gap": near,
            "mip_max_nodes": MOST_NODES,
            "time_limit": SECONDS,
        }
        for option, value in options.items():
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        solver.run()
        solution = solver.getSolution()
        if not solution.value_valid or solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise RuntimeError(f"no solution: {solver.getModelStatus()}")
        return [round(value) for value in solution.col_value]
