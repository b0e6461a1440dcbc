"""Time-limited access to names, and permissions to save one person's records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "a7d3e05c9b14"
down_revision = "5c7e0b92d3a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "name_accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "family",
                "school",
                "incident",
                name="accessreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_name_accesses_administrator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_name_accesses_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_accesses")),
    )
    with op.batch_alter_table("name_accesses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_name_accesses_administrator_id"), ["administrator_id"], unique=False
        )
    op.create_table(
        "learner_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_learner_exports_administrator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_learner_exports_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_exports")),
    )
    with op.batch_alter_table("learner_exports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_learner_exports_administrator_id"), ["administrator_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("learner_exports")
    op.drop_table("name_accesses")
