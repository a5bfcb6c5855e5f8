"""A tenant that answers as it is told to: by default as an organisation where everything is in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import MovableClock
from calconnect.settings.model import (
    AccessLevel,
    ConnectionSettings,
    LimitSettings,
    ListedMailbox,
    NetworkSettings,
    Settings,
    TrialSettings,
)
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.interface import Window

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACCOUNT = "calendar-service@example.com"
USERS = tuple(f"user{number}@example.com" for number in range(1, 7))
TRIAL = USERS[0]
GROUP = "calendar-users@example.com"
OUTSIDER = "director@example.com"
STRANGERS = tuple(f"stranger{number}@example.com" for number in range(1, 9))
"""Mailboxes of the directory that nobody has named."""
ADMINISTRATORS = "it-administrators@example.com"
ADMINISTRATOR = "admin@example.com"
ROOMS = "rooms@example.com"
URL = "https://mail.example.com/EWS/Exchange.asmx"


def clock() -> MovableClock:
    return MovableClock(START, running=False)


def make_settings(folder: Path, **changes: Any) -> Settings:
    """Return settings whose password file, list, vendor's list and firewall's export lie in ``folder``.

    ``changes`` are fields of the connection or of the settings.
    """
    password = folder / "password.txt"
    if not password.exists():
        password.write_text("correct horse\n")
        password.chmod(0o600)
        (folder / "mailboxes.csv").write_text("".join(f"{user}\n" for user in USERS))
        (folder / "vendor.txt").write_text("203.0.113.7\n198.51.100.0/28\n")
        (folder / "firewall.csv").write_text(
            "order,action,source,destination,port,enabled\n"
            "10,allow,203.0.113.0/24 198.51.100.0/24,any,443,true\n"
            "20,deny,any,any,any,true\n"
        )
    fields: dict[str, Any] = {
        "service_account_email": ACCOUNT,
        "service_account_password": SecretReference("file", "password.txt", folder),
        "email_to_impersonate": TRIAL,
        "terms_agreed": True,
    }
    fields |= {name: changes.pop(name) for name in list(changes) if name in ConnectionSettings.__slots__}
    network: dict[str, Any] = {"vendor_addresses": folder / "vendor.txt", "firewall_export": folder / "firewall.csv"}
    network |= {name: changes.pop(name) for name in list(changes) if name in NetworkSettings.__slots__}
    users = changes.pop("users", USERS)
    given: dict[str, Any] = {
        "limit": LimitSettings(GROUP, (OUTSIDER,)),
        "trial": TrialSettings((ADMINISTRATOR,), (ADMINISTRATORS,)),
        "rooms_wanted": True,
        "mailboxes_file": folder / "mailboxes.csv",
    }
    return Settings(
        file=folder / "calconnect.toml",
        connection=ConnectionSettings(**fields),
        mailboxes=tuple(ListedMailbox(user, line) for line, user in enumerate(users, 1)),
        network=NetworkSettings(**network),
        **given | changes,
    )


@dataclass(frozen=True)
class Says:
    """What a question comes to, where it is not what it comes to by default."""

    code: str | None = "NoError"
    status: int | None = 200
    outcome: Outcome = Outcome.OK
    details: Mapping[str, Fact] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = URL
    version: str = "15.2.2562.17"


def refuses(code: str | None, status: int = 500, **more: Any) -> Says:
    return Says(code, status, Outcome.REFUSED, **more)


def silent(code: str) -> Says:
    return Says(code, None, Outcome.NO_ANSWER)


NO_RIGHT = refuses("ErrorAccessDenied", 200)
"""What somebody else's folder answers where there is no permission."""
Answering = Says | Callable[[str], Says]


class FakeTenant:
    """Answers from a script: by probe, what is said, for all targets or by a function of the target."""

    def __init__(self, script: Mapping[str, Answering] | None = None, access: AccessLevel = AccessLevel.FULL) -> None:
        self.script = dict(script or {})
        self.access = access
        """What the organisation has granted."""
        self.asked: list[tuple[str, str]] = []
        self.closed = 0
        self.strays_removed = 0
        self.before: Callable[[str, str], None] = lambda probe, target: None
        self._lock = threading.Lock()

    def locate(self) -> tuple[Observation, ...]:
        first = self._answer("locate", ACCOUNT, Says(details={"how": "autodiscover", "ews_url": URL}))
        return (first,)

    def inspect_tls(self) -> Observation:
        facts: dict[str, Fact] = {"tls_version": "TLSv1.3", "not_after": "2027-02-01T00:00:00+00:00"}
        return self._answer("tls", "mail.example.com", Says(None, None, details={**facts, "trusted_by": "system"}))

    def offered_authentication(self) -> Observation:
        schemes = {"schemes": ["Negotiate", "NTLM", "Basic"]}
        return self._answer("offered-authentication", URL, refuses(None, 401, details=schemes))

    def sign_in(self) -> Observation:
        return self._answer("sign-in", ACCOUNT, Says(details={"login": "e-mail", "scheme": "basic"}))

    def sign_in_by(self, scheme: str) -> Observation:
        return self._answer("sign-in-by", ACCOUNT, Says(details={"login": "e-mail", "scheme": scheme}))

    def open_calendar(self, mailbox: str | None, mode: Mode = Mode.IMPERSONATED) -> Observation:
        if mailbox is None:
            return self._answer("open-own-calendar", ACCOUNT, Says())
        if mode is Mode.DELEGATE:
            rights = {"read": True, "create": True, "view_private": True}
            granted = Says(details=rights) if self.access is AccessLevel.CALENDAR_ONLY else NO_RIGHT
            return self._answer("open-calendar as delegate", mailbox, granted)
        reached = self.access is AccessLevel.FULL and mailbox not in (OUTSIDER, *STRANGERS)
        return self._answer("open-calendar", mailbox, Says() if reached else refuses("ErrorImpersonateUserDenied"))

    def open_folder(self, mailbox: str, folder: str) -> Observation:
        return self._answer(f"open-folder {folder}", mailbox, NO_RIGHT)

    def list_events(self, mailbox: str, window: Window, mode: Mode = Mode.IMPERSONATED) -> Observation:
        if mode is Mode.DELEGATE:
            granted = Says(details={"events": 3}) if self.access is AccessLevel.CALENDAR_ONLY else NO_RIGHT
            return self._answer("list-events as delegate", mailbox, granted)
        return self._answer("list-events", mailbox, Says(details={"events": 3}))

    def event_rights(self, mailbox: str) -> Observation:
        counted = Says(details={"events": 3, "changeable": 3, "deletable": 3})
        return self._answer("event-rights", mailbox, counted)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        return tuple(self._answer("free-busy", mailbox, Says(details={"busy": 2})) for mailbox in mailboxes)

    def free_busy_view(self, mailbox: str, window: Window) -> Observation:
        return self._answer("free-busy-view", mailbox, Says(details={"view": "FreeBusy"}))

    def event_round_trip(self, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        steps = ("create", "read", "update", "read-again", "delete", "find-gone")
        made = []
        for step in steps:
            observation = self._answer(f"event-round-trip {step}", mailbox, Says(details={"step": step}))
            made.append(observation)
            if not observation.ok:
                break
        return tuple(made)

    def resolve_address(self, address: str) -> Observation:
        found: dict[str, Fact] = {"primary_smtp": address, "mailbox_type": "Mailbox", "matches": 1}
        return self._answer("resolve-address", address, Says(details=found))

    def find_names(self, beginning: str) -> Observation:
        people = (*USERS, ACCOUNT, OUTSIDER, "room1@example.com", *STRANGERS)
        found = [one for one in people if one.startswith(beginning)]
        listed: dict[str, Fact] = {"mailboxes": found, "matches": len(found), "complete": True}
        return self._answer("find-names", beginning, Says(details=listed))

    def expand_group(self, address: str) -> tuple[Observation, ...]:
        members = {GROUP: [*USERS], ADMINISTRATORS: [ADMINISTRATOR]}.get(address, [])
        return (self._answer(f"expand-group {address}", address, Says(details={"members": members, "groups": []})),)

    def room_lists(self) -> tuple[Observation, ...]:
        lists = self._answer("room-lists", ACCOUNT, Says(details={"lists": [ROOMS]}))
        if not lists.ok or not lists.details.get("lists"):
            return (lists,)
        return (lists, self._answer("rooms", ROOMS, Says(details={"rooms": ["room1@example.com"]})))

    def reach_from(self, source_address: str) -> Observation:
        return self._answer("reach-from", source_address, silent("cannot-bind"))

    def remove_stray_events(self, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        self.strays_removed += 1
        return ()

    def close(self) -> None:
        self.closed += 1

    def count(self, probe: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == probe)

    def _answer(self, probe: str, target: str, default: Says) -> Observation:
        with self._lock:
            self.asked.append((probe, target))
        self.before(probe, target)
        says = self.script.get(probe, default)
        if not isinstance(says, Says):
            says = says(target)
        name = probe.partition(" ")[0]
        delegated = probe.endswith(" as delegate") or name in ("open-folder", "event-rights")
        delegated = delegated or (name == "event-round-trip" and self.access is not AccessLevel.FULL)
        mode = (
            Mode.IMPERSONATED if name in ("open-calendar", "list-events", "event-round-trip") else Mode.SERVICE_ACCOUNT
        )
        if delegated:
            mode = Mode.DELEGATE
        if name in ("tls", "offered-authentication", "reach-from"):
            mode = Mode.ANONYMOUS
        details = {**default.details, **says.details} if says.outcome is Outcome.OK else dict(says.details)
        if name == "event-round-trip":
            details["step"] = probe.partition(" ")[2]
        if name == "open-folder":
            details["folder"] = probe.partition(" ")[2]
        return Observation(
            "",
            START,
            {"open-own-calendar": "open-calendar", "rooms": "room-lists"}.get(name, name),
            name,
            mode,
            target,
            says.outcome,
            says.status,
            says.code,
            url=says.url,
            headers=says.headers,
            server_version=says.version if says.status is not None else "",
            details=details,
        )
