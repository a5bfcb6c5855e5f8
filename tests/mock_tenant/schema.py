"""Holds what the mock tenant sends against the published EWS schema, where that is at hand beside the repository."""

from __future__ import annotations

import functools
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "ews-schema"
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


@functools.cache
def schema() -> etree.XMLSchema | None:
    """Return the schema of messages and types; None where the folder is not there."""
    file = FOLDER / "messages.xsd"
    return etree.XMLSchema(etree.parse(str(file))) if file.is_file() else None


def assert_valid(envelope: bytes | str | etree._Element) -> bool:
    """Make sure that an envelope's body element is as the schema wants it.

    Returns:
        Whether it was checked: False where the schema is not at hand.

    Raises:
        AssertionError: with the schema's complaints.
    """
    found = schema()
    if found is None:
        return False
    root = envelope if isinstance(envelope, etree._Element) else etree.fromstring(_bytes(envelope))
    body = root.find(f"{_SOAP}Body")
    assert body is not None, "no SOAP body"
    element = etree.fromstring(etree.tostring(body[0]))
    if element.tag == f"{_SOAP}Fault":
        return True
    assert found.validate(element), f"{found.error_log}\n{etree.tostring(element, pretty_print=True).decode()}"
    return True


def _bytes(envelope: bytes | str) -> bytes:
    return envelope.encode() if isinstance(envelope, str) else envelope
