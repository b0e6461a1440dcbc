"""Zip files: bounds that do not believe the headers, names, passwords, and any bytes at all."""

from __future__ import annotations

import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files import archive
from lti_tool.grades.gradebook_files.archive import Archive
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from tests.grades.gradebook_files.oneroster_export import FILES, MANIFEST, oneroster, packed

_CENTRAL = b"PK\x01\x02"
SAMPLE = oneroster()


def refusal(content: bytes) -> str:
    with pytest.raises(Fixable) as refused:
        read_gradebook_file(content)
    return refused.value.code.removeprefix("gradebook_file.")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_by_name_in_any_case(method: int) -> None:
    found = Archive(packed({"lineItems.csv": "a,b"}, method=method))
    assert "lineitems.csv" in found
    assert "results.csv" not in found
    assert found.read("LineItems.csv") == b"a,b"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_unpack_without_bound_are_not_unpacked(method: int) -> None:
    assert refusal(packed(FILES, method=method)) == "archive_broken"


def test_a_workbook_is_still_a_workbook() -> None:
    assert refusal(packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"})) == "not_text"
    assert refusal(b"PK\x03\x04 and so on") == "not_text"
    assert refusal(packed({f"{number}.xml": "" for number in range(200)})) == "not_text"


@pytest.mark.parametrize(
    "name",
    [
        "export/manifest.csv",
        "export\\manifest.csv",
        "../manifest.csv",
        "..\\users.csv",
        "/users.csv",
        "a..csv",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert refusal(packed({**FILES, name: MANIFEST})) == "archive_names"


def test_a_packed_folder_says_to_pack_the_files() -> None:
    assert refusal(packed({f"export/{name}": text for name, text in FILES.items()})) == "archive_names"


def test_two_members_of_one_name_are_refused() -> None:
    assert refusal(packed({**FILES, "Manifest.csv": MANIFEST})) == "archive_names"


def test_what_macos_adds_is_passed_over() -> None:
    content = packed({**FILES, "__MACOSX/._users.csv": b"\0\5\x16\7"})
    assert len(read_gradebook_file(content).gradebooks) == 2
    assert refusal(packed({**FILES, "__MACOSX/../x": ""})) == "archive_names"


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_a_password_is_said_to_be_one(flag: int) -> None:
    assert refusal(_central(SAMPLE, 8, struct.pack("<H", flag))) == "archive_encrypted"


def test_a_cut_or_damaged_export_says_so() -> None:
    assert refusal(SAMPLE[:-30]) == "archive_broken"
    place = SAMPLE.index(b"users.csv") + 40
    assert refusal(SAMPLE[:place] + b"\xff" * 20 + SAMPLE[place + 20 :]) == "archive_broken"


def test_a_bomb_is_stopped_while_it_is_unpacked() -> None:
    ten, eleven = b"," * (10 * 1024 * 1024), b"," * (11 * 1024 * 1024)
    assert refusal(oneroster({"results.csv": eleven})) == "archive_too_big"
    assert refusal(oneroster({"results.csv": ten})) == "archive_too_big"


def test_bytes_are_counted_over_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 2_500)
    found = Archive(packed({"a": b"x" * 1_000, "b": b"y" * 1_000, "c": b"z" * 1_000}))
    assert len(found.read("a") + found.read("b")) == found.unpacked == 2_000
    with pytest.raises(Fixable) as refused:
        found.read("c")
    assert refused.value.code == "gradebook_file.archive_too_big"


@pytest.mark.parametrize("size", [0, 1, 2**31, 2**32 - 2])
def test_the_size_in_the_header_is_not_believed(size: int) -> None:
    """Declared sizes neither let more in than the bounds nor give out a part as if it were the whole."""
    content = oneroster({"results.csv": b"," * (11 * 1024 * 1024)})
    assert refusal(_central(content, 24, struct.pack("<I", size), last=True)) in {
        "archive_too_big",
        "archive_broken",
    }
    assert refusal(_central(SAMPLE, 24, struct.pack("<I", 1), last=True)) == "archive_broken"


def test_entries_are_counted_before_they_are_read() -> None:
    assert refusal(packed({**FILES, **{str(number): "" for number in range(100)}})) == "archive_too_big"


def test_a_file_that_is_too_big_is_not_opened() -> None:
    assert refusal(SAMPLE + b" " * (10 * 1024 * 1024)) == "too_big"


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_our_words(content: bytes) -> None:
    _read_or_refused(b"PK\x03\x04" + content)
    _read_or_refused(b"PK\x03\x04manifest.csv" + content)
    _read_or_refused(SAMPLE + content)


@given(
    st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, len(SAMPLE)),
)
def test_any_changed_export_is_read_or_refused_in_our_words(
    changes: list[tuple[int, int]], kept: int
) -> None:
    content = bytearray(SAMPLE)
    for place, value in changes:
        content[place] = value
    _read_or_refused(bytes(content))
    _read_or_refused(bytes(content[:kept]))


@given(
    st.lists(st.tuples(st.integers(4, 45), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 5)
)
def test_any_directory_is_read_or_refused_in_our_words(changes: list[tuple[int, int]], entry: int) -> None:
    content, place = bytearray(SAMPLE), 0
    for _number in range(entry + 1):
        place = SAMPLE.index(_CENTRAL, place + 1)
    for offset, value in changes:
        content[place + offset] = value
    _read_or_refused(bytes(content))


@given(st.dictionaries(st.sampled_from(sorted(FILES)), st.text(max_size=200)))
def test_any_text_in_its_files_is_read_or_refused_in_our_words(files: dict[str, str]) -> None:
    _read_or_refused(oneroster({name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}))


def _central(content: bytes, offset: int, value: bytes, *, last: bool = False) -> bytes:
    """The zip file with another value in an entry of its directory."""
    place = (content.rindex(_CENTRAL) if last else content.index(_CENTRAL)) + offset
    return content[:place] + value + content[place + len(value) :]


def _read_or_refused(content: bytes) -> None:
    try:
        file = read_gradebook_file(content)
    except Fixable:
        return
    for book in file.gradebooks:
        assert len(book.cells) == len(book.students) > 0
        assert {len(row) for row in book.cells} == {len(book.columns)}
        assert len({column.key for column in book.columns}) == len(book.columns)
