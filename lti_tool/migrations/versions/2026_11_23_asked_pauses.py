"""Lanes tell a pause that the platform asked for from one that we make ourselves after failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "b7d20c5e9a14"
down_revision = "6d0c4be8a713"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("asked_until", UtcDateTime(), nullable=False, server_default="1970-01-01 00:00:00")
        )
    # Which pauses were asked for is not known: all that hold now are kept.
    op.execute("UPDATE lanes SET asked_until = not_before")


def downgrade() -> None:
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.drop_column("asked_until")
