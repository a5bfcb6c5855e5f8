"""DeleteItem: delete the test event for good, telling nobody.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation
"""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.tenants.thin.ews.envelope import Dialect, Template, mailbox_envelope, no_read_receipts

OPERATION = "DeleteItem"

_ITEM = Template('<t:ItemId Id="{item}"/>')
_ITEMS = b"<m:ItemIds/>"


class DeleteRequest:
    """The request to delete items of a mailbox."""

    def __init__(self, dialect: Dialect) -> None:
        """Write everything but the mailbox and the items."""
        self._envelope = mailbox_envelope(
            dialect,
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
            f' AffectedTaskOccurrences="AllOccurrences"{no_read_receipts(dialect)}>{_ITEMS.decode()}</m:DeleteItem>',
        )

    def of(self, mailbox: str, items: Sequence[str]) -> bytes:
        """Return the request to delete ``items``, by their ids."""
        ids = b"".join(_ITEM.fill(item=item) for item in items)
        return self._envelope.fill(mailbox=mailbox).replace(_ITEMS, b"<m:ItemIds>%b</m:ItemIds>" % ids)
