"""Tables, one file per idea: platforms, launches, courses, gradebook, channels, groups, lanes, learning, diagnostics,
notes, outcomes, privacy.

What belongs here: columns, constraints, and the queries that every caller must scope in the same way.
What does not: HTTP, LTI messages, or decisions. Importing this package registers every table, so that
migrations and tests see the whole schema.
"""

from lti_tool.models import (
    channels,
    courses,
    diagnostics,
    gradebook,
    groups,
    lanes,
    launches,
    learning,
    notes,
    outcomes,
    platforms,
    privacy,
)

__all__ = [
    "channels",
    "courses",
    "diagnostics",
    "gradebook",
    "groups",
    "lanes",
    "launches",
    "learning",
    "notes",
    "outcomes",
    "platforms",
    "privacy",
]
