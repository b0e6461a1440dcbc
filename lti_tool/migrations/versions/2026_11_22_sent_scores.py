"""What was sent to each cell, to tell a teacher's own value from ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d94be7a31c05"
down_revision = "81c0d5e9a7f3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_scores", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("may_replace", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("seen_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("resent_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        for name in ("resent_version", "seen_version", "may_replace", "sent_scores"):
            batch_op.drop_column(name)
