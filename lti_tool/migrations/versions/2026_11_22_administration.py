"""Count wrong codes of administrators; let the database itself keep the audit log append-only.

An entry can be deleted once it is three years old, which is how long the log is kept; nothing else about
it can ever be changed. Building the table anew, as SQLite does for some changes of a schema, would lose the
triggers: a migration that does so must make them again (tests/launch/test_audit.py would notice).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "e3f1a86b40d7"
down_revision = "9d27c41f6be0"
branch_labels = None
depends_on = None

_SQLITE = (
    """CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
    WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '3 years' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'the audit log is append-only';
    END $$""",
    """CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only()""",
    """CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only()""",
)
_SQLITE_BACK = ("DROP TRIGGER audit_entries_no_delete", "DROP TRIGGER audit_entries_no_update")
_POSTGRESQL_BACK = (
    "DROP TRIGGER audit_entries_no_truncate ON audit_entries",
    "DROP TRIGGER audit_entries_no_change ON audit_entries",
    "DROP FUNCTION audit_entries_append_only()",
)


def upgrade() -> None:
    with op.batch_alter_table("administrators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failed_codes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("failed_code_at", UtcDateTime(), nullable=True))
    for statement in _SQLITE if _is_sqlite() else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for statement in _SQLITE_BACK if _is_sqlite() else _POSTGRESQL_BACK:
        op.execute(statement)
    with op.batch_alter_table("administrators", schema=None) as batch_op:
        batch_op.drop_column("failed_code_at")
        batch_op.drop_column("failed_codes")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
