"""The judge of mastery decisions counts what it says it counts."""

from dataclasses import dataclass

from tests.benchmarks.learning.decisions import ThreeInARow, decided
from tests.benchmarks.learning.tracing import KnowledgeTracing


@dataclass(frozen=True)
class Response:
    student: int
    correct: int
    item: int = 0
    skills: tuple[int, ...] = (0,)
    timestamp: int | None = None


def responses(*histories: str) -> list[Response]:
    """One student for each history of right (1) and wrong (0) answers."""
    return [Response(student, int(each)) for student, history in enumerate(histories) for each in history]


def test_a_word_that_the_next_five_responses_contradict_is_false() -> None:
    kept, contradicted, too_short = "11111111", "11100110", "1110000"
    figures = decided(ThreeInARow(), responses(kept, contradicted, too_short))
    assert figures["false_secure"] == 1 / 2
    assert figures["evidence"] == 3
    assert figures["called"] == 1.0


def test_an_assessment_passed_without_the_word_was_held_back_wrongly() -> None:
    held, given, failed = "0110111011", "1110011011", "0000011000"
    figures = decided(ThreeInARow(), responses(held, given, failed))
    assert figures["false_hold"] == 1 / 2
    assert figures["false_secure"] == 1.0


def test_tracing_finds_who_knows_and_calls_mastered_after_enough_right_answers() -> None:
    tracing = KnowledgeTracing()
    tracing.fit(responses(*["0001111111"] * 20, *["1111111111"] * 20))
    mastered = []
    for each in responses("0111111"):
        tracing.observe(each.student, each.item, each.skills, each.correct, each.timestamp)
        mastered.append(tracing.secure(0, 0))
    assert mastered == sorted(mastered)
    assert (mastered[1], mastered[-1]) == (False, True)
    assert not tracing.secure(0, 1)
