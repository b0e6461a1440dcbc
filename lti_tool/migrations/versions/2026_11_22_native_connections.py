"""Where a course's whole gradebook is by the LMS's own API, and the credential for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "81c0d5e9a7f3"
down_revision = "c2b6f1704e98"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "native_connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("course", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("encrypted_secret", sa.Text(), nullable=False),
        sa.Column("connected_by_id", sa.Integer(), nullable=True),
        sa.Column("connected_at", UtcDateTime(), nullable=False),
        sa.Column("native_ids", sa.JSON(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["connected_by_id"],
            ["people.id"],
            name=op.f("fk_native_connections_connected_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_native_connections_context_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_native_connections")),
        sa.UniqueConstraint("context_id", name=op.f("uq_native_connections_context_id")),
    )


def downgrade() -> None:
    op.drop_table("native_connections")
