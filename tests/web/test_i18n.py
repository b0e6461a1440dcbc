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
from lti_tool.pathways.levels import Level
from lti_tool.pathways.reason_templates import FAMILY, STUDENT, WISHES
from lti_tool.pathways.skill_map import Format, Mode
from lti_tool.pathways.wording import FORMAT_NAMES, Audience
from lti_tool.usecases.labels import format_label, level_label, mode_label
from lti_tool.usecases.words import Words
from lti_tool.web.i18n import LANGUAGES, TRANSLATIONS, words
from tests.web.school import open_school

PACKAGE = Path(lti_tool.__file__).parent
TEMPLATES = PACKAGE / "web" / "templates"
# What everybody meets: the frame of a page, what may go wrong, and what a page of an extraordinary launch says.
COMMON_SOURCES = [
    TEMPLATES / "base.html",
    TEMPLATES / "error.html",
    *(PACKAGE / "web" / f"{name}.py" for name in ("errors", "i18n", "session", "security", "way_back")),
    *(PACKAGE / "launch" / f"{name}.py" for name in ("sessions", "requirements")),
    *(PACKAGE / "usecases" / f"{name}.py" for name in ("names", "steps", "week")),
    *(PACKAGE / "pathways" / f"{name}.py" for name in ("reasons", "wins")),
]
FAMILY_SOURCES = [
    *sorted((TEMPLATES / "family").glob("*.html")),
    *(PACKAGE / "web" / f"{name}.py" for name in ("family", "family_open", "family_pages", "rate_limit")),
    *(
        PACKAGE / "usecases" / f"{name}.py"
        for name in (
            "family_letters",
            "family_links",
            "family_preferences",
            "family_report",
            "message_drafts",
            "stop_reports",
        )
    ),
]
STUDENT_SOURCES = [
    *sorted((TEMPLATES / "student").glob("*.html")),
    *(TEMPLATES / "parts" / f"{name}.html" for name in ("notice", "sittings", "skills")),
    *(PACKAGE / "web" / f"{name}.py" for name in ("about_me", "answers", "diagnostic", "student")),
    *(
        PACKAGE / "usecases" / f"{name}.py"
        for name in (
            "about_me",
            "activity",
            "next_step",
            "own_challenge",
            "question_views",
            "skill_views",
            "take_check",
            "take_diagnostic",
            "weekly_goal",
        )
    ),
    PACKAGE / "pathways" / "marking.py",
]


def labels() -> set[str]:
    """The words for an activity's format and company, and for a skill's level."""
    asked: list[str] = []

    def noted(text: str) -> str:
        asked.append(text)
        return text

    recording = Words(gettext=noted)
    format_label(Format.CHECK, recording)
    mode_label(Mode.SOLO, recording)
    level_label(Level.GROWING, recording)
    return set(asked)


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
        if source[0] and text and all(text):
            found[source] = text
    return found


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
@pytest.mark.parametrize(
    ("reasons", "sources"),
    [
        (FAMILY | WISHES[Audience.FAMILY], FAMILY_SOURCES),
        (STUDENT | WISHES[Audience.STUDENT], STUDENT_SOURCES),
    ],
)
def test_every_sentence_for_families_and_students_is_translated(
    language: str, reasons: dict[str, str], sources: list[Path]
) -> None:
    needed = {*reasons.values(), *FORMAT_NAMES.values(), *labels()}
    for path in (*COMMON_SOURCES, *sources):
        needed |= sentences(path)
    # Extraction takes the keys in `gettext(LOST_BY[key])` for sentences; they are not.
    assert needed - set(translated(language)) - {"rule", "termnothing"} == set()


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


def test_a_student_whose_course_speaks_spanish_reads_the_pages_and_the_refusals_in_spanish(
    database_url: str, tmp_path: Path
) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1) as school:
        learner = school.visit(school.learner_keys[0], "learner", locale="es-US")
        page = learner.get("next", done="finished").text
        assert '<html lang="es">' in page
        assert "¡Bien hecho! Aquí está tu siguiente paso." in page
        assert "Tu siguiente paso" in page
        assert "Your" not in re.sub(r'<[^>]* lang="en"[^>]*>[^<]*', "", page)
        refused = learner.get("activity/unknown")
        assert refused.status_code == 404
        assert "Vuelve a tu siguiente paso." in refused.text
