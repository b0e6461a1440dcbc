"""What a school's fit of the learner model found about activities: which go together, and how telling each is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2d8f41c6a97b"
down_revision = "7f31c8e05ba2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_activities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("skill_map_id", sa.String(length=100), nullable=False),
        sa.Column("companions", sa.JSON(), nullable=False),
        sa.Column("slopes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trial_id"],
            ["model_trials.id"],
            name=op.f("fk_model_activities_trial_id_model_trials"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_activities")),
        sa.UniqueConstraint(
            "trial_id", "skill_map_id", name=op.f("uq_model_activities_trial_id_skill_map_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("model_activities")
