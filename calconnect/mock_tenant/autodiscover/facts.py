"""How Autodiscover behaves in a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from calconnect.mock_tenant.state.server import Proxy
from calconnect.mock_tenant.tls import CertificateKind


class AutodiscoverMode(StrEnum):
    """What Autodiscover does."""

    SERVE = "serve"
    MISSING = "missing"
    """404 on all of its paths."""
    LOOP = "loop"
    """Redirects to itself for ever."""
    REDIRECT_ADDRESS = "redirect-address"
    """Answers that another e-mail address is to be asked for (``target``, an address)."""
    REDIRECT_URL = "redirect-url"
    """Answers that another server is to be asked (``target``, a URL)."""
    NO_EWS = "no-ews"
    """Answers, but without any EWS URL (the virtual directory's ExternalUrl is empty)."""


@dataclass(frozen=True, slots=True)
class AutodiscoverFacts:
    """How Autodiscover behaves."""

    mode: AutodiscoverMode = AutodiscoverMode.SERVE
    target: str = ""
    """Of a redirect: the address or URL."""
    ews_url: str = ""
    """The EWS URL that is told; empty: this server's, on the port that the client asked."""
    without: frozenset[str] = frozenset()
    """Services that are not there: ``soap``, ``pox``, ``json``."""
    behind: Proxy = Proxy.NOTHING
    """What clients reach in the stead of Autodiscover's virtual directory."""
    certificate: CertificateKind | None = None
    """Which certificate is shown under Autodiscover's own host names; None: the server's."""
