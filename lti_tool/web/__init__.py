"""Pages: read the request, check the role, call one use case, render.

What belongs here: blueprints, the browser session, error pages, templates, styles. What does not:
decisions about learning, protocol rules, queries.
"""
