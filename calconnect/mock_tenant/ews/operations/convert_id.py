"""ConvertId: https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation

The cheapest request that needs no right in any mailbox: clients use it to try out URL, TLS and sign-in.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import quote, unquote

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, XSI, Element, elements, find, local, m
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId, decode_id, entry_id, read_entry_id

_FORMATS = frozenset({"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"})
_FOLDER_OBJECT, _ITEM_OBJECT = b"\x01", b"\x09"
"""The type of the object, which follows the entry id in a store id."""
_TO_URL_ALPHABET, _FROM_URL_ALPHABET = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")
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
    if form == "EwsId":
        return decode_id(text)
    if form == "EwsLegacyId":
        return decode_id(text.translate(_FROM_URL_ALPHABET))
    if form == "OwaId":
        return decode_id(unquote(text))
    try:
        raw = bytes.fromhex(text) if form == "HexEntryId" else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if form == "StoreId":
        raw = raw[:-1] if raw[-1:] in (_FOLDER_OBJECT, _ITEM_OBJECT) else b""
    return read_entry_id(raw)


def write_id(thing: ThingId, form: str) -> str:
    """Write an id in one of the formats of ConvertId.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``: it is the id of an attachment.
    """
    if thing.kind is IdKind.ATTACHMENT:
        raise EwsError("ErrorInvalidIdMalformed", "The id of an attachment cannot be converted.")
    if form == "EwsId":
        return str(thing)
    if form == "EwsLegacyId":
        return str(thing).translate(_TO_URL_ALPHABET)
    if form == "OwaId":
        return quote(str(thing), safe="")
    raw = entry_id(thing)
    if form == "HexEntryId":
        return raw.hex().upper()
    if form == "StoreId":
        raw += _FOLDER_OBJECT if thing.kind is IdKind.FOLDER else _ITEM_OBJECT
    return base64.b64encode(raw).decode()


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
