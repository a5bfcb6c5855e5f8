"""UpdateItem: change the subject of the test event.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem-operation-calendar-item
"""

from __future__ import annotations

from calconnect.tenants.common.mark import SUBJECT_CHANGED
from calconnect.tenants.thin.ews.envelope import Dialect, Template, mailbox_envelope, no_read_receipts

OPERATION = "UpdateItem"


def update_event(dialect: Dialect) -> Template:
    """Return the request to change the event ``{item}`` of ``{mailbox}``, as it was at ``{change_key}``."""
    return mailbox_envelope(
        dialect,
        '<m:UpdateItem ConflictResolution="AutoResolve" MessageDisposition="SaveOnly"'
        f' SendMeetingInvitationsOrCancellations="SendToNone"{no_read_receipts(dialect)}><m:ItemChanges><t:ItemChange>'
        '<t:ItemId Id="{item}" ChangeKey="{change_key}"/><t:Updates><t:SetItemField>'
        f'<t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>{SUBJECT_CHANGED}</t:Subject>'
        "</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
    )
