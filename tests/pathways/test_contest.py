from lti_tool.pathways.accommodations import Accommodations
from lti_tool.pathways.contest import settling_check
from lti_tool.pathways.skill_map import Format
from tests.pathways.factories import activity, evidence, small_map, state_of

COURSE = small_map(
    activities=(
        activity("long", "counting", format=Format.QUIZ, minutes=20, informativeness=1.0),
        activity("short", "counting", format=Format.CHECK, minutes=5, informativeness=1.0),
        activity(
            "mixed", {"counting": 0.3, "adding": 0.7}, format=Format.CHECK, minutes=2, informativeness=1.0
        ),
        activity("game", "counting", format=Format.GAME, minutes=1, informativeness=1.0),
    )
)


def test_the_shortest_check_on_the_skill_settles_it() -> None:
    found = settling_check("counting", state_of(COURSE), COURSE)
    assert found is not None
    assert found.id == "short"


def test_a_fresh_check_goes_before_one_done_already() -> None:
    found = settling_check("counting", state_of(COURSE, evidence("short", 0.4)), COURSE)
    assert found is not None
    assert found.id == "long"


def test_what_the_class_does_together_and_what_does_not_suit_settles_nothing() -> None:
    shared = settling_check("counting", state_of(COURSE, together=frozenset({"short"})), COURSE)
    assert shared is not None
    assert shared.id == "long"
    no_checks = Accommodations(frozenset({Format.CHECK}))
    suited = settling_check("counting", state_of(COURSE, accommodations=no_checks), COURSE)
    assert suited is not None
    assert suited.id == "long"


def test_without_an_open_check_there_is_none() -> None:
    assert settling_check("counting", state_of(COURSE, vetoed=frozenset({"short", "long"})), COURSE) is None
    assert settling_check("multiplying", state_of(COURSE), COURSE) is None
