"""Setup → How steps reach students: the channels of the LMS, each tried without writing before it is turned on."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases import choose_channels
from lti_tool.usecases.deliveries import send_step_again
from lti_tool.usecases.prepare_channel import prepare_activity
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

channels = launch_blueprint("channels", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)


@channels.get("/setup/channels")
@_may_set_up
def show() -> str:
    """What this LMS offers, and what each of them would write."""
    with open_course() as course:
        view = choose_channels.look_at_channels(
            course.session, context=course.context, now=course.now, words=words()
        )
    return render_template("teacher/channels.html", view=view, notice=notice())


@channels.post("/setup/channels/<name>/preview")
@_may_set_up
def preview(name: str) -> BaseResponse:
    """Look at the LMS now: what would be written, to whom. Nothing is."""
    with open_course() as course:
        context_key = course.context.id
    settings = services().settings
    choose_channels.preview_channel(
        services().database,
        settings.secret_key.get_secret_value(),
        context_key,
        name,
        local_origins=settings.local_platforms,
        clock=services().clock,
    )
    return redirect(url_for(".show", _anchor=name), 303)


@channels.post("/setup/channels/<name>/prepare")
@_may_set_up
def prepare(name: str) -> BaseResponse:
    """Make what an activity needs once for this channel, such as its group."""
    with open_course() as course:
        context_key = course.context.id
    settings = services().settings
    prepare_activity(
        services().database,
        settings.secret_key.get_secret_value(),
        context_key,
        name,
        request.form.get("activity", ""),
        local_origins=settings.local_platforms,
        clock=services().clock,
    )
    services().request_delivery()
    return redirect(url_for(".show", done="channel_prepared", _anchor=name), 303)


@channels.post("/setup/channels/<name>/on")
@_may_set_up
def turn_on(name: str) -> BaseResponse:
    """Bring approved steps this way from now on."""
    with open_course(write=True) as course:
        choose_channels.turn_on(
            course.session,
            context=course.context,
            teacher=course.person,
            name=name,
            fingerprint=request.form.get("fingerprint", ""),
            may_count=request.form.get("may_count") == "yes",
            now=course.now,
        )
    services().request_delivery()
    return redirect(url_for(".show", done="channel_on"), 303)


@channels.post("/setup/channels/<name>/off")
@_may_set_up
def turn_off(name: str) -> BaseResponse:
    """Bring nothing more this way, and take back what can be."""
    with open_course(write=True) as course:
        choose_channels.turn_off(
            course.session, context=course.context, teacher=course.person, name=name, now=course.now
        )
    services().request_delivery()
    return redirect(url_for(".show", done="channel_off"), 303)


@channels.post("/deliveries/steps/<int:key>/send-again")
@_may_set_up
def send_again(key: int) -> BaseResponse:
    """Try one delivery again now."""
    with open_course(write=True) as course:
        send_step_again(course.session, context=course.context, delivery_key=key, now=course.now)
    services().request_delivery()
    return redirect(url_for("teacher.deliveries", done="sending"), 303)
