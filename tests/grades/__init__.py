"""Tests of `lti_tool.grades`, against a strict little platform over real HTTP."""
