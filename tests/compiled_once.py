"""Templates, addresses and queries compiled once for all applications and databases of a process.

Every application and every database compiles its own, which a tool that runs does not notice; tests make a thousand of
them, and this was half of the time of those that visit pages.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_COMPILED = ("_parts", "_trace", "_converters", "arguments")
_BUILDERS = ("_build", "_build_unknown")


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
    with (
        _addresses(),
        _queries(),
        patch.object(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _InMemory()}),
    ):
        yield


@contextmanager
def _addresses() -> Iterator[None]:
    compile_: Any = Rule.compile
    kept: dict[Hashable, dict[str, Any]] = {}

    def remembered(rule: Any) -> None:
        # What it makes depends on these alone.
        defaults = tuple(sorted((rule.defaults or {}).items()))
        converters = frozenset(rule.map.converters.items())
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults, converters)
        if key in kept:
            rule.__dict__ |= kept[key]
        else:
            compile_(rule)
            kept[key] = {name: rule.__dict__[name] for name in _COMPILED} | {
                name: rule.__dict__[name].__func__ for name in _BUILDERS
            }
        for name in _BUILDERS:
            rule.__dict__[name] = kept[key][name].__get__(rule, None)

    with patch.object(Rule, "compile", remembered):
        yield


@contextmanager
def _queries() -> Iterator[None]:
    """SQLAlchemy remembers what it compiled by the query and the object that stands for the kind of database.

    Here two such objects of one kind are the same, and all engines remember in one place.
    """
    kept: LRUCache[Any, Any] = LRUCache(5000)
    memory = property(lambda _engine: kept, lambda _engine, _its_own: None)

    def kind(dialect: Any) -> tuple[object, ...]:
        return type(dialect), dialect.paramstyle

    def same(dialect: Any, other: Any) -> bool:
        return isinstance(other, DefaultDialect) and kind(dialect) == kind(other)

    with (
        patch.object(Engine, "_compiled_cache", memory, create=True),
        patch.object(DefaultDialect, "__eq__", same),
        patch.object(DefaultDialect, "__hash__", lambda dialect: hash(kind(dialect))),
    ):
        yield
