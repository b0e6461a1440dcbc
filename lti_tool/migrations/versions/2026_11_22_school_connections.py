"""Credentials for whole platforms, teachers who sign in at their LMS, and where a column stands in its course."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "6e2f8a0b9d41"
down_revision = "d94be7a31c05"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "platform_connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("encrypted_secret", sa.Text(), nullable=True),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("encrypted_client_secret", sa.Text(), nullable=True),
        sa.Column("pasting", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_platform_connections_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_connections")),
        sa.UniqueConstraint(
            "registration_id",
            "root",
            "product",
            name=op.f("uq_platform_connections_registration_id_root_product"),
        ),
    )
    with op.batch_alter_table("native_connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("way", sa.String(length=32), nullable=False, server_default="pasted"))
        batch_op.add_column(sa.Column("encrypted_access", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("access_until", UtcDateTime(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_native_connections_way"), "way IN ('pasted', 'signed_in', 'school')"
        )
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("module", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("course_place", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_column("course_place")
        batch_op.drop_column("module")
    op.execute(sa.text("DELETE FROM native_connections WHERE way <> 'pasted'"))
    with op.batch_alter_table("native_connections", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_native_connections_way"), type_="check")
        batch_op.drop_column("access_until")
        batch_op.drop_column("encrypted_access")
        batch_op.drop_column("way")
    op.drop_table("platform_connections")
