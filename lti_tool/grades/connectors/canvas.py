"""Canvas's differences in grade services.

A score message without `scoreGiven` clears an existing score, and by default each message counts as a
new submission, unless this extension says otherwise
(canvas.instructure.com/doc/api/score.html, "Canvas extension").
"""

from __future__ import annotations

from lti_tool.grades.connectors.base import Capabilities

CAPABILITIES = Capabilities(
    comment_extension={
        "https://canvas.instructure.com/lti/submission": {"new_submission": False, "preserve_score": True}
    }
)
