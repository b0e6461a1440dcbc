"""Languages of the pages: which one a reader gets, and the translation that use cases speak with.

English is the language of the source. A language is offered on a page only where every sentence of that
page is translated, so nobody meets a mixture; today that is Spanish on the family's and the student's pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

from lti_tool.usecases.words import Words
from lti_tool.web.services import services

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
SOURCE_LANGUAGE = "en"  # of the sentences here, and today of every skill map
LANGUAGES = {"en": "English", "es": "Español"}
_TRANSLATED_PAGES = frozenset({"family", "family_open", "student", "diagnostic", "about_me"})
_TRANSLATED_FILES = frozenset({"letters.of_own_child"})


def init_i18n(app: Flask) -> None:
    """Give `app` its translations, the context variable `page_language`, the global `content_language` and the filters `ago`, `day` and `amount`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        lambda text: _translations(page_language()).ugettext(text),
        lambda singular, plural, number: _translations(page_language()).ungettext(singular, plural, number),
        newstyle=True,
    )
    app.jinja_env.globals["content_language"] = SOURCE_LANGUAGE  # macros see no context
    app.context_processor(lambda: {"page_language": page_language()})
    app.add_template_filter(ago)
    app.add_template_filter(day)
    app.add_template_filter(amount)


def page_language() -> str:
    """The language tag of the page that is being made ("en", "es"); a family's letter counts as a page of its own.

    The reader's own choice (`lang`), else what `prefer_language` was told, else the LMS's language, else the
    browser's; English otherwise.
    """
    if not has_request_context() or not _is_translated(request.blueprint, request.endpoint):
        return SOURCE_LANGUAGE
    launch = g.get("launch")
    wishes = [
        request.args.get("lang", ""),
        g.get("preferred_language", ""),
        launch.locale if launch else "",
    ]
    for wish in wishes:
        language: str = wish.replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return request.accept_languages.best_match(LANGUAGES) or SOURCE_LANGUAGE


def prefer_language(language: str) -> None:
    """Make the present page in `language`, unless its reader asks for another one; empty changes nothing."""
    g.preferred_language = language


def _is_translated(blueprint: str | None, endpoint: str | None) -> bool:
    return blueprint in _TRANSLATED_PAGES or endpoint in _TRANSLATED_FILES


def ago(moment: datetime) -> str:
    """How long ago that was, in words: true in every time zone, which the LMS does not tell us."""
    passed = services().clock() - moment
    if passed < timedelta(minutes=1):
        return gettext("just now")
    return format_timedelta(-passed, add_direction=True, locale=_locale(page_language()))


def day(moment: date) -> str:
    """A day as the reader writes it ("Nov 22, 2026", "22 nov 2026")."""
    return format_date(moment, "medium", locale=_locale(page_language()))


def amount(number: float) -> str:
    """A number of things with at most one decimal, as the reader writes it ("2.5", "2,5")."""
    return format_decimal(number, "#,##0.#", locale=_locale(page_language()))


def gettext(text: str, **values: object) -> str:
    """`text` in the language of the page, with `values` filled in."""
    translated = _translations(page_language()).ugettext(text)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form that fits `number`, which stands in the text as "%(num)d"."""
    return _translations(page_language()).ungettext(singular, plural, number) % {"num": number}


def words() -> Words:
    """What use cases translate with while a page is being made; they fill in the values themselves."""
    return words_in(page_language())


def words_in(language: str) -> Words:
    """What use cases translate with for somebody who reads `language`, whatever the page is in."""
    translations = _translations(language)
    return Words(
        gettext=translations.ugettext,
        ngettext=translations.ungettext,
        format_date=lambda moment: format_skeleton("MMMd", moment, locale=_locale(language)),
        format_whole_date=lambda moment: format_date(moment, "medium", locale=_locale(language)),
    )


def words_of_families() -> Mapping[str, Words]:
    """The same for every language that families may read."""
    return {language: words_in(language) for language in LANGUAGES}


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [language])


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
