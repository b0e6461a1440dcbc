"""Which columns of which tables are about a person, and what of them the person's own export has.

`inventory` is the whole of it: each table with the way from its rows to the person. What hangs on a person and is not
in the export stands in `LEFT_OUT` with the reason; tables without people stand in `NOT_ABOUT_PEOPLE`. The test
goes over all tables of the schema, so a new column is in one of the three or turns it red.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from lti_tool.db import Base
from lti_tool.models.channels import ChannelChoice, StepDelivery
from lti_tool.models.class_rules import ClassActivity, LearnerAccommodations
from lti_tool.models.courses import LearnerProfile, Membership, Onlooker, Person, WeeklyGoal
from lti_tool.models.diagnostics import Diagnostic, DiagnosticAnswer
from lti_tool.models.families import FamilyLink, FamilyPreference
from lti_tool.models.gradebook import GradebookUpload, NativeConnection, OutboxEntry, Result
from lti_tool.models.groups import GroupMember, GroupPlan
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import (
    AdoptedSkillMap,
    CheckAttempt,
    CheckResponse,
    Decision,
    Directive,
    EvidenceRecord,
    Proposal,
    SkillMapDraft,
)
from lti_tool.models.messages import FamilyMessage
from lti_tool.models.notes import LearnerNote, LearnerNoteVersion
from lti_tool.models.outcomes import OutcomeResult
from lti_tool.models.platforms import AuditEntry
from lti_tool.models.policies import CoursePolicy
from lti_tool.models.privacy import LearnerExport
from lti_tool.usecases.words import ENGLISH, Words

Part = Callable[[Any, Person], Any]


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of one table that are about a person, and their columns in the export.

    `by` are the columns that lead from a row to the person, each to the row that the next one belongs to. Where it
    ends at the registration instead, rows hold something of several people in the column `shared`: `part` takes out
    what is this person's, None where there is nothing.
    """

    key: str
    title: str
    model: type[Base]
    by: tuple[str, ...]
    columns: tuple[str, ...]
    shared: str = ""
    part: Part | None = None

    @property
    def table(self) -> Table:
        found = self.model.__table__
        assert isinstance(found, Table)  # noqa: S101  what a declared model always has
        return found


_TO_REGISTRATION = ("context_id", "deployment_id", "registration_id")


def inventory(words: Words = ENGLISH) -> tuple[Records, ...]:
    """Everything about a person, in the order in which it is read best."""
    _ = words.gettext

    def records(key: str, title: str, model: type[Base], by: str, columns: str, **more: Any) -> Records:
        return Records(key, title, model, tuple(by.split()), tuple(columns.split()), **more)

    return (
        records(
            *("person", _("Who this is"), Person, "id"),
            "id registration_id user_id name given_name family_name disabled_at",
        ),
        records(
            *("memberships", _("Courses"), Membership, "person_id"),
            "id context_id roles is_learner is_test active listed seen_at",
        ),
        records(
            *("profiles", _("Told about oneself"), LearnerProfile, "person_id"),
            "id context_id interests goal favourite_goal challenge",
        ),
        records(
            *("weekly_goals", _("Goals for a week"), WeeklyGoal, "person_id"),
            "id context_id monday steps",
        ),
        records(
            *("accommodations", _("Accommodations"), LearnerAccommodations, "person_id"),
            "id context_id blocked_formats blocked_modes time_factor changed_at",
        ),
        records(
            *("results", _("Results read from the gradebook"), Result, "person_id"),
            "id line_item_id result_score result_maximum comment platform_time read_at",
        ),
        records(
            *("outcome_results", _("Results of outcomes"), OutcomeResult, "person_id"),
            "id outcome_id work line_item_id share platform_time read_at",
        ),
        records(
            *("waiting_results", _("Results of a file that waits for the teacher"), GradebookUpload),
            " ".join(_TO_REGISTRATION),
            "id context_id content created_at",
            shared="content",
            part=_waiting_results,
        ),
        records(
            *("evidence", _("Evidence made of results and checks"), EvidenceRecord, "person_id"),
            "id context_id activity_id origin revision source fraction share attempt occurred_at recorded_at",
        ),
        records(
            *("check_attempts", _("Checks"), CheckAttempt, "person_id"),
            "id context_id activity_id skill_map_version number started_at finished_at",
        ),
        records(
            *("check_responses", _("Answers in checks"), CheckResponse, "check_attempt_id person_id"),
            "id check_attempt_id question_id response fraction feedback answered_at",
        ),
        records(
            *("diagnostics", _("First questions"), Diagnostic, "person_id"),
            "id context_id skill_map_version placed begun_at ended_at",
        ),
        records(
            *(
                "diagnostic_answers",
                _("Answers to first questions"),
                DiagnosticAnswer,
                "diagnostic_id person_id",
            ),
            "id diagnostic_id activity_id question_id response fraction feedback answered_at",
        ),
        records(
            *("proposals", _("Next steps, with the reasons"), Proposal, "person_id"),
            "id context_id is_current status chosen skill_map_version created_at approved_at later_at seen_at started_at "
            "done_at recommendation",
        ),
        records(
            *("decisions", _("What teachers decided about next steps"), Decision, "proposal_id person_id"),
            "id context_id proposal_id kind activity_id before at",
        ),
        records(
            *("directives", _("Standing wishes of teachers"), Directive, "person_id"),
            "id context_id kind subject created_at until lifted_at",
        ),
        records(
            *("notes", _("Notes of the staff about this student"), LearnerNote, "person_id"),
            "id context_id body due_on written_at edited_at done_at removed_at",
        ),
        records(
            *(
                "note_versions",
                _("What notes of the staff said before"),
                LearnerNoteVersion,
                "note_id person_id",
            ),
            "id note_id body replaced_at",
        ),
        records(
            *("family_messages", _("Messages to the family"), FamilyMessage, "person_id"),
            "id context_id language state body drafted_at approved_at",
        ),
        records(
            *("groups", _("Groups to work in"), GroupMember, "person_id"),
            "id plan_id part place activity_id why",
        ),
        records(
            *("deliveries", _("What Waymark writes to the gradebook"), OutboxEntry, "person_id"),
            "id context_id column_id version score_given score_maximum comment activity_progress grading_progress "
            "score_timestamp state attempts first_due_at next_attempt_at delivered_version sent_scores may_replace withdraws "
            "seen_version resent_version delivered_at problem_code problem_message",
        ),
        records(
            *(
                "step_deliveries",
                _("Next steps that Waymark brings by other ways"),
                StepDelivery,
                "person_id",
            ),
            "id context_id channel wanted wanted_at in_place effect version state attempts first_due_at "
            "next_attempt_at delivered_version delivered_at problem_code problem_message",
        ),
        records(
            *("step_previews", _("Next steps in a preview that a teacher saw"), ChannelChoice),
            " ".join(_TO_REGISTRATION),
            "id context_id channel previewed",
            shared="previewed",
            part=_previewed,
        ),
        records(
            *("launches", _("Visits"), LaunchSession, "person_id"),
            "id deployment_id context_id message_type activity_id roles is_test is_masquerading locale created_at "
            "last_seen_at expires_at",
        ),
        records(
            *("reviews", _("Visits of others to this person's work"), LaunchSession, "for_person_id"),
            "id context_id message_type activity_id created_at",
        ),
        records(
            *("family_visits", _("Visits of family members"), LaunchSession),
            "deployment_id registration_id",
            "id context_id mentee_user_ids created_at",
            shared="mentee_user_ids",
            part=_named_as_child,
        ),
        records(
            *("family_links", _("Links to the report for the family"), FamilyLink, "person_id"),
            "id context_id language created_at expires_at revoked_at last_opened_on",
        ),
        records(
            *("family_preferences", _("What the family wishes"), FamilyPreference, "person_id"),
            "id context_id language declined_at changed_at",
        ),
        records(
            *("native_ids", _("Number in the learning platform's own interface"), NativeConnection),
            " ".join(_TO_REGISTRATION),
            "id context_id native_ids",
            shared="native_ids",
            part=_native_id,
        ),
        records(
            *("own_decisions", _("Decisions about others, as a teacher"), Decision, "decided_by"),
            "id context_id kind activity_id at",
        ),
        records(
            *("own_directives", _("Standing wishes for others, as a teacher"), Directive, "created_by"),
            "id context_id kind subject created_at lifted_at",
        ),
        records(
            *("own_accommodations", _("Accommodations of others, as a teacher"), LearnerAccommodations),
            "changed_by",
            "id context_id changed_at",
        ),
        records(
            *(
                "own_class_activities",
                _("Shared class activities, as a teacher"),
                ClassActivity,
                "created_by",
            ),
            "id context_id activity_id on_day lesson minutes own_minutes created_at removed_at",
        ),
        records(
            *("own_family_links", _("Links made for families, as a teacher"), FamilyLink, "created_by"),
            "id context_id created_at expires_at revoked_at",
        ),
        records(
            *("looks_on", _("Courses in which this colleague looks on only"), Onlooker, "person_id"),
            "id context_id said_at",
        ),
        records(
            *("own_looks_on", _("Colleagues let to look only, as a teacher"), Onlooker, "said_by_id"),
            "id context_id said_at",
        ),
        records(
            *("own_lifted", _("Standing wishes ended, as a teacher"), Directive, "lifted_by"),
            "id context_id kind lifted_at",
        ),
        records(
            *("own_notes", _("Notes about others, as a teacher"), LearnerNote, "author_id"),
            "id context_id written_at",
        ),
        records(
            *("own_group_plans", _("Groups formed, as a teacher"), GroupPlan, "made_by"),
            "id context_id day lesson section version made_at published_at",
        ),
        records(
            *(
                "own_messages",
                _("Messages to families of others, as a teacher"),
                FamilyMessage,
                "approved_by",
            ),
            "id context_id state approved_at",
        ),
        records(
            *("own_skill_maps", _("Skill maps put to use, as a teacher"), AdoptedSkillMap, "adopted_by"),
            "id context_id version adopted_at",
        ),
        records(
            *("own_policies", _("Settings of courses changed, as a teacher"), CoursePolicy, "changed_by"),
            "id context_id version choices changed_at",
        ),
        records(
            *("own_map_drafts", _("Skill maps being worked on, as a teacher"), SkillMapDraft, "person_id"),
            "id context_id changed_at",
        ),
        records(
            *("own_uploads", _("Gradebook files sent, as a teacher"), GradebookUpload, "person_id"),
            "id context_id created_at",
        ),
        records(
            *("own_connections", _("Gradebooks connected, as a teacher"), NativeConnection),
            "connected_by_id",
            "id context_id product root course way connected_at",
        ),
        records(
            *("own_channels", _("Ways to students turned on, as a teacher"), ChannelChoice, "chosen_by_id"),
            "id context_id channel chosen_at",
        ),
        records(
            *("exports", _("Exports like this one"), LearnerExport, "person_id"),
            "id reference created_at expires_at used_at",
        ),
        records(
            *("audit", _("Entries of the audit log about this person"), AuditEntry, "subject"),
            "id at action detail",
        ),
        records(
            *("own_audit", _("Entries of the audit log by this person"), AuditEntry, "actor"),
            "id at action subject detail",
        ),
    )


def column_labels(words: Words = ENGLISH) -> Mapping[str, str]:
    """How each column of the export is called for people."""
    _ = words.gettext
    return {
        "action": _("What"),
        "active": _("Still in the course"),
        "activity_id": _("Activity"),
        "activity_progress": _("Progress"),
        "adopted_at": _("Put to use"),
        "answered_at": _("Answered"),
        "approved_at": _("Approved"),
        "at": _("When"),
        "attempt": _("Attempt"),
        "attempts": _("Attempts"),
        "changed_at": _("Changed"),
        "channel": _("Way to the student"),
        "blocked_formats": _("Formats that are not given"),
        "blocked_modes": _("Ways of working that are not given"),
        "challenge": _("Wish for challenge (-1 to 1)"),
        "before": _("What stood before"),
        "begun_at": _("Begun"),
        "body": _("Text"),
        "ended_at": _("Ended"),
        "placed": _("Skills that the answers showed"),
        "share": _("Share (0 to 1)"),
        "check_attempt_id": _("Number of the check"),
        "choices": _("What was chosen"),
        "chosen": _("Chosen option"),
        "chosen_at": _("Turned on"),
        "column_id": _("Column"),
        "comment": _("Comment"),
        "connected_at": _("Connected"),
        "content": _("Results"),
        "context_id": _("Course"),
        "course": _("Course there"),
        "created_at": _("Made"),
        "day": _("Day"),
        "declined_at": _("No more reports"),
        "delivered_at": _("Delivered"),
        "delivered_version": _("Version delivered"),
        "deployment_id": _("Place in the platform"),
        "diagnostic_id": _("Number of the first questions"),
        "detail": _("Details"),
        "disabled_at": _("Switched off"),
        "done_at": _("Done"),
        "drafted_at": _("Drafted"),
        "due_on": _("To follow up by"),
        "edited_at": _("Changed last"),
        "effect": _("What became of it"),
        "expires_at": _("Ends"),
        "family_name": _("Family name"),
        "favourite_goal": _("Goal that matters most"),
        "feedback": _("Feedback"),
        "finished_at": _("Finished"),
        "first_due_at": _("Due first"),
        "fraction": _("Share that was right (0 to 1)"),
        "given_name": _("Given name"),
        "goal": _("Goal in own words"),
        "grading_progress": _("Grading"),
        "id": _("Number"),
        "in_place": _("What the platform has of it"),
        "interests": _("Interests"),
        "is_current": _("Current"),
        "is_learner": _("Student"),
        "is_masquerading": _("Somebody acted as this person"),
        "is_test": _("Test student"),
        "kind": _("Kind"),
        "language": _("Language"),
        "last_opened_on": _("Read last"),
        "last_seen_at": _("Last page"),
        "later_at": _("Asked again from"),
        "lesson": _("Lesson of the day"),
        "lifted_at": _("Ended"),
        "line_item_id": _("Column"),
        "listed": _("Named by the latest list of people"),
        "locale": _("Language"),
        "made_at": _("Made"),
        "may_replace": _("May replace a value"),
        "mentee_user_ids": _("Named as this person's family"),
        "message_type": _("Kind of visit"),
        "minutes": _("Minutes"),
        "monday": _("Week from"),
        "name": _("Name"),
        "native_ids": _("Number there"),
        "next_attempt_at": _("Next attempt"),
        "note_id": _("Number of the note"),
        "number": _("Attempt"),
        "occurred_at": _("Happened"),
        "on_day": _("Day"),
        "origin": _("From"),
        "part": _("Part in the group"),
        "place": _("Table"),
        "plan_id": _("Number of the group plan"),
        "platform_time": _("Time at the platform"),
        "outcome_id": _("Outcome"),
        "own_minutes": _("Minutes left for own steps"),
        "previewed": _("What the preview said"),
        "problem_code": _("Problem"),
        "problem_message": _("Problem in words"),
        "product": _("Product"),
        "proposal_id": _("Number of the next step"),
        "published_at": _("Published"),
        "question_id": _("Question"),
        "read_at": _("Read"),
        "recommendation": _("Options with their reasons"),
        "recorded_at": _("Noted"),
        "reference": _("Number of the request"),
        "registration_id": _("Learning platform"),
        "removed_at": _("Removed"),
        "replaced_at": _("Replaced"),
        "resent_version": _("Version sent again"),
        "response": _("Answer"),
        "result_maximum": _("Of"),
        "result_score": _("Score"),
        "revision": _("Revision"),
        "revoked_at": _("Taken back"),
        "roles": _("Roles"),
        "root": _("Address"),
        "said_at": _("Said"),
        "score_given": _("Score"),
        "score_maximum": _("Of"),
        "score_timestamp": _("Time of the score"),
        "section": _("Section of the course"),
        "seen_at": _("Seen"),
        "seen_version": _("Version seen there"),
        "sent_scores": _("Scores sent"),
        "skill_map_version": _("Version of the skill map"),
        "source": _("Source"),
        "started_at": _("Started"),
        "state": _("State"),
        "status": _("Status"),
        "steps": _("Steps to finish"),
        "subject": _("About"),
        "time_factor": _("Times the usual minutes"),
        "until": _("Until"),
        "used_at": _("Saved"),
        "user_id": _("Id at the platform"),
        "version": _("Version"),
        "wanted": _("The step"),
        "wanted_at": _("Wanted since"),
        "way": _("Whose credential"),
        "why": _("Reason for no group"),
        "withdraws": _("Takes a step back"),
        "work": _("Work"),
        "written_at": _("Written"),
    }


_THE_COURSE = "says how the reading of a course's gradebook went, nothing about a person"
_ADDRESS = "a random part of an address, which says nothing and would lead to a page"

# What hangs on a person and is not in the export.
LEFT_OUT: Mapping[str, str] = {
    "adopted_skill_maps.document": "the course's skill map, the same for everybody in it",
    "adopted_skill_maps.digest": "a hash of the skill map",
    "check_attempts.public_id": _ADDRESS,
    "class_activities.moved_from_id": "the day before, which is in the export",
    "family_links.token_hash": "a hash of the secret in a link",
    "family_messages.facts": "a hash of the draft that the facts gave",
    "group_plans.limits": "sizes and numbers that a teacher asked for",
    "group_plans.tables": "the tables of a course, without who sits at them",
    "skill_map_drafts.document": "the course's skill map as it may become",
    "skill_map_drafts.digest": "a hash of the skill map",
    "gradebook_uploads.launch_id": "the visit of the teacher who sent the file; visits are in the export",
    "gradebook_uploads.public_id": _ADDRESS,
    "launch_sessions.browser_hash": "a hash of the browser's secret",
    "launch_sessions.deep_linking": "what the platform's picker takes, with a secret of the platform in it",
    "launch_sessions.deep_linking_used_at": "what the platform's picker takes",
    "launch_sessions.public_id": _ADDRESS,
    "launch_sessions.return_url": "the platform's page before, with secrets of the platform in it",
    "learner_exports.administrator_id": "names the administrator, another person",
    "native_connections.encrypted_secret": "a secret",
    "native_connections.key": "a part of a credential",
    "native_connections.access_until": "the end of a secret",
    "native_connections.encrypted_access": "a secret",
    "native_connections.columns": _THE_COURSE,
    "native_connections.left_out": _THE_COURSE,
    "native_connections.outcomes_problem": _THE_COURSE,
    "native_connections.outcomes_read_at": _THE_COURSE,
    "native_connections.problem": _THE_COURSE,
    "native_connections.problem_code": _THE_COURSE,
    "native_connections.read_at": _THE_COURSE,
    "native_connections.students": _THE_COURSE,
    "native_connections.with_outcomes": _THE_COURSE,
    "outbox_entries.registration_id": "the platform of the course, which is in the export",
    "outbox_entries.lease_token": "tells workers of Waymark apart while one of them sends",
    "outbox_entries.lease_until": "tells workers of Waymark apart while one of them sends",
    "step_deliveries.lease_token": "tells workers of Waymark apart while one of them sends",
    "step_deliveries.lease_until": "tells workers of Waymark apart while one of them sends",
}

# Whole tables that are about people and never leave the teachers' pages.
WITHHELD: Mapping[str, str] = {
    "pair_wishes": "a teacher's note about two students: it would tell each of them, and both families, of the other",
}

NOT_ABOUT_PEOPLE: Mapping[str, str] = {
    "administrator_sessions": "administrators of this installation, who are not in courses",
    "administrators": "administrators of this installation, who are not in courses",
    "contexts": "courses; their titles stand beside the records",
    "course_evaluations": "sums over a course, without people",
    "deployments": "places of a platform",
    "goal_dates": "dates of a course, the same for everybody in it",
    "gradebook_columns": "columns; their titles stand beside the records",
    "lanes": "how platforms are doing",
    "model_activities": "what classes show about activities: which go together, how telling each is",
    "model_trials": "shared numbers of a school's learner model",
    "invitations": "permissions to register a platform",
    "learning_outcomes": "outcomes of a course; their titles stand beside the records",
    "line_items": "columns; their titles stand beside the records",
    "name_accesses": "what administrators were allowed to see; the audit log has it, too",
    "notice_services": "addresses of a platform",
    "platform_connections": "credentials that an administrator gave for a platform",
    "platform_policies": "what a school chose for its courses",
    "platform_key_sets": "public keys of a platform",
    "platform_notices": "notices about courses",
    "recovery_codes": "administrators of this installation, who are not in courses",
    "registrations": "platforms; their names stand beside the records",
    "resource_links": "links of a course",
    "spent_states": "hashes of logins, kept for minutes",
    "tool_keys": "our own signing keys",
    "turns": "what comes round by the clock",
    "worker_processes": "which worker processes live",
}


def _waiting_results(content: Any, person: Person) -> Any:
    """This person's scores in a file that was looked at, for each class that the course may be."""
    classes = content.get("classes") or [content.get("columns", [])]
    key = str(person.id)
    return [
        {
            "title": column["title"],
            "points": column["points"],
            "score": column["scores"][key],
            "graded_at": column.get("graded_at", {}).get(key),
        }
        for columns in classes
        for column in columns
        if key in column["scores"]
    ] or None


def _previewed(previewed: Any, person: Person) -> Any:
    """This person's lines of a dry run."""
    lines = (previewed or {}).get("lines", [])
    return [line for line in lines if line["student"] == person.id] or None


def _named_as_child(user_ids: Any, person: Person) -> Any:
    return True if person.user_id in user_ids else None


def _native_id(native_ids: Any, person: Person) -> Any:
    return native_ids.get(person.user_id)
