"""Reads the settings file: everything that is wrong with it and with the files that it names, all at once.

Nothing is sent to any server, and no value that may be a secret is repeated in a message. No secret is resolved but the
password of a certificate's key, which shows whether the two fit; it is let go.
The file's format is described in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import TomlFile, read_toml
from calconnect.settings.addresses import address_key
from calconnect.settings.connection import read_connection
from calconnect.settings.evidence import read_evidence_settings
from calconnect.settings.mailboxes import AddressList, check_addresses, read_list
from calconnect.settings.microsoft365 import read_microsoft365
from calconnect.settings.model import (
    DEFAULT_OUTSIDERS_DRAWN,
    DEFAULT_WINDOW_DAYS,
    AccessLevel,
    ConnectionSettings,
    LimitSettings,
    ListedMailbox,
    Microsoft365Settings,
    Settings,
    Topology,
    TrialSettings,
)
from calconnect.settings.network import read_network
from calconnect.settings.reader import NO_CHECKS, FileChecks, TableReader, did_you_mean
from calconnect.settings.topology import TOPOLOGY, read_topology

KEYS: dict[str, tuple[str, ...]] = {
    "connection": (
        "service_account_email",
        "service_account_password",
        "exchange_server_url",
        "service_account_username",
        "email_to_impersonate",
        "terms_agreed",
    ),
    "microsoft365": (
        "tenant",
        "application",
        "client_secret",
        "certificate",
        "certificate_password",
        "federated_assertion",
        "cloud",
        "authority",
        "trial_mailbox",
        "vendor_application",
        "authorised_by",
        "vendor_connected_on",
    ),
    "mailboxes": ("file", "addresses", "column"),
    "access": ("level",),
    "limit": ("group", "outsiders", "outsiders_drawn"),
    "trial": ("administrators", "administrator_groups"),
    "network": ("ca_file", "connect_to", "vendor_addresses", "firewall_export", "timeout_seconds"),
    "evidence": ("folder", "most_days_old"),
    "overlay": ("waivers", "attestations"),
    "rooms": ("wanted",),
    "run": ("window_days", "suite", "reports"),
}
"""Every table and key of the settings file; ``topology`` stands before them all."""

MOST_WINDOW_DAYS = 42
"""The longest span that GetUserAvailability answers for, unless the server was told otherwise
(https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/timewindow)."""

MOST_OUTSIDERS_DRAWN = 50
"""So many mailboxes at most are drawn as outsiders: a sample is to show something, not to try everybody."""


def load_settings(
    path: Path, *, clock: Clock, file_checks: FileChecks = NO_CHECKS, whole_list: bool = True
) -> Settings:
    """Read and check the settings.

    Args:
        path: the settings file, as the user named it.
        clock: tells whether a certificate of the CA file is still in date.
        file_checks: for ``vendor_addresses``, ``firewall_export``, ``evidence`` (the folder), ``waivers``,
            ``attestations`` and ``suite``: what reads the file or folder that the key names and raises InvalidInput if
            it is malformed, so that its problems are told with all others.
        whole_list: whether a mistake in a single row of the list's file is a problem; else the row is left out, and the
            list may be empty.

    Raises:
        InvalidInput: with every problem of the settings and of the files that they name.
    """
    file = read_toml(path)
    problems: list[Problem] = []
    _check_tables(file, problems)
    tables = {name: TableReader(file, name, problems) for name in KEYS}
    topology = read_topology(file, problems)
    connection = read_connection(tables["connection"], topology)
    microsoft365 = read_microsoft365(tables["microsoft365"], topology) if "microsoft365" in file.data else None
    mailboxes, mailboxes_file = _mailboxes(tables["mailboxes"], file, problems, whole=whole_list)
    access = _access(tables["access"], topology)
    insiders = _insiders(connection, microsoft365, mailboxes)
    limit = _limit(tables["limit"], file, insiders, problems) if "limit" in file.data else None
    trial = _trial(tables["trial"], file, problems)
    network = read_network(tables["network"], clock, problems, file.name, file_checks)
    evidence = read_evidence_settings(tables["evidence"], problems, file.name, file_checks)
    waivers = _overlay_file(tables["overlay"], "waivers", file, problems, file_checks)
    attestations = _overlay_file(tables["overlay"], "attestations", file, problems, file_checks)
    rooms_wanted = tables["rooms"].boolean("wanted")
    window_days = tables["run"].number("window_days", 1, MOST_WINDOW_DAYS, whole=True, unit="days")
    suite = tables["run"].directory("suite", exists=True)
    tables["run"].check("suite", suite, file_checks)
    reports = tables["run"].directory("reports", exists=False)
    for name, table in tables.items():
        table.finish(KEYS[name], {key: other for other, keys in KEYS.items() for key in keys if other != name})
    if problems or connection is None:
        raise InvalidInput(sorted(problems, key=lambda problem: (problem.file != file.name, problem.file)))
    return Settings(
        file=path.absolute(),
        connection=connection,
        mailboxes=mailboxes,
        mailboxes_file=mailboxes_file,
        limit=limit,
        trial=trial,
        network=network,
        access=access,
        evidence=evidence,
        waivers=waivers,
        attestations=attestations,
        rooms_wanted=bool(rooms_wanted),
        window_days=DEFAULT_WINDOW_DAYS if window_days is None else int(window_days),
        suite=suite,
        topology=topology,
        topology_named=TOPOLOGY in file.data,
        microsoft365=microsoft365,
        reports=reports,
    )


def load_list(path: Path) -> AddressList | None:
    """Return the list of the settings row by row, with what is wrong in it; None: it stands in the settings themselves.

    Args:
        path: the settings file, which ``load_settings`` has found nothing wrong with.

    Raises:
        InvalidInput: the settings file cannot be read any more.
    """
    file = read_toml(path)
    table = TableReader(file, "mailboxes", [])
    found = table.file("file")
    return read_list(found, table.named("file"), table.text("column")) if found is not None else None


def _check_tables(file: TomlFile, problems: list[Problem]) -> None:
    owners = {key: table for table, keys in KEYS.items() for key in keys}
    for name in file.data:
        if name in KEYS or name == TOPOLOGY:
            continue
        if name in owners:
            hint = f"It belongs under [{owners[name]}]."
        elif guess := did_you_mean(name, (*KEYS, TOPOLOGY)):
            hint = f"Did you mean {guess}?" if guess == TOPOLOGY else f"Did you mean [{guess}]?"
        elif guess := did_you_mean(name, owners):
            hint = f"Did you mean {guess}, under [{owners[guess]}]?"
        else:
            hint = f"Known tables: {', '.join(KEYS)}."
        problems.append(file.problem((name,), "is not known.", hint))


def _mailboxes(
    table: TableReader, file: TomlFile, problems: list[Problem], *, whole: bool
) -> tuple[tuple[ListedMailbox, ...], Path | None]:
    column = table.text("column")
    if table.has("file") and table.has("addresses"):
        table.complain("addresses", "stands beside mailboxes.file.", "Give the list in one of the two ways.")
    elif table.has("addresses"):
        if column is not None:
            table.complain("column", "is for a list in a file.", "Leave it out beside mailboxes.addresses.")
        return _listed(table, "addresses", file, problems).mailboxes, None
    elif not table.has("file"):
        table.complain("file", "is missing.", "Add it under [mailboxes], or give the list as mailboxes.addresses.")
    path = table.file("file")
    if path is None:
        return (), None
    found = read_list(path, table.named("file"), column)
    problems.extend(found.problems if whole else found.fatal)
    return found.mailboxes, path


def _access(table: TableReader, topology: Topology) -> AccessLevel:
    default = AccessLevel.FREE_BUSY if topology is Topology.EXCHANGE_ONLINE_EWS else AccessLevel.FULL
    text = table.text("level")
    if text is None:
        return default
    levels = [level.value for level in AccessLevel]
    if text in levels:
        return AccessLevel(text)
    guess = did_you_mean(text.replace("_", "-"), levels)
    hint = f"Did you mean {guess}?" if guess else f"It is one of {', '.join(levels)}."
    table.complain("level", "is no level of access.", hint)
    return default


def _insiders(
    connection: ConnectionSettings | None,
    microsoft365: Microsoft365Settings | None,
    mailboxes: tuple[ListedMailbox, ...],
) -> dict[str, str]:
    """Return who can be no outsider, by address as addresses are compared, and why."""
    insiders = {}
    if connection is not None:
        insiders[address_key(connection.email_to_impersonate)] = "is the e-mail to impersonate."
        if connection.service_account_email:
            insiders[address_key(connection.service_account_email)] = "is the service account."
    if microsoft365 is not None and microsoft365.trial_mailbox is not None:
        insiders[address_key(microsoft365.trial_mailbox)] = "is the mailbox of the trial in Exchange Online."
    return insiders | {address_key(mailbox.address): "stands in the list of mailboxes, too." for mailbox in mailboxes}


def _limit(
    table: TableReader, file: TomlFile, insiders: Mapping[str, str], problems: list[Problem]
) -> LimitSettings | None:
    table.require("group")
    group = table.address("group")
    outsiders = _listed(table, "outsiders", file, problems).mailboxes
    drawn = table.number("outsiders_drawn", 1, MOST_OUTSIDERS_DRAWN, whole=True, unit="mailboxes")
    if table.has("outsiders_drawn") and table.has("outsiders"):
        hint = "Leave one of the two out: outsiders are drawn only where none is named."
        table.complain("outsiders_drawn", "stands beside limit.outsiders.", hint)
    for outsider in outsiders:
        if (why := insiders.get(address_key(outsider.address))) is not None:
            message = f"{outsider.address} {why}"
            hint = "An outsider is a mailbox that impersonation must not reach."
            problems.append(Problem(file.name, outsider.line, "limit.outsiders", message, hint))
    if group is None:
        return None
    named = tuple(outsider.address for outsider in outsiders)
    return LimitSettings(group, named, DEFAULT_OUTSIDERS_DRAWN if drawn is None else int(drawn))


def _overlay_file(
    table: TableReader, key: str, file: TomlFile, problems: list[Problem], file_checks: FileChecks
) -> Path | None:
    """Read the path of what is laid over the verdicts; left out, it is the file of that name beside the settings."""
    if table.has(key):
        path = table.file(key)
        table.check(key, path, file_checks)
        return path
    beside = table.folder / f"{key}.toml"
    if not beside.is_file():
        return None
    if key in file_checks:
        try:
            file_checks[key](beside, str(Path(file.name).parent / beside.name))
        except InvalidInput as error:
            problems.extend(error.problems)
    return beside


def _trial(table: TableReader, file: TomlFile, problems: list[Problem]) -> TrialSettings:
    if isinstance(file.data.get("trial"), dict) and isinstance(file.data["trial"].get("administrators"), str):
        path = table.file("administrators")
        administrators = read_list(path, table.named("administrators")) if path else AddressList((), ())
        problems.extend(administrators.problems)
    else:
        administrators = _listed(table, "administrators", file, problems)
    groups = _listed(table, "administrator_groups", file, problems)
    return TrialSettings(
        tuple(person.address for person in administrators.mailboxes), tuple(group.address for group in groups.mailboxes)
    )


def _listed(table: TableReader, key: str, file: TomlFile, problems: list[Problem]) -> AddressList:
    """Read a list of addresses that stands in the settings themselves."""
    items = table.strings(key) or []
    found = check_addresses(((item.text, item.line, item.key) for item in items), file.name)
    problems.extend(found.problems)
    return found
