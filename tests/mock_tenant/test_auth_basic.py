"""Basic authentication and the states of an account."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account, AccountState, Recipient
from calconnect.mock_tenant.state.policies import AuthenticationPolicy
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, USER_PASSWORD, describe, organization

CONVERT = (
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/></m:SourceIds></m:ConvertId>'
)
OFFERS = ["Negotiate", "NTLM", 'Basic realm="mail.contoso.test"']
NewUser = Callable[..., Recipient]


@pytest.fixture
def account(tenant_server: MockTenant, new_user: NewUser) -> Account:
    """An account of one's own."""
    found = tenant_server.organization.directory.account(new_user().email)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def client(tenant_server: MockTenant) -> Iterator[RawClient]:
    """A client that brings no credentials of its own."""
    made = RawClient(tenant_server.ews_url, tenant_server.ca_pem, None)
    yield made
    made.close()


def offers(answer: Answer) -> list[str]:
    return [str(value) for value in answer.response.headers.get_list("www-authenticate")]


def test_without_credentials_every_scheme_is_offered(client: RawClient) -> None:
    answer = client(CONVERT)
    assert answer.status == 401
    assert offers(answer) == OFFERS


@pytest.mark.parametrize("login", ["CONTOSO\\alice", "contoso\\ALICE", "alice.upn@contoso.test", "Alice@Contoso.Test"])
def test_all_names_of_an_account_sign_in(client: RawClient, login: str) -> None:
    assert client(CONVERT, auth=(login, USER_PASSWORD)).status == 200


def test_an_unknown_account_and_a_wrong_password_look_the_same(client: RawClient, account: Account) -> None:
    wrong = client(CONVERT, auth=(account.name, "wrong"))
    unknown = client(CONVERT, auth=("nobody@contoso.test", "wrong"))
    assert wrong.status == unknown.status == 401
    assert wrong.response.content == unknown.response.content
    assert offers(wrong) == offers(unknown) == OFFERS
    assert set(wrong.response.headers) == set(unknown.response.headers)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_passwords_beyond_ascii_in_both_encodings(client: RawClient, account: Account, encoding: str) -> None:
    account.password = "Pässword:mit:Doppelpunkt€"[: 24 if encoding == "latin-1" else None]
    token = base64.b64encode(f"{account.name}:{account.password}".encode(encoding)).decode()
    assert client(CONVERT, headers={"Authorization": f"Basic {token}"}).status == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YQ==", "Bearer abc", "Digest x", "NTLM", "NTLM !!", "x"]
)
def test_what_is_no_credential_is_turned_away(client: RawClient, header: str) -> None:
    answer = client(CONVERT, headers={"Authorization": header})
    assert answer.status == 401
    assert offers(answer) == OFFERS


def test_wrong_passwords_lock_an_account(client: RawClient, account: Account) -> None:
    account.lock_out_after = 3
    for _ in range(2):
        assert "x-ms-diagnostics" not in client(CONVERT, auth=(account.name, "wrong")).response.headers
    locked = client(CONVERT, auth=(account.name, "wrong"))
    assert locked.status == 401
    assert 'error_category="account_locked_out"' in locked.response.headers["x-ms-diagnostics"]
    assert b"The referenced account is currently locked out" in locked.response.content
    assert client(CONVERT, auth=(account.name, USER_PASSWORD)).status == 401
    assert account.state is AccountState.LOCKED


def test_the_right_password_in_between_starts_the_count_again(client: RawClient, account: Account) -> None:
    account.lock_out_after = 2
    for _ in range(3):
        assert client(CONVERT, auth=(account.name, "wrong")).status == 401
        assert client(CONVERT, auth=(account.name, USER_PASSWORD)).status == 200
    assert account.state is AccountState.ENABLED


def test_a_disabled_account(client: RawClient, account: Account) -> None:
    account.state = AccountState.DISABLED
    answer = client(CONVERT, auth=(account.name, USER_PASSWORD))
    assert answer.status == 401
    assert 'error_category="account_disabled"' in answer.response.headers["x-ms-diagnostics"]
    assert "x-ms-diagnostics" not in client(CONVERT, auth=(account.name, "wrong")).response.headers


def test_blocked_legacy_authentication(client: RawClient, tenant_server: MockTenant, account: Account) -> None:
    made = tenant_server.organization
    made.authentication_policies["Block"] = AuthenticationPolicy("Block", block_legacy_ews=True)
    made.authentication_policies["Allow"] = AuthenticationPolicy("Allow")
    account.authentication_policy = "Block"
    assert client(CONVERT, auth=(account.name, USER_PASSWORD)).status == 401
    account.authentication_policy = "Allow"
    assert client(CONVERT, auth=(account.name, USER_PASSWORD)).status == 200


def test_the_default_authentication_policy_holds_for_whom_no_other_is_assigned_to() -> None:
    made = organization()
    made.authentication_policies = {
        "Block": AuthenticationPolicy("Block", block_legacy_ews=True),
        "Allow": AuthenticationPolicy("Allow"),
    }
    made.authentication_policy = "Block"
    account = made.directory.account("CONTOSO\\alice")
    assert account is not None
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, (account.name, USER_PASSWORD))
        assert client(CONVERT).status == 401
        account.authentication_policy = "Allow"
        assert client(CONVERT).status == 200
        client.close()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (AccountState.PASSWORD_EXPIRED, "ErrorPasswordExpired"),
        (AccountState.MUST_CHANGE_PASSWORD, "ErrorPasswordChangeRequired"),
    ],
)
def test_passwords_that_have_run_out(client: RawClient, account: Account, state: AccountState, code: str) -> None:
    account.state = state
    answer = client(CONVERT, auth=(account.name, USER_PASSWORD))
    assert answer.status == 500
    assert answer.codes == [code]
    assert client(CONVERT, auth=(account.name, "wrong")).status == 401


def test_switched_off_ews(client: RawClient, account: Account) -> None:
    assert account.recipient is not None
    account.recipient.ews_enabled = False
    assert client(CONVERT, auth=(account.name, USER_PASSWORD)).status == 403


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"basic": False}, ["Negotiate", "NTLM"]),
        ({"ntlm": False, "negotiate": False}, ['Basic realm="mail.contoso.test"']),
        ({"basic": False, "ntlm": False, "negotiate": False}, []),
        ({"negotiate": False}, ["NTLM", 'Basic realm="mail.contoso.test"']),
    ],
)
def test_schemes_that_are_switched_off(policies: dict[str, bool], expected: list[str]) -> None:
    made = organization()
    made.policies = replace(made.policies, **policies)
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, None)
        answer = client(CONVERT)
        assert answer.status == 401
        assert offers(answer) == expected
        assert client(CONVERT, auth=SERVICE_AUTH).status == (401 if policies.get("basic") is False else 200)
        client.close()


def test_ews_switched_off_for_all() -> None:
    made = organization()
    made.policies.ews_enabled = False
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
        assert client(CONVERT).status == 403
        client.close()
