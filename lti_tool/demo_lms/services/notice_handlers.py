"""Platform Notification Service 1.0: where a tool says to which address it wants which notices."""

from urllib.parse import urlsplit

from flask import Blueprint, Response
from sqlalchemy import delete, select

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.launching import origins_of
from lti_tool.demo_lms.notices import send_hello
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call, answer, json_body, service_call
from lti_tool.demo_lms.tables import NoticeHandler

bp = Blueprint("notice_handlers", __name__, url_prefix="/lti/tools/<int:tool_id>/notice_handlers")
JSON = "application/json"


@bp.get("")
@service_call("notice handlers", vocab.NOTICE_HANDLERS_SCOPE)
def listed(call: Call, *, tool_id: int) -> Response:
    """Every notice type with its address, empty where the tool gave none."""
    _require_own(call, tool_id)
    query = select(NoticeHandler).where(NoticeHandler.tool_id == tool_id)
    handlers = {handler.notice_type: handler.handler for handler in call.session.scalars(query)}
    body = {
        "client_id": call.tool.client_id,
        "deployment_id": call.tool.deployment_id,
        "notice_handlers": [
            {"notice_type": kind, "handler": handlers.get(kind, "")} for kind in call.profile.notice_types
        ],
    }
    return answer(body, JSON)


@bp.put("")
@service_call("notice handlers", vocab.NOTICE_HANDLERS_SCOPE)
def subscribe(call: Call, *, tool_id: int) -> Response:
    """Set the address for one notice type; an empty one ends the subscription."""
    _require_own(call, tool_id)
    wanted = json_body(call, JSON)
    kind, address = wanted.get("notice_type"), wanted.get("handler")
    if kind not in call.profile.notice_types:
        raise Refusal(
            "notice.type",
            f"The notice_type must be one of {', '.join(call.profile.notice_types)}.",
            status=400,
        )
    if not isinstance(address, str) or (address and not _belongs(call, address)):
        raise Refusal(
            "notice.handler", "The handler must be on an address that the tool registered.", status=400
        )
    call.session.execute(
        delete(NoticeHandler).where(NoticeHandler.tool_id == tool_id, NoticeHandler.notice_type == kind)
    )
    if address:
        handler = NoticeHandler(tool_id=tool_id, notice_type=kind, handler=address)
        call.session.add(handler)
        call.session.flush()
        if kind == vocab.HELLO_WORLD_NOTICE:
            send_hello(call.session, call.platform, handler)
    return answer({"notice_type": kind, "handler": address}, JSON)


def _require_own(call: Call, tool_id: int) -> None:
    if tool_id != call.tool.id or not call.profile.notice_types:
        raise Refusal("service.other_tool", "This is another tool's address for notices.", status=404)


def _belongs(call: Call, address: str) -> bool:
    return urlsplit(address).netloc.lower() in {urlsplit(origin).netloc for origin in origins_of(call.tool)}
