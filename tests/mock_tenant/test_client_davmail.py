"""What DavMail 6 relies on, in its own requests: it was tried, and these are the points at which it gave up."""

from __future__ import annotations

import base64
from collections.abc import Callable

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]
NUMBER = '<t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>'
NAME = '<t:ExtendedFieldURI PropertyTag="0x10f3" PropertyType="String"/>'
EVENT = (
    '<m:CreateItem SendMeetingInvitations="SendToNone" MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
    '<t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId><m:Items><t:CalendarItem>'
    f"<t:Subject>Time zone</t:Subject><t:ExtendedProperty>{NAME}<t:Value>test.ics</t:Value></t:ExtendedProperty>"
    "<t:Start>2026-11-24T10:00:00Z</t:Start><t:End>2026-11-25T10:00:00Z</t:End>"
    '<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem></m:Items></m:CreateItem>'
)
FIND = (
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
    f'{NAME}{NUMBER}</t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="500" Offset="0" '
    f'BasePoint="Beginning"/><m:Restriction><t:IsEqualTo>{NAME}<t:FieldURIOrConstant><t:Constant Value="test.ics"/>'
    f'</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:SortOrder><t:FieldOrder Order="Ascending">{NUMBER}'
    '</t:FieldOrder></m:SortOrder><m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds>'
    "</m:FindItem>"
)


def test_it_finds_its_events_by_name_and_number(soap: RawClient, new_user: NewUser) -> None:
    auth = (new_user().email, USER_PASSWORD)
    ids = [soap(EVENT, auth=auth, version="Exchange2013_SP1").one("//t:ItemId").get("Id", "") for _ in range(2)]
    assert all(len(one) + len(".EML") >= 144 for one in ids)
    found = soap(FIND, auth=auth, version="Exchange2013_SP1")
    assert [one.get("Id") for one in found.all("//t:ItemId")] == ids
    values = "//t:ExtendedProperty[t:ExtendedFieldURI/@PropertyTag='0xe23']/t:Value"
    numbers = [int(one.text or "0") for one in found.all(values)]
    assert len(set(numbers)) == 2
    assert 0 < numbers[0] < numbers[1]


def test_it_reads_the_time_zone_from_an_event(soap: RawClient, new_user: NewUser) -> None:
    auth = (new_user().email, USER_PASSWORD)
    made = soap(EVENT, auth=auth).one("//t:ItemId").get("Id")
    answer = soap(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
        f'</m:ItemShape><m:ItemIds><t:ItemId Id="{made}"/></m:ItemIds></m:GetItem>',
        auth=auth,
    )
    text = base64.b64decode(answer.text("//t:MimeContent")).decode()
    assert "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n" in text


def test_it_is_answered_in_the_one_content_type_that_it_reads(soap: RawClient, new_user: NewUser) -> None:
    answer = soap(FIND, auth=(new_user().email, USER_PASSWORD))
    assert answer.response.headers["content-type"] == "text/xml; charset=utf-8"
