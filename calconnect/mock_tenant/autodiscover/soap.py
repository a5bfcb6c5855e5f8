"""Autodiscover over SOAP: GetUserSettings and GetDomainSettings.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getusersettings-operation-soap
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from calconnect.mock_tenant.autodiscover.lookup import Lookup
from calconnect.mock_tenant.ews.grammar import parse_xml
from calconnect.mock_tenant.ews.versions import schema_version
from calconnect.mock_tenant.ews.xml import SOAP, XSI, Element, clean, elements, find, local, text_of
from calconnect.mock_tenant.reply import Reply, Told

NAMESPACE = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_ACTION = f"{NAMESPACE}/Autodiscover/"
MAXIMUM_USERS = 100
"""Addresses in one request; more are answered with InvalidRequest."""
_KNOWN_SETTINGS = frozenset(
    [
        "ActiveDirectoryServer",
        "AlternateMailboxes",
        "AutoDiscoverSMTPAddress",
        "CasVersion",
        "CrossOrganizationSharingEnabled",
        "EcpDeliveryReportUrlFragment",
        "EcpEmailSubscriptionsUrlFragment",
        "EcpPublishingUrlFragment",
        "EcpRetentionPolicyTagsUrlFragment",
        "EcpTextMessagingUrlFragment",
        "EcpVoicemailUrlFragment",
        "EwsPartnerUrl",
        "EwsSupportedSchemas",
        "ExchangeRpcUrl",
        "ExternalEcpDeliveryReportUrl",
        "ExternalEcpEmailSubscriptionsUrl",
        "ExternalEcpPublishingUrl",
        "ExternalEcpRetentionPolicyTagsUrl",
        "ExternalEcpTextMessagingUrl",
        "ExternalEcpUrl",
        "ExternalEcpVoicemailUrl",
        "ExternalEwsUrl",
        "ExternalEwsVersion",
        "ExternalImap4Connections",
        "ExternalMailboxServer",
        "ExternalMailboxServerAuthenticationMethods",
        "ExternalMailboxServerRequiresSSL",
        "ExternalOABUrl",
        "ExternalPop3Connections",
        "ExternalServerExclusiveConnect",
        "ExternalSmtpConnections",
        "ExternalUMUrl",
        "ExternalWebClientUrls",
        "GroupingInformation",
        "InternalEcpDeliveryReportUrl",
        "InternalEcpEmailSubscriptionsUrl",
        "InternalEcpPublishingUrl",
        "InternalEcpRetentionPolicyTagsUrl",
        "InternalEcpTextMessagingUrl",
        "InternalEcpUrl",
        "InternalEcpVoicemailUrl",
        "InternalEwsUrl",
        "InternalImap4Connections",
        "InternalMailboxServer",
        "InternalMailboxServerDN",
        "InternalOABUrl",
        "InternalPop3Connections",
        "InternalRpcClientServer",
        "InternalServerExclusiveConnect",
        "InternalSmtpConnections",
        "InternalUMUrl",
        "InternalWebClientUrls",
        "InteropExternalEwsUrl",
        "InteropExternalEwsVersion",
        "MailboxDN",
        "MapiHttpEnabled",
        "MobileMailboxPolicyInterop",
        "PublicFolderServer",
        "ShowGalAsDefaultView",
        "UserDeploymentId",
        "UserDisplayName",
        "UserDN",
        "UserMSOnline",
    ]
)
"""Names of the setting element of the SOAP service; any other one is InvalidSetting."""


def answer_soap(lookup: Lookup, data: bytes, told: Told) -> Reply:
    """Answer a request; faults go out with HTTP 500."""
    try:
        root = parse_xml(data)
    except (etree.XMLSyntaxError, ValueError):
        return _fault("The message is not XML.")
    content = elements(find(root, "Body"))
    name = local(content[0]) if len(content) == 1 else ""
    operation = _OPERATIONS.get(name)
    if operation is None:
        return _fault("The action is not supported.")
    told.operation = name.removesuffix("RequestMessage")
    response = operation(lookup, content[0])
    return _reply(lookup, told.operation, response)


def _user_settings(lookup: Lookup, message: Element) -> Element:
    request = find(message, "Request")
    addresses = [text_of(user, "Mailbox") or "" for user in elements(find(request, "Users"))]
    names = [(setting.text or "").strip() for setting in elements(find(request, "RequestedSettings"))]
    if not addresses or not names or len(addresses) > MAXIMUM_USERS:
        return _outcome("Response", "InvalidRequest", "The request is invalid.", _element("UserResponses"))
    users = _element("UserResponses", *(_user(lookup, address, names) for address in addresses))
    return _outcome("Response", "NoError", "", users)


def _user(lookup: Lookup, address: str, names: list[str]) -> Element:
    found = lookup.find(address)
    none = (_element("UserSettingErrors"), _element("UserSettings"))
    if found is None:
        return _outcome("UserResponse", "InvalidUser", f"Invalid user: '{address}'", _target(""), *none)
    if found.redirect_address:
        message = "Redirection address."
        return _outcome("UserResponse", "RedirectAddress", message, _target(found.redirect_address), *none)
    if found.redirect_url:
        return _outcome("UserResponse", "RedirectUrl", "Redirection url.", _target(found.redirect_url), *none)
    assert found.user is not None
    errors, settings = _settings("User", lookup.settings(found.user), names)
    return _outcome("UserResponse", "NoError", "No error.", _target(""), errors, settings)


def _domain_settings(lookup: Lookup, message: Element) -> Element:
    request = find(message, "Request")
    domains = [(domain.text or "").strip() for domain in elements(find(request, "Domains"))]
    names = [(setting.text or "").strip() for setting in elements(find(request, "RequestedSettings"))]
    responses = []
    for domain in domains:
        if domain.lower() not in lookup.organization.domains:
            none = (_element("DomainSettingErrors"), _element("DomainSettings"), _target(""))
            responses.append(_outcome("DomainResponse", "InvalidDomain", f"Invalid domain: '{domain}'", *none))
            continue
        values = {"ExternalEwsUrl": lookup.ews_url, "ExternalEwsVersion": lookup.organization.server.version}
        errors, settings = _settings("Domain", values if lookup.ews_url else {}, names)
        responses.append(_outcome("DomainResponse", "NoError", "No error.", errors, settings, _target("")))
    return _outcome("Response", "NoError", "", _element("DomainResponses", *responses))


_OPERATIONS: dict[str, Callable[[Lookup, Element], Element]] = {
    "GetUserSettingsRequestMessage": _user_settings,
    "GetDomainSettingsRequestMessage": _domain_settings,
}


def _settings(kind: str, values: dict[str, str], names: list[str]) -> tuple[Element, Element]:
    """Return the errors and the settings for the names asked for."""
    errors, settings = _element(f"{kind}SettingErrors"), _element(f"{kind}Settings")
    for name in names:
        if name in values:
            setting = _element(f"{kind}Setting", _text("Name", name), _text("Value", values[name]))
            setting.set(f"{{{XSI}}}type", f"{kind}StringSetting" if kind == "Domain" else "StringSetting")
            settings.append(setting)
            continue
        code = "SettingIsNotAvailable" if name in _KNOWN_SETTINGS else "InvalidSetting"
        message = _text("ErrorMessage", f"Setting '{name}' is not available.")
        errors.append(_element(f"{kind}SettingError", _text("ErrorCode", code), message, _text("SettingName", name)))
    return errors, settings


def _target(value: str) -> Element:
    element = _text("RedirectTarget", value)
    if not value:
        element.text = None
        element.set(f"{{{XSI}}}nil", "true")
    return element


def _outcome(name: str, code: str, message: str, *more: Element) -> Element:
    return _element(name, _text("ErrorCode", code), _text("ErrorMessage", message), *more)


def _reply(lookup: Lookup, operation: str, response: Element) -> Reply:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, "a": _ADDRESSING})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    action = etree.SubElement(header, f"{{{_ADDRESSING}}}Action")
    action.set(f"{{{SOAP}}}mustUnderstand", "1")
    action.text = f"{_ACTION}{operation}Response"
    info = etree.SubElement(header, f"{{{NAMESPACE}}}ServerVersionInfo", nsmap={"h": NAMESPACE})
    version = lookup.organization.server.version
    parts = [*version.split("."), schema_version(version)]
    names = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber", "Version")
    for name, value in zip(names, parts, strict=True):
        etree.SubElement(info, f"{{{NAMESPACE}}}{name}").text = value
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    body.append(_element(f"{operation}ResponseMessage", response))
    return Reply(200, etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))


def _fault(text: str) -> Reply:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    fault = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = "s:Client"
    etree.SubElement(fault, "faultstring").text = text
    return Reply(500, etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))


def _element(name: str, *children: Element) -> Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE, "i": XSI})  # type: ignore[dict-item]
    element.extend(children)
    return element


def _text(name: str, text: str) -> Element:
    element = _element(name)
    element.text = clean(text)
    return element
