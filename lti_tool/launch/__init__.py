"""Who is knocking, and may they come in?

What belongs here: registrations and their keys, the login, the signed launch message and what it says,
the launch session that comes of it, deep linking, dynamic registration, and the administrators who decide
about registrations. What does not: web pages and cookies (`web`), rosters and grades (`grades`), anything
about learning. Nothing here reads a clock or imports Flask: the caller passes `now` and plain values.

All of PyLTI1p3's login, launch and deep-linking classes are used from here and nowhere else, behind
modules that close what the library leaves open (`login`, `validation`, `deep_linking`).
"""
