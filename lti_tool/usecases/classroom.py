"""One course as the learning core sees it: roster, skill map, evidence, estimates and standing wishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import NotVisible
from lti_tool.models.class_rules import ClassActivity, LearnerAccommodations
from lti_tool.models.courses import Context, LearnerProfile, Membership, Person
from lti_tool.models.diagnostics import Diagnostic
from lti_tool.models.gradebook import LineItem
from lti_tool.models.learning import Directive, DirectiveKind, Proposal
from lti_tool.pathways.accommodations import NONE, Accommodations
from lti_tool.pathways.answers import answers_of
from lti_tool.pathways.ease import Ease
from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import MasteryEstimate, Standing, standing_of
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommender import may_be_pinned
from lti_tool.pathways.school import SchoolModel
from lti_tool.pathways.skill_map import Format, Host, SkillMap
from lti_tool.usecases.adopted_map import AdoptedMap, required_map
from lti_tool.usecases.class_activities import class_activities, nobodys_own, own_minutes
from lti_tool.usecases.course_rules import CourseRules, course_rules
from lti_tool.usecases.evidence_records import evidence_by_learner
from lti_tool.usecases.school_model import model_in_use


@dataclass(frozen=True)  # not slotted: what follows from the fields is computed once, on first use
class Classroom:
    """Everything that deciding about a course needs, loaded once.

    `learners` are active and real students; `test_keys` are the platform's test students, whose own pages
    work like all others but say nothing about the class.
    """

    context: Context
    adopted: AdoptedMap
    learners: tuple[Person, ...]
    test_keys: frozenset[int]
    evidence: Mapping[int, tuple[Evidence, ...]]
    directives: tuple[Directive, ...]
    profiles: Mapping[int, LearnerProfile]
    accommodations: Mapping[int, Accommodations]
    class_activities: tuple[ClassActivity, ...]
    column_activities: frozenset[str]
    finished: Mapping[int, Mapping[str, datetime]]
    school: SchoolModel
    diagnosed: Mapping[int, frozenset[str]]
    rules: CourseRules
    now: datetime

    @property
    def parameters(self) -> Parameters:
        """The weights of the learner model that the school uses."""
        return self.school.parameters

    @property
    def skill_map(self) -> SkillMap:
        """The course's skill map."""
        return self.adopted.skill_map

    @cached_property
    def policy(self) -> Policy:
        """The recommender's limits and weights, as this course and its school chose them."""
        return self.rules.choices.policy(self.parameters, self.rules.version)

    @cached_property
    def ease(self) -> Ease:
        """How easy activities and skills are for this class."""
        return ease_for(
            [
                answer
                for key, pieces in self.evidence.items()
                if key not in self.test_keys
                for answer in answers_of(pieces, self.skill_map, self.parameters)
            ],
            self.parameters,
        )

    @cached_property
    def closed(self) -> frozenset[str]:
        """Quizzes of the LMS that this course's gradebook does not have: nobody could open them."""
        return frozenset(
            activity.id
            for activity in self.skill_map.activities
            if activity.hosted is Host.LMS
            and activity.format is Format.QUIZ
            and activity.id not in self.column_activities
        )

    @cached_property
    def together(self) -> frozenset[str]:
        """What the class does together, so that it is nobody's own step: until its day, and a while after."""
        return nobodys_own(
            self.class_activities, today=self.now.date(), for_days=self.policy.repeat_after_days
        )

    @cached_property
    def not_before_its_day(self) -> frozenset[str]:
        """What the class does together on a day to come."""
        return nobodys_own(self.class_activities, today=self.now.date(), for_days=0)

    @cached_property
    def minutes_today(self) -> int | None:
        """The minutes for an own step: as usual in this course, or what today's shared activities leave; None is any."""
        left = own_minutes(self.class_activities, today=self.now.date())
        return min((each for each in (left, self.rules.choices.minutes) if each is not None), default=None)

    def accommodations_of(self, person_key: int) -> Accommodations:
        """What has to be kept for one learner."""
        return self.accommodations.get(person_key, NONE)

    def may_be_own_step(self, person_key: int, activity_id: str | None) -> bool:
        """Whether no accommodation and no shared activity is against it, which nobody's decision changes."""
        if activity_id is None or not self.skill_map.has_activity(activity_id):
            return True
        suits = self.accommodations_of(person_key).suits(self.skill_map.activity(activity_id))
        return suits and activity_id not in self.together

    @cached_property
    def estimates(self) -> Mapping[int, Mapping[str, MasteryEstimate]]:
        """Mastery estimates of every learner, by person key."""
        return {learner.id: self.estimates_of(learner) for learner in self.learners}

    def learner(self, person_key: int) -> Person:
        """The student with this key. Raises NotVisible `student.not_found` for anybody else's."""
        return _among(self.learners, person_key)

    def estimates_of(self, learner: Person) -> Mapping[str, MasteryEstimate]:
        """One learner's mastery estimates, by skill id."""
        return self._standing(learner).estimates

    def state_of(self, learner: Person) -> LearnerState:
        """One learner's situation for the recommender."""
        mine = [directive for directive in self.directives if directive.person_id == learner.id]

        def subjects(kind: DirectiveKind) -> list[str]:
            return [directive.subject for directive in mine if directive.kind is kind]

        profile = self.profiles.get(learner.id)
        return LearnerState(
            learner_id=str(learner.id),
            estimates=self.estimates_of(learner),
            evidence=self.evidence.get(learner.id, ()),
            done=self.finished.get(learner.id, {}),
            vetoed=frozenset(subjects(DirectiveKind.VETO)),
            pinned=self.pinned(learner),
            waived=frozenset(subjects(DirectiveKind.WAIVE)),
            placed=self._placed(learner),
            interests=frozenset(profile.interests) if profile else frozenset(),
            favourite_goal=(profile.favourite_goal or None) if profile else None,
            closed=self.closed,
            together=self.together,
            accommodations=self.accommodations_of(learner.id),
            minutes=self.minutes_today,
            challenge=profile.challenge if profile else 0.0,
            ease=self.school.ease_of_activities(
                self._standing(learner).record,
                self.skill_map,
                learner_id=str(learner.id),
                ease=self.ease,
                now=self.now,
            ),
        )

    def first_evidence(self, learner: Person) -> Mapping[str, datetime]:
        """When each skill of one learner was met first, by skill id; worked out once."""
        found = self._first_evidence.get(learner.id)
        if found is None:
            found = self._first_evidence[learner.id] = {}
            for piece in self.evidence.get(learner.id, ()):
                for skill_id in self.skill_map.activity(piece.activity_id).skills:
                    found.setdefault(skill_id, piece.occurred_at)
        return found

    @cached_property
    def _first_evidence(self) -> dict[int, dict[str, datetime]]:
        return {}

    def pinned(self, learner: Person) -> str | None:
        """The activity that a teacher wants next for one learner, as long as that holds."""
        pins = [
            directive.subject
            for directive in self.directives
            if directive.person_id == learner.id and directive.kind is DirectiveKind.PIN
            if self.pin_holds(directive)
        ]
        return pins[-1] if pins else None

    def may_be_pinned(self, learner: Person, activity_id: str) -> bool:
        """Whether a pin of this activity would be followed now: some rules even a teacher's choice does not override."""
        return may_be_pinned(activity_id, self.state_of(learner), self.skill_map, self.policy, now=self.now)

    def pin_holds(self, pin: Directive) -> bool:
        """Whether its day is not over, the skill map has the activity, and it was not done since."""
        if not self.skill_map.has_activity(pin.subject):
            return False
        if pin.until is not None and pin.until < self.now.date():
            return False
        said = self.finished.get(pin.person_id, {}).get(pin.subject)
        if said is not None and said > pin.created_at:
            return False
        return not any(
            piece.activity_id == pin.subject
            and piece.occurred_at > pin.created_at
            and piece.source is not Source.DIAGNOSTIC  # a question or two of it
            for piece in self.evidence.get(pin.person_id, ())
        )

    def _standing(self, learner: Person) -> Standing:
        """Where one learner stands; worked out once, whichever page asks for what."""
        found = self._standings.get(learner.id)
        if found is None:
            found = self._standings[learner.id] = standing_of(
                self.evidence.get(learner.id, ()),
                self.skill_map,
                model=self.school.with_ease(self.ease),
                now=self.now,
                threshold=self.policy.threshold,
            )
        return found

    @cached_property
    def _standings(self) -> dict[int, Standing]:
        return {}

    def _placed(self, learner: Person) -> frozenset[str]:
        """The skills that first questions showed as known; a score since then speaks for itself."""
        spoken_of = {
            skill_id
            for piece in self.evidence.get(learner.id, ())
            if piece.source is not Source.DIAGNOSTIC
            for skill_id in self.skill_map.activity(piece.activity_id).skills
        }
        return self.diagnosed.get(learner.id, frozenset()) - spoken_of


def open_classroom(session: Session, *, context: Context, now: datetime) -> Classroom:
    """Load the course. Raises Fixable `course.not_set_up` before a skill map was accepted."""
    adopted = required_map(session, context)
    return Classroom(
        context=context,
        adopted=adopted,
        learners=active_learners(session, context),
        test_keys=frozenset(
            session.scalars(
                select(Membership.person_id).where(Membership.context_id == context.id, Membership.is_test)
            )
        ),
        evidence=evidence_by_learner(session, context=context, skill_map=adopted.skill_map),
        directives=tuple(
            session.scalars(
                select(Directive)
                .where(Directive.context_id == context.id, Directive.lifted_at.is_(None))
                .order_by(Directive.id)
            )
        ),
        profiles={
            profile.person_id: profile
            for profile in session.scalars(
                select(LearnerProfile).where(LearnerProfile.context_id == context.id)
            )
        },
        accommodations={
            row.person_id: row.values
            for row in session.scalars(
                select(LearnerAccommodations).where(LearnerAccommodations.context_id == context.id)
            )
        },
        class_activities=class_activities(session, context, adopted.skill_map),
        column_activities=frozenset(
            activity_id
            for activity_id in session.scalars(
                select(LineItem.activity_id).where(LineItem.context_id == context.id, LineItem.present)
            )
            if activity_id
        ),
        finished=_finished(session, context),
        school=model_in_use(session, context.deployment.registration_id, adopted.skill_map.id),
        diagnosed=_diagnosed(session, context, adopted.skill_map),
        rules=course_rules(session, context),
        now=now,
    )


def active_learners(session: Session, context: Context) -> tuple[Person, ...]:
    """The students of the course by name; test students and people who left are not among them."""
    memberships = session.scalars(
        select(Membership)
        .options(joinedload(Membership.person))
        .where(
            Membership.context_id == context.id,
            Membership.active,
            Membership.is_learner,
            Membership.is_test.is_(False),
        )
    )
    people = [membership.person for membership in memberships if membership.person.disabled_at is None]
    return tuple(
        sorted(people, key=lambda person: (person.family_name.casefold(), person.name.casefold(), person.id))
    )


def learner_of(session: Session, context: Context, person_key: int) -> Person:
    """The student of the course with this key. Raises NotVisible `student.not_found` for anybody else's."""
    return _among(active_learners(session, context), person_key)


def _among(learners: tuple[Person, ...], person_key: int) -> Person:
    for learner in learners:
        if learner.id == person_key:
            return learner
    raise NotVisible("student.not_found", "There is no such student in this course.")


def _finished(session: Session, context: Context) -> Mapping[int, Mapping[str, datetime]]:
    """Activities that learners said they did, by person and activity, with the latest time."""
    finished: dict[int, dict[str, datetime]] = defaultdict(dict)
    rows = session.execute(  # without the ledgers, which are large
        select(
            Proposal.person_id,
            Proposal.chosen,
            Proposal.done_at,
            Proposal.recommendation["options"].label("options"),
        )
        .where(Proposal.context_id == context.id, Proposal.done_at.is_not(None))
        .order_by(Proposal.done_at)
    )
    for row in rows:
        activity_id = row.options[row.chosen]["activity_id"]
        if activity_id:
            finished[row.person_id][activity_id] = row.done_at
    return finished


def _diagnosed(session: Session, context: Context, skill_map: SkillMap) -> Mapping[int, frozenset[str]]:
    """The skills that each learner's latest first questions showed as known, by person."""
    sittings = session.execute(
        select(Diagnostic.person_id, Diagnostic.placed)
        .where(Diagnostic.context_id == context.id)
        .order_by(Diagnostic.id)
    )
    return {person_id: frozenset(filter(skill_map.has_skill, placed)) for person_id, placed in sittings}
