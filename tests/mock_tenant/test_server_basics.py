"""The server as HTTP sees it: paths, methods, headers, encodings, and what it does with broken requests."""

from __future__ import annotations

import base64
import contextlib
import gzip
import re
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest

from calconnect.mock_tenant.ews.endpoint import EwsEndpoint
from calconnect.mock_tenant.ews.registry import load_operations
from calconnect.mock_tenant.ews.service import EwsService
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.errors import EwsError
from tests.mock_tenant.raw_client import NS, RawClient
from tests.mock_tenant.schema import schema
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

GET_CALENDAR = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)
ENVELOPE = (
    '<s:Envelope xmlns:s="{s}" xmlns:m="{m}" xmlns:t="{t}"><s:Header>'
    '<t:RequestServerVersion Version="Exchange2016"/></s:Header><s:Body>{body}</s:Body></s:Envelope>'
).format(s=NS["s"], m=NS["m"], t=NS["t"], body=GET_CALENDAR)


def test_get_folder_by_impersonation(soap: RawClient) -> None:
    answer = soap(GET_CALENDAR, impersonate="alice@contoso.test")
    assert answer.status == 200
    assert answer.codes == ["NoError"]
    assert answer.text("//t:CalendarFolder/t:DisplayName") == "Calendar"
    assert answer.text("//t:CalendarFolder/t:FolderClass") == "IPF.Appointment"
    assert answer.text("//t:EffectiveRights/t:CreateContents") == "true"


def test_answers_carry_the_headers_that_exchange_sends(soap: RawClient) -> None:
    answer = soap(
        GET_CALENDAR, headers={"client-request-id": "11-22", "return-client-request-id": "true", "User-Agent": "test"}
    )
    headers = answer.response.headers
    assert headers["content-type"] == "text/xml; charset=utf-8"
    assert headers["cache-control"] == "private"
    assert headers["server"] == "Microsoft-IIS/10.0"
    assert headers["x-feserver"] == headers["x-beserver"] == headers["x-diaginfo"] == "EX01"
    assert headers["x-calculatedbetarget"] == "ex01.contoso.test"
    assert headers["client-request-id"] == "11-22"
    assert len(headers["request-id"]) == 36
    version = answer.one("/s:Envelope/s:Header/t:ServerVersionInfo")
    assert version.get("MajorVersion") == "15"
    assert version.get("Version") == "V2017_07_11"


def test_a_client_request_id_is_not_echoed_unasked(soap: RawClient) -> None:
    answer = soap(GET_CALENDAR, headers={"client-request-id": "11-22"})
    assert "client-request-id" not in answer.response.headers


def test_the_cookie_is_set_once(tenant_server: MockTenant) -> None:
    client = RawClient(tenant_server.ews_url, tenant_server.ca_pem, SERVICE_AUTH)
    assert "exchangecookie" in client(GET_CALENDAR).response.cookies
    assert "set-cookie" not in client(GET_CALENDAR).response.headers
    client.close()


@pytest.mark.parametrize("path", ["/ews/exchange.asmx", "/EWS/EXCHANGE.ASMX", "/EWS/Exchange.asmx"])
def test_paths_ignore_case(soap: RawClient, tenant_server: MockTenant, path: str) -> None:
    response = soap.http.get(tenant_server.base_url + path, auth=SERVICE_AUTH)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/", "/EWS", "/EWS/Services.wsdl", "/owa/", "/EWS/Exchange.asmx/more", "/_calconnect"]
)
def test_other_paths_are_not_there(soap: RawClient, tenant_server: MockTenant, path: str) -> None:
    response = soap.http.get(tenant_server.base_url + path, auth=SERVICE_AUTH)
    assert response.status_code == 404


def test_get_and_head_need_a_sign_in_and_get_the_service_page(soap: RawClient, tenant_server: MockTenant) -> None:
    assert soap.http.get(tenant_server.ews_url).status_code == 401
    assert soap.http.head(tenant_server.ews_url).status_code == 401
    response = soap.http.head(tenant_server.ews_url, auth=SERVICE_AUTH)
    assert (response.status_code, response.content) == (200, b"")


def test_other_methods_are_not_allowed(soap: RawClient, tenant_server: MockTenant) -> None:
    response = soap.http.put(tenant_server.ews_url, auth=SERVICE_AUTH, content=b"x")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-8-sig", "iso-8859-1"])
def test_requests_in_other_encodings(soap: RawClient, encoding: str) -> None:
    declared = {"utf-16-le": "utf-16", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?><!-- Müller -->{ENVELOPE}'
    data = text.encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    answer = soap.post(data, headers={"Content-Type": "text/xml"})
    assert answer.codes == ["NoError"]


def test_the_charset_of_the_content_type_wins_over_the_declaration(soap: RawClient) -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?><!-- Müller -->{ENVELOPE}'
    answer = soap.post(text.encode("latin-1"), headers={"Content-Type": "text/xml; charset=iso-8859-1"})
    assert answer.codes == ["NoError"]


def test_any_prefixes_and_comments_will_do(soap: RawClient) -> None:
    text = (
        f'<x:Envelope xmlns:x="{NS["s"]}"><!-- c --><x:Body><GetFolder xmlns="{NS["m"]}" xmlns:q="{NS["t"]}">'
        "<!-- c --><FolderShape><q:BaseShape> IdOnly </q:BaseShape></FolderShape>"
        '<FolderIds><q:DistinguishedFolderId Id="inbox"/></FolderIds></GetFolder></x:Body></x:Envelope>'
    )
    answer = soap.post(text.encode())
    assert answer.codes == ["NoError"]
    assert answer.all("//t:Folder/t:FolderId")
    assert not answer.all("//t:DisplayName")


def test_a_compressed_request_and_a_compressed_answer(soap: RawClient) -> None:
    ids = '<t:DistinguishedFolderId Id="calendar"/>' * 40
    data = gzip.compress(ENVELOPE.replace('<t:DistinguishedFolderId Id="calendar"/>', ids).encode())
    answer = soap.post(data, headers={"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
    assert answer.codes == ["NoError"] * 40
    assert answer.response.headers["content-encoding"] == "gzip"


def test_a_request_in_chunks(soap: RawClient, tenant_server: MockTenant) -> None:
    response = soap.http.post(
        tenant_server.ews_url,
        content=iter([ENVELOPE[:100].encode(), ENVELOPE[100:].encode()]),
        auth=SERVICE_AUTH,
        headers={"Content-Type": "text/xml"},
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type", ["application/soap+xml; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_only_text_xml_is_taken(soap: RawClient, content_type: str) -> None:
    answer = soap.post(ENVELOPE.encode(), headers={"Content-Type": content_type})
    assert answer.status == 415


def test_a_request_that_is_too_large(tenant_server: MockTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calconnect.mock_tenant.server.MAXIMUM_REQUEST_BYTES", 10_000)
    client = RawClient(tenant_server.ews_url, tenant_server.ca_pem, SERVICE_AUTH)
    for content in (b"<a>" + b"x" * 20_000, b"<a>" + b"x" * 2_000_000):
        assert client.post(content).status == 413
    packed = gzip.compress(b"x" * 1_000_000)
    assert len(packed) < 10_000
    assert client.post(packed, headers={"Content-Encoding": "gzip"}).status == 413
    client.close()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<a>",
        b"<a/>",
        ENVELOPE.replace("<s:Body>", "<s:Body><m:GetFolder/>").encode(),
        ENVELOPE.replace(GET_CALENDAR, "").encode(),
        ENVELOPE.replace("AllProperties", "Everything").encode(),
        ENVELOPE.replace("DistinguishedFolderId", "Folder").encode(),
        ENVELOPE.replace('Id="calendar"', 'Id="kalender"').encode(),
        ENVELOPE.replace(' Version="Exchange2016"', "").encode(),
        ENVELOPE.replace(NS["s"], "http://www.w3.org/2003/05/soap-envelope").encode(),
        b'<?xml version="1.0" encoding="utf-99"?>' + ENVELOPE.encode(),
        b"\xff\xfe\x00\xd8",
    ],
)
def test_what_the_schema_does_not_allow(soap: RawClient, data: bytes) -> None:
    answer = soap.post(data)
    assert answer.status == 500
    assert answer.codes == ["ErrorSchemaValidation"]
    fault = answer.one("/s:Envelope/s:Body/s:Fault")
    assert fault.findtext("faultcode") == "a:ErrorSchemaValidation"
    text = fault.findtext("faultstring") or ""
    violation = answer.text("//t:MessageXml/t:Violation")
    assert text == f"The request failed schema validation: {violation}"
    assert answer.text("//e:Message") == "The request failed schema validation."
    assert int(answer.text("//t:MessageXml/t:LineNumber")) >= 1
    assert int(answer.text("//t:MessageXml/t:LinePosition")) >= 1
    assert answer.response.headers["content-type"] == "text/xml; charset=utf-8"


def test_no_entities_are_expanded_and_no_files_read(soap: RawClient) -> None:
    bomb = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = bomb + ENVELOPE.replace("AllProperties", "&a;&f;")
    answer = soap.post(text.encode())
    assert answer.codes == ["ErrorSchemaValidation"]
    assert b"root:" not in answer.response.content


def test_an_operation_that_is_not_served(soap: RawClient) -> None:
    answer = soap("<m:GetAppManifests/>")
    assert answer.status == 500
    assert answer.codes == ["ErrorInvalidRequest"]


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("Exchange2019", "ErrorInvalidRequest"),
        ("V2018_01_08", "ErrorInvalidRequest"),
        ("Exchange2007_SP2", "ErrorInvalidServerVersion"),
        ("nonsense", "ErrorInvalidServerVersion"),
    ],
)
def test_versions_that_the_server_does_not_know(soap: RawClient, version: str, code: str) -> None:
    answer = soap(GET_CALENDAR, version=version)
    assert answer.status == 500
    assert answer.codes == [code]


@pytest.mark.parametrize("version", ["", "Exchange2007", "Exchange2010_SP2", "Exchange2013_SP1", "Exchange2016"])
def test_versions_that_it_knows(soap: RawClient, version: str) -> None:
    answer = soap(GET_CALENDAR, version=version)
    assert answer.codes == ["NoError"]
    assert bool(answer.all("//t:DistinguishedFolderId")) is version.startswith(("Exchange2013", "Exchange2016"))


def test_a_mistake_of_the_server_is_an_internal_error_and_no_stack_trace(
    tenant_server: MockTenant, soap: RawClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a secret detail")

    monkeypatch.setattr(EwsService, "answer", broken)
    answer = soap(GET_CALENDAR)
    assert answer.status == 500
    assert answer.codes == ["ErrorInternalServerError"]
    assert b"secret" not in answer.response.content
    assert "KeyError" in caplog.text


def test_an_error_with_values_shows_them_by_name(soap: RawClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise EwsError("ErrorServerBusy", "Busy <now>", {"BackOffMilliseconds": "1234"})

    monkeypatch.setattr(EwsEndpoint, "_work", busy)
    answer = soap(GET_CALENDAR)
    assert answer.status == 500
    assert answer.text("//t:MessageXml/t:Value[@Name='BackOffMilliseconds']") == "1234"
    assert answer.text("//e:Message") == "Busy <now>"


@contextlib.contextmanager
def _connected(server: MockTenant) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        yield wrapped


def _rest(wrapped: ssl.SSLSocket) -> bytes:
    received = b""
    while part := wrapped.recv(65536):
        received += part
    return received


def _talk(server: MockTenant, request: bytes) -> bytes:
    """Send bytes on a new connection and read until the server closes it."""
    with _connected(server) as wrapped:
        wrapped.sendall(request)
        return _rest(wrapped)


def _authorization() -> str:
    return "Basic " + base64.b64encode(":".join(SERVICE_AUTH).encode()).decode()


def test_http_1_0(tenant_server: MockTenant) -> None:
    body = ENVELOPE.encode()
    received = _talk(
        tenant_server,
        f"POST /EWS/Exchange.asmx HTTP/1.0\r\nContent-Type: text/xml\r\nAuthorization: {_authorization()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body,
    )
    assert received.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"NoError" in received


def test_a_client_that_names_no_host_is_told_one(tenant_server: MockTenant) -> None:
    received = _talk(
        tenant_server, b"GET /autodiscover/autodiscover.json?Email=alice@contoso.test&Protocol=Ews HTTP/1.0\r\n\r\n"
    )
    assert f"https://localhost:{tenant_server.port}/EWS/Exchange.asmx".encode() in received


def test_expect_100_continue(tenant_server: MockTenant) -> None:
    body = ENVELOPE.encode()
    head = (
        f"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nConnection: close\r\n"
        f"Expect: 100-continue\r\nAuthorization: {_authorization()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with _connected(tenant_server) as wrapped:
        wrapped.sendall(head.encode())
        assert wrapped.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wrapped.sendall(body)
        assert _rest(wrapped).startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_in_a_row_without_waiting_are_answered_in_order(tenant_server: MockTenant) -> None:
    request = "GET /{} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
    last = request.format("EWS/Exchange.asmx", "Connection: close\r\n")
    received = _talk(tenant_server, (request.format("x", "") + request.format("y", "") + last).encode())
    assert re.findall(rb"HTTP/1.1 (\d+) ", received) == [b"404", b"404", b"401"]


def test_a_broken_request_line_is_a_bad_request(tenant_server: MockTenant) -> None:
    assert _talk(tenant_server, b"NONSENSE\r\n\r\n").split(b" ")[1] == b"400"


def test_a_request_without_tls_is_forbidden(tenant_server: MockTenant) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.post(tenant_server.ews_url.replace("https:", "http:"), content="<x/>")
    assert answer.status_code == 403
    assert answer.headers["Connection"] == "close"


def test_what_is_neither_tls_nor_http_gets_no_answer(tenant_server: MockTenant) -> None:
    with socket.create_connection(("127.0.0.1", tenant_server.port), timeout=20) as plain:
        plain.sendall(b"EHLO localhost\r\n" * 4)
        received = plain.recv(1000)
    assert b"HTTP" not in received


def test_it_listens_on_loopback_alone(tenant_server: MockTenant) -> None:
    for socket_ in tenant_server.addresses:
        assert socket_ in ("127.0.0.1", "::1")


def test_starting_twice_and_stopping_twice() -> None:
    server = MockTenant(describe(organization()))
    assert server.port == 0
    server.stop()
    server.start()
    with pytest.raises(RuntimeError):
        server.start()
    port = server.port
    server.stop()
    server.stop()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_a_port_that_is_taken(tenant_server: MockTenant) -> None:
    with pytest.raises(OSError):
        MockTenant(describe(organization()), port=tenant_server.port).start()


def test_it_can_be_started_again_on_the_same_port() -> None:
    server = MockTenant(describe(organization())).start()
    port = server.port
    server.stop()
    with MockTenant(describe(organization()), port=port) as again:
        assert again.port == port


def test_every_module_of_operations_defines_the_operation_that_it_is_called_after() -> None:
    operations = load_operations()
    assert {"GetFolder", "ConvertId"} <= set(operations)
    for name, operation in operations.items():
        assert operation.name == name


def test_the_schema_is_at_hand_where_it_is_said_to_be(pytestconfig: pytest.Config) -> None:
    """The header of the test run says whether answers were held against the schema; this makes it say the truth."""
    from tests.mock_tenant.conftest import pytest_report_header

    assert ("NOT" in pytest_report_header()) is (schema() is None)
