"""What a tenant is held against: the healthy tenant of its topology, where only what applies there must pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.baseline import Baselines, baseline_of, topology_of
from calconnect.detection.comparison import Machine, expectation
from calconnect.mock_tenant.description import Expected, load
from calconnect.requirements.catalogue import load_catalogue


@pytest.mark.parametrize(
    ("tenant", "healthy"),
    [
        ("small", "healthy"),
        ("online-healthy", "online-healthy"),
        ("online-ews-healthy", "online-ews-healthy"),
        ("hybrid-healthy", "hybrid-healthy"),
    ],
)
def test_the_healthy_tenant_of_the_same_topology(tenant: str, healthy: str) -> None:
    topology = topology_of(load(tenant))
    assert baseline_of(topology) == healthy
    assert Baselines().of(topology) == load(healthy).expected


def test_only_what_applies_on_the_topology_must_pass() -> None:
    first = next(iter(load_catalogue().values()))
    here = replace(first, id="AA-01", topologies=("hybrid",))
    elsewhere = replace(first, id="AA-02", topologies=("exchange-server",))
    named = replace(first, id="AA-03", topologies=("hybrid",))
    later = replace(first, id="AA-04", topologies=("hybrid",), valid_from=date(2027, 4, 1))
    healthy, every = Expected(unknown=("AA-03",)), [here, elsewhere, named, later]
    day = date(2027, 3, 31)
    must = expectation(Expected(failed=("AA-01",)), healthy, every, Machine(), topology="hybrid", day=day)
    assert must.baseline == {
        "AA-01": Verdict.PASSED,
        "AA-02": Verdict.NOT_APPLICABLE,
        "AA-03": Verdict.UNKNOWN,
        "AA-04": Verdict.NOT_APPLICABLE,
    }
    assert must.decisive == {"AA-01"}
    after = expectation(Expected(), healthy, every, Machine(), topology="hybrid", day=day + timedelta(days=1))
    assert after.baseline["AA-04"] is Verdict.PASSED
