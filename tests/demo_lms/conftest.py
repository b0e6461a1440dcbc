"""One running demo LMS per profile, and tools to point at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.demo_lms.live import LiveLms, live_lms, serving
from tests.demo_lms.probe import Person, Probe, first_key, key_set_app

ROUNDTRIP_PROFILES = ("strict", "canvas", "moodle", "schoology")


@pytest.fixture(scope="session")
def lms_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], LiveLms]]:
    """Gives the running LMS of a profile, started when first asked for."""
    running: dict[str, LiveLms] = {}
    with ExitStack() as stack:

        def find(profile: str) -> LiveLms:
            if profile not in running:
                running[profile] = stack.enter_context(live_lms(tmp_path_factory.mktemp(profile), profile))
            return running[profile]

        yield find


@pytest.fixture(scope="session")
def lms(lms_of: Callable[[str], LiveLms]) -> LiveLms:
    """The strict LMS."""
    return lms_of("strict")


@pytest.fixture(scope="session")
def tool_address() -> Iterator[str]:
    """Where the tool's key set is."""
    with serving(key_set_app([first_key()])) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def tool_for(tool_address: str) -> Callable[[LiveLms], Probe]:
    """Gives an active tool at an LMS."""
    return lambda lms: Probe(lms, tool_address, [first_key()]).register()


@pytest.fixture(scope="session")
def tool(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    """An active tool at the strict LMS, shared by tests that leave its registration alone."""
    return Probe(lms_of("strict"), tool_address, [first_key()]).register()


@pytest.fixture
def fresh_tool(lms: LiveLms, tool_for: Callable[[LiveLms], Probe]) -> Probe:
    """An active tool of one test alone."""
    return tool_for(lms)


@pytest.fixture(scope="session")
def teacher(lms: LiveLms) -> Person:
    return Person(lms, "tess")


@pytest.fixture(scope="session")
def student(lms: LiveLms) -> Person:
    return Person(lms, "ada")


@pytest.fixture(scope="session")
def administrator(lms: LiveLms) -> Person:
    return Person(lms, "alma")
