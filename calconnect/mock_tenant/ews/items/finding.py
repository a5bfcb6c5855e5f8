"""FindItem's work: which items of a folder, in which order, and which part of them.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from calconnect.mock_tenant.ews.items.aqs import read_query
from calconnect.mock_tenant.ews.items.computed_contact import file_as
from calconnect.mock_tenant.ews.items.ids import may_see_private
from calconnect.mock_tenant.ews.items.paging import (
    CalendarWindow,
    Page,
    fractional,
    indexed,
    most_entries,
    read_window,
    seeking,
)
from calconnect.mock_tenant.ews.items.restrictions import read_restriction
from calconnect.mock_tenant.ews.items.shapes import ItemShape, item_element
from calconnect.mock_tenant.ews.items.sorting import (
    Grouping,
    SortKey,
    group_views,
    read_grouping,
    read_sort_order,
    sort_views,
)
from calconnect.mock_tenant.ews.items.view import ItemView, view_of, wire_of
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, find, flag, m, t
from calconnect.mock_tenant.state.bookkeeping import DELETED_FROM
from calconnect.mock_tenant.state.calendar import occurrences
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox

_OLD_VERSIONS = ("Exchange2007", "Exchange2007_SP1", "Exchange2010")


@dataclass(frozen=True, slots=True)
class Query:
    """What a FindItem request asks of each folder."""

    traversal: str
    tests: tuple[Callable[[ItemView], bool], ...]
    order: list[SortKey]
    cut: Callable[[list[ItemView]], Page]
    window: CalendarWindow | None = None
    grouping: Grouping | None = None


def read_query_of(request: Request) -> Query:
    """Read everything in a FindItem request but its shape and folders.

    Raises:
        EwsError: the errors of views, restrictions, sort orders and query strings; ``ErrorInvalidRequest`` for a
            restriction or sort order beside a CalendarView.
    """
    body, wire = request.body, wire_of(request)
    limit = request.organization.policies.ews_find_count_limit
    restriction, sort_order, text = (find(body, name) for name in ("Restriction", "SortOrder", "QueryString"))
    calendar = find(body, "CalendarView")
    if calendar is not None and (restriction is not None or sort_order is not None):
        raise EwsError("ErrorInvalidRequest", "Restrictions and sort order may not be specified for a CalendarView.")
    tests = [] if restriction is None else [read_restriction(restriction, wire)]
    if text is not None:
        tests.append(read_query(text.text or ""))
    contacts = find(body, "ContactsView")
    if contacts is not None:
        tests.append(_name_range(contacts))
    group = find(body, "GroupBy")
    group = find(body, "DistinguishedGroupBy") if group is None else group
    return Query(
        body.get("Traversal", "Shallow"),
        tuple(tests),
        read_sort_order(sort_order),
        _cut(request, limit),
        None if calendar is None else read_window(calendar, wire),
        None if group is None else read_grouping(group),
    )


def _cut(request: Request, limit: int) -> Callable[[list[ItemView]], Page]:
    body = request.body
    pages, fraction, seek = (
        find(body, name) for name in ("IndexedPageItemView", "FractionalPageItemView", "SeekToConditionPageItemView")
    )
    if pages is not None:
        return indexed(pages, limit)
    if fraction is not None:
        return fractional(fraction, limit)
    if seek is not None:
        return seeking(seek, limit, wire_of(request))
    view = find(body, "CalendarView")
    view = find(body, "ContactsView") if view is None else view
    most = None if view is None else most_entries(view)
    code = "ErrorServerBusy" if request.version in _OLD_VERSIONS else "ErrorExceededFindCountLimit"
    return lambda found: _whole(found, most, limit, code)


def _whole(found: list[ItemView], most: int | None, limit: int, code: str) -> Page:
    """Return all that was found, unless that is more than the policy EWSFindCountLimit allows without paging.

    https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
    """
    taken = found if most is None else found[:most]
    if len(taken) > limit:
        raise EwsError(
            code, "You have exceeded the maximum number of objects that can be returned for the find operation."
        )
    return Page(taken, len(found), len(taken) == len(found))


def _name_range(element: Element) -> Callable[[ItemView], bool]:
    first, last = element.get("InitialName"), element.get("FinalName")

    def test(view: ItemView) -> bool:
        name = (file_as(view) or str(view.stored("DisplayName", ""))).casefold()
        return (first is None or name >= first.casefold()) and (last is None or name <= last.casefold())

    return test


def find_in(request: Request, mailbox: Mailbox, folder: Folder, query: Query, shape: ItemShape) -> Element:
    """Return ``m:RootFolder`` with what a query finds in a folder.

    Raises:
        EwsError: ``ErrorCalendarFolderIsInvalidForCalendarView``, ``ErrorExceededFindCountLimit``.
    """
    views = [view for view in _views(request, mailbox, folder, query) if all(test(view) for test in query.tests)]
    page = query.cut(sort_views(views, query.order))
    attributes = page.attributes | {"TotalItemsInView": str(page.total), "IncludesLastItemInRange": flag(page.last)}
    if query.grouping is None:
        shown = t("Items", *(item_element(view, shape, in_find=True) for view in page.views))
    else:
        shown = t("Groups", *_groups(page.views, query.grouping, shape))
    return m("RootFolder", shown, **attributes)


def _groups(views: list[ItemView], grouping: Grouping, shape: ItemShape) -> Iterable[Element]:
    for index, group in enumerate(group_views(views, grouping)):
        items = (item_element(view, shape, in_find=True) for view in group)
        yield t("GroupedItems", t("GroupIndex", text=str(index)), t("Items", *items))


def _views(request: Request, mailbox: Mailbox, folder: Folder, query: Query) -> Iterable[ItemView]:
    private = may_see_private(request, mailbox, folder)
    window = query.window
    if window is not None:
        if not folder.folder_class.startswith("IPF.Appointment"):
            raise EwsError("ErrorCalendarFolderIsInvalidForCalendarView", "Cannot request CalendarView for the folder.")
        for one in occurrences(mailbox, folder, window.start, window.end):
            if private or not one.is_private:
                yield view_of(request, mailbox, one.item, one if one.index else None)
        return
    for item in _items(mailbox, folder, query.traversal):
        if private or item.properties.get("Sensitivity") != "Private":
            yield view_of(request, mailbox, item)


def _items(mailbox: Mailbox, folder: Folder, traversal: str) -> Iterable[Item]:
    if traversal == "SoftDeleted":
        deleted = mailbox.distinguished("recoverableitemsdeletions").items.values()
        return [item for item in deleted if item.properties.get(DELETED_FROM) == folder.number]
    associated = traversal == "Associated"
    return [item for item in folder.items.values() if bool(item.properties.get("IsAssociated")) is associated]
