"""Maps as documents, to write them in every format and read them again."""

from __future__ import annotations

from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.skill_map_document import Document, activity_row, skill_row


def document_of(skill_map: SkillMap) -> Document:
    """The document of a map; reading it gives the same map again."""
    return {
        "map": {
            "id": skill_map.id,
            "title": skill_map.title,
            "grade": skill_map.grade,
            "version": skill_map.version,
        },
        "skills": [skill_row(skill, skill_map.prerequisites) for skill in skill_map.skills],
        "activities": [activity_row(activity) for activity in skill_map.activities],
    }
