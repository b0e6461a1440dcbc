import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.demo_lms.probe import (
    AGS,
    LINE_ITEM,
    RESULTS,
    SCORE,
    Person,
    Probe,
    Service,
    under,
)


class TestScores:
    def test_arrive_in_the_results_scaled_to_the_column(
        self, service: Service, column: str, ada: str
    ) -> None:
        assert service.score(column, ada, scoreGiven=3, scoreMaximum=4, comment="Nice").status_code == 204
        result = service.read(under(column, "/results"), RESULTS).json()
        assert [
            (row["userId"], row["resultScore"], row["resultMaximum"], row["comment"]) for row in result
        ] == [(ada, 0.75, 1, "Nice")]
        assert result[0]["scoreOf"] == column

    def test_without_points_leave_the_grade_empty(
        self, service: Service, column: str, ada: str, teacher: Person
    ) -> None:
        before = _total_of(teacher, "Ada Alpha")
        words = "Next: ratio tables, 12 minutes.\nWhy: you are one step away."
        answer = service.score(
            column, ada, scoreGiven=None, scoreMaximum=None, comment=words, activityProgress="InProgress"
        )
        assert answer.status_code == 204
        row = service.read(under(column, "/results"), RESULTS).json()[0]
        assert row["comment"] == words
        assert "resultScore" not in row
        assert _total_of(teacher, "Ada Alpha") == before

    @pytest.mark.parametrize("progress", ["Pending", "PendingManual", "Failed", "NotReady"])
    def test_that_are_not_final_wipe_the_grade(
        self, service: Service, column: str, ada: str, progress: str
    ) -> None:
        service.score(column, ada)
        assert service.score(column, ada, gradingProgress=progress).status_code == 204
        assert "resultScore" not in service.read(under(column, "/results"), RESULTS).json()[0]

    def test_replace_the_comment_or_clear_it(self, service: Service, column: str, ada: str) -> None:
        service.score(column, ada, comment="first")
        service.score(column, ada, comment="second")
        assert service.read(under(column, "/results"), RESULTS).json()[0]["comment"] == "second"
        service.score(column, ada)
        assert "comment" not in service.read(under(column, "/results"), RESULTS).json()[0]

    @pytest.mark.parametrize("earlier", [timedelta(), timedelta(microseconds=1), timedelta(hours=1)])
    def test_with_an_equal_or_older_timestamp_are_refused(
        self, service: Service, column: str, ada: str, earlier: timedelta
    ) -> None:
        moment = datetime.now(UTC)
        assert service.score(column, ada, timestamp=moment.isoformat()).status_code == 204
        answer = service.score(column, ada, timestamp=(moment - earlier).isoformat())
        assert (answer.status_code, answer.json()["code"]) == (409, "score.older_timestamp")

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"timestamp": None}, 400),
            ({"timestamp": "yesterday"}, 400),
            ({"timestamp": "2026-11-22T10:00:00"}, 400),
            ({"timestamp": "2026-13-45T10:00:00Z"}, 400),
            ({"timestamp": 1795317645}, 400),
            ({"timestamp": "2999-01-01T00:00:00Z"}, 400),
            ({"activityProgress": None}, 400),
            ({"activityProgress": "Bogus"}, 400),
            ({"gradingProgress": None}, 400),
            ({"gradingProgress": "fullygraded"}, 400),
            ({"scoreMaximum": None}, 400),
            ({"scoreMaximum": 0}, 400),
            ({"scoreGiven": "A"}, 400),
            ({"scoreGiven": True}, 400),
            ({"scoreGiven": 10**400}, 400),
            ({"scoreMaximum": 10**400}, 400),
            ({"scoreGiven": -1}, 400),
            ({"comment": 5}, 400),
            ({"userId": None}, 400),
            ({"userId": "nobody"}, 422),
            ({"content_type": "application/json"}, 415),
            ({"content_type": LINE_ITEM}, 415),
        ],
        ids=str,
    )
    def test_with_one_fault_are_refused(
        self, service: Service, column: str, ada: str, changes: dict[str, Any], status: int
    ) -> None:
        wanted = {"user_id": ada, **changes}
        if "userId" in wanted:
            wanted["user_id"] = "replaced"
        answer = service.score(column, wanted.pop("user_id"), **wanted)
        assert answer.status_code == status
        assert answer.json()["message"]

    def test_for_people_without_a_row_are_refused(
        self, tool: Probe, service: Service, column: str, teacher: Person
    ) -> None:
        assert service.score(column, tool.launch(teacher)["sub"]).json()["code"] == "score.not_a_student"

    def test_with_a_charset_or_an_offset_are_taken(self, service: Service, column: str, ada: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
        assert service.score(
            column, ada, timestamp=moment, content_type="application/vnd.ims.lis.v1.score+json; charset=utf-8"
        ).ok

    def test_above_the_maximum_are_extra_credit(self, service: Service, column: str, ada: str) -> None:
        service.score(column, ada, scoreGiven=6, scoreMaximum=5)
        assert service.read(under(column, "/results"), RESULTS).json()[0]["resultScore"] == 1.2

    def test_do_not_replace_what_a_teacher_typed(
        self, service: Service, column: str, ada: str, teacher: Person
    ) -> None:
        service.score(column, ada, scoreGiven=0.2)
        number = re.findall(r"/line_items/(\d+)", column)[0]
        cell = re.findall(
            rf'href="(/gradebook/{number}/\d+)" aria-label="Ada Alpha', teacher.page("/gradebook").text
        )[0]
        teacher.act(cell, score="0,9").raise_for_status()
        assert service.score(column, ada, scoreGiven=0.3, comment="later").status_code == 204
        row = service.read(under(column, "/results"), RESULTS).json()[0]
        assert (row["resultScore"], row["comment"]) == (0.9, "later")

    def test_need_their_scope(self, tool: Probe, column: str, ada: str) -> None:
        assert tool.service(f"{AGS}lineitem").score(column, ada).status_code == 403

    def test_belong_to_the_tool_that_made_the_column(self, tool: Probe, column: str, ada: str) -> None:
        other = Probe(tool.lms, tool.address, tool.keys).register()
        assert other.service().score(column, ada).status_code == 403


def _total_of(teacher: Person, name: str) -> str:
    row = teacher.page("/gradebook").text.split(f'<th scope="row">{name}</th>')[1]
    found: str = re.findall(r'<td class="sum">(.*?)</td>', row, re.S)[0]
    return found


def test_a_number_too_large_for_json_readers_is_refused(service: Service, column: str, ada: str) -> None:
    body = f'{{"userId": "{ada}", "timestamp": "2026-01-01T00:00:00Z", "activityProgress": "Completed", '
    body += '"gradingProgress": "FullyGraded", "scoreGiven": 1e400, "scoreMaximum": 1}'
    answer = service.post(under(column, "/scores"), data=body, headers={"Content-Type": SCORE})
    assert (answer.status_code, answer.json()["code"]) == (400, "score.malformed")
