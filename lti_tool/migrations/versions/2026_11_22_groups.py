"""Group plans with their members, and wishes about pairs of students."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.db import UtcDateTime

revision = "d1c8a4f70b36"
down_revision = "d81f3a6c50b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lesson", sa.Integer(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("lesson >= 1", name=op.f("ck_group_plans_lessons_are_counted_from_one")),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_group_plans_context_id_contexts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.id"], name=op.f("fk_group_plans_made_by_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_plans")),
        sa.UniqueConstraint(
            "context_id",
            "day",
            "lesson",
            "section",
            "version",
            name=op.f("uq_group_plans_context_id_day_lesson_section_version"),
        ),
    )
    op.create_table(
        "group_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "member",
                "helper",
                "absent",
                "left_over",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.String(length=255), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(place IS NULL) = (part IN ('absent', 'left_over'))",
            name=op.f("ck_group_members_a_table_or_a_reason_for_none"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["group_plans.id"],
            name=op.f("fk_group_members_plan_id_group_plans"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_group_members_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("plan_id", "person_id", name=op.f("uq_group_members_plan_id_person_id")),
    )
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_members_person_id"), ["person_id"], unique=False)
    op.create_table(
        "pair_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "apart", "together", name="wishkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["contexts.id"],
            name=op.f("fk_pair_wishes_context_id_contexts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_pair_wishes_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["people.id"], name=op.f("fk_pair_wishes_other_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.id"], name=op.f("fk_pair_wishes_made_by_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_wishes")),
        sa.UniqueConstraint(
            "context_id", "person_id", "other_id", name=op.f("uq_pair_wishes_context_id_person_id_other_id")
        ),
    )
    with op.batch_alter_table("pair_wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pair_wishes_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pair_wishes_other_id"), ["other_id"], unique=False)


def downgrade() -> None:
    op.drop_table("pair_wishes")
    op.drop_table("group_members")
    op.drop_table("group_plans")
