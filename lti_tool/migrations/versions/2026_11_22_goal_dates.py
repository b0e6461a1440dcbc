"""Dates of single goals, beside the one date for all goals of a course."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3a8e71c05db4"
down_revision = "c1f7a3e85d20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goal_dates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_goal_dates_context_id_contexts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_dates")),
        sa.UniqueConstraint("context_id", "skill_id", name=op.f("uq_goal_dates_context_id_skill_id")),
    )


def downgrade() -> None:
    op.drop_table("goal_dates")
