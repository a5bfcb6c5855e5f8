"""GetUserConfiguration: the two configuration objects that clients read when they start.

DavMail asks for the time zone in ``OWA.UserOptions``, Evolution for the ``CategoryList`` of the calendar.
https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuserconfiguration-operation
The category list's form: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocfg
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterable

from lxml import etree

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES
from calconnect.mock_tenant.ews.grammar import Node, m_node, schema_error
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox
from calconnect.mock_tenant.state.timezones import iana_to_windows

_PROPERTIES = frozenset({"Id", "Dictionary", "XmlData", "BinaryData", "All"})
_CATEGORY_LIST = "CategoryList.xsd"
_CATEGORIES = (("Red", 0), ("Orange", 1), ("Yellow", 3), ("Green", 4), ("Blue", 7), ("Purple", 8))
"""The categories that a new mailbox has, with their colours."""


def handle(request: Request) -> Element:
    """Answer the request."""
    wanted = frozenset((text_of(request.body, "UserConfigurationProperties") or "").split())
    if not wanted or not wanted <= _PROPERTIES:
        raise schema_error(1, "The 'UserConfigurationProperties' element is invalid.")

    def work(named: Element) -> Iterable[Element]:
        mailbox, folder = folder_of(request, elements(named)[0], Right.READ)
        name = named.get("Name", "")
        children = [_named(named, name)]
        if folder.distinguished == "root" and name == "OWA.UserOptions":
            if wanted & {"Dictionary", "All"}:
                children.append(t("Dictionary", _entry("timezone", iana_to_windows(mailbox.recipient.time_zone))))
        elif folder.distinguished == "calendar" and name == "CategoryList":
            if wanted & {"XmlData", "All"}:
                children.append(t("XmlData", text=base64.b64encode(_category_list(mailbox, folder)).decode()))
        else:
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
        yield m("UserConfiguration", *children)

    named = find(request.body, "UserConfigurationName")
    return for_each("GetUserConfiguration", [] if named is None else [named], work)


def _named(named: Element, name: str) -> Element:
    return t("UserConfigurationName", *(copy.deepcopy(one) for one in elements(named)), Name=name)


def _entry(key: str, value: str) -> Element:
    return t(
        "DictionaryEntry",
        t("DictionaryKey", t("Type", text="String"), t("Value", text=key)),
        t("DictionaryValue", t("Type", text="String"), t("Value", text=value)),
    )


def _category_list(mailbox: Mailbox, folder: Folder) -> bytes:
    """Return the categories of a new mailbox, and those that its calendar's events have."""
    names = {f"{name} category": colour for name, colour in _CATEGORIES}
    for item in folder.items.values():
        for category in item.properties.get("Categories") or ():
            names.setdefault(str(category), -1)
    root = etree.fromstring(f'<categories xmlns="{_CATEGORY_LIST}"/>')
    root.set("default", "Red category")
    root.set("lastSavedSession", "1")
    root.set("lastSavedTime", f"{mailbox.clock():%Y-%m-%dT%H:%M:%S}.000")
    for name, colour in names.items():
        etree.SubElement(
            root, f"{{{_CATEGORY_LIST}}}category", {"name": name, "color": str(colour), "keyboardShortcut": "0"}
        )
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


OPERATION = Operation(
    name="GetUserConfiguration",
    request=m_node(
        "GetUserConfiguration",
        Node("UserConfigurationName", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1, attributes=("Name",)),
        m_node("UserConfigurationProperties"),
    ),
    handle=handle,
)
