"""Further ways for an approved step: which a course uses, and what each of them delivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "5c7e0b92d3a8"
down_revision = "6e2f8a0b9d41"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("previewed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("chosen_by_id", sa.Integer(), nullable=True),
        sa.Column("chosen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["people.id"], name=op.f("fk_channel_choices_chosen_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_channel_choices_context_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_choices")),
        sa.UniqueConstraint("context_id", "channel", name=op.f("uq_channel_choices_context_id_channel")),
    )
    op.create_table(
        "step_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("wanted_at", UtcDateTime(), nullable=False),
        sa.Column("in_place", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("effect", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sending",
                "delivered",
                "attention",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_due_at", UtcDateTime(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("delivered_version", sa.Integer(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.Column("problem_message", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_step_deliveries_context_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_step_deliveries_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_deliveries")),
        sa.UniqueConstraint(
            "context_id", "channel", "person_id", name=op.f("uq_step_deliveries_context_id_channel_person_id")
        ),
    )
    with op.batch_alter_table("step_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_deliveries_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_step_deliveries_state_next_attempt_at"),
            ["state", "next_attempt_at"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("step_deliveries")
    op.drop_table("channel_choices")
