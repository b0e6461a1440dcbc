"""The audit log: who changed what, newest first, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, render_template, request

from lti_tool.launch import audit
from lti_tool.launch.audit import Wanted
from lti_tool.launch.registration import all_registrations
from lti_tool.models.platforms import AuditEntry
from lti_tool.pathways.spreadsheet_cells import Cell
from lti_tool.web.admin import admin, administrator
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services
from lti_tool.web.spreadsheet import csv_response

PAGE_SIZE = 50
DAYS = (1, 7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


@admin.get("/audit")
def audit_log() -> str:
    """One page of the log."""
    wanted, words = _wanted(), action_words()
    with services().database.read() as session:
        page = audit.read_page(
            session, wanted, size=PAGE_SIZE, before=_place("before"), after=_place("after")
        )
        actions = {code: words.get(code, code) for code in audit.known_actions(session)}
        names = {f"registration {one.id}": one.label for one in all_registrations(session)}
    filters = {name: request.args[name] for name in ("about", "action", "days") if request.args.get(name)}
    return render_template(
        "admin/audit.html",
        lines=[_line(entry, words) for entry in page.entries],
        names=names,
        page=page,
        actions=dict(sorted(actions.items(), key=lambda item: item[1])),
        days=DAYS,
        filters=filters,
    )


@admin.get("/audit.csv")
def audit_file() -> Response:
    """The entries that the filters leave, as a file for a spreadsheet. That it was taken is noted, too."""
    now, wanted, words = services().clock(), _wanted(), action_words()
    with services().database.transaction() as session:
        audit.record(session, actor=administrator(), action="audit.exported", subject="audit log", now=now)
    header = [_("Number"), _("Time (UTC)"), _("Who"), _("What"), _("Code"), _("About"), _("Details")]
    return csv_response(f"waymark-audit-{now:%Y-%m-%d}.csv", header, _rows(wanted, words))


def _rows(wanted: Wanted, words: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    database = services().database

    def rows() -> Iterator[tuple[Cell, ...]]:
        with database.read() as session:
            for entry in audit.read_all(session, wanted):
                line = _line(entry, words)
                time = f"{line.at:%Y-%m-%d %H:%M:%S}"
                yield entry.id, time, line.actor, line.action, entry.action, line.subject, line.detail

    return rows()


def _wanted() -> Wanted:
    action, days = request.args.get("action", ""), request.args.get("days", "")
    since = services().clock() - timedelta(days=int(days)) if days in map(str, DAYS) else None
    about = request.args.get("about", "").strip()[:120]
    return Wanted(about=about, actions=(action[:64],) if action else (), since=since)


def _place(name: str) -> int | None:
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _line(entry: AuditEntry, words: dict[str, str]) -> _Line:
    detail = ", ".join(f"{name}: {value}" for name, value in sorted(entry.detail.items()))
    return _Line(entry.at, entry.actor, words.get(entry.action, entry.action), entry.subject, detail)


def action_words() -> dict[str, str]:
    """What each code in the log means."""
    return {
        "administrator.created": _("Administrator created"),
        "administrator.password_changed": _("Password changed"),
        "administrator.removed": _("Administrator removed"),
        "administrator.signed_in": _("Signed in"),
        "administrator.signed_out": _("Signed out"),
        "audit.exported": _("Audit log saved as a file"),
        "accommodations.changed": _("What has to be kept for a student changed by a teacher"),
        "course.mode_changed": _("How far Waymark goes in a course changed"),
        "course.policy_changed": _("Settings of a course changed"),
        "family.reports_stopped": _("A family said that it wants no more reports"),
        "family.reports_wanted": _("A family said that it wants reports again"),
        "family_link.all_ended": _("All links of families ended in a course"),
        "family_link.ended": _("Link of a family ended"),
        "family_link.made": _("Link for a family made by a teacher"),
        "letters.taken": _("Letters to families taken by a teacher"),
        "platform.policy_changed": _("Settings of a whole platform changed"),
        "staff.decides": _("Colleague of a course decides again"),
        "staff.looks_on": _("Colleague of a course let look only"),
        "channel.turned_off": _("Way to students turned off in a course"),
        "channel.turned_on": _("Way to students turned on in a course"),
        "deployment.active": _("Deployment switched on"),
        "deployment.suspended": _("Deployment switched off"),
        "deployment.waiting": _("Deployment waits for approval"),
        "gradebook.credential_given": _("Credential for all gradebooks entered"),
        "gradebook.credential_removed": _("Credential for all gradebooks removed"),
        "gradebook.developer_key_given": _("Developer key of Canvas entered"),
        "gradebook.developer_key_removed": _("Developer key of Canvas removed"),
        "gradebook.pasting_forbidden": _("Pasted tokens forbidden"),
        "gradebook.pasting_permitted": _("Pasted tokens permitted"),
        "map.exported": _("Levels of a course saved as a file by its teacher"),
        "gradebook.exported": _("Gradebook of a course saved as a file by its teacher"),
        "invitation.created": _("Platform invited"),
        "invitation.created_for_update": _("Platform invited to update its registration"),
        "key.deleted": _("Old signing key deleted"),
        "key.rotated": _("Next signing key made"),
        "key.rotated_at_once": _("Signing key replaced at once"),
        "key.withdrawn": _("Signing key withdrawn"),
        "deliveries.sent_again": _("Deliveries sent again"),
        "learner_export.made": _("Export of a person's records made"),
        "learner_export.saved": _("Export of a person's records saved"),
        "learners.searched": _("Person looked for by name or id"),
        "names.access_closed": _("Access to names ended"),
        "names.access_opened": _("Access to names opened"),
        "recovery_code.used": _("Signed in with a recovery code"),
        "recovery_codes.renewed": _("New recovery codes made"),
        "registration.added": _("Platform added by hand"),
        "registration.addresses_changed": _("Addresses of a platform changed"),
        "registration.approved": _("Platform approved"),
        "registration.created": _("Platform registered itself"),
        "registration.deleted": _("Platform deleted with everything in it"),
        "registration.disabled": _("Platform switched off"),
        "registration.endpoints_accepted": _("New addresses of a platform accepted"),
        "registration.renamed": _("Platform renamed"),
        "registration.updated": _("Platform updated its registration"),
        "second_factor.refused": _("Wrong code at sign-in"),
        "second_factor.reset": _("Second factor reset"),
        "second_factor.set_up": _("Second factor set up"),
        "secrets.encrypted_again": _("Secrets encrypted with a new secret key"),
    }
