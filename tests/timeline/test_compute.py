"""What the facts come to for one organisation, on the four days around the end of EWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.settings.model import (
    AccessLevel,
    ApplicationCredential,
    ConnectionSettings,
    LimitSettings,
    ListedMailbox,
    Microsoft365Settings,
    Settings,
    Topology,
)
from calconnect.settings.secrets import SecretReference
from calconnect.timeline.compute import BUILD, EWS_ENABLED, LICENCE, SIDE, VENDOR_LISTED, compute
from calconnect.timeline.model import Entry, EwsEnabled, Licence, MailboxFacts, Observed, Side, Timeline, VendorListed
from calconnect.timeline.observed import observed_in

ANN, BEN, EVE = "ann@contoso.test", "ben@contoso.test", "eve@contoso.test"
F3 = Licence.FRONT_LINE
PHASED, END, FRONT_LINE = "ews-phased-end", "ews-end", "ews-front-line-licences"


def settings_of(topology: Topology, mailboxes: Sequence[str] = (ANN, BEN, EVE)) -> Settings:
    return Settings(
        file=Path("calconnect.toml"),
        connection=ConnectionSettings("", None, ANN, terms_agreed=True),
        mailboxes=tuple(ListedMailbox(address, None) for address in mailboxes),
        access=AccessLevel.FREE_BUSY if topology is Topology.EXCHANGE_ONLINE_EWS else AccessLevel.FULL,
        topology=topology,
        microsoft365=Microsoft365Settings(
            "contoso.test",
            "own-app",
            ApplicationCredential(SecretReference("env", "SECRET")),
            vendor_application="Vendor",
        )
        if topology.has_online
        else None,
    )


def on(day: str, settings: Settings, observed: Observed | None = None) -> Timeline:
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return compute(settings, moment, observed or Observed())


def entry(timeline: Timeline, id_: str) -> Entry:
    return next(one for one in timeline.entries if one.id == id_)


EWS = settings_of(Topology.EXCHANGE_ONLINE_EWS)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-09-15", {"ews-list-prefilled": ("now", 15), PHASED: ("coming", 16), END: ("coming", 198)}),
        ("2026-11-22", {"ews-list-prefilled": ("past", None), PHASED: ("now", 129), END: ("coming", 130)}),
        ("2027-03-31", {"ews-list-prefilled": ("past", None), PHASED: ("now", 0), END: ("coming", 1)}),
        ("2027-04-01", {PHASED: ("past", None), END: ("past", None)}),
        ("2027-04-02", {PHASED: ("past", None), END: ("past", None)}),
    ],
)
def test_ews_ends_in_steps(day: str, expected: dict[str, tuple[str, int | None]]) -> None:
    timeline = on(day, EWS, Observed(ews_enabled=EwsEnabled.NULL))
    found = {id_: (entry(timeline, id_).status, entry(timeline, id_).days_left) for id_ in expected}
    assert found == expected
    assert entry(timeline, END).mailboxes == (ANN, BEN, EVE)
    assert entry(timeline, "impersonation-removed-online").status == "past"


@pytest.mark.parametrize(
    ("enabled", "listed", "said"),
    [
        (EwsEnabled.NULL, None, "was never set"),
        (EwsEnabled.FALSE, None, "is false"),
        (EwsEnabled.TRUE, VendorListed.NOT_LISTED, "does not name the vendor's application"),
        (EwsEnabled.TRUE, VendorListed.EMPTY, "is empty"),
    ],
)
def test_what_the_phased_end_comes_to_hangs_on_the_organisations_settings(
    enabled: EwsEnabled, listed: VendorListed | None, said: str
) -> None:
    found = entry(on("2026-11-22", EWS, Observed(ews_enabled=enabled, vendor_listed=listed)), PHASED)
    assert said in found.stops
    assert not found.unknown
    assert bool(found.disagreement) is (listed is VendorListed.EMPTY)


@pytest.mark.parametrize("enabled", list(EwsEnabled))
def test_after_the_end_nothing_advises_to_switch_ews_on(enabled: EwsEnabled) -> None:
    seen = Observed(ews_enabled=enabled, vendor_listed=VendorListed.EMPTY, mailboxes={ANN: MailboxFacts(licence=F3)})
    before, after = on("2027-03-31", EWS, seen), on("2027-04-01", EWS, seen)
    assert "EwsAllowedAppIDs" in entry(before, PHASED).action
    about_ews = {id_: entry(after, id_).action for id_ in ("ews-both-flags", FRONT_LINE, "ews-list-deadline", PHASED)}
    assert set(about_ews.values()) == {entry(after, END).action}


def test_an_application_on_the_list_goes_on_until_the_end() -> None:
    timeline = on("2026-11-22", EWS, Observed(ews_enabled=EwsEnabled.TRUE, vendor_listed=VendorListed.LISTED))
    assert PHASED in {one.id for one in timeline.spared}
    assert entry(timeline, END).status == "coming"


def test_what_was_not_observed_is_named() -> None:
    assert entry(on("2026-11-22", EWS), PHASED).unknown == (EWS_ENABLED,)
    half = on("2026-11-22", EWS, Observed(ews_enabled=EwsEnabled.TRUE))
    assert entry(half, PHASED).unknown == (VENDOR_LISTED,)
    about = entry(half, FRONT_LINE)
    assert (about.unknown, about.mailboxes, about.mailboxes_unknown) == ((LICENCE,), (), (ANN, BEN, EVE))


def test_a_licence_concerns_only_those_who_have_it() -> None:
    seen = {ANN: MailboxFacts(licence=Licence.FRONT_LINE), BEN: MailboxFacts(licence=Licence.OTHER)}
    found = entry(on("2026-11-22", EWS, Observed(mailboxes=seen)), FRONT_LINE)
    assert (found.mailboxes, found.mailboxes_unknown) == ((ANN,), (EVE,))
    spared = on("2026-11-22", replace(EWS, mailboxes=EWS.mailboxes[1:2]), Observed(mailboxes=seen)).spared
    assert FRONT_LINE in {one.id for one in spared}


def test_graph_and_servers_are_spared_the_end_of_ews() -> None:
    for topology in (Topology.EXCHANGE_ONLINE_GRAPH, Topology.EXCHANGE_SERVER, Topology.HYBRID):
        timeline = on("2026-11-22", settings_of(topology))
        assert {PHASED, END, FRONT_LINE} <= {one.id for one in timeline.spared}
        assert all(one.why for one in timeline.spared)


def test_in_a_hybrid_a_date_concerns_the_side_that_holds_the_mailbox() -> None:
    seen = {ANN: MailboxFacts(Side.ONLINE), BEN: MailboxFacts(Side.SERVER)}
    settings = settings_of(Topology.HYBRID)
    timeline = on("2026-11-22", settings, Observed(build=(15, 2, 1748, 10), mailboxes=seen))
    assert entry(timeline, "impersonation-removed-online").mailboxes == (ANN,)
    assert entry(timeline, "exchange-2016-2019-support").mailboxes == (BEN,)
    assert entry(timeline, "exchange-2016-2019-support").mailboxes_unknown == (EVE,)
    assert entry(timeline, "hybrid-rest").unknown == (SIDE,)


def test_support_hangs_on_the_build() -> None:
    server = settings_of(Topology.EXCHANGE_SERVER)
    assert entry(on("2026-11-22", server), "exchange-2016-2019-support").unknown == (BUILD,)
    new = on("2026-11-22", server, Observed(build=(15, 2, 2562, 17)))
    assert "exchange-2016-2019-support" in {one.id for one in new.spared}


def test_a_limit_brings_the_end_of_access_policies_which_has_no_day() -> None:
    online = settings_of(Topology.EXCHANGE_ONLINE_GRAPH)
    assert "application-access-policies" in {one.id for one in on("2026-11-22", online).spared}
    limited = on("2026-11-22", replace(online, limit=LimitSettings("sync@contoso.test")))
    assert limited.entries[-1].id == "application-access-policies"
    assert limited.entries[-1].status == "undated"


def test_the_day_on_which_the_vendor_is_let_in_is_the_settings_own() -> None:
    assert EWS.microsoft365 is not None
    planned = replace(EWS, microsoft365=replace(EWS.microsoft365, vendor_connected_on=date(2026, 12, 1)))
    found = entry(on("2026-11-22", planned), "vendor-connected")
    assert (found.kind, found.status, found.days_left) == ("plan", "coming", 9)


def observation(probe: str, target: str, mode: Mode = Mode.APPLICATION, **more: Fact) -> Observation:
    version = str(more.pop("version", ""))
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return Observation("o-1", moment, probe, "", mode, target, Outcome.OK, server_version=version, details=more)


def test_the_observations_of_a_run_tell_sides_licences_build_and_certificate() -> None:
    seen = observed_in(
        [
            observation("open-calendar", BEN, Mode.IMPERSONATED, version="15.2.1748.10"),
            observation("tls", "mail", Mode.ANONYMOUS, not_after="2027-01-31T00:00:00+00:00"),
            observation("graph-calendar", ANN),
            observation("online-user", ANN, plan_names=["EXCHANGE_S_DESKLESS", "TEAMS1"]),
            observation("online-user", EVE, plan_names=["EXCHANGE_S_DESKLESS", "EXCHANGE_S_ENTERPRISE"]),
        ],
        settings_of(Topology.HYBRID),
    )
    assert seen.build == (15, 2, 1748, 10)
    assert seen.certificate_ends == date(2027, 1, 31)
    assert seen.mailboxes == {
        BEN: MailboxFacts(Side.SERVER),
        ANN: MailboxFacts(Side.ONLINE, Licence.FRONT_LINE),
        EVE: MailboxFacts(None, Licence.OTHER),
    }


@pytest.mark.parametrize(
    ("switch", "named", "enabled", "listed"),
    [
        (None, [], EwsEnabled.NULL, VendorListed.EMPTY),
        (False, None, EwsEnabled.FALSE, None),
        (True, ["another"], EwsEnabled.TRUE, VendorListed.NOT_LISTED),
        (True, ["another", "vendor"], EwsEnabled.TRUE, VendorListed.LISTED),
    ],
)
def test_the_export_of_the_organisation_tells_the_switches_of_ews(
    switch: bool | None, named: list[str] | None, enabled: EwsEnabled, listed: VendorListed | None
) -> None:
    export = observation("export", "online_org.json", Mode.CONFIGURATION, ews_enabled=switch, allowed_app_ids=named)
    server = observation("export", "org.json", Mode.CONFIGURATION, ews_enabled=False)
    seen = observed_in([export, server], EWS)
    assert (seen.ews_enabled, seen.vendor_listed) == (enabled, listed)
