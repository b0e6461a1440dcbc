"""A zip file that somebody sent, read in memory within bounds that its own headers have no say in.

Source: docs.python.org/3/library/zipfile.html ("Decompression pitfalls") and APPNOTE.TXT of PKWARE. What it does:

- counts entries before zipfile makes an object of each, and bytes while they are unpacked;
- unpacks stored and deflated members alone: zipfile gives out deflated ones a bounded piece at a time, the others
  (bzip2, LZMA) whole pieces of any size;
- refuses names with folders or "..", names that occur twice, and encrypted members, read or not. What macOS adds in
  `__MACOSX/` when somebody packs files by hand is passed over: nobody put it there.

Nothing is written to disk.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files.table import LARGEST_FILE, too_big

LARGEST_CONTENT = 40 * 1024 * 1024
MOST_FILES = 100
# Tables of ids and dates shrink to a twentieth; a thousandth is what deflate can do at most.
MOST_TIMES = 200
_FREE_OF_RATIO = 1024 * 1024
_PIECE = 64 * 1024
_BEGINNING = b"PK\x03\x04"
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_FROM_MACOS = "__MACOSX/"
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# All that zipfile raises for bytes that are no zip file; RuntimeError is its answer to what it does not support.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Archive:
    """The members of a zip file by name. Raises Fixable; `unpacked` counts what was read so far."""

    def __init__(self, content: bytes) -> None:
        if len(content) > LARGEST_FILE:
            raise too_big()
        if content.count(_ENTRY) > MOST_FILES:
            raise archive_too_big()
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _UNREADABLE as error:
            raise _broken(str(error)) from error
        self._infos = _by_name(self._zip.infolist())
        self._packed = len(content)
        self.unpacked = 0

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._infos

    def read(self, name: str) -> bytes:
        """A member that is there. Its name is the same in any case, as it is on the computers that packed it."""
        info = self._infos[name.casefold()]
        if info.compress_type not in _KNOWN:
            raise _broken(f"compression {info.compress_type}")
        found = bytearray()
        try:
            with self._zip.open(info) as member:
                while piece := member.read(_PIECE):
                    found += piece
                    self._count(len(piece), len(found))
        except _UNREADABLE as error:
            raise _broken(str(error)) from error
        return bytes(found)

    def _count(self, more: int, of_this: int) -> None:
        self.unpacked += more
        bound = min(LARGEST_CONTENT, max(_FREE_OF_RATIO, MOST_TIMES * self._packed))
        if of_this > LARGEST_FILE or self.unpacked > bound:
            raise archive_too_big()


def is_archive(content: bytes) -> bool:
    """Whether these bytes begin as a zip file does; a workbook is one, too."""
    return content.startswith(_BEGINNING)


def holds(content: bytes, name: str) -> bool:
    """Whether a zip file has a member of this name, in whatever folder; told by its bytes where it cannot be opened."""
    if len(content) <= LARGEST_FILE and content.count(_ENTRY) <= MOST_FILES:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                paths = [info.orig_filename.replace("\\", "/") for info in packed.infolist()]
        except _UNREADABLE:
            pass
        else:
            return any(path.rpartition("/")[2].casefold() == name for path in paths)
    return name.encode() in content.lower()


def archive_too_big() -> Fixable:
    """The refusal of an archive with more in it than we read."""
    return Fixable(
        "gradebook_file.archive_too_big",
        f"There is too much in this zip file. Waymark reads up to {LARGEST_FILE // 1024 // 1024} MB of each file in it, "
        f"{LARGEST_CONTENT // 1024 // 1024} MB in all. Export one class or one term at a time.",
    )


def _by_name(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.orig_filename
        if name.startswith(_FROM_MACOS) and ".." not in name:
            continue
        if "/" in name or "\\" in name or "\0" in name or ".." in name or name.casefold() in found:
            raise Fixable(
                "gradebook_file.archive_names",
                "The files of this zip file are in folders, or two have one name. Choose the zip file as it was exported; "
                "if you packed it yourself, pack the CSV files and not their folder.",
            )
        if info.flag_bits & _ENCRYPTED:
            raise Fixable(
                "gradebook_file.archive_encrypted",
                "This zip file is protected by a password. Export it without one, or pack its files again without a "
                "password.",
            )
        found[name.casefold()] = info
    return found


def _broken(detail: str) -> Fixable:
    return Fixable(
        "gradebook_file.archive_broken",
        "This zip file is damaged or was cut off. Export it again and choose the new file.",
        detail=detail,
    )
