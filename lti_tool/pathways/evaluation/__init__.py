"""Honest local evaluation: what the model said beside what happened, and what followed from the suggestions.

Belongs here: sums over what is known already, with intervals, and rules that say "too few" or "no difference
detected". Does not belong here: anything that changes an estimate or a recommendation, and sentences for people.

- `predictions`: what the model expected of each score before it; `calibration`: that beside what came
- `trails` and `uptake`: what became of suggested steps; `improvement`: whether their skills rose afterwards
- `gains` and `effects`: how learners went on after each activity
- `following`: weeks with followed steps beside weeks without; `exploration`: near-equal steps that chance put first
- `unanswered`: low scores that nothing followed
- behind them `intervals`, `histories` (a learner's record at any moment) and `small_cells` (what must not be told)

Nothing here is an experiment: who did what was not drawn by lot, save in `exploration`.
"""
