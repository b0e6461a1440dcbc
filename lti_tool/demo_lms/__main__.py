"""`python -m lti_tool.demo_lms --port 8081 --profile strict --database var/demo/lms.sqlite --address http://localhost:8081`"""

import argparse
import sys

from lti_tool.demo_lms.profiles import PROFILES
from lti_tool.demo_lms.server import CannotStartError, serve, settings_from


def main() -> int:
    """Run the demo LMS; exit code 2 with one sentence where it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m lti_tool.demo_lms", description="A small LTI 1.3 platform to try tools with."
    )
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--profile", default="strict", help=f"one of {', '.join(PROFILES)}")
    parser.add_argument("--database", default="var/demo/lms.sqlite")
    parser.add_argument(
        "--address", help="where browsers and tools reach it (default: http://localhost:PORT)"
    )
    chosen = parser.parse_args()
    address = chosen.address or f"http://localhost:{chosen.port}"
    try:
        serve(
            settings_from(address=address, database=chosen.database, profile=chosen.profile),
            host=chosen.host,
            port=chosen.port,
        )
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
