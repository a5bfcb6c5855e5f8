"""Messages and other items beside the calendar: sending, replying, moving, MIME."""

from __future__ import annotations

import base64
import email
from collections.abc import Callable
from email.policy import default

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import create, event, find, get, id_element, ids_of, keyed, shape, subjects
from tests.mock_tenant.raw_client import RawClient

NewUser = Callable[..., Recipient]


def folder(name: str) -> str:
    return f'<t:DistinguishedFolderId Id="{name}"/>'


def people(name: str, *addresses: str) -> str:
    inner = "".join(f"<t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox>" for one in addresses)
    return f"<t:{name}>{inner}</t:{name}>"


def message(*recipients: str, subject: str = "Mail", more: str = "") -> str:
    body = '<t:Body BodyType="Text">Hello</t:Body>'
    to = people("ToRecipients", *recipients) if recipients else ""
    return f"<t:Message><t:Subject>{subject}</t:Subject>{body}{to}{more}</t:Message>"


@pytest.fixture
def box(soap: RawClient, new_user: NewUser) -> ItemClient:
    return ItemClient(soap, new_user().email)


@pytest.fixture
def other(soap: RawClient, new_user: NewUser) -> ItemClient:
    return ItemClient(soap, new_user().email)


def mail(box: ItemClient, name: str = "inbox") -> list[str]:
    return subjects(box(find(folder=folder(name))))


def test_sending_with_a_copy(box: ItemClient, other: ItemClient) -> None:
    answer = box(create(message(other.address, "outside@example.test"), disposition="SendAndSaveCopy"))
    assert answer.codes == ["NoError"]
    assert answer.all("//m:Items/*") == []
    assert mail(box, "sentitems") == ["Mail"]
    assert mail(box, "drafts") == []
    (received,) = ids_of(other(find(folder=folder("inbox"))))
    shown = other(get([received]))
    assert shown.text("//t:From/t:Mailbox/t:EmailAddress") == box.address
    assert shown.text("//t:IsRead") == "false"
    assert shown.text("//t:IsDraft") == "false"
    assert shown.text("//t:ReceivedBy/t:Mailbox/t:EmailAddress") == other.address
    assert shown.text("//t:DisplayTo").endswith("; outside@example.test")
    headers = {one.get("HeaderName"): one.text for one in shown.all("//t:InternetMessageHeader")}
    assert headers["Subject"] == "Mail"
    path = '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="subject"/>'
    limit = f'<t:IsEqualTo>{path}<t:FieldURIOrConstant><t:Constant Value="mail"/></t:FieldURIOrConstant></t:IsEqualTo>'
    assert ids_of(other(find(folder=folder("inbox"), restriction=limit))) == [received]


def test_sending_without_a_copy(box: ItemClient, other: ItemClient) -> None:
    assert box(create(message(other.address), disposition="SendOnly")).codes == ["NoError"]
    assert mail(box, "sentitems") == []
    assert mail(other) == ["Mail"]


def test_a_group_is_sent_to_its_members_once(box: ItemClient, other: ItemClient, tenant_server: MockTenant) -> None:
    made = tenant_server.organization
    with made.lock:
        address = f"group-of-{other.address}"
        made.directory.add(Recipient(address, "Group", kind=RecipientKind.GROUP, members=[other.address, address]))
    box(create(message(address, other.address), disposition="SendOnly"))
    assert mail(other) == ["Mail"]


def test_blind_copies_stay_blind(box: ItemClient, other: ItemClient) -> None:
    item = message("outside@example.test", more=people("BccRecipients", other.address))
    box(create(item, disposition="SendAndSaveCopy"))
    (received,) = ids_of(other(find(folder=folder("inbox"))))
    assert other(get([received])).all("//t:BccRecipients") == []
    (sent,) = ids_of(box(find(folder=folder("sentitems"))))
    assert box(get([sent])).text("//t:BccRecipients//t:EmailAddress") == other.address


@pytest.mark.parametrize("disposition", ["SendOnly", "SendAndSaveCopy"])
def test_nobody_to_send_to(box: ItemClient, disposition: str) -> None:
    assert box(create(message(), disposition=disposition)).codes == ["ErrorInvalidRecipients"]
    assert mail(box, "sentitems") == []


def test_sending_as_somebody_else(box: ItemClient, other: ItemClient) -> None:
    sender = f"<t:From><t:Mailbox><t:EmailAddress>{other.address}</t:EmailAddress></t:Mailbox></t:From>"
    answer = box(create(message(box.address, more=sender), disposition="SendOnly"))
    assert answer.codes == ["ErrorSendAsDenied"]


def send(identity: str, *, save: str = "true", to: str = "") -> str:
    saved = f"<m:SavedItemFolderId>{to}</m:SavedItemFolderId>" if to else ""
    return f'<m:SendItem SaveItemToFolder="{save}"><m:ItemIds>{id_element(identity)}</m:ItemIds>{saved}</m:SendItem>'


def test_sending_a_draft(box: ItemClient, other: ItemClient) -> None:
    draft = keyed(box(create(message(other.address))))
    assert mail(box, "drafts") == ["Mail"]
    assert box(send(draft, save="false", to=folder("inbox"))).codes == ["ErrorInvalidSendItemSaveSettings"]
    assert box(send(draft, to=folder("deleteditems"))).codes == ["NoError"]
    assert mail(box, "drafts") == []
    assert mail(box, "deleteditems") == ["Mail"]
    assert mail(other) == ["Mail"]
    again = keyed(box(create(message(other.address, subject="Two"))))
    assert box(send(again, save="false")).codes == ["NoError"]
    assert mail(box, "drafts") == mail(box, "sentitems") == []


def test_sending_needs_the_current_change_key_of_a_message(box: ItemClient) -> None:
    made = box(create(message(box.address) + event()))
    one, two = ids_of(made)
    assert box(send(one)).codes == ["ErrorChangeKeyRequiredForWriteOperations"]
    key = made.all("//t:ItemId")[1].get("ChangeKey")
    assert box(send(f'<t:ItemId Id="{two}" ChangeKey="{key}"/>')).codes == ["ErrorInvalidItemForOperationSendItem"]


def respond(name: str, identity: str, more: str = "", before: str = "") -> str:
    return f'<t:{name}>{before}<t:ReferenceItemId Id="{identity}"/>{more}</t:{name}>'


def test_replying_and_forwarding(box: ItemClient, other: ItemClient, soap: RawClient, new_user: NewUser) -> None:
    third = ItemClient(soap, new_user().email)
    box(create(message(other.address, third.address), disposition="SendOnly"))
    (received,) = ids_of(other(find(folder=folder("inbox"))))
    text = '<t:NewBodyContent BodyType="Text">Thanks</t:NewBodyContent>'
    assert other(create(respond("ReplyToItem", received, text), disposition="SendOnly")).codes == ["NoError"]
    assert mail(box) == ["RE: Mail"]
    assert mail(third) == ["Mail"]
    other(create(respond("ReplyAllToItem", received, text), disposition="SendOnly"))
    assert mail(box) == ["RE: Mail", "RE: Mail"]
    assert mail(third) == ["Mail", "RE: Mail"]
    to = people("ToRecipients", third.address)
    other(create(respond("ForwardItem", received, before=to), disposition="SendAndSaveCopy"))
    assert mail(third) == ["Mail", "RE: Mail", "FW: Mail"]
    (forwarded,) = ids_of(third(find(folder=folder("inbox"), query="subject:FW")))
    assert "Hello" in third(get([forwarded])).text("//t:Body")
    draft = other(create(respond("ReplyToItem", received, text), disposition="SaveOnly"))
    assert len(ids_of(draft)) == 1
    assert mail(other, "drafts") == ["RE: Mail"]
    answer = other(create(respond("ReplyToItem", received), disposition=None))
    assert answer.codes == ["ErrorMessageDispositionRequired"]


def test_what_cannot_be_replied_to(box: ItemClient) -> None:
    contact, draft = box.make("<t:Contact/>"), box.make(message(box.address))
    for identity in (contact, draft):
        answer = box(create(respond("ReplyToItem", identity), disposition="SendOnly"))
        assert answer.codes == ["ErrorInvalidReferenceItem"]


def carry(operation: str, identity: str, to: str, more: str = "") -> str:
    ids = f"<m:ItemIds>{id_element(identity)}</m:ItemIds>"
    return f"<m:{operation}><m:ToFolderId>{to}</m:ToFolderId>{ids}{more}</m:{operation}>"


def test_moving_gives_a_new_id(box: ItemClient) -> None:
    identity = box.make(message(box.address))
    moved = box(carry("MoveItem", identity, folder("inbox")))
    (new,) = ids_of(moved)
    assert new != identity
    assert box(get([identity])).codes == ["ErrorItemNotFound"]
    assert subjects(box(get([new]))) == ["Mail"]
    copied = box(carry("CopyItem", new, folder("deleteditems")))
    assert subjects(box(get([new, *ids_of(copied)]))) == ["Mail", "Mail"]
    quiet = box(carry("MoveItem", new, folder("drafts"), "<m:ReturnNewItemIds>false</m:ReturnNewItemIds>"))
    assert ids_of(quiet) == []


@pytest.mark.parametrize("operation", ["MoveItem", "CopyItem"])
def test_moves_that_are_refused(box: ItemClient, operation: str) -> None:
    identity = box.make(event())
    assert box(carry(operation, identity, folder("inbox"))).codes == [
        "ErrorCannotCreateCalendarItemInNonCalendarFolder"
    ]
    assert box(carry(operation, identity, folder("archiveinbox"))).codes == ["ErrorToFolderNotFound"]
    occurrence = f'<t:OccurrenceItemId RecurringMasterId="{identity}" InstanceIndex="1"/>'
    answer = box(carry(operation, occurrence, folder("deleteditems")))
    assert answer.codes == ["ErrorCalendarCannotUseIdForRecurringMasterId"]


MIME = (
    b"From: Ann <ann@example.test>\r\nTo: =?utf-8?q?J=C3=BCrgen?= <juergen@example.test>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Mon, 05 Jan 2026 10:00:00 +0100\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n--b\r\n'
    b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="n.txt"\r\n\r\nnote\r\n--b--\r\n'
)


def mime(raw: bytes) -> str:
    return f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(raw).decode()}</t:MimeContent>'


def test_a_message_made_of_mime(box: ItemClient) -> None:
    identity = box.make(f"<t:Message>{mime(MIME)}</t:Message>")
    shown = box(get([identity], shape("AllProperties", options="<t:IncludeMimeContent>true</t:IncludeMimeContent>")))
    assert subjects(shown) == ["Grüße"]
    assert shown.text("//t:Body").strip() == "<p>Hi</p>"
    assert shown.text("//t:From/t:Mailbox/t:Name") == "Ann"
    assert shown.text("//t:ToRecipients/t:Mailbox/t:Name") == "Jürgen"
    assert shown.text("//t:DateTimeSent") == "2026-01-05T09:00:00Z"
    assert shown.text("//t:FileAttachment/t:Name") == "n.txt"
    parsed = email.message_from_bytes(base64.b64decode(shown.text("//t:MimeContent")), policy=default)
    assert parsed["Subject"] == "Grüße"
    assert parsed["To"].addresses[0].display_name == "Jürgen"
    (part,) = parsed.iter_attachments()
    assert part.get_filename() == "n.txt"


ICAL = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:abc@example.test\r\nSUMMARY:Lunch\\, late\r\n"
    b"DTSTART;TZID=America/New_York:20260701T120000\r\nDTEND;TZID=America/New_York:20260701T130000\r\n"
    b"LOCATION:A very long name of a place that had to be fol\r\n ded\r\nDESCRIPTION:one\\ntwo\r\nCATEGORIES:a,b\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_an_event_made_of_icalendar(box: ItemClient) -> None:
    identity = box.make(f"<t:CalendarItem>{mime(ICAL)}<t:Subject>Own words</t:Subject></t:CalendarItem>")
    shown = box(get([identity]))
    assert subjects(shown) == ["Own words"]
    assert shown.text("//t:UID") == "abc@example.test"
    assert shown.text("//t:Start") == "2026-07-01T16:00:00Z"
    assert shown.one("//t:StartTimeZone").get("Id") == "Eastern Standard Time"
    assert shown.text("//t:Location") == "A very long name of a place that had to be folded"
    assert shown.text("//t:Body") == "one\ntwo"
    assert [one.text for one in shown.all("//t:Categories/t:String")] == ["a", "b"]


def test_an_all_day_event_made_of_icalendar(box: ItemClient) -> None:
    raw = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Day\r\nDTSTART;VALUE=DATE:20260701\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    shown = box(get([box.make(f"<t:CalendarItem>{mime(raw)}</t:CalendarItem>")]))
    assert shown.text("//t:IsAllDayEvent") == "true"
    assert shown.text("//t:End") == "2026-07-02T00:00:00Z"


@pytest.mark.parametrize("raw", [b"BEGIN:VCALENDAR", b"", b"BEGIN:VEVENT\r\nDTSTART:soon\r\nEND:VEVENT"])
def test_what_is_no_icalendar(box: ItemClient, raw: bytes) -> None:
    assert box(create(f"<t:CalendarItem>{mime(raw)}</t:CalendarItem>")).codes == ["ErrorContentConversionFailed"]


def test_a_contact_files_itself(box: ItemClient) -> None:
    names = "<t:GivenName>Ann</t:GivenName><t:Surname>Lee</t:Surname>"
    identity = box.make(f"<t:Contact><t:FileAsMapping>LastCommaFirst</t:FileAsMapping>{names}</t:Contact>")
    shown = box(get([identity]))
    assert shown.text("//t:FileAs") == "Lee, Ann"
    assert shown.text("//t:CompleteName/t:FullName") == "Ann Lee"
    assert shown.text("//t:DisplayName") == "Ann Lee"
    phone = '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>'
    assert box(get([identity], shape(more=phone))).all("//t:PhoneNumbers") == []
