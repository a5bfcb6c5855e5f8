"""GetFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.folder_shape import FOLDER_IDS, FOLDER_SHAPE, folder_element, read_folder_shape
from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import Element, elements, find, m


def _handle(request: Request) -> Element:
    shape = read_folder_shape(find(request.body, "FolderShape"))

    def work(identity: Element) -> tuple[Element]:
        mailbox, folder = folder_of(request, identity)
        return (m("Folders", folder_element(request, mailbox, folder, shape)),)

    return for_each("GetFolder", elements(find(request.body, "FolderIds")), work, on_error=lambda: (m("Folders"),))


OPERATION = Operation(name="GetFolder", request=m_node("GetFolder", FOLDER_SHAPE, FOLDER_IDS), handle=_handle)
