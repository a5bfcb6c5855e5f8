"""Autodiscover: SOAP, POX and JSON, and a tenant's ways to misconfigure it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from lxml import etree

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts, AutodiscoverMode
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, USER_PASSWORD, describe, organization

NS = {
    "a": "http://schemas.microsoft.com/exchange/2010/Autodiscover",
    "o": "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a",
    "r": "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006",
    "s": "http://schemas.xmlsoap.org/soap/envelope/",
}
ALICE = "alice@contoso.test"


class Autodiscover:
    """Asks the three services of one server."""

    def __init__(self, server: MockTenant) -> None:
        self.server = server
        self.client = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
        self.http = self.client.http

    def soap(self, *addresses: str, settings: tuple[str, ...] = ("ExternalEwsUrl",), auth: object = None) -> Reading:
        users = "".join(f"<a:User><a:Mailbox>{address}</a:Mailbox></a:User>" for address in addresses)
        names = "".join(f"<a:Setting>{name}</a:Setting>" for name in settings)
        return self.soap_body(
            f"<a:GetUserSettingsRequestMessage><a:Request><a:Users>{users}</a:Users>"
            f"<a:RequestedSettings>{names}</a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage>"
        )

    def soap_body(self, body: str) -> Reading:
        text = (
            f'<s:Envelope xmlns:s="{NS["s"]}" xmlns:a="{NS["a"]}"><s:Header>'
            "<a:RequestedServerVersion>Exchange2016</a:RequestedServerVersion></s:Header>"
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        return self.post("autodiscover.svc", text)

    def pox(self, address: str, schema: str = NS["o"]) -> Reading:
        text = (
            '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">'
            f"<Request><EMailAddress>{address}</EMailAddress>"
            f"<AcceptableResponseSchema>{schema}</AcceptableResponseSchema></Request></Autodiscover>"
        )
        return self.post("autodiscover.xml", text)

    def post(self, name: str, text: str) -> Reading:
        return Reading(
            self.http.post(
                f"{self.server.base_url}/Autodiscover/{name}",
                content=text.encode(),
                auth=SERVICE_AUTH,
                headers={"Content-Type": "text/xml; charset=utf-8"},
            )
        )

    def json(self, query: str) -> httpx.Response:
        return self.http.get(f"{self.server.base_url}/autodiscover/autodiscover.json{query}")


class Reading:
    """An XML answer."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code

    def texts(self, path: str) -> list[str]:
        found = etree.fromstring(self.response.content).xpath(path, namespaces=NS)
        assert isinstance(found, list)
        return [one.text or "" for one in found if isinstance(one, etree._Element)]


@contextmanager
def serving(facts: AutodiscoverFacts) -> Iterator[Autodiscover]:
    with MockTenant(describe(organization(), autodiscover=facts)) as server:
        asked = Autodiscover(server)
        try:
            yield asked
        finally:
            asked.client.close()


@pytest.fixture(scope="module")
def asked(tenant_server: MockTenant) -> Iterator[Autodiscover]:
    made = Autodiscover(tenant_server)
    yield made
    made.client.close()


# -- SOAP


def test_soap_tells_the_url_by_the_host_that_was_asked(asked: Autodiscover) -> None:
    reading = asked.soap(ALICE, settings=("ExternalEwsUrl", "InternalEwsUrl", "UserDisplayName", "EwsSupportedSchemas"))
    assert reading.status == 200
    assert reading.texts("//a:UserResponse/a:ErrorCode") == ["NoError"]
    url = f"https://localhost:{asked.server.port}/EWS/Exchange.asmx"
    assert reading.texts("//a:UserSetting[a:Name='ExternalEwsUrl']/a:Value") == [url]
    assert reading.texts("//a:UserSetting[a:Name='InternalEwsUrl']/a:Value") == [url]
    assert reading.texts("//a:UserSetting[a:Name='UserDisplayName']/a:Value") == ["Alice Müller"]
    assert reading.texts("//a:UserSetting[a:Name='EwsSupportedSchemas']/a:Value")[0].endswith("Exchange2016")
    assert reading.texts("//a:ServerVersionInfo/a:MajorVersion") == ["15"]


def test_soap_tells_the_primary_address_of_an_alias(asked: Autodiscover) -> None:
    reading = asked.soap("alice.alias@contoso.test", settings=("AutoDiscoverSMTPAddress",))
    assert reading.texts("//a:UserSetting/a:Value") == [ALICE]


def test_soap_answers_user_by_user_and_setting_by_setting(asked: Autodiscover) -> None:
    reading = asked.soap(ALICE, "nobody@contoso.test", settings=("ExternalEwsUrl", "PublicFolderServer", "Nonsense"))
    assert reading.texts("//a:UserResponse/a:ErrorCode") == ["NoError", "InvalidUser"]
    assert reading.texts("//a:UserSettingError/a:ErrorCode") == ["SettingIsNotAvailable", "InvalidSetting"]
    assert reading.texts("//a:UserSettingError/a:SettingName") == ["PublicFolderServer", "Nonsense"]


@pytest.mark.parametrize("addresses", [(), (ALICE,) * 101])
def test_soap_with_no_users_or_too_many(asked: Autodiscover, addresses: tuple[str, ...]) -> None:
    assert asked.soap(*addresses).texts("//a:Response/a:ErrorCode") == ["InvalidRequest"]


@pytest.mark.parametrize(
    "text", ["", "no xml", "<a/>", f'<s:Envelope xmlns:s="{NS["s"]}"><s:Body><x/></s:Body></s:Envelope>']
)
def test_soap_that_cannot_be_understood_is_a_fault(asked: Autodiscover, text: str) -> None:
    reading = asked.post("autodiscover.svc", text)
    assert reading.status == 500
    assert reading.texts("//s:Fault/faultcode") == ["s:Client"]


def test_soap_domain_settings(asked: Autodiscover) -> None:
    reading = asked.soap_body(
        "<a:GetDomainSettingsRequestMessage><a:Request><a:Domains><a:Domain>contoso.test</a:Domain>"
        "<a:Domain>fabrikam.test</a:Domain></a:Domains><a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting>"
        "</a:RequestedSettings></a:Request></a:GetDomainSettingsRequestMessage>"
    )
    assert reading.texts("//a:DomainResponse/a:ErrorCode") == ["NoError", "InvalidDomain"]
    assert reading.texts("//a:DomainSetting/a:Value") == [asked.server.ews_url]


def test_a_mailbox_in_the_cloud_is_redirected_by_its_routing_address(
    tenant_server: MockTenant, asked: Autodiscover
) -> None:
    made = tenant_server.organization
    with made.lock:
        made.directory.add(
            Recipient(
                "moved@contoso.test",
                "Moved",
                kind=RecipientKind.REMOTE,
                aliases=("moved@contoso.mail.onmicrosoft.com",),
            )
        )
    reading = asked.soap("moved@contoso.test")
    assert reading.texts("//a:UserResponse/a:ErrorCode") == ["RedirectAddress"]
    assert reading.texts("//a:RedirectTarget") == ["moved@contoso.mail.onmicrosoft.com"]
    assert asked.pox("moved@contoso.test").texts("//o:RedirectAddr") == ["moved@contoso.mail.onmicrosoft.com"]
    assert asked.soap("gone-to-cloud@contoso.test").texts("//a:UserResponse/a:ErrorCode") == ["InvalidUser"]


# -- POX


def test_pox_tells_the_urls(asked: Autodiscover) -> None:
    reading = asked.pox(ALICE)
    assert reading.status == 200
    assert reading.texts("//o:Account/o:Action") == ["settings"]
    assert reading.texts("//o:Account/o:Protocol/o:Type") == ["EXCH", "EXPR", "WEB"]
    assert set(reading.texts("//o:EwsUrl | //o:ASUrl | //o:OOFUrl")) == {asked.server.ews_url}
    assert reading.texts("//o:AutoDiscoverSMTPAddress") == [ALICE]


@pytest.mark.parametrize(
    ("address", "schema", "code"),
    [
        ("nobody@contoso.test", NS["o"], "500"),
        ("calendar-users@contoso.test", NS["o"], "500"),
        ("nonsense", NS["o"], "501"),
        (ALICE, "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006", "601"),
        ("", NS["o"], "600"),
    ],
)
def test_pox_errors(asked: Autodiscover, address: str, schema: str, code: str) -> None:
    reading = asked.pox(address, schema)
    assert reading.status == 200
    assert reading.texts("//o:Error/o:ErrorCode") == [code]


def test_pox_without_a_request(asked: Autodiscover) -> None:
    response = asked.http.get(f"{asked.server.base_url}/autodiscover/autodiscover.xml", auth=SERVICE_AUTH)
    assert Reading(response).texts("//o:Error/o:ErrorCode") == ["600"]


@pytest.mark.parametrize("name", ["autodiscover.svc", "autodiscover.xml"])
def test_a_sign_in_is_needed_and_the_soap_service_is_announced(asked: Autodiscover, name: str) -> None:
    url = f"{asked.server.base_url}/autodiscover/{name}"
    response = asked.http.get(url)
    assert response.status_code == 401
    assert response.headers["x-soap-enabled"] == "True"
    assert asked.http.get(url, auth=("bob@contoso.test", "wrong")).status_code == 401
    assert asked.http.get(url, auth=("bob@contoso.test", USER_PASSWORD)).status_code == 200


# -- JSON


@pytest.mark.parametrize(
    "query",
    [
        f"?Email={ALICE}&Protocol=Ews",
        f"?email={ALICE}&protocol=EWS",
        f"/v1.0/{ALICE}?Protocol=Ews",
        "/v1.0/alice%40contoso.test?Protocol=ews&RedirectCount=2",
    ],
)
def test_json_tells_the_url_without_a_sign_in(asked: Autodiscover, query: str) -> None:
    response = asked.json(query)
    assert response.status_code == 200
    assert response.json() == {"Protocol": "Ews", "Url": asked.server.ews_url}


def test_json_leads_to_pox(asked: Autodiscover) -> None:
    url = f"{asked.server.base_url}/autodiscover/autodiscover.xml"
    assert asked.json(f"?Email={ALICE}&Protocol=AutodiscoverV1").json()["Url"] == url


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?Protocol=Ews", 400, "MandatoryParameterMissing"),
        (f"?Email={ALICE}", 400, "MandatoryParameterMissing"),
        (f"?Email={ALICE}&Protocol=Telex", 400, "InvalidProtocol"),
        ("?Email=alice&Protocol=Ews", 400, "InvalidUserId"),
        ("?Email=nobody@contoso.test&Protocol=Ews", 404, "UserNotFound"),
    ],
)
def test_json_errors(asked: Autodiscover, query: str, status: int, code: str) -> None:
    response = asked.json(query)
    assert response.status_code == status
    assert response.json()["ErrorCode"] == code


# -- tenants that get it wrong


def test_missing() -> None:
    with serving(AutodiscoverFacts(AutodiscoverMode.MISSING)) as asked:
        assert asked.json(f"?Email={ALICE}&Protocol=Ews").status_code == 404
        assert asked.soap(ALICE).status == asked.pox(ALICE).status == 404


def test_a_loop() -> None:
    with serving(AutodiscoverFacts(AutodiscoverMode.LOOP)) as asked:
        response = asked.json(f"?Email={ALICE}&Protocol=Ews")
        assert response.status_code == 302
        again = asked.http.get(response.headers["location"])
        assert again.status_code == 302
        assert httpx.URL(again.headers["location"]).params["RedirectCount"] == "2"
        url = f"{asked.server.base_url}/Autodiscover/autodiscover"
        assert asked.soap(ALICE).texts("//a:RedirectTarget") == [f"{url}.svc"]
        assert asked.pox(ALICE).texts("//o:RedirectUrl") == [f"{url}.xml"]


def test_a_redirect_to_another_server() -> None:
    target = "https://autodiscover.fabrikam.test/autodiscover/autodiscover.svc"
    with serving(AutodiscoverFacts(AutodiscoverMode.REDIRECT_URL, target)) as asked:
        reading = asked.soap(ALICE)
        assert reading.texts("//a:UserResponse/a:ErrorCode") == ["RedirectUrl"]
        assert reading.texts("//a:RedirectTarget") == [target]
        location = httpx.URL(asked.json(f"?Email={ALICE}&Protocol=Ews").headers["location"])
        assert location.host == "autodiscover.fabrikam.test"


def test_a_redirect_to_another_address() -> None:
    with serving(AutodiscoverFacts(AutodiscoverMode.REDIRECT_ADDRESS, "bob@contoso.test")) as asked:
        assert asked.soap(ALICE).texts("//a:RedirectTarget") == ["bob@contoso.test"]
        assert asked.pox(ALICE).texts("//o:RedirectAddr") == ["bob@contoso.test"]
        assert asked.soap("bob@contoso.test").texts("//a:UserResponse/a:ErrorCode") == ["NoError"]
        location = httpx.URL(asked.json(f"?Email={ALICE}&Protocol=Ews").headers["location"])
        assert location.host == "autodiscover.contoso.test"
        assert location.params["Email"] == "bob@contoso.test"


def test_no_url_is_configured() -> None:
    with serving(AutodiscoverFacts(AutodiscoverMode.NO_EWS)) as asked:
        reading = asked.soap(ALICE)
        assert reading.texts("//a:UserResponse/a:ErrorCode") == ["NoError"]
        assert reading.texts("//a:UserSettingError/a:ErrorCode") == ["SettingIsNotAvailable"]
        assert asked.pox(ALICE).texts("//o:EwsUrl") == []
        assert asked.json(f"?Email={ALICE}&Protocol=Ews").status_code == 404


def test_a_url_of_its_own() -> None:
    url = "https://mail.contoso.test/EWS/Exchange.asmx"
    with serving(AutodiscoverFacts(ews_url=url)) as asked:
        assert asked.json(f"?Email={ALICE}&Protocol=Ews").json()["Url"] == url


@pytest.mark.parametrize("service", ["soap", "pox", "json"])
def test_older_servers_lack_a_service(service: str) -> None:
    with serving(AutodiscoverFacts(without=frozenset({service}))) as asked:
        found: dict[str, Callable[[], int]] = {
            "soap": lambda: asked.soap(ALICE).status,
            "pox": lambda: asked.pox(ALICE).status,
            "json": lambda: asked.json(f"?Email={ALICE}&Protocol=Ews").status_code,
        }
        assert {name: ask() for name, ask in found.items()} == {name: 404 if name == service else 200 for name in found}
