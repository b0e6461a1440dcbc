"""The activities that pass the filters, best score first; steps, terms and reasons are made only for those looked at."""

from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile

import numpy as np

from lti_tool.pathways.comparison import Comparison
from lti_tool.pathways.filters import passing
from lti_tool.pathways.recommendation import Option, Term
from lti_tool.pathways.situation import Situation, Step
from lti_tool.pathways.terms import TERMS, scores_of, terms_of
from lti_tool.pathways.why import reason_for


class Scored:
    """A possible step with its score; terms and reason are made on first use."""

    def __init__(self, step: Step, score: float | None = None) -> None:
        self.step = step
        self.score = _total(self.terms) if score is None else score

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return terms_of(self.step)

    @cached_property
    def option(self) -> Option:
        """The step as it is shown, with its reason."""
        return Option(
            activity_id=self.step.activity.id,
            skill_id=self.step.facts.skill.id,
            score=self.score,
            terms=self.terms,
            reason=reason_for(self.step, self.terms),
        )

    def value(self, term: str) -> float:
        """The value of one term of the score."""
        return TERMS[term](self.step)


class Ranking:
    """Scored steps, the best first; of equal scores in the order of ids, so that the same inputs give the same answer."""

    def __init__(self, comparison: Comparison) -> None:
        scores, places = scores_of(comparison), comparison.places
        order = np.lexsort((comparison.situation.skill_map.alphabetical[places], -scores))
        self._comparison = comparison
        self._places: list[int] = places[order].tolist()
        self._scores: list[float] = scores[order].tolist()
        self._made: dict[int, Scored] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rank: int) -> Scored:
        made = self._made.get(rank)
        if made is None:
            made = Scored(self._comparison.step(self._places[rank]), self._scores[rank])
            self._made[rank] = made
        return made

    def __iter__(self) -> Iterator[Scored]:
        return (self[rank] for rank in range(len(self)))

    def within(self, margin: float) -> list[Scored]:
        """The best, and all that score at most `margin` less."""
        return list(takewhile(lambda scored: scored.score >= self[0].score - margin, self))


def ranking(situation: Situation) -> tuple[Ranking, dict[str, int]]:
    """What is left after the filters, best score first, and how many activities each filter held back."""
    left, held_back = passing(Comparison(situation))
    return Ranking(left), held_back


def _total(terms: tuple[Term, ...]) -> float:
    """The points added one after the other, so that they are rounded as in the scores of all."""
    total = 0.0
    for term in terms:
        total += term.points
    return total
