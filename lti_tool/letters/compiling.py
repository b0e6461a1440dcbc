"""The typesetter (typst, https://typst.app/docs/) at work on `letter.typ`, here or in a process of its own.

It remembers layouts of its last ten documents: 300 letters at once left 300 to 900 MiB behind. So more than a few
letters are set by a process that ends: this file run by itself, which reads the document from its standard input and
writes the PDF to its standard output. It inherits no environment and needs nothing else of the package.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typst

_TEMPLATE = Path(__file__).with_name("letter.typ")
_LONGEST_SECONDS = 60


def compile_here(document: str) -> bytes:
    """The PDF of a document (JSON, see `typeset`), tagged as PDF/UA-1 asks."""
    return _compiled(document, format="pdf", pdf_standards="ua-1")


def compile_apart(document: str) -> bytes:
    """The same from a process of its own."""
    done = subprocess.run(  # noqa: S603  this very file
        [sys.executable, "-I", __file__],
        input=document.encode(),
        stdout=subprocess.PIPE,
        timeout=_LONGEST_SECONDS,
        env={},
        check=True,
    )
    return done.stdout


def picture_of(document: str, dots_per_inch: float) -> bytes:
    """The page of a document with one letter, as PNG."""
    return _compiled(document, format="png", ppi=dots_per_inch)


def _compiled(document: str, **options: object) -> bytes:
    made = typst.compile(  # type: ignore[call-overload]  # one of two formats with its own options
        _TEMPLATE,
        root=_TEMPLATE.parent,
        sys_inputs={"letters": document},
        ignore_system_fonts=True,
        **options,
    )
    assert isinstance(made, bytes)  # noqa: S101  one file, not kept on disk
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(compile_here(sys.stdin.buffer.read().decode()))
