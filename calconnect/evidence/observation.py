"""The observation: one thing seen at the tenant. What was asked, what came back, when; no secret, no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Fact = str | int | float | bool | None | list[str]
"""A typed, redaction-safe detail of an observation."""


class Outcome(StrEnum):
    """How the tenant took it, before anybody judges whether that is good."""

    OK = "ok"
    """It did what was asked (EWS: ``NoError``)."""
    REFUSED = "refused"
    """It answered, and said no or reported an error: see status and code."""
    NO_ANSWER = "no-answer"
    """Nothing that the protocol knows came back: no name, no route, reset, timed out, TLS failed, not EWS at all."""


class Mode(StrEnum):
    """On whose behalf, and by which way, it was asked."""

    ANONYMOUS = "anonymous"
    SERVICE_ACCOUNT = "service-account"
    IMPERSONATED = "impersonated"
    DELEGATE = "delegate"
    """As the service account itself, in somebody else's mailbox: by a permission on the folder."""
    APPLICATION = "application"
    """In Exchange Online, as calconnect's own application: its rights are not those of the vendor's."""
    CONFIGURATION = "configuration"
    """Not asked of the tenant at all: read from a file or settings that the administrator supplied."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing seen. Immutable; ``id`` is unique in its run (``o-0001``), given by the recorder."""

    id: str
    at: datetime
    probe: str
    """calconnect's question: ``sign-in``, ``open-calendar``, ``free-busy`` … (see tenants.interface)."""
    operation: str
    """The protocol's operation: ``GetFolder``, ``Autodiscover POX``, ``TLS handshake`` …"""
    mode: Mode
    target: str
    """The mailbox, address, URL or host that the question was about."""
    outcome: Outcome
    http_status: int | None = None
    code: str | None = None
    """The EWS response code as sent (``NoError``, ``ErrorImpersonateUserDenied``), or calconnect's own lower-case
    word where the protocol has none: ``timed-out``, ``connection-refused``, ``name-not-found``, ``certificate-…``."""
    fault: bool = False
    """The code came in a SOAP fault and not in a response message."""
    reason: str = ""
    """One redacted sentence for people. Never matched on."""
    url: str = ""
    request_id: str = ""
    server_version: str = ""
    """Build as sent in ``ServerVersionInfo``, such as ``15.2.1748.10``."""
    duration_ms: float = 0.0
    attempts: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    """The few response headers that tell causes apart (``WWW-Authenticate``, ``X-EWS-Policy-Reason`` …)."""
    details: Mapping[str, Fact] = field(default_factory=dict)
    """What the answer said, as typed facts that hold no content: counts, folder class, TLS version, addresses."""

    @property
    def ok(self) -> bool:
        """Whether the tenant did what was asked."""
        return self.outcome is Outcome.OK
