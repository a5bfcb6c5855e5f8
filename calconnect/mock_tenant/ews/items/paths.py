"""Property paths: ``t:FieldURI``, ``t:IndexedFieldURI``, ``t:ExtendedFieldURI``."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.ews.grammar import Node, schema_error
from calconnect.mock_tenant.ews.items.contact_properties import EMAILS, IMS, PHONES, POSTAL
from calconnect.mock_tenant.ews.items.extended import read_name
from calconnect.mock_tenant.ews.items.kinds import PROPERTIES
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.xml import Element, elements, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import ExtendedName

OTHER_NAMESPACES = frozenset(
    {"folder", "conversation", "person", "persona", "rolemember", "network", "abchperson", "booking", "insight"}
)
"""Namespaces of paths that the schema knows and no item has."""
NEVER_SET = frozenset({"contacts:Culture", "item:FirstBody", "item:MimeContentUTF8"})
"""Paths that the schema knows and no item here has a value for."""
_KEYS = {
    "item:InternetMessageHeader": None,
    "contacts:ImAddress": IMS.keys,
    "contacts:PhoneNumber": PHONES.keys,
    "contacts:EmailAddress": EMAILS.keys,
    "distributionlist:Members:Member": None,
    **{
        f"contacts:PhysicalAddress:{part}": POSTAL.keys
        for part in ("Street", "City", "State", "CountryOrRegion", "PostalCode")
    },
}
_HOLDERS = {
    "contacts:ImAddress": "ImAddresses",
    "contacts:PhoneNumber": "PhoneNumbers",
    "contacts:EmailAddress": "EmailAddresses",
    "item:InternetMessageHeader": "InternetMessageHeaders",
    "distributionlist:Members:Member": "Members",
}
PATHS = (
    Node("FieldURI", (), required=False, many=True, attributes=("FieldURI",)),
    Node("IndexedFieldURI", (), required=False, many=True, attributes=("FieldURI", "FieldIndex")),
    Node("ExtendedFieldURI", (), required=False, many=True, attributes=("PropertyType",)),
)
"""The alternatives, for grammars."""


@dataclass(frozen=True, slots=True)
class IndexedPath:
    """One entry of a dictionary: a telephone number, a part of a postal address."""

    uri: str
    """``contacts:PhoneNumber``, ``contacts:PhysicalAddress:City``."""
    index: str
    """``BusinessPhone``, ``Home``."""

    @property
    def holder(self) -> str:
        """The element that holds the dictionary."""
        return _HOLDERS.get(self.uri, "PhysicalAddresses")

    @property
    def part(self) -> str:
        """Of a postal address: the part; else empty."""
        return self.uri.rpartition(":")[2] if self.holder == "PhysicalAddresses" else ""


@dataclass(frozen=True, slots=True)
class NoPath:
    """A path that no item here has a value for."""

    uri: str


Path = Property | IndexedPath | ExtendedName | NoPath


def is_path(element: Element) -> bool:
    """Whether an element is a property path."""
    return local(element) in ("FieldURI", "IndexedFieldURI", "ExtendedFieldURI")


def read_path(element: Element) -> Path:
    """Read a property path.

    Raises:
        EwsError: ``ErrorSchemaValidation`` for a path that the schema does not know, ``ErrorInvalidPropertyRequest``
            for one that no item has, and the errors of extended properties.
    """
    kind = local(element)
    if kind == "ExtendedFieldURI":
        return read_name(element)
    uri = element.get("FieldURI", "")
    if kind == "IndexedFieldURI":
        index = element.get("FieldIndex", "")
        if uri not in _KEYS:
            raise _unknown(element, uri)
        keys = _KEYS[uri]
        if keys is not None and index not in keys:
            code = "ErrorInvalidContactEmailIndex" if uri == "contacts:EmailAddress" else "ErrorInvalidPropertyRequest"
            raise EwsError(code, "The index of the property is invalid.")
        return IndexedPath(uri, index)
    if uri in PROPERTIES:
        return PROPERTIES[uri]
    if uri in NEVER_SET:
        return NoPath(uri)
    if uri.partition(":")[0] in OTHER_NAMESPACES:
        raise EwsError("ErrorInvalidPropertyRequest", f"Property is not valid for this object type: {uri}")
    raise _unknown(element, uri)


def check_paths(root: Element) -> None:
    """Hold every ``FieldURI`` below an element against the schema's list.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    for element in root.iter():
        kind = local(element)
        if kind in ("FieldURI", "IndexedFieldURI"):
            uri = element.get("FieldURI", "")
            known = uri in _KEYS if kind == "IndexedFieldURI" else _is_known(uri)
            if not known:
                raise _unknown(element, uri)


def _is_known(uri: str) -> bool:
    return uri in PROPERTIES or uri in NEVER_SET or uri.partition(":")[0] in OTHER_NAMESPACES


def _unknown(element: Element, uri: str) -> EwsError:
    line = element.sourceline
    violation = f"The 'FieldURI' attribute is invalid - The value '{uri}' is invalid."
    return schema_error(line if isinstance(line, int) else 1, violation)


def first_path(parent: Element) -> Path:
    """Read the first path that stands directly below an element.

    Raises:
        EwsError: ``ErrorSchemaValidation`` if there is none; as ``read_path``.
    """
    paths = paths_in(parent)
    if not paths:
        line = parent.sourceline
        raise schema_error(line if isinstance(line, int) else 1, f"The element '{local(parent)}' names no property.")
    return paths[0]


def paths_in(parent: Element | None) -> list[Path]:
    """Read all paths that stand directly below an element.

    Raises:
        EwsError: as ``read_path``.
    """
    return [read_path(child) for child in elements(parent) if is_path(child)]
