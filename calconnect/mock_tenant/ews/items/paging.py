"""The views of FindItem: pages, fractions, seeking, the calendar, and a range of contacts.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-perform-paged-searches-by-using-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import Wire, invalid
from calconnect.mock_tenant.ews.items.restrictions import SEARCH_EXPRESSIONS, read_restriction
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import MESSAGES, TYPES, Element, find
from calconnect.mock_tenant.state.errors import EwsError

_POINT = ("BasePoint", frozenset({"Beginning", "End"}))
CONDITION = Node("Condition", SEARCH_EXPRESSIONS, TYPES, choice=True, at_least=1)
VIEWS = (
    Node(
        "IndexedPageItemView",
        (),
        MESSAGES,
        required=False,
        attributes=("Offset", "BasePoint"),
        attribute_values=(_POINT,),
    ),
    Node("FractionalPageItemView", (), MESSAGES, required=False, attributes=("Numerator", "Denominator")),
    Node(
        "SeekToConditionPageItemView",
        (CONDITION,),
        MESSAGES,
        required=False,
        attributes=("BasePoint",),
        attribute_values=(_POINT,),
    ),
    Node("CalendarView", (), MESSAGES, required=False, attributes=("StartDate", "EndDate")),
    Node("ContactsView", (), MESSAGES, required=False),
)
"""The views, for the grammar; a request has at most one."""
LONGEST_VIEW_YEARS = 2


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """What a CalendarView asks for."""

    start: datetime
    end: datetime
    most: int | None


@dataclass(slots=True)
class Page:
    """A part of what was found."""

    views: list[ItemView]
    total: int
    last: bool
    """Whether it reaches the end."""
    attributes: dict[str, str] = field(default_factory=dict)
    """What the answer tells so that the client can go on."""


def number(element: Element, name: str, default: int | None = None) -> int | None:
    """Read an attribute that is a whole number.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    text = element.get(name)
    if text is None:
        return default
    try:
        found = int(text)
    except ValueError:
        raise invalid(element, text) from None
    if not -(2**31) <= found < 2**31:
        raise invalid(element, text)
    return found


def most_entries(element: Element) -> int | None:
    """Read ``MaxEntriesReturned``.

    Raises:
        EwsError: ``ErrorInvalidPagingMaxRows``, ``ErrorSchemaValidation``.
    """
    most = number(element, "MaxEntriesReturned")
    if most is not None and most <= 0:
        raise EwsError("ErrorInvalidPagingMaxRows", "The maximum number of rows must be greater than zero.")
    return most


def read_window(element: Element, wire: Wire) -> CalendarWindow:
    """Read a CalendarView.

    Raises:
        EwsError: ``ErrorCalendarEndDateIsEarlierThanStartDate``, ``ErrorCalendarViewRangeTooBig``,
            ``ErrorInvalidPagingMaxRows``, ``ErrorSchemaValidation``.
    """
    moments = []
    for name in ("StartDate", "EndDate"):
        moment = wire.parse(element.get(name, ""))
        if moment is None:
            raise invalid(element, element.get(name, ""))
        moments.append(moment)
    start, end = moments
    if end < start:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate.")
    if end > _years_later(start, LONGEST_VIEW_YEARS):
        raise EwsError(
            "ErrorCalendarViewRangeTooBig", "The specified view range exceeds the maximum range of two years."
        )
    return CalendarWindow(start, end, most_entries(element))


def _years_later(moment: datetime, years: int) -> datetime:
    if moment.year + years > 9999:
        return datetime(9999, 12, 31, tzinfo=UTC)
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def indexed(element: Element, limit: int) -> Callable[[list[ItemView]], Page]:
    """Return how an IndexedPageItemView cuts a page; never longer than ``limit``.

    Raises:
        EwsError: ``ErrorInvalidIndexedPagingParameters``, ``ErrorInvalidPagingMaxRows``, ``ErrorSchemaValidation``.
    """
    offset = number(element, "Offset") or 0
    if offset < 0:
        raise EwsError("ErrorInvalidIndexedPagingParameters", "The offset must not be negative.")
    most = min(most_entries(element) or limit, limit)
    backwards = element.get("BasePoint") == "End"

    def cut(found: list[ItemView]) -> Page:
        total = len(found)
        if backwards:
            end = max(total - offset, 0)
            begin = max(end - most, 0)
            taken, last = found[begin:end], begin == 0
        else:
            taken, last = found[offset : offset + most], offset + most >= total
        return Page(taken, total, last, {"IndexedPagingOffset": str(offset + len(taken))})

    return cut


def fractional(element: Element, limit: int) -> Callable[[list[ItemView]], Page]:
    """Return how a FractionalPageItemView cuts a page.

    Raises:
        EwsError: ``ErrorInvalidFractionalPagingParameters``, ``ErrorInvalidPagingMaxRows``, ``ErrorSchemaValidation``.
    """
    numerator, denominator = number(element, "Numerator") or 0, number(element, "Denominator") or 0
    if numerator < 0 or denominator <= 0 or numerator > denominator:
        raise EwsError("ErrorInvalidFractionalPagingParameters", "The fraction must lie between zero and one.")
    most = min(most_entries(element) or limit, limit)

    def cut(found: list[ItemView]) -> Page:
        begin = len(found) * numerator // denominator
        taken = found[begin : begin + most]
        offset = {"NumeratorOffset": str(begin + len(taken)), "AbsoluteDenominator": str(len(found))}
        return Page(taken, len(found), begin + most >= len(found), offset)

    return cut


def seeking(element: Element, limit: int, wire: Wire) -> Callable[[list[ItemView]], Page]:
    """Return how a SeekToConditionPageItemView cuts a page: from the first item that meets the condition.

    Raises:
        EwsError: those of restrictions, ``ErrorInvalidPagingMaxRows``, ``ErrorSchemaValidation``.
    """
    condition = find(element, "Condition")
    if condition is None:
        raise invalid(element, "")
    test = read_restriction(condition, wire)
    most = min(most_entries(element) or limit, limit)
    backwards = element.get("BasePoint") == "End"

    def cut(found: list[ItemView]) -> Page:
        ordered = list(reversed(found)) if backwards else found
        begin = next((position for position, view in enumerate(ordered) if test(view)), len(ordered))
        taken = ordered[begin : begin + most]
        last = begin + most >= len(ordered)
        return Page(
            list(reversed(taken)) if backwards else taken,
            len(found),
            last,
            {"IndexedPagingOffset": str(begin + len(taken))},
        )

    return cut
