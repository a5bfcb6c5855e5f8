"""Setting and removing properties of folders, as CreateFolder and UpdateFolder ask for it.

Which properties can be set: https://learn.microsoft.com/exchange/client-developer/web-service-reference/setfolderfield
"""

from __future__ import annotations

import re

from calconnect.mock_tenant.ews.folder_properties import property_key
from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.permission_update import read_permission_set
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

CLASS_OF_KIND = {"CalendarFolder": "IPF.Appointment", "ContactsFolder": "IPF.Contact", "TasksFolder": "IPF.Task"}
"""The folder class that an element name stands for."""
_SHARED = (
    *(Node(name, (), required=False, attributes=("Id",)) for name in ("FolderId", "ParentFolderId")),
    *(Node(name, required=False) for name in ("FolderClass", "DisplayName", "TotalCount", "ChildFolderCount")),
    Node(
        "ExtendedProperty",
        (
            Node("ExtendedFieldURI", attributes=("PropertyType",)),
            Node("Value", required=False),
            Node("Values", (Node("Value", many=True),), required=False),
        ),
        required=False,
        many=True,
    ),
    *(Node(name, ANY, required=False) for name in ("ManagedFolderInformation", "EffectiveRights")),
    *(Node(name, ANY, required=False) for name in ("DistinguishedFolderId", "PolicyTag", "ArchiveTag", "ReplicaList")),
)
_OWN = {
    "Folder": ("PermissionSet", "UnreadCount"),
    "CalendarFolder": ("SharingEffectiveRights", "PermissionSet"),
    "ContactsFolder": ("SharingEffectiveRights", "PermissionSet", "SourceId", "AccountName"),
    "SearchFolder": ("PermissionSet", "UnreadCount", "SearchParameters"),
    "TasksFolder": ("PermissionSet", "UnreadCount"),
}
FOLDER_CHOICES = tuple(
    Node(kind, (*_SHARED, *(Node(name, ANY, required=False) for name in own))) for kind, own in _OWN.items()
)
"""Grammar of the elements that describe a folder."""
_INTEGER_TYPES = frozenset({"Integer", "Short", "Long", "Error"})
_DISPLAY_NAME_TAG = re.compile(r"(0x)?3001", re.I)


def check_name(mailbox: Mailbox, parent: int | None, name: str, *, but: Folder | None = None) -> str:
    """Return a display name, stripped.

    Raises:
        EwsError: ``ErrorFolderSavePropertyError`` (empty), ``ErrorFolderExists`` (a folder other than ``but`` has it).
    """
    name = name.strip()
    if not name:
        raise EwsError("ErrorFolderSavePropertyError", "The folder's display name cannot be empty.")
    taken = (one for one in mailbox.folders.values() if one.parent == parent and one is not but)
    if any(one.name.casefold() == name.casefold() for one in taken):
        raise EwsError("ErrorFolderExists", "A folder with the specified name already exists.")
    return name


def set_field(request: Request, mailbox: Mailbox, folder: Folder, path: Element, content: Element) -> None:
    """Set one property.

    Args:
        request: who asks.
        mailbox: whose folder it is.
        folder: to be changed.
        path: the property's ``t:FieldURI`` or ``t:ExtendedFieldURI``.
        content: the ``t:Folder`` (or its like) that brings the value.

    Raises:
        EwsError: ``ErrorUpdatePropertyMismatch``, ``ErrorInvalidPropertySet``, ``ErrorFolderSavePropertyError``,
            ``ErrorFolderExists``, and those of ``read_permission_set``.
    """
    if local(path) == "ExtendedFieldURI":
        element = find(content, "ExtendedProperty")
        uri = find(element, "ExtendedFieldURI")
        if element is None or uri is None or property_key(uri) != property_key(path):
            raise _mismatch()
        if _DISPLAY_NAME_TAG.fullmatch(path.get("PropertyTag", "")):
            rename(mailbox, folder, str(extended_value(element)))
        else:
            folder.extended[property_key(path)] = extended_value(element)
        return
    name = path.get("FieldURI", "").removeprefix("folder:")
    if name not in ("DisplayName", "FolderClass", "PermissionSet"):
        raise EwsError("ErrorInvalidPropertySet", "The property cannot be set.")
    element = find(content, name)
    if element is None:
        raise _mismatch()
    if name == "DisplayName":
        rename(mailbox, folder, element.text or "")
    elif name == "FolderClass":
        _set_class(folder, (element.text or "").strip())
    else:
        folder.permissions = permissions(request, folder.folder_class, element)


def delete_field(folder: Folder, path: Element) -> None:
    """Remove one property; without permissions of its own a folder has the default ones.

    Raises:
        EwsError: ``ErrorInvalidPropertyDelete``.
    """
    if local(path) == "ExtendedFieldURI":
        folder.extended.pop(property_key(path), None)
    elif path.get("FieldURI") == "folder:PermissionSet":
        folder.permissions = {}
    else:
        raise EwsError("ErrorInvalidPropertyDelete", "The property cannot be deleted.")


def rename(mailbox: Mailbox, folder: Folder, name: str) -> None:
    """Give a folder another display name.

    Raises:
        EwsError: ``ErrorFolderSavePropertyError`` (a default folder, or an empty name), ``ErrorFolderExists``.
    """
    name = check_name(mailbox, folder.parent, name, but=folder)
    if name == folder.name:
        return
    if folder.distinguished:
        raise EwsError("ErrorFolderSavePropertyError", "A default folder cannot be renamed.")
    folder.name = name


def _set_class(folder: Folder, folder_class: str) -> None:
    """Change a folder's class within its kind: a calendar stays a calendar."""
    kinds = {
        next((kind for kind, start in CLASS_OF_KIND.items() if one.casefold().startswith(start.casefold())), "Folder")
        for one in (folder.folder_class, folder_class)
    }
    if len(kinds) > 1 or not folder_class:
        raise EwsError("ErrorInvalidPropertySet", f"The folder's class cannot become '{folder_class}'.")
    folder.folder_class = folder_class


def permissions(request: Request, folder_class: str, element: Element) -> dict[str, str]:
    """Read a ``t:PermissionSet`` for a folder of this class; see ``read_permission_set``."""
    calendar = folder_class.startswith(CLASS_OF_KIND["CalendarFolder"])
    return read_permission_set(request.organization.directory, element, calendar=calendar)


def extended_value(element: Element) -> str | list[str]:
    """Read the value of a ``t:ExtendedProperty``.

    Raises:
        EwsError: ``ErrorInvalidExtendedPropertyValue``.
    """
    uri = find(element, "ExtendedFieldURI")
    kind = "String" if uri is None else uri.get("PropertyType", "String")
    values = find(element, "Values")
    if (values is not None) != kind.endswith("Array"):
        raise EwsError("ErrorInvalidExtendedPropertyValue", "The value does not match the property's type.")
    if values is not None:
        return [one.text or "" for one in elements(values)]
    single = find(element, "Value")
    text = (single.text or "") if single is not None else ""
    if kind in _INTEGER_TYPES and not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise EwsError("ErrorInvalidExtendedPropertyValue", f"The value '{text}' is not a number.")
    return text


def _mismatch() -> EwsError:
    return EwsError("ErrorUpdatePropertyMismatch", "The property in the folder is not the one that the path names.")
