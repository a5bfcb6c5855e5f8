"""Finding the EWS URL: the documented order, redirects, errors by code; credentials only where they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trustme

from calconnect.evidence.observation import Mode, Outcome
from calconnect.tenants.exchange_server.names import ServiceRecords
from tests.tenants.autodiscover_site import (
    EWS,
    HOSTS,
    JSON,
    POX,
    Site,
    World,
    json_answer,
    pox_answer,
    pox_error,
    redirect,
    settings,
)
from tests.tenants.scripted import CHALLENGE, Canned, tls_for


def test_the_domain_itself_answers_by_json(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = json_answer()
    there = world("contoso.test")
    attempts, result = there.locate()
    assert attempts == [("contoso.test", "JSON", "ok")]
    assert (result.outcome, result.details["how"], result.details["ews_url"]) == (Outcome.OK, "autodiscover", EWS)
    assert result.details["found_by"] == "Autodiscover JSON"
    assert result.target == "svc@contoso.test"
    assert there.signed() == [], "JSON needs no credentials"
    assert "Email=svc%40contoso.test&Protocol=EWS" in there.secure.seen[0].path


def test_the_documented_order(world: Callable[..., World]) -> None:
    there = world()
    attempts, result = there.locate()
    assert attempts == [
        ("contoso.test", "JSON", "connection-refused"),
        ("autodiscover.contoso.test", "JSON", "connection-refused"),
        ("autodiscover.contoso.test", "HTTP redirect", "connection-refused"),
        ("_autodiscover._tcp.contoso.test", "SRV", "no-service-record"),
    ]
    assert (result.outcome, result.code) == (Outcome.NO_ANSWER, "autodiscover-found-nothing")
    assert result.details["codes"] == ["connection-refused"] * 3 + ["no-service-record"]


def test_pox_where_json_is_not_known(world: Callable[..., World], site: Site) -> None:
    inside, outside = "<ASUrl>https://in.test/EWS</ASUrl>", f"<EwsUrl>{EWS}</EwsUrl>"
    site.pox("autodiscover.contoso.test", settings(("EXCH", inside), ("EXPR", outside)))
    there = world("autodiscover.contoso.test")
    attempts, result = there.locate()
    assert attempts[1:] == [
        ("autodiscover.contoso.test", "JSON", "404"),
        ("autodiscover.contoso.test", "POX", "ok"),
    ]
    assert result.details["ews_url"] == EWS, "what clients outside are to use comes first"
    assert there.signed() == ["autodiscover.contoso.test"]
    pox = there.tenant.locate()[2]
    assert (pox.mode, pox.attempts) == (Mode.SERVICE_ACCOUNT, 2)


def test_the_found_url_is_used(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = json_answer()
    there = world("contoso.test", "mail.contoso.test")
    assert there.tenant.open_calendar("alice@contoso.test").url == EWS
    assert there.tenant.inspect_tls().target == "mail.contoso.test:443"


def test_without_a_url_nothing_else_is_asked_and_the_search_is_not_repeated(world: Callable[..., World]) -> None:
    there = world("contoso.test")
    tenant = there.tenant
    assert tenant.open_calendar("alice@contoso.test").code == "not-located"
    asked = len(there.secure.seen)
    assert tenant.inspect_tls().code == "not-located"
    assert tenant.offered_authentication().code == "not-located"
    assert tenant.sign_in().code == "not-located"
    assert tenant.reach_from("127.0.0.1").code == "not-located"
    assert tenant.event_round_trip("alice@contoso.test")[0].code == "not-located"
    assert tenant.remove_stray_events()[0].code == "not-located"
    assert len(there.secure.seen) == asked


@pytest.mark.parametrize(
    ("number", "code"), [("500", "autodiscover-500"), ("600", "autodiscover-600"), ("603", "autodiscover-603")]
)
def test_pox_errors_go_by_their_number(world: Callable[..., World], site: Site, number: str, code: str) -> None:
    site.pox("autodiscover.contoso.test", pox_error(number))
    attempts, result = world("autodiscover.contoso.test").locate()
    assert ("autodiscover.contoso.test", "POX", code) in attempts
    assert (result.outcome, result.code) == (Outcome.REFUSED, code)
    assert "Words" not in result.reason


def test_json_errors_go_by_their_code(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = Canned(404, '{"ErrorCode":"UserNotFound","ErrorMessage":"Words."}')
    attempts, result = world("contoso.test").locate()
    assert attempts[0] == ("contoso.test", "JSON", "UserNotFound")
    assert result.code == "UserNotFound"


def test_refused_credentials_are_not_tried_at_the_next_host(world: Callable[..., World], site: Site) -> None:
    for host in ("contoso.test", "autodiscover.contoso.test"):
        site.pages[host, POX] = Canned(401, "", (CHALLENGE,))
    there = world("contoso.test", "autodiscover.contoso.test")
    attempts, result = there.locate()
    assert [one for one in attempts if one[1] == "POX"] == [
        ("contoso.test", "POX", "401"),
        ("autodiscover.contoso.test", "POX", "401"),
    ]
    assert there.signed() == ["contoso.test"]
    assert (result.outcome, result.code) == (Outcome.REFUSED, "credentials-refused")


def test_a_password_that_is_not_there(world: Callable[..., World], site: Site, tmp_path: Any) -> None:
    site.pox("contoso.test", settings(("EXPR", f"<EwsUrl>{EWS}</EwsUrl>")))
    there = world("contoso.test")
    (tmp_path / "password").unlink()
    attempts, _ = there.locate()
    assert ("contoso.test", "POX", "secret-not-found") in attempts


def test_no_credentials_before_tls_is_verified(world: Callable[..., World], site: Site, authority: trustme.CA) -> None:
    site.pox("contoso.test", settings(("EXPR", f"<EwsUrl>{EWS}</EwsUrl>")))
    there = world("contoso.test", tls=tls_for(trustme.CA(), *HOSTS))
    attempts, result = there.locate()
    assert attempts[0] == ("contoso.test", "JSON", "certificate-untrusted")
    assert there.secure.seen == []
    assert result.outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_json_redirects_are_followed(world: Callable[..., World], site: Site, status: int) -> None:
    site.pages["contoso.test", JSON] = redirect(f"https://mail.contoso.test{JSON}?Email=x", status)
    site.pages["mail.contoso.test", JSON] = json_answer()
    attempts, result = world("contoso.test", "mail.contoso.test").locate()
    assert attempts == [("contoso.test", "JSON", "redirected"), ("mail.contoso.test", "JSON", "ok")]
    assert result.details["ews_url"] == EWS


def test_relative_redirects_are_followed(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = redirect("/elsewhere/autodiscover.json")
    site.pages["contoso.test", "/elsewhere/autodiscover.json"] = json_answer()
    assert world("contoso.test").locate()[1].ok


def test_a_foreign_host_is_asked_without_credentials_and_its_answer_not_used(
    world: Callable[..., World], site: Site
) -> None:
    foreign = "https://fabrikam.test/EWS/Exchange.asmx"
    site.pages["contoso.test", JSON] = redirect(f"https://fabrikam.test{JSON}")
    site.pages["fabrikam.test", JSON] = json_answer(foreign)
    site.pox("fabrikam.test", settings(("EXPR", f"<EwsUrl>{foreign}</EwsUrl>")))
    there = world("contoso.test", "fabrikam.test")
    attempts, result = there.locate()
    assert ("fabrikam.test", "JSON", "ok") in attempts
    assert ("fabrikam.test", "POX", "ok") not in attempts
    assert (result.outcome, result.code) == (Outcome.REFUSED, "redirected-to-foreign-host")
    assert result.details["foreign_ews_url"] == foreign
    assert "ews_url" not in result.details
    assert there.signed() == []
    assert there.tenant.sign_in().code == "not-located"


def test_a_redirect_of_a_signed_request_takes_no_credentials_along(world: Callable[..., World], site: Site) -> None:
    site.pox("contoso.test", redirect(f"https://mail.contoso.test{POX}"))
    site.pox("mail.contoso.test", settings(("EXPR", f"<EwsUrl>{EWS}</EwsUrl>")))
    site.pages["mail.contoso.test", JSON] = json_answer()
    there = world("contoso.test", "mail.contoso.test")
    attempts, result = there.locate()
    assert attempts == [
        ("contoso.test", "JSON", "404"),
        ("contoso.test", "POX", "redirected"),
        ("mail.contoso.test", "JSON", "ok"),
    ]
    assert result.ok
    assert there.signed() == ["contoso.test"]


def test_a_redirect_url_in_pox(world: Callable[..., World], site: Site) -> None:
    answer = f"<Account><Action>redirectUrl</Action><RedirectUrl>https://fabrikam.test{POX}</RedirectUrl></Account>"
    site.pox("contoso.test", pox_answer(answer))
    site.pages["fabrikam.test", JSON] = json_answer()
    there = world("contoso.test", "fabrikam.test")
    attempts, result = there.locate()
    assert ("contoso.test", "POX", "ok") in attempts
    assert ("fabrikam.test", "JSON", "ok") in attempts
    assert result.code == "redirected-to-foreign-host"
    assert there.signed() == ["contoso.test"]


def test_a_redirect_address_in_pox(world: Callable[..., World], site: Site) -> None:
    answer = "<Account><Action>redirectAddr</Action><RedirectAddr>svc@fabrikam.test</RedirectAddr></Account>"
    site.pox("contoso.test", pox_answer(answer))
    site.pages["autodiscover.fabrikam.test", JSON] = json_answer()
    there = world("contoso.test", "autodiscover.fabrikam.test")
    attempts, result = there.locate()
    assert ("autodiscover.fabrikam.test", "JSON", "ok") in attempts
    assert result.code == "redirected-to-foreign-host"
    assert there.signed() == ["contoso.test"]
    assert any("Email=svc%40fabrikam.test" in seen.path for seen in there.secure.seen)


def test_an_address_that_leads_to_itself(world: Callable[..., World], site: Site) -> None:
    answer = "<Account><Action>redirectAddr</Action><RedirectAddr>SVC@contoso.test</RedirectAddr></Account>"
    site.pox("contoso.test", pox_answer(answer))
    attempts, result = world("contoso.test").locate()
    assert ("contoso.test", "POX", "redirect-loop") in attempts
    assert not result.ok


def test_redirects_in_a_circle(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = redirect("https://contoso.test/a")
    site.pages["contoso.test", "/a"] = redirect("https://contoso.test/b")
    site.pages["contoso.test", "/b"] = redirect("https://contoso.test/a")
    attempts, result = world("contoso.test").locate()
    assert [one[2] for one in attempts[:4]] == ["redirected", "redirected", "redirected", "redirect-loop"]
    assert not result.ok


def test_redirects_without_end(world: Callable[..., World], site: Site) -> None:
    site.pages["contoso.test", JSON] = redirect("https://contoso.test/0")
    for number in range(30):
        site.pages["contoso.test", f"/{number}"] = redirect(f"https://contoso.test/{number + 1}")
    attempts, result = world("contoso.test").locate()
    assert [one[2] for one in attempts].count("redirected") == 11
    assert "too-many-redirects" in [one[2] for one in attempts]
    assert not result.ok


@pytest.mark.parametrize("url", ["http://mail.contoso.test/x", "ftp://mail.contoso.test/", "https://u:p@a/"])
def test_redirects_to_what_is_not_https(world: Callable[..., World], site: Site, url: str) -> None:
    site.pages["contoso.test", JSON] = redirect(url)
    there = world("contoso.test", "mail.contoso.test")
    attempts, _ = there.locate()
    assert attempts[1][2] == "http-only"
    assert there.plain.seen == []


def test_the_http_redirect(world: Callable[..., World], site: Site) -> None:
    site.pages["mail.contoso.test", JSON] = json_answer()
    there = world("mail.contoso.test", plain=redirect(f"https://mail.contoso.test{POX}"))
    attempts, result = there.locate()
    assert attempts[2:] == [
        ("autodiscover.contoso.test", "HTTP redirect", "ok"),
        ("mail.contoso.test", "JSON", "ok"),
    ]
    assert result.ok
    (plain,) = there.plain.seen
    assert (plain.method, plain.body, plain.signed) == ("GET", b"", False)
    assert "cookie" not in plain.headers


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        (redirect("http://mail.contoso.test/"), "http-only"),
        (Canned(200, "<html></html>"), "no-redirect"),
        (Canned(401, "", (CHALLENGE,)), "no-redirect"),
    ],
)
def test_http_that_leads_nowhere(world: Callable[..., World], plain: Canned, code: str) -> None:
    there = world(plain=plain)
    attempts, _ = there.locate()
    assert attempts[2] == ("autodiscover.contoso.test", "HTTP redirect", code)
    assert not any(seen.signed for seen in there.plain.seen)


def test_an_http_redirect_to_a_foreign_host(world: Callable[..., World], site: Site) -> None:
    site.pages["fabrikam.test", JSON] = json_answer()
    there = world("fabrikam.test", plain=redirect(f"https://fabrikam.test{POX}"))
    _, result = there.locate()
    assert result.code == "redirected-to-foreign-host"


def test_the_service_record(world: Callable[..., World], site: Site) -> None:
    site.pox("mail.contoso.test", settings(("EXPR", f"<EwsUrl>{EWS}</EwsUrl>")))
    asked: list[str] = []

    def look_up(name: str) -> ServiceRecords:
        asked.append(name)
        return ServiceRecords((("Mail.contoso.test", 443),))

    there = world("mail.contoso.test", look_up_service=look_up)
    attempts, result = there.locate()
    assert asked == ["_autodiscover._tcp.contoso.test"]
    assert attempts[3:] == [
        ("_autodiscover._tcp.contoso.test", "SRV", "ok"),
        ("mail.contoso.test", "JSON", "404"),
        ("mail.contoso.test", "POX", "ok"),
    ]
    assert result.ok


def test_a_service_record_of_a_foreign_host(world: Callable[..., World], site: Site) -> None:
    site.pox("fabrikam.test", settings(("EXPR", f"<EwsUrl>{EWS}</EwsUrl>")))
    there = world("fabrikam.test", look_up_service=lambda _: ServiceRecords((("fabrikam.test", 443),)))
    _, result = there.locate()
    assert not result.ok
    assert there.signed() == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://mail.contoso.test/EWS/Exchange.asmx", "http-only"),
        ("mail.contoso.test", "no-ews-url"),
        ("https://user:word@mail.contoso.test/", "no-ews-url"),
        ("https://mail.contoso.test:port/", "no-ews-url"),
        ("", "no-ews-url"),
    ],
)
def test_ews_urls_that_will_not_do(world: Callable[..., World], site: Site, url: str, code: str) -> None:
    site.pages["contoso.test", JSON] = json_answer(url)
    attempts, result = world("contoso.test").locate()
    assert attempts[0] == ("contoso.test", "JSON", code)
    assert "ews_url" not in result.details


@pytest.mark.parametrize("page", [Canned(200, "<html>Hello</html>"), Canned(200, "[]"), Canned(200, '{"a":1}')])
def test_a_web_site_where_autodiscover_might_be(world: Callable[..., World], site: Site, page: Canned) -> None:
    site.pages["contoso.test", JSON] = page
    site.pages["contoso.test", POX] = page
    attempts, result = world("contoso.test").locate()
    assert attempts[:2] == [("contoso.test", "JSON", "not-ews"), ("contoso.test", "POX", "not-ews")]
    assert result.code == "autodiscover-found-nothing"


def test_a_ca_file_that_went_away(world: Callable[..., World], tmp_path: Any) -> None:
    (result,) = world(ca_file=tmp_path / "gone.pem").tenant.locate()
    assert (result.outcome, result.code) == (Outcome.NO_ANSWER, "ca-file-unreadable")
