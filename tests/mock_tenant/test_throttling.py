"""Limits on how much one account may ask."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.policies import Policies
from calconnect.mock_tenant.throttling import HANGING_CONNECTION_LIMIT, Throttle
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import SERVICE, SERVICE_AUTH, USER_PASSWORD, describe, organization

CONVERT = (
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/></m:SourceIds></m:ConvertId>'
)


@pytest.fixture
def server() -> Iterator[MockTenant]:
    """A server whose policies may be changed."""
    with MockTenant(describe(organization())) as made:
        yield made


def ask(server: MockTenant, count: int, *, anchor: str = "", auth: tuple[str, str] = SERVICE_AUTH) -> list[Answer]:
    """Send the same request so many times at once."""

    def one(_: int) -> Answer:
        client = RawClient(server.ews_url, server.ca_pem, auth)
        answer = client(CONVERT, headers={"X-AnchorMailbox": anchor} if anchor else None)
        client.close()
        return answer

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_too_many_requests_at_once(server: MockTenant) -> None:
    server.organization.policies.ews_max_concurrency = 2
    server.organization.policies.latency_milliseconds = 1500
    answers = ask(server, 4)
    codes = sorted(code for answer in answers for code in answer.codes)
    assert codes == ["ErrorExceededConnectionCount"] * 2 + ["ErrorInvalidIdMalformed"] * 2
    refused = next(answer for answer in answers if answer.status == 500)
    assert refused.text("//t:Value[@Name='Policy']") == "EWSMaxConcurrency"
    assert [answer.status for answer in ask(server, 2)] == [200, 200]


def test_a_rate_for_each_account_and_mailbox(server: MockTenant) -> None:
    server.organization.policies.requests_per_second = 0.01
    server.organization.policies.back_off_milliseconds = 4321
    assert [one.status for one in ask(server, 1, anchor="alice@contoso.test")] == [200]
    (busy,) = ask(server, 1, anchor="ALICE@contoso.test")
    assert busy.status == 500
    assert busy.codes == ["ErrorServerBusy"]
    assert busy.text("//t:MessageXml/t:Value[@Name='BackOffMilliseconds']") == "4321"
    assert [one.status for one in ask(server, 1, anchor="bob@contoso.test")] == [200]
    assert [
        one.status for one in ask(server, 1, anchor="alice@contoso.test", auth=("bob@contoso.test", USER_PASSWORD))
    ] == [200]


def test_a_server_that_is_busy_as_iis_says_it(server: MockTenant) -> None:
    policies = server.organization.policies
    policies.requests_per_second, policies.back_off_milliseconds, policies.busy_as_503 = 0.01, 2500, True
    first, second = ask(server, 1) + ask(server, 1)
    assert (first.status, second.status) == (200, 503)
    assert second.response.headers["retry-after"] == "3"
    assert server.recorder.requests()[-1].codes == ("ErrorServerBusy",)


def test_the_bucket_fills_again() -> None:
    account = organization().directory.account(SERVICE)
    assert account is not None
    throttle, policies = Throttle(), Policies(requests_per_second=2.0)
    throttle.spend(account, "a", policies, 10.0)
    throttle.spend(account, "a", policies, 10.0)
    with pytest.raises(EwsError):
        throttle.spend(account, "a", policies, 10.1)
    throttle.spend(account, "a", policies, 10.6)
    throttle.clear()
    throttle.spend(account, "a", policies, 10.6)


def test_streaming_connections_have_a_limit_of_their_own() -> None:
    account = organization().directory.account(SERVICE)
    assert account is not None
    throttle = Throttle()
    held = [throttle.hanging(account) for _ in range(HANGING_CONNECTION_LIMIT)]
    with pytest.raises(EwsError) as caught:
        throttle.hanging(account)
    assert caught.value.code == "ErrorExceededConnectionCount"
    release = throttle.in_flight(account, 1)
    with pytest.raises(EwsError):
        throttle.in_flight(account, 1)
    held.pop()()
    throttle.hanging(account, instead_of=release)
    throttle.in_flight(account, 1)()
