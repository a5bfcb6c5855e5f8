"""MoveFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/movefolder-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_moves import move_folder
from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES, FOLDER_IDS, ID_ONLY, folder_element
from calconnect.mock_tenant.ews.grammar import Node, m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request."""
    target_id = elements(find(request.body, "ToFolderId"))[0]

    def work(identity: Element) -> Iterable[Element]:
        target_mailbox, target = folder_of(request, target_id)
        mailbox, folder = folder_of(request, identity)
        request.access.demand(mailbox, folder, Right.OWNER)
        request.access.demand(target_mailbox, target, Right.CREATE_SUBFOLDERS, "ErrorCreateSubfolderAccessDenied")
        if mailbox is not target_mailbox:
            raise EwsError("ErrorCrossMailboxMoveCopy", "A folder cannot be moved into another mailbox.")
        move_folder(mailbox, folder, target)
        yield m("Folders", folder_element(request, mailbox, folder, ID_ONLY))

    return for_each("MoveFolder", elements(find(request.body, "FolderIds")), work, on_error=lambda: (m("Folders"),))


OPERATION = Operation(
    name="MoveFolder",
    request=m_node("MoveFolder", Node("ToFolderId", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1), FOLDER_IDS),
    handle=handle,
)
