"""Fixtures of the sync core's tests: a certification authority, scripted servers, tenants that talk to them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from calconnect.foundation.clock import MovableClock
from calconnect.settings.model import ConnectionSettings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.exchange_server.names import ServiceRecords
from tests.tenants.autodiscover_site import HOSTS, Site, World
from tests.tenants.online_fixtures import cloud, cloud_server, online  # noqa: F401 - fixtures
from tests.tenants.scripted import NOW, PASSWORD, Canned, FakeExchange, Script, ScriptedServer, tls_for


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW, running=False)


@pytest.fixture
def serve(authority: trustme.CA) -> Iterator[Callable[..., ScriptedServer]]:
    """Return a function that starts a server with a script: ``serve(script, "mail.contoso.test")``."""
    with contextlib.ExitStack() as stack:

        def start(script: Script, *names: str, tls: Any = "default", host: str = "127.0.0.1") -> ScriptedServer:
            context = tls_for(authority, *(names or ("mail.contoso.test",))) if tls == "default" else tls
            return stack.enter_context(ScriptedServer(script, context, host=host))

        yield start


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that tenants made, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
def tenant_for(
    ca_file: Path, clock: MovableClock, tmp_path: Path, pauses: list[float]
) -> Iterator[Callable[..., ExchangeServerTenant]]:
    """Return a function that makes a tenant for a server: ``tenant_for(server)``. They are closed in the end."""
    (tmp_path / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def make(server: ScriptedServer | None = None, **changes: Any) -> ExchangeServerTenant:
            connect_to = changes.pop("connect_to", {})
            if server is not None:
                connect_to = {"mail.contoso.test:443": f"127.0.0.1:{server.port}", **connect_to}
            connection = ConnectionSettings(
                "svc@contoso.test",
                SecretReference("file", "password", tmp_path),
                "alice@contoso.test",
                True,
                "https://mail.contoso.test/EWS/Exchange.asmx",
            )
            network = NetworkSettings(ca_file=ca_file, connect_to=connect_to, timeout_seconds=15.0)
            for name in ("run_id", "look_up_service", "clock", "state_folder"):
                changes.setdefault(name, None)
            tenant = ExchangeServerTenant(
                replace(connection, **{name: changes[name] for name in _of(ConnectionSettings, changes)}),
                replace(network, **{name: changes[name] for name in _of(NetworkSettings, changes)}),
                clock=changes["clock"] or clock,
                run_id=changes["run_id"] or f"run-{next(numbers)}",
                state_folder=changes["state_folder"] or tmp_path / "state",
                pause=pauses.append,
                look_up_service=changes["look_up_service"] or (lambda _: ServiceRecords(failure="no-service-record")),
            )
            stack.callback(tenant.close)
            return tenant

        yield make


def _of(kind: type, changes: dict[str, Any]) -> set[str]:
    return set(kind.__dataclass_fields__) & set(changes)  # type: ignore[attr-defined]


@pytest.fixture
def exchange() -> FakeExchange:
    """A script that takes the planted password and answers a sign-in and GetFolder."""
    return FakeExchange(credentials=("svc@contoso.test", PASSWORD))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def world(
    serve: Callable[..., ScriptedServer], tenant_for: Callable[..., ExchangeServerTenant], site: Site
) -> Callable[..., World]:
    def make(*reachable: str, plain: Canned | None = None, tls: Any = "default", **changes: Any) -> World:
        secure = serve(site, *HOSTS, tls=tls)
        insecure = serve(lambda _: plain or Canned(404), tls=None)
        nowhere = "127.0.0.1:1"
        places = {f"{host}:443": f"127.0.0.1:{secure.port}" if host in reachable else nowhere for host in HOSTS}
        places["autodiscover.contoso.test:80"] = f"127.0.0.1:{insecure.port}" if plain else nowhere
        tenant = tenant_for(exchange_server_url=None, connect_to=places, **changes)
        return World(site, secure, insecure, tenant)

    return make
