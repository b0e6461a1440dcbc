"""The goal that matters most to a student, and how many steps a student wants to finish in a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f4b83d90a17e"
down_revision = "4e7a91d3c6f8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("favourite_goal", sa.String(length=255), nullable=False, server_default="")
        )
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.alter_column("favourite_goal", server_default=None)
    op.create_table(
        "weekly_goals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.CheckConstraint("steps >= 1 AND steps <= 10", name=op.f("ck_weekly_goals_steps_in_range")),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_weekly_goals_context_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_weekly_goals_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_goals")),
        sa.UniqueConstraint(
            "context_id", "person_id", "monday", name=op.f("uq_weekly_goals_context_id_person_id_monday")
        ),
    )
    with op.batch_alter_table("weekly_goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_weekly_goals_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("weekly_goals")
    with op.batch_alter_table("learner_profiles", schema=None) as batch_op:
        batch_op.drop_column("favourite_goal")
