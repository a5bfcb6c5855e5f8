"""What is known of each property of an item: its element, its path, its codec, who may write it, where it shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import Codec


@dataclass(frozen=True, slots=True)
class Property:
    """A property that the schema knows."""

    name: str
    """Element name: ``LegacyFreeBusyStatus``."""
    uri: str
    """``calendar:LegacyFreeBusyStatus``."""
    codec: Codec
    marks: str = ""
    """One letter for each thing that holds, see the attributes below."""

    @property
    def in_default(self) -> bool:
        """``d``: part of the Default shape (and of AllProperties)."""
        return "d" in self.marks

    @property
    def in_all(self) -> bool:
        """``a``: part of the AllProperties shape."""
        return "a" in self.marks or "d" in self.marks

    @property
    def read_only(self) -> bool:
        """``r``: the server's own; a client may not set it."""
        return "r" in self.marks

    @property
    def get_only(self) -> bool:
        """``g``: not returned by FindItem and SyncFolderItems."""
        return "g" in self.marks

    @property
    def deletable(self) -> bool:
        """Without ``r`` and ``k``: DeleteItemField may remove it."""
        return not self.read_only and "k" not in self.marks

    @property
    def appendable(self) -> bool:
        """``+``: AppendToItemField may add to it."""
        return "+" in self.marks

    @property
    def is_flag(self) -> bool:
        """``f``: one bit of a property that is always there, so that Exists has no meaning."""
        return "f" in self.marks


@dataclass(frozen=True)
class Kind:
    """A type of item: the element it is written as, and its properties in schema order."""

    name: str
    """``CalendarItem``."""
    item_class: str
    """``IPM.Appointment``."""
    properties: tuple[Property, ...]
    folder_class: str = ""
    """The class of the only folders that it may be made in; empty: any."""
    folder_error: str = ""
    """The code with which another folder is refused."""

    @cached_property
    def by_name(self) -> dict[str, Property]:
        """The properties by element name."""
        return {one.name: one for one in self.properties}

    @cached_property
    def by_uri(self) -> dict[str, Property]:
        """The properties by path."""
        return {one.uri: one for one in self.properties}

    def node(self) -> Node:
        """Describe the item's element for the request grammar."""
        return Node(self.name, tuple(_node(one) for one in self.properties), required=False)


def _node(one: Property) -> Node:
    if one.name == "ExtendedProperty":
        uri = Node("ExtendedFieldURI", (), attributes=("PropertyType",))
        values = Node("Values", (Node("Value", many=True),), required=False)
        return Node(one.name, (uri, Node("Value", required=False), values), required=False, many=True)
    return one.codec.node(one.name)
