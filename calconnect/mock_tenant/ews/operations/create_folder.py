"""CreateFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolder-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_properties import property_key
from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES, ID_ONLY, folder_element
from calconnect.mock_tenant.ews.folder_update import (
    CLASS_OF_KIND,
    FOLDER_CHOICES,
    check_name,
    extended_value,
    permissions,
)
from calconnect.mock_tenant.ews.grammar import Node, m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local, m, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request."""
    parent_id = elements(find(request.body, "ParentFolderId"))[0]

    def work(wanted: Element) -> Iterable[Element]:
        mailbox, parent = folder_of(request, parent_id)
        request.access.demand(mailbox, parent, Right.CREATE_SUBFOLDERS, "ErrorCreateSubfolderAccessDenied")
        name = text_of(wanted, "DisplayName")
        if name is None:
            raise EwsError("ErrorRequiredPropertyMissing", "A folder needs a display name.")
        folder_class = _folder_class(wanted)
        given = find(wanted, "PermissionSet")
        allowed = {} if given is None else permissions(request, folder_class, given)
        extended = {
            property_key(uri): extended_value(one)
            for one in elements(wanted)
            if local(one) == "ExtendedProperty" and (uri := find(one, "ExtendedFieldURI")) is not None
        }
        folder = mailbox.add_folder(parent, check_name(mailbox, parent.number, name), folder_class)
        folder.permissions = allowed
        folder.extended = dict(extended)
        yield m("Folders", folder_element(request, mailbox, folder, ID_ONLY))

    return for_each("CreateFolder", elements(find(request.body, "Folders")), work, on_error=lambda: (m("Folders"),))


def _folder_class(wanted: Element) -> str:
    """Return the class of a new folder: the given one, if it suits the element, else the element's own, if it has one.

    Raises:
        EwsError: ``ErrorNoFolderClassOverride``, ``ErrorInvalidFolderTypeForOperation`` (a search folder).
    """
    kind = local(wanted)
    if kind == "SearchFolder":
        raise EwsError("ErrorInvalidFolderTypeForOperation", "The mock tenant has no search folders.")
    given, own = text_of(wanted, "FolderClass"), CLASS_OF_KIND.get(kind)
    if own is None:
        return given or ""
    if given and not given.casefold().startswith(own.casefold()):
        raise EwsError("ErrorNoFolderClassOverride", f"The folder class cannot be '{given}' for this type of folder.")
    return given or own


OPERATION = Operation(
    name="CreateFolder",
    request=m_node(
        "CreateFolder",
        Node("ParentFolderId", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1),
        Node("Folders", FOLDER_CHOICES, MESSAGES, choice=True, at_least=1),
    ),
    handle=handle,
)
