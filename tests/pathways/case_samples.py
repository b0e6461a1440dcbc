"""A small framework in CASE format as publishers write them: domains, standards with parts, and much that is not ours."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

DOCUMENT = str(uuid5(NAMESPACE_OID, "document"))
_MOMENT = "2025-06-01T08:00:00+00:00"


def name_of(code: str) -> str:
    return str(uuid5(NAMESPACE_OID, code))


def item(code: str, statement: str, kind: str, **values: Any) -> dict[str, Any]:
    name = name_of(code)
    return {
        "identifier": name,
        "uri": f"https://case.example.org/uri/{name}",
        "humanCodingScheme": code,
        "fullStatement": statement,
        "CFItemType": kind,
        "lastChangeDateTime": _MOMENT,
        "educationLevel": ["06"],
        "notes": None,
        **values,
    }


def association(kind: str, origin: str, destination: str, **values: Any) -> dict[str, Any]:
    name = str(uuid5(NAMESPACE_OID, f"{kind} {origin} {destination}"))
    return {
        "identifier": name,
        "uri": f"https://case.example.org/uri/{name}",
        "associationType": kind,
        "originNodeURI": {
            "title": origin,
            "identifier": name_of(origin),
            "uri": "https://case.example.org/o",
        },
        "destinationNodeURI": {
            "title": destination,
            "identifier": DOCUMENT if destination == "document" else name_of(destination),
            "uri": "https://case.example.org/d",
        },
        "lastChangeDateTime": _MOMENT,
        **values,
    }


def framework() -> dict[str, Any]:
    """A domain with two standards of grade 6, one of them in two parts, and one standard of grade 7."""
    return {
        "CFDocument": {
            "identifier": DOCUMENT,
            "uri": f"https://case.example.org/uri/{DOCUMENT}",
            "creator": "Example State",
            "title": "Mathematics",
            "version": "2025",
            "adoptionStatus": "Adopted",
            "licenseURI": {
                "title": "CC BY",
                "identifier": name_of("licence"),
                "uri": "https://case.example.org/l",
            },
            "lastChangeDateTime": _MOMENT,
            "extensions": {"publisher": {"internal": 7}},
        },
        "CFItems": [
            item(
                "7.R.1",
                "Uses ratios of fractions. " + "Explains every step in words. " * 8,
                "Standard",
                educationLevel=["07", "08"],
            ),
            item("6.R.2.b", "Finds a unit rate from a graph.", "Part"),
            item(
                "6.R.2.a",
                "Finds a unit rate from a table.",
                "Part",
                abbreviatedStatement="Unit rate: table",
                extensions={"dok": 2},
            ),
            item("6.R.2", "Uses unit rates.", "Standard"),
            item("6.R.1", "Writes ratios.", "Standard", educationLevel=None),
            item("6.R", "Ratios", "Domain"),
        ],
        "CFAssociations": [
            association("isChildOf", "6.R", "document", sequenceNumber=1),
            association("isChildOf", "7.R.1", "document", sequenceNumber=2),
            association("isChildOf", "6.R.1", "6.R", sequenceNumber=1),
            association("isChildOf", "6.R.2", "6.R", sequenceNumber=2),
            association("isChildOf", "6.R.2.b", "6.R.2", sequenceNumber=20),
            association("isChildOf", "6.R.2.a", "6.R.2", sequenceNumber=10),
            association("precedes", "6.R.1", "6.R.2.a"),
            association("precedes", "6.R.2.a", "7.R.1"),
            association("precedes", "6.R.1", "6.R.2", notes="between a standard and one that has parts"),
            association("isRelatedTo", "6.R.2.a", "6.R.2.b"),
            association("exactMatchOf", "6.R.1", "elsewhere"),
        ],
        "CFDefinitions": {
            "CFLicenses": [{"identifier": name_of("licence"), "title": "CC BY", "licenseText": "…"}]
        },
        "CFRubrics": [],
    }
