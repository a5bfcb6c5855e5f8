"""Extended (MAPI) properties of folders: how they are named, and those that are worked out rather than stored.

Property tags: [MS-OXPROPS] https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops
"""

from __future__ import annotations

import base64

from calconnect.mock_tenant.ews.items.extended import read_name
from calconnect.mock_tenant.ews.xml import Element, flag, stamp
from calconnect.mock_tenant.state.ids import entry_id
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_CONTAINER_CLASS, _DISPLAY_NAME, _CONTENT_COUNT = 0x3613, 0x3001, 0x3602
_SUBFOLDERS, _FOLDER_TYPE, _HIDDEN, _ENTRY_ID = 0x360A, 0x3601, 0x10F4, 0x0FFF
_LAST_MODIFIED, _LOCAL_COMMIT_TIME, _SIZE = 0x3008, 0x670A, 0x0E08
_GENERIC, _ROOT = "1", "0"


def property_key(element: Element) -> str:
    """Return one text for all ways to write the same ``t:ExtendedFieldURI``; the key of ``Folder.extended``.

    Raises:
        EwsError: ``ErrorInvalidExtendedProperty``, ``ErrorNoPropertyTagForCustomProperties``,
            ``ErrorUnsupportedMapiPropertyType``.
    """
    name = read_name(element)
    return f"{name.property_set}:{name.name}:{name.number}:{name.type}"


def computed_property(mailbox: Mailbox, folder: Folder, element: Element) -> str | None:
    """Return the value of a property that every folder has; None if this is not one of them."""
    name = read_name(element)
    if name.property_set:
        return None
    tag = name.number
    if tag in (_LAST_MODIFIED, _LOCAL_COMMIT_TIME):
        times = [item.modified for item in folder.items.values() if item.modified is not None]
        return stamp(max(times)) if times else None
    values = {
        _CONTAINER_CLASS: folder.folder_class or None,
        _DISPLAY_NAME: folder.name,
        _CONTENT_COUNT: str(len(folder.items)),
        _SUBFOLDERS: flag(bool(mailbox.children(folder))),
        _FOLDER_TYPE: _ROOT if folder.parent is None else _GENERIC,
        _HIDDEN: flag(False),
        _ENTRY_ID: base64.b64encode(entry_id(mailbox.folder_id(folder))).decode(),
        _SIZE: str(sum(len(str(item.properties)) for item in folder.items.values())),
    }
    return values.get(tag)


def unread_count(folder: Folder) -> int:
    """Return how many items of a folder are unread."""
    return sum(1 for item in folder.items.values() if item.properties.get("IsRead") is False)
