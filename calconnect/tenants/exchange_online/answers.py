"""Requests to Graph, and what its answers say: status, code, ids, the few headers that tell causes apart.

Source of the error object: https://learn.microsoft.com/graph/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from calconnect.evidence.observation import Fact, Outcome
from calconnect.tenants.common.observing import Reply, Said
from calconnect.tenants.common.wire import Answer, retry_after_seconds
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.shapes import NotJson, Object, read_json

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_KEPT_HEADERS = ("Retry-After", "client-request-id", "x-ms-throttle-scope", "x-ms-throttle-information")
_SHORT = 300
_POLICY_SIGNS = ("AppOnly AccessPolicy", "Access to OData is disabled")
"""Words in the message of ``ErrorAccessDenied``. Nothing else tells a mailbox that a policy keeps out from a permission
that is missing. Source: https://learn.microsoft.com/graph/auth-limit-mailbox-access"""
BLOCKED_BY = "blocked_by"
ACCESS_POLICY = "application-access-policy"


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One request to Graph, before a token is put to it."""

    path: str
    """Below the version, percent-encoded, with its query: ``/users/ann%40contoso.com/calendar``."""
    method: str = "GET"
    body: Object | None = None
    """Sent as JSON."""
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    mailbox: str = ""
    """Whose mailbox it goes to, for the limit of requests at once; empty: nobody's."""


@dataclass(frozen=True, slots=True)
class GraphReply:
    """A reply of Graph with what it holds."""

    reply: Reply
    body: Object = field(default_factory=lambda: _NOTHING, repr=False)
    """Of a success: the JSON object; empty where the answer has none."""
    details: Mapping[str, Fact] = field(default_factory=lambda: _NOTHING)

    @property
    def ok(self) -> bool:
        """Whether Graph did what was asked."""
        answer = self.reply.answer
        return answer.code is None and answer.status is not None and 200 <= answer.status < 300

    @property
    def code(self) -> str | None:
        """The code of the answer; None where the status says it all."""
        return self.reply.answer.code

    @property
    def said(self) -> Said | None:
        """What an observation says of it; None: what the answer says by itself."""
        return Said(Outcome.OK, None) if self.ok else None

    def but(self, code: str, **details: Fact) -> GraphReply:
        """Return the same reply with another code, and no body."""
        answer = replace(self.reply.answer, code=code)
        return GraphReply(replace(self.reply, answer=answer), details={**self.details, **details})


def read_answer(
    status: int, headers: Mapping[str, str], content: bytes, now: datetime
) -> tuple[Answer, Object, Mapping[str, Fact]]:
    """Return what an HTTP response of Graph says, its body, and details.

    Args:
        status: of HTTP.
        headers: by lower-case name.
        content: the body.
        now: the time, for dates in headers.
    """
    try:
        body: Any = read_json(content) if content.strip() else {}
    except NotJson:
        passing = status in (429, 502, 503, 504)
        return _answer(status, None if passing else "not-json", headers, now), _NOTHING, _NOTHING
    return read_parsed(status, headers, body, now)


def read_parsed(
    status: int, headers: Mapping[str, str], body: Any, now: datetime
) -> tuple[Answer, Object, Mapping[str, Fact]]:
    """Return the same of an answer whose body is JSON: that of a part of a batch, too."""
    if not isinstance(body, dict):
        return _answer(status, "unexpected-answer", headers, now), _NOTHING, _NOTHING
    if 200 <= status < 300:
        return _answer(status, None, headers, now), body, _NOTHING
    if 300 <= status < 400:
        return _answer(status, "redirected", headers, now), _NOTHING, _NOTHING
    error = body.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = error.get("code"), error.get("message")
    known = sound_code(code)
    inner = error.get("innerError")
    request_id = inner.get("request-id") if isinstance(inner, dict) else None
    details: dict[str, Fact] = {}
    if known == "ErrorAccessDenied" and isinstance(message, str) and any(sign in message for sign in _POLICY_SIGNS):
        details[BLOCKED_BY] = ACCESS_POLICY
    answer = _answer(status, known, headers, now)
    if not answer.request_id and isinstance(request_id, str):
        answer = replace(answer, request_id=_printable(request_id))
    return answer, _NOTHING, details


def sound_code(value: object) -> str | None:
    """Return a code that a server sent, if it has the form of one."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def clock_skew(headers: Mapping[str, str], now: datetime) -> int | None:
    """Return by how many seconds the server's clock is ahead of ``now`` if that is more than may be; else None.

    Args:
        headers: by lower-case name; ``date`` is read.
        now: aware.
    """
    try:
        there = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    if there.tzinfo is None:
        return None
    seconds = round((there - now).total_seconds())
    return seconds if abs(seconds) > limits().clock_skew else None


def _answer(status: int, code: str | None, headers: Mapping[str, str], now: datetime) -> Answer:
    kept = {name: _printable(headers[name.lower()]) for name in _KEPT_HEADERS if name.lower() in headers}
    return Answer(
        status=status,
        code=code,
        headers=kept,
        request_id=_printable(headers.get("request-id", "")),
        retry_after=retry_after_seconds(headers.get("retry-after", ""), now),
    )


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:_SHORT]
