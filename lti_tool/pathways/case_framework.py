"""A framework of standards in CASE format: its entries, how they nest, and which of them are skills.

1EdTech Competencies and Academic Standards Exchange 1.1, information model, "CFPackage":
https://www.imsglobal.org/sites/default/files/spec/case/v1p1/information_model/caseservicev1p1_infomodelv1p0.html
Entries (`CFItems`) hang together by `CFAssociations`: the origin `isChildOf` the destination; the origin `precedes` the
destination. Frameworks nest domains, clusters and standards, so the entries without children are what one learns.

CASE holds skills with code, statement, level and order, and what comes before what. What it has no field for stands in
its own `extensions`, under "waymark": ids, goals, and activities. The specification leaves their names to the publisher.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lti_tool.pathways.problems import Problem

MARK = "waymark"
MOST_ITEMS = 20_000
LEAVES, ALL, MARKED = "leaves", "all", "marked"
IS_CHILD_OF, PRECEDES = "isChildOf", "precedes"
# Codes of "Education Level" in the Common Education Data Standards. Unconfirmed: frameworks also say "K" and "6".
_BEFORE_GRADE_1 = frozenset({"IT", "PR", "PK", "TK", "KG", "K"})
_GRADE = re.compile(r"0?[1-9]|1[0-3]")
Item = Mapping[str, Any]


class CaseError(ValueError):
    """This is no framework in CASE format, or one that cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Entries:
    """Which entries become skills: MARKED, LEAVES, ALL, or those of one `CFItemType`; of one grade, or of all.

    Empty means those that we marked when we wrote the file, and the leaves where nothing is marked.
    """

    kind: str = ""
    grade: int | None = None


@dataclass(frozen=True)
class Framework:
    """A package, looked at: entries by identifier in the order of the file, and the associations between nodes."""

    document: Mapping[str, Any]
    items: Mapping[str, Item]
    associations: Sequence[Mapping[str, Any]]

    def links(self, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Origin, destination and the association itself, of every association of one type."""
        for association in self.associations:
            if association.get("associationType") == kind:
                yield node(association, "originNodeURI"), node(association, "destinationNodeURI"), association

    @cached_property
    def parents(self) -> frozenset[str]:
        """Identifiers of the entries that have others below them."""
        return frozenset(
            above for below, above, _link in self.links(IS_CHILD_OF) if below in self.items and below != above
        )

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """All identifiers, depth first, children by their number; what hangs nowhere comes last."""
        children: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
        hung: set[str] = set()
        for place, (below, above, link) in enumerate(self.links(IS_CHILD_OF)):
            if below in self.items:
                number = link.get("sequenceNumber")
                at = float(number) if isinstance(number, int | float) else float("inf")
                children[above].append((at, place, below))
                if above in self.items:
                    hung.add(below)
        tops = [entry[2] for entry in sorted(children.get(str(self.document.get("identifier")), []))]
        waiting = [*reversed([*tops, *(name for name in self.items if name not in hung)])]
        found: dict[str, None] = {}
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += [entry[2] for entry in sorted(children[name], reverse=True)]
        return tuple(found) + tuple(name for name in self.items if name not in found)

    def chosen(self, entries: Entries) -> tuple[str, ...]:
        """Identifiers of the entries that become skills."""
        kind = entries.kind or (MARKED if any(marked_id(item) for item in self.items.values()) else LEAVES)
        return tuple(
            name
            for name in self.in_order
            if self._is(name, kind) and (entries.grade is None or grade_of(self.items[name]) == entries.grade)
        )

    def kinds(self) -> Counter[str]:
        """How many entries there are of each kind that the framework names."""
        return Counter(kind for item in self.items.values() if (kind := text_of(item, "CFItemType")))

    def _is(self, name: str, kind: str) -> bool:
        item = self.items[name]
        if kind == MARKED:
            return bool(marked_id(item))
        if kind == LEAVES:
            return name not in self.parents
        return kind == ALL or text_of(item, "CFItemType") == kind


def look_at(package: Any) -> Framework:
    """The framework in a package as JSON gives it. Raises CaseError."""
    inner = package.get("CFPackage", package) if isinstance(package, Mapping) else None
    document = inner.get("CFDocument") if isinstance(inner, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(document, Mapping):
        message = (
            "This JSON has no “CFDocument”. Export the whole framework as a CFPackage, and choose that file."
        )
        raise CaseError([Problem("case.no_package", message)])
    items, associations = (
        [] if inner.get(name) is None else inner[name] for name in ("CFItems", "CFAssociations")
    )
    problems: list[Problem] = []
    for name, entries in (("CFItems", items), ("CFAssociations", associations)):
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            problems.append(
                Problem("case.list", f"“{name}” must be a list of objects. Export the framework again.")
            )
        elif len(entries) > 4 * MOST_ITEMS or (entries is items and len(entries) > MOST_ITEMS):
            message = (
                f"The framework has {len(entries):,} {name}, more than can be read. Export a part of it."
            )
            problems.append(Problem("case.too_big", message))
    if problems:
        raise CaseError(problems)
    by_name: dict[str, Item] = {}
    for number, item in enumerate(items, start=1):
        name = text_of(item, "identifier")
        if not name:
            problems.append(
                Problem("case.identifier", f"Entry number {number} has no “identifier”; add one.")
            )
        elif name in by_name:
            message = f"Two entries have the identifier {name[:100]}; give each its own."
            problems.append(Problem("case.repeated", message))
        by_name[name] = item
    if problems:
        raise CaseError(problems)
    return Framework(document, by_name, associations)


def mark_of(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    """What we noted about a document, an entry or an association."""
    extensions = thing.get("extensions")
    mark = extensions.get(MARK) if isinstance(extensions, Mapping) else None
    return mark if isinstance(mark, Mapping) else {}


def marked_id(item: Item) -> str:
    """The id of the skill that we noted about an entry; empty where there is none."""
    return text_of(mark_of(item), "id")


def node(association: Mapping[str, Any], end: str) -> str:
    """The identifier of the node at one end of an association; empty where there is none."""
    found = association.get(end)
    return text_of(found, "identifier") if isinstance(found, Mapping) else ""


def text_of(thing: Mapping[str, Any], key: str) -> str:
    """A text, empty where there is none."""
    value = thing.get(key)
    return value.strip() if isinstance(value, str) else ""


def grade_of(item: Item) -> int | None:
    """The lowest school year of an entry; None where it says none that we know."""
    said = item.get("educationLevel")
    grades = [_grade(level) for level in (said if isinstance(said, list) else [said])]
    return min((grade for grade in grades if grade is not None), default=None)


def _grade(level: Any) -> int | None:
    word = level.strip().upper() if isinstance(level, str) else ""
    if word in _BEFORE_GRADE_1:
        return 0
    return int(word) if _GRADE.fullmatch(word) else None
