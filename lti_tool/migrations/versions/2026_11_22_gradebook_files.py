"""Columns that a teacher brings in with a file, and what waits to be taken from one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "4f7a90c2d15e"
down_revision = "badc82c692ee"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source", sa.String(length=32), nullable=False, server_default="platform")
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_line_items_columnsource"), "source IN ('platform', 'file', 'native')"
        )

    op.create_table(
        "gradebook_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("launch_id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_gradebook_uploads_context_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["launch_id"],
            ["launch_sessions.id"],
            name=op.f("fk_gradebook_uploads_launch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_gradebook_uploads_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook_uploads")),
        sa.UniqueConstraint("launch_id", name=op.f("uq_gradebook_uploads_launch_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_gradebook_uploads_public_id")),
    )
    with op.batch_alter_table("gradebook_uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gradebook_uploads_created_at"), ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("gradebook_uploads")
    # An earlier version would take such a column for one that the platform may be asked about.
    op.execute(
        "DELETE FROM results WHERE line_item_id IN (SELECT id FROM line_items WHERE source <> 'platform')"
    )
    op.execute("DELETE FROM line_items WHERE source <> 'platform'")
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_line_items_columnsource"), type_="check")
        batch_op.drop_column("source")
