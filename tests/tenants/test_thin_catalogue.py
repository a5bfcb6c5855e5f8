"""The thin path and the reference path see the same in every tenant of the catalogue that has an Exchange Server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.embedded.folder import generated_settings, overlay
from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Mode, Observation
from calconnect.foundation.toml import read_toml
from calconnect.mock_tenant.description import Description, load
from calconnect.mock_tenant.description.catalogue import catalogue
from calconnect.mock_tenant.description.model import CatalogueEntry
from calconnect.mock_tenant.server import MockTenant
from calconnect.settings.model import AccessLevel, ConnectionSettings, NetworkSettings, Settings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews import open_ews_path
from calconnect.tenants.thin.interface import Probe
from tests.tenants.thin_paths import comparable

UNSEEN = {"attestations", "autodiscover", "exports", "firewall", "online", "rooms", "waivers"}
"""Where a tenant may differ from the one that it is based on without answering for any calendar otherwise."""
NOTHING_NEW = {"large"}
"""The healthy one with more people in it."""
WRITING = {"OPS-01", "OPS-02"}
"""The requirements that writing has a part in."""
ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


def tenants() -> list[CatalogueEntry]:
    bases = {entry.name: read_toml(entry.file).data for entry in catalogue()}

    def has_server(name: str) -> bool:
        data = bases[name]
        if "base" in data:
            return has_server(data["base"])
        return "online" not in data or data["online"].get("topology") == "hybrid"

    return [
        entry
        for entry in catalogue()
        if has_server(entry.name)
        and entry.name not in NOTHING_NEW
        and set(bases[entry.name]) - UNSEEN - {"title", "description", "base", "expected"}
    ]


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not read the public certification authorities, as the matrix does not."""
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


@pytest.mark.parametrize("entry", tenants(), ids=lambda entry: entry.name)
def test_both_paths_see_the_same(entry: CatalogueEntry, tmp_path: Path) -> None:
    description = load(entry.file)
    with MockTenant(description) as server:
        settings = settings_for(description, server, tmp_path)
        clock = description.organization.clock
        common: dict[str, Any] = {"clock": clock, "run_id": "thin", "state_folder": tmp_path}
        tenant = ExchangeServerTenant(settings.connection, settings.network, pause=lambda _: None, **common)
        try:
            tenant.sign_in()
            signed_in = tenant.signed_in
            if signed_in is None:
                return  # the gate is closed: no path is opened
            window = Window(clock(), clock() + timedelta(days=settings.window_days))
            few, trial = mailboxes(entry, description), settings.connection.email_to_impersonate
            plan = {Probe.REACH: few, Probe.READ: few[:1], Probe.FREE_BUSY: few}
            if not entry.breaks or WRITING & set(entry.breaks):
                plan[Probe.WRITE] = [trial]
            for probe, asked in plan.items():
                path = open_ews_path(probe, settings, signed_in, window=window, **common)
                thin = asyncio.run(ask(path, asked))
                reference = by_reference(tenant, probe, asked, window, settings)
                assert [comparable(one) for one in thin] == [comparable(one) for one in reference]
        finally:
            tenant.close()


def settings_for(description: Description, server: MockTenant, folder: Path) -> Settings:
    """Return what connects to the server, without the files that no request needs."""
    account = description.service_account
    assert account is not None
    (folder / "ca.pem").write_bytes(server.ca_pem)
    (folder / "password").write_text(account.password)
    data = overlay(generated_settings(description, server.port), description.settings)
    connection, network = data["connection"], data["network"]
    return Settings(
        folder / "calconnect.toml",
        ConnectionSettings(
            connection["service_account_email"],
            SecretReference("file", "password", folder),
            connection["email_to_impersonate"],
            True,
            connection.get("exchange_server_url", f"https://{description.organization.host}/EWS/Exchange.asmx"),
            connection.get("service_account_username"),
        ),
        (),
        network=NetworkSettings(folder / "ca.pem", network["connect_to"], timeout_seconds=network["timeout_seconds"]),
        access=AccessLevel(data.get("access", {}).get("level", "full")),
    )


def mailboxes(entry: CatalogueEntry, description: Description) -> list[str]:
    """Return a few: those that the tenant's own file names, one as there are many, and one that is nobody's."""
    own = ADDRESS.findall(entry.file.read_text(encoding="utf-8"))
    ordinary = description.listed[0]
    return list(dict.fromkeys([*own[:3], ordinary, f"nobody@{ordinary.rpartition('@')[2]}"]))


async def ask(path: Any, asked: Sequence[str]) -> list[Observation]:
    """Ask, once more where the reference path would."""
    try:
        seen = []
        for first in range(0, len(asked), path.mailboxes_per_request):
            batch = asked[first : first + path.mailboxes_per_request]
            for attempt in (1, 2):
                shots = await path.ask(batch)
                if attempt == 2 or not any(is_passing(shot.last) and shot.repeatable for shot in shots):
                    break
            seen += [one for shot in shots for one in shot.observations]
        return seen
    finally:
        await path.close()


def is_passing(seen: Observation) -> bool:
    return seen.code == "connection-reset" or meaning(seen.code, seen.http_status).kind is Kind.TRANSIENT


def by_reference(
    tenant: ExchangeServerTenant, probe: Probe, asked: Sequence[str], window: Window, settings: Settings
) -> list[Observation]:
    mode = Mode.IMPERSONATED if settings.access is AccessLevel.FULL else Mode.DELEGATE
    if probe is Probe.REACH:
        return [tenant.open_calendar(mailbox, mode) for mailbox in asked]
    if probe is Probe.READ:
        return [tenant.list_events(mailbox, window, mode) for mailbox in asked]
    if probe is Probe.FREE_BUSY:
        return list(tenant.free_busy(asked, window))
    return [one for mailbox in asked for one in tenant.event_round_trip(mailbox, mode)]
