"""exchangelib against the server: signing in, finding it, impersonating, and being refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import exchangelib
import pytest
import requests.adapters
from exchangelib.autodiscover.discovery import Autodiscovery
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.errors import ErrorImpersonateUserDenied, ErrorNonExistentMailbox, UnauthorizedError
from exchangelib.protocol import BaseProtocol, CachingProtocol, FailFast
from exchangelib.version import EXCHANGE_2019

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization


@pytest.fixture(scope="module")
def server() -> Iterator[MockTenant]:
    with MockTenant(describe(organization())) as made:
        yield made


@pytest.fixture(autouse=True)
def trusting(server: MockTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let exchangelib trust the server's authority, and nothing less."""
    file = tmp_path / "ca.pem"
    file.write_bytes(server.ca_pem)

    class Adapter(requests.adapters.HTTPAdapter):
        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            assert verify
            super().cert_verify(conn, url, str(file), cert)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Adapter)
    yield
    CachingProtocol.clear_cache()


def configuration(server: MockTenant, scheme: str | None, login: str = SERVICE_AUTH[0]) -> exchangelib.Configuration:
    return exchangelib.Configuration(
        service_endpoint=server.ews_url,
        credentials=exchangelib.Credentials(login, SERVICE_AUTH[1]),
        auth_type=scheme,
        retry_policy=FailFast(),
    )


def account(
    config: exchangelib.Configuration, address: str, access: str = exchangelib.IMPERSONATION
) -> exchangelib.Account:
    return exchangelib.Account(address, config=config, autodiscover=False, access_type=access)


@pytest.mark.parametrize("scheme", [exchangelib.BASIC, exchangelib.NTLM, None])
@pytest.mark.parametrize("login", [SERVICE_AUTH[0], "CONTOSO\\svc"])
def test_it_signs_in_finds_the_version_and_opens_a_calendar(server: MockTenant, scheme: str | None, login: str) -> None:
    opened = account(configuration(server, scheme, login), "alice@contoso.test")
    assert opened.version.build.major_version == 15
    assert opened.version.build >= EXCHANGE_2019
    assert opened.calendar.name == "Calendar"
    assert opened.calendar.effective_rights.create_contents
    assert {entry.user_id.distinguished_user for entry in opened.calendar.permission_set.calendar_permissions} == {
        "Default",
        "Anonymous",
    }


def test_it_opens_its_own_mailbox(server: MockTenant) -> None:
    config = configuration(server, exchangelib.BASIC)
    assert account(config, SERVICE_AUTH[0], exchangelib.DELEGATE).calendar.name == "Calendar"


def test_it_is_refused_outside_the_scope(server: MockTenant) -> None:
    with pytest.raises(ErrorImpersonateUserDenied):
        _ = account(configuration(server, exchangelib.BASIC), "dave@contoso.test").root.absolute


def test_it_is_told_of_a_mailbox_that_is_not_there(server: MockTenant) -> None:
    with pytest.raises(ErrorNonExistentMailbox):
        _ = account(configuration(server, exchangelib.BASIC), "gone-to-cloud@contoso.test").root.absolute


@pytest.mark.parametrize("scheme", [exchangelib.BASIC, exchangelib.NTLM])
def test_a_wrong_password(server: MockTenant, scheme: str) -> None:
    config = exchangelib.Configuration(
        service_endpoint=server.ews_url,
        credentials=exchangelib.Credentials(SERVICE_AUTH[0], "wrong"),
        auth_type=scheme,
        retry_policy=FailFast(),
    )
    with pytest.raises(UnauthorizedError):
        _ = account(config, "alice@contoso.test").root.absolute


def test_it_finds_the_server_by_autodiscover(server: MockTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of a test domain are in no DNS, so the one step that asks it is led to the server."""
    monkeypatch.setattr(Autodiscovery, "URL_PATH", "autodiscover/autodiscover.svc")
    protocol = AutodiscoverProtocol(
        config=exchangelib.Configuration(
            service_endpoint=f"{server.base_url}/autodiscover/autodiscover.svc",
            credentials=exchangelib.Credentials(*SERVICE_AUTH),
            retry_policy=FailFast(),
        )
    )
    found = protocol.get_user_settings(user="alice.alias@contoso.test")
    found.raise_errors()
    assert found.ews_url == server.ews_url
    assert found.autodiscover_smtp_address == "alice@contoso.test"
    assert found.version.api_version == "Exchange2016"
    lost = protocol.get_user_settings(user="nobody@contoso.test")
    with pytest.raises(ErrorNonExistentMailbox):
        lost.raise_errors()
    protocol.close()
