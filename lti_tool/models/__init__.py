"""Tables, one file per idea: platforms, launches, courses, gradebook, channels, families, groups, lanes, learning,
policies, diagnostics, messages, notes, outcomes, privacy, class rules.

What belongs here: columns, constraints, and the queries that every caller must scope in the same way.
What does not: HTTP, LTI messages, or decisions. Importing this package registers every table, so that
migrations and tests see the whole schema.
"""

from lti_tool.models import (
    channels,
    class_rules,
    courses,
    diagnostics,
    families,
    gradebook,
    groups,
    lanes,
    launches,
    learning,
    messages,
    notes,
    outcomes,
    platforms,
    policies,
    privacy,
)

__all__ = [
    "channels",
    "class_rules",
    "courses",
    "diagnostics",
    "families",
    "gradebook",
    "groups",
    "lanes",
    "launches",
    "learning",
    "messages",
    "notes",
    "outcomes",
    "platforms",
    "policies",
    "privacy",
]
