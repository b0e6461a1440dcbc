"""Schoology, as far as its developer documentation tells (https://developers.schoology.com/app-platform/lti-apps).

The documentation says little about roles, parents, line items and errors; there the strict behaviour stands.
"""

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.profiles.base import Profile

SCHOOLOGY = Profile(
    name="schoology",
    title="Schoology profile",
    about="Copies what Schoology's developer documentation says; strict where it says nothing.",
    platform={
        "guid": "demo.schoology.com",
        "name": "Demo LMS (Schoology profile)",
        "version": "1.0",
        "product_family_code": "schoology",
    },
    # Numbers, one client id for all districts and a deployment per district
    person_id=lambda number: str(90_000_000 + number),
    context_id=lambda number: str(7_000_000_000 + number),
    link_id=lambda number: f"{7_000_000_000 + number}-{3_000_000 + number}",
    deployment_id=lambda number: f"{5_407_520_000 + number}-district",
    client_id=lambda number: str(5_407_520_000 + number),
    login_hint=lambda public_id, number: f"{5_407_520_000 + number}-{public_id}",
    message_hint=lambda launch, _link: launch,
    roles={
        "teacher": (vocab.INSTRUCTOR,),
        "co_teacher": (vocab.INSTRUCTOR,),
        "student": (vocab.LEARNER,),
        "administrator": (vocab.INSTITUTION_ADMINISTRATOR,),
    },
    # Launches by parents are not documented.
    family_may_launch=False,
    mentor_claim=False,
    navigation_placement="https://developers.schoology.com/lti/course",
    variables={
        "com.schoology.Launch.domain": "host",
        "com.schoology.CourseSection.id": "course_number",
        "com.schoology.User.uniqueId": "person_key",
        "CourseSection.sourceSectionId": "course_label",
    },
    longest_history=5,  # "the most recent five values" of each history
    dynamic_registration=False,  # not documented
    deployment_in_registration=False,
    roster_with_families=False,
    roster_page_size=100,
    roster_page_maximum=100,
    native_columns_visible=False,
    service_query=lambda _tool: "",
)
