"""Accounts that wrong passwords lock, and what the control plane tells of them and of items left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.ntlm_client import OneConnection
from tests.mock_tenant.raw_client import RawClient

TENANT = """
title = "Locked"
[organization]
name = "Contoso"
domains = ["contoso.test"]
[[mailboxes]]
email = "alice@contoso.test"
events_per_week = 0
[[service_accounts]]
email = "svc@contoso.test"
password = "Correct-Horse-1"
lock_out_after = 5
usernames = ["CONTOSO\\\\svc", "svc@contoso.test"]
"""
GET = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)
MARKED = (
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>left</t:Subject>'
    "<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId='8c2ed4f0-5a0b-4d3e-9a57-6b1f0f3ad7c1' "
    "PropertyName='the-mark' PropertyType='String'/><t:Value>1</t:Value></t:ExtendedProperty>"
    "<t:Start>2030-01-02T09:00:00Z</t:Start><t:End>2030-01-02T10:00:00Z</t:End></t:CalendarItem></m:Items>"
    "</m:CreateItem>"
)


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockTenant]:
    file = tmp_path_factory.mktemp("tenant") / "locked.toml"
    file.write_text(TENANT, encoding="utf-8")
    with MockTenant(file) as made:
        yield made


@pytest.fixture
def soap(module_server: MockTenant) -> Iterator[RawClient]:
    """A client of the tenant as it was in the beginning."""
    module_server.live.reset()
    made = RawClient(module_server.ews_url, module_server.ca_pem, ("svc@contoso.test", "Correct-Horse-1"))
    yield made
    made.close()


def shown(server: MockTenant, soap: RawClient) -> Any:
    return soap.http.get(f"{server.control_url}accounts/svc@contoso.test").json()


def test_five_wrong_passwords_lock_and_then_the_right_one_is_refused_too(
    module_server: MockTenant, soap: RawClient
) -> None:
    for number in range(4):
        assert soap(GET, auth=("svc@contoso.test", f"wrong-{number}")).status == 401
    told = shown(module_server, soap)
    assert (told["state"], told["wrong_passwords"], told["refused_sign_ins"]) == ("enabled", 4, 4)
    assert soap(GET, auth=("CONTOSO\\svc", "wrong")).status == 401
    assert soap(GET).status == 401
    connection = OneConnection(module_server)
    assert connection.sign_in("svc@contoso.test", "Correct-Horse-1")[0] == 401
    connection.close()
    told = shown(module_server, soap)
    assert (told["state"], told["wrong_passwords"], told["refused_sign_ins"]) == ("locked", 5, 7)
    assert "password" not in {*told} - {"wrong_passwords"}


def test_a_right_password_begins_the_count_anew(module_server: MockTenant, soap: RawClient) -> None:
    for _ in range(4):
        soap(GET, auth=("svc@contoso.test", "wrong"))
    assert soap(GET).status == 200
    assert soap(GET, auth=("svc@contoso.test", "wrong")).status == 401
    told = shown(module_server, soap)
    assert (told["state"], told["wrong_passwords"], told["refused_sign_ins"]) == ("enabled", 1, 5)


def test_items_left_behind_are_found_by_their_mark(module_server: MockTenant, soap: RawClient) -> None:
    found = soap.http.get(f"{module_server.control_url}items", params={"property": "the-mark"}).json()
    assert found == {"items": []}
    assert soap(MARKED).status == 200
    (item,) = soap.http.get(f"{module_server.control_url}items", params={"property": "the-mark"}).json()["items"]
    assert (item["mailbox"], item["subject"]) == ("svc@contoso.test", "left")
    assert soap.http.get(f"{module_server.control_url}items").status_code == 400
