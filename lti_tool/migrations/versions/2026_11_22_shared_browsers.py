"""Find the sessions of a browser and of a person quickly; mark those of test students."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9d27c41f6be0"
down_revision = "5b1d0c7e92a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("launch_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_launch_sessions_browser_hash"), ["browser_hash"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_launch_sessions_person_id_context_id"), ["person_id", "context_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("launch_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_launch_sessions_person_id_context_id"))
        batch_op.drop_index(batch_op.f("ix_launch_sessions_browser_hash"))
        batch_op.drop_column("is_test")
