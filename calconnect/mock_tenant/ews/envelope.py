"""SOAP envelopes: reading what comes in, framing what goes out.

Shapes: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
and, for faults, the examples in
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-errors-related-to-soap-faults-in-ews
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from calconnect.mock_tenant.ews.grammar import parse_xml, schema_error
from calconnect.mock_tenant.ews.versions import schema_version
from calconnect.mock_tenant.ews.xml import ERRORS, SOAP, TYPES, Element, clean, elements, local
from calconnect.mock_tenant.state.errors import EwsError

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_FAULT = _DECLARATION + (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>'
    f'<faultcode xmlns:a="{TYPES}">a:{{code}}</faultcode>'
    '<faultstring xml:lang="en-US">{text}</faultstring>'
    f'<detail><e:ResponseCode xmlns:e="{ERRORS}">{{code}}</e:ResponseCode>'
    f'<e:Message xmlns:e="{ERRORS}">{{message}}</e:Message>{{values}}'
    "</detail></s:Fault></s:Body></s:Envelope>"
)
_ENVELOPE, _HEADER, _BODY = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body"))
_TYPES_START = "{" + TYPES
_SCHEMA_DETAILS = ("LineNumber", "LinePosition", "Violation")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request's SOAP envelope, opened."""

    headers: dict[str, Element]
    """SOAP header blocks of the types namespace, by local name; the first of each name."""
    operation: Element
    """The body's element."""
    repeated: frozenset[str] = frozenset()
    """Names of header blocks that came more than once."""


def read_envelope(data: bytes, charset: str | None = None) -> Envelope:
    """Open an envelope: SOAP 1.1, any prefixes, in the encoding that the XML declares or, failing that, ``charset``.

    Raises:
        EwsError: ``ErrorSchemaValidation`` where it is not well-formed XML, or no SOAP envelope with one body element.
    """
    root = _parse(data, charset)
    if root.tag != _ENVELOPE:
        raise schema_error(1, f"The element '{local(root)}' is not a SOAP 1.1 envelope.")
    headers: dict[str, Element] = {}
    repeated: set[str] = set()
    for block in elements(next(root.iterchildren(_HEADER), None)):
        namespace, _, name = block.tag.rpartition("}")
        if namespace != _TYPES_START:
            continue
        if name in headers:
            repeated.add(name)
        else:
            headers[name] = block
    content = elements(next(root.iterchildren(_BODY), None))
    if len(content) != 1:
        raise schema_error(1, "The SOAP body must contain one element.")
    return Envelope(headers, content[0], frozenset(repeated))


def _parse(data: bytes, charset: str | None) -> Element:
    try:
        if (
            charset
            and charset.lower() not in ("utf-8", "utf8")
            and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
        ):
            data = _recode(data, charset)
        return parse_xml(data)
    except etree.XMLSyntaxError as error:
        line, column = error.position if error.position else (1, 1)
        raise _not_well_formed(line or 1, column or 1, (error.msg or "not XML").split("\n")[0]) from None
    except (ValueError, LookupError) as error:
        raise _not_well_formed(1, 1, str(error)) from None


def _recode(data: bytes, charset: str) -> bytes:
    """Bring a body in the charset of its Content-Type to UTF-8; that charset wins over the XML's own declaration."""
    text = data.decode(charset)
    if text.startswith("<?xml"):
        text = text[text.index("?>") + 2 :]
    return text.encode()


def _not_well_formed(line: int, column: int, violation: str) -> EwsError:
    error = schema_error(line, violation)
    return EwsError(error.code, error.message, {**error.values, "LinePosition": str(column)})


def success_frame(version: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the response element in the envelope of a server of this build.

    Args:
        version: ``15.2.2562.46``.
    """
    before = f'{_DECLARATION}<s:Envelope xmlns:s="{SOAP}"><s:Header>{_server_version(version)}</s:Header><s:Body>'
    return before.encode(), b"</s:Body></s:Envelope>"


def streamed_frame(version: str) -> tuple[bytes, bytes]:
    """Return the same for the parts of a streamed answer, whose ``Envelope`` has no prefix.

    That is how Exchange sends them, and ews-javascript-api looks for just that in the stream:
    https://github.com/gautamsi/ews-javascript-api (HangingServiceRequestBase)
    """
    before = (
        f'{_DECLARATION}<Envelope xmlns="{SOAP}"><soap11:Header xmlns:soap11="{SOAP}">{_server_version(version)}'
        f'</soap11:Header><soap11:Body xmlns:soap11="{SOAP}">'
    )
    return before.encode(), b"</soap11:Body></Envelope>"


def _server_version(version: str) -> str:
    major, minor, build, revision = version.split(".")
    schema = schema_version(version)
    named = f' Version="{schema}"' if schema else ""
    return (
        f'<h:ServerVersionInfo MajorVersion="{major}" MinorVersion="{minor}" MajorBuildNumber="{build}" '
        f'MinorBuildNumber="{revision}"{named} xmlns:h="{TYPES}"/>'
    )


def serialise(element: Element) -> bytes:
    """Write an element as UTF-8 without a declaration."""
    return etree.tostring(element, encoding="utf-8")


def fault(error: EwsError) -> bytes:
    """Write the SOAP fault of an error, as Exchange sends it with HTTP 500."""
    code, message = escape(error.code), escape(clean(error.message))
    shown = message
    if error.code == "ErrorSchemaValidation":
        message = "The request failed schema validation."
    return _FAULT.format(code=code, text=shown, message=message, values=_values(error)).encode()


def _values(error: EwsError) -> str:
    if not error.values:
        return ""
    if error.code == "ErrorSchemaValidation":
        inner = "".join(
            f"<t:{name}>{escape(clean(error.values[name]))}</t:{name}>"
            for name in _SCHEMA_DETAILS
            if name in error.values
        )
    else:
        inner = "".join(
            f"<t:Value Name={quoteattr(name)}>{escape(clean(value))}</t:Value>" for name, value in error.values.items()
        )
    return f'<t:MessageXml xmlns:t="{TYPES}">{inner}</t:MessageXml>'
