"""What a request must look like: a small description of elements, their order, number and allowed values.

Exchange checks each request against its schema before it does anything, and answers a mismatch with the fault
``ErrorSchemaValidation``. The descriptions in the operations state those facts for the parts of the schema that the
mock tenant serves; a test holds them against the published schema where that is at hand.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from calconnect.mock_tenant.ews.xml import MESSAGES, TYPES, Element, elements, local
from calconnect.mock_tenant.state.errors import EwsError

ANY = None
"""As ``children``: whatever stands inside is not looked at."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a request."""

    name: str
    children: tuple[Node, ...] | None = ()
    """In the order in which they must stand; ANY: not looked at."""
    namespace: str = TYPES
    required: bool = True
    many: bool = False
    choice: bool = False
    """The children are alternatives: any of them, in any order."""
    at_least: int = 0
    """With ``choice``: how many children there must be."""
    values: frozenset[str] | None = None
    """The allowed texts."""
    attributes: tuple[str, ...] = ()
    """Attributes that must be there."""
    attribute_values: tuple[tuple[str, frozenset[str]], ...] = ()
    """Allowed values of attributes, if present."""
    tag: str = field(init=False, repr=False, compare=False)
    """The qualified name."""
    by_tag: Mapping[str, Node] = field(init=False, repr=False, compare=False)
    """The children by qualified name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", f"{{{self.namespace}}}{self.name}")
        object.__setattr__(self, "by_tag", {child.tag: child for child in self.children or ()})


def m_node(name: str, *children: Node, required: bool = True, attributes: tuple[str, ...] = ()) -> Node:
    """Describe an element of the messages namespace with children in order."""
    return Node(name, children, MESSAGES, required, attributes=attributes)


def t_node(name: str, *children: Node, required: bool = True, many: bool = False) -> Node:
    """Describe an element of the types namespace with children in order."""
    return Node(name, children, required=required, many=many)


def check(element: Element, node: Node) -> None:
    """Hold an element against its description.

    Raises:
        EwsError: ``ErrorSchemaValidation``, with line, position and violation in its values, as Exchange reports them.
    """
    for name in node.attributes:
        if name not in element.attrib:
            _violation(element, f"The required attribute '{name}' is missing.")
    for name, allowed in node.attribute_values:
        value = element.get(name)
        if value is not None and value not in allowed:
            _violation(element, f"The '{name}' attribute is invalid - The value '{value}' is invalid.")
    if node.values is not None and (element.text or "").strip() not in node.values:
        _violation(
            element, f"The '{node.name}' element is invalid - The value '{(element.text or '').strip()}' is invalid."
        )
    if node.children is None:
        return
    if node.choice:
        _check_choice(element, node)
    else:
        _check_sequence(element, node)


def _check_choice(element: Element, node: Node) -> None:
    found = elements(element)
    for child in found:
        description = node.by_tag.get(str(child.tag))
        if description is None:
            _unexpected(child, element)
        else:
            check(child, description)
    if len(found) < node.at_least:
        _incomplete(element, ", ".join(one.name for one in node.children or ()))


def _check_sequence(element: Element, node: Node) -> None:
    expected = node.children or ()
    position = 0
    previous: Node | None = None
    for child in elements(element):
        tag = child.tag
        if previous is not None and previous.many and tag == previous.tag:
            check(child, previous)
            continue
        while position < len(expected) and expected[position].tag != tag:
            if expected[position].required:
                _unexpected(child, element, expected[position].name)
            position += 1
        if position == len(expected):
            _unexpected(child, element)
        previous = expected[position]
        position += 1
        check(child, previous)
    for one in expected[position:]:
        if one.required:
            _incomplete(element, one.name)


def _unexpected(child: Element, parent: Element, expected: str = "") -> None:
    hint = f" List of possible elements expected: '{expected}'." if expected else ""
    _violation(child, f"The element '{local(parent)}' has invalid child element '{local(child)}'.{hint}")


def _incomplete(element: Element, expected: str) -> None:
    _violation(
        element,
        f"The element '{local(element)}' has incomplete content. List of possible elements expected: '{expected}'.",
    )


def _violation(element: Element, violation: str) -> None:
    raise schema_error(line_of(element), violation)


def line_of(element: Element) -> int:
    """Return the line of the request that an element stands in."""
    line = element.sourceline
    return line if isinstance(line, int) else 1


def schema_error(line: int, violation: str) -> EwsError:
    """Return the error with which Exchange answers a request that its schema does not allow."""
    return EwsError(
        "ErrorSchemaValidation",
        f"The request failed schema validation: {violation}",
        {"LineNumber": str(line), "LinePosition": "1", "Violation": violation},
    )


@functools.lru_cache(maxsize=64)
def _parser(_thread: int) -> etree.XMLParser:
    """Return this thread's parser: making one anew costs a third of parsing a request."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse_xml(data: bytes) -> Element:
    """Parse a request body: no entities, no network, no DTD.

    Raises:
        etree.XMLSyntaxError: it is not XML.
        ValueError: it brings a document type of its own.
    """
    root = etree.fromstring(data, _parser(threading.get_ident()))
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type is not allowed")
    return root
