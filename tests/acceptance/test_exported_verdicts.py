"""Verdicts that exports of the configuration have a say in, and where exports and server disagree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.bundle.model import ServerRecord
from tests.acceptance.bundles import (
    ACCOUNT_RECORD,
    ASSIGNMENT,
    CALENDAR_SCOPE,
    DIRECTORY,
    ORGANIZATION,
    bundle,
    exclusive,
    user,
)
from tests.acceptance.cases import DENIED, Case, only
from tests.acceptance.exported_cases import CASES, DEFAULT_BLOCKS, NESTED, NOWHERE, THIRD
from tests.acceptance.fake_tenant import (
    ACCOUNT,
    GROUP,
    OUTSIDER,
    TRIAL,
    URL,
    USERS,
    FakeTenant,
    Says,
    make_settings,
    refuses,
)
from tests.acceptance.suite_run import run, scenario

OWN = {"SVC-06", "SVC-07", "NET-06", "IMP-04", "IMP-05", "EWS-01", "EWS-05", "LOC-01", "OPS-05"}


def name(case: Case) -> str:
    return f"{case.requirement} {case.verdict} {case.code or case.reason or ''}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_it_comes_to(tmp_path: Path, case: Case) -> None:
    ended = scenario(tmp_path, case.requirement, case.script, **case.changes)
    assert ended.verdict is case.verdict, ended.sentence
    assert ended.reason is case.reason, ended.sentence
    decided = [finding for finding in ended.findings if finding.verdict is ended.verdict]
    if case.code:
        assert case.code in {finding.code for finding in decided}
    if case.target:
        assert case.target in {finding.target for finding in decided}
    if case.verdict is Verdict.PASSED:
        assert all(finding.observations for finding in ended.findings)


def test_each_of_them_is_seen_to_pass_to_fail_and_to_be_unknown() -> None:
    for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN):
        assert {case.requirement for case in CASES if case.verdict is verdict} >= OWN


def test_what_is_missing_is_named_with_the_way_to_supply_it(tmp_path: Path) -> None:
    ended = scenario(tmp_path, "IMP-04")
    assert "role_assignments" in ended.sentence
    assert "calconnect evidence script" in ended.sentence


def test_what_is_stale_is_named_with_its_age(tmp_path: Path) -> None:
    ended = scenario(tmp_path, "IMP-04", bundle=bundle(days_old=30))
    assert "role_assignments.json is 30 days old, and may be 7 at most" in ended.sentence


def test_an_export_is_an_observation_with_its_hash(tmp_path: Path) -> None:
    outcome = run(make_settings(tmp_path), bundle=bundle()(tmp_path), select=["IMP-04"])
    (ended,) = outcome.scenarios
    read = [one for one in outcome.observations if one.operation == "read the export scopes and scope_members"]
    assert len(read) == 1
    assert read[0].id in ended.observations
    assert {"sha256 of scopes.json", "sha256 of scope_members.json", "exported"} <= set(read[0].details)


def test_ntlm_is_not_tried_with_a_password_that_was_refused(tmp_path: Path) -> None:
    tenant = FakeTenant({"sign-in": refuses(None, 401)})
    run(make_settings(tmp_path), tenant)
    assert tenant.count("sign-in") == 1
    assert tenant.count("sign-in-by") == 0


def test_a_refused_sign_in_names_the_cause_that_the_export_knows(tmp_path: Path) -> None:
    ended = scenario(tmp_path, "SVC-04", {"sign-in": refuses(None, 401)}, bundle=bundle(account={"locked_out": True}))
    assert ended.verdict is Verdict.FAILED
    assert "it is locked" in ended.sentence


REGULAR_GONE = (replace(ASSIGNMENT, delegation="DelegatingOrgWide"),)


@pytest.mark.parametrize(
    ("requirement", "script", "changed", "targets"),
    [
        ("IMP-01", {"open-calendar": DENIED}, {}, {ACCOUNT}),
        ("IMP-01", {}, {"role_assignments": REGULAR_GONE}, {ACCOUNT}),
        ("IMP-01", {}, {"role_assignments": (replace(ASSIGNMENT, enabled=False),)}, {ACCOUNT}),
        ("IMP-01", {}, {}, set()),
        ("IMP-01", {"open-calendar": DENIED}, {"role_assignments": ()}, set()),
        ("IMP-02", {"open-calendar": only(THIRD, says=DENIED)}, {}, {THIRD}),
        ("IMP-02", {}, {"scopes": (replace(CALENDAR_SCOPE, members=USERS[1:]),)}, {TRIAL}),
        ("IMP-02", {}, {"scopes": (CALENDAR_SCOPE, exclusive(THIRD))}, {THIRD}),
        ("IMP-02", {"open-calendar": only(THIRD, says=NOWHERE)}, {}, set()),
        ("IMP-02", {}, {"scopes": (replace(CALENDAR_SCOPE, members=None),)}, set()),
        ("IMP-03", {}, {"scopes": (replace(CALENDAR_SCOPE, members=(*USERS, OUTSIDER)),)}, {OUTSIDER}),
        ("IMP-03", {"open-calendar": Says()}, {}, {OUTSIDER}),
        ("IMP-03", {}, {}, set()),
        ("IMP-04", {}, {"group": NESTED}, {GROUP}),
        ("SVC-01", {}, {"account": {"recipient_type": "RemoteUserMailbox"}}, {ACCOUNT}),
        ("SVC-01", {"open-own-calendar": NOWHERE}, {}, {ACCOUNT}),
        ("SVC-01", {"open-own-calendar": NOWHERE}, {"account": {"recipient_type": "User"}}, set()),
        ("SVC-04", {}, {"account": {"enabled": False}}, {ACCOUNT}),
        ("SVC-04", {}, {"account": {"password_expired": True, "locked_out": True}}, {ACCOUNT}),
        ("SVC-04", {"sign-in": refuses(None, 401)}, {"account": {"enabled": False}}, set()),
        ("SVC-05", {}, {"virtual_directories": (replace(DIRECTORY, basic=False),)}, {"mail.example.com"}),
        ("SVC-05", {}, {"virtual_directories": (replace(DIRECTORY, basic=False), DIRECTORY)}, set()),
        ("SVC-05", {}, {"virtual_directories": (replace(DIRECTORY, windows=None),)}, set()),
        ("SVC-06", {}, DEFAULT_BLOCKS, {ACCOUNT}),
        ("EWS-01", {}, {"account": {"ews_enabled": False}}, {ACCOUNT}),
        ("EWS-01", {}, {"organization": replace(ORGANIZATION, ews_enabled=False)}, {ACCOUNT}),
        ("LOC-01", {}, {"users": (user(THIRD, "RemoteUserMailbox"),)}, {THIRD}),
        ("LOC-01", {"open-calendar": only(THIRD, says=NOWHERE)}, {}, {THIRD}),
        ("EWS-05", {}, {"servers": (ServerRecord("EX01", "15.2.1748.10", ""),)}, {"mail.example.com"}),
        ("EWS-05", {}, {"servers": (ServerRecord("EX01", "15.2.2562.29", ""),)}, set()),  # a security update
        ("EWS-05", {}, {}, set()),
    ],
)  # fmt: skip
def test_where_exports_and_server_disagree_it_is_said_and_the_server_decides(
    tmp_path: Path, requirement: str, script: Any, changed: dict[str, Any], targets: set[str]
) -> None:
    ended = scenario(tmp_path, requirement, script, bundle=bundle(**changed))
    assert {one.target for one in ended.disagreements} == targets
    assert all(one.observations for one in ended.disagreements)
    assert all(set(one.observations) <= set(ended.observations) for one in ended.disagreements)
    if requirement not in ("IMP-04", "LOC-01", "EWS-05"):  # which rest on exports as well
        assert ended.verdict is (Verdict.FAILED if script else Verdict.PASSED)


def test_stale_exports_disagree_with_nobody(tmp_path: Path) -> None:
    ended = scenario(tmp_path, "IMP-01", {"open-calendar": DENIED}, bundle=bundle(days_old=30))
    assert not ended.disagreements


def test_the_account_is_found_by_whatever_name_the_export_has(tmp_path: Path) -> None:
    for called in ("EXAMPLE\\calendar-service", "example.com/Users/Calendar service", ACCOUNT, "CALENDAR SERVICE"):
        by_name = bundle(role_assignments=(replace(ASSIGNMENT, effective_user=called, assignee="Connectors"),))
        assert scenario(tmp_path, "IMP-04", bundle=by_name).verdict is Verdict.PASSED, called
    assert ACCOUNT_RECORD.name == "Calendar service"


def test_everything_at_once(tmp_path: Path) -> None:
    outcome = run(make_settings(tmp_path, exchange_server_url=URL), FakeTenant(), bundle=bundle()(tmp_path))
    own = {one.requirement: one for one in outcome.scenarios if one.requirement.partition("v")[0] in OWN}
    assert {one.verdict for one in own.values()} == {Verdict.PASSED}
    assert len(own) == len(OWN)
    assert not any(one.disagreements for one in outcome.scenarios)
