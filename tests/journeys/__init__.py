"""Whole journeys of a teacher, a student, a family and an administrator through the demo, by keyboard alone.

A person is in a real Chromium that blocks third-party cookies; the tool stands in the LMS's frame. Every stop of the
focus and every state of a page on the way is looked at (`keyboard.py`). `make journeys` goes at three widths in light
and in dark; `test_journeys.py` is one row of it in the normal suite.
"""
