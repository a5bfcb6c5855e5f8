"""Reading what a server sends: hardened, and never at a loss."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.tenants.common.soap import NotXml, parse_xml, read_soap
from calconnect.tenants.common.wire import Answer, read_answer
from tests.tenants.scripted import CALENDAR, NAMESPACES, NOW, envelope, message


def answer(content: str | bytes, status: int = 200, **headers: str) -> Answer:
    data = content.encode() if isinstance(content, str) else content
    return read_answer(status, list(headers.items()), data, NOW)


@given(st.binary(max_size=600), st.integers(100, 599))
def test_any_bytes_make_an_answer(content: bytes, status: int) -> None:
    seen = answer(content, status)
    assert seen.status == status
    assert seen.outcome in ("ok", "refused", "no-answer")
    assert answer(b"<?xml version='1.0'?><s:Envelope>" + content, status).code != "NoError"


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "Cc", "Cf")), max_size=200))
def test_any_header_makes_an_answer(value: str) -> None:
    names = ("Location", "Retry-After", "WWW-Authenticate", "request-id", "X-CasErrorCode", "X-EWS-Policy-Reason")
    seen = read_answer(302, [(name, value) for name in names], b"", NOW)
    assert seen.retry_after is None or seen.retry_after >= 0
    assert all(text.isprintable() and len(text) <= 2000 for name, text in seen.headers.items() if name[0] == "X")


@pytest.mark.parametrize(
    "document",
    [
        f'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///x">]><s:Envelope {NAMESPACES}><s:Body>&x;</s:Body></s:Envelope>',
        f'<!DOCTYPE s SYSTEM "http://127.0.0.1:1/x.dtd"><s:Envelope {NAMESPACES}><s:Body/></s:Envelope>',
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
    ],
)
def test_document_types_and_entities_are_refused(document: str) -> None:
    with pytest.raises(NotXml):
        parse_xml(document.encode())


def test_a_document_that_cannot_be_read_leaves_nothing_for_the_next() -> None:
    for damaged in (b"<a><b>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"\x00" * 9):
        with pytest.raises(NotXml):
            parse_xml(damaged)
        assert parse_xml(b"<a>whole</a>").text == "whole"


def test_a_tree_without_end_is_refused() -> None:
    depth = 5000
    began = time.monotonic()
    with pytest.raises(NotXml):
        parse_xml(b"<a>" * depth + b"</a>" * depth)
    assert time.monotonic() - began < 15


def test_characters_that_xml_forbids_do_not_spoil_an_answer() -> None:
    """Exchange passes on what a mailbox holds, also where XML does not allow it."""
    body = str(CALENDAR.body).replace("<t:DisplayName>Calendar", "<t:DisplayName>Cal&#x1;endar\x0b")
    seen = answer(body)
    assert seen.code == "NoError"
    assert seen.soap is not None
    assert seen.soap.text("{http://schemas.microsoft.com/exchange/services/2006/types}TotalCount") == "7"


def test_a_byte_order_mark_does_not_spoil_an_answer() -> None:
    assert answer(b"\xef\xbb\xbf" + str(CALENDAR.body).encode()).code == "NoError"


def test_of_several_codes_the_first_that_is_bad_counts() -> None:
    one = "<m:ResponseCode>NoError</m:ResponseCode>"
    other = "<m:ResponseCode> ErrorItemNotFound </m:ResponseCode>"
    assert answer(envelope(f"<m:X>{one}{other}</m:X>")).code == "ErrorItemNotFound"
    assert answer(envelope(f"<m:X>{one}{one}</m:X>")).code == "NoError"


def test_a_code_that_is_none_is_not_taken_for_one() -> None:
    odd = "<m:ResponseCode>alice@contoso.test wrote &lt;script&gt;</m:ResponseCode>"
    assert answer(envelope(f"<m:X>{odd}</m:X>")).code == "malformed-answer"
    fault = "<s:Fault><faultcode>a:Error Some Words</faultcode></s:Fault>"
    assert answer(envelope(fault), 500).code == "fault-without-code"


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ('MajorVersion="15" MinorVersion="2" MajorBuildNumber="1748" MinorBuildNumber="10"', "15.2.1748.10"),
        ('MajorVersion="15" MinorVersion="1"', "15.1"),
        ('MajorVersion="x" MinorVersion="1"', ""),
        ("", ""),
    ],
)
def test_the_server_version(info: str, version: str) -> None:
    document = envelope("<m:X/>", version=f"<t:ServerVersionInfo {info}/>")
    soap = read_soap(parse_xml(document.encode()))
    assert soap is not None
    assert soap.server_version == version


def test_what_is_no_envelope() -> None:
    assert read_soap(parse_xml(b"<a/>")) is None
    assert read_soap(parse_xml(f"<s:Envelope {NAMESPACES}/>".encode())) is None


def test_a_back_off_in_a_response_message() -> None:
    value = '<m:MessageXml><t:Value Name="BackOffMilliseconds">1500</t:Value></m:MessageXml>'
    busy = message("GetFolder", code="ErrorServerBusy", extra=value)
    assert answer(busy.body).retry_after == 1.5
