"""An invitation may permit updating one registration instead of making a new one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5b1d0c7e92a4"
down_revision = "cc6eab658469"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_invitations_registration_id"),
            "registrations",
            ["registration_id"],
            ["id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_invitations_registration_id"), type_="foreignkey")
        batch_op.drop_column("registration_id")
