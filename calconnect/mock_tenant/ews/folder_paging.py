"""Pages of FindFolder's results.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/indexedpagefolderview
https://learn.microsoft.com/exchange/client-developer/web-service-reference/fractionalpagefolderview
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, flag, local
from calconnect.mock_tenant.state.errors import EwsError

T = TypeVar("T")

INDEXED_VIEW = Node(
    "IndexedPageFolderView",
    (),
    MESSAGES,
    required=False,
    attributes=("Offset", "BasePoint"),
    attribute_values=(("BasePoint", frozenset({"Beginning", "End"})),),
)
FRACTIONAL_VIEW = Node(
    "FractionalPageFolderView", (), MESSAGES, required=False, attributes=("Numerator", "Denominator")
)


def take_page(view: Element | None, found: Sequence[T], limit: int) -> tuple[Sequence[T], dict[str, str]]:
    """Return the page that a view asks for, and the paging attributes of the answer.

    Args:
        view: ``m:IndexedPageFolderView`` or ``m:FractionalPageFolderView``; None: from the beginning.
        found: all results.
        limit: the most that one answer may hold; 0 or less: no limit.

    Raises:
        EwsError: ``ErrorInvalidPagingMaxRows``, ``ErrorInvalidIndexedPagingParameters``,
            ``ErrorInvalidFractionalPagingParameters``.
    """
    total = len(found)
    most = _most(view, limit if limit > 0 else total)
    if view is None:
        return found[:most], {"TotalItemsInView": str(total), "IncludesLastItemInRange": flag(total <= most)}
    if local(view) == "FractionalPageFolderView":
        numerator, denominator = _number(view, "Numerator"), _number(view, "Denominator")
        if not 0 <= numerator <= denominator or denominator == 0:
            raise EwsError("ErrorInvalidFractionalPagingParameters", "The paging fraction is invalid.")
        start = total * numerator // denominator
        end = min(start + most, total)
        paging = {"NumeratorOffset": str(end), "AbsoluteDenominator": str(total)}
    else:
        offset = _number(view, "Offset")
        if offset < 0:
            raise EwsError("ErrorInvalidIndexedPagingParameters", "The paging offset is invalid.")
        if view.get("BasePoint") == "End":
            last = max(total - offset, 0)
            start = max(last - most, 0)
            page = list(reversed(found[start:last]))
            return page, _attributes({"IndexedPagingOffset": str(offset + len(page))}, total, done=start == 0)
        start, end = min(offset, total), min(offset + most, total)
        paging = {"IndexedPagingOffset": str(end)}
    return found[start:end], _attributes(paging, total, done=end >= total)


def _attributes(paging: dict[str, str], total: int, *, done: bool) -> dict[str, str]:
    return {**paging, "TotalItemsInView": str(total), "IncludesLastItemInRange": flag(done)}


def _most(view: Element | None, limit: int) -> int:
    if view is None or view.get("MaxEntriesReturned") is None:
        return limit
    wanted = _number(view, "MaxEntriesReturned")
    if wanted <= 0:
        raise EwsError("ErrorInvalidPagingMaxRows", "The maximum number of entries must be greater than zero.")
    return min(wanted, limit)


def _number(view: Element, name: str) -> int:
    try:
        return int(view.get(name, ""))
    except ValueError:
        raise EwsError("ErrorInvalidIndexedPagingParameters", f"The value of '{name}' is not a number.") from None
