"""A teacher's standing wish may hold until a day, and says who ended it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c7d20b6f18a3"
down_revision = "b5c1e70a94d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("directives", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("lifted_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_directives_lifted_by_people"),
            "people",
            ["lifted_by"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("directives", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_directives_lifted_by_people"), type_="foreignkey")
        batch_op.drop_column("lifted_by")
        batch_op.drop_column("until")
