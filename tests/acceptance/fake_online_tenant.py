"""Exchange Online that answers as it is told to: by default as an organisation where everything is in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.settings.model import ApplicationCredential, Microsoft365Settings, Settings, Topology
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.interface import Window
from tests.acceptance.fake_tenant import GROUP, OUTSIDER, START, STRANGERS, USERS, Answering, Says, make_settings

TENANT = "example.onmicrosoft.com"
OWN = "5f6f7d6e-0000-4000-8000-000000000001"
PERMISSIONS = ["Calendars.ReadWrite", "Organization.Read.All", "Place.Read.All", "User.Read.All"]
ROOMS = "rooms@example.com"
GRAPH = "https://graph.microsoft.com/v1.0"
OUT_OF_SCOPE = Says("ErrorAccessDenied", 403, Outcome.REFUSED)
LOST = Says("no-token", None, Outcome.NO_ANSWER, {"token_refused_with": "AADSTS7000222"})
"""What every question comes to once a token cannot be renewed."""


def make_online_settings(folder: Path, topology: Topology = Topology.EXCHANGE_ONLINE_GRAPH, **changes: Any) -> Settings:
    """Return settings of a topology with Exchange Online, as ``make_settings`` makes those of a server.

    ``changes`` are fields of ``[microsoft365]``, of the connection or of the settings.
    """
    secret = folder / "secret.txt"
    if not secret.exists():
        secret.write_text("not so secret\n")
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "application": OWN,
        "credential": ApplicationCredential(client_secret=SecretReference("file", "secret.txt", folder)),
    }
    fields |= {name: changes.pop(name) for name in list(changes) if name in Microsoft365Settings.__slots__}
    if not topology.has_server:
        changes = {"service_account_email": "", "service_account_password": None} | changes
    return make_settings(folder, topology=topology, microsoft365=Microsoft365Settings(**fields), **changes)


def told(**details: Fact) -> Says:
    return Says(None, 200, details=details, url=GRAPH)


class FakeOnlineTenant:
    """Answers from a script: by probe, what is said, for all targets or by a function of the target."""

    def __init__(self, script: Mapping[str, Answering] | None = None) -> None:
        self.script = dict(script or {})
        self.asked: list[tuple[str, str]] = []
        self.batches: list[tuple[str, ...]] = []
        """Whom each question was put to that takes many."""
        self.closed = 0
        self.before: Callable[[str, str], None] = lambda probe, target: None
        self._lock = threading.Lock()

    def sign_in_application(self) -> Observation:
        return self._answer("application-sign-in", OWN, told(method="secret", permissions=PERMISSIONS))

    def organization(self) -> tuple[Observation, ...]:
        domains: dict[str, Fact] = {"verified": ["example.com", TENANT], "unverified": [], "email": ["example.com"]}
        return (self._answer("organization", TENANT, told(**domains, initial=TENANT)),)

    def users(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        self._put(addresses)
        plan: dict[str, Fact] = {"exchange_plan": "enabled", "plan_names": ["EXCHANGE_S_ENTERPRISE"]}
        return tuple(self._answer("online-user", one, told(primary_smtp=one, **plan)) for one in addresses)

    def directory_roles(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        return self._each("directory-roles", addresses, roles=[], templates=[])

    def application(self, app_id: str) -> tuple[Observation, ...]:
        consented: dict[str, Fact] = {"app_id": app_id, "name": "Cronofy", "enabled": True, "permissions": PERMISSIONS}
        return (self._answer("application-consent", app_id, told(**consented)),)

    def open_calendars(self, mailboxes: Sequence[str]) -> tuple[Observation, ...]:
        self._put(mailboxes)
        outside = (OUTSIDER, *STRANGERS)
        return tuple(
            self._answer("graph-calendar", one, OUT_OF_SCOPE if one in outside else told(can_edit=True))
            for one in mailboxes
        )

    def list_events(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        return self._each("graph-events", mailboxes, events=3)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        return self._each("graph-free-busy", mailboxes, busy=2)

    def event_round_trip(self, mailbox: str) -> tuple[Observation, ...]:
        made: list[Observation] = []
        for step in ("create", "read", "update", "read-again", "follow", "delete", "find-gone"):
            made.append(self._answer(f"graph-event-round-trip {step}", mailbox, told(step=step)))
            if not made[-1].ok:
                break
        return tuple(made)

    def remove_stray_events(self, mailbox: str) -> tuple[Observation, ...]:
        return (self._answer("graph-remove-strays", mailbox, told(found=0, removed=0)),)

    def rooms(self) -> tuple[Observation, ...]:
        lists = self._answer("graph-rooms", "", told(lists=[ROOMS]))
        return (lists, self._answer("graph-rooms", ROOMS, told(rooms=["room1@example.com"]))) if lists.ok else (lists,)

    def group_members(self, group: str) -> tuple[Observation, ...]:
        members: dict[str, Fact] = {"direct": [*USERS], "transitive": [*USERS], "groups": 0}
        kind: dict[str, Fact] = {"mail_enabled": True, "security_enabled": True, "group_id": "g-1"}
        known = {**(members if group == GROUP else {"direct": []}), **kind}
        return (self._answer("graph-group", group, told(**known)),)

    def some_users(self, count: int) -> Observation:
        found = [*USERS, OUTSIDER, *STRANGERS][:count]
        return self._answer("graph-some-users", "", told(mailboxes=found, complete=count > len(found)))

    def what_if(self, user: str, source_address: str) -> Observation:
        return self._answer("what-if", user, told(applies=[], controls=[], report_only=[], source=source_address))

    def locate(self, address: str) -> Observation:
        found: dict[str, Fact] = {"hosted": "online", "ews_url": "https://outlook.office365.com/EWS/Exchange.asmx"}
        return self._answer("online-autodiscover", address, told(**found))

    def sign_in_ews(self) -> Observation:
        return self._answer("online-ews-sign-in", OWN, told(tenant_id=TENANT, method="secret", permissions=[]))

    def open_ews_calendar(self, mailbox: str) -> Observation:
        return self._answer("online-ews-calendar", mailbox, told())

    def ews_free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        return self._each("online-ews-free-busy", mailboxes, busy=2, view="FreeBusy")

    def close(self) -> None:
        self.closed += 1

    def count(self, probe: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == probe)

    def _put(self, targets: Sequence[str]) -> None:
        with self._lock:
            self.batches.append(tuple(targets))

    def _each(self, probe: str, targets: Sequence[str], **details: Fact) -> tuple[Observation, ...]:
        self._put(targets)
        return tuple(self._answer(probe, target, told(**details)) for target in targets)

    def _answer(self, probe: str, target: str, default: Says) -> Observation:
        with self._lock:
            self.asked.append((probe, target))
        self.before(probe, target)
        says = self.script.get(probe, default)
        if not isinstance(says, Says):
            says = says(target)
        details = {**default.details, **says.details} if says.outcome is Outcome.OK else dict(says.details)
        name, _, step = probe.partition(" ")
        if step:
            details["step"] = step
        mode = Mode.ANONYMOUS if name == "online-autodiscover" else Mode.APPLICATION
        return Observation(
            *("", START, name, name, mode, target, says.outcome, says.status, says.code),
            url=says.url,
            headers=says.headers,
            details=details,
        )
