"""The report by a link, without an account: from a letter or an e-mail to one child's page.

The link's own address answers every request alike and looks nothing up: it moves the secret into a cookie and leads
on to a page with one button. Programs that look at links (previews of messengers, scanners of mail) end there: they
read nothing about a child and do not count as the family. Only the button shows the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import NotVisible
from lti_tool.pathways.wording import N_
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.family_links import LinkEnded, OpenLink, note_opened, open_link
from lti_tool.usecases.family_preferences import choose_language, languages
from lti_tool.usecases.family_report import report_of
from lti_tool.usecases.stop_reports import BY_LINK, stop_reports, want_reports_again
from lti_tool.web.errors import note_refusal
from lti_tool.web.family_cookie import PATH, give_link_token, is_link_token, link_token
from lti_tool.web.family_pages import Ways, chosen_language, nothing_page, report_page, stopped_page
from lti_tool.web.i18n import LANGUAGES, prefer_language, words
from lti_tool.web.i18n import gettext as _
from lti_tool.web.rate_limit import RateLimit
from lti_tool.web.services import services

# A mobile network may show many families as one address.
VISITS_PER_MINUTE = 600
_LIMIT = "waymark-family-limit"

family_open = Blueprint("family_open", __name__, url_prefix=PATH)


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that somebody opened, one database session and the addresses of its pages."""

    session: Session
    opened: OpenLink
    ways: Ways


def init_family_open(app: Flask) -> None:
    """Add the pages behind links to `app`."""
    app.extensions[_LIMIT] = RateLimit(per_minute=VISITS_PER_MINUTE)
    app.register_blueprint(family_open)


@family_open.before_request
def _limit_visits() -> None:
    limit: RateLimit = current_app.extensions[_LIMIT]
    limit.count(request.remote_addr or "", services().clock())


@family_open.after_request
def _keep_out_of_search(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@family_open.errorhandler(NotVisible)
def _nowhere(error: NotVisible) -> tuple[str, int]:
    note_refusal(error.code, error.status)
    page = render_template("family/ended.html", message=_(error.message), languages=LANGUAGES)
    return page, error.status


@family_open.get("/<token>")
def enter(token: str) -> BaseResponse:
    """The address in the letter: the secret goes where no log and no history has it."""
    if not is_link_token(token):
        raise LinkEnded
    response = make_response(redirect(url_for("family_open.welcome"), 303))
    give_link_token(response, token)
    return response


@family_open.get("/welcome")
def welcome() -> str:
    """What this is, and the button that shows it."""
    with _visit() as visit:
        if visit.opened.declined:
            return _stopped(visit)
        return render_template("family/welcome.html", ways=visit.ways, languages=LANGUAGES)


@family_open.post("/report")
def show() -> BaseResponse:
    """Somebody pressed the button: this is a person."""
    with _visit() as visit:
        note_opened(visit.opened, services().clock())
    return _to_the_report()


@family_open.get("/report")
def report() -> str:
    """The same report as a Mentor's, of this one child."""
    with _visit() as visit:
        opened = visit.opened
        if opened.declined:
            return _stopped(visit)
        if adopted_map(visit.session, opened.context) is None:
            return nothing_page(
                _("The teacher is still setting up this course. Please look again in a few days.")
            )
        view = report_of(
            visit.session,
            context=opened.context,
            child=opened.child,
            now=services().clock(),
            words=words(),
        )
        return report_page(view, context=opened.context, ways=visit.ways, person_key=opened.child.id)


@family_open.post("/language")
def language() -> BaseResponse:
    """The family reads this language from now on; choosing one shows the report, too."""
    chosen = chosen_language()
    with _visit() as visit:
        choose_language(
            visit.session,
            context=visit.opened.context,
            person_keys=[visit.opened.child.id],
            language=chosen,
            now=services().clock(),
        )
        note_opened(visit.opened, services().clock())
    return _to_the_report()


@family_open.post("/stop")
def stop() -> BaseResponse:
    """No more reports about this child."""
    with _visit() as visit:
        stop_reports(
            visit.session,
            context=visit.opened.context,
            person_key=visit.opened.child.id,
            now=services().clock(),
            actor=BY_LINK,
            by_link=visit.opened.link,
        )
    return _to_the_report()


@family_open.post("/again")
def again() -> BaseResponse:
    """Reports about this child are welcome again."""
    with _visit() as visit:
        want_reports_again(
            visit.session,
            context=visit.opened.context,
            person_key=visit.opened.child.id,
            now=services().clock(),
            actor=BY_LINK,
        )
    return _to_the_report()


@contextmanager
def _visit() -> Iterator[Visit]:
    """The link of the present request. Raises NotVisible: `family_link.ended`, or `family_link.not_open`."""
    token = link_token()
    if token is None:
        raise NotVisible(
            "family_link.not_open",
            N_(
                "Please open the link in your letter or e-mail once more. This page needs a cookie for one hour."
            ),
        )
    with services().database.transaction() as session:
        opened = open_link(session, token, services().clock())
        known = languages(session, opened.context).get(opened.child.id, "")
        prefer_language(known or opened.link.language)
        yield Visit(
            session,
            opened,
            Ways(
                language=url_for("family_open.language"),
                stop=url_for("family_open.stop"),
                again=url_for("family_open.again"),
                until=opened.link.expires_at.date(),
            ),
        )


def _stopped(visit: Visit) -> str:
    return stopped_page(ways=visit.ways, person_key=visit.opened.child.id)


def _to_the_report() -> BaseResponse:
    return redirect(url_for("family_open.report"), 303)
