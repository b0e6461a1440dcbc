"""The sentences behind each reason, for teacher, student and family.

A key is a reason code, with a variant behind a point where the facts differ. What is not there yet stands beside what
can be done about it; families read no percentages.
"""

from lti_tool.pathways.wording import N_, Audience

TEACHER = {
    "start_check": N_("No scores yet. A check on “%(skill)s” is the fastest way to see where to start."),
    "new_skill": N_("“%(skill)s” has no score yet, and nothing it rests on is missing."),
    "new_skill.builds_on": N_("“%(builds_on)s” went well enough to start “%(skill)s”."),
    "new_skill.waived": N_("“%(skill)s” can start, because “%(waived)s” was waived."),
    "new_skill.started": N_("“%(skill)s” has been started; a score will show how far it has come."),
    "build": N_(
        "%(last_percent)d %% on “%(last_activity)s” (%(last_date)s). More work on “%(skill)s” brings it to Secure."
    ),
    "try_again": N_(
        "%(last_percent)d %% on “%(last_activity)s” (%(last_date)s): not yet. This step takes up “%(skill)s” again."
    ),
    "try_again.learn": N_(
        "%(last_percent)d %% on “%(last_activity)s” (%(last_date)s): not yet. Before more practice on “%(skill)s”, a step to learn it from."
    ),
    "confirm": N_(
        "%(last_percent)d %% on “%(last_activity)s” (%(last_date)s). One more score shows whether “%(skill)s” holds."
    ),
    "unlock": N_("%(last_percent)d %% on “%(last_activity)s” (%(last_date)s). “%(skill)s” is growing."),
    "another_route": N_(
        "%(last_percent)d %% on “%(last_activity)s” (%(last_date)s), %(misses)d scores in a row under %(miss_percent)d %% "
        "on “%(skill)s”. So another route: %(format)s."
    ),
    "refresh": N_(
        "“%(skill)s” is Secure; last shown on %(last_date)s (%(last_percent)d %%). A refresh now keeps it."
    ),
    "refresh.missed": N_(
        "“%(skill)s” was Secure, then %(last_percent)d %% on “%(last_activity)s” (%(last_date)s). Refresh due: one good score clears it."
    ),
    "mixed_review": N_(
        "One step in %(every)d goes back to a reached skill. “%(skill)s” was last shown on %(last_date)s."
    ),
    "mixed_review.plain": N_("“%(skill)s” is reached. Coming back to it keeps it ready for later."),
    "extend": N_("All goals are reached. This step goes further."),
    "extend.level": N_("All goals are reached. This is harder work on “%(skill)s”."),
    "pinned": N_("Chosen by the teacher."),
    "talk_to_teacher": N_(
        "No open activity fits today. Please agree on a next step together, or open or add an activity."
    ),
}

STUDENT = {
    "start_check": N_("This shows what you can do already, so that your next steps fit you."),
    "new_skill": N_("“%(skill)s” is new, and you have what you need to start it."),
    "new_skill.builds_on": N_("“%(builds_on)s” is going well, so you can start “%(skill)s”."),
    "new_skill.waived": N_("Your teacher has opened “%(skill)s” for you."),
    "new_skill.started": N_("You have started “%(skill)s”. Now try it out."),
    "build": N_(
        "You got %(last_percent)d %% on “%(last_activity)s” on %(last_date)s. This brings “%(skill)s” closer to Secure."
    ),
    "try_again": N_(
        "“%(last_activity)s” on %(last_date)s did not work out yet (%(last_percent)d %%). Here is more practice on “%(skill)s”."
    ),
    "try_again.learn": N_(
        "“%(last_activity)s” on %(last_date)s did not work out yet (%(last_percent)d %%). This step goes through “%(skill)s” once more."
    ),
    "confirm": N_(
        "You got %(last_percent)d %% on “%(last_activity)s” on %(last_date)s. Show it once more: “%(skill)s” is close."
    ),
    "unlock": N_("“%(skill)s” opens the way to “%(leads_to)s”. You last worked on it on %(last_date)s."),
    "another_route": N_(
        "Your last %(misses)d tries at “%(skill)s” did not work out yet. Here is another way in: %(format)s."
    ),
    "refresh": N_("You last showed “%(skill)s” on %(last_date)s. A short refresh keeps it yours."),
    "refresh.missed": N_(
        "You had “%(skill)s” Secure before. One good try brings it back; the last one was on %(last_date)s."
    ),
    "mixed_review": N_(
        "Time to use “%(skill)s” again, so that it stays with you. You last showed it on %(last_date)s."
    ),
    "mixed_review.plain": N_("You can do “%(skill)s”. Using it again keeps it ready."),
    "extend": N_("You have reached all goals of this course. This takes you further."),
    "extend.level": N_("You have reached all goals of this course. Here is a harder one on “%(skill)s”."),
    "pinned": N_("Your teacher chose this for you."),
    "talk_to_teacher": N_("Talk to your teacher about your next step. You have done what is open for now."),
}

FAMILY = {
    "start_check": N_(
        "A short check comes first. It shows what is there already, so that the next steps fit."
    ),
    "new_skill": N_("“%(skill)s” is the next new topic."),
    "new_skill.builds_on": N_("“%(builds_on)s” is going well, so “%(skill)s” comes next."),
    "new_skill.waived": N_("The teacher has opened “%(skill)s”."),
    "new_skill.started": N_("“%(skill)s” has been started. Now it is time to try it out."),
    "build": N_("“%(skill)s” is growing. The last work on it was on %(last_date)s; this is the next step."),
    "try_again": N_("“%(skill)s” is not there yet. This step gives more practice."),
    "try_again.learn": N_("“%(skill)s” is not there yet. This step goes through it once more."),
    "confirm": N_("“%(skill)s” went well on %(last_date)s. Now it is time to show it once more."),
    "unlock": N_("“%(skill)s” opens the way to “%(leads_to)s”."),
    "another_route": N_("“%(skill)s” is not there yet. This step tries another way: %(format)s."),
    "refresh": N_("“%(skill)s” was last shown on %(last_date)s. A short refresh keeps it."),
    "refresh.missed": N_("“%(skill)s” was there before. A short refresh brings it back."),
    "mixed_review": N_("“%(skill)s” was last shown on %(last_date)s. Using it again keeps it."),
    "mixed_review.plain": N_("“%(skill)s” is there. Using it again keeps it."),
    "extend": N_("All goals of this course are reached. This step goes further."),
    "extend.level": N_("All goals of this course are reached. This is a harder step on “%(skill)s”."),
    "pinned": N_("The teacher chose this step."),
    "talk_to_teacher": N_("The teacher will agree on the next step with your child."),
}

TEMPLATES = {Audience.TEACHER: TEACHER, Audience.STUDENT: STUDENT, Audience.FAMILY: FAMILY}

WISHES = {
    Audience.TEACHER: {
        "goal": N_(
            "Two steps were equally good; “%(goal)s” is the goal that matters most to the student, and that decided."
        ),
        "interest": N_("Two steps were equally good; the interest in %(interest)s decided."),
        "harder": N_("The student asked for harder work; without that, “%(instead)s” would come first."),
        "easier": N_("The student asked for easier work; without that, “%(instead)s” would come first."),
    },
    Audience.STUDENT: {
        "goal": N_(
            "Two steps were equally good; this one leads to “%(goal)s”, the goal that matters most to you."
        ),
        "interest": N_("Two steps were equally good; this one is about %(interest)s, which you like."),
        "harder": N_("You asked for harder, so this comes before “%(instead)s”."),
        "easier": N_("You asked for easier, so this comes before “%(instead)s”."),
    },
    Audience.FAMILY: {
        "goal": N_("Two steps were equally good; your child’s own goal decided."),
        "interest": N_("Two steps were equally good; the interest in %(interest)s decided."),
        "harder": N_("Your child asked for harder work."),
        "easier": N_("Your child asked for easier work."),
    },
}
"""What is added when a wish of the student decided."""

LOST_BY = {
    "gap": N_("“%(other)s” came second: its skill is closer to Secure, or matters less for the goals."),
    "finish": N_(
        "“%(other)s” came second: its skill is further from done, and one is finished before the next."
    ),
    "spread": N_(
        "“%(other)s” came second: its skill has had more tries already, or is good enough for now; others have their turn."
    ),
    "fresh": N_("“%(other)s” came second: it has been done before, and a repeated score says less."),
    "unlocks": N_("“%(other)s” came second: fewer of the goals still open rest on its skill."),
    "stretch": N_("“%(other)s” came second: its kind or difficulty fits less well right now."),
    "review": N_("“%(other)s” came second: its skill needs a refresh less soon."),
    "fit": N_("“%(other)s” came second: it is harder to start right now, alone and in the time there is."),
    "variety": N_("“%(other)s” came second: it is more like the last few activities."),
    "nothing": N_("“%(other)s” was exactly as good; one of the two had to go first."),
}
LOST_TO_RULE = {
    "mixed_review": N_(
        "“%(other)s” came second: one step in a few goes back to a reached skill, and that was due now."
    ),
    "goal": N_("“%(other)s” was as good, give or take; the goal that matters most to the student decided."),
    "interest": N_("“%(other)s” was as good, give or take; an interest decided."),
    "exploration": N_(
        "“%(other)s” was as good, give or take; now and then another one goes first, to see what works."
    ),
    "pinned": N_("“%(other)s” would have come first; the teacher chose another."),
}
RELAXED = {
    "time": N_(
        "Nothing fits into the time there is, so a longer step is shown. It can be split over two days."
    ),
    "foundations": N_(
        "Nothing else is open, so a step is shown whose tasks also use an earlier skill that is not there yet."
    ),
    "another_route": N_(
        "No other kind of activity is open, so one of the same kind is shown. A few minutes with the teacher would help."
    ),
    "scope": N_("Nothing is left among the opened skills, so a step from outside them is shown."),
    "steps_below": N_("What is open lies further below the grade than the limit, so such a step is shown."),
    "prerequisites": N_("The teacher chose this before all that it rests on was met."),
    "repeat": N_("The teacher chose this again within a few days."),
    "vetoed": N_("The teacher chose this after ruling it out before."),
    "whole_class": N_("The teacher chose an activity for the whole class."),
}
ALERTS = {
    "stuck": N_(
        "“%(skill)s” has not worked out several times in a row. A few minutes at your table would help more than another task."
    ),
    "no_activity": N_(
        "No activity fits this student today. Agree on a next step, or open or add an activity."
    ),
}
TERM_LABELS = {
    "gap": N_("Still to go to the goal"),
    "finish": N_("Nearly done"),
    "spread": N_("Work spread over the skills"),
    "fresh": N_("Not done before"),
    "unlocks": N_("Goals that rest on it"),
    "stretch": N_("Right kind and difficulty"),
    "review": N_("Due for a refresh"),
    "fit": N_("Easy to start now"),
    "variety": N_("Something different"),
}
