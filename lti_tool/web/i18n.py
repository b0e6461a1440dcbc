"""Languages of the pages: which one a reader gets, and the translation that use cases speak with.

English is the language of the source. A language is offered on a page only where every sentence of that
page is translated, so nobody meets a mixture; today that is Spanish on the family's page.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import flask_babel
from babel import Locale
from babel.dates import format_skeleton
from flask import Flask, g, has_request_context, request

from lti_tool.usecases.words import Words
from lti_tool.web.services import services

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
SOURCE_LANGUAGE = "en"
FAMILY_LANGUAGES = {"en": "English", "es": "Español"}


def init_i18n(app: Flask) -> None:
    """Give `app` its translations, the context variable `page_language` and the filters `ago` and `day`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE_LANGUAGE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "UTC"
    flask_babel.Babel(app, locale_selector=_language)
    app.context_processor(lambda: {"page_language": page_language()})
    app.add_template_filter(ago)
    app.add_template_filter(day)


def page_language() -> str:
    """The language tag of the page that is being made ("en", "es")."""
    locale: Locale | None = flask_babel.get_locale()
    return locale.language if locale else SOURCE_LANGUAGE


def ago(moment: datetime) -> str:
    """How long ago that was, in words: true in every time zone, which the LMS does not tell us."""
    passed = services().clock() - moment
    if passed < timedelta(minutes=1):
        return gettext("just now")
    return str(flask_babel.format_timedelta(-passed, add_direction=True))


def day(moment: date) -> str:
    """A day as the reader writes it ("Nov 22, 2026", "22 nov 2026")."""
    return str(flask_babel.format_date(moment, "medium"))


def gettext(text: str, **values: object) -> str:
    """`text` in the language of the page, with `values` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form that fits `number`, which stands in the text as "%(num)d"."""
    return str(flask_babel.ngettext(singular, plural, number))


def words() -> Words:
    """What use cases translate with while a page is being made; they fill in the values themselves."""
    translations = flask_babel.get_domain().get_translations()
    return Words(
        gettext=translations.ugettext,
        ngettext=translations.ungettext,
        format_date=lambda moment: format_skeleton("MMMd", moment, locale=flask_babel.get_locale()),
    )


def _language() -> str:
    """The reader's own choice (`lang`), else the LMS's language, else the browser's; English otherwise."""
    if not has_request_context() or request.blueprint != "family":
        return SOURCE_LANGUAGE
    launch = g.get("launch")
    wishes = [request.args.get("lang", ""), launch.locale if launch else ""]
    for wish in wishes:
        language = wish.replace("_", "-").split("-")[0].lower()
        if language in FAMILY_LANGUAGES:
            return language
    return request.accept_languages.best_match(FAMILY_LANGUAGES) or SOURCE_LANGUAGE
