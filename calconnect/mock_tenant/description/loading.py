"""Loads a tenant file: read, check, build. Everything that is wrong with it is told at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from calconnect.foundation.clock import Clock, MovableClock, system_clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts, AutodiscoverMode
from calconnect.mock_tenant.description.calendars import mailbox_filler
from calconnect.mock_tenant.description.document import Document, read_document
from calconnect.mock_tenant.description.findings import Findings, all_named
from calconnect.mock_tenant.description.model import Description, Expected, Exports, ServiceAccountFacts
from calconnect.mock_tenant.description.online_half import make_online, online_facts
from calconnect.mock_tenant.description.online_people import take_from_server
from calconnect.mock_tenant.description.people import People, make_people
from calconnect.mock_tenant.description.policies import (
    check_policies,
    make_authentication_policies,
    make_databases,
    make_throttling_policies,
)
from calconnect.mock_tenant.description.reading import read_tables
from calconnect.mock_tenant.description.rights import check_grants, make_roles
from calconnect.mock_tenant.description.tables import TenantTables
from calconnect.mock_tenant.firewall import Firewall, FirewallRule
from calconnect.mock_tenant.state.faults import Faults
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.policies import Policies
from calconnect.mock_tenant.state.rbac import RoleBook
from calconnect.mock_tenant.state.server import Proxy, ServerFacts
from calconnect.mock_tenant.tls import CertificateFacts

_TARGETED = (AutodiscoverMode.REDIRECT_ADDRESS, AutodiscoverMode.REDIRECT_URL)


def load(name_or_path: str | Path, clock: Clock | None = None) -> Description:
    """Read a tenant file and build the tenant.

    Args:
        name_or_path: a name of the catalogue, or the path of a file (``mine.toml``).
        clock: the organisation's time; None: ``now`` of the file, else the machine's time. A ``MovableClock`` is used
            as it is, of any other clock the present moment is taken.

    Raises:
        InvalidInput: with every problem of the file and of those that it is based on.
    """
    problems: list[Problem] = []
    document = read_document(name_or_path, problems)
    named = all_named(document)
    tables = read_tables(document, problems)
    if document.lacks_base:
        raise _invalid(document, problems)  # what refers to something would be held against half a tenant
    findings = Findings(document, problems, named - all_named(document))
    moving = _clock(clock, tables)
    today = moving().date()
    people = make_people(tables, findings, today)
    roles = make_roles(tables, people, findings)
    check_grants(tables, people, findings)
    check_policies(tables, people, findings)
    _check_rest(tables, findings)
    online = make_online(tables, people, findings, moving)
    if problems:
        raise _invalid(document, problems)
    if online is not None and not online.only:
        take_from_server(list(online.users.values()), people)
    organization = _organization(tables, people, roles, moving, today)
    if online is not None:
        _join(organization, online)
    dated = clock is not None or tables.now is not None
    return _describe(document.file, tables, people, organization, dated=dated)


def _invalid(document: Document, problems: list[Problem]) -> InvalidInput:
    """Return the problems in the order in which they stand: the file's own first."""
    own = document.root.file.name
    return InvalidInput(sorted(problems, key=lambda one: (one.file != own, one.file, one.line or 0)))


def _clock(clock: Clock | None, tables: TenantTables) -> MovableClock:
    if isinstance(clock, MovableClock):
        return clock
    if clock is not None:
        return MovableClock(clock())
    return MovableClock(tables.now or system_clock())


def _organization(
    tables: TenantTables, people: People, roles: RoleBook, clock: MovableClock, today: date
) -> Organization:
    return Organization(
        name=tables.organization.name,
        domains=list(tables.organization.domains),
        clock=clock,
        server=ServerFacts(**tables.server.model_dump(exclude_none=True)),
        policies=Policies(**tables.policies.model_dump(exclude_none=True)),
        faults=_faults(tables),
        authentication_policies=make_authentication_policies(tables),
        authentication_policy=tables.organization.authentication_policy or "",
        throttling_policies=make_throttling_policies(tables),
        databases=make_databases(tables),
        directory=people.directory,
        roles=roles,
        seed_mailbox=mailbox_filler(people, today),
    )


def _faults(tables: TenantTables) -> Faults:
    table = tables.faults
    return Faults(
        every=table.every,
        kind=table.kind,
        percent=dict(table.percent),
        seed=table.seed,
        back_off=tuple(table.back_off),
        hanging=frozenset(one.lower() for one in table.hanging),
        hanging_one_in=table.hanging_one_in,
    )


def _join(organization: Organization, online: OnlineHalf) -> None:
    """Give an organisation its Exchange Online half: one lock, one clock, and each mailbox once."""
    online.lock = organization.lock
    online.seed_mailbox = organization.seed_mailbox
    if online.only:
        online.opened = organization.opened
    organization.online = online


def _describe(
    file: Path, tables: TenantTables, people: People, organization: Organization, *, dated: bool
) -> Description:
    rules = sorted(tables.firewall.rules, key=lambda rule: rule.order)
    certificate = tables.certificate
    facts = None if organization.online is None else online_facts(tables, organization.online, people)
    trial = next((one for one in people.listed if _is_ordinary(people, one)), "")
    if facts is not None and facts.topology != "hybrid":
        trial = facts.trial_mailbox
    return Description(
        name=tables.name or file.stem,
        title=tables.title,
        description=tables.description,
        file=file,
        organization=organization,
        listed=tuple(people.listed),
        trial_mailbox=trial,
        administrators=tuple(people.administrators),
        administrator_groups=tuple(people.administrator_groups),
        service_account=_service_account(tables, people),
        firewall=Firewall(
            tuple(FirewallRule.of(rule.action, rule.source) for rule in rules), default=tables.firewall.default
        ),
        certificate=CertificateFacts(certificate.kind, certificate.tls_minimum, certificate.tls_maximum),
        autodiscover=_autodiscover(tables),
        vendor_addresses=tuple(tables.firewall.vendor_addresses),
        settings=tables.settings,
        waivers=tuple(tables.waivers),
        attestations=tuple(tables.attestations),
        exports=Exports(tables.exports.supplied, tables.exports.days_old, tuple(tables.exports.without)),
        expected=Expected(
            tuple(tables.expected.failed),
            tuple(tables.expected.unknown),
            tuple(tables.expected.not_applicable),
            tuple(tables.expected.passed),
            dict(tables.expected.codes),
            tuple(tables.expected.problems),
            tables.expected.answer or "",
        ),
        online=facts,
        dated=dated,
    )


def _service_account(tables: TenantTables, people: People) -> ServiceAccountFacts | None:
    if not tables.service_accounts:
        return None
    entry = tables.service_accounts[0]
    account = people.accounts_by_email[entry.email.lower()]
    password = account.password if entry.noted_password is None else entry.noted_password
    return ServiceAccountFacts(entry.email, account.name, account.logins, password, entry.noted_openly)


def _autodiscover(tables: TenantTables) -> AutodiscoverFacts:
    table = tables.autodiscover
    without = frozenset(table.without)
    return AutodiscoverFacts(table.mode, table.target, table.ews_url, without, Proxy(table.behind), table.certificate)


def _is_ordinary(people: People, address: str) -> bool:
    """Whether a mailbox is held here and is no IT administrator's."""
    recipient = people.directory.by_address(address)
    return recipient is not None and recipient.has_mailbox and not recipient.admin_count


def _check_rest(tables: TenantTables, findings: Findings) -> None:
    """Look at what single values cannot show."""
    if tables.certificate.tls_minimum > tables.certificate.tls_maximum:
        findings.add(("certificate", "tls_minimum"), "tls_minimum is above tls_maximum.")
    if sum(tables.faults.percent.values()) > 100:
        findings.add(("faults", "percent"), "These are more than 100 in all.")
    mode = tables.autodiscover.mode
    if mode in _TARGETED and not tables.autodiscover.target:
        findings.add(("autodiscover", "target"), f"is missing: the mode is {mode.value}.", "Add target.")
    expected = tables.expected
    verdicts: dict[str, str] = {}
    for verdict in ("failed", "unknown", "not_applicable", "passed"):
        for index, requirement in enumerate(getattr(expected, verdict)):
            first = verdicts.setdefault(requirement, verdict)
            if first != verdict:
                findings.add(("expected", verdict, index), f"{requirement} stands under {first}, too.")
    for requirement in expected.codes:
        if requirement not in (*expected.failed, *expected.unknown):
            findings.add(("expected", "codes", requirement), f"{requirement} neither fails nor is unknown.")
