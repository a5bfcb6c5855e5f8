"""SyncFolderHierarchy: what has become of the folders since last time.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderhierarchy-operation
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES, FOLDER_SHAPE, folder_element, read_folder_shape
from calconnect.mock_tenant.ews.grammar import Node, m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.folder_history import folder_changes
from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_STATE = struct.Struct(">4s16sQQ")
_MARK = b"\x00fHs"


def handle(request: Request) -> Element:
    """Answer the request."""
    shape = read_folder_shape(find(request.body, "FolderShape"))
    state = text_of(request.body, "SyncState")
    named = elements(find(request.body, "SyncFolderId"))

    def work(root_id: Element) -> Iterable[Element]:
        mailbox, root = folder_of(request, root_id)
        changes = folder_changes(mailbox, root, _read_state(mailbox, root, state) if state else None)
        parts = []
        for kind, folders in (("Create", changes.created), ("Update", changes.updated)):
            parts += [
                t(kind, folder_element(request, mailbox, folder, shape))
                for folder in folders
                if Right.VISIBLE in request.access.rights(mailbox, folder)
            ]
        for number in changes.deleted:
            parts.append(t("Delete", t("FolderId", Id=str(ThingId(IdKind.FOLDER, mailbox.guid, number)))))
        yield m("SyncState", text=_write_state(mailbox, root))
        yield m("IncludesLastFolderInRange", text="true")
        yield m("Changes", *parts)

    return for_each(
        "SyncFolderHierarchy",
        [named[0] if named else t("DistinguishedFolderId", Id="msgfolderroot")],
        work,
        on_error=lambda: (m("SyncState", text=""), m("IncludesLastFolderInRange", text="true")),
    )


def _write_state(mailbox: Mailbox, root: Folder) -> str:
    return base64.b64encode(_STATE.pack(_MARK, mailbox.guid, root.number, mailbox.change_number)).decode()


def _read_state(mailbox: Mailbox, root: Folder, text: str) -> int:
    try:
        mark, guid, number, position = _STATE.unpack(base64.b64decode(text, validate=True))
    except (ValueError, struct.error, binascii.Error):
        raise EwsError(
            "ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid."
        ) from None
    if (mark, guid, number) != (_MARK, mailbox.guid, root.number) or position > mailbox.change_number:
        raise EwsError("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.")
    return int(position)


OPERATION = Operation(
    name="SyncFolderHierarchy",
    request=m_node(
        "SyncFolderHierarchy",
        FOLDER_SHAPE,
        Node("SyncFolderId", FOLDER_ID_CHOICES, MESSAGES, required=False, choice=True, at_least=1),
        Node("SyncState", namespace=MESSAGES, required=False),
    ),
    handle=handle,
)
