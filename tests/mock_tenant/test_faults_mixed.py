"""A flaky server: faults mixed by percent, odd times to wait, mailboxes that hang, and limits over all mailboxes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from lxml import etree

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.state.policies import Policies
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

CONVERT = (
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/></m:SourceIds></m:ConvertId>'
)
CREATE = (
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>kept</t:Subject>'
    "<t:Start>2030-01-02T09:00:00Z</t:Start><t:End>2030-01-02T10:00:00Z</t:End></t:CalendarItem></m:Items>"
    "</m:CreateItem>"
)
GET = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)
ALICE = "alice@contoso.test"


@pytest.fixture(scope="module")
def module_server() -> Iterator[MockTenant]:
    with MockTenant(describe(organization())) as made:
        yield made


@pytest.fixture
def server(module_server: MockTenant) -> Iterator[MockTenant]:
    """A server on which nothing has failed yet."""
    module_server.organization.policies = Policies()
    module_server.live._adopt()
    yield module_server
    module_server.organization.faults = Faults()


@pytest.fixture
def client(server: MockTenant) -> Iterator[RawClient]:
    made = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
    yield made
    made.close()


def convert(client: RawClient, mailbox: str = "") -> Answer:
    return client(CONVERT, headers={"X-AnchorMailbox": mailbox} if mailbox else None)


def test_percents_are_met_and_are_the_same_in_whatever_order() -> None:
    faults = Faults(percent={FaultKind.RESET: 5, FaultKind.UNAVAILABLE: 5, FaultKind.TRUNCATED: 2.5}, seed=7)
    mailboxes = [f"user{number:05}@contoso.test" for number in range(20_000)]
    drawn = {mailbox: faults.drawn(mailbox, 1) for mailbox in mailboxes}
    assert drawn == {mailbox: faults.drawn(mailbox, 1) for mailbox in reversed(mailboxes)}
    counts = Counter(drawn.values())
    assert counts[None] == pytest.approx(17_500, rel=0.02)
    assert [counts[kind] for kind in faults.percent] == pytest.approx([1000, 1000, 500], rel=0.1)
    again = Counter(faults.drawn(mailbox, 2) for mailbox, kind in drawn.items() if kind is FaultKind.RESET)
    assert again[None] > again.total() * 0.8, "asked again, most are answered"
    other = dataclasses.replace(faults, seed=8)
    assert any(other.drawn(mailbox, 1) is not drawn[mailbox] for mailbox in mailboxes)


def test_back_off_values_are_told_once_each_as_written(server: MockTenant, client: RawClient) -> None:
    odd = ("0", "", "soon", "86400000")
    server.organization.faults = Faults(1, FaultKind.SERVER_BUSY, back_off=odd)
    told = [
        [one.text for one in convert(client).all("//t:Value[@Name='BackOffMilliseconds']")] for _ in range(len(odd) + 1)
    ]
    assert told == [["0"], [], ["soon"], ["86400000"], ["1000"]]
    server.organization.policies.busy_as_429 = True
    server.live._adopt()
    answers = [convert(client) for _ in range(len(odd) + 1)]
    assert {one.status for one in answers} == {429}
    assert [one.response.headers.get("retry-after") for one in answers] == ["0", None, "soon", "86400000", "1"]


def test_an_answer_that_ends_in_the_middle_although_the_work_is_done(server: MockTenant, client: RawClient) -> None:
    server.organization.faults = Faults(1, FaultKind.TRUNCATED)
    with pytest.raises(etree.XMLSyntaxError):
        client(CREATE, impersonate=ALICE)
    assert server.recorder.requests()[-1].status == 200
    server.organization.faults = Faults(1, FaultKind.CUT_OFF)
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        client(CREATE, impersonate=ALICE)
    server.organization.faults = Faults(1, FaultKind.RESET)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client(CREATE, impersonate=ALICE)
    recipient = server.organization.directory.by_address(ALICE)
    assert recipient is not None
    assert len(server.organization.mailbox(recipient).items) == 2, "a reset comes before the work"


def test_a_mailbox_that_hangs_hangs_alone(server: MockTenant, client: RawClient) -> None:
    server.organization.faults = Faults(hanging=frozenset({ALICE}))
    client.http.timeout = httpx.Timeout(5, read=0.2)
    with pytest.raises(httpx.ReadTimeout):
        convert(client, ALICE.upper())
    with pytest.raises(httpx.ReadTimeout):
        client(GET, impersonate=ALICE)
    assert convert(client, "bob@contoso.test").status == 200
    chosen = Faults(hanging_one_in=50)
    count = sum(chosen.hangs(f"user{number}@contoso.test") for number in range(5000))
    assert count == pytest.approx(100, rel=0.4)
    assert not chosen.hangs(""), "requests that are about no mailbox go on"


@pytest.mark.parametrize(("policy", "status"), [("", 500), ("busy_as_503", 503), ("busy_as_429", 429)])
def test_a_rate_over_all_mailboxes(server: MockTenant, client: RawClient, policy: str, status: int) -> None:
    policies = server.organization.policies
    policies.account_requests_per_second, policies.back_off_milliseconds = 0.01, 2500
    if policy:
        setattr(policies, policy, True)
    answers = [convert(client, f"{name}@contoso.test") for name in ("alice", "bob")]
    assert [one.status for one in answers] == [200, status]
    assert answers[1].response.headers.get("retry-after") == ("3" if policy else None)
    meter = server.live.meters.accounts["CONTOSO\\svc"]
    assert (meter.requests, meter.refused) == (2, 1)


def test_an_answer_that_is_late_is_counted_in_flight(server: MockTenant, client: RawClient) -> None:
    server.organization.policies.latency_milliseconds = 1
    for name in ("alice", "bob", "alice"):
        client(GET, impersonate=f"{name}@contoso.test")
    figures = client.http.get(server.control_url + "figures").json()
    account = figures["accounts"]["CONTOSO\\svc"]
    assert (account["requests"], account["in_flight"], account["most_in_flight"]) == (3, 0, 1)
    assert sum(one[1] for one in account["seconds"]) == 3
    assert all(before[0] < after[0] for before, after in pairwise(account["seconds"]))
    assert figures["operations"]["GetFolder"] == {"questions": 3, "mailboxes": 2, "most": 2}
    told = client.http.get(server.control_url + "figures/GetFolder").json()
    assert told["mailboxes"] == {ALICE: 2, "bob@contoso.test": 1}
    assert client.http.delete(server.control_url + "figures").json()["accounts"] == {}
