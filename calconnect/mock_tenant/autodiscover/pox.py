"""Autodiscover as plain old XML.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/pox-autodiscover-web-service-reference-for-exchange
"""

from __future__ import annotations

import zlib

from lxml import etree

from calconnect.mock_tenant.autodiscover.lookup import Found, Lookup
from calconnect.mock_tenant.ews.grammar import parse_xml
from calconnect.mock_tenant.ews.xml import Element, clean, find, text_of
from calconnect.mock_tenant.reply import Reply, Told
from calconnect.mock_tenant.state.directory import Recipient

RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
_WEB_SCHEMES = "Basic, Ntlm"


def answer_pox(lookup: Lookup, data: bytes, told: Told) -> Reply:
    """Answer a request; errors go out with HTTP 200, as Exchange sends them."""
    told.operation = "Autodiscover"
    try:
        root: Element | None = parse_xml(data)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    request = find(root, "Request")
    address = text_of(request, "EMailAddress") or ""
    schema = text_of(request, "AcceptableResponseSchema")
    if request is None or schema is None or not address:
        return _error(lookup, "600", "Invalid Request")
    if schema != OUTLOOK:
        return _error(lookup, "601", "Provider is not available")
    told.target = address
    if address.count("@") != 1:
        return _error(lookup, "501", "Bad Address")
    found = lookup.find(address)
    if found is None:
        return _error(lookup, "500", "The e-mail address cannot be found")
    response = _element("Response", _account(lookup, found))
    if found.user is not None:
        response.insert(0, _user(found.user))
    return _reply(response)


def _user(user: Recipient) -> Element:
    return _element(
        "User",
        _text("DisplayName", user.name),
        _text("LegacyDN", user.legacy_dn),
        _text("AutoDiscoverSMTPAddress", user.email),
        _text("DeploymentId", str(user.guid)),
    )


def _account(lookup: Lookup, found: Found) -> Element:
    if found.redirect_address:
        return _element("Account", _text("Action", "redirectAddr"), _text("RedirectAddr", found.redirect_address))
    if found.redirect_url:
        return _element("Account", _text("Action", "redirectUrl"), _text("RedirectUrl", found.redirect_url))
    assert found.user is not None
    return _element(
        "Account",
        _text("AccountType", "email"),
        _text("Action", "settings"),
        _text("MicrosoftOnline", "False"),
        _protocol(lookup, found.user, "EXCH"),
        _protocol(lookup, found.user, "EXPR"),
        _web(lookup),
    )


def _protocol(lookup: Lookup, user: Recipient, kind: str) -> Element:
    major, minor, build, _ = (int(part) for part in lookup.organization.server.version.split("."))
    server = f"{lookup.organization.server.server_name}.{lookup.organization.domains[0]}".lower()
    protocol = _element("Protocol", _text("Type", kind), _text("Server", server))
    if kind == "EXCH":
        # ServerVersion: the build packed into 32 bits, [MS-OXDSCLI] 2.2.4.1.1.2.6.41
        packed = 0x7000_8000 | (major & 0x3F) << 22 | (minor & 0x3F) << 16 | build & 0x7FFF
        protocol.append(_text("ServerVersion", f"{packed:08X}"))
        protocol.append(_text("MdbDN", f"{user.legacy_dn}/cn=Microsoft Private MDB"))
    else:
        protocol.append(_text("SSL", "On"))
        protocol.append(_text("AuthPackage", "Ntlm"))
    if lookup.ews_url:
        for name in ("ASUrl", "EwsUrl", "EmwsUrl", "OOFUrl"):
            protocol.append(_text(name, lookup.ews_url))
    return protocol


def _web(lookup: Lookup) -> Element:
    protocol = _element("Protocol", _text("Type", "WEB"))
    if lookup.ews_url:
        url = _text("OWAUrl", f"https://{lookup.host}/owa/")
        url.set("AuthenticationMethod", _WEB_SCHEMES)
        inner = _element("Protocol", _text("Type", "EXCH"), _text("ASUrl", lookup.ews_url))
        protocol.append(_element("Internal", url, inner))
    return protocol


def _error(lookup: Lookup, code: str, message: str) -> Reply:
    fault = _element("Error", _text("ErrorCode", code), _text("Message", message), _element("DebugData"))
    fault.set("Time", lookup.organization.now().strftime("%H:%M:%S.%f0"))
    fault.set("Id", str(zlib.crc32(lookup.organization.server.server_name.encode())))
    return _reply(_element("Response", fault))


def _reply(response: Element) -> Reply:
    root = etree.Element(f"{{{RESPONSE}}}Autodiscover", nsmap={None: RESPONSE})  # type: ignore[dict-item]
    root.append(response)
    return Reply(200, etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _element(name: str, *children: Element) -> Element:
    element = etree.Element(f"{{{OUTLOOK}}}{name}", nsmap={None: OUTLOOK})  # type: ignore[dict-item]
    element.extend(children)
    return element


def _text(name: str, text: str) -> Element:
    element = _element(name)
    element.text = clean(text)
    return element
