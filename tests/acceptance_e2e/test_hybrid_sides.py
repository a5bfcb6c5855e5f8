"""A hybrid of 200 mailboxes, half on each side, ten of them not where the directory at the server has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calconnect import embedded
from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.judging import location as location_codes
from calconnect.acceptance.judging.location import IN_ONLINE, NOWHERE, ON_SERVER
from calconnect.acceptance.verdicts import Verdict
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.online.directory import Location
from calconnect.mock_tenant.state.organization import Organization
from calconnect.reporting.timeline import run_timeline
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings
from calconnect.sweep.paths import Paths
from calconnect.sweep.sweeper import Sweeper
from calconnect.tenants.opening import open_tenants

TENANT = """
title = "Two hundred mailboxes"
base = "hybrid-healthy"

[[generate]]
email = "user{n:05}@contoso.test"
count = 99

[[generate]]
email = "cloud{n:05}@contoso.test"
count = 96

[[generate]]
email = "lost{n:05}@contoso.test"
count = 3
location = "nowhere"
groups = ["calendar-sync@contoso.test"]
"""
MOVED_UP = tuple(f"user{number:05}@contoso.test" for number in (7, 31, 64, 99))
"""Moved to Exchange Online after the configuration was exported."""
MOVED_BACK = tuple(f"cloud{number:05}@contoso.test" for number in (1, 50, 96))
LOST = tuple(f"lost{number:05}@contoso.test" for number in (1, 2, 3))
"""A move that was broken off: they are on neither side."""


def move(organization: Organization) -> None:
    """Move mailboxes, so that the exports and the sides say different things."""
    assert organization.online is not None
    for address in (*MOVED_UP, *MOVED_BACK):
        user, known = organization.online.users[address], organization.directory.by_address(address)
        assert known is not None
        up = address in MOVED_UP
        user.location = Location.ONLINE if up else Location.SERVER
        known.kind = RecipientKind.REMOTE if up else RecipientKind.USER
        user.recipient = replace(known, kind=RecipientKind.USER)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunOutcome]:
    folder = tmp_path_factory.mktemp("hybrid")
    file = folder / "hybrid.toml"
    file.write_text(TENANT, encoding="utf-8")
    with embedded.start(file) as tenant:
        move(tenant.server.description.organization)
        settings = load_settings(tenant.settings_file, clock=tenant.clock)
        server, online = open_tenants(settings, clock=tenant.clock, run_id="hybrid", state_folder=folder)
        outcome = run_suite(
            settings,
            server,
            [],
            run_id="hybrid",
            clock=tenant.clock,
            catalogue=load_catalogue(),
            online=online,
            select=["LOC-01", "IMP-02", "GR-07"],
            sweeper=Sweeper(Paths(settings, server, online, tenant.clock, "hybrid", folder)),
        )
    return settings, outcome


def test_exactly_the_ten_are_named_with_where_they_are(audited: tuple[Settings, RunOutcome]) -> None:
    settings, outcome = audited
    assert len(settings.mailboxes) == 200
    location = next(one for one in outcome.scenarios if one.requirement.startswith("LOC-01"))
    failed = {one.target: one.code for one in location.findings if one.verdict is Verdict.FAILED}
    expected = dict.fromkeys(MOVED_UP, location_codes.MOVED_UP) | dict.fromkeys(MOVED_BACK, location_codes.MOVED_BACK)
    expected |= dict.fromkeys(LOST, NOWHERE)
    assert failed == expected
    others = [one for one in location.findings if one.target not in expected]
    assert len(others) == 190
    assert {one.verdict for one in others} == {Verdict.PASSED}
    assert {one.code for one in others} == {ON_SERVER, IN_ONLINE}


def test_each_mailbox_is_reached_on_the_side_that_holds_it(audited: tuple[Settings, RunOutcome]) -> None:
    _, outcome = audited
    reached = {
        scenario.requirement.partition("v")[0]: {one.target for one in scenario.findings if one.code}
        for scenario in outcome.scenarios
    }
    assert set(MOVED_UP) <= reached["GR-07"]
    assert set(MOVED_BACK) <= reached["IMP-02"]
    assert not reached["GR-07"] & reached["IMP-02"]
    assert len(reached["GR-07"] | reached["IMP-02"]) == 197


def test_the_timeline_counts_by_side(audited: tuple[Settings, RunOutcome]) -> None:
    settings, outcome = audited
    timeline = run_timeline(settings, outcome.observations, outcome.started)
    removed = next(one for one in timeline.entries if one.id == "impersonation-removed-online")
    assert (removed.mailboxes_total, removed.mailboxes_unknown) == (97 - len(MOVED_BACK) + len(MOVED_UP), len(LOST))
    assert set(MOVED_UP) <= set(removed.mailboxes)
