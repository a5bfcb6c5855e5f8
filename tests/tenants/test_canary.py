"""The planted password is found nowhere: not in observations, logs, exceptions or what objects say of themselves."""

from __future__ import annotations

import base64
import html
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from calconnect.evidence.observation import Mode, Observation
from calconnect.evidence.store import dump_observation
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from tests.tenants.autodiscover_site import POX, Site, World
from tests.tenants.scripted import CHALLENGE, NOW, PASSWORD, Canned, FakeExchange, ScriptedServer, Seen

TOKEN = base64.b64encode(f"svc@contoso.test:{PASSWORD}".encode()).decode()
FORMS = {PASSWORD, TOKEN, quote(PASSWORD), quote_plus(PASSWORD), html.escape(PASSWORD), "C@nary", "pa%ss", TOKEN[:24]}


def echo(seen: Seen) -> Canned:
    """Answer with everything that came in, in every place where an observation might pick it up."""
    basic = seen.headers.get("authorization", "none")
    clear = base64.b64decode(basic.removeprefix("Basic ")).decode() if basic.startswith("Basic ") else "none"
    shown = quote(clear)
    return Canned(
        403,
        f"<html>{clear} {basic}</html>",
        (
            ("X-EWS-Policy-Reason", f"You sent Authorization: {basic} and {shown}"),
            ("X-CasErrorCode", shown),
            ("x-ms-diagnostics", f"{basic}; {quote_plus(clear)}"),
            ("X-FEServer", html.escape(clear).encode("ascii", "xmlcharrefreplace").decode()),
            ("request-id", basic),
            ("Server", "." * 1500 + clear.encode().decode("latin-1") + shown),
            ("Retry-After", "." * 290 + shown),
        ),
    )


def ask_everything(tenant: ExchangeServerTenant) -> Iterator[Observation]:
    window = Window(NOW, NOW + timedelta(days=1))
    yield from tenant.locate()
    yield tenant.inspect_tls()
    yield tenant.offered_authentication()
    yield tenant.sign_in()
    yield tenant.open_calendar(None)
    yield tenant.open_calendar("alice@contoso.test")
    yield tenant.list_events("alice@contoso.test", window)
    yield from tenant.free_busy(["alice@contoso.test"], window)
    yield from tenant.event_round_trip("alice@contoso.test")
    yield tenant.resolve_address("alice@contoso.test")
    yield from tenant.expand_group("group@contoso.test")
    yield tenant.find_names("ali")
    yield tenant.open_calendar("alice@contoso.test", Mode.DELEGATE)
    yield tenant.open_folder("alice@contoso.test", "inbox")
    yield tenant.event_rights("alice@contoso.test")
    yield tenant.free_busy_view("alice@contoso.test", window)
    yield from tenant.event_round_trip("alice@contoso.test", Mode.DELEGATE)
    yield from tenant.room_lists()
    yield tenant.reach_from("127.0.0.1")
    yield from tenant.remove_stray_events()


def assert_clean(text: str) -> None:
    for form in FORMS:
        assert form not in text, f"{form!r} is in {text[:2000]!r}"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        for name in ("exchangelib", "urllib3", "httpcore", "httpx", "requests", "spnego"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield
        for name in ("exchangelib", "urllib3", "httpcore", "httpx", "requests", "spnego"):
            logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("way", ["echo", "refuse", "work", "break off"])
def test_in_what_is_observed_and_logged(
    serve: Callable[..., ScriptedServer],
    tenant_for: Callable[..., ExchangeServerTenant],
    exchange: FakeExchange,
    caplog: pytest.LogCaptureFixture,
    *,
    way: str,
) -> None:
    scripts: dict[str, Callable[[Seen], Canned]] = {
        "echo": lambda seen: echo(seen) if seen.signed else Canned(401, "", (CHALLENGE,)),
        "refuse": lambda _: Canned(401, "", (CHALLENGE,)),
        "work": exchange,
        "break off": lambda seen: Canned(how="close") if seen.signed else Canned(401, "", (CHALLENGE,)),
    }
    server = serve(scripts[way])
    tenant = tenant_for(server)
    seen = list(ask_everything(tenant))
    assert any(request.headers.get("authorization") == f"Basic {TOKEN}" for request in server.seen), "it was used"
    assert_clean("\n".join(dump_observation(one) for one in seen))
    assert_clean("\n".join(record.getMessage() for record in caplog.records))
    assert_clean(repr(tenant) + repr(vars(tenant)))


def test_in_autodiscover(world: Callable[..., World]) -> None:
    pages = {("contoso.test", POX)}

    class Echo(Site):
        def __call__(self, seen: Seen) -> Canned:
            if (seen.host, seen.path) in pages:
                return echo(seen) if seen.signed else Canned(401, "", (CHALLENGE,))
            return Canned(404)

    there = world("contoso.test")
    there.secure.script = Echo()
    seen = there.tenant.locate()
    assert there.signed() == ["contoso.test"]
    assert_clean("\n".join(dump_observation(one) for one in seen))


def test_in_the_log_of_autodiscover(world: Callable[..., World], site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.pox("contoso.test", Canned(404))
    there = world("contoso.test")
    there.tenant.locate()
    assert there.signed() == ["contoso.test"]
    assert caplog.records
    assert_clean("\n".join(record.getMessage() for record in caplog.records))


def test_in_exceptions(
    serve: Callable[..., ScriptedServer],
    tenant_for: Callable[..., ExchangeServerTenant],
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of calconnect's own, deep below, shows where it happened and nothing of what was sent."""
    tenant = tenant_for(serve(exchange))
    assert tenant.sign_in().ok

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault of our own")

    monkeypatch.setattr("calconnect.tenants.exchange_server.ews.read_answer", broken)
    with pytest.raises(ZeroDivisionError) as raised:
        tenant.open_calendar(None)
    assert_clean("".join(traceback.format_exception(raised.value)))


@pytest.mark.parametrize("password", ["pässwört", "пароль-密码", "a" * 300, "with\ttab", "\N{SNOWMAN}"])
def test_passwords_of_every_alphabet_are_sent_as_they_are(
    serve: Callable[..., ScriptedServer],
    tenant_for: Callable[..., ExchangeServerTenant],
    tmp_path: Path,
    *,
    password: str,
) -> None:
    exchange = FakeExchange(credentials=("svc@contoso.test", password))
    tenant = tenant_for(serve(exchange))
    (tmp_path / "password").write_text(password + "\n", encoding="utf-8")
    assert tenant.sign_in().ok
