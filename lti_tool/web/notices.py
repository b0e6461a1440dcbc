"""What just happened, said on the next page: a code in the address stands for a fixed sentence.

No cookie is needed for it, and an address that somebody made up can say nothing that is not written here.
"""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

_MOST = 10_000


def notice() -> str | None:
    """The sentence for the `done` code of this request, with its number `n` where it has one."""
    number = request.args.get("n", default=1, type=int)
    return _sentence(request.args.get("done", ""), min(max(number, 0), _MOST))


def _sentence(code: str, number: int) -> str | None:
    match code:
        case "approved":
            return _("Approved. The next step is on its way to the gradebook.")
        case "approved_all":
            return ngettext(
                "%(num)d next step approved. It is on its way to the gradebook.",
                "%(num)d next steps approved. They are on their way to the gradebook.",
                number,
            )
        case "swapped":
            return _("Swapped and approved. The next step is on its way to the gradebook.")
        case "vetoed":
            return _("Noted: not this one. Another next step is proposed.")
        case "undone":
            return ngettext("Taken back.", "%(num)d decisions taken back.", number)
        case "adopted":
            return _("The skill map is in use. Every student has a next step now.")
        case "reading":
            return _("Reading your course again.")
        case "sending":
            return _("Sending it again now.")
        case "chosen":
            return _("Good choice. This is your next step now.")
        case "finished":
            return _("Well done! Here is your next step.")
        case _:
            return None
