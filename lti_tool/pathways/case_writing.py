"""From the document of a skill map to a framework in CASE 1.1 format, or back into the one that it was read from.

An entry of a framework that came from elsewhere keeps everything that we do not change, and its identifier; entries,
associations and definitions that are no skills of ours stay. What is new gets an identifier that follows from its id
(UUID version 5, RFC 9562), so that writing twice gives the same. A `uri` is needed and nothing of ours serves one on
the web, so it is the identifier as a URN (unconfirmed whether every reader takes that).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from lti_tool.pathways.case_framework import (
    IS_CHILD_OF,
    MARK,
    PRECEDES,
    Framework,
    look_at,
    mark_of,
    marked_id,
    text_of,
)
from lti_tool.pathways.case_reading import skill_row as row_of_item
from lti_tool.pathways.content import PrerequisiteKind, Skill
from lti_tool.pathways.skill_map import SkillMap, read_skill_map
from lti_tool.pathways.skill_map_document import skill_row

_OURS = uuid5(NAMESPACE_URL, "urn:waymark:skill-map")


def write_case(document: Mapping[str, Any], *, changed_at: datetime) -> dict[str, Any]:
    """The package; what is new or changed in it carries the time `changed_at`."""
    skill_map = read_skill_map(document)
    moment = changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    package = _package(document, skill_map, moment)
    framework = look_at(package)
    writer = _Writer(framework, skill_map, text_of(framework.document, "identifier"), moment)
    mark = {"map": dict(document["map"]), "activities": list(document.get("activities", []))}
    return package | {
        "CFDocument": _noted(framework.document, mark),
        "CFItems": writer.items(),
        "CFAssociations": writer.associations(),
    }


def _package(document: Mapping[str, Any], skill_map: SkillMap, moment: str) -> dict[str, Any]:
    kept = document.get("case")
    if kept:
        package = json.loads(kept["package"])
        inner: dict[str, Any] = package.get("CFPackage", package)
        return inner
    identifier = str(uuid5(_OURS, skill_map.id))
    return {
        "CFDocument": {
            "identifier": identifier,
            "uri": f"urn:uuid:{identifier}",
            "creator": "Waymark",
            "title": skill_map.title,
            "version": skill_map.version,
            "caseVersion": "1.1",
            "lastChangeDateTime": moment,
        }
    }


class _Writer:
    """Entries and associations of one framework as the skill map has them now."""

    def __init__(self, framework: Framework, skill_map: SkillMap, root: str, moment: str) -> None:
        self.framework = framework
        self.skill_map = skill_map
        self.root = root
        self.moment = moment
        marked = {marked_id(item): name for name, item in framework.items.items() if marked_id(item)}
        self.names = {
            skill.id: marked.get(skill.id)
            or (skill.id if skill.id in framework.items else self._new(skill.id))
            for skill in skill_map.skills
        }

    def items(self) -> list[dict[str, Any]]:
        skills = {self.names[skill.id]: skill for skill in self.skill_map.skills}
        kept = [
            self._item(dict(item), skills[name]) if name in skills else _noted(item, {})
            for name, item in self.framework.items.items()
        ]
        return kept + [
            self._item({"identifier": name, "uri": f"urn:uuid:{name}"}, skill)
            for name, skill in skills.items()
            if name not in self.framework.items
        ]

    def associations(self) -> list[dict[str, Any]]:
        wanted = {
            (self.names[edge.before], self.names[edge.after]): edge.kind
            for edge in self.skill_map.prerequisites
        }
        ours = set(self.names.values())
        links = {id(link): (before, after) for before, after, link in self.framework.links(PRECEDES)}
        kept, there = [], set()
        for association in self.framework.associations:
            ends = links.get(id(association))
            if ends is None or not ours.issuperset(ends):
                kept.append(dict(association))
            elif ends in wanted:
                kept.append(_noted(association, _kind_mark(wanted[ends])))
                there.add(ends)
        kept += self._places()
        kept += [
            _noted(self._association(PRECEDES, before, after), _kind_mark(kind))
            for (before, after), kind in wanted.items()
            if (before, after) not in there
        ]
        return kept

    def _item(self, item: dict[str, Any], skill: Skill) -> dict[str, Any]:
        """The entry with what CASE has fields for, and a note of what it has none for."""
        before = dict(item)
        wanted = {**_ALL_SAID, **skill_row(skill)}
        there = row_of_item(item, grade=self.skill_map.grade)
        if there["statement"] != wanted["statement"] or not there["statement"]:
            item["fullStatement"] = wanted["statement"] or wanted["title"]
        if row_of_item(item, grade=self.skill_map.grade)["title"] != wanted["title"]:
            item["abbreviatedStatement"] = wanted["title"]
        if there["grade"] != wanted["grade"]:
            item["educationLevel"] = [f"{wanted['grade']:02}" if wanted["grade"] else "KG"]
        code = (wanted["codes"] or [""])[0]
        if text_of(item, "humanCodingScheme") != code:
            item.pop("humanCodingScheme", None)
            item |= {"humanCodingScheme": code} if code else {}
        if item != before:
            item["lastChangeDateTime"] = self.moment
        said = {**_ALL_SAID, **row_of_item(item, grade=self.skill_map.grade)}
        differs = {key: value for key, value in wanted.items() if said[key] != value}
        return _noted(item, differs | {"id": skill.id})

    def _places(self) -> list[dict[str, Any]]:
        """New entries stand below the document, after what is there."""
        new = [name for name in self.names.values() if name not in self.framework.items]
        first = 1 + sum(above == self.root for _below, above, _link in self.framework.links(IS_CHILD_OF))
        return [
            {**self._association(IS_CHILD_OF, name, self.root), "sequenceNumber": number}
            for number, name in enumerate(new, start=first)
        ]

    def _association(self, kind: str, origin: str, destination: str) -> dict[str, Any]:
        name = str(uuid5(_OURS, f"{self.root}/{kind}/{origin}/{destination}"))
        return {
            "identifier": name,
            "uri": f"urn:uuid:{name}",
            "associationType": kind,
            "originNodeURI": self._node(origin),
            "destinationNodeURI": self._node(destination),
            "lastChangeDateTime": self.moment,
        }

    def _node(self, name: str) -> dict[str, Any]:
        titles = {self.names[skill.id]: skill.title for skill in self.skill_map.skills}
        there = self.framework.document if name == self.root else self.framework.items.get(name, {})
        title = titles.get(name) or text_of(there, "title") or name
        return {"title": title, "identifier": name, "uri": text_of(there, "uri") or f"urn:uuid:{name}"}

    def _new(self, skill_id: str) -> str:
        """An id that is a UUID already, or one that follows from it."""
        try:
            is_one = str(UUID(skill_id)) == skill_id
        except ValueError:
            is_one = False
        return skill_id if is_one else str(uuid5(_OURS, f"{self.root}/{skill_id}"))


_ALL_SAID = {
    "title": "",
    "statement": "",
    "codes": [],
    "goal": False,
    "strategies": [],
    "home_activity": "",
    "family_question": "",
}


def _kind_mark(kind: PrerequisiteKind) -> dict[str, Any]:
    return {} if kind is PrerequisiteKind.HARD else {"kind": kind.value}


def _noted(thing: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with our note in its extensions, or without any where there is nothing to note."""
    extensions = thing.get("extensions")
    others = (
        {key: value for key, value in (extensions or {}).items() if key != MARK}
        if isinstance(extensions, Mapping)
        else {}
    )
    if mark:
        return {**thing, "extensions": {**others, MARK: dict(mark)}}
    if not mark_of(thing):
        return dict(thing)
    without = {key: value for key, value in thing.items() if key != "extensions"}
    return without | ({"extensions": others} if others else {})
