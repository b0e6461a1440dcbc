"""Pages to click on: signing in, an author's settings, a course's blocks, and a look into the tables."""

from __future__ import annotations

from html import escape
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth import login as log_in
from django.http import HttpRequest, HttpResponse, JsonResponse
from lti_consumer.api import get_lti_1p3_content_url, get_lti_1p3_launch_info, get_lti_1p3_launch_start_url
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import (
    CourseAllowPIISharingInLTIFlag,
    Lti1p3Passport,
    LtiAgsLineItem,
    LtiAgsScore,
    LtiConfiguration,
    LtiDlContentItem,
)
from lti_consumer.utils import get_lti_api_base

from tests.peers.openedx.host import BLOCKS, COURSE, COURSE_TITLE, PEOPLE, block_key, external_id
from tests.peers.openedx.models import Grade, Profile


def seed() -> None:
    """The course's people; their names may be told to tools."""
    for login, (name, role) in PEOPLE.items():
        user = get_user_model().objects.create(
            username=login, first_name=name, email=f"{login}@school.example"
        )
        Profile.objects.create(user=user, course_role=role)
    CourseAllowPIISharingInLTIFlag.objects.create(course_id=COURSE, enabled=True)


def sign_in(request: HttpRequest, login: str) -> HttpResponse:
    """Be somebody."""
    log_in(request, get_user_model().objects.get(username=login))
    return HttpResponse(f"You are {escape(login)}.")


def connect(request: HttpRequest) -> JsonResponse:
    """What a course author enters about the tool; answered with what the tool's side has to enter."""
    tool = request.POST
    passport = Lti1p3Passport.objects.create(
        name="Waymark", context_key=str(COURSE), lti_1p3_tool_keyset_url=tool["key_set_url"]
    )
    for name in BLOCKS:
        configuration = LtiConfiguration.objects.create(
            version=LtiConfiguration.LTI_1P3,
            config_store=LtiConfiguration.CONFIG_ON_DB,
            location=block_key(name),
            lti_1p3_passport=passport,
            lti_1p3_oidc_url=tool["login_url"],
            lti_1p3_launch_url=tool["launch_url"],
            lti_advantage_enable_nrps=True,
            lti_advantage_deep_linking_enabled=name == "chosen",
            lti_advantage_deep_linking_launch_url=tool["launch_url"],
            lti_advantage_ags_mode=LtiConfiguration.LTI_ADVANTAGE_AGS_PROGRAMMATIC,
        )
        configuration.full_clean()
    information = get_lti_1p3_launch_info(_launch_data(request, "home"))
    return JsonResponse({**information, "issuer": get_lti_api_base()})


def open_block(request: HttpRequest, name: str) -> HttpResponse:
    """A block of the course as the person who is signed in sees it."""
    return _framed(get_lti_1p3_content_url(_launch_data(request, name)))


def pick(request: HttpRequest, name: str) -> HttpResponse:
    """Choose a block's content at the tool."""
    return _framed(get_lti_1p3_launch_start_url(_launch_data(request, name), deep_link_launch=True))


def inspect(_request: HttpRequest) -> JsonResponse:
    """Everything that a tool could have changed."""
    items = LtiDlContentItem.objects.order_by("id")
    return JsonResponse(
        {
            "content_items": [item.attributes | {"type": item.content_type} for item in items],
            "line_items": list(
                LtiAgsLineItem.objects.values("id", "label", "tag", "resource_id", "score_maximum")
            ),
            "scores": list(LtiAgsScore.objects.exclude(pk=None).values()),
            "grades": list(Grade.objects.values("block", "user__username", "fraction", "comment")),
        }
    )


def _framed(address: str) -> HttpResponse:
    return HttpResponse(
        f"<!doctype html><title>{escape(COURSE_TITLE)}</title>"
        f'<iframe name="tool" width="1000" height="700" src="{escape(address)}"></iframe>'
    )


def _launch_data(request: HttpRequest, name: str) -> Any:
    login = request.user.username or "teacher"
    full_name, role = PEOPLE[login]
    configuration = LtiConfiguration.objects.get(location=block_key(name))
    return Lti1p3LaunchData(
        user_id=get_user_model().objects.get(username=login).id,
        user_role=role,
        config_id=configuration.config_id,
        resource_link_id=str(configuration.location),
        name=full_name,
        external_user_id=external_id(login),
        launch_presentation_document_target="iframe",
        context_id=str(COURSE),
        context_type=["course_offering"],
        context_title=COURSE_TITLE,
        context_label="R6",
    )
