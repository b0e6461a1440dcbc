"""When somebody last came to a course, and when its latest reading began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "c2b6f1704e98"
down_revision = "4f7a90c2d15e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("launched_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("sync_begun_at", UtcDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_contexts_sync_begun_at"), ["sync_begun_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contexts_sync_begun_at"))
        batch_op.drop_column("sync_begun_at")
        batch_op.drop_column("launched_on")
