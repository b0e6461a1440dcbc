"""Who is who: certain, or left out and named."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grades.gradebooks.gradebook import GradebookStudent
from lti_tool.grades.gradebooks.matching import (
    Enrolled,
    Match,
    MatchedBy,
    Matching,
    Unmatched,
    match_students,
)
from lti_tool.grades.gradebooks.names import spoken_name


def student(name: str, **ids: str) -> GradebookStudent:
    return GradebookStudent(name=name, full_names=spoken_name(name), **ids)


def person(key: int, name: str, **ids: str) -> Enrolled:
    return Enrolled(key=key, names=(name,), **ids)


@pytest.mark.parametrize(
    ("field", "by"),
    [
        ("user_id", MatchedBy.USER_ID),
        ("login", MatchedBy.LOGIN),
        ("sis_id", MatchedBy.SIS_ID),
        ("email", MatchedBy.EMAIL),
    ],
)
def test_an_id_matches_where_the_names_differ_a_little(field: str, by: MatchedBy) -> None:
    found = match_students(
        [student("Morales, Ana", **{field: "x-1"})], [person(1, "Anita Morales", **{field: "x-1"})]
    )
    assert found == Matching((Match(0, 1, by),), ())


def test_the_lmss_own_number_goes_before_everything_else() -> None:
    found = match_students(
        [student("Morales, Ana", user_id="1", login="b")],
        [person(1, "Ana M. Morales", user_id="1"), person(2, "Ana Morales", login="b")],
    )
    assert found.matched == (Match(0, 1, MatchedBy.USER_ID),)


def test_a_number_of_somebody_with_another_name_is_not_believed() -> None:
    found = match_students(
        [student("Morales, Ana", user_id="11")],
        [person(1, "Ben Carter", user_id="11"), person(2, "Ana Morales")],
    )
    assert found == Matching((), ((0, Unmatched.OTHER_NAME),))


@pytest.mark.parametrize(
    ("in_file", "in_course"),
    [
        ("Morales, Ana", "Ana Morales"),
        ("MORALES,  ana ", "Ana Morales"),
        ("Dubois, Chloé", unicodedata.normalize("NFD", "Chloé Dubois")),
        ("O'Connor, Liam", "Liam O’Connor"),
        ("Strauß, Jo", "Jo STRAUSS"),
        ("Pelé", "Pelé"),
    ],
)
def test_the_same_name_matches_however_it_is_typed(in_file: str, in_course: str) -> None:
    assert match_students([student(in_file)], [person(1, in_course)]).matched == (
        Match(0, 1, MatchedBy.NAME),
    )


def test_a_similar_name_is_nobody() -> None:
    found = match_students([student("Morales, Anna")], [person(1, "Ana Morales")])
    assert found == Matching((), ((0, Unmatched.NOBODY),))


def test_a_name_that_two_people_of_the_course_have_matches_neither() -> None:
    found = match_students([student("Kim, Hana")], [person(1, "Hana Kim"), person(2, "Hana Kim")])
    assert found == Matching((), ((0, Unmatched.SEVERAL_IN_COURSE),))


def test_a_name_that_the_file_has_twice_matches_nobody() -> None:
    found = match_students([student("Kim, Hana"), student("Kim, Hana", login="k2")], [person(1, "Hana Kim")])
    assert found.left_out == ((0, Unmatched.SEVERAL_IN_FILE), (1, Unmatched.SEVERAL_IN_FILE))


def test_of_two_rows_for_one_person_neither_counts() -> None:
    found = match_students(
        [student("Kim, H.", user_id="1"), student("Kim, Hana")], [person(1, "Hana Kim", user_id="1")]
    )
    assert found.left_out == ((0, Unmatched.SEVERAL_IN_FILE), (1, Unmatched.SEVERAL_IN_FILE))


def test_empty_ids_and_names_match_nothing() -> None:
    found = match_students([GradebookStudent("", ("",))], [Enrolled(1, ("", ""))])
    assert found == Matching((), ((0, Unmatched.NOBODY),))


NAMES = st.sampled_from(["Ana A", "Ben B", "Ana B", "ana a", ""])
IDS = st.sampled_from(["", "1", "2"])


@given(
    st.lists(st.tuples(NAMES, IDS, IDS), max_size=6),
    st.lists(st.tuples(NAMES, IDS, IDS), max_size=6),
)
def test_every_row_is_in_one_list_and_nobody_is_matched_twice(
    rows: list[tuple[str, str, str]], people: list[tuple[str, str, str]]
) -> None:
    found = match_students(
        [GradebookStudent(name, (name,), user_id=user, login=login) for name, user, login in rows],
        [Enrolled(key, (name,), user_id=user, login=login) for key, (name, user, login) in enumerate(people)],
    )
    listed = [match.row for match in found.matched] + [row for row, _why in found.left_out]
    assert sorted(listed) == list(range(len(rows)))
    assert len({match.key for match in found.matched}) == len(found.matched)
