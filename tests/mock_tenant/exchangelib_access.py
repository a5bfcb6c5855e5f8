"""exchangelib accounts on a mock tenant, TLS verified, for the tests of what its documentation shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import exchangelib
import pytest
import requests.adapters
from exchangelib.protocol import BaseProtocol, CachingProtocol, FailFast

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.tenants import SERVICE_AUTH


@contextlib.contextmanager
def impersonated(server: MockTenant, folder: Path, address: str) -> Iterator[exchangelib.Account]:
    """Open a mailbox as the service account, which impersonates its owner.

    Args:
        server: that the mailbox is on.
        folder: for the authority's certificate.
        address: whose mailbox.
    """
    file = folder / "ca.pem"
    file.write_bytes(server.ca_pem)

    class Adapter(requests.adapters.HTTPAdapter):
        def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
            assert verify
            super().cert_verify(conn, url, str(file), cert)  # type: ignore[no-untyped-call]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Adapter)
        config = exchangelib.Configuration(
            service_endpoint=server.ews_url,
            credentials=exchangelib.Credentials(*SERVICE_AUTH),
            auth_type=exchangelib.BASIC,
            retry_policy=FailFast(),
        )
        account = exchangelib.Account(address, config=config, autodiscover=False, access_type=exchangelib.IMPERSONATION)
        assert account.protocol.version  # asked for now: not every one of its calls does so itself
        yield account
        CachingProtocol.clear_cache()
