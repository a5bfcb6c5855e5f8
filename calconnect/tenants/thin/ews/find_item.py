"""FindItem: list the events of a window, or find the test event by its mark.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
"""

from __future__ import annotations

from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews.envelope import (
    Dialect,
    Template,
    calendar_of_mailbox,
    mailbox_envelope,
    moment,
)
from calconnect.tenants.thin.ews.mark_property import MARK_URI

OPERATION = "FindItem"


def find_events(dialect: Dialect, window: Window) -> Template:
    """Return the request for the ids of the events of ``{mailbox}`` in a window, recurrences expanded."""
    return _find(
        dialect,
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f'<m:CalendarView StartDate="{moment(window.start)}" EndDate="{moment(window.end)}"'
        f' MaxEntriesReturned="{limits().items_per_find}"/>',
    )


def find_marked(dialect: Dialect) -> Template:
    """Return the request for the events of ``{mailbox}`` that carry ``{mark}``; the marks come with them."""
    return _find(
        dialect,
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:AdditionalProperties>{MARK_URI}</t:AdditionalProperties></m:ItemShape>"
        f'<m:IndexedPageItemView MaxEntriesReturned="{limits().items_per_find}" Offset="0" BasePoint="Beginning"/>'
        f"<m:Restriction><t:IsEqualTo>{MARK_URI}"
        '<t:FieldURIOrConstant><t:Constant Value="{mark}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>',
    )


def _find(dialect: Dialect, what: str) -> Template:
    return mailbox_envelope(
        dialect,
        f'<m:FindItem Traversal="Shallow">{what}'
        f"<m:ParentFolderIds>{calendar_of_mailbox()}</m:ParentFolderIds></m:FindItem>",
    )
