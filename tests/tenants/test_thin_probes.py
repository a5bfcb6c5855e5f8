"""The looking probes of the thin path: what they ask, what they tell, and what the server wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calconnect.settings.model import NetworkSettings
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.thin.interface import Concurrency, Probe, Side, ThinPath
from tests.tenants.scripted import Canned, FakeExchange, ScriptedServer, back_off, envelope, fault, message
from tests.tenants.thin_paths import ask, open_path

Open = Callable[[Probe], ThinPath]
ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


@pytest.fixture
def server(serve: Callable[..., ScriptedServer], exchange: FakeExchange) -> ScriptedServer:
    return serve(exchange)


@pytest.fixture
def opened(
    server: ScriptedServer, tenant_for: Callable[..., ExchangeServerTenant], ca_file: Path, tmp_path: Path
) -> Open:
    places = NetworkSettings(ca_file=ca_file, connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"})
    return lambda probe: open_path(tenant_for(server), probe, places, tmp_path)


def test_what_must_be_refused_is_asked_as_what_must_work(opened: Open, server: ScriptedServer) -> None:
    bodies = []
    for probe in (Probe.REACH, Probe.REFUSED):
        path = opened(probe)
        (shot,) = ask(path, [ALICE])
        assert (path.probe, path.side, path.mailboxes_per_request, shot.last.probe) == (
            probe,
            Side.SERVER,
            1,
            "open-calendar",
        )
        bodies.append(server.seen[-1].body)
    assert bodies[0] == bodies[1]


def test_many_in_flight_only_where_the_server_is_known_to_allow_it(opened: Open, exchange: FakeExchange) -> None:
    assert opened(Probe.REACH).concurrency == Concurrency(10, 27)
    old = '<t:ServerVersionInfo MajorVersion="14" MinorVersion="3" MajorBuildNumber="123" MinorBuildNumber="3"/>'
    answer = message("ConvertId", code="ErrorInvalidIdMalformed").body
    assert isinstance(answer, str)
    body = answer[: answer.index("<t:ServerVersionInfo")] + old + answer[answer.index("</s:Header>") :]
    exchange.answers["ConvertId"] = Canned(200, body)
    assert opened(Probe.REACH).concurrency == Concurrency(10, 10)


def test_what_a_busy_server_wants_is_told(opened: Open, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = fault("ErrorServerBusy", values=back_off(2500))
    (shot,) = ask(opened(Probe.REACH), [ALICE])
    assert (shot.last.code, shot.last.attempts, shot.retry_after, shot.repeatable) == ("ErrorServerBusy", 1, 2.5, True)
    exchange.answers["GetFolder"] = Canned(503, "", (("Retry-After", "7"),))
    assert ask(opened(Probe.REACH), [ALICE])[0].retry_after == 7.0


def test_an_address_that_cannot_be_asked_does_not_spoil_the_others(
    opened: Open, exchange: FakeExchange, server: ScriptedServer
) -> None:
    share = (
        "<m:FreeBusyResponse><m:ResponseMessage ResponseClass='{}'><m:ResponseCode>{}</m:ResponseCode>"
        "</m:ResponseMessage>{}</m:FreeBusyResponse>"
    )
    view = "<m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType></m:FreeBusyView>"
    shares = share.format("Success", "NoError", view) + share.format("Error", "ErrorMailRecipientNotFound", "")
    exchange.answers["GetUserAvailability"] = Canned(
        200,
        envelope(
            "<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>"
            f"{shares}</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
        ),
    )
    path = opened(Probe.FREE_BUSY)
    assert path.mailboxes_per_request == 100
    shots = ask(path, ["a\nb@contoso.test", ALICE, BOB])
    assert [(shot.mailbox, shot.last.code, shot.last.details["days"]) for shot in shots] == [
        ("a\nb@contoso.test", "invalid-address", 14.0),
        (ALICE, "NoError", 14.0),
        (BOB, "ErrorMailRecipientNotFound", 14.0),
    ]
    assert server.seen[-1].body.count(b"<t:MailboxData>") == 2
