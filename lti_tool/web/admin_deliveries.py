"""What is on its way to the platforms, and what did not arrive."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.usecases.delivery_overview import look_at_deliveries, send_trouble_again
from lti_tool.web.admin import admin, administrator
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services


@admin.get("/deliveries")
def deliveries() -> str:
    """Every platform with numbers and reasons."""
    with services().database.read() as session:
        platforms = look_at_deliveries(session)
    notice = _("They are sent again now.") if request.args.get("done") == "sending" else ""
    return render_template("admin/deliveries.html", platforms=platforms, notice=notice)


@admin.post("/deliveries/<int:registration>/send-again")
def send_deliveries_again(registration: int) -> ResponseReturnValue:
    """Send again what waits for one reason at one platform."""
    with services().database.transaction() as session:
        send_trouble_again(
            session,
            registration_key=registration,
            code=request.form.get("code", ""),
            actor=administrator(),
            now=services().clock(),
        )
    services().request_delivery()
    return redirect(url_for("admin.deliveries", done="sending"), 303)
