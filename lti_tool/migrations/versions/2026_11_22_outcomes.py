"""Outcomes that teachers judge in the LMS, their results, and whether a connection reads them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "f2a96d0b47c3"
down_revision = "2d8f41c6a97b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learning_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("statement", sa.String(length=255), nullable=False),
        sa.Column("mastered", sa.Float(), nullable=True),
        sa.Column("skill_id", sa.String(length=255), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_learning_outcomes_context_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_outcomes")),
        sa.UniqueConstraint("context_id", "key", name=op.f("uq_learning_outcomes_context_id_key")),
    )
    op.create_table(
        "outcome_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("work", sa.String(length=64), nullable=False),
        sa.Column("line_item_id", sa.Integer(), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("platform_time", UtcDateTime(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_item_id"],
            ["line_items.id"],
            name=op.f("fk_outcome_results_line_item_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["learning_outcomes.id"],
            name=op.f("fk_outcome_results_outcome_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_outcome_results_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_results")),
        sa.UniqueConstraint(
            "outcome_id", "person_id", "work", name=op.f("uq_outcome_results_outcome_id_person_id_work")
        ),
    )
    with op.batch_alter_table("outcome_results", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcome_results_person_id"), ["person_id"], unique=False)
    with op.batch_alter_table("native_connections", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("with_outcomes", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("outcomes_read_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("outcomes_problem", sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("native_connections", schema=None) as batch_op:
        batch_op.drop_column("outcomes_problem")
        batch_op.drop_column("outcomes_read_at")
        batch_op.drop_column("with_outcomes")
    op.drop_table("outcome_results")
    # What was made of them is no evidence that an older version knows.
    op.execute(sa.text("DELETE FROM evidence WHERE source = 'outcome'"))
    op.drop_table("learning_outcomes")
