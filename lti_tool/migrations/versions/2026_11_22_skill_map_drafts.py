"""A skill map that a teacher works on before it is put to use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "8d41f6a7c3b0"
down_revision = "6e0c95b7d1f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skill_map_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_skill_map_drafts_context_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_skill_map_drafts_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_map_drafts")),
        sa.UniqueConstraint("context_id", "person_id", name=op.f("uq_skill_map_drafts_context_id_person_id")),
    )
    with op.batch_alter_table("skill_map_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skill_map_drafts_changed_at"), ["changed_at"], unique=False)


def downgrade() -> None:
    op.drop_table("skill_map_drafts")
