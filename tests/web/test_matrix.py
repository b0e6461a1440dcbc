"""Roles x objects x tenants: who may see and change what, for every address of a launch (checklist, group B).

Each row of TABLE is one address of the product, each column somebody of course A1; a cell is what that person
gets. People of other courses and tenants follow from it: their own course answers as A1 does to their like,
and an object of A1 is not there for them. What the product has otherwise than the checklist's table:

- B01 The page of an activity is for students; others read its words in the picker and on Today.
- B02 There is no page with an answer key: an answer is explained after it was given, to the student and, in a
  submission review, to the staff.
- B03, B05 A page that a role may never open answers 403 before it looks for the object, so the answer is the
  same for an object that exists and for one that does not (each such cell compares the two).
- B14, B15 The administration is signed in to by itself; no launch opens it. Nobody signed in: reading leads to
  the sign-in page, changing answers 401.

- B11 A gradebook file is answered with its preview, whose results wait for that launch of that teacher alone: for
  everybody else, other teachers and administrators of the course too, they are not there. No file is sent here.
  A connection belongs to the course; these courses are on no LMS that has one, which is said by 404. So it is with
  the ways to students (B09). A note is changed and removed by its author alone (B05); the staff reads all of them.

- B10, the bank of activities, is a course's own skill map, seen in the picker (B13) and on Setup (B09).
- B12 Nothing is uploaded but gradebook files, which are not kept (B11); an activity's words, tables and checks
  have no files of their own, and what addresses outside the table serve is the same for everybody ("static").
- B16 No launch leads to an export: families ask the school, whose administrator makes it. That half of the table,
  with administrators as principals, is in tests/web/test_matrix_administration.py.

Everything runs on SQLite; who finds which object, on PostgreSQL too (`ON_BOTH`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, cast

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.models.families import FamilyPreference
from tests.web.matrix_world import (
    ACTIVITY,
    INSIDERS,
    OUTSIDERS,
    PEOPLE,
    World,
    end_all,
    give_everybody,
    let_look_on,
)
from tests.web.school import ADDRESS, Visitor, text_of
from tests.web.test_student import check, right_answer

_MISSING = {
    "learner": "99999",
    "other": "99998",
    "step": "99999",
    "attempt": "AAAAAAAAAAAAAAAA",
    "delivery": "99999",
    "sent": "99999",
    "column": "99999",
    "upload": "AAAAAAAAAAAAAAAAAAAAAA",
    "wish": "99999",
    "shared": "99999",
    "draft": "99999",
    "draft as seen": "none",
    "message": "99998",
    "link": "99999",
    "note": "99999",
    "colleague": "99999",
    "directive": "99999",
    "removed note": "99999",
}
_OK: Final = "ok"
_QUESTION = check(ACTIVITY).questions[0]
[_RIGHT] = map(str, cast("list[str]", right_answer(_QUESTION)["response"]))


@dataclass(frozen=True)
class Row:
    """An address, and what the people of A1 get there, in the order of the table's head."""

    case: str
    endpoint: str
    method: str
    path: str
    cells: str
    status: int = 0

    def cell(self, name: str) -> str:
        """What this person of A1 gets: "ok", "403" or "404"."""
        return {"o": _OK, "3": "403", "4": "404"}[self.cells.split()[INSIDERS.index(name)]]

    @property
    def good(self) -> int:
        """The status of an answer that is not a refusal."""
        return self.status or (200 if self.method == "GET" else 303)

    @property
    def names_an_object(self) -> bool:
        """Whether path or form name an object of one course."""
        return "{" in self.path or any(
            "{" in name + value for name, value in _FIELDS.get(self.endpoint, {}).items()
        )

    def __str__(self) -> str:
        return f"{self.case} {self.method} {self.path}"


# L student, O other student, M mentor of L, A assistant, T teacher, C author, R course administrator,
# S test student. o = let in, 3 = 403, 4 = 404.
TABLE = (
    #                                                                         L O M A T C R S
    Row("B01", "landing.lead_on", "GET", "", "                                o o o o o o o o", 302),
    Row("B01", "landing.welcome", "GET", "welcome", "                         o o o o o o o o"),
    Row("B01", "student.activity", "GET", f"activity/{ACTIVITY}", "           o o 3 3 3 3 3 o"),
    Row("B01", "student.start", "POST", f"activity/{ACTIVITY}/start", "       o o 3 3 3 3 3 o"),
    Row("B01", "student.done", "POST", "activity/reading-giraffe/done", "     o o 3 3 3 3 3 o"),
    Row("B03", "student.check", "GET", "checks/{attempt}", "                  o 4 3 3 3 3 3 4"),
    Row("B03", "student.answer", "POST", "checks/{attempt}/answer", "         o 4 3 3 3 3 3 4"),
    Row("B05", "student.next", "GET", "next", "                               o o 3 3 3 3 3 o"),
    Row("B05", "student.choose", "POST", "next/choose", "                     o o 3 3 3 3 3 o"),
    Row("B05", "diagnostic.show", "GET", "diagnostic", "                     o o 3 3 3 3 3 o"),
    Row("B05", "diagnostic.begin", "POST", "diagnostic", "                   o o 3 3 3 3 3 o"),
    Row("B05", "diagnostic.answer", "POST", "diagnostic/answer", "           o o 3 3 3 3 3 o", 409),
    Row("B05", "diagnostic.stop", "POST", "diagnostic/stop", "               o o 3 3 3 3 3 o", 409),
    Row("B05", "student.ask_for", "POST", "next/challenge", "                 o o 3 3 3 3 3 o"),
    Row("B05", "about_me.show", "GET", "me", "                               o o 3 3 3 3 3 o"),
    Row("B05", "about_me.say", "POST", "me", "                               o o 3 3 3 3 3 o"),
    Row("B05", "about_me.set_week", "POST", "me/week", "                     o o 3 3 3 3 3 o"),
    Row("B05", "about_me.forget", "POST", "me/empty", "                      o o 3 3 3 3 3 o"),
    Row("B05", "student.contest", "POST", "next/contest", "                   o o 3 3 3 3 3 o"),
    Row("B05", "family.home", "GET", "family", "                              3 3 o 3 3 3 3 3"),
    Row("B05", "family.report", "GET", "family/{learner}", "                  3 3 o 3 3 3 3 3"),
    Row("B05", "family.report", "GET", "family/{other}", "                    3 3 4 3 3 3 3 3"),
    Row("B05", "family.language", "POST", "family/{learner}/language", "      3 3 o 3 3 3 3 3"),
    Row("B05", "family.stop", "POST", "family/{learner}/stop", "              3 3 o 3 3 3 3 3"),
    Row("B05", "family.stop", "POST", "family/{other}/stop", "                3 3 4 3 3 3 3 3"),
    Row("B05", "family.again", "POST", "family/{learner}/again", "            3 3 o 3 3 3 3 3"),
    Row("B05", "family.again", "POST", "family/{other}/again", "              3 3 4 3 3 3 3 3"),
    Row("B05", "family_links.make", "POST", "students/{other}/family-link", "  3 3 3 3 o 3 o 3", 200),
    Row("B05", "family_links.end", "POST", "families/links/{link}/end", "     3 3 3 3 o 3 o 3"),
    Row("B06", "family_links.show", "GET", "families", "                      3 3 3 o o 3 o 3"),
    Row("B06", "family_links.end_all", "POST", "families/end-all", "          3 3 3 3 o 3 o 3"),
    Row("B05", "teacher.student", "GET", "students/{other}", "                3 3 3 o o 3 o 3"),
    Row("B05", "accommodations.save", "POST", "students/{other}/accommodations", "3 3 3 3 o 3 o 3"),
    Row("B05", "standing_wishes.pin", "POST", "students/{other}/pin", "        3 3 3 o o 3 o 3"),
    Row("B05", "standing_wishes.waive", "POST", "students/{other}/waive", "    3 3 3 o o 3 o 3", 409),
    Row("B05", "standing_wishes.lift", "POST", "wishes/{directive}/lift", "     3 3 3 o o 3 o 3"),
    Row("B05", "student_notes.write", "POST", "students/{other}/notes", "     3 3 3 o o 3 o 3"),
    Row("B05", "student_notes.change", "POST", "notes/{note}/change", "       3 3 3 4 o 3 4 3"),
    Row("B05", "student_notes.take_back", "POST", "notes/{note}/before", "    3 3 3 4 o 3 4 3", 409),
    Row("B05", "student_notes.remove", "POST", "notes/{note}/remove", "       3 3 3 4 o 3 4 3"),
    Row("B05", "student_notes.put_back", "POST", "notes/{removed note}/put-back", "3 3 3 4 o 3 4 3"),
    Row("B05", "student_notes.done", "POST", "notes/{note}/done", "           3 3 3 o o 3 o 3"),
    Row("B05", "teacher.proposal", "GET", "proposals/{step}", "               3 3 3 o o 3 o 3"),
    Row("B05", "teacher.approve", "POST", "proposals/{step}/approve", "       3 3 3 o o 3 o 3"),
    Row("B05", "teacher.swap", "POST", "proposals/{step}/swap", "             3 3 3 o o 3 o 3"),
    Row("B05", "teacher.veto", "POST", "proposals/{step}/veto", "             3 3 3 o o 3 o 3"),
    Row("B05", "teacher.approve_all", "POST", "proposals/approve-all", "      3 3 3 o o 3 o 3"),
    Row("B05", "teacher.together", "POST", "decisions/together", "            3 3 3 o o 3 o 3"),
    Row("B05", "teacher.undo", "POST", "decisions/undo", "                    3 3 3 o o 3 o 3"),
    Row("B06", "teacher.today", "GET", "today", "                             3 3 3 o o 3 o 3"),
    Row("B06", "students.show", "GET", "students", "                          3 3 3 o o 3 o 3"),
    Row("B06", "student_notes.show", "GET", "notes", "                        3 3 3 o o 3 o 3"),
    Row("B06", "class_map.show", "GET", "map", "                              3 3 3 o o 3 o 3"),
    Row("B05", "class_map.evidence", "GET", "map/{other}/unit-rates", "       3 3 3 o o 3 o 3"),
    Row("B07", "class_map.save", "POST", "map/save", "                        3 3 3 3 o 3 o 3", 200),
    Row("B06", "week.show", "GET", "week", "                                  3 3 3 o o 3 o 3"),
    Row("B06", "messages.show", "GET", "messages", "                          3 3 3 o o 3 o 3"),
    Row("B05", "messages.save", "POST", "messages/save", "                    3 3 3 3 o 3 o 3"),
    Row("B05", "messages.approve_all", "POST", "messages/approve", "          3 3 3 3 o 3 o 3"),
    Row("B05", "messages.approve", "POST", "messages/{draft}/approve", "      3 3 3 3 o 3 o 3"),
    Row("B05", "messages.set_language", "POST", "messages/{draft}/language", "3 3 3 3 o 3 o 3"),
    Row("B05", "messages.write_anew", "POST", "messages/students/{other}/draft", "3 3 3 3 o 3 o 3"),
    Row("B05", "messages.withdraw", "POST", "messages/{message}/withdraw", "  3 3 3 3 o 3 o 3"),
    Row("B05", "messages.undo", "POST", "messages/undo", "                    3 3 3 3 o 3 o 3"),
    Row("B05", "letters.of_class", "POST", "letters", "                       3 3 3 3 o 3 o 3", 200),
    Row("B05", "letters.of_student", "POST", "students/{other}/letter", "     3 3 3 3 o 3 o 3", 200),
    Row("B05", "letters.of_own_child", "GET", "family/{learner}/letter", "    3 3 o 3 3 3 3 3"),
    Row("B05", "letters.of_own_child", "GET", "family/{other}/letter", "      3 3 4 3 3 3 3 3"),
    Row("B06", "results.show", "GET", "report", "                             3 3 3 o o 3 o 3"),
    Row("B06", "results.save", "GET", "report.csv", "                         3 3 3 o o 3 o 3"),
    Row("B06", "pace.show", "GET", "pace", "                                  3 3 3 o o 3 o 3"),
    Row("B06", "pace.standards", "GET", "standards", "                        3 3 3 o o 3 o 3"),
    Row("B07", "pace.save_standards", "GET", "standards/save", "              3 3 3 o o 3 o 3"),
    Row("B09", "pace.preview", "GET", "pace/preview", "                       3 3 3 3 o 3 o 3"),
    Row("B09", "pace.set_", "POST", "pace/dates", "                           3 3 3 3 o 3 o 3"),
    Row("B09", "policy.show", "GET", "policy", "                              3 3 3 o o 3 o 3"),
    Row("B09", "policy.preview", "GET", "policy/preview", "                   3 3 3 3 o 3 o 3"),
    Row("B09", "policy.save", "POST", "policy", "                             3 3 3 3 o 3 o 3"),
    Row("B09", "policy.restore", "POST", "policy/restore", "                  3 3 3 3 o 3 o 3"),
    Row("B09", "policy.roll_out", "GET", "roll-out", "                        3 3 3 o o 3 o 3"),
    Row("B09", "policy.set_mode", "POST", "roll-out", "                       3 3 3 3 o 3 o 3"),
    Row("B06", "teacher.read_again", "POST", "read-again", "                  3 3 3 o o 3 o 3"),
    Row("B06", "groups.show", "GET", "groups", "                              3 3 3 o o 3 o 3"),
    Row("B06", "groups.board", "GET", "groups/board", "                       3 3 3 o o 3 o 3"),
    Row("B06", "groups.form", "POST", "groups/form", "                        3 3 3 o o 3 o 3"),
    Row("B06", "groups.lesson", "POST", "groups/lesson", "                    3 3 3 o o 3 o 3"),
    Row("B06", "groups.move", "POST", "groups/move", "                        3 3 3 o o 3 o 3"),
    Row("B06", "groups.lock", "POST", "groups/lock", "                        3 3 3 o o 3 o 3"),
    Row("B06", "groups.publish", "POST", "groups/publish", "                  3 3 3 o o 3 o 3"),
    Row("B06", "groups.undo", "POST", "groups/undo", "                        3 3 3 o o 3 o 3"),
    Row("B06", "groups.add_wish", "POST", "groups/wishes", "                  3 3 3 o o 3 o 3"),
    Row("B06", "groups.end_wish", "POST", "groups/wishes/{wish}/end", "       3 3 3 o o 3 o 3"),
    Row("B06", "together.show", "GET", "together", "                          3 3 3 o o 3 o 3"),
    Row("B09", "together.place", "POST", "together", "                        3 3 3 3 o 3 o 3"),
    Row("B09", "together.move", "POST", "together/{shared}/move", "           3 3 3 3 o 3 o 3"),
    Row("B09", "together.remove", "POST", "together/{shared}/remove", "       3 3 3 3 o 3 o 3"),
    Row("B09", "together.undo", "POST", "together/undo", "                    3 3 3 3 o 3 o 3", 409),
    Row("B17", "teacher.status", "GET", "status", "                           3 3 3 o o 3 o 3"),
    Row("B07", "gradebook_export.save", "POST", "setup/gradebook/save", "     3 3 3 3 o 3 o 3", 200),
    Row("B08", "teacher.deliveries", "GET", "deliveries", "                   3 3 3 o o 3 o 3"),
    Row("B08", "teacher.send_again", "POST", "deliveries/{delivery}/send-again", "3 3 3 3 o 3 o 3"),
    Row("B08", "channels.send_again", "POST", "deliveries/steps/{sent}/send-again", "3 3 3 3 o 3 o 3"),
    Row("B09", "channels.show", "GET", "setup/channels", "                    3 3 3 3 o 3 o 3"),
    Row("B09", "channels.preview", "POST", "setup/channels/canvas_message/preview", "3 3 3 3 o 3 o 3", 404),
    Row("B09", "channels.prepare", "POST", "setup/channels/moodle_group/prepare", "3 3 3 3 o 3 o 3", 404),
    Row("B09", "channels.turn_on", "POST", "setup/channels/canvas_message/on", "3 3 3 3 o 3 o 3", 404),
    Row("B09", "channels.turn_off", "POST", "setup/channels/canvas_message/off", "3 3 3 3 o 3 o 3", 404),
    Row("B09", "teacher.setup", "GET", "setup", "                             3 3 3 o o 3 o 3"),
    Row("B09", "staff.show", "GET", "setup/staff", "                          3 3 3 3 o 3 o 3"),
    Row("B09", "staff.change", "POST", "setup/staff/{colleague}", "           3 3 3 3 o 3 o 3"),
    Row("B09", "teacher.adopt", "POST", "setup/adopt", "                      3 3 3 3 o 3 o 3"),
    Row("B09", "teacher.offer_diagnostic", "POST", "setup/diagnostic", "      3 3 3 3 o 3 o 3"),
    Row("B09", "course_copy.take", "POST", "copy/take", "                     3 3 3 3 o 3 o 3", 409),
    Row("B09", "course_copy.decline", "POST", "copy/decline", "               3 3 3 3 o 3 o 3", 409),
    Row("B09", "course_copy.take_back", "POST", "copy/take-back", "           3 3 3 3 o 3 o 3", 409),
    Row("B11", "gradebook_import.choose", "GET", "setup/gradebook", "         3 3 3 3 o 3 o 3"),
    Row("B11", "gradebook_import.look", "POST", "setup/gradebook", "          3 3 3 3 o 3 o 3", 422),
    Row("B11", "gradebook_import.take_results", "POST", "setup/gradebook/{upload}/take", "3 3 3 3 o 3 4 3"),
    Row("B11", "gradebook_import.refuse", "POST", "setup/gradebook/{upload}/refuse", "3 3 3 3 o 3 4 3"),
    Row("B11", "gradebook_connection.show", "GET", "setup/gradebook/connection", "3 3 3 3 o 3 o 3"),
    Row("B11", "gradebook_connection.connect", "POST", "setup/gradebook/connection", "3 3 3 3 o 3 o 3", 404),
    Row(
        "B11",
        "gradebook_connection.disconnect",
        "POST",
        "setup/gradebook/connection/end",
        "3 3 3 3 o 3 o 3",
        404,
    ),
    Row("B11", "outcomes.show", "GET", "setup/gradebook/outcomes", "          3 3 3 3 o 3 o 3"),
    Row("B11", "outcomes.confirm", "POST", "setup/gradebook/outcomes", "      3 3 3 3 o 3 o 3"),
    Row("B11", "outcomes.turn_on", "POST", "setup/gradebook/outcomes/on", "   3 3 3 3 o 3 o 3", 404),
    Row("B11", "outcomes.turn_off", "POST", "setup/gradebook/outcomes/off", " 3 3 3 3 o 3 o 3", 404),
    Row("B09", "skill_map.show", "GET", "setup/map", "                        3 3 3 3 o 3 o 3"),
    Row("B09", "skill_map.bring", "POST", "setup/map", "                      3 3 3 3 o 3 o 3", 422),
    Row("B09", "skill_map.edit", "POST", "setup/map/edit", "                  3 3 3 3 o 3 o 3", 404),
    Row("B09", "skill_map.use_columns", "POST", "setup/map/columns", "        3 3 3 3 o 3 o 3", 409),
    Row("B09", "skill_map.draft", "GET", "setup/map/draft", "                 3 3 3 3 o 3 o 3", 404),
    Row("B09", "draft_entries.skill", "GET", "setup/map/draft/skill", "           3 3 3 3 o 3 o 3", 404),
    Row("B09", "draft_entries.save_skill", "POST", "setup/map/draft/skill", "     3 3 3 3 o 3 o 3", 404),
    Row("B09", "draft_entries.activity", "GET", "setup/map/draft/activity", "     3 3 3 3 o 3 o 3", 404),
    Row("B09", "draft_entries.save_activity", "POST", "setup/map/draft/activity", "3 3 3 3 o 3 o 3", 404),
    Row(
        "B09", "draft_entries.change_activities", "POST", "setup/map/draft/activities", "3 3 3 3 o 3 o 3", 404
    ),
    Row("B09", "skill_map.use", "POST", "setup/map/draft/use", "             3 3 3 3 o 3 o 3", 404),
    Row("B09", "skill_map.drop", "POST", "setup/map/draft/drop", "           3 3 3 3 o 3 o 3"),
    Row("B09", "skill_map.save", "GET", "setup/map/file/use.json", "         3 3 3 3 o 3 o 3"),
    Row("B13", "picker.pick", "GET", "pick", "                                3 3 3 o o o o 3"),
    Row("B13", "picker.send", "POST", "pick", "                               3 3 3 o o o o 3", 200),
)
_FIELDS = {
    "accommodations.save": {"seen": "1", "format": "video", "time": "1.5"},
    "together.place": {"activity": ACTIVITY, "day": "2026-03-20"},
    "together.move": {"day": "2026-03-19"},
    "teacher.swap": {"option": "1"},
    "teacher.together": {"step": "{step}", "act": "approve"},
    "policy.save": {"seen": "0"},
    "policy.restore": {"version": "0", "seen": "0"},
    "policy.set_mode": {"mode": "write_back"},
    "student.choose": {"option": "1"},
    "student.ask_for": {"challenge": "0.5"},
    "about_me.say": {"interest": "music", "goal": "Ratios without fear"},
    "about_me.set_week": {"steps": "3"},
    "family.language": {"language": "es"},
    "student.answer": {"question": _QUESTION.id, "response": _RIGHT},
    "picker.send": {"activity": ACTIVITY},
    "groups.form": {"kind": "mixed", "smallest": "2", "largest": "4", "places": "9", "mode": "pair"},
    "staff.change": {"looks_on": "yes"},
    "standing_wishes.pin": {"activity": ACTIVITY},
    "standing_wishes.waive": {"skill": "no-such"},
    "student_notes.write": {"body": "Works well in pairs."},
    "student_notes.change": {"body": "Works best in pairs.", "seen": "0", "due": "2026-12-01"},
    "student_notes.done": {"done": "yes"},
    "groups.add_wish": {"one": "{learner}", "other": "{other}", "kind": "apart"},
    "skill_map.edit": {"sample": "no-such"},
    "draft_entries.change_activities": {"activity": ACTIVITY},
    "messages.approve": {"body-{draft}": "He can.", "seen-{draft}": "{draft as seen}"},
    "messages.set_language": {"language": "es"},
    "teacher.adopt": {"sample": "grade6-ratios", "tag-{column}": ACTIVITY},
}
# On PostgreSQL the half that depends on the database: whether somebody's key finds an object.
ON_BOTH = [
    *(("sqlite", row) for row in TABLE),
    *(("postgresql", row) for row in TABLE if row.names_an_object or row.case in {"B06", "B07"}),
]
# Addresses that are not in the table, each with the reason.
OUTSIDE = {
    "static": "files that are the same for everybody",
    "health.alive": "says that the process lives, and nothing else",
    **{
        f"family_open.{name}": "belongs to a link, not to a launch; tests/web/test_family_open.py"
        for name in ("enter", "welcome", "show", "report", "language", "stop", "again")
    },
    "lti.login": "group A: nobody is known yet",
    "lti.launch": "group A: nobody is known yet",
    "lti.continue_in_new_window": "opens one's own launch by a code that works once; tests/web/test_session.py",
    "lti.key_set": "our public keys",
    "registration.ask": "group A: needs an invitation",
    "registration.connect": "group A: needs an invitation",
    "platform_notices.take": "platforms only, by signature; tests/launch/test_notices.py",
    "canvas_sign_in.begin": "belongs to a launch by a signed ticket; tests/web/test_canvas_sign_in.py",
    "canvas_sign_in.authorised": "belongs to a launch by a signed state; tests/web/test_canvas_sign_in.py",
    "canvas_sign_in.connected": "says the same to everybody",
    "review.show": "names its learner in the launch, not in the request; tests/web/test_launch_messages.py",
}
# Where an administrator's sign-in itself happens; every other page of the administration is closed to others.
SIGN_IN = {"admin.ask", "admin.check"}


@pytest.fixture(scope="module")
def either_world(request: pytest.FixtureRequest) -> World:
    """For who finds what: on SQLite, and where an object is looked for on PostgreSQL, too."""
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


@pytest.fixture
def both(either_world: World) -> Iterator[World]:
    """The same, put back after the test however it ends."""
    yield either_world
    either_world.put_back()


@pytest.fixture
def world(sqlite_world: World) -> Iterator[World]:
    """For what the database has no part in: methods, tokens of forms, addresses, sessions that are over."""
    yield sqlite_world
    sqlite_world.put_back()


def browser_of(world: World, row: Row, name: str) -> Visitor:
    """The launch that fits the row: the picker's pages belong to a deep-linking launch."""
    return (world.pickers if row.endpoint.startswith("picker.") else world.visitors)[name]


def ask(world: World, row: Row, who: Visitor | None, ids: dict[str, str], launch: str = "") -> TestResponse:
    """One request of the row, with these ids in path and form."""
    fields = {
        name.format_map(ids): value.format_map(ids) for name, value in _FIELDS.get(row.endpoint, {}).items()
    }
    return world.request(who, row.method, row.path.format_map(ids), launch=launch, **fields)


def seen(response: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without what differs at each request: the error's number, nonces, anti-forgery tokens."""
    nonces = set(re.findall(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"]))
    text = re.sub(r"<code>[0-9a-f]{8}</code>", "<code>number</code>", response.text)
    headers = str(sorted(response.headers))
    for nonce in nonces:
        text, headers = text.replace(nonce, "nonce"), headers.replace(nonce, "nonce")
    return response.status_code, text, [("all", headers)]


def said_by(response: TestResponse) -> str:
    """What an answer says, without markup."""
    if response.mimetype != "application/pdf":
        return text_of(response)
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.data)).pages)


def each_alone(world: World, names: Iterable[str]) -> Iterator[str]:
    """One after the other, each in the world as it was at the beginning."""
    for name in names:
        yield name
        world.put_back()


def assert_refused_as_if_missing(world: World, row: Row, name: str, code: str) -> None:
    """The refusal changes nothing and is the same, byte by byte, for an object that does not exist."""
    before, who = world.version(), browser_of(world, row, name)
    real = ask(world, row, who, world.ids)
    assert str(real.status_code) == code, (name, real.text)
    assert seen(real) == seen(ask(world, row, who, _MISSING)), name
    assert world.version() == before, name
    if code == "403":
        assert "auth.role" in real.text, name


@pytest.mark.parametrize(("either_world", "row"), ON_BOTH, indirect=["either_world"], ids=str)
def test_people_of_the_course_get_what_the_table_says(both: World, row: Row) -> None:
    for name in each_alone(both, INSIDERS):
        _insider_gets_what_the_table_says(both, row, name)


def _insider_gets_what_the_table_says(world: World, row: Row, name: str) -> None:
    who = browser_of(world, row, name)
    if row.cell(name) == _OK:
        response = ask(world, row, who, world.ids)
        # 409: the own step has changed in the meantime, or there is nothing to undo. The person is let in.
        assert response.status_code in {row.good, 409}, (name, response.text)
    else:
        assert_refused_as_if_missing(world, row, name, row.cell(name))


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_who_looks_on_only_reads_what_an_assistant_reads_and_changes_nothing(world: World, row: Row) -> None:
    """The coach: a teacher whom a colleague let look only."""
    let_look_on(world)
    coach, before = browser_of(world, row, "teacher"), world.version()
    response = ask(world, row, coach, world.ids)
    if row.method == "POST":
        assert (response.status_code, "auth.looks_on" in response.text) == (403, True)
    elif row.cell("assistant") == _OK:
        assert response.status_code == row.good
    else:
        assert (response.status_code, "auth.role" in response.text) == (403, True)
    if row.endpoint not in {
        "teacher.student",
        "teacher.today",
    }:  # a page may plan a step for who has none yet
        assert world.version() == before


@pytest.mark.parametrize(("either_world", "row"), ON_BOTH, indirect=["either_world"], ids=str)
def test_people_of_other_courses_and_tenants_find_only_their_own(both: World, row: Row) -> None:
    for name in each_alone(both, OUTSIDERS):
        _outsider_finds_only_their_own(both, row, name)


def _outsider_finds_only_their_own(world: World, row: Row, name: str) -> None:
    who = browser_of(world, row, name)
    like = row.cell(name.rpartition(" of ")[0])
    if like != _OK:
        assert_refused_as_if_missing(world, row, name, like)
    elif name == "mentor of B" and row.path.startswith("family/{learner}"):
        # The same person of the same registration is a student of B, too: B's own report, with nothing of A1, and
        # what B's family wishes.
        page = ask(world, row, who, world.ids)
        assert (page.status_code, "Mathematics 6B" in said_by(page)) == (row.good, False)
        with world.database.read() as session:
            assert world.ids["course"] not in map(str, session.scalars(select(FamilyPreference.context_id)))
    elif row.names_an_object:
        assert_refused_as_if_missing(world, row, name, "404")
    else:
        response = ask(world, row, who, world.ids)
        assert response.status_code in {row.good, 409}, (name, response.text)
        # Ana Morales is in B too; these two are in A1 alone. Only what the page says counts: a token in the
        # markup may hold any three letters.
        said = said_by(response)
        assert "Ben" not in said, name
        assert "Dubois" not in said, name


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_address_of_another_browsers_launch_opens_nothing(world: World, row: Row) -> None:
    before = world.version()
    theirs = browser_of(world, row, "teacher").launch_id
    for name in ("mentor", "teacher of A2", "teacher of B", "learner of C"):
        who = browser_of(world, row, name)
        real = ask(world, row, who, world.ids, launch=theirs)
        assert (real.status_code, "session.not_found" in real.text) == (404, True), name
        unknown = "A" * len(theirs)
        missing = ask(world, row, who, _MISSING, launch=unknown)
        assert seen(real) == seen(missing), name
    assert world.version() == before


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_nobody_signed_in_gets_nothing(world: World, row: Row) -> None:
    before = world.version()
    response = ask(world, row, None, world.ids, launch=browser_of(world, row, "teacher").launch_id)
    if row.method == "GET":
        assert (response.status_code, "session.missing" in response.text) == (401, True)
    else:  # without a cookie there is no token that a form could prove itself by
        assert (response.status_code, "auth.csrf" in response.text) == (403, True)
    assert world.version() == before


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_when_the_session_is_over_every_request_says_so(world: World, row: Row) -> None:
    end_all(world)
    before = world.version()
    for name in PEOPLE:
        response = ask(world, row, browser_of(world, row, name), world.ids)
        assert (response.status_code, "session.ended" in response.text) == (401, True), name
    assert world.version() == before


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_later_launch_with_a_lower_role_takes_effect_at_once(world: World, row: Row) -> None:
    give_everybody(world, "content_developer")
    before = world.version()
    for name in PEOPLE:
        if PEOPLE[name][1] == "content_developer":
            continue
        response = ask(world, row, browser_of(world, row, name), world.ids)
        assert (response.status_code, "session.ended" in response.text) == (401, True), name
    assert world.version() == before


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "POST"], ids=str)
def test_a72_no_change_without_the_pages_own_token(world: World, row: Row) -> None:
    before = world.version()
    for name in PEOPLE:
        who = browser_of(world, row, name)
        client = world.app.test_client()
        client.set_cookie("__Host-waymark", who.token, domain="127.0.0.1")
        address = f"/l/{who.launch_id}/{row.path.format_map(world.ids)}"
        other = world.form_token(who, "another launch")
        for form in ({}, {"csrf_token": other}):
            response = client.post(address, data=form, base_url=ADDRESS)
            assert (response.status_code, "auth.csrf" in response.text) == (403, True), name
    assert world.version() == before


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_other_methods_are_not_known(world: World, row: Row) -> None:
    before = world.version()
    for method, name in product(("PUT", "PATCH", "DELETE"), ("learner", "teacher", "teacher of B")):
        who = browser_of(world, row, name)
        response = world.request(who, method, row.path.format_map(world.ids))
        assert response.status_code in {403, 405}, (method, name)
    assert world.version() == before


def test_b03_a_batch_with_one_foreign_id_fails_whole(world: World) -> None:
    teacher, own = world.visitors["teacher"], world.ids["column"]
    before = world.version()
    with_foreign = {f"tag-{own}": ACTIVITY, "tag-99999": ACTIVITY, "sample": "grade6-ratios"}
    response = world.request(teacher, "POST", "setup/adopt", **with_foreign)
    assert (response.status_code, "column.not_found" in response.text) == (404, True)
    assert world.version() == before


def test_b02_a_question_that_is_not_answered_yet_says_nothing_of_its_answer(world: World) -> None:
    page = ask(world, _row("student.check"), world.visitors["learner"], world.ids).text
    assert "question" in page
    assert not re.search(r"correct|solution|explanation|data-answer", page)


def test_b13_a_launch_that_is_not_from_a_picker_has_none(world: World) -> None:
    for name in ("assistant", "teacher", "author", "administrator"):
        for row in (_row("picker.pick"), _row("picker.send")):
            response = ask(world, row, world.visitors[name], world.ids)
            assert (response.status_code, "deeplink.no_session" in response.text) == (403, True), name


_AT_THE_DOOR = ("learner", "teacher", "administrator", "administrator of C")


def test_b14_b15_b16_no_launch_opens_the_administration(world: World) -> None:
    before = world.version()
    adapter = world.app.url_map.bind("127.0.0.1:8080")
    for rule in world.app.url_map.iter_rules():
        if not rule.endpoint.startswith("admin.") or rule.endpoint in SIGN_IN:
            continue
        values = {name: _example(rule.rule, name) for name in rule.arguments}
        for method in (rule.methods or set()) & {"GET", "POST"}:
            address = adapter.build(rule.endpoint, values, method=method)
            for who in (None, *(world.visitors[name] for name in _AT_THE_DOOR)):
                response = _at_administration(world, who, method, address)
                closed = response.status_code == 401 or (
                    response.status_code in {302, 303} and response.location.endswith("/admin/sign-in")
                )
                assert closed, (rule.endpoint, method, response.status_code)
                assert "PRIVATE" not in response.text
    assert world.version() == before


# The same for everybody, and meant to be kept for a while.
_PUBLIC = {"static", "lti.key_set"}


def test_e16_no_cache_may_keep_an_answer_that_is_about_somebody(world: World) -> None:
    adapter = world.app.url_map.bind("127.0.0.1:8080")
    people = [world.visitors[name] for name in ("learner", "mentor", "teacher")] + [world.pickers["teacher"]]
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in _PUBLIC:
            continue
        for who in people:
            ids = {"activity_id": ACTIVITY, "attempt_id": world.ids["attempt"], "launch_id": who.launch_id}
            ids |= {"person_key": world.ids["learner"]}
            values = {name: ids.get(name, _example(rule.rule, name)) for name in rule.arguments}
            for method in (rule.methods or set()) & {"GET", "POST"}:
                address = adapter.build(rule.endpoint, values, method=method)
                response = _at_administration(world, who, method, address)
                assert response.headers["Cache-Control"] == "no-store", (rule.endpoint, method)
                assert "Expires" not in response.headers


def test_every_address_of_the_product_is_in_the_table_or_has_a_reason_not_to_be(world: World) -> None:
    known = {row.endpoint for row in TABLE} | OUTSIDE.keys()
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert {name for name in endpoints if not name.startswith("admin.")} - known == set()
    assert {row.endpoint for row in TABLE} - endpoints == set()


def test_every_row_has_a_cell_for_everybody() -> None:
    assert all(len(row.cells.split()) == len(INSIDERS) for row in TABLE)


def _row(endpoint: str) -> Row:
    return next(row for row in TABLE if row.endpoint == endpoint)


def _example(rule: str, name: str) -> object:
    """A value for a variable of an address: the first of the words it may be, a number, or some text."""
    choice = re.search(rf"<any\((\w+)[^<]*:{name}>", rule)
    if choice:
        return choice[1]
    return 1 if f"<int:{name}>" in rule else "some-key"


def _at_administration(world: World, who: Visitor | None, method: str, address: str) -> TestResponse:
    client = world.app.test_client()
    form = {}
    if who is not None:
        client.set_cookie("__Host-waymark", who.token, domain="127.0.0.1")
    if method == "POST":
        # A form of our own: from the sign-in page, in the same browser.
        page = client.get("/admin/sign-in", base_url=ADDRESS)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        form = {"csrf_token": found[1] if found else ""}
    return client.open(address, method=method, data=form or None, base_url=ADDRESS)
