"""Why nothing came back: network, TLS and sign-in failures as calconnect's lower-case codes.

Failures are told apart by exception types, ``errno`` values and OpenSSL's codes, never by message text. Libraries wrap
what happened, each in its own way, so the whole chain of causes is looked at.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator

import h11
import httpcore
import requests.exceptions
import urllib3.exceptions

_UNREACHABLE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EACCES}
)

_CERTIFICATE_CODES = {
    9: "certificate-not-yet-valid",
    10: "certificate-expired",
    2: "certificate-untrusted",
    18: "certificate-untrusted",
    19: "certificate-untrusted",
    20: "certificate-untrusted",
    21: "certificate-untrusted",
    23: "certificate-revoked",
    62: "certificate-name-mismatch",
    64: "certificate-name-mismatch",
}
"""OpenSSL's X509_V_ERR codes. Source: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/"""

_TLS_REASONS = {
    "UNSUPPORTED_PROTOCOL": "tls-too-old",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls-too-old",
    "NO_PROTOCOLS_AVAILABLE": "tls-too-old",
    "VERSION_TOO_LOW": "tls-too-old",
    "WRONG_VERSION_NUMBER": "not-tls",
    "HTTP_REQUEST": "not-tls",
    "HTTPS_PROXY_REQUEST": "not-tls",
    "UNKNOWN_PROTOCOL": "not-tls",
    "PACKET_LENGTH_TOO_LONG": "not-tls",
    "UNEXPECTED_EOF_WHILE_READING": "connection-reset",
}
"""OpenSSL's reason codes, by their names. Source: https://github.com/openssl/openssl/blob/master/include/openssl/sslerr.h"""


class CannotBind(OSError):
    """The operating system does not let this machine send from the address that was asked for."""


class NameTimedOut(OSError):
    """The name of the host could not be looked up in the time that was allowed."""


class AnswerTooLarge(OSError):
    """The answer is larger than what is read."""


class HandshakeBroken(OSError):
    """The server did not carry the NTLM sign-in through."""


def failure_code(error: BaseException) -> str:
    """Return the code for what went wrong on the way to an answer."""
    chain = tuple(_chain(error))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return _CERTIFICATE_CODES.get(one.verify_code, "certificate-invalid")
    for one in chain:
        code = _own_code(one) or _tls_code(one)
        if code:
            return code
    for test in (_name_code, _socket_code, _http_code):
        for one in chain:
            code = test(one)
            if code:
                return code
    return "connection-failed"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and everything that it wraps or came from, the outermost first."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(part for part in inner if isinstance(part, BaseException))


def _own_code(error: BaseException) -> str:
    if isinstance(error, CannotBind):
        return "cannot-bind"
    if isinstance(error, AnswerTooLarge):
        return "answer-too-large"
    if isinstance(error, HandshakeBroken):
        return "sign-in-handshake-failed"
    return ""


def _tls_code(error: BaseException) -> str:
    if isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError):
        return "connection-reset"
    if isinstance(error, ssl.SSLError) and not isinstance(error, TimeoutError):
        return _TLS_REASONS.get(error.reason or "", "tls-failed")
    return ""


def _name_code(error: BaseException) -> str:
    if isinstance(error, NameTimedOut):
        return "name-timed-out"
    if isinstance(error, socket.gaierror):
        return "name-timed-out" if error.errno == socket.EAI_AGAIN else "name-not-found"
    if isinstance(error, UnicodeError | urllib3.exceptions.LocationParseError | requests.exceptions.InvalidURL):
        return "name-not-found"
    return ""


def _socket_code(error: BaseException) -> str:
    if isinstance(error, TimeoutError | urllib3.exceptions.ReadTimeoutError | httpcore.TimeoutException):
        return "timed-out"
    if isinstance(error, ConnectionRefusedError):
        return "connection-refused"
    if isinstance(error, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead):
        return "answer-cut-short"
    if isinstance(error, ConnectionError):  # reset, aborted, broken pipe, disconnected without an answer
        return "connection-reset"
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return "network-unreachable"
    return ""


def _http_code(error: BaseException) -> str:
    if isinstance(error, h11.RemoteProtocolError | http.client.HTTPException):
        return "not-http"
    if isinstance(error, httpcore.RemoteProtocolError):
        return "connection-reset"
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return "malformed-answer"
    return ""
