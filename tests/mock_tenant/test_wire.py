"""HTTP on a connection: what is a request, what is none, and what goes back."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.mock_tenant.wire.parser import MAXIMUM_HEAD_BYTES, RequestParser
from calconnect.mock_tenant.wire.request import HttpError, HttpRequest
from calconnect.mock_tenant.wire.response import chunk, header_lines, status_line, stream_head, whole

LIMIT = 1000
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(data: bytes, limit: int = LIMIT) -> HttpRequest | None:
    parser = RequestParser(limit, 8443)
    parser.feed(data)
    return parser.next()


def request(text: str, **headers: str) -> HttpRequest:
    return HttpRequest("GET", text, (1, 1), {name.replace("_", "-"): value for name, value in headers.items()})


# -- requests


def test_a_request_with_everything() -> None:
    found = read(
        b"\r\npost /EWS/Exchange.asmx?a=1&a=2&b= HTTP/1.1\r\nHost: mail.contoso.test:8443\r\nX-Many: one\r\n"
        b'x-many:\ttwo \r\nContent-Type: Text/XML; charset="UTF-8"\r\nContent-Length: 4\r\n\r\nbodyGET'
    )
    assert found is not None
    assert (found.method, found.path, found.version) == ("POST", "/EWS/Exchange.asmx", (1, 1))
    assert found.query == {"a": "2", "b": ""}
    assert found.headers["x-many"] == "one, two"
    assert found.host == "mail.contoso.test:8443"
    assert (found.content_type, found.charset) == ("text/xml", "UTF-8")
    assert found.body == b"body"
    assert found.keeps_connection


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("text/xml", None),
        ("text/xml;charset=utf-8", "utf-8"),
        ("text/xml; boundary=x; Charset='latin-1'", "latin-1"),
        ("text/xml; xcharset=no", None),
    ],
)
def test_charsets(text: str, charset: str | None) -> None:
    assert request("/", content_type=text).charset == charset


@given(st.lists(st.integers(min_value=1, max_value=60), max_size=12))
def test_it_does_not_matter_where_the_bytes_are_cut(cuts: list[int]) -> None:
    data = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + CHUNKED + b"2;x=y\r\nde\r\n1\r\nf\r\n0\r\nT: x\r\n\r\n"
    data += b"GET /b%20c HTTP/1.0\r\n\r\n"
    parser, found, position = RequestParser(LIMIT), [], 0
    for cut in [*cuts, len(data)]:
        parser.feed(data[position : position + cut])
        position += cut
        while (one := parser.next()) is not None:
            found.append((one.method, one.path, one.body))
    assert found == [("POST", "/a", b"abc"), ("POST", "/", b"def"), ("GET", "/b c", b"")]
    assert parser.waiting == 0


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate"])
def test_compressed_bodies(coding: str) -> None:
    body = zlib.compress(b"hello") if coding == "deflate" else gzip.compress(b"hello")
    found = read(
        f"POST / HTTP/1.1\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    assert found is not None
    assert found.body == b"hello"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nNo Colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nName : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: x\0y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: x\nB: y\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        (CHUNKED + b"x\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"1\r\nabc", 400),
        (CHUNKED + b"ffff\r\n", 413),
        (CHUNKED + b"1" * 5000, 400),
        (b"GET /" + b"x" * MAXIMUM_HEAD_BYTES + b" HTTP/1.1\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 415),
        (b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 400),
        (
            b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n"
            + gzip.compress(b"x" * 9, mtime=0)[:10],
            400,
        ),
        (
            b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 29\r\n\r\n"
            + gzip.compress(b"x" * 5000, mtime=0)[:29],
            413,
        ),
    ],
)
def test_what_is_no_request(data: bytes, status: int) -> None:
    with pytest.raises(HttpError) as caught:
        read(data)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", CHUNKED + b"5\r\nabc"],
)
def test_what_is_not_whole_yet(data: bytes) -> None:
    assert read(data) is None


def test_a_client_that_waits_to_be_told_to_go_on_is_told_once() -> None:
    parser = RequestParser(LIMIT)
    parser.feed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert parser.next() is None
    assert parser.wants_continue()
    assert not parser.wants_continue()


@pytest.mark.parametrize(
    ("version", "wish", "keeps"),
    [((1, 1), "", True), ((1, 1), "Close", False), ((1, 0), "", False), ((1, 0), "Keep-Alive", True)],
)
def test_how_long_a_connection_is_wanted(version: tuple[int, int], wish: str, keeps: bool) -> None:
    assert HttpRequest("GET", "/", version, {"connection": wish}).keeps_connection is keeps


@pytest.mark.parametrize(
    ("target", "path"),
    [("https://mail.contoso.test/x?y", "/x"), ("http://mail.contoso.test", "/"), ("*", "*"), ("/%E2%82%AC", "/€")],
)
def test_targets(target: str, path: str) -> None:
    found = read(f"GET {target} HTTP/1.1\r\n\r\n".encode())
    assert found is not None
    assert found.path == path


def test_a_client_that_names_no_host() -> None:
    found = read(b"GET / HTTP/1.0\r\n\r\n")
    assert found is not None
    assert found.host == "localhost:8443"


# -- responses


def test_a_whole_response() -> None:
    sent = whole(request("/"), 404, "A: b\r\n", b"body", closing=False)
    assert sent == b"HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 4\r\n\r\nbody"


def test_a_response_to_head_has_a_length_and_no_body() -> None:
    asked = HttpRequest("HEAD", "/", (1, 0), {})
    sent = whole(asked, 200, "", b"body", closing=True)
    assert sent == b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"


def test_large_bodies_are_compressed_for_those_who_take_that() -> None:
    body = b"x" * 5000
    plain = whole(request("/"), 200, "", body, closing=False)
    assert plain.endswith(body)
    packed = whole(request("/", accept_encoding="gzip, deflate"), 200, "", body, closing=False)
    head, _, rest = packed.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert gzip.decompress(rest) == body
    assert f"Content-Length: {len(rest)}".encode() in head


def test_a_response_in_parts() -> None:
    asked = request("/")
    assert b"Transfer-Encoding: chunked\r\n" in stream_head(asked, 200, "", closing=False)
    assert chunk(asked, b"abc") + chunk(asked, b"") == b"3\r\nabc\r\n0\r\n\r\n"
    old = HttpRequest("GET", "/", (1, 0), {})
    assert b"chunked" not in stream_head(old, 200, "", closing=True)
    assert chunk(old, b"abc") + chunk(old, b"") == b"abc"


def test_no_header_can_be_smuggled_in() -> None:
    assert header_lines([("A", "b\r\nSet-Cookie: x")]) == "A: bSet-Cookie: x\r\n"


def test_statuses_that_have_no_phrase() -> None:
    assert status_line(None, 456) == "HTTP/1.1 456 \r\n"
