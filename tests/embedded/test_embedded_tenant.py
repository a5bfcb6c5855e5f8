"""A mock tenant in this process, reached by the settings that were written for it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from calconnect.embedded import EmbeddedTenant, start
from calconnect.foundation.problems import InvalidInput
from calconnect.settings.load import load_settings

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "command-line.md"


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedTenant]:
    with start("healthy") as tenant:
        yield tenant


def test_the_server_answers_under_every_name_that_the_settings_lead_to(running: EmbeddedTenant) -> None:
    settings = load_settings(running.settings_file, clock=lambda: datetime.now(UTC))
    assert settings.network.ca_file is not None
    context = ssl.create_default_context(cafile=str(settings.network.ca_file))
    assert len(settings.network.connect_to) >= 3
    for name, place in settings.network.connect_to.items():
        host, _, port = place.rpartition(":")
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=name.rpartition(":")[0]) as secure,
        ):
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}


def test_the_ready_facts_sign_in(running: EmbeddedTenant) -> None:
    account = running.ready["service_account"]
    context = ssl.create_default_context(cafile=running.ready["ca_file"])
    with httpx.Client(verify=context, trust_env=False) as client:
        url = running.ready["autodiscover"]["json"]
        for login in (account["email"], account["username"]):
            assert client.get(url, auth=(login, account["password"])).status_code < 500
        assert client.post(running.ready["ews_url"]).status_code == 401
        assert client.post(running.ready["ews_url"], auth=(account["email"], "wrong")).status_code == 401
    assert account["authentication"] == ["basic", "ntlm", "negotiate"]


def test_the_ready_facts_are_the_documented_ones(running: EmbeddedTenant) -> None:
    section = DOCS.read_text(encoding="utf-8").partition("### The ready file")[2].partition("\n## ")[0]
    documented = {name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert documented == set(running.ready)


def test_stopping_takes_server_and_folder_away_and_can_be_done_twice() -> None:
    tenant = start("healthy")
    folder, port = tenant.settings_file.parent, tenant.server.port
    assert folder.is_dir()
    tenant.stop()
    tenant.stop()
    assert not folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_two_tenants_do_not_get_in_each_others_way(running: EmbeddedTenant) -> None:
    with start("healthy") as other:
        assert other.server.port != running.server.port
        assert other.settings_file != running.settings_file


def test_an_occupied_port_is_an_error_and_leaves_nothing_behind(running: EmbeddedTenant) -> None:
    with pytest.raises(OSError, match=r".+"):
        start("healthy", port=running.server.port)


def test_what_the_tenant_file_says_of_the_mailbox_to_impersonate_goes_first(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(
        'base = "healthy"\ntitle = "T"\n[settings.connection]\nemail_to_impersonate = "dana.lindqvist@contoso.test"\n',
        encoding="utf-8",
    )
    with start(file) as tenant:
        assert tenant.ready["email_to_impersonate"] == "dana.lindqvist@contoso.test"
        settings = load_settings(tenant.settings_file, clock=lambda: datetime.now(UTC))
        assert settings.connection.email_to_impersonate == tenant.ready["email_to_impersonate"]


def test_a_wrong_tenant_file_starts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text('base = "healthy"\ntitle = "T"\nfirewal = 1\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match="firewal"):
        start(file)
