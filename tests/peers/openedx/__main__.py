"""Run the site: `python -m tests.peers.openedx DATABASE` prints its address and serves until it is stopped."""

from __future__ import annotations

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass


def main() -> None:
    server = _Server(("127.0.0.1", 0), _Quiet)
    address = f"http://localhost:{server.server_port}"
    os.environ |= {
        "PEER_ADDRESS": address,
        "PEER_DATABASE": sys.argv[1],
        "DJANGO_SETTINGS_MODULE": "tests.peers.openedx.settings",
    }
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from tests.peers.openedx.pages import seed  # noqa: PLC0415  # needs Django to be set up

    seed()
    server.set_app(get_wsgi_application())
    print(address, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
