"""UpdateItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem-operation"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.change_reading import ITEM_CHANGES, ItemChange, read_item_change
from calconnect.mock_tenant.ews.items.delivery import send_message
from calconnect.mock_tenant.ews.items.folders import target_folder_node
from calconnect.mock_tenant.ews.items.ids import Target, ids_in
from calconnect.mock_tenant.ews.items.paths import check_paths
from calconnect.mock_tenant.ews.items.reading import Attempt, attempt
from calconnect.mock_tenant.ews.items.updating import Updating, update
from calconnect.mock_tenant.ews.items.view import wire_of
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, m, t

_REQUEST = Node(
    "UpdateItem",
    (target_folder_node("SavedItemFolderId", required=False), ITEM_CHANGES),
    MESSAGES,
    attributes=("ConflictResolution",),
    attribute_values=(
        ("ConflictResolution", frozenset({"NeverOverwrite", "AutoResolve", "AlwaysOverwrite"})),
        ("MessageDisposition", frozenset({"SaveOnly", "SendOnly", "SendAndSaveCopy"})),
        (
            "SendMeetingInvitationsOrCancellations",
            frozenset(
                {
                    "SendToNone",
                    "SendOnlyToAll",
                    "SendOnlyToChanged",
                    "SendToAllAndSaveCopy",
                    "SendToChangedAndSaveCopy",
                }
            ),
        ),
    ),
)


def handle(request: Request) -> Element:
    """Change each item."""
    body = request.body
    check_paths(body)
    how = Updating(
        body.get("ConflictResolution", ""),
        body.get("MessageDisposition"),
        body.get("SendMeetingInvitationsOrCancellations"),
    )
    wire = wire_of(request)
    changes = [attempt(partial(read_item_change, element, wire)) for element in ids_in(body, "ItemChanges")]

    def change(thing: Attempt[ItemChange]) -> Iterator[Element]:
        target, conflicts = update(request, how, thing.get())
        if how.disposition in ("SendOnly", "SendAndSaveCopy") and target.item.kind == "Message":
            _send(request, target, save_copy=how.disposition == "SendAndSaveCopy")
            yield m("Items")
        else:
            yield m("Items", t(target.item.kind, target.view(request).id_element()))
        yield m("ConflictResults", t("Count", text=str(conflicts)))

    return for_each("UpdateItem", changes, change, on_error=lambda: (m("Items"),))


def _send(request: Request, target: Target, *, save_copy: bool) -> None:
    mailbox = target.mailbox
    send_message(request, mailbox, target.item)
    if save_copy:
        mailbox.move_item(target.item, mailbox.distinguished("sentitems"))
    else:
        mailbox.remove_item(target.item)


OPERATION = Operation(name="UpdateItem", request=_REQUEST, handle=handle)
