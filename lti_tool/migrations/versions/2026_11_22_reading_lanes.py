"""Readings share the lane of their platform with deliveries, and are tried again when it lets one through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "4e7a91d3c6f8"
down_revision = "d1c8a4f70b36"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waiting", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sync_nightly", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("sync_again_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.drop_column("sync_again_at")
        batch_op.drop_column("sync_nightly")
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.drop_column("waiting")
