"""Reads what Exchange sends: SOAP envelopes, and the codes in them. Hardened: the sender is not trusted.

No entities, no DTD, no network, no endless trees. What an answer *means* is not decided here.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

_ENVELOPE = f"{SOAP}Envelope"
_BODY = f"{SOAP}Body"
_FAULT = f"{SOAP}Fault"
_RESPONSE_CODE = f"{MESSAGES}ResponseCode"
_VALUE = f"{TYPES}Value"
_ODD_CHARACTERS = frozenset({etree.ErrorTypes.ERR_INVALID_CHAR, etree.ErrorTypes.ERR_INVALID_ENCODING})
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}")
_WORD = re.compile(r"Error[A-Za-z0-9]{1,99}")
_VERSION_PARTS = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")

_of_thread = threading.local()
"""The parser of each thread: to make one takes longer than to read an answer, and one serves one text at a time."""


class NotXml(Exception):
    """The text is no XML document, or not a whole one."""


@dataclass(frozen=True, slots=True)
class SoapAnswer:
    """What stands in a SOAP envelope."""

    body: etree._Element
    """The ``Body`` element."""
    code: str
    """The response code: of several, the first that is not ``NoError``. Of a fault, the code in its detail or, without
    one, its ``faultcode`` if that is an Exchange code. Empty where there is none."""
    fault: bool
    server_version: str
    """``15.2.1748.10``, or empty."""
    back_off: float | None
    """Seconds that the server asks to wait (``BackOffMilliseconds``)."""
    values: Mapping[str, str]
    """The named values of the ``MessageXml`` that came with an error."""

    def find_all(self, path: str) -> Iterator[etree._Element]:
        """Yield all elements with the tag ``path`` (``{namespace}name``) in the body."""
        yield from self.body.iter(path)

    def find(self, tag: str) -> etree._Element | None:
        """Return the first element with the tag, anywhere in the body."""
        return next(self.find_all(tag), None)

    def firsts(self, *tags: str) -> dict[str, etree._Element]:
        """Return the first element with each of some tags, anywhere in the body; those that are not there are missing.

        To look for all of them at once takes as long as to look for one.
        """
        found: dict[str, etree._Element] = {}
        for element in self.body.iter(*tags):
            found.setdefault(element.tag, element)
        return found

    def text(self, tag: str) -> str:
        """Return the text of the first element with the tag; empty if there is none."""
        return text_of(self.find(tag))

    def part(self, element: etree._Element) -> SoapAnswer:
        """Return what one part of the body says on its own: one mailbox's share of an answer about many."""
        values = _values(element)
        return SoapAnswer(
            element, _response_code(element), False, self.server_version, _back_off(values), MappingProxyType(values)
        )


def text_of(element: etree._Element | None) -> str:
    """Return an element's own text without the space around it; empty if there is no element or text."""
    if element is None or not isinstance(element.text, str):
        return ""
    return element.text.strip()


def child_text(element: etree._Element, tag: str) -> str:
    """Return the text of the child with the tag; empty if there is none."""
    return text_of(_child(element, tag))


def parse_xml(data: bytes) -> etree._Element:
    """Parse a document and return its root.

    Exchange sends characters that XML forbids where a mailbox holds them, so a document that is whole but for those is
    read all the same. A document type declaration is refused.

    Raises:
        NotXml: it is no XML, or is cut short or damaged.
    """
    try:
        root = _parse(data, recover=False)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) not in _ODD_CHARACTERS:
            raise NotXml("the document cannot be read") from None
        root = _salvage(data)
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("no XML document")
    return root


def _parse(data: bytes, *, recover: bool) -> etree._Element | None:
    if recover:
        return etree.fromstring(data, _new_parser(recover=True))
    parser: etree.XMLParser | None = getattr(_of_thread, "parser", None)
    if parser is None:
        parser = _of_thread.parser = _new_parser(recover=False)
    return etree.fromstring(data, parser)


def _new_parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _salvage(data: bytes) -> etree._Element | None:
    """Read a document with damage inside, provided that it ends with the end of what it began with."""
    began = re.search(rb"<([A-Za-z_][\w.:-]*)[\s>]", data)
    if began is None or not re.search(rb"</" + re.escape(began.group(1)) + rb"\s*>\s*$", data):
        raise NotXml("the document is cut short")
    try:
        return _parse(data, recover=True)
    except etree.XMLSyntaxError:
        raise NotXml("the document cannot be read") from None


def looks_like_xml(data: bytes) -> bool:
    """Say whether the text begins as XML does, and not as HTML."""
    head = data[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and not head.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def read_soap(root: etree._Element) -> SoapAnswer | None:
    """Read an envelope; None if the document is none."""
    if root.tag != _ENVELOPE:
        return None
    body = _child(root, _BODY)
    if body is None:
        return None
    fault = _child(body, _FAULT)
    code = _fault_code(fault) if fault is not None else _response_code(body)
    values = _values(body)
    return SoapAnswer(body, code, fault is not None, _server_version(root), _back_off(values), MappingProxyType(values))


def _child(element: etree._Element, tag: str) -> etree._Element | None:
    return next(element.iterchildren(tag), None)  # find() reads the tag as a path, which takes several times as long


def _values(element: etree._Element) -> dict[str, str]:
    return {
        value.get("Name", ""): text_of(value)
        for message in element.iter("{*}MessageXml")
        for value in message.iter(_VALUE)
    }


def _fault_code(fault: etree._Element) -> str:
    detail = fault.find("detail")
    if detail is not None:
        for element in detail.iter("{*}ResponseCode"):
            if _CODE.fullmatch(text_of(element)):
                return text_of(element)
    word = child_text(fault, "faultcode").rpartition(":")[2]
    return word if _WORD.fullmatch(word) else "fault-without-code"


def _response_code(body: etree._Element) -> str:
    first = ""
    for element in body.iter(_RESPONSE_CODE):
        code = text_of(element)
        if _CODE.fullmatch(code):
            if code != "NoError":
                return code
            first = code
    return first


def _server_version(root: etree._Element) -> str:
    info = next(root.iter("{*}ServerVersionInfo"), None)
    if info is None:
        return ""
    return _version(*[info.get(part, "") for part in _VERSION_PARTS])


@functools.lru_cache(maxsize=64)
def _version(*parts: str) -> str:
    if not all(map(_is_number, parts)):
        parts = parts[:2]
    return ".".join(parts) if all(map(_is_number, parts)) else ""


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 8


def _back_off(values: Mapping[str, str]) -> float | None:
    milliseconds = values.get("BackOffMilliseconds", "") if values else ""
    return int(milliseconds) / 1000 if milliseconds.isdecimal() and len(milliseconds) < 10 else None
