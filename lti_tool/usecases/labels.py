"""The words on screens for formats, modes, levels, sources, kinds of steps and deliveries."""

from __future__ import annotations

from lti_tool.models.gradebook import Delivery
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.evidence import Source
from lti_tool.pathways.levels import Level
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.pathways.skill_map import Format, Mode
from lti_tool.usecases.words import Words


def format_label(kind: Format, words: Words) -> str:
    """What an activity is, in one or two words."""
    _ = words.gettext
    return {
        Format.CHECK: _("Quick check"),
        Format.QUIZ: _("Quiz"),
        Format.WORKSHEET: _("Worksheet"),
        Format.VIDEO: _("Video"),
        Format.READING: _("Reading"),
        Format.GAME: _("Game"),
        Format.HANDS_ON: _("Hands-on"),
        Format.DISCUSSION: _("Discussion"),
        Format.PROJECT: _("Project"),
    }[kind]


def mode_label(mode: Mode, words: Words) -> str:
    """With whom, or where, an activity is done."""
    _ = words.gettext
    return {
        Mode.SOLO: _("on your own"),
        Mode.PAIR: _("with a partner"),
        Mode.SMALL_GROUP: _("in a small group"),
        Mode.TEACHER_TABLE: _("with the teacher"),
        Mode.HOME: _("at home"),
        Mode.WHOLE_CLASS: _("with the whole class"),
    }[mode]


def level_label(level: Level, words: Words) -> str:
    """The level word of a skill."""
    _ = words.gettext
    return {
        Level.NOT_STARTED: _("Not started"),
        Level.GROWING: _("Growing"),
        Level.SECURE: _("Secure"),
        Level.LASTING: _("Lasting"),
    }[level]


def challenge_label(level: int, words: Words) -> str:
    """How demanding an activity is meant to be (1, 2 or 3)."""
    _ = words.gettext
    return {1: _("easier"), 2: _("middle"), 3: _("harder")}[level]


def source_label(source: Source, words: Words) -> str:
    """Where a piece of evidence comes from."""
    _ = words.gettext
    return {
        Source.LMS: _("gradebook"),
        Source.CHECK: _("check in Waymark"),
        Source.IMPORT: _("imported file"),
        Source.OUTCOME: _("outcome in your learning platform"),
        Source.DIAGNOSTIC: _("first questions in Waymark"),
        Source.TEACHER: _("teacher"),
    }[source]


def kind_label(kind: ReasonCode, words: Words) -> str:
    """Why a step was suggested, in one or two words."""
    _ = words.gettext
    return {
        ReasonCode.START_CHECK: _("First check"),
        ReasonCode.NEW_SKILL: _("New skill"),
        ReasonCode.BUILD: _("Building up"),
        ReasonCode.TRY_AGAIN: _("Another try"),
        ReasonCode.CONFIRM: _("Check to settle it"),
        ReasonCode.UNLOCK: _("Opens other skills"),
        ReasonCode.ANOTHER_ROUTE: _("Another route"),
        ReasonCode.REFRESH: _("Refresh"),
        ReasonCode.MIXED_REVIEW: _("Mixed review"),
        ReasonCode.EXTEND: _("Further work"),
        ReasonCode.PINNED: _("Chosen by the teacher"),
        ReasonCode.TALK_TO_TEACHER: _("Talk to the teacher"),
    }[kind]


def delivery_label(state: Delivery, words: Words) -> str:
    """Where something that we write to the gradebook stands."""
    _ = words.gettext
    return {
        Delivery.PENDING: _("On its way to the gradebook"),
        Delivery.SENDING: _("On its way to the gradebook"),
        Delivery.DELIVERED: _("In the gradebook"),
        Delivery.ATTENTION: _("Not in the gradebook"),
    }[state]


def bucket_label(bucket: Bucket, words: Words) -> str:
    """One of the four groups that a class falls into."""
    _ = words.gettext
    return {
        Bucket.READY_TO_EXTEND: _("Ready to extend"),
        Bucket.ON_TRACK: _("On track"),
        Bucket.NEEDS_A_HAND: _("Needs a hand"),
        Bucket.NO_RECENT_EVIDENCE: _("No recent evidence"),
    }[bucket]


def bucket_explanation(bucket: Bucket, words: Words, *, recent_days: int) -> str:
    """What the group means, in a course that calls results of so many days recent."""
    _, ngettext = words.gettext, words.ngettext
    return {
        Bucket.READY_TO_EXTEND: _("Secure on nearly everything taught so far"),
        Bucket.ON_TRACK: _("Growing, and recent work went well"),
        Bucket.NEEDS_A_HAND: _("Recent work did not go well yet, or a skill is stuck"),
        Bucket.NO_RECENT_EVIDENCE: ngettext(
            "No results of the last %(number)s day", "No results of the last %(number)s days", recent_days
        )
        % {"number": recent_days},
    }[bucket]
