"""What an evaluation comes to, in plain sentences: with the count, and with "no difference detected" where that is so."""

from __future__ import annotations

from lti_tool.pathways.evaluation.calibration import (
    FEWEST_LEARNERS,
    FEWEST_SCORES,
    Band,
    Calibration,
    Verdict,
)
from lti_tool.pathways.evaluation.effects import Effect
from lti_tool.pathways.evaluation.exploration import Exploration
from lti_tool.pathways.evaluation.following import Following
from lti_tool.pathways.evaluation.uptake import Funnel, Stage
from lti_tool.usecases.words import Words


def of_ten(share: float) -> str:
    """A share as so many of 10: "7", "6.8"."""
    return f"{10 * share:.1f}".removesuffix(".0")


def points(share: float) -> str:
    """A difference in points of 100, without its sign: "4.2"."""
    return f"{abs(100 * share):.1f}".removesuffix(".0")


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{round(100 * share)} %"


def stage_label(stage: Stage, words: Words) -> str:
    """How far a step got."""
    _ = words.gettext
    return {
        Stage.PROPOSED: _("Suggested"),
        Stage.APPROVED: _("Approved"),
        Stage.SEEN: _("Opened in Waymark"),
        Stage.STARTED: _("Started"),
        Stage.DONE: _("Done"),
        Stage.TESTED: _("Skill met again"),
        Stage.IMPROVED: _("Skill risen by then"),
        Stage.TURNED_DOWN: _("Turned down by the teacher"),
        Stage.GAVE_WAY: _("Replaced before anybody saw it"),
    }[stage]


def band_sentence(band: Band, words: Words) -> str:
    """Expected and observed, of one band."""
    return words.ngettext(
        "When Waymark expected %(expected)s of 10, students got %(observed)s of 10 (n = %(number)s).",
        "When Waymark expected %(expected)s of 10, students got %(observed)s of 10 (n = %(number)s).",
        band.scores,
    ) % {
        "expected": of_ten(band.mean_expected),
        "observed": of_ten(band.mean_observed),
        "number": band.scores,
    }


def too_little(words: Words) -> str:
    """What is needed before anything is said about predictions."""
    return words.gettext(
        "There is too little to say how good the predictions are: that takes %(scores)s results of %(learners)s students."
    ) % {"scores": FEWEST_SCORES, "learners": FEWEST_LEARNERS}


def gap_sentence(calibration: Calibration, words: Words) -> str:
    """Whether expectations were too high or too low on the whole."""
    texts = {
        Verdict.NO_DIFFERENCE: words.gettext(
            "On the whole, no difference detected between what was expected and what students got."
        ),
        Verdict.HIGHER: words.gettext(
            "On the whole, students got %(points)s points of 100 more than was expected."
        ),
        Verdict.LOWER: words.gettext(
            "On the whole, students got %(points)s points of 100 less than was expected."
        ),
        Verdict.TOO_FEW: too_little(words),
    }
    text = texts[calibration.verdict(calibration.gap)]
    return text % {"points": points(calibration.gap.mean)} if "%(points)" in text else text


def beside_student(calibration: Calibration, words: Words) -> str:
    """The model beside the student's own average."""
    return {
        Verdict.NO_DIFFERENCE: words.gettext(
            "No difference detected between Waymark's predictions and each student's own average of recent results."
        ),
        Verdict.HIGHER: words.gettext(
            "Waymark predicted results better than each student's own average of recent results did."
        ),
        Verdict.LOWER: words.gettext(
            "Each student's own average of recent results predicted better than Waymark did."
        ),
        Verdict.TOO_FEW: "",
    }[calibration.verdict(calibration.over_student)]


def beside_course(calibration: Calibration, words: Words) -> str:
    """The model beside the average of the course."""
    return {
        Verdict.NO_DIFFERENCE: words.gettext(
            "No difference detected between Waymark's predictions and the average of the course."
        ),
        Verdict.HIGHER: words.gettext("Waymark predicted results better than the average of the course did."),
        Verdict.LOWER: words.gettext("The average of the course predicted better than Waymark did."),
        Verdict.TOO_FEW: "",
    }[calibration.verdict(calibration.over_course)]


def uptake_sentence(found: Funnel, words: Words) -> str:
    """How many steps were done, and after how many the skill had risen."""
    proposed, done, tested = found[Stage.PROPOSED], found[Stage.DONE], found[Stage.TESTED]
    if not proposed.steps:
        return words.gettext("No step has been suggested yet.")
    said = words.ngettext(
        "Of %(number)s suggested step, %(done)s was done.",
        "Of %(number)s suggested steps, %(done)s were done.",
        proposed.steps,
    ) % {"number": proposed.steps, "done": done.steps}
    if not tested.steps:
        return f"{said} " + words.gettext("No skill of a done step has been met again yet.")
    return f"{said} " + words.ngettext(
        "After %(number)s of them the skill was met again, and it had risen in %(improved)s.",
        "After %(number)s of them the skill was met again, and it had risen in %(improved)s.",
        tested.steps,
    ) % {"number": tested.steps, "improved": found[Stage.IMPROVED].steps}


def following_sentence(following: Following, words: Words) -> str:
    """Weeks with followed steps beside weeks without."""
    number = following.difference.count
    text = {
        Verdict.TOO_FEW: words.gettext(
            "Too early to say whether following suggestions goes with more progress: that takes 5 students who have "
            "weeks with and weeks without followed steps."
        ),
        Verdict.NO_DIFFERENCE: words.ngettext(
            "No difference detected between weeks with followed steps and weeks without, in %(number)s student.",
            "No difference detected between weeks with followed steps and weeks without, in %(number)s students.",
            number,
        ),
        Verdict.HIGHER: words.ngettext(
            "In weeks with followed steps, results were %(points)s points of 100 better than in weeks without, in "
            "%(number)s student, each compared with the same student.",
            "In weeks with followed steps, results were %(points)s points of 100 better than in weeks without, in "
            "%(number)s students, each compared with the same student.",
            number,
        ),
        Verdict.LOWER: words.ngettext(
            "In weeks with followed steps, results were %(points)s points of 100 lower than in weeks without, in "
            "%(number)s student, each compared with the same student.",
            "In weeks with followed steps, results were %(points)s points of 100 lower than in weeks without, in "
            "%(number)s students, each compared with the same student.",
            number,
        ),
    }[following.verdict]
    return text % {"points": points(following.difference.mean), "number": number}


def exploration_sentence(exploration: Exploration, words: Words) -> str:
    """Near-equal steps that chance put first."""
    text = {
        Verdict.TOO_FEW: words.gettext(
            "Now and then chance puts a step first that is nearly as good. That allows a fair comparison, but it is too "
            "early for it: 20 such steps have to be approved first."
        ),
        Verdict.NO_DIFFERENCE: words.gettext(
            "Steps that chance put first and steps that were first by themselves: no difference detected in how many were "
            "done (%(number)s and %(others)s steps)."
        ),
        Verdict.HIGHER: words.gettext(
            "Of the steps that chance put first, more were done than of those that were first by themselves: %(points)s of "
            "100 more (%(number)s and %(others)s steps)."
        ),
        Verdict.LOWER: words.gettext(
            "Of the steps that chance put first, fewer were done than of those that were first by themselves: %(points)s of "
            "100 fewer (%(number)s and %(others)s steps)."
        ),
    }[exploration.verdict]
    return text % {
        "number": exploration.explored,
        "others": exploration.others,
        "points": points(exploration.difference or 0.0),
    }


def effect_words(effect: Effect, words: Words) -> str:
    """What can be said about one activity."""
    return {
        Verdict.TOO_FEW: words.gettext("Too few to say"),
        Verdict.NO_DIFFERENCE: words.gettext("No difference detected"),
        Verdict.HIGHER: words.gettext("Went on better than others"),
        Verdict.LOWER: words.gettext("Went on less well than others"),
    }[effect.verdict]


def band_words(band: Band, words: Words) -> str:
    """What can be said about one band of expectation."""
    return {
        Verdict.TOO_FEW: words.gettext("Too few to say"),
        Verdict.NO_DIFFERENCE: words.gettext("As expected"),
        Verdict.HIGHER: words.gettext("More than expected"),
        Verdict.LOWER: words.gettext("Less than expected"),
    }[band.verdict]
