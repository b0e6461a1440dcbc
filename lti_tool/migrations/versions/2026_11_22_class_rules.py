"""Accommodations in a table of their own instead of free words in the profile, and what a class does together.

Nothing ever wrote the words in the profile, so there is nothing to take over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "8b25e6f0c91d"
down_revision = "f4b83d90a17e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.drop_column("accommodations")
    op.create_table(
        "learner_accommodations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("blocked_formats", sa.JSON(), nullable=False),
        sa.Column("blocked_modes", sa.JSON(), nullable=False),
        sa.Column("time_factor", sa.Float(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "time_factor IN (1, 1.25, 1.5, 2)", name=op.f("ck_learner_accommodations_known_time_factor")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["people.id"],
            name=op.f("fk_learner_accommodations_changed_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_learner_accommodations_context_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_learner_accommodations_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_accommodations")),
        sa.UniqueConstraint(
            "context_id", "person_id", name=op.f("uq_learner_accommodations_context_id_person_id")
        ),
    )
    with op.batch_alter_table("learner_accommodations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_accommodations_person_id"), ["person_id"], unique=False)
    op.create_table(
        "class_activities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.String(length=255), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("lesson", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("own_minutes", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("moved_from_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("lesson >= 1", name=op.f("ck_class_activities_lessons_are_counted_from_one")),
        sa.CheckConstraint(
            "minutes >= 1 AND own_minutes >= 0", name=op.f("ck_class_activities_minutes_are_counted")
        ),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_class_activities_context_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["people.id"],
            name=op.f("fk_class_activities_created_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["moved_from_id"],
            ["class_activities.id"],
            name=op.f("fk_class_activities_moved_from_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_activities")),
    )
    with op.batch_alter_table("class_activities", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_class_activities_context_id_on_day"), ["context_id", "on_day"], unique=False
        )
        batch_op.create_index(
            "uq_class_activities_standing",
            ["context_id", "activity_id", "on_day"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("class_activities")
    op.drop_table("learner_accommodations")
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accommodations", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.alter_column("accommodations", server_default=None)
