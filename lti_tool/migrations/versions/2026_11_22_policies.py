"""What courses and schools choose, in versions; bulk decisions that can be taken back; withdrawals.

A threshold that a course had moves to its first version. Existing courses stay in their mode.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "e90b4d27f1a6"
down_revision = "8b25e6f0c91d"
branch_labels = None
depends_on = None

_SHIPPED_THRESHOLD = 0.70
_KINDS = ("approve", "swap", "veto", "undo")


def upgrade() -> None:
    op.create_table(
        "course_policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_course_policies_context_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["people.id"],
            name=op.f("fk_course_policies_changed_by"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_policies")),
        sa.UniqueConstraint("context_id", "version", name=op.f("uq_course_policies_context_id_version")),
    )
    op.create_table(
        "platform_policies",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("locked", sa.JSON(), nullable=False),
        sa.Column("highest_mode", _modes("highest_mode"), nullable=False),
        sa.Column("first_mode", _modes("first_mode"), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_platform_policies_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_platform_policies")),
    )
    _keep_thresholds()
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_contexts_threshold_is_a_share"), type_="check")
        batch_op.drop_column("threshold")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("later_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("before", sa.JSON(none_as_null=True), nullable=True))
    _allow_decisions(*_KINDS, "pin", "later")
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdraws", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.alter_column("withdraws", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("outbox_entries", schema=None) as batch_op:
        batch_op.drop_column("withdraws")
    op.execute("DELETE FROM decisions WHERE kind IN ('pin', 'later')")
    _allow_decisions(*_KINDS)
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_column("before")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_column("later_at")
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("threshold", sa.Float(), nullable=False, server_default=str(_SHIPPED_THRESHOLD))
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_contexts_threshold_is_a_share"), "threshold > 0 AND threshold < 1"
        )
    with op.batch_alter_table("contexts", schema=None) as batch_op:
        batch_op.alter_column("threshold", existing_type=sa.Float(), server_default=None)
    _give_thresholds_back()
    op.drop_table("platform_policies")
    op.drop_table("course_policies")


def _modes(name: str) -> sa.Enum:
    return sa.Enum(
        *("observe", "suggest", "write_back"),
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
    )


def _allow_decisions(*kinds: str) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_decisions_decisionkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_decisions_decisionkind"), f"kind IN ({allowed})")


_contexts = sa.table("contexts", sa.column("id", sa.Integer()), sa.column("threshold", sa.Float()))
_policies = sa.table(
    "course_policies",
    sa.column("id", sa.Integer()),
    sa.column("context_id", sa.Integer()),
    sa.column("version", sa.Integer()),
    sa.column("choices", sa.JSON()),
    sa.column("changed_at", UtcDateTime()),
)


def _keep_thresholds() -> None:
    connection = op.get_bind()
    chosen = connection.execute(sa.select(_contexts).where(_contexts.c.threshold != _SHIPPED_THRESHOLD)).all()
    for context_id, threshold in chosen:
        connection.execute(
            _policies.insert().values(context_id=context_id, version=1, choices={"threshold": threshold})
        )


def _give_thresholds_back() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(_policies).order_by(_policies.c.version)).all()
    newest = {row.context_id: row.choices.get("threshold") for row in rows}
    for context_id, threshold in newest.items():
        if threshold is not None:
            connection.execute(
                _contexts.update().where(_contexts.c.id == context_id).values(threshold=threshold)
            )
