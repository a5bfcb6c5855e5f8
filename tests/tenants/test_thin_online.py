"""The thin path to Exchange Online: the same answers as the reference path, in one attempt each."""

from __future__ import annotations

import asyncio
import functools
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect.evidence.observation import Observation
from calconnect.mock_tenant.description import CatalogueEntry, catalogue
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.policies import GraphFaults
from calconnect.settings.model import Topology
from calconnect.tenants.common.journal import Journal
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.interface import Probe, Shot
from calconnect.tenants.thin.online import PROBES, open_online_path
from tests.tenants.online_mock import connect, half_of

ASKED = 8
FILES = {entry.name: entry.file for entry in catalogue()}


@functools.cache  # most tenants share their bases
def is_online(file: Path) -> bool:
    """Say whether a tenant of the catalogue, or one that it is built on, has an Exchange Online half."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return "online" in document or ("base" in document and is_online(FILES[document["base"]]))


ONLINE = [entry for entry in catalogue() if is_online(entry.file)]


def window_of(server: MockTenant) -> Window:
    now = half_of(server).now()
    return Window(now, now + timedelta(days=14))


def shots(
    server: MockTenant,
    tenant: ExchangeOnlineTenant,
    probe: Probe,
    mailboxes: Sequence[str],
    topology: Topology = Topology.EXCHANGE_ONLINE_GRAPH,
) -> list[Shot]:
    """Return what one attempt of a probe came to."""

    async def ask() -> list[Shot]:
        clock = server.organization.clock
        path = open_online_path(probe, topology, tenant, window=window_of(server), clock=clock)
        try:
            return await path.ask(mailboxes)
        finally:
            await path.close()

    return asyncio.run(ask())


def bare(observation: Observation) -> Observation:
    """Return an observation without what differs from one asking to the next."""
    headers = {name: value for name, value in observation.headers.items() if name != "client-request-id"}
    details = {name: value for name, value in observation.details.items() if name != "retried_after"}
    attempts = min(observation.attempts, 1)
    at = observation.at.min
    return replace(
        observation, at=at, request_id="", duration_ms=0.0, attempts=attempts, headers=headers, details=details
    )


@pytest.mark.parametrize("entry", ONLINE, ids=lambda entry: entry.name)
def test_both_paths_observe_the_same(entry: CatalogueEntry, tmp_path: Path) -> None:
    with MockTenant(entry.file) as server, closing(connect(server, tmp_path, lambda _: None)) as tenant:
        users = sorted(half_of(server).users)
        some = [*users[:ASKED], "nobody@contoso.test", "no address"]
        signed_in = tenant.sign_in_application().ok
        reference = tenant.open_calendars(some) if signed_in else ()
        found = shots(server, tenant, Probe.REACH, some)
        if not signed_in:  # no sweep comes so far: its gate is closed
            assert {shot.last.code for shot in found[:ASKED]} == {"no-token"}
            return
        assert [bare(shot.last) for shot in found] == [bare(one) for one in reference]


@pytest.fixture(scope="module")
def healthy() -> Iterator[MockTenant]:
    with MockTenant("online-healthy") as server:
        yield server


@pytest.fixture
def tenant(healthy: MockTenant, tmp_path: Path) -> Iterator[ExchangeOnlineTenant]:
    with closing(connect(healthy, tmp_path, lambda _: None, state_folder=tmp_path / "state")) as made:
        yield made
    half_of(healthy).faults = GraphFaults()


def test_all_probes_observe_what_the_reference_path_does(healthy: MockTenant, tenant: ExchangeOnlineTenant) -> None:
    some = [*sorted(half_of(healthy).users)[:ASKED], "nobody@contoso.test", "no address"]
    window = window_of(healthy)

    def of(probe: Probe) -> list[Observation]:
        return [bare(shot.last) for shot in shots(healthy, tenant, probe, some)]

    assert of(Probe.REFUSED) == [bare(one) for one in tenant.open_calendars(some)]
    assert of(Probe.READ) == [bare(one) for one in tenant.list_events(some, window)]
    assert of(Probe.FREE_BUSY) == [bare(one) for one in tenant.free_busy(some, window)]


def test_a_written_event_lives_alike_and_is_gone(
    healthy: MockTenant, tenant: ExchangeOnlineTenant, tmp_path: Path
) -> None:
    mailbox = "user00001@contoso.test"
    (shot,) = shots(healthy, tenant, Probe.WRITE, [mailbox])
    reference = tenant.event_round_trip(mailbox)
    told = [(one.details["step"], one.outcome, one.code, one.operation) for one in shot.observations]
    assert told == [(one.details["step"], one.outcome, one.code, one.operation) for one in reference]
    assert told[-1][0] == "find-gone"
    assert shot.repeatable
    assert Journal(tmp_path / "state", "run-2", healthy.organization.clock).entries("https://graph.microsoft.com") == (
        [],
        [],
    )


def test_a_part_that_is_throttled_comes_back_at_once_with_its_wish(
    healthy: MockTenant, tenant: ExchangeOnlineTenant
) -> None:
    half_of(healthy).faults = GraphFaults(throttle_every=3, retry_after_seconds=7)
    found = shots(healthy, tenant, Probe.REACH, sorted(half_of(healthy).users)[:6])
    turned_away = [shot for shot in found if shot.last.http_status == 429]
    assert turned_away and all(shot.retry_after == 7 for shot in turned_away)
    assert {shot.last.attempts for shot in found} == {1}


def test_over_ews_only_free_busy_and_the_calendar_can_be_asked(tmp_path: Path) -> None:
    topology = Topology.EXCHANGE_ONLINE_EWS
    with MockTenant("online-ews-healthy") as server, closing(connect(server, tmp_path, lambda _: None)) as tenant:
        some = sorted(half_of(server).users)[:4]
        window = window_of(server)
        (first, *_) = shots(server, tenant, Probe.REACH, some[:1], topology)
        assert bare(first.last) == bare(tenant.open_ews_calendar(some[0]))
        busy = shots(server, tenant, Probe.FREE_BUSY, some, topology)
        assert [bare(shot.last) for shot in busy] == [bare(one) for one in tenant.ews_free_busy(some, window)]
        for probe in set(Probe) - PROBES[topology]:
            with pytest.raises(ValueError, match=str(probe)):
                shots(server, tenant, probe, some, topology)


def test_cancelled_while_it_writes_it_leaves_nothing(
    healthy: MockTenant, tenant: ExchangeOnlineTenant, tmp_path: Path
) -> None:
    async def cancel() -> None:
        clock = healthy.organization.clock
        topology = Topology.EXCHANGE_ONLINE_GRAPH
        path = open_online_path(Probe.WRITE, topology, tenant, window=window_of(healthy), clock=clock)
        asking = asyncio.create_task(path.ask(["user00002@contoso.test"]))
        journal = tmp_path / "state" / "test-events"
        while not list(journal.glob("*.json")):
            await asyncio.sleep(0.001)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not list(journal.glob("*.json"))
        await path.close()

    asyncio.run(cancel())
