"""What evaluations of courses came to, in sums without people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "d81f3a6c50b7"
down_revision = "f2a96d0b47c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course_evaluations",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("evaluated_at", UtcDateTime(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("active_learners", sa.Integer(), nullable=False),
        sa.Column("calibration", sa.JSON(), nullable=False),
        sa.Column("uptake", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_course_evaluations_context_id_contexts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("context_id", name=op.f("pk_course_evaluations")),
    )


def downgrade() -> None:
    op.drop_table("course_evaluations")
