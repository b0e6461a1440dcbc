"""Languages: what is offered is complete, and everything on a page can be translated."""

from __future__ import annotations

import re
import string
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import lti_tool
from lti_tool.pathways.reason_templates import FAMILY
from lti_tool.pathways.wording import FORMAT_NAMES
from lti_tool.usecases import family_report, week
from lti_tool.web import family
from lti_tool.web.i18n import FAMILY_LANGUAGES, TRANSLATIONS, words
from tests.web.school import open_school

PACKAGE = Path(lti_tool.__file__).parent
TEMPLATES = PACKAGE / "web" / "templates"
FAMILY_SOURCES = [
    TEMPLATES / "base.html",
    TEMPLATES / "error.html",
    *sorted((TEMPLATES / "family").glob("*.html")),
    Path(family.__file__),
    PACKAGE / "web" / "session.py",  # what every page of an extraordinary launch says first
    Path(family_report.__file__),
    Path(week.__file__),
]


def catalog(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(path: Path) -> set[str]:
    """The sentences that extraction finds in a file; of plural pairs the first."""
    method = "jinja2" if path.suffix == ".html" else "python"
    found = extract_from_file(method, path)
    return {text[0] if isinstance(text, tuple) else text for _line, text, _comments, _context in found}


def translated(language: str) -> dict[str, str]:
    """Sentences with a translation; of plural pairs the singular ones."""
    return {source[0]: text[0] for source, text in pairs(catalog(language)).items()}


def pairs(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Every translated sentence, as (singular) or (singular, plural)."""
    found = {}
    for message in catalogue:
        source = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        text = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if source[0] and any(text):
            found[source] = text
    return found


@pytest.mark.parametrize("language", [code for code in FAMILY_LANGUAGES if code != "en"])
def test_every_sentence_of_the_family_s_page_is_translated(language: str) -> None:
    needed = {*FAMILY.values(), *FORMAT_NAMES.values()}
    for path in FAMILY_SOURCES:
        needed |= sentences(path)
    assert needed - set(translated(language)) == set()


def test_translations_keep_the_values_of_their_sentences() -> None:
    for source, text in translated("es").items():
        assert set(re.findall(r"%\(\w+\)", source)) == set(re.findall(r"%\(\w+\)", text)), source


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (TRANSLATIONS / "es" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    # A plural pair without a translation is compiled as it stands in the source.
    assert {source: text for source, text in pairs(compiled).items() if text != source} == {
        source: text for source, text in pairs(catalog("es")).items() if text != source
    }


def test_no_sentence_stands_in_a_template_untranslatable() -> None:
    """Outside tags and calls there is no prose: letters in a row mean a forgotten `_()`."""
    untouched = {"Waymark"}
    for path in TEMPLATES.rglob("*.html"):
        text = re.sub(
            r"\{% block body_class %\}[\w ]*|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
            " ",
            path.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        text = re.sub(r"<!--.*?-->|<[^>]*>", "\n", text, flags=re.DOTALL)
        prose = {line.strip(string.punctuation + string.whitespace + "·›“”…–") for line in text.splitlines()}
        assert {line for line in prose if re.search(r"[a-z]{2}", line)} <= untouched, path


def test_days_and_numbers_are_written_as_the_reader_does(database_url: str, tmp_path: Path) -> None:
    with (
        open_school(database_url, tmp_path / "queue.sqlite", learners=0, columns=0) as school,
        school.app.test_request_context("/"),
    ):
        assert words().format_date(date(2026, 2, 21)) == "Feb 21"
        assert words().ngettext("%(number)s goal", "%(number)s goals", 2) == "%(number)s goals"
