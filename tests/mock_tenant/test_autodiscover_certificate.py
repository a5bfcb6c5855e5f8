"""Autodiscover under a certificate of its own: what is shown for which host name."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.tenant_files import load_text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "certificate has expired"),
        ("wrong-name", "Hostname mismatch"),
        ("untrusted", "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_fault_of_the_autodiscover_host_alone(tmp_path: Path, kind: str, words: str) -> None:
    with MockTenant(load_text(tmp_path, f'[autodiscover]\ncertificate = "{kind}"\n')) as server:
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        for host in ("autodiscover.contoso.test", "contoso.test"):
            with pytest.raises(httpx.ConnectError, match=words):
                _get(server, context, host)
        assert _get(server, context, "mail.contoso.test") == 401
        assert _get(server, context, "localhost") == 401


def test_a_good_certificate_under_which_the_server_has_a_bad_one(tmp_path: Path) -> None:
    text = '[certificate]\nkind = "expired"\n[autodiscover]\ncertificate = "good"\n'
    with MockTenant(load_text(tmp_path, text)) as server:
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        assert _get(server, context, "autodiscover.contoso.test") == 401
        with pytest.raises(httpx.ConnectError, match="certificate has expired"):
            _get(server, context, "mail.contoso.test")


def _get(server: MockTenant, context: ssl.SSLContext, host: str) -> int:
    """Ask for EWS under a host name that leads to the mock tenant."""
    url = httpx.URL(server.ews_url).copy_with(host="127.0.0.1")
    with httpx.Client(verify=context, trust_env=False) as client:
        return client.post(url, headers={"Host": host}, extensions={"sni_hostname": host}).status_code
