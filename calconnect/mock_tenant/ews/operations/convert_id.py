"""ConvertId: https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation

The cheapest request that needs no right in any mailbox: clients use it to try out URL, TLS and sign-in.
"""

from __future__ import annotations

import base64
import binascii
import string
from collections.abc import Iterator
from urllib.parse import quote, unquote

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, XSI, Element, elements, find, local, m
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import ThingId, decode_id

_FORMATS = frozenset({"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"})
_ENTRY_MARK, _STORE_MARK = b"\x00\x00\x00\x00", b"\x2e\x00\x00\x00"
_IN_FORMAT = (("Format", _FORMATS),)
_SOURCES = (
    Node("AlternateId", attributes=("Format", "Id", "Mailbox"), attribute_values=_IN_FORMAT),
    Node("AlternatePublicFolderId", attributes=("Format", "FolderId"), attribute_values=_IN_FORMAT),
    Node("AlternatePublicFolderItemId", attributes=("Format", "FolderId", "ItemId"), attribute_values=_IN_FORMAT),
)


def _handle(request: Request) -> Element:
    wanted = request.body.get("DestinationFormat", "")
    return for_each("ConvertId", elements(find(request.body, "SourceIds")), lambda source: _convert(source, wanted))


def _convert(source: Element, wanted: str) -> Iterator[Element]:
    if local(source) != "AlternateId":
        raise EwsError("ErrorPublicFolderRequestProcessingFailed", "There are no public folders in this organization.")
    thing = read_id(source.get("Id", ""), source.get("Format", ""))
    yield m(
        "AlternateId",
        **{
            f"{{{XSI}}}type": "t:AlternateIdType",
            "Format": wanted,
            "Id": write_id(thing, wanted),
            "Mailbox": source.get("Mailbox", ""),
        },
    )


def read_id(text: str, form: str) -> ThingId:
    """Read an id in one of the formats of ConvertId.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``.
    """
    try:
        if form == "EwsId":
            return decode_id(text)
        if form == "EwsLegacyId":
            return decode_id(text.translate(str.maketrans("-_", "+/")))
        if form == "OwaId":
            return decode_id(unquote(text))
        if form == "HexEntryId":
            raw = bytes.fromhex(text) if all(char in string.hexdigits for char in text) else b""
        else:
            raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mark = _STORE_MARK if form == "StoreId" else _ENTRY_MARK
    if not raw.startswith(mark):
        raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
    return decode_id(base64.b64encode(raw[len(mark) :]).decode())


def write_id(thing: ThingId, form: str) -> str:
    """Write an id in one of the formats of ConvertId."""
    text = str(thing)
    if form == "EwsId":
        return text
    if form == "EwsLegacyId":
        return text.translate(str.maketrans("+/", "-_"))
    if form == "OwaId":
        return quote(text, safe="")
    mark = _STORE_MARK if form == "StoreId" else _ENTRY_MARK
    raw = mark + base64.b64decode(text)
    return raw.hex().upper() if form == "HexEntryId" else base64.b64encode(raw).decode()


OPERATION = Operation(
    name="ConvertId",
    request=Node(
        "ConvertId",
        (Node("SourceIds", _SOURCES, MESSAGES, choice=True, at_least=1),),
        MESSAGES,
        attributes=("DestinationFormat",),
        attribute_values=(("DestinationFormat", _FORMATS),),
    ),
    handle=_handle,
)
