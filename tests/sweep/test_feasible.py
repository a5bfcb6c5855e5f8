from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.foundation.problems import UsageError
from calconnect.settings.model import AccessLevel, ConnectionSettings, Settings, Topology
from calconnect.sweep.feasible import check_probes, default_probe, sides_of
from calconnect.sweep.lists import ListSource
from calconnect.tenants.thin.interface import Probe, Side

OWN, FILE, EVERYBODY = ListSource.parse(None), ListSource.parse("list.csv"), ListSource.parse("all")
FULL, TIMES = AccessLevel.FULL, AccessLevel.FREE_BUSY
SERVER, GRAPH, EWS = Topology.EXCHANGE_SERVER, Topology.EXCHANGE_ONLINE_GRAPH, Topology.EXCHANGE_ONLINE_EWS


def settings(topology: Topology, access: AccessLevel) -> Settings:
    connection = ConnectionSettings("svc@contoso.test", None, "ann@contoso.test", True)
    return Settings(Path("calconnect.toml"), connection, (), topology=topology, access=access)


@pytest.mark.parametrize(
    ("topology", "access", "probes", "source", "why"),
    [
        (SERVER, FULL, "reach read free-busy write", OWN, ""),
        (Topology.HYBRID, FULL, "write", EVERYBODY, ""),
        (SERVER, AccessLevel.CALENDAR_ONLY, "reach write", OWN, ""),
        (SERVER, TIMES, "free-busy refused", OWN, ""),
        (SERVER, TIMES, "write", OWN, "free/busy alone"),
        (SERVER, TIMES, "free-busy read", OWN, "free/busy alone"),
        (EWS, TIMES, "free-busy", OWN, ""),
        (EWS, FULL, "read", OWN, "the topology exchange-online-ews"),
        (EWS, FULL, "write", OWN, "the topology exchange-online-ews"),
        (SERVER, FULL, "refused", FILE, ""),
        (GRAPH, FULL, "refused", OWN, "must be reached"),
        (SERVER, FULL, "refused", EVERYBODY, "everybody"),
        (SERVER, FULL, "refused reach", FILE, "stands alone"),
    ],
)
def test_what_cannot_be_asked_or_would_prove_nothing_is_refused(
    topology: Topology, access: AccessLevel, probes: str, source: ListSource, why: str
) -> None:
    wanted = [Probe(probe) for probe in probes.split()]
    if not why:
        check_probes(settings(topology, access), wanted, source)
        return
    with pytest.raises(UsageError, match=why):
        check_probes(settings(topology, access), wanted, source)


def test_what_is_asked_where_nothing_is_named() -> None:
    assert default_probe(settings(SERVER, FULL)) is Probe.REACH
    assert default_probe(settings(SERVER, TIMES)) is Probe.FREE_BUSY
    assert [sides_of(one) for one in (SERVER, GRAPH, Topology.HYBRID)] == [
        (Side.SERVER,),
        (Side.ONLINE,),
        (Side.SERVER, Side.ONLINE),
    ]
