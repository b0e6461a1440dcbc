"""The end of a course as its learning platform says it: a date to suggest for the goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6d0c4be8a713"
down_revision = "e94f3a1d7c60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contexts") as batch:
        batch.add_column(sa.Column("platform_ends_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contexts") as batch:
        batch.drop_column("platform_ends_on")
