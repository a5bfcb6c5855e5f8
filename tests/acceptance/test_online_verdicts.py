"""The suite on the topologies with Exchange Online: all in order, everything wrong at once, and nothing to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.engine import RunOutcome
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.bundle.model import Bundle, BundleFile
from calconnect.evidence.bundle.model_online import (
    AccessPolicyRecord,
    AccessTestRecord,
    ApplicationRoleRecord,
    OnlineOrganizationRecord,
    OnlineRecords,
    TransportRuleRecord,
)
from calconnect.requirements.model import OWN_APPLICATION
from calconnect.settings.model import CRONOFY_APPLICATION, AccessLevel, LimitSettings, Topology
from calconnect.settings.secrets import SecretReference
from tests.acceptance.bundles import bundle
from tests.acceptance.fake_online_tenant import OWN, PERMISSIONS, FakeOnlineTenant, make_online_settings
from tests.acceptance.fake_tenant import (
    GROUP,
    OUTSIDER,
    START,
    TRIAL,
    USERS,
    Answering,
    FakeTenant,
    Says,
    refuses,
)
from tests.acceptance.suite_run import catalogue, not_asked, run

VENDOR = CRONOFY_APPLICATION
POLICY = AccessPolicyRecord(VENDOR, (GROUP,), "RestrictAccess", START - timedelta(days=30))
ROLE = ApplicationRoleRecord(
    "r", "Application Calendars.ReadWrite", VENDOR, "Cronofy", "S", ("other@example.com",), enabled=True
)
TESTS = tuple(AccessTestRecord(OWN, user, granted=True) for user in USERS)
RULE = TransportRuleRecord(
    "Outside", True, (), (), from_outside=True, conditions=("FromScope",), actions=("Quarantine",)
)
IN_ORDER = OnlineRecords(
    organization=OnlineOrganizationRecord(True, (VENDOR, OWN)),
    access_policies=(POLICY,),
    roles=(),
    access_tests=TESTS,
    authorization_tests=(),
    ews_of_mailboxes={},
    transport_rules=(),
)
FILES = (
    *("online_org", "application_access_policies", "application_roles", "access_policy_tests", "online_cas_mailboxes"),
    "transport_rules",
)
BY_PEOPLE = {"APP-01v1", "APP-05v1", "NET-05v1"}
GRAPH, EWS, HYBRID = Topology.EXCHANGE_ONLINE_GRAPH, Topology.EXCHANGE_ONLINE_EWS, Topology.HYBRID
OFF = Says(None, 403, headers={"X-EWS-Policy-Reason": "EWS is disabled for this user or tenant"})


def evidence(folder: Path, **records: Any) -> Bundle:
    whole = bundle()(folder)
    path = folder / "online.json"
    path.write_text("[]")
    files = tuple(BundleFile(f"{name}.json", path, "0" * 64, 2, START - timedelta(hours=3)) for name in FILES)
    return replace(whole, files=whole.files + files, online=replace(IN_ORDER, **records))


def audit(
    folder: Path,
    topology: Topology,
    script: Mapping[str, Answering] | None = None,
    *,
    server: FakeTenant | None = None,
    records: Mapping[str, Any] | None = None,
    **changes: Any,
) -> tuple[dict[str, ScenarioFinished], RunOutcome]:
    """Run the suite; ``records`` are exports that are other than in order, None: none were imported."""
    started = changes.pop("started", None)
    fields: dict[str, Any] = {
        "authorised_by": "admin@example.com",
        "limit": LimitSettings(GROUP, (OUTSIDER,)),
    } | changes
    settings = make_online_settings(folder, topology, **fields)
    given = None if records is None else evidence(folder, **records)
    outcome = run(settings, server, online=FakeOnlineTenant(script), bundle=given, started=started)
    return {one.requirement.partition("v")[0]: one for one in outcome.scenarios}, outcome


def other(ended: Mapping[str, ScenarioFinished], verdict: Verdict) -> dict[str, set[str]]:
    """Return the scenarios of a verdict, with the codes or reasons that they quote for it."""
    return {
        name: {one.reason or one.code for one in scenario.findings if one.verdict is verdict}
        for name, scenario in ended.items()
        if scenario.verdict is verdict and scenario.requirement not in BY_PEOPLE
    }


LEFT_OUT = {
    GRAPH: {"EWS-07v1", "MIG-02v1"},
    EWS: {"SVC-02v1", "MIG-02v1"},
    HYBRID: {"NET-01v1", "OPS-02v1", "OPS-03v1", "SEC-02v1", "EWS-07v1", "MIG-02v1"},
}
"""What the settings or the day leave out, beside what is not asked of the topology."""


def half_and_half() -> tuple[FakeTenant, dict[str, Answering]]:
    """Return a server that holds the first half of the users, and an Exchange Online that holds the others."""
    here = (*USERS[:3], OUTSIDER)

    def at_server(target: str) -> Says:
        if target == OUTSIDER:
            return refuses("ErrorImpersonateUserDenied")
        return Says() if target in here else refuses("ErrorNonExistentMailbox")

    def online(target: str) -> Says:
        return refuses("MailboxNotEnabledForRESTAPI", 404) if target in here else Says(None)

    return FakeTenant({"open-calendar": at_server}), {"graph-calendar": online}


@pytest.mark.parametrize("topology", [GRAPH, EWS])
def test_where_everything_is_in_order_everything_passes(tmp_path: Path, topology: Topology) -> None:
    access = AccessLevel.FREE_BUSY if topology is EWS else AccessLevel.FULL
    ended, outcome = audit(tmp_path, topology, records={}, access=access)
    assert other(ended, Verdict.FAILED) == other(ended, Verdict.UNKNOWN) == other(ended, Verdict.ERROR) == {}
    absent = {one.requirement for one in ended.values() if one.verdict is Verdict.NOT_APPLICABLE}
    assert absent == {*not_asked(topology), *LEFT_OUT[topology]}
    assert all(ended[one.partition("v")[0]].sentence for one in absent)
    known = {one.id for one in outcome.observations}
    assert all(set(one.observations) <= known for one in ended.values())
    own = {one.id for one in catalogue().values() if one.own_application and topology in one.topologies}
    assert {name for name, one in ended.items() if one.caveat == OWN_APPLICATION} == own - {"MIG-02", "EWS-07"} | (
        {"EWS-07"} if topology is EWS else set()
    )


def test_in_a_hybrid_each_mailbox_goes_to_the_side_that_holds_it(tmp_path: Path) -> None:
    server, script = half_and_half()
    changes = {"trial_mailbox": USERS[3], "limit": LimitSettings(GROUP, (OUTSIDER, "chair@example.com"))}
    online = script["graph-calendar"]
    assert callable(online)

    def with_outsider(target: str) -> Says:
        return refuses("ErrorAccessDenied", 403) if target == "chair@example.com" else online(target)

    script["graph-calendar"] = with_outsider
    records = {"access_tests": TESTS[3:]}
    ended, _ = audit(tmp_path, HYBRID, script, server=server, records=records, **changes)
    # The exported recipients are the server's own users: half of them are in Exchange Online by now.
    assert other(ended, Verdict.FAILED) == {"LOC-01": {"moved-to-exchange-online"}}
    assert other(ended, Verdict.UNKNOWN) == {}
    assert {one.target for one in ended["IMP-02"].findings} == set(USERS[:3])
    assert {one.target for one in ended["GR-07"].findings} == set(USERS[3:])
    assert {one.target for one in ended["IMP-03"].findings if "refused" in one.sentence} == {OUTSIDER}
    assert {one.target for one in ended["GR-08"].findings} == {"chair@example.com"}
    misplaced = [one for one in ended["LOC-01"].findings if one.verdict is Verdict.FAILED]
    assert {one.target for one in misplaced} == set(USERS[3:])
    absent = {one.requirement for one in ended.values() if one.verdict is Verdict.NOT_APPLICABLE}
    assert absent == {*not_asked(HYBRID), *LEFT_OUT[HYBRID]}


def test_over_graph_each_mistake_is_told_by_its_own_requirement(tmp_path: Path) -> None:
    last = USERS[-1]
    wrong: dict[str, Answering] = {
        "application-consent": Says(None, details={"permissions": [*PERMISSIONS, "Mail.ReadWrite"]}),
        "what-if": Says(None, details={"applies": ["Abroad"], "controls": ["block"]}),
        "graph-group": Says(None, details={"security_enabled": False, "direct": [*USERS[:-1]]}),
        "graph-calendar": lambda one: refuses("MailboxNotEnabledForRESTAPI", 404) if one == last else Says(None),
        "online-user": lambda one: (
            Says(None, details={"exchange_plan": "none", "primary_smtp": "x@example.com", "synced": True})
            if one == last
            else Says(None)
        ),
        "organization": Says(None, details={"verified": ["example.org"], "email": ["example.org"]}),
        "directory-roles": Says(None, details={"roles": ["Global Administrator"]}),
        "graph-event-round-trip follow": refuses("not-in-changes", 200),
        "graph-free-busy": refuses("ErrorAccessDenied", 403),
        "graph-rooms": Says(None, details={"lists": []}),
    }
    records = {
        "organization": OnlineOrganizationRecord(False, (), "EnforceBlockList", (), ("*",)),
        "access_policies": (),
        "roles": (ROLE,),
        "access_tests": tuple(replace(one, granted=False) for one in TESTS),
        "transport_rules": (RULE,),
    }
    (tmp_path / "account.txt").write_text("x")
    password = SecretReference("file", "account.txt", tmp_path)
    ended, _ = audit(
        *(tmp_path, GRAPH, wrong),
        records=records,
        access=AccessLevel.FREE_BUSY,
        service_account_email="svc@example.com",
        service_account_password=password,
    )
    assert other(ended, Verdict.FAILED) == {
        "LOC-01": {"MailboxNotEnabledForRESTAPI"},
        "GR-01": {"permission-beyond"},
        "GR-05": {"blocked-by-policy"},
        "GR-02": {"other-group", "not-a-security-group", "nested-member"},
        "GR-03": {"consent-voids-scope"},
        "GR-04": {"test-and-call-differ"},
        "GR-08": {"outsider-admitted"},
        "GR-07": {"MailboxNotEnabledForRESTAPI"},
        "GR-09": {"no-exchange-plan"},
        "GR-10": {"foreign-domain"},
        "GR-12": {"not-the-primary-address"},
        "GR-11": {"directory-role"},
        "GR-06": {"mail-held-back"},
        "GR-13": {"not-in-changes"},
        "GR-15": {"ErrorAccessDenied"},
        "GR-14": {"no-room-lists"},
        "EWS-03": {"user-agent-blocked"},
        "EWS-04": {"basic-retired"},
        "EWS-07": {"no-free-busy-only"},
        "MIG-01": {"only-on-ews"},
    }


def test_over_ews_each_mistake_is_told_by_its_own_requirement(tmp_path: Path) -> None:
    off = replace(OFF, outcome=refuses(None).outcome)
    plans = {"plan_names": ["EXCHANGE_S_DESKLESS"]}
    wrong: dict[str, Answering] = {
        "online-ews-calendar": off,
        "online-ews-free-busy": off,
        "online-user": Says(None, details=plans),
    }
    records = {"organization": OnlineOrganizationRecord(None, ("other",))}
    ended, _ = audit(tmp_path, EWS, wrong, records=records, service_account_email="svc@example.com")
    found = other(ended, Verdict.FAILED)
    assert {name: codes for name, codes in found.items() if name.startswith(("EWS", "SVC", "GR", "MIG"))} == {
        "GR-09": {"front-line-plan"},
        "SVC-02": {"front-line-plan"},
        "EWS-06": {"HTTP 403"},
        "EWS-08": {"switch-never-set"},
        "EWS-02": {"app-id-not-listed"},
        "EWS-04": {"impersonation-retired"},
    }
    after, _ = audit(tmp_path, EWS, wrong, records={}, started=datetime(2027, 4, 2, tzinfo=UTC))
    assert after["MIG-02"].verdict is Verdict.FAILED
    assert after["EWS-08"].sentence == "It is not in force on 2027-04-02."


@pytest.mark.parametrize("topology", [GRAPH, EWS])
def test_without_a_sign_in_and_without_exports_nothing_is_known(tmp_path: Path, topology: Topology) -> None:
    refused = refuses("AADSTS7000215", 401)
    script: dict[str, Answering] = {"application-sign-in": refused, "online-ews-sign-in": refused}
    access = AccessLevel.FREE_BUSY if topology is EWS else AccessLevel.FULL
    ended, outcome = audit(tmp_path, topology, script, access=access)
    passed = {name for name, one in ended.items() if one.verdict is Verdict.PASSED}
    assert passed == {"APP-02", "APP-06", "EWS-04"}
    assert other(ended, Verdict.FAILED) == other(ended, Verdict.ERROR) == {}
    reasons = {reason for said in other(ended, Verdict.UNKNOWN).values() for reason in said}
    assert reasons == {"not-permitted-to-look", "no-evidence-supplied"}
    assert sum(one.probe.endswith("sign-in") for one in outcome.observations) == (1 if topology is GRAPH else 2)
    assert TRIAL in {one.target for one in ended["LOC-01"].findings}
