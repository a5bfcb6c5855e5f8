"""UpdateFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/updatefolder-operation"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES, ID_ONLY, folder_element
from calconnect.mock_tenant.ews.folder_update import FOLDER_CHOICES, delete_field, set_field
from calconnect.mock_tenant.ews.grammar import Node, m_node, schema_error
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local, m
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError

_PATHS = (
    Node("FieldURI", attributes=("FieldURI",), required=False),
    Node("IndexedFieldURI", attributes=("FieldURI", "FieldIndex"), required=False),
    Node("ExtendedFieldURI", attributes=("PropertyType",), required=False),
)
_SET = (*_PATHS, *(replace(one, required=False) for one in FOLDER_CHOICES))
_UPDATES = Node(
    "Updates",
    (Node("AppendToFolderField", _SET), Node("SetFolderField", _SET), Node("DeleteFolderField", _PATHS)),
    choice=True,
    at_least=1,
)
_CHANGE = Node("FolderChange", (*(replace(one, required=False) for one in FOLDER_ID_CHOICES), _UPDATES), many=True)
_PARTS = {"AppendToFolderField": 2, "SetFolderField": 2, "DeleteFolderField": 1}


def handle(request: Request) -> Element:
    """Answer the request."""
    changes = elements(find(request.body, "FolderChanges"))
    for change in changes:
        _check(change)

    def work(change: Element) -> Iterable[Element]:
        mailbox, folder = folder_of(request, elements(change)[0])
        request.access.demand(mailbox, folder, Right.OWNER)
        before = (folder.name, folder.folder_class, folder.permissions, dict(folder.extended))
        try:
            for update in elements(find(change, "Updates")):
                path = elements(update)[0]
                if local(update) == "SetFolderField":
                    set_field(request, mailbox, folder, path, elements(update)[1])
                elif local(update) == "DeleteFolderField":
                    delete_field(folder, path)
                else:
                    raise EwsError("ErrorInvalidPropertyAppend", "Nothing can be appended to this property.")
        except EwsError:
            folder.name, folder.folder_class, folder.permissions, folder.extended = before
            raise
        mailbox.touch_folder(folder)
        yield m("Folders", folder_element(request, mailbox, folder, ID_ONLY))

    return for_each("UpdateFolder", changes, work, on_error=lambda: (m("Folders"),))


def _check(change: Element) -> None:
    """Check what the grammar leaves open: one folder, and for each update one path with what goes with it."""
    if len(elements(change)) != 2:
        raise schema_error(1, "The element 'FolderChange' must name one folder.")
    for update in elements(find(change, "Updates")):
        if len(elements(update)) != _PARTS[local(update)]:
            raise schema_error(1, f"The element '{local(update)}' has incomplete content.")


OPERATION = Operation(
    name="UpdateFolder",
    request=m_node("UpdateFolder", Node("FolderChanges", (_CHANGE,), MESSAGES)),
    handle=handle,
)
