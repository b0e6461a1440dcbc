"""Open edX's addresses for tools, and pages to click on."""

from __future__ import annotations

from django.urls import include, path

from tests.peers.openedx import pages

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("sign-in/<str:login>", pages.sign_in),
    path("studio/connect", pages.connect),
    path("studio/<str:name>/pick", pages.pick),
    path("course/<str:name>", pages.open_block),
    path("inspect", pages.inspect),
]
