"""What a real Moodle 5.1 answered, replayed over HTTP: every answer is handled as intended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lti_tool.errors import PlatformError
from lti_tool.grades.connectors import capabilities
from lti_tool.grades.line_items import create_line_item, read_line_items
from lti_tool.grades.results import PlatformResult, read_results
from lti_tool.grades.roster import read_roster
from lti_tool.grades.scores import Score, send_score
from lti_tool.grades.service_client import ServiceClient
from lti_tool.launch.access_tokens import service_connector
from lti_tool.launch.keys import SigningKey
from lti_tool.launch.roles import Role
from lti_tool.models.courses import Context
from lti_tool.models.platforms import Deployment, Registration
from tests.grades.linked_course import ImpatientSession, signing_key_for_tests
from tests.grades.strict_platform import ALL_SCOPES

SAMPLES = Path(__file__).parent / "samples" / "moodle-5.1"
RECORDED_ORIGIN = "http://127.0.0.1:8080"
SERVICES = "/mod/lti/services.php"


class Moodle:
    """Gives recorded answers to the recorded addresses; notes what was sent."""

    def __init__(self) -> None:
        self.origin = ""
        self.answers: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.received: list[Request] = []

    def replay(self, sample: str, *names: str) -> None:
        recorded = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
        for name in names:
            request = recorded[name]["request"]
            key = (request["method"], request["url"].removeprefix(RECORDED_ORIGIN))
            self.answers.setdefault(key, []).append(recorded[name])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()
        self.received.append(request)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/token":
            return Response(json.dumps({"access_token": "t", "expires_in": 3600}), content_type="text/html")
        path = request.full_path.rstrip("?")
        waiting = self.answers.get((request.method, path))
        if not waiting:
            return Response(f"nothing recorded for {request.method} {path}", status=501)
        recorded = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        body = json.dumps(recorded["body"]) if "body" in recorded else recorded["body_text"]
        response = Response(self._here(body), status=f"{recorded['status']} {recorded['reason']}")
        for name, value in recorded["headers"].items():
            response.headers[name] = self._here(value)
        return response

    def _here(self, text: str) -> str:
        escaped = RECORDED_ORIGIN.replace("/", "\\/")
        return text.replace(RECORDED_ORIGIN, self.origin).replace(escaped, self.origin)


class Reader:
    """A course of the recorded Moodle and a client for it."""

    def __init__(self, moodle: Moodle, outbound: ImpatientSession, key: SigningKey) -> None:
        self.moodle = moodle
        registration = Registration(
            id=1,
            issuer=moodle.origin,
            client_id="c",
            auth_login_url=f"{moodle.origin}/auth",
            auth_token_url=f"{moodle.origin}/token",
            key_set_url=f"{moodle.origin}/keys",
            product_family="moodle",
            service_hosts=[],
        )
        self.context = Context(
            deployment=Deployment(registration=registration),
            memberships_url=f"{moodle.origin}{SERVICES}/CourseSection/2/bindings/1/memberships",
            line_items_url=f"{moodle.origin}{SERVICES}/2/lineitems?type_id=1",
            service_scopes=[scope for scope in ALL_SCOPES if "ags" in scope],
        )
        self.client = ServiceClient(registration, service_connector(registration, key, outbound))

    def line_item(self, number: int) -> str:
        return f"{self.moodle.origin}{SERVICES}/2/lineitems/{number}/lineitem?type_id=1"

    def send(self, score: Score, *, line_item: int = 15) -> None:
        send_score(
            self.client,
            self.context,
            line_item_url=self.line_item(line_item),
            score=score,
            capabilities=capabilities("moodle"),
        )


@contextmanager
def serving(moodle: Moodle) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, moodle, threaded=True)
    moodle.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reader() -> Iterator[Reader]:
    moodle = Moodle()
    with serving(moodle):
        outbound = ImpatientSession(moodle.origin)
        yield Reader(moodle, outbound, signing_key_for_tests())
        outbound.close()


def score(user_id: str = "5", given: float | None = 81.0, comment: str | None = None) -> Score:
    return Score(
        user_id=user_id,
        timestamp=datetime(2026, 11, 22, 3, 20, 41, 584000, tzinfo=UTC),
        activity_progress="Completed",
        grading_progress="FullyGraded",
        score_given=given,
        score_maximum=None if given is None else 100,
        comment=comment,
    )


def test_the_roster_is_read_and_a_non_editing_teacher_is_listed_as_learner(reader: Reader) -> None:
    reader.moodle.replay("memberships", "all")
    members = {member.user_id: member for member in read_roster(reader.client, reader.context)}
    assert set(members) == {"3", "4", "5", "6", "7", "8"}
    assert members["4"].roles == (Role.LEARNER,)
    assert members["3"].roles == (Role.INSTRUCTOR,)
    assert members["5"].name == "Ann Alpha"


def test_a_paged_roster_is_read_to_its_end(reader: Reader) -> None:
    reader.context.memberships_url = f"{reader.context.memberships_url}?limit=2"
    reader.moodle.replay("memberships", "limit_2", "limit_2_from_2", "limit_2_from_4")
    assert len(read_roster(reader.client, reader.context)) == 6


def test_a_roster_without_names_is_read(reader: Reader) -> None:
    reader.context.memberships_url = (
        f"{reader.moodle.origin}{SERVICES}/CourseSection/2/bindings/3/memberships"
    )
    reader.moodle.replay("memberships", "names_and_email_withheld_tool")
    assert {member.name for member in read_roster(reader.client, reader.context)} == {""}


def test_columns_are_read_with_the_exact_media_type_and_empty_ids_are_none(reader: Reader) -> None:
    reader.moodle.replay("line_items", "list_after_create")
    columns = read_line_items(reader.client, reader.context)
    assert columns[0].label == "Tutor (same site)"
    assert (columns[0].tag, columns[0].resource_link_id) == (None, "1")
    assert reader.moodle.received[-1].headers["Accept"].endswith("lineitemcontainer+json")


def test_typographic_quotation_marks_and_html_in_link_headers_lose_no_page(reader: Reader) -> None:
    """We never ask Moodle for pages of columns; if it makes some, they are all read."""
    reader.context.line_items_url = f"{reader.context.line_items_url}&limit=2"
    reader.moodle.replay("line_items", "list_limit_2", "list_limit_2_from_2")
    with pytest.raises(PlatformError) as caught:  # the third page was not recorded
        read_line_items(reader.client, reader.context)
    assert caught.value.http_status == 501
    assert reader.moodle.received[-1].args["from"] == "4"


def test_a_column_is_made_and_its_address_kept(reader: Reader) -> None:
    reader.moodle.replay("line_items", "create")
    column = create_line_item(
        reader.client,
        reader.context,
        label="Unit 3 mastery",
        score_maximum=60,
        tag="mastery",
        resource_id="unit-3",
    )
    assert column.url == reader.line_item(7)
    sent = json.loads(reader.moodle.received[-1].get_data())
    assert sent == {"scoreMaximum": 60, "label": "Unit 3 mastery", "resourceId": "unit-3", "tag": "mastery"}


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("empty_line_item", {}),
        ("after_zero", {"5": 0.0, "6": 50.0}),
        ("after_no_scoreGiven", {"6": 50.0}),
    ],
)
def test_results_tell_no_score_from_a_zero(
    reader: Reader, recorded: str, expected: dict[str, float | None]
) -> None:
    reader.moodle.replay("results", recorded)
    results = read_results(reader.client, reader.context, line_item_url=reader.line_item(15))
    assert {result.user_id: result.score for result in results} == expected


def test_a_teachers_override_is_the_result_with_its_own_time(reader: Reader) -> None:
    reader.moodle.replay("scores", "results_after_teacher_override_in_grader_report")
    (result,) = read_results(reader.client, reader.context, line_item_url=reader.line_item(15), user_id="5")
    assert result == PlatformResult(
        "5", 42, 100, "Mastery of Bayes: 0.90", datetime(2026, 11, 22, 3, 22, 30, tzinfo=UTC)
    )


def test_an_empty_answer_to_a_score_is_an_acceptance(reader: Reader) -> None:
    reader.moodle.replay("scores", "timestamp_fractional_seconds")
    reader.send(score())
    sent = reader.moodle.received[-1]
    assert sent.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert json.loads(sent.get_data())["timestamp"] == "2026-11-22T03:20:41.584Z"


def test_words_without_points_are_sent_as_recorded(reader: Reader) -> None:
    reader.moodle.replay(
        "scores", "comment_without_score_fullygraded", "comment_without_score_fullygraded_result"
    )
    reader.send(score("7", None, "Next: Unit rates"), line_item=37)
    (result,) = read_results(reader.client, reader.context, line_item_url=reader.line_item(37), user_id="7")
    assert (result.score, result.comment) == (None, "")


@pytest.mark.parametrize(
    ("recorded", "line_item", "code"),
    [
        ("after_future_timestamp_now_is_older", 15, "score.older_than_platform"),
        ("unknown_user", 15, "score.not_gradable"),
        ("teacher_user", 15, "score.not_gradable"),
        ("other_tools_link_item", 6, "platform.forbidden"),
        ("without_score_scope", 15, "platform.not_authorised"),
        ("own_item_single_grade_locked_post", 15, "platform.failed"),
    ],
)
def test_refused_scores_mean_what_moodle_means(
    reader: Reader, recorded: str, line_item: int, code: str
) -> None:
    reader.moodle.replay("scores", recorded)
    with pytest.raises(PlatformError) as caught:
        reader.send(score(), line_item=line_item)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("sample", "recorded", "code"),
    [
        ("memberships", "token_without_nrps_scope", "platform.not_authorised"),
        ("memberships", "unknown_course", "platform.not_found"),
        ("results", "other_tools_link_item", "platform.forbidden"),
        ("line_items", "list_accept_star", "platform.rejected"),
    ],
)
def test_refused_readings_are_errors_and_never_empty_answers(
    reader: Reader, sample: str, recorded: str, code: str
) -> None:
    reader.moodle.replay(sample, recorded)
    address = next(iter(reader.moodle.answers))[1]
    reader.context.memberships_url = reader.context.line_items_url = f"{reader.moodle.origin}{address}"
    readings: dict[str, Callable[[], object]] = {
        "memberships": lambda: read_roster(reader.client, reader.context),
        "line_items": lambda: read_line_items(reader.client, reader.context),
        "results": lambda: read_results(reader.client, reader.context, line_item_url=reader.line_item(6)),
    }
    with pytest.raises(PlatformError) as caught:
        readings[sample]()
    assert caught.value.code == code
