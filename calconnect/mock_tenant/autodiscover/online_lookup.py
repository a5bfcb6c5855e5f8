"""What Exchange Online's Autodiscover knows of an address: that the mailbox is here, or where to ask instead."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.autodiscover.lookup import Found
from calconnect.mock_tenant.state.online.directory import Location
from calconnect.mock_tenant.state.online.half import OnlineHalf


@dataclass(frozen=True, slots=True)
class OnlineLookup:
    """One request's view of the Exchange Online half."""

    half: OnlineHalf
    host: str
    """The request's ``Host`` header, with its port."""

    @property
    def ews_url(self) -> str:
        """The URL of Exchange Online's EWS, by the name that the client asked."""
        return f"https://{self.host}/EWS/Exchange.asmx"

    def find(self, address: str) -> Found | None:
        """Return what an address leads to; None: there is no such user, or no mailbox of its own on either side."""
        user = self.half.user(address)
        if user is None:
            return None
        if user.location is Location.SERVER:
            return Found(redirect_url=f"https://autodiscover.{user.recipient.domain}/autodiscover/autodiscover.json")
        if user.location is Location.ONLINE and user.recipient.has_mailbox:
            return Found(user=user.recipient)
        return None
