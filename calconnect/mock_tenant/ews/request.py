"""A request as an operation sees it: its body, who asks, and on whose behalf."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.xml import Element
from calconnect.mock_tenant.state.access import Access
from calconnect.mock_tenant.state.directory import Account, Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.organization import Organization


@dataclass(frozen=True, slots=True)
class Request:
    """One admitted EWS request."""

    organization: Organization
    body: Element
    """The operation's element, ``m:GetFolder``, already held against the operation's grammar."""
    account: Account
    """Who signed in."""
    acting: Recipient | None
    """Whose rights count: the impersonated user, else the account's own recipient; None: no mailbox."""
    impersonated: bool
    version: str
    """``RequestServerVersion``: ``Exchange2007_SP1`` … ``Exchange2016``."""
    time_zone: ZoneInfo | None
    """From the ``TimeZoneContext`` header; None: not given, so UTC."""
    time_zone_id: str
    """The Windows name given there; ``UTC`` if none was."""
    base_url: str
    """The URL that the request came in by, up to the host: ``https://localhost:8443``."""
    user_agent: str = ""
    """What the client calls itself."""

    @property
    def access(self) -> Access:
        """What ``acting`` may do where."""
        return Access(self.organization, self.acting)

    def own_mailbox(self) -> Mailbox:
        """Return the mailbox of ``acting``.

        Raises:
            EwsError: ``ErrorMissingEmailAddress`` for an account without a mailbox; the mailbox's own state.
        """
        return self.access.own_mailbox()


class Stream:
    """The answer of a streaming operation: each part is sent as one whole SOAP envelope in the same HTTP response."""

    def __init__(self, parts: AsyncIterator[Element]) -> None:
        self.parts = parts
        """Response elements (``m:GetStreamingEventsResponse``), until the connection's time is over."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An EWS operation."""

    name: str
    """As in the request's body element and in ``<name>Response``."""
    request: Node
    """What its request must look like."""
    handle: Callable[[Request], Element | Stream]
    """Answers with the response element (``m:GetFolderResponse``). Runs with the organisation's lock held."""
