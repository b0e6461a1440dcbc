"""Templates and addresses compiled once for all applications of a process.

Every application compiles its own, which a tool that runs does not notice; tests make a thousand applications, and this
was a third of the time of those that visit pages.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class _InMemory(BytecodeCache):
    """Compiled templates, by name and source."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@contextmanager
def compiled_once() -> Iterator[None]:
    """As long as this is open, what is compiled the same way is compiled once."""
    build: Any = Rule._compile_builder
    builds: dict[Hashable, Build] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Build:
        # What it makes depends on these alone: converters are looked up in the rule when an address is built.
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults, append_unknown)
        if key not in builds:
            builds[key] = build(rule, append_unknown)
        return builds[key]

    with (
        patch.object(Rule, "_compile_builder", remembered),
        patch.object(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _InMemory()}),
    ):
        yield
