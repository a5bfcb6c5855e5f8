"""Folders as answers show them: which properties, in which order, for which kind of folder.

Shapes: https://learn.microsoft.com/exchange/client-developer/web-service-reference/foldershape
Order of the elements: BaseFolderType and its extensions in the published types.xsd.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calconnect.mock_tenant.ews.folder_permissions import effective_rights, permission_set
from calconnect.mock_tenant.ews.folder_properties import computed_property, property_key, unread_count
from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_PROPERTIES = Node(
    "AdditionalProperties",
    (
        Node("FieldURI", attributes=("FieldURI",)),
        Node("IndexedFieldURI", attributes=("FieldURI", "FieldIndex")),
        Node("ExtendedFieldURI", attributes=("PropertyType",)),
    ),
    required=False,
    choice=True,
    at_least=1,
)
FOLDER_SHAPE = Node(
    "FolderShape",
    (Node("BaseShape", values=frozenset({"IdOnly", "Default", "AllProperties"})), _PROPERTIES),
    MESSAGES,
)
"""Grammar of ``m:FolderShape``."""

DISTINGUISHED_NAMES = frozenset(
    [
        "calendar",
        "contacts",
        "deleteditems",
        "drafts",
        "inbox",
        "journal",
        "notes",
        "outbox",
        "sentitems",
        "tasks",
        "msgfolderroot",
        "publicfoldersroot",
        "root",
        "junkemail",
        "searchfolders",
        "voicemail",
        "recoverableitemsroot",
        "recoverableitemsdeletions",
        "recoverableitemsversions",
        "recoverableitemspurges",
        "recoverableitemsdiscoveryholds",
        "archiveroot",
        "archivemsgfolderroot",
        "archivedeleteditems",
        "archiveinbox",
        "archiverecoverableitemsroot",
        "archiverecoverableitemsdeletions",
        "archiverecoverableitemsversions",
        "archiverecoverableitemspurges",
        "archiverecoverableitemsdiscoveryholds",
        "syncissues",
        "conflicts",
        "localfailures",
        "serverfailures",
        "recipientcache",
        "quickcontacts",
        "conversationhistory",
        "adminauditlogs",
        "todosearch",
        "mycontacts",
        "directory",
        "imcontactlist",
        "peopleconnect",
        "favorites",
        "mecontact",
        "personmetadata",
        "teamspaceactivity",
        "teamspacemessaging",
        "teamspaceworkitems",
        "scheduled",
        "orionnotes",
        "tagitems",
        "alltaggeditems",
        "allcategorizeditems",
        "externalcontacts",
        "teamchat",
        "teamchathistory",
        "yammerdata",
        "yammerroot",
        "yammerinbound",
        "yammeroutbound",
        "yammerfeeds",
        "kaizaladata",
        "messageingestion",
        "onedriveroot",
        "onedriverecylebin",
        "onedrivesystem",
        "onedrivevolume",
        "important",
        "starred",
        "archive",
        "companycontacts",
    ]
)
"""The values of DistinguishedFolderIdNameType (published types.xsd, and the newer names beside it)."""

FOLDER_ID_CHOICES = (
    Node("FolderId", attributes=("Id",)),
    Node(
        "DistinguishedFolderId",
        (Node("Mailbox", ANY, required=False),),
        attributes=("Id",),
        attribute_values=(("Id", DISTINGUISHED_NAMES),),
    ),
)
"""The ways to name a folder."""
FOLDER_IDS = Node("FolderIds", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1)
"""Grammar of ``m:FolderIds``."""

_DEFAULT = (
    "folder:FolderId",
    "folder:DisplayName",
    "folder:TotalCount",
    "folder:ChildFolderCount",
    "folder:UnreadCount",
)
_ALL = (
    *_DEFAULT,
    "folder:ParentFolderId",
    "folder:FolderClass",
    "folder:EffectiveRights",
    "folder:DistinguishedFolderId",
    "folder:SharingEffectiveRights",
)
_BASE = {
    "IdOnly": frozenset({"folder:FolderId"}),
    "Default": frozenset(_DEFAULT),
    "AllProperties": frozenset(_ALL),
}
_KINDS = (("IPF.Appointment", "CalendarFolder"), ("IPF.Contact", "ContactsFolder"), ("IPF.Task", "TasksFolder"))


@dataclass(frozen=True, slots=True)
class FolderShape:
    """Which properties of folders are wanted."""

    fields: frozenset[str]
    """FieldURIs."""
    extended: tuple[Element, ...] = ()
    """``t:ExtendedFieldURI`` elements, as they came."""


ID_ONLY = FolderShape(_BASE["IdOnly"])


def read_folder_shape(element: Element | None) -> FolderShape:
    """Read an ``m:FolderShape``; None means IdOnly."""
    if element is None:
        return ID_ONLY
    base = _BASE[text_of(element, "BaseShape") or "IdOnly"]
    more = elements(find(element, "AdditionalProperties"))
    if not more:
        return FolderShape(base)
    return FolderShape(
        base | {one.get("FieldURI", "") for one in more if local(one) == "FieldURI"},
        tuple(one for one in more if local(one) == "ExtendedFieldURI"),
    )


def folder_kind(folder: Folder) -> str:
    """Return the element name for a folder: ``CalendarFolder``, ``ContactsFolder``, ``TasksFolder``, ``Folder``."""
    return next((name for prefix, name in _KINDS if folder.folder_class.startswith(prefix)), "Folder")


def folder_id_element(mailbox: Mailbox, folder: Folder, name: str = "FolderId") -> Element:
    """Return ``t:FolderId`` (or ``t:ParentFolderId``) of a folder."""
    return t(name, Id=str(mailbox.folder_id(folder)), ChangeKey=mailbox.key_of(folder))


def folder_element(request: Request, mailbox: Mailbox, folder: Folder, shape: FolderShape) -> Element:
    """Return a folder as the shape wants it. What the folder or the caller's rights do not have is left out."""
    kind = folder_kind(folder)
    return t(kind, *_properties(request, mailbox, folder, shape, kind))


def _properties(request: Request, mailbox: Mailbox, folder: Folder, shape: FolderShape, kind: str) -> Iterator[Element]:
    fields = shape.fields
    if "folder:FolderId" in fields:
        yield folder_id_element(mailbox, folder)
    if "folder:ParentFolderId" in fields and folder.parent is not None:
        yield folder_id_element(mailbox, mailbox.folder(folder.parent), "ParentFolderId")
    if "folder:FolderClass" in fields and folder.folder_class:
        yield t("FolderClass", text=folder.folder_class)
    if "folder:DisplayName" in fields:
        yield t("DisplayName", text=folder.name)
    if "folder:TotalCount" in fields:
        yield t("TotalCount", text=str(len(folder.items)))
    if "folder:ChildFolderCount" in fields:
        yield t("ChildFolderCount", text=str(len(mailbox.children(folder))))
    for element in shape.extended:
        found = _extended(mailbox, folder, element)
        if found is not None:
            yield found
    rights = request.access.rights(mailbox, folder)
    if "folder:EffectiveRights" in fields:
        yield effective_rights(rights)
    if "folder:DistinguishedFolderId" in fields and folder.distinguished and request.version >= "Exchange2013":
        yield t("DistinguishedFolderId", text=folder.distinguished)
    if "folder:PermissionSet" in fields and Right.OWNER in rights:
        yield permission_set(request.organization.directory, folder, calendar=kind == "CalendarFolder")
    if "folder:UnreadCount" in fields and kind in ("Folder", "TasksFolder"):
        yield t("UnreadCount", text=str(unread_count(folder)))


def _extended(mailbox: Mailbox, folder: Folder, element: Element) -> Element | None:
    value = folder.extended.get(property_key(element))
    if value is None:
        value = computed_property(mailbox, folder, element)
    if value is None:
        return None
    uri = t("ExtendedFieldURI", **{str(name): str(text) for name, text in element.attrib.items()})
    if isinstance(value, (list, tuple)):
        return t("ExtendedProperty", uri, t("Values", *(t("Value", text=str(one)) for one in value)))
    return t("ExtendedProperty", uri, t("Value", text=str(value)))
