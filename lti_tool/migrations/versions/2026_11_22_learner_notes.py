"""Notes of the staff about students, with what stood there before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "b5c1e70a94d2"
down_revision = "5d0b7e2c91fa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learner_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.String(length=1000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_learner_notes_context_id_contexts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_learner_notes_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_learner_notes_author_id_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_notes")),
    )
    with op.batch_alter_table("learner_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_notes_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_learner_notes_context_id_person_id"), ["context_id", "person_id"], unique=False
        )
    op.create_table(
        "learner_note_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=1000), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["learner_notes.id"],
            name=op.f("fk_learner_note_versions_note_id_learner_notes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_note_versions")),
    )
    with op.batch_alter_table("learner_note_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_note_versions_note_id"), ["note_id"], unique=False)


def downgrade() -> None:
    op.drop_table("learner_note_versions")
    op.drop_table("learner_notes")
