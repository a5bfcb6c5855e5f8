"""What came over the wire, as facts: status, codes, the few headers that tell causes apart.

Outcome and code of every observation come from here, never from a library's exception texts. The shapes of fault that
real servers send are known: HTTP 500 with a SOAP fault, HTTP 200 with a fault and no detail, 401, 403 with and without
``X-EWS-Policy-Reason``, 302 to the general error page or to a sign-in page, 404, 440, 456, 503, a web page in the place
of XML, XML that is cut short. Source of the headers:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import SplitResult, urljoin, urlsplit

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Outcome
from calconnect.tenants.common.soap import MESSAGES, NotXml, SoapAnswer, looks_like_xml, parse_xml, read_soap

_KEPT = (
    "X-EWS-Policy-Reason",
    "X-CasErrorCode",
    "x-ms-diagnostics",
    "X-FEServer",
    "X-BEServer",
    "Retry-After",
    "Server",
)
_KEPT_HEADERS = tuple((name, name.lower()) for name in _KEPT)
_READ_HEADERS = frozenset({"location", "www-authenticate", "request-id", *(lower for _, lower in _KEPT_HEADERS)})
_HEADER_LENGTH = 2000
"""Characters of a header that are kept: enough to recognise a secret in it, of which then less is shown."""
_ERROR_PAGE = "/ews/genericerrorpage.htm"
DID_NOTHING = frozenset({"ErrorServerBusy", "ErrorExceededConnectionCount"})
"""Codes that say that the request was turned away before anything was done."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request, or why nothing did."""

    status: int | None
    """The HTTP status; None: nothing came back, and ``code`` says why."""
    code: str | None = None
    """The EWS response code or calconnect's own word; None where the HTTP status says it all."""
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    """Those kept for the observation."""
    request_id: str = ""
    schemes: tuple[str, ...] = ()
    """The authentication schemes of ``WWW-Authenticate``, as offered."""
    location: str = ""
    """Where a redirect leads, without its query."""
    retry_after: float | None = None
    """Seconds that the server asks to wait."""
    soap: SoapAnswer | None = None

    @property
    def kind(self) -> Kind:
        """What sort of answer it is."""
        return meaning(self.code, self.status).kind

    @property
    def outcome(self) -> Outcome:
        """How the tenant took it, where the operation has no say of its own."""
        if self.status is None or self.code == "not-ews" or self.kind is Kind.NOT_ANSWER:
            return Outcome.NO_ANSWER
        return Outcome.OK if self.code == "NoError" else Outcome.REFUSED


def turned_away(answer: Answer) -> bool:
    """Say whether the request was turned away before anything was done."""
    return answer.code in DID_NOTHING or (answer.code is None and answer.status in (429, 503))


def failed(code: str) -> Answer:
    """Return the answer that did not come, for the reason ``code``."""
    return Answer(None, code)


def read_answer(status: int, headers: Iterable[tuple[str, str]], content: bytes, now: datetime) -> Answer:
    """Return what an HTTP response says. ``headers`` may hold a name several times; ``now`` is for dates in them."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in _READ_HEADERS:
            fields.setdefault(lower, []).append(value)
    soap, damaged = _soap(content)
    location = _without_query(_first(fields, "location"))
    code = soap.code or "malformed-answer" if soap else _code(status, fields, location, damaged=damaged)
    schemes = challenge_schemes(fields.get("www-authenticate", ()))
    kept = {name: _short(fields[lower][0]) for name, lower in _KEPT_HEADERS if lower in fields}
    if schemes:
        kept["WWW-Authenticate"] = ", ".join(schemes)
    if location:
        kept["Location"] = _short(location)
    retry_after = (
        soap.back_off if soap and soap.back_off is not None else retry_after_seconds(_first(fields, "retry-after"), now)
    )
    return Answer(
        status=status,
        code=code,
        headers=kept,
        request_id=_short(_first(fields, "request-id")),
        schemes=schemes,
        location=location,
        retry_after=retry_after,
        soap=soap,
    )


def _soap(content: bytes) -> tuple[SoapAnswer | None, bool]:
    """Return the envelope, and whether there was one that could not be read."""
    if not looks_like_xml(content):
        return None, False
    try:
        return read_soap(parse_xml(content)), False
    except NotXml:
        return None, b"Envelope" in content[:1000]


def _code(status: int, fields: Mapping[str, list[str]], location: str, *, damaged: bool) -> str | None:
    if 300 <= status < 400:
        target = split_url(location)
        if target.path.lower() == _ERROR_PAGE:
            return "generic-error-page"
        return "http-only" if target.scheme == "http" else "redirected"
    if status == 403 and "x-ews-policy-reason" in fields:
        return "ews-policy"
    if damaged and status in (200, 500):
        return "malformed-answer"
    return "not-ews" if 200 <= status < 300 else None


def challenge_schemes(values: Iterable[str]) -> tuple[str, ...]:
    """Return the schemes that ``WWW-Authenticate`` headers offer, in their order, each once.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate
    """
    found: dict[str, str] = {}
    for value in values:
        for part in re.findall(r'(?:"(?:\\.|[^"\\])*"|[^,"])+', value):
            word = _SCHEME.match(part.strip())
            if word is None:
                continue
            rest = part.strip()[word.end() :]
            if rest == "" or (rest[0].isspace() and not rest.lstrip().startswith("=")):
                found.setdefault(word.group().lower(), word.group())
    return tuple(found.values())


def split_url(url: str) -> SplitResult:
    """Take a URL apart; what is none has no parts."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def busy_shares(answer: Answer, count: int) -> list[Answer]:
    """Return each mailbox's share of an answer to GetUserAvailability, in the order in which they were asked about."""
    if answer.soap is None or answer.soap.fault:
        return [answer] * count
    parts = [answer.soap.part(part) for part in answer.soap.find_all(f"{MESSAGES}FreeBusyResponse")]
    if not parts and answer.code != "NoError":
        return [answer] * count
    shares = [replace(answer, soap=part, code=part.code or "malformed-answer") for part in parts[:count]]
    missing = replace(failed("no-answer-for-mailbox"), status=answer.status, request_id=answer.request_id)
    return shares + [missing] * (count - len(shares))


def join_url(base: str, location: str) -> str:
    """Return the URL that ``location``, which may be relative, means at ``base``; empty if it means none."""
    try:
        return urljoin(base, location) if location else ""
    except ValueError:
        return ""


def _first(fields: Mapping[str, list[str]], name: str) -> str:
    values = fields.get(name.lower())
    return values[0] if values else ""


def _short(text: str) -> str:
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    return text[:_HEADER_LENGTH]


def _without_query(location: str) -> str:
    """Drop query and fragment: sign-in pages put tokens there."""
    return location.partition("#")[0].partition("?")[0]


def retry_after_seconds(text: str, now: datetime) -> float | None:
    """Read ``Retry-After``: seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after"""
    text = text.strip()
    if not text:
        return None
    if text.isdecimal() and len(text) < 8:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
