"""Hosts of several domains behind one scripted server, for Autodiscover to look among."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from calconnect.evidence.observation import Observation
from calconnect.tenants.exchange_server import ExchangeServerTenant
from tests.tenants.scripted import CHALLENGE, PASSWORD, Canned, ScriptedServer, Seen

EWS = "https://mail.contoso.test/EWS/Exchange.asmx"
SIGNED = "Basic " + base64.b64encode(f"svc@contoso.test:{PASSWORD}".encode()).decode()
JSON = "/autodiscover/autodiscover.json"
POX = "/autodiscover/autodiscover.xml"


def json_answer(url: str = EWS) -> Canned:
    return Canned(200, f'{{"Protocol":"EWS","Url":"{url}"}}', (("Content-Type", "application/json"),))


def pox_answer(account: str) -> Canned:
    return Canned(
        200,
        '<?xml version="1.0" encoding="utf-8"?>'
        '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
        '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">'
        f"<User><DisplayName>Calendar Service</DisplayName></User>{account}</Response></Autodiscover>",
        (("Content-Type", "text/xml"),),
    )


def settings(*protocols: tuple[str, str]) -> Canned:
    return pox_answer(
        "<Account><AccountType>email</AccountType><Action>settings</Action>"
        + "".join(f"<Protocol><Type>{kind}</Type>{urls}</Protocol>" for kind, urls in protocols)
        + "</Account>"
    )


def pox_error(code: str) -> Canned:
    return pox_answer(f"<Error Time='12:00:00' Id='1'><ErrorCode>{code}</ErrorCode><Message>Words.</Message></Error>")


@dataclass
class Site:
    """Several hosts of one or more domains, behind one server: what each path of each host answers."""

    pages: dict[tuple[str, str], Canned] = field(default_factory=dict)
    wants_sign_in: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, seen: Seen) -> Canned:
        page = (seen.host.partition(":")[0], seen.path.partition("?")[0])
        if page in self.wants_sign_in and seen.headers.get("authorization") != SIGNED:
            return Canned(401, "", (CHALLENGE,))
        return self.pages.get(page, Canned(404, "<html></html>"))

    def pox(self, host: str, answer: Canned) -> None:
        """Let a host answer POX to those who sign in."""
        self.pages[host, POX] = answer
        self.wants_sign_in.add((host, POX))


HOSTS = (
    "contoso.test",
    "autodiscover.contoso.test",
    "mail.contoso.test",
    "fabrikam.test",
    "autodiscover.fabrikam.test",
)


def word(seen: Observation) -> str:
    return "ok" if seen.ok else seen.code or str(seen.http_status)


@dataclass
class World:
    """The hosts of the test over https and over http, and the tenant that looks among them."""

    site: Site
    secure: ScriptedServer
    plain: ScriptedServer
    tenant: ExchangeServerTenant

    def locate(self) -> tuple[list[tuple[str, str, str]], Observation]:
        """Return (host, what was asked, what came back) of each attempt, and the result."""
        *attempts, result = self.tenant.locate()
        assert {one.probe for one in (*attempts, result)} == {"locate"}
        return [
            (
                one.target,
                one.operation.removeprefix("Autodiscover "),
                "ok" if one.ok else one.code or str(one.http_status),
            )
            for one in attempts
        ], result

    def signed(self) -> list[str]:
        """Return the hosts that credentials were sent to."""
        return [seen.host for seen in (*self.secure.seen, *self.plain.seen) if seen.signed]


def redirect(url: str, status: int = 302) -> Canned:
    return Canned(status, "", (("Location", url),))
