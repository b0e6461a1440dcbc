"""Which API serves a course."""

from __future__ import annotations

from lti_tool.grades.native_apis.canvas import CanvasApi
from lti_tool.grades.native_apis.moodle import MoodleApi
from lti_tool.grades.native_apis.native_api import CourseAddresses, NativeApi, Place
from lti_tool.grades.native_apis.schoology import SchoologyApi

_APIS: tuple[NativeApi, ...] = (CanvasApi(), MoodleApi(), SchoologyApi())


def place_of(course: CourseAddresses) -> Place | None:
    """Where the whole gradebook of this course can be read, or None where no API that we know serves it."""
    return next((place for api in _APIS if (place := api.offers(course)) is not None), None)


def api_of(product: str) -> NativeApi:
    """The API of a place of this product. Raises KeyError."""
    return {api.product.value: api for api in _APIS}[product]
