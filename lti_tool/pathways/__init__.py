"""The learning core: what learners can do, what comes next, and why.

Belongs here: skill maps, checks and their marking, evidence, mastery estimates, recommendations with their reasons.
Plain values go in and plain values come out. Does not belong here: HTTP, LTI, SQL, settings, files, a clock or global
randomness; the caller passes `now` and a seeded generator.

What others call, module by module, in the order in which one builds on the other:

- `skill_map`: `read_skill_map`, `SkillMap` and the values in it; `checks`: `read_checks`, `mark`, `check_fraction`
- `evidence`: `Evidence`; `mastery`: `estimate_mastery`, `MasteryEstimate`, `Level`
- behind it the response model: `answers` (scores as it takes them), `record` and `features` (what it sees of a learner),
  `ease` (of a class's activities and skills), `response` (the chance of success), `parameters`, `companions`,
  `telling` and `fitting` (its weights, activities that go together, and how telling each is), `school` (what a school keeps of them)
- `recommender`: `recommend`, `replay`, `LearnerState`, `Policy`, `Recommendation`
- `reasons`: `sentence`, `why_not_runner_up`, `relaxed_sentence`, `alert_sentence`; `what_if`: `why_this_would_change`
- `pacing`: `class_outlook`, `Outlook`, with `pace`, and behind it `practice` and `futures`; `pace_changes`: `smallest_change`
- `wins`: `wins_of_the_week`; `buckets`: `place`; `leverage`: `class_leverage`; `contest`: `settling_check`
"""
