"""EmptyFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/emptyfolder-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_moves import delete_type_node, dispose_of_folder, dispose_of_item
from calconnect.mock_tenant.ews.folder_shape import FOLDER_IDS, folder_kind
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import Element, elements, find
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request."""
    delete_type = request.body.get("DeleteType", "HardDelete")
    with_subfolders = request.body.get("DeleteSubFolders") in ("true", "1")

    def work(identity: Element) -> Iterable[Element]:
        mailbox, folder = folder_of(request, identity)
        request.access.demand(mailbox, folder, Right.DELETE_ALL)
        if folder_kind(folder) == "CalendarFolder" or (folder.distinguished and not folder.folder_class):
            raise EwsError("ErrorCannotEmptyFolder", "A folder of this kind cannot be emptied.")
        if with_subfolders:
            for child in mailbox.children(folder):
                dispose_of_folder(mailbox, child, delete_type)
        for item in list(folder.items.values()):
            dispose_of_item(mailbox, item, delete_type)
        return ()

    return for_each("EmptyFolder", elements(find(request.body, "FolderIds")), work)


OPERATION = Operation(
    name="EmptyFolder", request=delete_type_node("EmptyFolder", FOLDER_IDS, "DeleteSubFolders"), handle=handle
)
