"""Fits of the learner model to a school's own evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "6e0c95b7d1f2"
down_revision = "b7c41f9d2e60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("loss_in_use", sa.Float(), nullable=False),
        sa.Column("loss_fitted", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_model_trials_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_trials")),
        sa.UniqueConstraint(
            "registration_id", "version", name=op.f("uq_model_trials_registration_id_version")
        ),
    )
    with op.batch_alter_table("model_trials", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_trials_registration_id_tried_at"),
            ["registration_id", "tried_at"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("model_trials")
