"""Check the lock files: every requirement pinned with hashes, no registry address, every direct dependency in."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?")


def folded(requirement: str) -> str:
    found = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found.group(1)).lower() if found else ""


def problems_of(lock: Path, wanted: set[str]) -> list[str]:
    text = lock.read_text(encoding="utf-8")
    problems = [
        f"{lock.name} contains an address: {line.strip()}" for line in text.splitlines() if "://" in line
    ]
    blocks = [block for block in re.split(r"\n(?=\S)", text) if block.strip()]
    problems += [
        f"{lock.name}: {block.split()[0]} is not pinned with hashes"
        for block in blocks
        if "==" not in block.split()[0] or "--hash=sha256:" not in block
    ]
    pinned = {folded(block) for block in blocks}
    problems += [f"{lock.name} lacks {name}; run: make lock" for name in sorted(wanted - pinned)]
    return problems


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = {folded(item) for item in project["project"]["dependencies"]}
    dev = {folded(item) for item in project["dependency-groups"]["dev"]}
    peer = {folded(item) for item in project["dependency-groups"]["peer"]}
    browsers = {folded(item) for item in project["dependency-groups"]["browsers"]}
    problems = problems_of(ROOT / "requirements.lock", runtime)
    problems += problems_of(ROOT / "requirements-dev.lock", runtime | dev)
    problems += problems_of(ROOT / "requirements-peer.lock", peer)
    problems += problems_of(ROOT / "requirements-browsers.lock", runtime | browsers)
    print("\n".join(problems) or "The lock files are in order.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
