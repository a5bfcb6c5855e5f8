"""Exchange Online's EWS with application tokens, and its Autodiscover v2: over HTTPS, as any client meets them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import exchangelib
import httpx
import pytest
import requests.adapters
from exchangelib.protocol import BaseProtocol, CachingProtocol, FailFast

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.ews import BLOCKED, DISABLED
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.policies import AccessPolicy, ApplicationRole, EwsSwitches
from tests.mock_tenant.graph_client import (
    DOMAIN,
    NOW,
    OWN,
    PERMISSIONS,
    SECRET,
    GraphClient,
    half_of,
    online_tenant,
    restrict_to,
)
from tests.mock_tenant.raw_client import Answer, RawClient

EWS_SCOPE = "https://outlook.office365.com/.default"
ANN, BEN, CAT, DAN = (f"{name}@contoso.test" for name in ("ann", "ben", "cat", "dan"))
GET_CALENDAR = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)
Post = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def server() -> Iterator[MockTenant]:
    with online_tenant() as tenant:
        yield tenant


@pytest.fixture
def half(server: MockTenant) -> Iterator[OnlineHalf]:
    found = half_of(server)
    found.ews = EwsSwitches(enabled=True, allowed_apps=(OWN,))
    licence = found.users[BEN].licence
    yield found
    found.users[BEN].licence = licence
    found.access_policies.clear()
    found.application_roles.clear()
    found.applications[OWN].permissions = list(PERMISSIONS)
    found.clock.set(NOW)
    found.only = True


@pytest.fixture
def post(server: MockTenant, half: OnlineHalf) -> Iterator[Post]:
    assert half.only
    client = GraphClient(server)
    raw = RawClient(f"{server.base_url}/EWS/Exchange.asmx", server.ca_pem, None)

    def send(target: str = ANN, *, token: str | None = None, scope: str = EWS_SCOPE, **headers: str) -> httpx.Response:
        if token is None:
            token = client.ask_token(scope=scope).json()["access_token"]
        sent = {"X-AnchorMailbox": target, "User-Agent": "client/1.0"}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return raw(GET_CALENDAR, impersonate=target, headers=sent).response

    yield send
    client.close()
    raw.close()


def code(response: httpx.Response) -> str:
    return Answer(response).codes[0]


def test_a_calendar_opens_by_impersonation_and_the_server_names_its_build(post: Post) -> None:
    response = post()
    assert (response.status_code, code(response)) == (200, "NoError")
    (version,) = Answer(response).all("//*[local-name()='ServerVersionInfo']")
    assert (version.get("MajorVersion"), version.get("MinorVersion")) == ("15", "20")
    assert post(return_client_request_id="true", client_request_id="mine").headers["client-request-id"] == "mine"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", "ErrorInvalidExchangeImpersonationHeaderData"),
        ("nobody@contoso.test", "ErrorNonExistentMailbox"),
        (CAT, "ErrorNonExistentMailbox"),
        (DAN, "ErrorNonExistentMailbox"),
    ],
)
def test_whom_an_application_cannot_act_as(post: Post, target: str, expected: str) -> None:
    response = post(target)
    assert (response.status_code, code(response)) == (500, expected)


def test_nothing_but_application_tokens_for_exchange_signs_in(post: Post, server: MockTenant) -> None:
    basic = base64.b64encode(b"ann@contoso.test:right").decode()
    for header in ({}, {"Authorization": f"Basic {basic}"}, {"Authorization": "NTLM TlRMTVNTUAAB"}):
        refused = post(token="", **header)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith('Bearer client_id="00000002-0000-0ff1-ce00-000000000000"')
    graph = post(scope="https://graph.microsoft.com/.default")
    assert (graph.status_code, graph.headers["x-ms-diagnostics"][:7]) == (401, "2000003")
    assert post(token="no-token").headers["x-ms-diagnostics"].startswith("2000001")
    assert server.organization.online is not None


def test_a_token_that_expires_is_refused(post: Post, half: OnlineHalf, server: MockTenant) -> None:
    client = GraphClient(server)
    token = client.ask_token(scope=EWS_SCOPE).json()["access_token"]
    client.close()
    assert post(token=token).status_code == 200
    half.clock.advance(timedelta(minutes=half.token_minutes))
    refused = post(token=token)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_policy_keeps_a_consent_to_its_group(post: Post, half: OnlineHalf) -> None:
    restrict_to(half, "sub@contoso.test")
    half.users[BEN].licence = half.users[ANN].licence
    assert (code(post(ANN)), code(post(BEN))) == ("ErrorAccessDenied", "NoError")
    half.access_policies.append(AccessPolicy(OWN, "sub@contoso.test", restrict=False, created=NOW, effective=NOW))
    assert code(post(BEN)) == "ErrorAccessDenied"


def test_a_role_grants_without_a_consent_to_direct_members_once_it_is_effective(post: Post, half: OnlineHalf) -> None:
    half.applications[OWN].permissions = [one for one in PERMISSIONS if "full_access" not in one]
    half.users[BEN].licence = half.users[ANN].licence
    refused = post()
    assert (refused.status_code, refused.headers["x-ms-diagnostics"][:7]) == (401, "2000008")
    soon = NOW + timedelta(minutes=30)
    half.application_roles.append(
        ApplicationRole("EWS", OWN, "Application EWS.AccessAsApp", "team@contoso.test", NOW, soon)
    )
    assert post().status_code == 401
    half.clock.set(soon)
    assert code(post(ANN)) == "NoError"
    assert code(post(BEN)) == "ErrorImpersonateUserDenied"  # in a group in the group


@pytest.mark.parametrize(
    ("switches", "reason"),
    [
        (EwsSwitches(), DISABLED),
        (EwsSwitches(enabled=False), DISABLED),
        (EwsSwitches(enabled=True, allowed_apps=("another",)), BLOCKED),
        (
            EwsSwitches(enabled=True, allowed_apps=(OWN,), access_policy="EnforceBlockList", block_list=("cli*",)),
            BLOCKED,
        ),
    ],
)
@pytest.mark.parametrize("target", [ANN, "", "nobody@contoso.test"])
def test_where_ews_is_off_a_403_says_why_before_anything_else(
    post: Post, half: OnlineHalf, switches: EwsSwitches, reason: str, target: str
) -> None:
    half.ews = switches
    refused = post(target)
    assert (refused.status_code, refused.headers["X-EWS-Policy-Reason"], refused.content) == (403, reason, b"")


def test_the_mailbox_its_licence_and_the_day_count(post: Post, half: OnlineHalf) -> None:
    half.users[ANN].ews_enabled = False
    assert post(ANN).headers["X-EWS-Policy-Reason"] == DISABLED
    half.users[ANN].ews_enabled = None
    half.users[BEN].licence = type(half.users[BEN].licence).F3
    assert post(BEN).headers["X-EWS-Policy-Reason"] == DISABLED
    assert post(ANN).status_code == 200
    half.clock.set(datetime.combine(date(2027, 4, 1), datetime.min.time(), UTC))
    assert post(ANN).headers["X-EWS-Policy-Reason"] == DISABLED


def test_in_a_hybrid_the_host_decides_which_half_answers(post: Post, half: OnlineHalf) -> None:
    half.only = False
    assert post(Host="outlook.office365.com").status_code == 200
    here = post()
    assert here.status_code == 401
    assert "Bearer" not in here.headers["WWW-Authenticate"]


def test_autodiscover_leads_to_the_half_that_holds_a_mailbox(server: MockTenant, half: OnlineHalf) -> None:
    client = GraphClient(server)
    paths = (
        "/autodiscover/autodiscover.json/v1.0/{}?Protocol=EWS",
        "/autodiscover/autodiscover.json?Email={}&Protocol=Ews",
    )
    for only in (True, False):
        half.only = only
        for path in paths:
            found = client.http.get(path.format(ANN), headers={"Host": "outlook.office365.com"})
            url = "https://outlook.office365.com/EWS/Exchange.asmx"
            assert (found.status_code, found.json()) == (200, {"Protocol": "Ews", "Url": url})
            elsewhere = client.http.get(path.format(DAN), headers={"Host": "outlook.office365.com"})
            assert elsewhere.status_code == 302
            assert elsewhere.headers["Location"].startswith(
                "https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=dan"
            )
            nobody = client.http.get(path.format(CAT), headers={"Host": "outlook.office365.com"})
            assert (nobody.status_code, nobody.json()["ErrorCode"]) == (404, "UserNotFound")
    other = client.http.post("/autodiscover/autodiscover.xml", headers={"Host": "outlook.office365.com"})
    assert other.status_code == 401
    client.close()


@contextlib.contextmanager
def by_token(server: MockTenant, folder: Path, address: str) -> Iterator[exchangelib.Account]:
    """Open a mailbox with exchangelib, which signs in as the application by its secret. TLS is verified."""
    file = folder / "ca.pem"
    file.write_bytes(server.ca_pem)

    class Credentials(exchangelib.OAuth2Credentials):  # type: ignore[misc]
        @property
        def token_url(self) -> str:
            return f"{server.base_url}/{DOMAIN}/oauth2/v2.0/token"

    class Adapter(requests.adapters.HTTPAdapter):
        def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
            assert verify
            super().cert_verify(conn, url, str(file), cert)  # type: ignore[no-untyped-call]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Adapter)
        config = exchangelib.Configuration(
            service_endpoint=f"{server.base_url}/EWS/Exchange.asmx",
            credentials=Credentials(
                client_id=OWN,
                client_secret=SECRET,
                tenant_id=DOMAIN,
                identity=exchangelib.Identity(primary_smtp_address=address),
            ),
            auth_type=exchangelib.OAUTH2,
            retry_policy=FailFast(),
        )
        yield exchangelib.Account(address, config=config, autodiscover=False, access_type=exchangelib.IMPERSONATION)
        CachingProtocol.clear_cache()


def test_exchangelib_writes_and_reads_an_event(server: MockTenant, half: OnlineHalf, tmp_path: Path) -> None:
    with by_token(server, tmp_path, ANN) as account:
        zone = exchangelib.EWSTimeZone("UTC")
        start = exchangelib.EWSDateTime(2026, 11, 24, 9, 0, tzinfo=zone)
        item = exchangelib.CalendarItem(
            account=account, folder=account.calendar, subject="Review", start=start, end=start + timedelta(hours=1)
        ).save()
        (found,) = account.calendar.view(start=start, end=start + timedelta(hours=2))
        assert found.subject == "Review"
        item.delete()
        assert not list(account.calendar.view(start=start, end=start + timedelta(hours=2)))
        assert str(account.version.build).startswith("15.20.")
    assert half.only
