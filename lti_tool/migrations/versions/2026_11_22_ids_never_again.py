"""Let SQLite give no number of a platform or person a second time, as PostgreSQL does anyway.

The audit log names them by number, and both can be deleted. SQLite has to build the two tables anew for it.
"""

from __future__ import annotations

from alembic import op

revision = "b18f64d2a7c0"
down_revision = "a7d3e05c9b14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(never_again=True)


def downgrade() -> None:
    _rebuild(never_again=False)


def _rebuild(*, never_again: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in ("registrations", "people"):
        with op.batch_alter_table(
            table, recreate="always", table_kwargs={"sqlite_autoincrement": never_again}
        ):
            pass
