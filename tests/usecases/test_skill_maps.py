"""Setting up a course: suggestions by resource id and title, and clear words about unreadable files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.usecases import skill_maps
from lti_tool.usecases.adopted_map import adopted_map, read_samples
from lti_tool.usecases.after_sync import after_sync
from tests.factories import NOW, SKILL_MAPS, make_column, make_context, make_teacher, ratios


def test_columns_are_matched_by_resource_id_then_by_title_and_nothing_is_guessed(database: Database) -> None:
    first, second = ratios().skill_map.activities[:2]
    with database.transaction() as session:
        context = make_context(session)
        by_id = make_column(session, context, activity_id=None, label="Renamed by the teacher")
        by_id.resource_id = first.id
        make_column(session, context, activity_id=None, label=f"  {second.title.upper()} ")
        make_column(session, context, activity_id=None, label="Field trip permission slip")
        session.flush()
        suggestion = skill_maps.suggest(session, context=context, folder=SKILL_MAPS)
        assert suggestion is not None
        assert {m.label.strip(): m.activity_id for m in suggestion.matches} == {
            "Renamed by the teacher": first.id,
            second.title.upper(): second.id,
            "Field trip permission slip": None,
        }
        assert suggestion.matched == 2
        assert [match.how for match in suggestion.matches if match.activity_id] == ["title", "resource id"]
        by_id.activity_id = first.id
        again = skill_maps.suggest(session, context=context, folder=SKILL_MAPS)
        assert again is not None
        assert {match.how for match in again.matches if match.activity_id == first.id} == {"confirmed"}


def test_a_column_that_the_teacher_left_out_is_not_tagged_again(database: Database) -> None:
    activity = ratios().skill_map.activities[0]
    with database.transaction() as session:
        context = make_context(session)
        column = make_column(session, context, activity_id=None, label=activity.title)
        column.resource_id = activity.id
        skill_maps.adopt(
            session,
            context=context,
            folder=SKILL_MAPS,
            sample_id="grade6-ratios",
            tags={column.id: None},
            teacher=make_teacher(session, context),
            now=NOW,
        )
        after_sync(session, context, NOW)
        assert column.activity_id is None
        suggestion = skill_maps.suggest(session, context=context, folder=SKILL_MAPS)
        assert suggestion is not None
        assert suggestion.matches[0].activity_id is None


def test_an_unknown_tag_or_map_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        teacher = make_teacher(session, context)
        column = make_column(session, context, activity_id=None, label="Quiz")
        for sample_id, key, tag, problem in (
            ("grade6-ratios", column.id, "no-such", Fixable),
            ("no-such", column.id, None, NotVisible),
            ("grade6-ratios", column.id + 1, None, NotVisible),
        ):
            with pytest.raises(problem):
                skill_maps.adopt(
                    session,
                    context=context,
                    folder=SKILL_MAPS,
                    sample_id=sample_id,
                    tags={key: tag},
                    teacher=teacher,
                    now=NOW,
                )
        assert adopted_map(session, context) is None
        assert column.activity_id is None


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("skills.toml", "[map", "Expected"),
        ("skills.toml", '[map]\nid = "x"', "needs “title” as text"),
        ("checks.toml", "[[checks]]\nactivity = 'nothing'", "nothing"),
        ("activities.toml", None, "No such file"),
    ],
)
def test_an_unreadable_skill_map_is_one_clear_sentence(
    tmp_path: Path, file: str, text: str | None, said: str
) -> None:
    shutil.copytree(SKILL_MAPS, tmp_path / "maps")
    broken = tmp_path / "maps" / "grade6_ratios" / file
    broken.unlink() if text is None else broken.write_text(text, encoding="utf-8")
    with pytest.raises(Fixable) as refusal:
        read_samples(tmp_path / "maps")
    assert refusal.value.code == "skill_map.unreadable"
    assert said in refusal.value.message
    assert "nothing was changed" in refusal.value.message


def test_a_corrected_file_is_read_again(tmp_path: Path) -> None:
    shutil.copytree(SKILL_MAPS, tmp_path / "maps")
    activities = tmp_path / "maps" / "grade6_ratios" / "activities.toml"
    assert (
        read_samples(tmp_path / "maps")[0].skill_map.activity("hundred-square-art").title
        == "Hundred square art"
    )
    activities.write_text(activities.read_text().replace("Hundred square art", "Art in a hundred square"))
    assert (
        read_samples(tmp_path / "maps")[0].skill_map.activity("hundred-square-art").title
        == "Art in a hundred square"
    )
