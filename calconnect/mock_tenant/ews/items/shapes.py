"""Item shapes: which properties an answer shows, and the element that shows them.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/itemshape
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.extended import write_property
from calconnect.mock_tenant.ews.items.mime import mime_content
from calconnect.mock_tenant.ews.items.paths import PATHS, IndexedPath, paths_in
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.resolve import extended_of, value_at, value_of
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, t, text_of
from calconnect.mock_tenant.state.values import ExtendedName

BODY_TYPES = frozenset({"Best", "HTML", "Text"})
ADDITIONAL = Node("AdditionalProperties", PATHS, required=False, choice=True, at_least=1)
_PARTS = (
    Node("BaseShape", values=frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})),
    Node("IncludeMimeContent", required=False),
    Node("BodyType", required=False, values=BODY_TYPES),
    Node("UniqueBodyType", required=False, values=BODY_TYPES),
    Node("NormalizedBodyType", required=False, values=BODY_TYPES),
    Node("FilterHtmlContent", required=False),
    Node("ConvertHtmlCodePageToUTF8", required=False),
    Node("InlineImageUrlTemplate", required=False),
    Node("BlockExternalImages", required=False),
    Node("AddBlankTargetToLinks", required=False),
    Node("MaximumBodySize", required=False),
    ADDITIONAL,
)
ITEM_SHAPE = Node("ItemShape", _PARTS, MESSAGES)
"""Grammar of ``m:ItemShape``."""
_HTML = {"HTML": True, "Text": False}


@dataclass(frozen=True, slots=True)
class ItemShape:
    """Which properties are wanted."""

    base: str = "IdOnly"
    """``IdOnly``, ``Default`` or ``AllProperties``."""
    extra: frozenset[str] = frozenset()
    """Paths asked for beside."""
    extended: tuple[ExtendedName, ...] = ()
    indexed: tuple[IndexedPath, ...] = ()
    html: bool | None = None
    """How bodies are wanted: True HTML, False text, None as they are."""
    mime: bool = False
    wanted: dict[tuple[str, bool], tuple[Property, ...]] = field(default_factory=dict, compare=False)
    """What is known to be wanted of each kind of item; filled while items are written."""

    def properties(self, view: ItemView, *, in_find: bool) -> tuple[Property, ...]:
        """Return the wanted properties of a kind of item in schema order."""
        key = (view.item.kind, in_find)
        if key not in self.wanted:
            self.wanted[key] = tuple(
                one for one in view.kind.properties if self._wants(one) and not (in_find and one.get_only)
            )
        return self.wanted[key]

    def _wants(self, one: Property) -> bool:
        if one.name == "ExtendedProperty":
            return bool(self.extended)
        if one.uri in self.extra or one.name == "ItemId":
            return True
        if one.name == "MimeContent":
            return self.mime
        if any(path.holder == one.name for path in self.indexed):
            return True
        return one.in_default if self.base == "Default" else one.in_all and self.base == "AllProperties"


def read_shape(element: Element | None) -> ItemShape:
    """Read a shape.

    Raises:
        EwsError: as ``read_path``.
    """
    if element is None:
        return ItemShape("Default")
    paths = paths_in(find(element, "AdditionalProperties"))
    extended = dict.fromkeys(path for path in paths if isinstance(path, ExtendedName))
    return ItemShape(
        text_of(element, "BaseShape") or "IdOnly",
        frozenset(path.uri for path in paths if isinstance(path, Property)),
        tuple(extended),
        tuple(path for path in paths if isinstance(path, IndexedPath)),
        _HTML.get(text_of(element, "BodyType") or ""),
        text_of(element, "IncludeMimeContent") in ("true", "1"),
    )


def read_attachment_shape(element: Element | None) -> ItemShape:
    """Read an attachment shape, which says how an attached item is shown: all its properties, and more.

    Raises:
        EwsError: as ``read_path``.
    """
    return ItemShape("AllProperties") if element is None else replace(read_shape(element), base="AllProperties")


def item_element(view: ItemView, shape: ItemShape, *, in_find: bool = False) -> Element:
    """Return an item as an answer shows it, its properties in schema order.

    Args:
        view: the item as the request's user sees it.
        shape: what is wanted.
        in_find: leave out what only GetItem returns.
    """
    view.html = shape.html
    element = t(view.item.kind)
    for prop in shape.properties(view, in_find=in_find):
        if prop.name == "ExtendedProperty":
            for name in shape.extended:
                value = extended_of(view, name)
                if value is not None:
                    element.append(write_property(name, value))
        elif prop.name == "MimeContent":
            element.append(t("MimeContent", text=mime_content(view), CharacterSet="UTF-8"))
        else:
            shown = _one(view, prop, shape)
            if shown is not None:
                element.append(shown)
    return element


def _one(view: ItemView, prop: Property, shape: ItemShape) -> Element | None:
    value = value_of(view, prop)
    if value is None:
        return None
    whole = prop.uri in shape.extra or (prop.in_all and shape.base == "AllProperties")
    if not whole and not (prop.in_default and shape.base == "Default") and isinstance(value, dict):
        value = _entries(view, prop.name, shape)
        if not value:
            return None
    return prop.codec.write(prop.name, value, view.wire)


def _entries(view: ItemView, holder: str, shape: ItemShape) -> dict[str, str | dict[str, str]]:
    """Return those entries of a dictionary that are asked for one by one."""
    found: dict[str, str | dict[str, str]] = {}
    for path in shape.indexed:
        value = value_at(view, path)
        if path.holder != holder or value is None:
            continue
        if path.part:
            parts = found.setdefault(path.index, {})
            assert isinstance(parts, dict)
            parts[path.part] = value
        else:
            found[path.index] = value
    return found
