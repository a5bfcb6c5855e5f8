"""Settings of mock tenants with an Exchange Online half: what Microsoft's hosts are called leads to the mock."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.embedded import start
from calconnect.embedded.folder import write_folder
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.online_hosts import ALL_HOSTS, CLOUD_HOSTS
from calconnect.settings.load import load_settings
from calconnect.settings.model import CRONOFY_APPLICATION, AccessLevel, Cloud, Settings, Topology

_CA = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def written(folder: Path, text: str) -> tuple[Path, dict[str, Any]]:
    """Write the settings of a tenant file and return their file, and what stands in it."""
    source = folder / "tenant.toml"
    source.write_text(text, encoding="utf-8")
    file = write_folder(folder / "settings", load(source), 8443, _CA, clock=clock)
    return file, tomllib.loads(file.read_text(encoding="utf-8"))


def changed(folder: Path, text: str, base: str = "online-healthy") -> tuple[Path, dict[str, Any]]:
    return written(folder, f'title = "T"\nbase = "{base}"\n{text}')


def settings_of(name: str, folder: Path) -> Settings:
    return load_settings(write_folder(folder / name, load(name), 8443, ca_pem(), clock=clock), clock=clock)


def ca_pem() -> bytes:
    import trustme

    return trustme.CA().cert_pem.bytes()


@pytest.mark.parametrize(
    ("name", "topology"),
    [
        ("online-healthy", Topology.EXCHANGE_ONLINE_GRAPH),
        ("online-ews-healthy", Topology.EXCHANGE_ONLINE_EWS),
        ("hybrid-healthy", Topology.HYBRID),
    ],
)
def test_the_settings_of_a_healthy_tenant_load(name: str, topology: Topology, tmp_path: Path) -> None:
    settings = settings_of(name, tmp_path)
    assert settings.topology is topology
    online = settings.microsoft365
    assert online is not None
    assert (online.tenant, online.cloud) == ("contoso.onmicrosoft.com", Cloud.GLOBAL)
    assert online.vendor_application == CRONOFY_APPLICATION
    assert online.authorised_by == "it.admin@contoso.test"
    secret = online.credential.client_secret
    assert secret is not None
    assert secret.resolve()
    assert settings.connection.email_to_impersonate == "robin.okafor@contoso.test"
    assert (settings.connection.service_account_password is not None) is (topology is Topology.HYBRID)
    assert online.trial_mailbox == ("dana.lindqvist@contoso.test" if topology is Topology.HYBRID else None)
    assert (settings.access is AccessLevel.FREE_BUSY) is (topology is Topology.EXCHANGE_ONLINE_EWS)
    assert {f"{host}:443" for host in CLOUD_HOSTS["global"]} <= set(settings.network.connect_to)


@pytest.mark.parametrize(
    ("credential", "key", "file", "holds"),
    [
        ("secret", "client_secret", "application-secret.txt", "mock-application-secret\n"),
        ("certificate", "certificate", "application.pem", "-----BEGIN PRIVATE KEY-----"),
        ("assertion", "federated_assertion", "application-assertion.txt", "eyJ"),
    ],
)
def test_each_credential_stands_in_a_file_of_its_own(
    credential: str, key: str, file: str, holds: str, tmp_path: Path
) -> None:
    path, data = changed(tmp_path, f'[online]\ncredential = "{credential}"\n')
    said = data["microsoft365"]
    assert said[key].removeprefix("file:") == file
    assert {"client_secret", "certificate", "federated_assertion"} & set(said) == {key}
    kept = path.with_name(file)
    assert kept.read_text(encoding="utf-8").startswith(holds)
    assert holds.strip() not in path.read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_the_tenant_file_says_goes_before_what_is_generated(tmp_path: Path) -> None:
    text = """
[online]
vendor_connected_days_ago = -3
[[online.applications]]
app = "own"
noted_secret = "stale"
[settings.microsoft365]
cloud = "china"
authorised_by = ""
"""
    path, data = changed(tmp_path, text)
    said = data["microsoft365"]
    assert said["cloud"] == "china"
    assert "authorised_by" not in said
    connected = datetime.combine(said["vendor_connected_on"], datetime.min.time(), UTC)
    assert timedelta(days=2) < connected - datetime.now(UTC) < timedelta(days=3)
    assert path.with_name("application-secret.txt").read_text(encoding="utf-8") == "stale\n"
    assert "microsoftgraph.chinacloudapi.cn:443" in data["network"]["connect_to"]
    assert "graph.microsoft.com:443" not in data["network"]["connect_to"]


def test_a_tenant_without_that_half_says_nothing_of_it(tmp_path: Path) -> None:
    _, data = changed(tmp_path, "", base="small")
    assert not {"topology", "microsoft365"} & set(data)
    assert all("microsoft" not in host for host in data["network"]["connect_to"])


def test_the_mock_shows_the_names_of_microsofts_hosts_and_runs_on_the_clock_it_is_given() -> None:
    then = datetime(2027, 4, 2, 12, tzinfo=UTC)
    with start("online-healthy", tenant_clock=lambda: then) as tenant:
        assert timedelta() <= tenant.clock() - then < timedelta(minutes=1)
        assert timedelta() <= tenant.server.organization.now() - then < timedelta(minutes=1)
        context = ssl.create_default_context(cadata=tenant.server.ca_pem.decode())
        for host in ALL_HOSTS:
            with (
                socket.create_connection(("127.0.0.1", tenant.server.port)) as plain,
                context.wrap_socket(plain, server_hostname=host) as connection,
            ):
                assert connection.getpeercert()
        online = tenant.ready["microsoft365"]
        assert online["topology"] == "exchange-online-graph"
        assert online["authority"].startswith(tenant.server.base_url)
