"""`make demo`: tool, worker and demo LMS side by side, connected as two administrators would connect them.

What belongs here: starting and stopping the parts, and clicking through the connection. What does not: the
demo LMS itself (`demo_lms`) or anything that a school's installation needs.
"""
