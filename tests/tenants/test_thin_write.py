"""The writing probe of the thin path: the steps of the reference path, and nothing left behind whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calconnect.settings.model import AccessLevel, NetworkSettings
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.thin.ews import write
from calconnect.tenants.thin.interface import Probe, Shot, ThinPath
from tests.tenants.fake_calendar import FakeCalendar
from tests.tenants.scripted import Canned, FakeExchange, ScriptedServer, Seen, back_off, fault, in_turn, message
from tests.tenants.thin_paths import ask, comparable, open_path

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]
Open = Callable[..., ThinPath]
ALICE = "alice@contoso.test"
DENIED = message("CreateItem", code="ErrorCreateItemAccessDenied")
BUSY = fault("ErrorServerBusy", values=back_off(3000))


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def server(serve: Serve, exchange: FakeExchange, calendar: FakeCalendar) -> ScriptedServer:
    return serve(calendar.install(exchange))


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def writing(tenant_for: TenantFor, server: ScriptedServer, ca_file: Path, tmp_path: Path, waits: list[float]) -> Open:
    """Return a function that opens the writing path; it does not really wait."""

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    def make(**changes: Any) -> ThinPath:
        places = NetworkSettings(ca_file=ca_file, connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"})
        return open_path(tenant_for(server), Probe.WRITE, places, tmp_path, pause=pause, **changes)

    return make


def entries(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "test-events").glob("*.json"))


def steps(shot: Shot) -> list[tuple[object, str | None]]:
    return [(one.details["step"], one.code) for one in shot.observations]


@pytest.mark.parametrize(
    ("changes", "fault_of_it"),
    [
        ({}, ""),
        ({"CreateItem": DENIED}, ""),
        ({"CreateItem": message("CreateItem", "<m:Items/>")}, ""),
        ({"GetItem": message("GetItem", code="ErrorAccessDenied")}, ""),
        ({"UpdateItem": message("UpdateItem", code="ErrorAccessDenied")}, ""),
        ({"DeleteItem": message("DeleteItem", code="ErrorAccessDenied")}, ""),
        ({}, "keeps_marks"),
        ({}, "keeps_changes"),
        ({}, "really_deletes"),
    ],
)
def test_the_steps_are_those_of_the_reference_path(
    writing: Open,
    tenant_for: TenantFor,
    server: ScriptedServer,
    exchange: FakeExchange,
    calendar: FakeCalendar,
    *,
    changes: dict[str, Canned],
    fault_of_it: str,
) -> None:
    exchange.answers.update(changes)
    if fault_of_it:
        setattr(calendar, fault_of_it, False)
    seen = tenant_for(server).event_round_trip(ALICE)
    left = len(calendar.events)
    (shot,) = ask(writing(), [ALICE])
    assert [comparable(one) for one in shot.observations] == [comparable(one) for one in seen]
    assert len(calendar.events) == 2 * left


def test_an_account_with_access_to_calendars_alone_writes_as_itself(writing: Open, server: ScriptedServer) -> None:
    (shot,) = ask(writing(access=AccessLevel.CALENDAR_ONLY), [ALICE])
    assert {one.mode.value for one in shot.observations} == {"delegate"}
    assert not any(b"ExchangeImpersonation" in seen.body for seen in server.seen)


@pytest.mark.parametrize("operation", ["CreateItem", "GetItem", "UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("answered", [True, False])
def test_being_cancelled_leaves_nothing_behind(
    writing: Open, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path, *, operation: str, answered: bool
) -> None:
    path = writing()
    cancelled: list[str] = []
    real = exchange.answers[operation]

    async def once() -> None:
        asking = asyncio.create_task(path.ask([ALICE]))
        loop = asyncio.get_running_loop()

        def answer(seen: Seen) -> Canned:
            assert callable(real)
            canned = real(seen)
            if not cancelled:
                cancelled.append(operation)
                loop.call_soon_threadsafe(asking.cancel)
                return canned if answered else Canned(how="close")
            return canned

        exchange.answers[operation] = answer
        with pytest.raises(asyncio.CancelledError):
            await asking
        await path.close()

    asyncio.run(once())
    assert cancelled == [operation]
    assert calendar.requests, "an event was created"
    assert calendar.events == {}
    assert entries(tmp_path) == []


def test_a_creation_that_is_not_answered_stays_in_the_journal(
    writing: Open, exchange: FakeExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come into being after it was looked for."""
    monkeypatch.setattr(write, "_LAST_WAIT", 0.05)
    path = writing()

    async def once() -> None:
        asking = asyncio.create_task(path.ask([ALICE]))
        loop = asyncio.get_running_loop()

        def hang(_: Seen) -> Canned:
            loop.call_soon_threadsafe(asking.cancel)
            return Canned(how="hang")

        exchange.answers["CreateItem"] = hang
        with pytest.raises(asyncio.CancelledError):
            await asking
        await path.close()

    asyncio.run(once())
    assert len(entries(tmp_path)) == 1


def test_whether_it_may_be_repeated(
    writing: Open, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path, waits: list[float]
) -> None:
    path, create = writing(), exchange.answers["CreateItem"]
    assert callable(create)

    exchange.answers["CreateItem"] = BUSY
    (shot,) = ask(path, [ALICE])
    assert (steps(shot), shot.retry_after, shot.repeatable) == ([("create", "ErrorServerBusy")], 3.0, True)
    assert waits == [], "there is nothing to clear away"

    def created_and_lost(seen: Seen) -> Canned:
        assert callable(create)
        create(seen)
        return Canned(how="reset")

    exchange.answers["CreateItem"] = created_and_lost
    (shot,) = ask(path, [ALICE])
    assert (steps(shot), shot.repeatable) == ([("create", "connection-reset")], True)
    assert calendar.events == {}, "it was found by its mark, and deleted"

    exchange.answers["CreateItem"] = create
    exchange.answers["UpdateItem"] = BUSY
    (shot,) = ask(path, [ALICE])
    assert steps(shot) == [("create", "NoError"), ("read", "NoError"), ("update", "ErrorServerBusy")]
    assert (shot.retry_after, shot.repeatable, waits) == (3.0, True, [3.0])
    assert calendar.events == {}
    assert entries(tmp_path) == []

    exchange.answers["UpdateItem"] = fault("ErrorServerBusy", values=back_off(297_000))
    (shot,) = ask(path, [ALICE])
    assert (shot.retry_after, shot.repeatable, len(waits)) == (297.0, False, 1)
    assert (len(calendar.events), len(entries(tmp_path))) == (1, 1), "the journal leads the next run to it"


def test_clearing_away_outlasts_a_broken_connection(
    writing: Open, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    find = exchange.answers["FindItem"]
    answers = [Canned(how="close")]
    assert callable(find)
    exchange.answers["FindItem"] = lambda seen: answers.pop() if answers else find(seen)
    exchange.answers["GetItem"] = in_turn(Canned(how="reset"))
    (shot,) = ask(writing(), [ALICE])
    assert (steps(shot)[-1], shot.repeatable) == (("read", "connection-reset"), True)
    assert (calendar.events, entries(tmp_path)) == ({}, [])


def test_where_no_journal_can_be_kept_no_event_is_created(
    writing: Open, calendar: FakeCalendar, tmp_path: Path
) -> None:
    (tmp_path / "test-events").write_text("a file where a folder should be")
    (shot,) = ask(writing(), [ALICE])
    assert (steps(shot), shot.repeatable, calendar.requests) == ([("create", "journal-unwritable")], True, [])
