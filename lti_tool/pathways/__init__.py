"""The learning core: what learners can do, what comes next, and why.

Belongs here: skill maps, checks and their marking, evidence, mastery estimates, recommendations with their reasons.
Plain values go in and plain values come out. Does not belong here: HTTP, LTI, SQL, settings, files, a clock or global
randomness; the caller passes `now` and a seeded generator.

Order of imports: content, skill_map, evidence, mastery, then the deciders.
"""
