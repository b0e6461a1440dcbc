"""The teacher's pages: Today, the reason behind a step, a student, Deliveries, Setup.

Teaching assistants see which column is which activity and what was delivered; those in charge of the course
change the one and send the other again.
"""

from __future__ import annotations

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.usecases import decide, decide_together, skill_maps
from lti_tool.usecases.accommodations import lacks as lacks_of
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.choose_channels import offers_ways
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.connect_gradebook import look_at_connection
from lti_tool.usecases.copy_course import look_at_copy
from lti_tool.usecases.deliveries import deliveries as list_deliveries
from lti_tool.usecases.deliveries import send_again as try_again
from lti_tool.usecases.explain import explain
from lti_tool.usecases.family_overview import family_of
from lti_tool.usecases.learner_profile import profile
from lti_tool.usecases.own_columns import HIGHEST_GRADE
from lti_tool.usecases.reading import look_at_sync, request_reading
from lti_tool.usecases.today import today as look_at_today
from lti_tool.web.course import open_course
from lti_tool.web.form_rows import chosen, ticked
from lti_tool.web.i18n import LANGUAGES, words
from lti_tool.web.i18n import gettext as _
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, is_in_charge, launch_blueprint

teacher = launch_blueprint("teacher", __name__)
_staff = allow(*STAFF)


@teacher.get("/today")
@_staff
def today() -> str:
    """At most five things to do, then the class with each student's next step."""
    with open_course(write=True) as course:
        view = look_at_today(
            course.session, context=course.context, teacher=course.person, now=course.now, words=words()
        )
        copy = (
            None
            if view.has_skill_map
            else look_at_copy(course.session, context=course.context, now=course.now)
        )
    labels = {item.key: item.label for item in view.buckets}
    bucket = request.args.get("bucket", "")
    shown = bucket if bucket in labels else None
    all_ticked = request.args.get("select") == "all"
    return render_template(
        "teacher/today.html",
        view=view,
        copy=copy,
        may_set_up=is_in_charge(),
        notice=notice(),
        bucket=shown,
        all_ticked=all_ticked,
        bucket_labels=labels,
        learners=[row for row in view.learners if shown in (None, row.bucket_key)],
    )


@teacher.get("/status")
@_staff
def status() -> Response:
    """Where reading the course stands, for the page that waits for it."""
    with open_course() as course:
        sync = look_at_sync(course.context)
    return jsonify(state=sync.state, progress=sync.progress)


@teacher.post("/read-again")
@_staff
def read_again() -> BaseResponse:
    """Ask for a new reading of roster and gradebook."""
    with open_course(write=True) as course:
        request_reading(course.context, now=course.now)
    services().request_sync(course.context.id)
    return redirect(url_for("teacher.today", done="reading"), 303)


@teacher.get("/proposals/<int:key>")
@_staff
def proposal(key: int) -> str:
    """Why this step."""
    with open_course() as course:
        view = explain(
            course.session, context=course.context, proposal_key=key, now=course.now, words=words()
        )
    return render_template("teacher/proposal.html", view=view, notice=notice())


@teacher.post("/proposals/<int:key>/approve")
@_staff
def approve(key: int) -> BaseResponse:
    """Confirm one step."""
    with open_course(write=True) as course:
        decide.approve(
            course.session, context=course.context, proposal_key=key, teacher=course.person, now=course.now
        )
        writes = course.context.mode.writes
    return _decided("approved") if writes else _decided("approved_here", 1)


@teacher.post("/proposals/<int:key>/swap")
@_staff
def swap(key: int) -> BaseResponse:
    """Choose another option for a student, which approves it."""
    with open_course(write=True) as course:
        decide.swap(
            course.session,
            context=course.context,
            proposal_key=key,
            option=request.form.get("option", default=-1, type=int),
            teacher=course.person,
            now=course.now,
        )
        writes = course.context.mode.writes
    return _decided("swapped") if writes else _decided("approved_here", 1)


@teacher.post("/proposals/<int:key>/veto")
@_staff
def veto(key: int) -> BaseResponse:
    """Never this activity for this student."""
    with open_course(write=True) as course:
        decide.veto(
            course.session, context=course.context, proposal_key=key, teacher=course.person, now=course.now
        )
    return _decided("vetoed")


@teacher.post("/proposals/approve-all")
@_staff
def approve_all() -> BaseResponse:
    """Confirm everything that waits."""
    with open_course(write=True) as course:
        number = decide.approve_all(
            course.session, context=course.context, teacher=course.person, now=course.now
        )
        writes = course.context.mode.writes
    return _decided("approved_all" if writes else "approved_here", number)


@teacher.post("/decisions/undo")
@_staff
def undo() -> BaseResponse:
    """Take back the latest decision, the whole of it where it was about several students."""
    with open_course(write=True) as course:
        number = decide_together.undo(
            course.session, context=course.context, teacher=course.person, now=course.now
        )
    return _decided("undone", number)


@teacher.post("/decisions/together")
@_staff
def together() -> BaseResponse:
    """One decision for every student who is ticked."""
    act = request.form.get("act", "")
    if act not in set(decide_together.Act):
        raise Fixable("decision.unknown", "Choose one of the buttons below the names.")
    with open_course(write=True) as course:
        outcome = decide_together.decide_together(
            course.session,
            context=course.context,
            proposal_keys=ticked(request.form, "step"),
            act=decide_together.Act(act),
            activity_id=request.form.get("activity", ""),
            teacher=course.person,
            now=course.now,
        )
    return _decided("together_part" if outcome.left_out else "together", outcome.done)


@teacher.get("/students/<int:person_key>")
@_staff
def student(person_key: int) -> str:
    """One student: strengths first."""
    with open_course(write=True) as course:
        view = profile(
            course.session,
            context=course.context,
            person_key=person_key,
            reader=course.person,
            with_accommodations=is_in_charge(),
            now=course.now,
            words=words(),
        )
        family = family_of(
            course.session, context=course.context, person_key=person_key, now=course.now, words=words()
        )
        title = course.context.title
    return render_template(
        "teacher/student.html",
        view=view,
        course_title=title,
        family=family,
        may_give=is_in_charge(),
        may_print=is_in_charge(),
        languages=LANGUAGES,
        notice=notice(),
    )


@teacher.get("/deliveries")
@_staff
def deliveries() -> str:
    """What we write to the gradebook and where each of it stands."""
    with open_course() as course:
        rows = list_deliveries(course.session, context=course.context, words=words())
    return render_template("teacher/deliveries.html", rows=rows, may_send=is_in_charge(), notice=notice())


@teacher.post("/deliveries/<int:key>/send-again")
@allow(*IN_CHARGE)
def send_again(key: int) -> BaseResponse:
    """Try one delivery again now."""
    with open_course(write=True) as course:
        try_again(course.session, context=course.context, entry_key=key, now=course.now)
    services().request_delivery()
    return redirect(url_for("teacher.deliveries", done="sending"), 303)


@teacher.get("/setup")
@_staff
def setup() -> str:
    """Which skill map, and which column is which activity."""
    with open_course() as course:
        suggestion = skill_maps.suggest(
            course.session,
            context=course.context,
            folder=services().settings.skill_maps_folder,
            sample_id=request.args.get("sample", ""),
        )
        in_use = adopted_map(course.session, course.context) is not None
        lacks = (
            lacks_of(open_classroom(course.session, context=course.context, now=course.now))
            if in_use and is_in_charge()
            else ()
        )
        been_read = course.context.gradebook_read_at is not None
        copy = look_at_copy(course.session, context=course.context, now=course.now)
        connection = look_at_connection(course.session, course.context)
        has_ways = offers_ways(course.session, course.context)
        offers_diagnostic = course.context.offers_diagnostic
    return render_template(
        "teacher/setup.html",
        connection=connection,
        has_ways=has_ways,
        offers_diagnostic=offers_diagnostic,
        suggestion=suggestion,
        in_use=in_use,
        lacks=lacks,
        been_read=been_read,
        copy=copy,
        may_set_up=is_in_charge(),
        grades=range(HIGHEST_GRADE + 1),
        how_labels={"confirmed": _("confirmed"), "resource id": _("identifier"), "title": _("same title")},
        notice=notice(),
    )


@teacher.post("/setup/adopt")
@allow(*IN_CHARGE)
def adopt() -> BaseResponse:
    """Accept a sample with its tags, or save the tags of the map in use; every student gets a plan."""
    sample = request.form.get("sample", "")
    with open_course(write=True) as course:
        if not sample:
            skill_maps.save_tags(
                course.session, context=course.context, tags=chosen(request.form, "tag"), now=course.now
            )
            return redirect(url_for("teacher.setup", done="tags_saved"), 303)
        skill_maps.adopt(
            course.session,
            context=course.context,
            folder=services().settings.skill_maps_folder,
            sample_id=sample,
            tags=chosen(request.form, "tag"),
            teacher=course.person,
            now=course.now,
        )
    return redirect(url_for("teacher.today", done="adopted"), 303)


@teacher.post("/setup/diagnostic")
@allow(*IN_CHARGE)
def offer_diagnostic() -> BaseResponse:
    """Offer first questions to students without results, or offer them no more."""
    offered = request.form.get("offered") == "yes"
    with open_course(write=True) as course:
        course.context.offers_diagnostic = offered
    return redirect(url_for("teacher.setup", done="offered" if offered else "not_offered"), 303)


def _decided(code: str, number: int | None = None) -> BaseResponse:
    """Back to the student's page or to the student on Today; the words for the gradebook go out now."""
    services().request_delivery()
    if page := request.form.get("page", type=int):
        return redirect(
            url_for("teacher.student", person_key=page, done=code, n=number, _anchor="decided"), 303
        )
    student_key = request.form.get("student", type=int)
    return redirect(
        url_for(
            "teacher.today",
            done=code,
            n=number,
            bucket=request.form.get("bucket") or None,
            _anchor=f"student-{student_key}" if student_key else None,
        ),
        303,
    )
