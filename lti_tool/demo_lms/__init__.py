"""A small, strict LTI 1.3 Advantage platform with pages that a person can use.

Here belong: the pages of a make-believe LMS (sign-in, course, gradebook, tools, message log), the platform's side of every
LTI message, and the profiles that copy how real LMSs differ. It is for demonstrations and tests on one's own machine.

What does not belong here: anything of the tool. This package imports nothing of `lti_tool` outside itself, so that a mistake
in the tool cannot hide behind the same mistake here; everything between the two goes over HTTP.

Others may call `lti_tool.demo_lms.app.create_app`, `lti_tool.demo_lms.settings.DemoLmsSettings` and
`python -m lti_tool.demo_lms`.
"""
