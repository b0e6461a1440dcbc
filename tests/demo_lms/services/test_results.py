from tests.demo_lms.probe import (
    AGS,
    LINE_ITEMS,
    RESULTS,
    Probe,
    Service,
    under,
)


class TestResults:
    def test_of_the_lms_own_columns_are_readable(self, service: Service, line_items: str, ada: str) -> None:
        quiz = service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()[0]["id"]
        rows = service.read(under(quiz, "/results"), RESULTS).json()
        assert [(row["resultScore"], row.get("comment")) for row in rows] == [(8, "Well done"), (5, None)]

    def test_can_be_narrowed_to_one_person_and_paged(
        self, service: Service, line_items: str, ada: str
    ) -> None:
        results = under(
            service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()[0]["id"], "/results"
        )
        assert [row["userId"] for row in service.read(results, RESULTS, user_id=ada).json()] == [ada]
        assert service.read(results, RESULTS, user_id="nobody").json() == []
        assert [len(page.json()) for page in service.pages(results, RESULTS, limit=1)] == [1, 1]

    def test_need_their_scope_and_media_type(self, tool: Probe, column: str) -> None:
        results = under(column, "/results")
        assert tool.service(f"{AGS}score").read(results, RESULTS).status_code == 403
        assert tool.service().read(results, "application/json").status_code == 406
