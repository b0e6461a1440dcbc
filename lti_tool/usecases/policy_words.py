"""The words of settings: what each is called, what it does, and how a value reads."""

from __future__ import annotations

from lti_tool.pathways.choices import SETTINGS, TERMS, Kind, Value
from lti_tool.usecases.words import Words


def groups(words: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The settings in the order of the page, under their headings. Weights of an own mixture stand apart."""
    _ = words.gettext
    return (
        (_("When a skill counts"), ("threshold", "prerequisite_margin")),
        (
            _("What may be suggested"),
            ("minutes", "repeat_after_days", "steps_below", "grade_ceiling"),
        ),
        (
            _("Where the four groups begin"),
            ("recent_days", "hand_below", "hand_misses", "extend_from", "extend_scores"),
        ),
        (_("What counts most"), ("weights",)),
        (_("Who approves"), ("approval",)),
    )


def own_weights() -> tuple[str, ...]:
    """The settings of an own mixture of weights."""
    return tuple(f"weight_{term}" for term in TERMS)


def setting_label(name: str, words: Words) -> str:
    """What a setting is called."""
    _ = words.gettext
    return {
        "threshold": _("A skill is Secure from (%)"),
        "prerequisite_margin": _("Moving on already so much below (%)"),
        "grade_ceiling": _("Highest grade to suggest"),
        "steps_below": _("How many grades back, at most"),
        "repeat_after_days": _("Days before the same activity again"),
        "minutes": _("Minutes there are for a step"),
        "recent_days": _("A result is recent for (days)"),
        "hand_below": _("Needs a hand: recent scores below (%)"),
        "hand_misses": _("Needs a hand: misses among the last three"),
        "extend_from": _("Ready to extend: share of skills reached (%)"),
        "extend_scores": _("Ready to extend: recent scores from (%)"),
        "weights": _("What decides between good steps"),
        "approval": _("A new step"),
        "weight_gap": _("How much is missing"),
        "weight_finish": _("Nearly there"),
        "weight_unlocks": _("Opens other goals"),
        "weight_stretch": _("Neither too easy nor too hard"),
        "weight_spread": _("Skills with few tries"),
        "weight_fresh": _("Something new"),
        "weight_review": _("About to fade"),
        "weight_fit": _("Fits minutes and form"),
        "weight_variety": _("A change from the last ones"),
    }[name]


def setting_hint(name: str, words: Words) -> str:
    """What it does, where the name does not say it all."""
    _ = words.gettext
    return {
        "threshold": _("How sure Waymark must be that a typical activity succeeds."),
        "prerequisite_margin": _("What comes next may begin before the skill before it is quite Secure."),
        "grade_ceiling": _("Empty: the grade of the skill map."),
        "minutes": _("Empty: activities of any length."),
        "hand_misses": _("So many of the last three results were misses."),
        "approval": _("Approved by itself, it goes where approved steps go, without waiting for you."),
    }.get(name, "")


def word_label(name: str, value: str, words: Words) -> str:
    """One of the words that may be chosen."""
    _ = words.gettext
    if name.startswith("weight_"):
        return {
            "none": _("does not count"),
            "less": _("counts less"),
            "usual": _("counts as usual"),
            "more": _("counts more"),
        }[value]
    return {
        "usual": _("The usual mixture"),
        "gaps": _("Close gaps that much rests on"),
        "finish": _("Finish what is nearly there"),
        "review": _("Keep what was learnt"),
        "variety": _("Variety and new activities"),
        "own": _("My own mixture"),
        "teacher": _("waits until I approve it"),
        "automatic": _("is approved by itself"),
    }[value]


def value_text(name: str, value: Value, words: Words) -> str:
    """A value as people read it."""
    if value is None:
        return words.gettext("no limit")
    kind = SETTINGS[name].kind
    if kind is Kind.WORD:
        return word_label(name, str(value), words)
    return f"{written(name, value)} %" if kind is Kind.PERCENT else written(name, value)


def written(name: str, value: Value) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if SETTINGS[name].kind is Kind.PERCENT and isinstance(value, int | float):
        return f"{round(100 * value)}"
    return str(value)
