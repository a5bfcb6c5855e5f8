"""A small organisation, built by hand, that the tests of the mock tenant share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts
from calconnect.mock_tenant.description.model import Description, Expected, Exports, ServiceAccountFacts
from calconnect.mock_tenant.firewall import Firewall
from calconnect.mock_tenant.state.directory import Account, Recipient, RecipientKind
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.rbac import ManagementScope, RoleAssignment
from calconnect.mock_tenant.tls import CertificateFacts

SERVICE = "svc@contoso.test"
SERVICE_AUTH = (SERVICE, "Correct-Horse-1")
USER_PASSWORD = "Users-Password-1"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""


def organization() -> Organization:
    """Return contoso.test: a service account that may impersonate the members of one group, four users, two rooms."""
    made = Organization("Contoso", ["contoso.test"], MovableClock(NOW))
    directory = made.directory
    service = directory.add(Recipient(SERVICE, "Calendar Service"))
    directory.add_account(Account(("CONTOSO\\svc", SERVICE), SERVICE_AUTH[1], recipient=service))
    for name in ("alice", "bob", "carol", "dave"):
        person = directory.add(
            Recipient(
                f"{name}@contoso.test",
                f"{name.title()} Müller",
                aliases=(f"{name}.alias@contoso.test",),
                upn=f"{name}.upn@contoso.test",
                time_zone="Europe/Berlin",
            )
        )
        directory.add_account(Account((f"CONTOSO\\{name}", person.upn, person.email), USER_PASSWORD, recipient=person))
    for number in (1, 2):
        directory.add(Recipient(f"room{number}@contoso.test", f"Room {number}", kind=RecipientKind.ROOM))
    directory.add(
        Recipient(
            "rooms@contoso.test",
            "All rooms",
            kind=RecipientKind.ROOM_LIST,
            members=["room1@contoso.test", "room2@contoso.test"],
        )
    )
    group = directory.add(
        Recipient(
            "calendar-users@contoso.test",
            "Calendar users",
            kind=RecipientKind.SECURITY_GROUP,
            members=[f"{name}@contoso.test" for name in ("alice", "bob", "carol")],
        )
    )
    directory.add(Recipient("gone-to-cloud@contoso.test", "Cloudy", kind=RecipientKind.REMOTE))
    made.roles.scopes["Calendar users"] = ManagementScope(
        "Calendar users", f"MemberOfGroup -eq '{group.distinguished_name}'"
    )
    made.roles.assignments.append(RoleAssignment("calendars", SERVICE, scope="Calendar users"))
    return made


def describe(
    made: Organization,
    *,
    firewall: Firewall | None = None,
    certificate: CertificateFacts | None = None,
    autodiscover: AutodiscoverFacts | None = None,
) -> Description:
    """Wrap an organisation as a description that can be served."""
    return Description(
        name="contoso",
        title="Contoso",
        description="",
        file=Path("contoso.toml"),
        organization=made,
        listed=tuple(f"{name}@contoso.test" for name in ("alice", "bob", "carol")),
        trial_mailbox="alice@contoso.test",
        administrators=(),
        administrator_groups=(),
        service_account=ServiceAccountFacts(SERVICE, SERVICE, ("CONTOSO\\svc", SERVICE), SERVICE_AUTH[1]),
        firewall=firewall or Firewall(),
        certificate=certificate or CertificateFacts(),
        autodiscover=autodiscover or AutodiscoverFacts(),
        vendor_addresses=(),
        settings={},
        expected=Expected(),
        exports=Exports(),
    )
