"""Making, changing and deleting the registrations of tools."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.profiles import Profile
from lti_tool.demo_lms.tables import Column, Grade, ItemRow, ResourceLink, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDescription:
    """What a registration says about a tool, whichever way it came."""

    name: str
    initiate_login_uri: str
    redirect_uris: tuple[str, ...]
    jwks_uri: str
    target_link_uri: str
    scopes: tuple[str, ...]
    description: str = ""
    deep_linking_uri: str | None = None
    navigation_uri: str | None = None
    navigation_label: str | None = None
    share_names: bool = False
    share_email: bool = False
    custom: dict[str, Any] = field(default_factory=dict)
    message_custom: dict[str, Any] = field(default_factory=dict)


def register(
    session: Session, profile: Profile, described: ToolDescription, *, active: bool, now: datetime
) -> Tool:
    """A new tool with a client id and a deployment of its own."""
    number = (session.scalar(select(func.max(Tool.id))) or 0) + 1
    tool = Tool(
        id=number,
        client_id=profile.client_id(number),
        deployment_id=profile.deployment_id(number),
        name=described.name,
        description=described.description,
        active=active,
        initiate_login_uri=described.initiate_login_uri,
        redirect_uris=list(described.redirect_uris),
        jwks_uri=described.jwks_uri,
        target_link_uri=described.target_link_uri,
        deep_linking_uri=described.deep_linking_uri,
        navigation_uri=described.navigation_uri,
        navigation_label=described.navigation_label,
        in_course_navigation=described.navigation_uri is not None
        and profile.navigation_placement is not None,
        scopes=[scope for scope in profile.scopes if scope in described.scopes],
        share_names=described.share_names,
        share_email=described.share_email,
        custom=described.custom,
        message_custom=described.message_custom,
        created_at=now,
    )
    session.add(tool)
    session.flush()
    return tool


def update(tool: Tool, profile: Profile, described: ToolDescription) -> None:
    """Change a tool to what it says of itself now; its ids, its state and its places in the course stay."""
    tool.name, tool.description = described.name, described.description
    tool.initiate_login_uri = described.initiate_login_uri
    tool.redirect_uris = list(described.redirect_uris)
    tool.jwks_uri, tool.target_link_uri = described.jwks_uri, described.target_link_uri
    tool.deep_linking_uri = described.deep_linking_uri
    tool.navigation_uri, tool.navigation_label = described.navigation_uri, described.navigation_label
    tool.scopes = [scope for scope in profile.scopes if scope in described.scopes]
    tool.share_names, tool.share_email = described.share_names, described.share_email
    tool.custom, tool.message_custom = described.custom, described.message_custom


def delete_tool(session: Session, tool: Tool) -> None:
    """Remove a tool with its links, columns and scores."""
    links = select(ResourceLink.id).where(ResourceLink.tool_id == tool.id)
    columns = select(Column.id).where(Column.tool_id == tool.id)
    for grade in session.scalars(select(Grade).where(Grade.column_id.in_(columns))):
        session.delete(grade)
    for column in session.scalars(select(Column).where(Column.tool_id == tool.id)):
        session.delete(column)
    for item in session.scalars(select(ItemRow).where(ItemRow.link_id.in_(links))):
        session.delete(item)
    session.flush()
    session.delete(tool)
    session.flush()
