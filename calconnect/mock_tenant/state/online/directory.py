"""Entra's directory: users, groups, domains, directory roles, licences."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calconnect.mock_tenant.state.directory import Recipient

_NAMESPACE = uuid.UUID("2f1b7c5e-0d4e-5a86-9a38-0b8f3c6f3a11")
VENDOR_APPLICATION = "10bb7e5b-b80b-4e6e-a209-f78581dbc79e"
"""App ID of Cronofy's Graph Enterprise Connect:
https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-graph/restrict-data-access/"""


def object_id(kind: str, name: str) -> str:
    """Return an object id that is the same in every start of the same tenant."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name.lower()}"))


OWN_APPLICATION = object_id("application", "own")
"""App ID of calconnect's own application in every mock tenant."""


class Licence(StrEnum):
    """What is assigned to a user, as far as mailboxes are concerned."""

    E3 = "E3"
    E5 = "E5"
    PLAN_1 = "plan-1"
    PLAN_2 = "plan-2"
    F3 = "F3"
    F1 = "F1"
    KIOSK = "kiosk"
    NONE = "none"


class Location(StrEnum):
    """Which half of the organisation holds a mailbox."""

    ONLINE = "online"
    SERVER = "server"
    NOWHERE = "nowhere"
    """There is no mailbox: no licence, soft-deleted, inactive."""


@dataclass(slots=True, eq=False)
class OnlineUser:
    """A user object in Entra. Of a user whose mailbox is on the server (synchronised), ``location`` says so."""

    recipient: Recipient
    """Its addresses, name, time zone, language, and its mailbox's contents and state."""
    user_principal_name: str
    location: Location = Location.ONLINE
    licence: Licence = Licence.E3
    enabled: bool = True
    synced: bool = False
    """From an on-premises directory."""
    directory_roles: list[str] = field(default_factory=list)
    """Display names of roles that are assigned to the user itself."""
    ews_enabled: bool | None = None
    """Of the mailbox (``Set-CASMailbox -EwsEnabled``); None: not set."""

    @property
    def id(self) -> str:
        """Its object id."""
        return object_id("user", self.recipient.email)


@dataclass(slots=True, eq=False)
class OnlineGroup:
    """A group in Entra."""

    email: str
    name: str
    members: list[str] = field(default_factory=list)
    """Primary addresses of users and groups."""
    security: bool = True
    mail_enabled: bool = True
    directory_roles: list[str] = field(default_factory=list)
    """Roles that are assigned to the group, so that its members have them."""
    room_list: bool = False

    @property
    def id(self) -> str:
        """Its object id."""
        return object_id("group", self.email)


@dataclass(frozen=True, slots=True)
class OnlineDomain:
    """A domain of the tenant."""

    name: str
    verified: bool = True
    initial: bool = False
    default: bool = False
    email: bool = True
    """Whether it has the service ``Email``."""


@dataclass(slots=True, eq=False)
class Application:
    """An application that the tenant knows (an enterprise application): the vendor's, or calconnect's own."""

    app_id: str
    name: str
    permissions: list[str] = field(default_factory=list)
    """Application permissions with consent for the organisation: ``Calendars.ReadWrite``; on Exchange's own resource
    with its name before: ``Office 365 Exchange Online: full_access_as_app``."""
    granted_at: datetime | None = None
    """When the consent was given; it takes effect at once."""
    own: bool = False
    """Whether it is registered in this tenant, so that it can prove itself here: calconnect's own."""
    enabled: bool = True
    client_secrets: list[str] = field(default_factory=list, repr=False)
    expired_secrets: list[str] = field(default_factory=list, repr=False)
    """Secrets of the application that have expired."""
    certificates: list[bytes] = field(default_factory=list)
    """DER, of the certificates whose key may sign its assertions."""
    federated_issuers: list[tuple[str, str]] = field(default_factory=list)
    """(issuer, subject) of assertions of another identity provider that are taken."""

    @property
    def id(self) -> str:
        """Object id of its service principal."""
        return object_id("service-principal", self.app_id)
