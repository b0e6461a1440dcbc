"""What just happened, said on the next page: a code in the address stands for a fixed sentence.

No cookie is needed for it, and an address that somebody made up can say nothing that is not written here.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import ngettext

_MOST = 10_000


def _taken_back(n: int) -> str:
    if not n:
        return ""
    return " " + ngettext(
        "What %(num)d student has in the LMS is taken back.",
        "What %(num)d students have in the LMS is taken back.",
        n,
    )


_SENTENCES: dict[str, Callable[[int], str]] = {
    "approved_here": lambda n: ngettext(
        "%(num)d next step approved. Nothing is written to the LMS.",
        "%(num)d next steps approved. Nothing is written to the LMS.",
        n,
    ),
    "approved": lambda _n: _("Approved. The next step is on its way to the gradebook."),
    "approved_all": lambda n: ngettext(
        "%(num)d next step approved. It is on its way to the gradebook.",
        "%(num)d next steps approved. They are on their way to the gradebook.",
        n,
    ),
    "swapped": lambda _n: _("Swapped and approved. The next step is on its way to the gradebook."),
    "together": lambda n: ngettext(
        "Done for %(num)d student. Undo takes it back.",
        "Done for %(num)d students. Undo takes all of it back.",
        n,
    ),
    "together_part": lambda n: ngettext(
        "Done for %(num)d student; for the others there is nothing like it to do.",
        "Done for %(num)d students; for the others there is nothing like it to do.",
        n,
    ),
    "vetoed": lambda _n: _("Noted: not this one. Another next step is proposed."),
    "note_written": lambda _n: _("Noted. Your colleagues see it, too."),
    "note_changed": lambda _n: _("Changed. What the note said before is kept."),
    "note_changed_back": lambda _n: _("The note says again what it said before."),
    "note_removed": lambda _n: _("Removed. Below the notes you can put it back for a week."),
    "note_put_back": lambda _n: _("Put back."),
    "follow_up_done": lambda _n: _("Followed up."),
    "follow_up_open": lambda _n: _("Open again."),
    "pinned": lambda _n: _("Set. This is the next step now; it is on its way to the gradebook."),
    "pinned_for_all": lambda n: ngettext(
        "Set for %(num)d student. It is on its way to the gradebook.",
        "Set for %(num)d students. It is on its way to the gradebook.",
        n,
    ),
    "waived": lambda _n: _("Noted. Planning does not wait for this skill any more."),
    "lifted": lambda _n: _("Ended. Planning goes on by evidence."),
    "looks_on": lambda _n: _("From now on this colleague looks on only."),
    "decides": lambda _n: _("This colleague decides with you again."),
    "undone": lambda n: ngettext("Taken back.", "%(num)d decisions taken back.", n),
    "adopted": lambda _n: _("The skill map is in use. Every student has a next step now."),
    "tags_saved": lambda _n: _("The tags are saved. Results and next steps follow them."),
    "map_used": lambda n: (
        _(
            "Version %(num)d of the skill map is in use. Look whether every column below has the right activity."
        )
        % {"num": n}
    ),
    "map_dropped": lambda _n: _("Dropped. The skill map in use is as it was."),
    "map_changed": lambda _n: _("Changed here. Nothing is in use before you say so."),
    "copied": lambda _n: _(
        "Path, tags and columns are taken over. Your course is being read, then every student has a next step."
    ),
    "copy_declined": lambda _n: _("You start fresh. Here is what would fit this course."),
    "copy_returned": lambda _n: _("Taken back. The course is as it was before."),
    "gradebook_taken": lambda n: ngettext(
        "Taken: %(num)d result is new or has changed.", "Taken: %(num)d results are new or have changed.", n
    ),
    "gradebook_refused": lambda _n: _("Nothing was taken from the file."),
    "gradebook_disconnected": lambda _n: _("The connection is ended, and the token is deleted."),
    "outcomes_confirmed": lambda _n: _(
        "Kept. What teachers judged counts now, and every plan is up to date."
    ),
    "outcomes_off": lambda _n: _("Outcomes are not read any more. What was read stays."),
    "channel_on": lambda _n: _("Turned on. Approved steps are on their way to students."),
    "channel_prepared": lambda _n: _("Made. Now do your part in the LMS, as it says below."),
    "channel_off": lambda _n: _("Turned off. What can be taken back is taken back now."),
    "gradebook_not_revoked": lambda _n: _(
        "The connection is ended here. Canvas did not answer: remove Waymark there, too, under Account → Settings → "
        "Approved integrations."
    ),
    "gradebook_given": lambda _n: _(
        "Saved, encrypted. Test it now; courses are read with it from their next reading on."
    ),
    "gradebook_taken_back": lambda _n: _("Removed. What was read with it stays."),
    "gradebook_pasting": lambda _n: _("Teachers may paste tokens."),
    "gradebook_no_pasting": lambda _n: _(
        "Teachers can paste no tokens any more; those that were kept are deleted."
    ),
    "groups_formed": lambda _n: _("Groups formed. Students see them once you publish them."),
    "lesson_seated": lambda _n: _("The lesson is a table now. Form groups below for the others."),
    "groups_moved": lambda _n: _("Moved."),
    "groups_locked": lambda _n: _("Locked: this table stays when groups are formed again."),
    "groups_unlocked": lambda _n: _("Unlocked."),
    "groups_published": lambda _n: _("Published. Students see their group on their page."),
    "groups_undone": lambda _n: _("Taken back. The groups are as they were before."),
    "wish_noted": lambda _n: _("Noted. It holds from the next time groups are formed."),
    "wish_ended": lambda _n: _("Removed."),
    "accommodations_set": lambda _n: _("Kept. Everything suggested to this student holds to it from now on."),
    "together_fixed": lambda _n: _("Fixed for the whole class. Students see it on their page."),
    "together_moved": lambda _n: _("Moved. Students see the new day."),
    "together_removed": lambda _n: _("Removed. It is nobody's shared activity any more."),
    "together_undone": lambda _n: _("Taken back."),
    "policy_saved": lambda n: _("Version %(num)d of the settings holds. Every plan follows it.") % {"num": n},
    "school_policy_saved": lambda n: (
        ngettext(
            "Saved. %(num)d course went back to what is allowed.",
            "Saved. %(num)d courses went back to what is allowed.",
            n,
        )
        if n
        else _("Saved. Courses follow it at their next reading.")
    ),
    "mode_observe": lambda n: _("Waymark only looks now.") + _taken_back(n),
    "mode_suggest": lambda n: (
        _("Students see steps that are approved; nothing is written to the LMS.") + _taken_back(n)
    ),
    "mode_write_back": lambda n: ngettext(
        "Waymark writes back now. %(num)d approved step is on its way.",
        "Waymark writes back now. %(num)d approved steps are on their way.",
        n,
    ),
    "messages_saved": lambda n: (
        ngettext("Saved: %(num)d message changed.", "Saved: %(num)d messages changed.", n)
        if n
        else _("Nothing had changed.")
    ),
    "messages_approved": lambda n: ngettext(
        "%(num)d message approved. The family reads it from now on.",
        "%(num)d messages approved. The families read them from now on.",
        n,
    ),
    "messages_undone": lambda n: ngettext(
        "Taken back: %(num)d message is a draft again.", "Taken back: %(num)d messages are drafts again.", n
    ),
    "message_language": lambda _n: _(
        "The language is changed. What you typed yourself stays as you typed it."
    ),
    "message_drafted": lambda _n: _("A new draft is there."),
    "message_withdrawn": lambda _n: _("Withdrawn. The family does not read it any more."),
    "family_link_ended": lambda _n: _("The link has ended. Whoever opens it is told so."),
    "family_links_ended": lambda n: ngettext("%(num)d link has ended.", "%(num)d links have ended.", n),
    "dates_set": lambda _n: _("The dates are set."),
    "offered": lambda _n: _("Students without results are offered first questions from now on."),
    "not_offered": lambda _n: _("First questions are not offered any more."),
    "reading": lambda _n: _("Reading your course again."),
    "sending": lambda _n: _("Sending it again now."),
    "chosen": lambda _n: _("Good choice. This is your next step now."),
    "challenge_now": lambda _n: _("Done. This step comes first at your new setting."),
    "challenge_same": lambda _n: _(
        "Kept. The same step comes first for now; the steps after it follow your wish."
    ),
    "challenge_later": lambda _n: _(
        "Kept. The step that your teacher chose with you stays; your wish counts from the one after it."
    ),
    "told": lambda _n: _("Saved. You can change or empty it at any time."),
    "week_set": lambda _n: _("Your goal for this week is saved."),
    "week_unset": lambda _n: _("No goal for this week. You can set one whenever you like."),
    "forgotten": lambda _n: _("Emptied. Nothing that you told here is kept."),
    "finished": lambda _n: _("Well done! Here is your next step."),
}


def notice() -> str | None:
    """The sentence for the `done` code of this request, with its number `n` where it has one."""
    number = request.args.get("n", default=1, type=int)
    sentence = _SENTENCES.get(request.args.get("done", ""))
    return sentence(min(max(number, 0), _MOST)) if sentence else None
