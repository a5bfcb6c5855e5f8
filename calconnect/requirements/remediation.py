"""Fills the commands of a remediation with this organisation's names, quoted so that a shell takes them as names.

Placeholders: ``{service_account}``, ``{trial}``, ``{group}`` (addresses), ``{group_dn}`` (where no export tells it,
the expression that finds it), ``{scope}``, ``{assignment}`` (names that exports tell), ``{server}``, ``{domain}``,
``{vendor_application}``, ``{own_application}`` (names and App IDs, as they are), ``{consent_page}`` and
``{own_consent_page}`` (where an administrator consents to them), ``{password_file}``, and for what fell short
``{mailbox}`` (the command is given for each) and ``{mailboxes}`` or ``{targets}`` (all of them in one list). What is
not known stays visible as ``<group>``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from calconnect.requirements.model import Remediation
from calconnect.settings.model import CRONOFY_APPLICATION, Settings

PLACEHOLDERS = frozenset(
    {
        *("service_account", "trial", "group", "group_dn", "scope", "assignment", "server", "domain", "password_file"),
        *("vendor_application", "own_application", "consent_page", "own_consent_page"),
        *("mailbox", "mailboxes", "targets"),
    }
)
MOST_LINES = 5
"""Up to so many targets get a command of their own; more are gone through in a loop."""
MOST_TARGETS = 200
"""A command names at most so many targets; how many more there are is said in a comment."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SINGLE_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_PLAIN_NAME = re.compile(r"[\w.:-]+")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that commands are filled with."""

    service_account: str
    trial: str
    domain: str
    """Domain of the service account."""
    group: str = ""
    """The group that limits impersonation; empty: none is named."""
    server: str = ""
    """Host of the server; empty: not known."""
    password_file: str = ""
    """Name of the file with the password; empty: it is kept elsewhere."""
    group_dn: str = ""
    """Distinguished name of that group; empty: not known."""
    scope: str = ""
    """Name of the management scope of the service account's role assignment; empty: not known, or there is none."""
    assignment: str = ""
    """Name of the service account's role assignment; empty: not known, or there are several."""
    vendor_application: str = CRONOFY_APPLICATION
    """App ID of the vendor's application."""
    own_application: str = ""
    """App ID of calconnect's own application; empty: there is none."""
    consent_page: str = ""
    """Where an administrator consents to the vendor's application for the organisation; empty: not known."""
    own_consent_page: str = ""
    """Likewise, to calconnect's own application."""

    @classmethod
    def of(cls, settings: Settings, server: str = "") -> Names:
        """Return the names that the settings give.

        Args:
            settings: the settings of the run.
            server: host of the server, where it is known better than by the settings (Autodiscover found it).
        """
        connection = settings.connection
        host = server or (urlsplit(connection.exchange_server_url or "").hostname or "")
        password, online = connection.service_account_password, settings.microsoft365
        return cls(
            service_account=connection.service_account_email,
            trial=connection.email_to_impersonate,
            domain=connection.service_account_email.rpartition("@")[2],
            group=settings.limit.group if settings.limit else "",
            server=host,
            password_file=PurePath(password.place).name if password is not None and password.kind == "file" else "",
            vendor_application=online.vendor_application if online else CRONOFY_APPLICATION,
            own_application=online.application if online else "",
        )


def placeholders_of(command: str) -> frozenset[str]:
    """Return the placeholders that a command uses."""
    return frozenset(_PLACEHOLDER.findall(command))


def fill(remediation: Remediation, names: Names, targets: Sequence[str] = ()) -> Remediation:
    """Return the remediation with its text and commands filled.

    Args:
        remediation: as the catalogue has it.
        names: this organisation's names.
        targets: what fell short (addresses of mailboxes, IP addresses), each of which gets its command. With none, the
            placeholder stays visible.
    """
    applications = (names.vendor_application, names.own_application)  # what is done to them has its own placeholders
    wanted = [target for target in dict.fromkeys(targets) if target not in applications]
    commands = [line for command in remediation.commands for line in _filled(command, names, wanted)]
    text = _PLACEHOLDER.sub(lambda found: _value(found.group(1), names, quoted=False), remediation.text)
    return Remediation(text, tuple(dict.fromkeys(commands)), remediation.shell)


def quote(text: str) -> str:
    """Return ``text`` as a PowerShell literal: in single quotes, those within it (curly ones, too) doubled.

    Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    return "'" + _SINGLE_QUOTES.sub(r"\1\1", text) + "'"


def _filled(command: str, names: Names, targets: list[str]) -> list[str]:
    used = placeholders_of(command)
    lists = {"mailboxes", "targets"} & used
    if not targets or not (lists or "mailbox" in used):
        return [_one(command, names, {})]
    named, rest = targets[:MOST_TARGETS], len(targets) - MOST_TARGETS
    note = [f"# and {rest} more: see the report"] if rest > 0 else []
    listed = ",".join(quote(target) for target in named)
    if "mailbox" not in used:
        return [_one(command, names, dict.fromkeys(lists, listed)), *note]
    if len(targets) <= MOST_LINES:
        return [_one(command, names, {"mailbox": quote(target)}) for target in targets]
    # Inside a pipeline $_ would be the pipeline's own object, so the loop names its variable.
    body = _one(command, names, {"mailbox": "$mailbox"})
    return [f"foreach ($mailbox in {listed}) {{ {body} }}", *note]


def _one(command: str, names: Names, given: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        return given[name] if name in given else _value(name, names, quoted=True)

    return _PLACEHOLDER.sub(value, command)


def _value(name: str, names: Names, *, quoted: bool) -> str:
    value = getattr(names, name, "") if name in PLACEHOLDERS else ""
    if name == "group_dn" and quoted and not value:  # the server knows it
        return f"(Get-DistributionGroup -Identity {_value('group', names, quoted=True)}).DistinguishedName"
    if not value:
        return f"<{name.replace('_', ' ')}>"
    if name in ("server", "domain", "vendor_application", "own_application"):
        return value if _PLAIN_NAME.fullmatch(value) else f"<{name}>"
    return quote(value) if quoted else value
