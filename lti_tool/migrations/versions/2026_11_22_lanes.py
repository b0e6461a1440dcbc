"""What worker processes share: lanes and turns; and outbox entries that are found by their platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "b7c41f9d2e60"
down_revision = "b18f64d2a7c0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lanes",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("under_way", sa.JSON(), nullable=False),
        sa.Column("careful", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("rate_set_at", UtcDateTime(), nullable=False),
        sa.Column("free_from", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_lanes_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_lanes")),
    )
    op.create_table(
        "turns",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turns")),
    )
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE outbox_entries SET registration_id = (SELECT deployments.registration_id FROM contexts"
        " JOIN deployments ON deployments.id = contexts.deployment_id"
        " WHERE contexts.id = outbox_entries.context_id)"
    )
    op.execute(
        "UPDATE outbox_entries SET next_attempt_at = '9999-01-01 00:00:00.000000' WHERE state = 'delivered'"
    )
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.alter_column("registration_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_outbox_entries_registration_id"),
            "registrations",
            ["registration_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_entries_registration_id_next_attempt_at_id"),
            ["registration_id", "next_attempt_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_outbox_entries_lease_until"), ["lease_until"], unique=False)
        batch_op.drop_index(batch_op.f("ix_outbox_entries_state_next_attempt_at"))


def downgrade() -> None:
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_entries_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )
        batch_op.drop_index(batch_op.f("ix_outbox_entries_lease_until"))
        batch_op.drop_index(batch_op.f("ix_outbox_entries_registration_id_next_attempt_at_id"))
        batch_op.drop_constraint(batch_op.f("fk_outbox_entries_registration_id"), type_="foreignkey")
        batch_op.drop_column("registration_id")
    op.drop_table("turns")
    op.drop_table("lanes")
