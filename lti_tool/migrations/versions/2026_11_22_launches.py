"""Anonymous launches, submission reviews, course copies, notices, second factor, updates of registrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "cc6eab658469"
down_revision = "a399d98c1a6d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_recovery_codes_administrator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "administrator_id", "code_hash", name=op.f("uq_recovery_codes_administrator_id_code_hash")
        ),
    )
    op.create_table(
        "notice_services",
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("supported", sa.JSON(), nullable=False),
        sa.Column("subscribed", sa.JSON(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_notice_services_deployment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("deployment_id", name=op.f("pk_notice_services")),
    )
    with op.batch_alter_table("notice_services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_services_due_at"), ["due_at"], unique=False)

    op.create_table(
        "platform_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(length=255), nullable=False),
        sa.Column("notice_type", sa.String(length=64), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_platform_notices_deployment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_notices")),
        sa.UniqueConstraint(
            "deployment_id", "notice_id", name=op.f("uq_platform_notices_deployment_id_notice_id")
        ),
    )
    with op.batch_alter_table("platform_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_platform_notices_received_at"), ["received_at"], unique=False)

    op.create_table(
        "resource_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("activity_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["contexts.id"], name=op.f("fk_resource_links_context_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_links")),
        sa.UniqueConstraint(
            "context_id", "resource_link_id", name=op.f("uq_resource_links_context_id_resource_link_id")
        ),
    )
    with op.batch_alter_table("administrator_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("administrators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("encrypted_totp_secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("totp_confirmed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("totp_last_step", sa.Integer(), nullable=True))

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_at"), ["at"], unique=False)

    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("copied_from_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "copy_state",
                sa.Enum(
                    "offered",
                    "taken",
                    "declined",
                    name="copystate",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_contexts_copied_from_id"),
            "contexts",
            ["copied_from_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("launch_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("for_person_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("is_masquerading", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.alter_column("person_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_launch_sessions_for_person_id"),
            "people",
            ["for_person_id"],
            ["id"],
            ondelete="CASCADE",
        )

    with op.batch_alter_table("platform_key_sets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fresh_seconds", sa.Integer(), nullable=False, server_default="600"))

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("configuration_url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("updated_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_column("updated_at")
        batch_op.drop_column("configuration_url")

    with op.batch_alter_table("platform_key_sets", schema=None) as batch_op:
        batch_op.drop_column("fresh_seconds")

    with op.batch_alter_table("launch_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_launch_sessions_for_person_id"), type_="foreignkey")
        batch_op.alter_column("person_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("is_masquerading")
        batch_op.drop_column("for_person_id")

    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_contexts_copied_from_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_contexts_copystate"), type_="check")
        batch_op.drop_column("copy_state")
        batch_op.drop_column("copied_from_id")

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_at"))

    with op.batch_alter_table("administrators", schema=None) as batch_op:
        batch_op.drop_column("totp_last_step")
        batch_op.drop_column("totp_confirmed_at")
        batch_op.drop_column("encrypted_totp_secret")

    with op.batch_alter_table("administrator_sessions", schema=None) as batch_op:
        batch_op.drop_column("confirmed_at")

    op.drop_table("resource_links")
    with op.batch_alter_table("platform_notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_platform_notices_received_at"))

    op.drop_table("platform_notices")
    with op.batch_alter_table("notice_services", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_services_due_at"))

    op.drop_table("notice_services")
    op.drop_table("recovery_codes")
