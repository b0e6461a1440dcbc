"""Whether the latest roster named somebody, so that a reading without changes writes no row for each person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2d9b64c8f0a7"
down_revision = "3a8e71c05db4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_column("listed")
