"""The operations' grammars against the published schema: no element that it does not know, none it demands left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest
from lxml import etree

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.registry import load_operations
from calconnect.mock_tenant.ews.xml import MESSAGES, TYPES
from tests.mock_tenant.schema import FOLDER

XS = "{http://www.w3.org/2001/XMLSchema}"
PREFIXES = {"m": MESSAGES, "t": TYPES}
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the published EWS schema is not beside the repository")


@dataclass
class Particle:
    """An element in a content model."""

    name: str
    type: str | etree._Element | None
    required: bool
    many: bool


@dataclass
class Content:
    """What may stand in an element: particles in order, alternatives taken together."""

    particles: list[Particle] = field(default_factory=list)
    attributes: dict[str, bool] = field(default_factory=dict)

    def extend(self, other: Content) -> None:
        self.particles += other.particles
        self.attributes |= other.attributes


@cache
def declarations() -> dict[tuple[str, str], etree._Element]:
    """Return the top-level declarations of both schemas by kind and qualified name."""
    found = {}
    for file, namespace in (("messages.xsd", MESSAGES), ("types.xsd", TYPES)):
        for one in etree.parse(str(FOLDER / file)).getroot():
            if isinstance(one.tag, str) and one.get("name"):
                found[one.tag.removeprefix(XS), f"{{{namespace}}}{one.get('name')}"] = one
    return found


def qualified(text: str) -> str:
    prefix, _, name = text.rpartition(":")
    return f"{{{PREFIXES[prefix]}}}{name}" if prefix in PREFIXES else text


def namespace_of(element: etree._Element) -> str:
    return str(element.getroottree().getroot().get("targetNamespace"))


def content_of(type_: str | etree._Element | None) -> Content:
    element = declarations().get(("complexType", qualified(type_))) if isinstance(type_, str) else type_
    return Content() if element is None else _content(element, required=True, many=False)


def _content(element: etree._Element, *, required: bool, many: bool) -> Content:
    found = Content()
    for child in element:
        if not isinstance(child.tag, str):
            continue
        kind = child.tag.removeprefix(XS)
        alternatives = kind == "choice" and len(child) > 1
        one_needed = required and child.get("minOccurs") != "0" and not alternatives
        several = many or child.get("maxOccurs") == "unbounded"
        if kind == "extension":
            found.extend(content_of(child.get("base")))
            found.extend(_content(child, required=required, many=many))
        elif kind == "group":
            found.extend(
                _content(declarations()["group", qualified(child.get("ref", ""))], required=one_needed, many=several)
            )
        elif kind in ("sequence", "choice", "complexContent", "simpleContent", "all"):
            found.extend(_content(child, required=one_needed, many=several))
        elif kind == "element":
            found.particles.append(_particle(child, required=one_needed, many=several))
        elif kind == "attribute" and child.get("name"):
            found.attributes[str(child.get("name"))] = child.get("use") == "required"
    return found


def _particle(element: etree._Element, *, required: bool, many: bool) -> Particle:
    reference = element.get("ref")
    if reference:
        target = declarations()["element", qualified(reference)]
        return Particle(qualified(reference), _type(target), required, many)
    return Particle(f"{{{namespace_of(element)}}}{element.get('name')}", _type(element), required, many)


def _type(element: etree._Element) -> str | etree._Element | None:
    return element.get("type") or element.find(f"{XS}complexType")


def words_of(type_: str | etree._Element | None) -> set[str] | None:
    """Return the words of an enumeration; None if the type is none, or a list of them."""
    element = declarations().get(("simpleType", qualified(type_))) if isinstance(type_, str) else None
    if element is None or element.find(f"{XS}list") is not None:
        return None
    words = {str(one.get("value")) for one in element.iter(f"{XS}enumeration")}
    return words or None


NEWER = {"ExternalObjectId", "PrimaryEmailAddress"}
"""Elements that servers take today and the published schema of 2019 does not have."""
NOT_SERVED = {"AddressListId"}
"""Elements that the mock tenant has no use for: there are no address lists in it."""


def compare(node: Node, content: Content, path: str, complaints: list[str]) -> None:
    if node.children is None:
        return
    required = {name for name, needed in content.attributes.items() if needed}
    if required != set(node.attributes):
        complaints.append(f"{path}: demands the attributes {set(node.attributes)}, the schema {required}")
    known = {one.name: one for one in content.particles}
    order = [one.name for one in content.particles]
    described = [child.tag for child in node.children]
    for child in node.children:
        if child.tag not in known and child.name not in NEWER:
            complaints.append(f"{path}/{child.name}: the schema does not know it")
    if not node.choice:
        positions = [order.index(one) for one in described if one in known]
        if positions != sorted(positions):
            complaints.append(f"{path}: the order is not the schema's")
        for child in node.children:
            if child.tag in known and child.required and not known[child.tag].required:
                complaints.append(f"{path}/{child.name}: demanded, but optional in the schema")
            if child.tag in known and not child.required and known[child.tag].required:
                complaints.append(f"{path}/{child.name}: optional, but demanded by the schema")
    for particle in content.particles:
        name = particle.name.rpartition("}")[2]
        if particle.name not in described and name not in NOT_SERVED:
            complaints.append(f"{path}: {name} is missing")
    for child in node.children:
        if child.tag in known:
            words = words_of(known[child.tag].type)
            if words is not None and child.values is not None and not child.values <= words:
                complaints.append(f"{path}/{child.name}: {child.values - words} are no words of the schema")
            compare(child, content_of(known[child.tag].type), f"{path}/{child.name}", complaints)


OPERATIONS = load_operations()
WITH_ITEMS = {"CreateAttachment", "CreateItem", "SyncFolderItems", "UpdateItem"}
"""Operations whose requests hold items: those say more than the schema does, and are tested with the items."""


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - WITH_ITEMS))
def test_the_grammar_says_what_the_schema_says(name: str) -> None:
    node = OPERATIONS[name].request
    declaration = declarations()["element", node.tag]
    complaints: list[str] = []
    compare(node, content_of(_type(declaration)), name, complaints)
    assert complaints == []
