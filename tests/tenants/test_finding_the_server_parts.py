"""The parts of Autodiscover: DNS that fails, answers that are odd, requests as they are written."""

from __future__ import annotations

import ssl
from typing import Any

import dns.exception
import dns.message
import dns.rdata
import dns.resolver
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.tenants.common.network import Route
from calconnect.tenants.exchange_server import names
from calconnect.tenants.exchange_server.autodiscover_answers import pox_request, read_json, read_pox
from calconnect.tenants.exchange_server.names import ServiceRecords, look_up_service

NO_ANSWER: Any = dns.resolver.NoAnswer
LIFETIME_TIMEOUT: Any = dns.resolver.LifetimeTimeout
RAISED: list[tuple[Any, str]] = [
    (dns.resolver.NXDOMAIN, "no-service-record"),
    (NO_ANSWER(response=dns.message.make_query("contoso.test.", "SRV")), "no-service-record"),
    (LIFETIME_TIMEOUT(timeout=3.0, errors=[]), "name-timed-out"),
    (dns.resolver.NoNameservers, "name-timed-out"),
    (dns.exception.DNSException, "name-timed-out"),
    (OSError, "name-timed-out"),
]


@pytest.mark.parametrize(("raised", "code"), RAISED)
def test_dns_failures_are_answers(monkeypatch: pytest.MonkeyPatch, raised: Any, code: str) -> None:
    class Resolver:
        def resolve(self, name: str, kind: str, *, lifetime: float, search: bool) -> Any:
            assert (kind, lifetime, search) == ("SRV", names.LOOKUP_SECONDS, False)
            raise raised

    monkeypatch.setattr(dns.resolver, "Resolver", Resolver)
    assert look_up_service("_autodiscover._tcp.contoso.test") == ServiceRecords(failure=code)


def test_service_records_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["20 0 443 c.test.", "10 5 443 b.test.", "10 50 8443 a.test.", "0 0 0 ."]
    records = [dns.rdata.from_text("IN", "SRV", text) for text in texts]

    class Resolver:
        def resolve(self, *_: object, **__: object) -> Any:
            return records

    monkeypatch.setattr(dns.resolver, "Resolver", Resolver)
    assert look_up_service("x").places == (("a.test", 8443), ("b.test", 443), ("c.test", 443))


@given(st.binary(max_size=400))
def test_nothing_that_a_server_sends_makes_reading_fail(content: bytes) -> None:
    assert not read_json(content).ews_url
    assert not read_pox(content).ews_url
    assert not read_pox(b"<Autodiscover xmlns='x'>" + content + b"</Autodiscover>").ews_url


def test_json_without_a_bottom_is_no_answer() -> None:
    assert read_json(b"[" * 500_000).code == "not-ews"


def test_addresses_are_escaped() -> None:
    assert b"<EMailAddress>a&amp;b&lt;@contoso.test</EMailAddress>" in pox_request("a&b<@contoso.test")


def test_tls_contexts_are_of_the_kind_that_verifies() -> None:
    context = Route(1.0).trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
