"""GetUserConfiguration: what DavMail and Evolution read when they start."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.raw_client import Answer, RawClient


def get(soap: RawClient, user: str, name: str, folder: str, properties: str = "All") -> Answer:
    return soap(
        f'<m:GetUserConfiguration><m:UserConfigurationName Name="{name}"><t:DistinguishedFolderId Id="{folder}"/>'
        f"</m:UserConfigurationName><m:UserConfigurationProperties>{properties}</m:UserConfigurationProperties>"
        "</m:GetUserConfiguration>",
        impersonate=user,
    )


def test_the_time_zone_of_the_user(soap: RawClient) -> None:
    answer = get(soap, "alice@contoso.test", "OWA.UserOptions", "root")
    assert [one.text for one in answer.all("//t:DictionaryEntry//t:Value")] == ["timezone", "W. Europe Standard Time"]
    assert answer.one("//t:UserConfigurationName").get("Name") == "OWA.UserOptions"


def test_the_categories_of_the_calendar(
    soap: RawClient, tenant_server: MockTenant, new_user: Callable[..., Recipient]
) -> None:
    user = new_user()
    with tenant_server.organization.lock:
        mailbox = tenant_server.organization.mailbox(user)
        start = datetime(2026, 11, 23, 10, tzinfo=UTC)
        add_event(mailbox, start=start, end=start, subject="x", categories=["Zebra <&>", "Red category"])
    answer = get(soap, user.email, "CategoryList", "calendar", "XmlData")
    root = etree.fromstring(base64.b64decode(answer.text("//t:XmlData")))
    assert root.tag == "{CategoryList.xsd}categories"
    assert {one.get("name"): one.get("color") for one in root} == {
        "Red category": "0",
        "Orange category": "1",
        "Yellow category": "3",
        "Green category": "4",
        "Blue category": "7",
        "Purple category": "8",
        "Zebra <&>": "-1",
    }


@pytest.mark.parametrize(("name", "folder"), [("CategoryList", "inbox"), ("Calendar", "calendar")])
def test_what_there_is_not(soap: RawClient, name: str, folder: str) -> None:
    assert get(soap, "alice@contoso.test", name, folder).codes == ["ErrorItemNotFound"]


def test_only_what_was_asked_for(soap: RawClient) -> None:
    assert get(soap, "alice@contoso.test", "OWA.UserOptions", "root", "Id XmlData").all("//t:Dictionary") == []
    assert get(soap, "alice@contoso.test", "OWA.UserOptions", "root", "Everything").codes == ["ErrorSchemaValidation"]
