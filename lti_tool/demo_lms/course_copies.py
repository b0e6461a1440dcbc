"""Copies of a course: modules, links and columns come along under new identifiers, nobody's grades do.

Every copied course and link remembers its original, so that a tool can be told about ancestors (LTI Core 1.3, section 5.4.1.1
and appendix C). Tags and resource ids of columns are kept, as recorded from a Moodle 5.1 restoring a backup.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.content_items import add_link
from lti_tool.demo_lms.platform import Platform, random_token
from lti_tool.demo_lms.tables import (
    Column,
    CourseCopy,
    CourseRow,
    ItemRow,
    LinkCopy,
    ModuleRow,
    ResourceLink,
)

_COLUMN_MEMBERS = (
    "label",
    "score_maximum",
    "resource_id",
    "tag",
    "tool_id",
    "made_by_tool",
    "start_at",
    "end_at",
    "grades_released",
    "submission_review",
)


def copy_course(session: Session, platform: Platform, original: CourseRow) -> CourseRow:
    """A new course with everything of `original` but its people's grades (the caller commits)."""
    copied = CourseRow(
        public_id=random_token(), title=f"{original.title} (copy)", label=f"{original.label}-copy"
    )
    session.add(copied)
    session.flush()
    copied.public_id = platform.profile.context_id(copied.id)
    session.add(CourseCopy(course_id=copied.id, origin_id=original.id))
    links = _copy_links(session, platform, original, copied)
    items = _copy_modules(session, original, copied, links)
    for column in session.scalars(select(Column).where(Column.course_id == original.id).order_by(Column.id)):
        session.add(
            Column(
                course_id=copied.id,
                link_id=links.get(column.link_id or 0),
                item_id=items.get(column.item_id or 0),
                **{name: getattr(column, name) for name in _COLUMN_MEMBERS},
            )
        )
    session.flush()
    return copied


def course_history(session: Session, course: CourseRow) -> tuple[str, ...]:
    """The public ids of the courses that this one descends from, its own original first."""
    ancestors: list[str] = []
    copy = session.get(CourseCopy, course.id)
    while copy is not None:
        ancestors.append(session.get_one(CourseRow, copy.origin_id).public_id)
        copy = session.get(CourseCopy, copy.origin_id)
    return tuple(ancestors)


def link_history(session: Session, link: ResourceLink) -> tuple[str, ...]:
    """The public ids of the links that this one descends from, its own original first."""
    ancestors: list[str] = []
    copy = session.get(LinkCopy, link.id)
    while copy is not None:
        ancestors.append(copy.origin_public_id)
        copy = session.get(LinkCopy, copy.origin_id)
    return tuple(ancestors)


def _copy_links(
    session: Session, platform: Platform, original: CourseRow, copied: CourseRow
) -> dict[int, int]:
    """New links by the old ones' keys. Entries of the navigation are made anew when somebody opens them."""
    links: dict[int, int] = {}
    kept = platform.profile.copied_links_keep_custom
    query = select(ResourceLink).where(ResourceLink.course_id == original.id, ~ResourceLink.navigation)
    for link in list(session.scalars(query.order_by(ResourceLink.id))):
        new = add_link(
            session,
            platform,
            course_id=copied.id,
            tool=link.tool,
            title=link.title,
            url=link.url,
            custom=link.custom if kept else None,
            text=link.text,
        )
        new.in_window = link.in_window
        session.add(LinkCopy(link_id=new.id, origin_id=link.id, origin_public_id=link.public_id))
        links[link.id] = new.id
    return links


def _copy_modules(
    session: Session, original: CourseRow, copied: CourseRow, links: dict[int, int]
) -> dict[int, int]:
    """New items by the old ones' keys."""
    items: dict[int, int] = {}
    for module in list(session.scalars(select(ModuleRow).where(ModuleRow.course_id == original.id))):
        new_module = ModuleRow(course_id=copied.id, title=module.title, position=module.position)
        session.add(new_module)
        session.flush()
        for item in module.items:
            new_item = ItemRow(
                module_id=new_module.id,
                position=item.position,
                kind=item.kind,
                title=item.title,
                body=item.body,
                points=item.points,
                opens_at=item.opens_at,
                due_at=item.due_at,
                link_id=links.get(item.link_id or 0),
            )
            session.add(new_item)
            session.flush()
            items[item.id] = new_item.id
    return items
