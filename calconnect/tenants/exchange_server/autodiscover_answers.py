"""Reads the answers of Autodiscover, POX and JSON.

Sources:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/pox-autodiscover-response-for-exchange ,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxdscli/713ef4f4-83b2-4375-9d64-60c97ee5b166 (error
codes), https://docs.grommunio.com/man/autodiscover.7.html (JSON).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from calconnect.tenants.common.soap import NotXml, looks_like_xml, parse_xml, text_of

_REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{email}</EMailAddress>"
    "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)
_PROTOCOLS = ("EXPR", "EXHTTP", "EXCH")
"""Types of ``Protocol`` in the order of preference: first what clients outside the network are to use."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What Autodiscover said: one of these fields is set."""

    ews_url: str = ""
    redirect_url: str = ""
    redirect_address: str = ""
    code: str = ""
    """The error code: as sent in JSON, ``autodiscover-500`` and the like for POX, or a word of calconnect's own."""


def pox_request(email: str) -> bytes:
    """Return the POX request for an e-mail address."""
    return _REQUEST.format(email=escape(email)).encode()


def read_json(content: bytes) -> Discovery:
    """Read a JSON answer."""
    try:
        record: Any = json.loads(content)
    except (ValueError, RecursionError):
        return Discovery(code="not-ews")
    if not isinstance(record, dict):
        return Discovery(code="not-ews")
    code = record.get("ErrorCode")
    if isinstance(code, str) and _CODE.fullmatch(code):
        return Discovery(code=code)
    url = record.get("Url")
    return _url(url) if isinstance(url, str) else Discovery(code="no-ews-url" if "Protocol" in record else "not-ews")


def read_pox(content: bytes) -> Discovery:
    """Read a POX answer."""
    if not looks_like_xml(content):
        return Discovery(code="not-ews")
    try:
        root = parse_xml(content)
    except NotXml:
        return Discovery(code="malformed-answer")
    if not str(root.tag).endswith("}Autodiscover"):
        return Discovery(code="not-ews")
    for number in root.iter("{*}ErrorCode"):
        text = text_of(number)
        return Discovery(code=f"autodiscover-{text}" if text.isdecimal() and len(text) < 6 else "malformed-answer")
    address, url = _first(root, "RedirectAddr"), _first(root, "RedirectUrl")
    if address:
        return Discovery(redirect_address=address)
    if url:
        return Discovery(redirect_url=url)
    return _url(_ews_url(root))


def _ews_url(root: Any) -> str:
    found: dict[str, str] = {}
    for protocol in root.iter("{*}Protocol"):
        kind = _first(protocol, "Type") or protocol.get("Type", "")
        url = _first(protocol, "EwsUrl") or _first(protocol, "ASUrl")
        if url:
            found.setdefault(kind.upper(), url)
    return next((found[kind] for kind in _PROTOCOLS if kind in found), next(iter(found.values()), ""))


def _url(url: str) -> Discovery:
    try:
        parts = urlsplit(url.strip())
        usable = bool(parts.hostname) and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        return Discovery(code="no-ews-url")
    if parts.scheme != "https":
        return Discovery(code="http-only" if parts.scheme == "http" else "no-ews-url")
    return Discovery(ews_url=url.strip())


def _first(element: Any, name: str) -> str:
    return next((text_of(one) for one in element.iter(f"{{*}}{name}")), "")
