"""Sort orders and groups of FindItem.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/sortorder
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.kinds import PROPERTIES
from calconnect.mock_tenant.ews.items.paths import PATHS, Path, first_path
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.restrictions import UNSEARCHABLE, comparable_at
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError

_DIRECTIONS = ("Order", frozenset({"Ascending", "Descending"}))
SORT_ORDER = Node(
    "SortOrder",
    (Node("FieldOrder", PATHS, many=True, attributes=("Order",), attribute_values=(_DIRECTIONS,)),),
    MESSAGES,
    required=False,
)
_AGGREGATE = Node(
    "AggregateOn",
    PATHS,
    attributes=("Aggregate",),
    attribute_values=(("Aggregate", frozenset({"Minimum", "Maximum"})),),
)
GROUP_BY = Node(
    "GroupBy",
    (
        *PATHS,
        _AGGREGATE,
        Node("UseCollapsibleGroups", required=False),
        Node("ItemsPerGroup", required=False),
        Node("MaxItemsPerGroup", required=False),
        Node("GroupsToExpand", None, required=False),
    ),
    MESSAGES,
    required=False,
    attributes=("Order",),
    attribute_values=(_DIRECTIONS,),
)
STANDARD_GROUP_BY = Node(
    "DistinguishedGroupBy",
    (Node("StandardGroupBy", values=frozenset({"ConversationTopic"})),),
    MESSAGES,
    required=False,
    attributes=("Order",),
    attribute_values=(_DIRECTIONS,),
)


class _Nothing:
    """Stands for a missing value; sorts before everything."""

    def __lt__(self, other: object) -> bool:
        return not isinstance(other, _Nothing)

    def __gt__(self, other: object) -> bool:
        return False


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class SortKey:
    """One property to sort by."""

    path: Path
    descending: bool


def sort_path(element: Element) -> Path:
    """Read the path of a sort order or group.

    Raises:
        EwsError: ``ErrorUnsupportedPathForSortGroup``, and the errors of paths.
    """
    path = first_path(element)
    if isinstance(path, Property) and (not path.codec.can_query or path.uri in UNSEARCHABLE):
        raise EwsError("ErrorUnsupportedPathForSortGroup", f"The property {path.uri} cannot be sorted or grouped by.")
    return path


def read_sort_order(element: Element | None) -> list[SortKey]:
    """Read ``m:SortOrder``, most significant first.

    Raises:
        EwsError: as ``sort_path``.
    """
    return [SortKey(sort_path(one), one.get("Order") == "Descending") for one in elements(element)]


def sort_views(views: list[ItemView], order: list[SortKey]) -> list[ItemView]:
    """Return items in a sort order; those without a value come first, or last if descending."""
    for one in reversed(order):
        views = sorted(views, key=partial(_key, one.path), reverse=one.descending)
    return views


def _key(path: Path, view: ItemView) -> Any:
    value = comparable_at(view, path)
    return _NOTHING if value is None or value == () else value


@dataclass(frozen=True, slots=True)
class Grouping:
    """How found items are grouped, and in which order the groups stand."""

    by: Path
    aggregate: Path
    maximum: bool
    descending: bool


def read_grouping(element: Element) -> Grouping:
    """Read ``m:GroupBy`` or ``m:DistinguishedGroupBy``.

    Raises:
        EwsError: as ``sort_path``.
    """
    descending = element.get("Order") == "Descending"
    if local(element) == "DistinguishedGroupBy":
        received = PROPERTIES["item:DateTimeReceived"]
        return Grouping(PROPERTIES["message:ConversationTopic"], received, maximum=True, descending=descending)
    aggregate = find(element, "AggregateOn")
    by = sort_path(element)
    if aggregate is None:
        return Grouping(by, by, maximum=False, descending=descending)
    maximum = aggregate.get("Aggregate") == "Maximum"
    return Grouping(by, sort_path(aggregate), maximum=maximum, descending=descending)


def group_views(views: list[ItemView], grouping: Grouping) -> list[list[ItemView]]:
    """Return items in groups, in the order of the groups' smallest (or greatest) value."""
    groups: dict[Any, list[ItemView]] = {}
    for view in views:
        key = comparable_at(view, grouping.by)
        groups.setdefault("" if key is None else key, []).append(view)

    def rank(group: list[ItemView]) -> Any:
        values = sorted((_key(grouping.aggregate, view) for view in group), reverse=grouping.maximum)
        return values[0]

    return sorted(groups.values(), key=rank, reverse=grouping.descending)
