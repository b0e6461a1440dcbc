"""Tables, one file per idea: platforms, launches, courses, gradebook, channels, families, groups, lanes, learning,
diagnostics, messages, outcomes, privacy.

What belongs here: columns, constraints, and the queries that every caller must scope in the same way.
What does not: HTTP, LTI messages, or decisions. Importing this package registers every table, so that
migrations and tests see the whole schema.
"""

from lti_tool.models import (
    channels,
    courses,
    diagnostics,
    families,
    gradebook,
    groups,
    lanes,
    launches,
    learning,
    messages,
    outcomes,
    platforms,
    privacy,
)

__all__ = [
    "channels",
    "courses",
    "diagnostics",
    "families",
    "gradebook",
    "groups",
    "lanes",
    "launches",
    "learning",
    "messages",
    "outcomes",
    "platforms",
    "privacy",
]
