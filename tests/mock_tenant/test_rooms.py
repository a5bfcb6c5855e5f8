"""Rooms: GetRoomLists and GetRooms."""

from __future__ import annotations

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

BARE = ("CONTOSO\\without-mailbox", USER_PASSWORD)


@pytest.fixture(scope="module", autouse=True)
def _bare_account(tenant_server: MockTenant) -> None:
    with tenant_server.organization.lock:
        tenant_server.organization.directory.add_account(Account((BARE[0],), USER_PASSWORD))


def rooms(address: str) -> str:
    return f"<m:GetRooms><m:RoomList><t:EmailAddress>{address}</t:EmailAddress></m:RoomList></m:GetRooms>"


def test_only_groups_of_rooms_are_room_lists(soap: RawClient) -> None:
    answer = soap("<m:GetRoomLists/>")
    assert answer.body.get("ResponseClass") == "Success"
    assert [one.text for one in answer.all("//t:Address/t:EmailAddress")] == ["rooms@contoso.test"]
    assert answer.text("//t:Address/t:MailboxType") == "PublicDL"


def test_the_rooms_of_a_list(soap: RawClient) -> None:
    answer = soap(rooms("rooms@contoso.test"))
    assert [one.text for one in answer.all("//t:Room/t:Id/t:EmailAddress")] == [
        "room1@contoso.test",
        "room2@contoso.test",
    ]
    assert {one.text for one in answer.all("//t:Room/t:Id/t:MailboxType")} == {"Mailbox"}


@pytest.mark.parametrize("address", ["calendar-users@contoso.test", "alice@contoso.test", "nothing@contoso.test"])
def test_what_is_no_room_list(soap: RawClient, address: str) -> None:
    answer = soap(rooms(address))
    assert (answer.body.get("ResponseClass"), answer.codes) == ("Error", ["ErrorNameResolutionNoResults"])


@pytest.mark.parametrize("body", ["<m:GetRoomLists/>", rooms("rooms@contoso.test")])
def test_an_account_without_a_mailbox_sees_no_rooms(soap: RawClient, body: str) -> None:
    assert soap(body, auth=BARE).codes == ["ErrorNameResolutionNoMailbox"]


def test_a_list_must_be_named(soap: RawClient) -> None:
    assert soap("<m:GetRooms/>").codes == ["ErrorSchemaValidation"]
