"""What Autodiscover knows of an address: its user and URLs, or where to ask instead."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts, AutodiscoverMode
from calconnect.mock_tenant.state.directory import MAILBOX_KINDS, Recipient, RecipientKind
from calconnect.mock_tenant.state.organization import Organization

SCHEMAS = (
    "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, "
    "Exchange2013_SP1, Exchange2016"
)
_CLOUD_ROUTING = ".mail.onmicrosoft.com"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to; exactly one of the three is set."""

    user: Recipient | None = None
    redirect_address: str = ""
    redirect_url: str = ""
    """An absolute URL of an Autodiscover service; of SOAP or POX as asked."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One request's view of the organisation."""

    organization: Organization
    facts: AutodiscoverFacts
    host: str
    """The request's ``Host`` header, with its port."""
    target: str
    """The request's path and query."""

    def find(self, address: str) -> Found | None:
        """Return what an address leads to; None: there is no such user."""
        mode = self.facts.mode
        if mode is AutodiscoverMode.LOOP:
            return Found(redirect_url=f"https://{self.host}{self.target}")
        if mode is AutodiscoverMode.REDIRECT_URL:
            return Found(redirect_url=self.facts.target)
        if mode is AutodiscoverMode.REDIRECT_ADDRESS and address.lower() != self.facts.target.lower():
            return Found(redirect_address=self.facts.target)
        recipient = self.organization.directory.by_address(address)
        if recipient is None:
            return None
        if recipient.kind is RecipientKind.REMOTE:
            routing = next((one for one in recipient.aliases if one.lower().endswith(_CLOUD_ROUTING)), None)
            return Found(redirect_address=routing) if routing else None
        if recipient.kind not in MAILBOX_KINDS or not recipient.has_mailbox:
            return None
        return Found(user=recipient)

    @property
    def ews_url(self) -> str:
        """The URL of EWS that clients are told; empty: none is configured."""
        if self.facts.mode is AutodiscoverMode.NO_EWS:
            return ""
        return self.facts.ews_url or f"https://{self._server}/EWS/Exchange.asmx"

    @property
    def _server(self) -> str:
        """The server's own host name, on the port that the client came by; loopback for who asked by that."""
        asked = urlsplit(f"//{self.host}")
        if asked.hostname in _LOOPBACK:
            return self.host
        return f"{self.organization.host}:{asked.port}" if asked.port else self.organization.host

    def settings(self, user: Recipient) -> dict[str, str]:
        """Return a user's settings by name.

        Names: https://learn.microsoft.com/exchange/client-developer/web-service-reference/setting-soap
        """
        major, minor, build, revision = (int(part) for part in self.organization.server.version.split("."))
        build_text = f"{major:02}.{minor:02}.{build:04}.{revision:03}"
        server = f"{self.organization.server.server_name}.{self.organization.domains[0]}".lower()
        settings = {
            "UserDisplayName": user.name,
            "UserDN": user.legacy_dn,
            "UserDeploymentId": str(user.guid),
            "AutoDiscoverSMTPAddress": user.email,
            "InternalMailboxServer": server,
            "MailboxDN": user.legacy_dn,
            "ActiveDirectoryServer": server,
            "CasVersion": build_text,
            "EwsSupportedSchemas": SCHEMAS,
        }
        if self.ews_url:
            settings |= {
                "InternalEwsUrl": self.ews_url,
                "ExternalEwsUrl": self.ews_url,
                "ExternalEwsVersion": build_text,
            }
        return settings
