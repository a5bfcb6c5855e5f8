"""GetItem: read the test event back.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getitem-operation-calendar-item
"""

from __future__ import annotations

from calconnect.tenants.thin.ews.envelope import Dialect, Template, mailbox_envelope
from calconnect.tenants.thin.ews.mark_property import MARK_URI

OPERATION = "GetItem"


def get_event(dialect: Dialect) -> Template:
    """Return the request for the event ``{item}`` of ``{mailbox}``: its subject and mark."""
    return mailbox_envelope(
        dialect,
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
        f'<t:AdditionalProperties>{MARK_URI}<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties>'
        '</m:ItemShape><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:GetItem>',
    )
