"""Every operation of the mock tenant, called once as a client may call it, and once in vain: all answers are valid.

Requests and answers are held against the published schema. Where that is not at hand the test says so and skips.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from lxml import etree

from calconnect.mock_tenant.ews.registry import load_operations
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.raw_client import NS, RawClient
from tests.mock_tenant.schema import FOLDER, assert_valid, schema
from tests.mock_tenant.tenants import USER_PASSWORD

_ID = '<t:DistinguishedFolderId Id="calendar"/>'
_IDS = f"<m:FolderIds>{_ID}</m:FolderIds>"
_IDS_ONLY = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
_ALL = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
_SPAN = "<t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-25T00:00:00</t:EndTime>"
_ZONE = (
    '<t:TimeZone xmlns="http://schemas.microsoft.com/exchange/services/2006/types"><Bias>0</Bias><StandardTime><Bias>0'
    "</Bias><Time>02:00:00</Time><DayOrder>5</DayOrder><Month>10</Month><DayOfWeek>Sunday</DayOfWeek></StandardTime>"
    "<DaylightTime><Bias>-60</Bias><Time>01:00:00</Time><DayOrder>5</DayOrder><Month>3</Month>"
    "<DayOfWeek>Sunday</DayOfWeek></DaylightTime></t:TimeZone>"
)
_EVENTS = "<t:EventTypes><t:EventType>CreatedEvent</t:EventType><t:EventType>DeletedEvent</t:EventType></t:EventTypes>"
_EVENT = (
    "<t:CalendarItem><t:Subject>Interview</t:Subject><t:Start>2026-11-24T09:00:00Z</t:Start>"
    "<t:End>2026-11-24T10:00:00Z</t:End></t:CalendarItem>"
)
_OOF = (
    "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"
    "<t:InternalReply><t:Message>away</t:Message></t:InternalReply></t:UserOofSettings>"
)


class Caller:
    """Calls operations as one user, remembers which succeeded and which answered with an error."""

    def __init__(self, server: MockTenant, user: Recipient) -> None:
        self.client = RawClient(server.ews_url, server.ca_pem, (user.email, USER_PASSWORD))
        self.user = user
        self.succeeded: set[str] = set()
        self.refused: set[str] = set()

    def __call__(self, body: str) -> etree._Element:
        """Send a body that the schema allows; return the answer's body element."""
        names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        request = etree.fromstring(f"<s:Envelope {names}><s:Body>{body}</s:Body></s:Envelope>")
        assert assert_valid(request)
        answer = self.client(body)
        name = etree.QName(request[0][0]).localname
        codes = set(answer.codes) or {"NoError"}
        if codes == {"NoError"}:
            assert answer.status == 200
            self.succeeded.add(name)
        else:
            assert all(code.startswith("Error") for code in codes - {"NoError"}), codes
            self.refused.add(name)
        return answer.body

    def id_of(self, answer: etree._Element, kind: str) -> str:
        """Return the first id element of a kind, as it can stand in a request."""
        found = answer.find(f".//t:{kind}", NS)
        assert found is not None, etree.tostring(answer)
        attributes = " ".join(f'{name}="{found.get(name)}"' for name in map(str, found.attrib))
        return f"<t:{kind} {attributes}/>"

    def stream(self, subscription: str) -> None:
        """Open a streaming connection and read its first envelope."""
        body = (
            f"<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{subscription}</t:SubscriptionId>"
            "</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>"
        )
        names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        content = (
            f'<s:Envelope {names}><s:Header><t:RequestServerVersion Version="Exchange2016"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        with self.client.http.stream(
            "POST",
            self.client.ews_url,
            content=content,
            auth=httpx.BasicAuth(self.user.email, USER_PASSWORD),
            headers={"Content-Type": "text/xml"},
        ) as response:
            read = b""
            for chunk in response.iter_bytes():
                read += chunk
                if b"Envelope>" in read:
                    break
        first = re.search(rb"<(?:\w+:)?Envelope.*?</(?:\w+:)?Envelope>", read, re.S)
        assert first is not None, read
        assert assert_valid(first.group())
        known = b"<m:ResponseCode>NoError<" in first.group()
        (self.succeeded if known else self.refused).add("GetStreamingEvents")


@contextmanager
def caller(server: MockTenant, user: Recipient) -> Iterator[Caller]:
    made = Caller(server, user)
    try:
        yield made
    finally:
        made.client.close()


@pytest.mark.skipif(schema() is None, reason=f"{FOLDER.name} is not beside the repository, so nothing can be checked")
def test_every_operation_answers_as_the_schema_wants_it(
    tenant_server: MockTenant, new_user: Callable[..., Recipient]
) -> None:
    user, other = new_user(), new_user()
    with caller(tenant_server, user) as call:
        _folders(call)
        _items(call)
        _directory(call, user.email, other.email)
        _notifications(call)
        _in_vain(call)
    everything = set(load_operations())
    assert everything - call.succeeded == set()
    # GetRoomLists and GetServerTimeZones have nothing in their requests that could be wrong and yet be valid.
    assert everything - call.refused <= {"GetRoomLists", "GetServerTimeZones"}


def _folders(call: Caller) -> None:
    call(f"<m:GetFolder>{_IDS_ONLY}{_IDS}</m:GetFolder>")
    made = call(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId><m:Folders>'
        "<t:CalendarFolder><t:DisplayName>Second</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>"
    )
    folder = call.id_of(made, "FolderId")
    call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    )
    changed = call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:CalendarFolder><t:DisplayName>Third</t:DisplayName>'
        "</t:CalendarFolder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )
    folder = call.id_of(changed, "FolderId")
    call(
        '<m:MoveFolder><m:ToFolderId><t:DistinguishedFolderId Id="calendar"/></m:ToFolderId>'
        f"<m:FolderIds>{folder}</m:FolderIds></m:MoveFolder>"
    )
    call(
        '<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds>'
        '<t:DistinguishedFolderId Id="drafts"/></m:FolderIds></m:EmptyFolder>'
    )
    call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>')
    call(f"<m:SyncFolderHierarchy>{_IDS_ONLY}</m:SyncFolderHierarchy>")
    call(
        '<m:GetUserConfiguration><m:UserConfigurationName Name="CategoryList">'
        f"{_ID}</m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties>"
        "</m:GetUserConfiguration>"
    )


def _items(call: Caller) -> None:
    made = call(f'<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items>{_EVENT}</m:Items></m:CreateItem>')
    item = call.id_of(made, "ItemId")
    call(f"<m:GetItem>{_ALL}<m:ItemIds>{item}</m:ItemIds></m:GetItem>")
    call(
        f'<m:FindItem Traversal="Shallow">{_ALL}<m:CalendarView StartDate="2026-11-23T00:00:00Z" '
        f'EndDate="2026-11-30T00:00:00Z"/><m:ParentFolderIds>{_ID}</m:ParentFolderIds></m:FindItem>'
    )
    changed = call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f"<m:ItemChanges><t:ItemChange>{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="
        '"item:Subject"/><t:CalendarItem><t:Subject>Later</t:Subject></t:CalendarItem></t:SetItemField></t:Updates>'
        "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
    item = call.id_of(changed, "ItemId")
    attached = call(
        f"<m:CreateAttachment><m:ParentItemId {item.removeprefix('<t:ItemId ').removesuffix('/>')}/><m:Attachments>"
        "<t:FileAttachment><t:Name>note.txt</t:Name><t:Content>aGVsbG8=</t:Content></t:FileAttachment></m:Attachments>"
        "</m:CreateAttachment>"
    )
    found = attached.find(".//t:AttachmentId", NS)
    assert found is not None
    attachment = f'<m:AttachmentIds><t:AttachmentId Id="{found.get("Id")}"/></m:AttachmentIds>'
    call(f"<m:GetAttachment>{attachment}</m:GetAttachment>")
    call(f"<m:DeleteAttachment>{attachment}</m:DeleteAttachment>")
    call(
        f"<m:SyncFolderItems>{_ALL}<m:SyncFolderId>{_ID}</m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned>"
        "</m:SyncFolderItems>"
    )
    copied = call(f"<m:CopyItem><m:ToFolderId>{_ID}</m:ToFolderId><m:ItemIds>{_bare(item)}</m:ItemIds></m:CopyItem>")
    call(
        '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="deleteditems"/></m:ToFolderId>'
        f"<m:ItemIds>{_bare(item)}</m:ItemIds></m:MoveItem>"
    )
    call(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
        f"{call.id_of(copied, 'ItemId')}</m:ItemIds></m:DeleteItem>"
    )
    draft = call(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>s</t:Subject><t:ToRecipients>'
        f"<t:Mailbox><t:EmailAddress>{call.user.email}</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>"
        "</m:Items></m:CreateItem>"
    )
    call(f'<m:SendItem SaveItemToFolder="true"><m:ItemIds>{call.id_of(draft, "ItemId")}</m:ItemIds></m:SendItem>')
    call('<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')


def _bare(item: str) -> str:
    """Return an id element without its change key, which other operations may have made old."""
    return re.sub(r' ChangeKey="[^"]*"', "", item)


def _directory(call: Caller, own: str, other: str) -> None:
    made = call(f"<m:GetFolder>{_IDS_ONLY}{_IDS}</m:GetFolder>").find(".//t:FolderId", NS)
    assert made is not None
    call(
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" '
        f'Id="{made.get("Id")}" Mailbox="{own}"/></m:SourceIds></m:ConvertId>'
    )
    call(f'<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>{own}</m:UnresolvedEntry></m:ResolveNames>')
    call("<m:ExpandDL><m:Mailbox><t:EmailAddress>calendar-users@contoso.test</t:EmailAddress></m:Mailbox></m:ExpandDL>")
    call(
        f"<m:GetUserAvailabilityRequest>{_ZONE}<m:MailboxDataArray><t:MailboxData><t:Email><t:Address>{own}</t:Address>"
        "</t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions><t:TimeWindow>{_SPAN}</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30"
        "</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>DetailedMerged</t:RequestedView></t:FreeBusyViewOptions>"
        "</m:GetUserAvailabilityRequest>"
    )
    lists = call("<m:GetRoomLists/>").find(".//t:EmailAddress", NS)
    assert lists is not None
    call(f"<m:GetRooms><m:RoomList><t:EmailAddress>{lists.text}</t:EmailAddress></m:RoomList></m:GetRooms>")
    call(
        f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{own}</t:Address></t:Mailbox>{_OOF}"
        "</m:SetUserOofSettingsRequest>"
    )
    call(
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{own}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>"
    )
    mailbox = f"<m:Mailbox><t:EmailAddress>{own}</t:EmailAddress></m:Mailbox>"
    delegate = (
        f"<m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>{other}</t:PrimarySmtpAddress></t:UserId>"
        "<t:DelegatePermissions><t:CalendarFolderPermissionLevel>%s</t:CalendarFolderPermissionLevel>"
        "</t:DelegatePermissions></t:DelegateUser></m:DelegateUsers>"
    )
    call(f"<m:AddDelegate>{mailbox}{delegate % 'Editor'}</m:AddDelegate>")
    call(f'<m:GetDelegate IncludePermissions="true">{mailbox}</m:GetDelegate>')
    call(f"<m:UpdateDelegate>{mailbox}{delegate % 'Reviewer'}</m:UpdateDelegate>")
    call(
        f"<m:RemoveDelegate>{mailbox}<m:UserIds><t:UserId><t:PrimarySmtpAddress>{other}</t:PrimarySmtpAddress>"
        "</t:UserId></m:UserIds></m:RemoveDelegate>"
    )


def _notifications(call: Caller) -> None:
    pull = call(
        f"<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>{_ID}</t:FolderIds>{_EVENTS}<t:Timeout>5</t:Timeout>"
        "</m:PullSubscriptionRequest></m:Subscribe>"
    )
    identity, mark = pull.find(".//m:SubscriptionId", NS), pull.find(".//m:Watermark", NS)
    assert identity is not None
    assert mark is not None
    call(
        f"<m:GetEvents><m:SubscriptionId>{identity.text}</m:SubscriptionId><m:Watermark>{mark.text}</m:Watermark>"
        "</m:GetEvents>"
    )
    call(f"<m:Unsubscribe><m:SubscriptionId>{identity.text}</m:SubscriptionId></m:Unsubscribe>")
    streaming = call(
        f"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{_ID}</t:FolderIds>{_EVENTS}"
        "</m:StreamingSubscriptionRequest></m:Subscribe>"
    ).find(".//m:SubscriptionId", NS)
    assert streaming is not None
    call.stream(str(streaming.text))


def _in_vain(call: Caller) -> None:
    """Call each operation for something that is not there or not allowed."""
    gone_folder = '<t:FolderId Id="AAAA"/>'
    gone_item = '<t:ItemId Id="AAAA" ChangeKey="BBBB"/>'
    nobody = "nobody@nowhere.test"
    for body in (
        f"<m:GetFolder>{_IDS_ONLY}<m:FolderIds>{gone_folder}</m:FolderIds></m:GetFolder>",
        f"<m:CreateFolder><m:ParentFolderId>{gone_folder}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>x"
        "</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
        f'<m:FindFolder Traversal="Shallow">{_IDS_ONLY}<m:ParentFolderIds>{gone_folder}</m:ParentFolderIds>'
        "</m:FindFolder>",
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{gone_folder}<t:Updates><t:DeleteFolderField><t:FieldURI "
        'FieldURI="folder:DisplayName"/></t:DeleteFolderField></t:Updates></t:FolderChange></m:FolderChanges>'
        "</m:UpdateFolder>",
        f"<m:MoveFolder><m:ToFolderId>{_ID}</m:ToFolderId><m:FolderIds>{gone_folder}</m:FolderIds></m:MoveFolder>",
        f'<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds>{gone_folder}</m:FolderIds>'
        "</m:EmptyFolder>",
        f'<m:DeleteFolder DeleteType="HardDelete">{_IDS}</m:DeleteFolder>',
        f"<m:SyncFolderHierarchy>{_IDS_ONLY}<m:SyncState>bm90IG9uZQ==</m:SyncState></m:SyncFolderHierarchy>",
        f'<m:GetUserConfiguration><m:UserConfigurationName Name="Unheard">{_ID}</m:UserConfigurationName>'
        "<m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>",
        f'<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>{gone_folder}</m:SavedItemFolderId>'
        f"<m:Items>{_EVENT}</m:Items></m:CreateItem>",
        f"<m:GetItem>{_ALL}<m:ItemIds>{gone_item}</m:ItemIds></m:GetItem>",
        f'<m:FindItem Traversal="Shallow">{_ALL}<m:CalendarView StartDate="2026-01-01T00:00:00Z" '
        f'EndDate="2029-01-01T00:00:00Z"/><m:ParentFolderIds>{_ID}</m:ParentFolderIds></m:FindItem>',
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f"<m:ItemChanges><t:ItemChange>{gone_item}<t:Updates><t:DeleteItemField><t:FieldURI FieldURI="
        '"calendar:Location"/></t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>',
        '<m:CreateAttachment><m:ParentItemId Id="AAAA"/><m:Attachments><t:FileAttachment><t:Name>n</t:Name>'
        "<t:Content>aGVsbG8=</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>",
        '<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="AAAA"/></m:AttachmentIds></m:GetAttachment>',
        '<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="AAAA"/></m:AttachmentIds></m:DeleteAttachment>',
        f"<m:SyncFolderItems>{_ALL}<m:SyncFolderId>{_ID}</m:SyncFolderId><m:SyncState>bm90IG9uZQ==</m:SyncState>"
        "<m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>",
        f"<m:CopyItem><m:ToFolderId>{_ID}</m:ToFolderId><m:ItemIds>{gone_item}</m:ItemIds></m:CopyItem>",
        f"<m:MoveItem><m:ToFolderId>{_ID}</m:ToFolderId><m:ItemIds>{gone_item}</m:ItemIds></m:MoveItem>",
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
        f"{gone_item}</m:ItemIds></m:DeleteItem>",
        f'<m:SendItem SaveItemToFolder="true"><m:ItemIds>{gone_item}</m:ItemIds></m:SendItem>',
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" Id="AAAA" '
        f'Mailbox="{nobody}"/></m:SourceIds></m:ConvertId>',
        f'<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>{nobody}</m:UnresolvedEntry>'
        "</m:ResolveNames>",
        f"<m:ExpandDL><m:Mailbox><t:EmailAddress>{nobody}</t:EmailAddress></m:Mailbox></m:ExpandDL>",
        f"<m:GetUserAvailabilityRequest>{_ZONE}<m:MailboxDataArray><t:MailboxData><t:Email><t:Address>{nobody}"
        "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions><t:TimeWindow>{_SPAN}</t:TimeWindow><t:RequestedView>FreeBusy</t:RequestedView>"
        "</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
        f"<m:GetRooms><m:RoomList><t:EmailAddress>{nobody}</t:EmailAddress></m:RoomList></m:GetRooms>",
        f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{nobody}</t:Address></t:Mailbox>{_OOF}"
        "</m:SetUserOofSettingsRequest>",
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{nobody}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>",
        *(
            f"<m:{name}{flag}><m:Mailbox><t:EmailAddress>{nobody}</t:EmailAddress></m:Mailbox>{rest}</m:{name}>"
            for name, flag, rest in (
                ("AddDelegate", "", _delegates(nobody)),
                ("GetDelegate", ' IncludePermissions="true"', ""),
                ("UpdateDelegate", "", _delegates(nobody)),
                ("RemoveDelegate", "", f"<m:UserIds>{_user(nobody)}</m:UserIds>"),
            )
        ),
        f"<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>{gone_folder}</t:FolderIds>{_EVENTS}<t:Timeout>5"
        "</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>",
        "<m:GetEvents><m:SubscriptionId>AAAA</m:SubscriptionId><m:Watermark>AAAA</m:Watermark></m:GetEvents>",
        "<m:Unsubscribe><m:SubscriptionId>AAAA</m:SubscriptionId></m:Unsubscribe>",
    ):
        call(body)
    call.stream("AAAA")


def _user(address: str) -> str:
    return f"<t:UserId><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress></t:UserId>"


def _delegates(address: str) -> str:
    return f"<m:DelegateUsers><t:DelegateUser>{_user(address)}</t:DelegateUser></m:DelegateUsers>"
