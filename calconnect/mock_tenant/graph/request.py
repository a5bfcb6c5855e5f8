"""What a Graph resource is asked, and what it answers: no HTTP, no JSON text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from calconnect.mock_tenant.graph.errors import Headers, bad_request
from calconnect.mock_tenant.graph.limits import Limits
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.directory import Application, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization

Json = dict[str, Any]
"""A JSON object."""
GRAPH_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
"""The media type of Graph's answers."""


class Workload(Enum):
    """The service behind Graph that a resource belongs to. It decides how a missing right is said."""

    DIRECTORY = auto()
    """Entra: 403 ``Authorization_RequestDenied``, 404 ``Request_ResourceNotFound``."""
    EXCHANGE = auto()
    """Exchange Online: 403 ``ErrorAccessDenied``, 404 ``ErrorInvalidUser`` and ``MailboxNotEnabledForRESTAPI``."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The application whose token came with the request."""

    application: Application
    roles: frozenset[str]
    """The application permissions that the token carries; the token keeps them until it expires."""


@dataclass(slots=True)
class GraphRequest:
    """One request to one resource, signed in, permitted and taken apart. The organisation's lock is held."""

    organization: Organization
    half: OnlineHalf
    caller: Caller
    method: str
    """In capital letters."""
    version_url: str
    """What links and ``@odata.context`` begin with: ``https://graph.microsoft.com/v1.0``."""
    path: str
    """Below the version, decoded, without a slash in front: ``users/ann@contoso.com/calendar``."""
    parameters: Mapping[str, str]
    """What stood in the pattern's placeholders, decoded: ``{"user": "ann@contoso.com"}``."""
    query: Mapping[str, str]
    """The query's parameters, decoded, system options by their name with the dollar sign: ``$select``."""
    headers: Mapping[str, str]
    """By name in lower case."""
    at: datetime
    """The organisation's time."""
    limits: Limits
    """What counts requests."""
    body: Any = None
    """The parsed JSON body; None: there is none."""
    found_user: OnlineUser | None = None
    found_mailbox: Mailbox | None = None

    @property
    def user(self) -> OnlineUser:
        """The user that ``{user}`` of the pattern names."""
        if self.found_user is None:
            raise RuntimeError(f"the pattern of {self.path} has no {{user}}")
        return self.found_user

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox of ``{user}``, opened; of resources with ``Workload.EXCHANGE`` alone."""
        if self.found_mailbox is None:
            raise RuntimeError(f"{self.path} is no mailbox resource")
        return self.found_mailbox

    @property
    def preferences(self) -> Mapping[str, str]:
        """The ``Prefer`` header by name in lower case: ``{"outlook.timezone": "UTC", "odata.maxpagesize": "50"}``."""
        found: dict[str, str] = {}
        for part in self.headers.get("prefer", "").split(","):
            name, _, value = part.strip().partition("=")
            if name:
                found[name.strip().lower()] = value.strip().strip('"')
        return found

    def object_body(self) -> Json:
        """Return the body, which has to be a JSON object.

        Raises:
            GraphError: 400 ``BadRequest``: it is another thing, or there is none.
        """
        if not isinstance(self.body, dict):
            raise bad_request("Empty Payload. JSON content expected.")
        return self.body


@dataclass(slots=True)
class GraphResponse:
    """What a resource answers."""

    body: Any = None
    """A JSON value; None: no content."""
    status: int = 200
    headers: Headers = field(default=())
    """Beside those of every answer: ``Location``, ``Preference-Applied``."""


Handler = Callable[[GraphRequest], GraphResponse]


def no_content() -> GraphResponse:
    """Return 204."""
    return GraphResponse(None, 204)
