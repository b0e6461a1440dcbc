"""The values a skill map is made of: skills, prerequisites and activities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PrerequisiteKind(StrEnum):
    """How strongly one skill rests on another."""

    HARD = "hard"
    """The later skill stays closed until the earlier one is met or waived."""
    SOFT = "soft"
    """The earlier skill helps; without it the later one is suggested with less urgency."""


class Purpose(StrEnum):
    """What an activity is mainly for; follows from its format."""

    LEARN = "learn"
    PRACTISE = "practise"
    CHECK = "check"


class Format(StrEnum):
    """The shape of an activity."""

    CHECK = "check"
    QUIZ = "quiz"
    WORKSHEET = "worksheet"
    VIDEO = "video"
    READING = "reading"
    GAME = "game"
    HANDS_ON = "hands-on"
    DISCUSSION = "discussion"
    PROJECT = "project"

    @property
    def purpose(self) -> Purpose:
        return _PURPOSES[self]

    @property
    def usually_tells(self) -> float:
        """How informative the score of such an activity is where nobody says so: 1 of a check, 0 of having watched."""
        return _TELLS[self.purpose]


_PURPOSES = {
    Format.CHECK: Purpose.CHECK,
    Format.QUIZ: Purpose.CHECK,
    Format.WORKSHEET: Purpose.PRACTISE,
    Format.GAME: Purpose.PRACTISE,
    Format.PROJECT: Purpose.PRACTISE,
    Format.VIDEO: Purpose.LEARN,
    Format.READING: Purpose.LEARN,
    Format.HANDS_ON: Purpose.LEARN,
    Format.DISCUSSION: Purpose.LEARN,
}


_TELLS = {Purpose.CHECK: 1.0, Purpose.PRACTISE: 0.6, Purpose.LEARN: 0.0}


class Mode(StrEnum):
    """Who does an activity together, and where."""

    SOLO = "solo"
    PAIR = "pair"
    SMALL_GROUP = "small-group"
    TEACHER_TABLE = "teacher-table"
    HOME = "home"
    WHOLE_CLASS = "whole-class"


class Host(StrEnum):
    """Where the learner works on an activity."""

    TOOL = "tool"
    LMS = "lms"


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing to learn. `grade` is the school year; `goal` marks the finish line of the course.

    `codes` are those of published standards; `strategies` are the ways of thinking that it practises.
    """

    id: str
    title: str
    statement: str = ""
    codes: tuple[str, ...] = ()
    grade: int = 0
    goal: bool = False
    strategies: tuple[str, ...] = ()
    home_activity: str = ""
    family_question: str = ""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Skill `before` comes first, skill `after` rests on it."""

    before: str
    after: str
    kind: PrerequisiteKind = PrerequisiteKind.HARD


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a learner can do.

    `skills` maps skill ids to the share (0..1] of the activity that is about them; `level` is 1 (easier),
    2 (middle) or 3 (harder); `informativeness` in 0..1 says how much its score tells about the skills
    (a check 1, a worksheet about 0.6, "watched it" 0); `link` is where it is done when that is elsewhere on the web.
    """

    id: str
    title: str
    skills: Mapping[str, float]
    format: Format = Format.WORKSHEET
    mode: Mode = Mode.SOLO
    minutes: int = 10
    level: int = 2
    strategies: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    informativeness: float = 0.6
    hosted: Host = Host.LMS
    summary: str = ""
    body: str = field(default="", repr=False)
    link: str = ""

    @property
    def purpose(self) -> Purpose:
        return self.format.purpose
