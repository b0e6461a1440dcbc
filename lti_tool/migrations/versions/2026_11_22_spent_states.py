"""A login stores nothing any more; only states that were answered are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "badc82c692ee"
down_revision = "e3f1a86b40d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_states",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_states")),
    )
    with op.batch_alter_table("spent_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_states_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("login_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_states_expires_at"))

    op.drop_table("login_states")


def downgrade() -> None:
    op.create_table(
        "login_states",
        sa.Column("id", sa.INTEGER(), nullable=False),
        sa.Column("state_hash", sa.VARCHAR(length=64), nullable=False),
        sa.Column("nonce_hash", sa.VARCHAR(length=64), nullable=False),
        sa.Column("browser_hash", sa.VARCHAR(length=64), nullable=False),
        sa.Column("registration_id", sa.INTEGER(), nullable=False),
        sa.Column("target_link_uri", sa.TEXT(), nullable=False),
        sa.Column("storage_target", sa.VARCHAR(length=255), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("spent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_login_states_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_states")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_login_states_state_hash")),
    )
    with op.batch_alter_table("login_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_states_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("spent_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_states_expires_at"))

    op.drop_table("spent_states")
