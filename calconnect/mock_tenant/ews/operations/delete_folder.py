"""DeleteFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/deletefolder-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_moves import delete_type_node, dispose_of_folder
from calconnect.mock_tenant.ews.folder_shape import FOLDER_IDS
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import Element, elements, find
from calconnect.mock_tenant.state.access import Right


def handle(request: Request) -> Element:
    """Answer the request."""
    delete_type = request.body.get("DeleteType", "HardDelete")

    def work(identity: Element) -> Iterable[Element]:
        mailbox, folder = folder_of(request, identity)
        request.access.demand(mailbox, folder, Right.OWNER)
        dispose_of_folder(mailbox, folder, delete_type)
        return ()

    return for_each("DeleteFolder", elements(find(request.body, "FolderIds")), work)


OPERATION = Operation(name="DeleteFolder", request=delete_type_node("DeleteFolder", FOLDER_IDS), handle=handle)
