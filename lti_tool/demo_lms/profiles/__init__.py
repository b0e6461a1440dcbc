"""How real platforms differ, one short file each. What does not belong here: anything all platforms do alike."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lti_tool.demo_lms.profiles.base import Profile
from lti_tool.demo_lms.profiles.canvas import CANVAS
from lti_tool.demo_lms.profiles.moodle import MOODLE
from lti_tool.demo_lms.profiles.schoology import SCHOOLOGY
from lti_tool.demo_lms.profiles.strict import STRICT

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {profile.name: profile for profile in (STRICT, CANVAS, MOODLE, SCHOOLOGY)}
)

__all__ = ["PROFILES", "Profile"]
