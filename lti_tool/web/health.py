"""The plain liveness answer: the only page that anybody may see."""

from __future__ import annotations

from flask import Blueprint

health = Blueprint("health", __name__)


@health.get("/health")
def alive() -> tuple[str, dict[str, str]]:
    """Answers "ok" while the process serves requests; says nothing else."""
    return "ok", {"Content-Type": "text/plain; charset=utf-8"}
