"""Attachments: files and items, made with their item or later, read and taken off."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import create, event, find, get, ids_of, shape
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

CONTENT = b"\x00\xff some bytes"


def file(name: str = "a.bin", content: bytes = CONTENT, more: str = "") -> str:
    return (
        f"<t:FileAttachment><t:Name>{name}</t:Name><t:ContentType>application/pdf</t:ContentType>{more}"
        f"<t:Content>{base64.b64encode(content).decode()}</t:Content></t:FileAttachment>"
    )


def attached(item: str, name: str = "inner") -> str:
    return f"<t:ItemAttachment><t:Name>{name}</t:Name>{item}</t:ItemAttachment>"


def add(identity: str, attachments: str) -> str:
    return (
        f'<m:CreateAttachment><m:ParentItemId Id="{identity}"/><m:Attachments>{attachments}</m:Attachments>'
        "</m:CreateAttachment>"
    )


def fetch(identity: str, item_shape: str = "") -> str:
    ids = f'<m:AttachmentIds><t:AttachmentId Id="{identity}"/></m:AttachmentIds>'
    return f"<m:GetAttachment>{item_shape}{ids}</m:GetAttachment>"


def remove(identity: str) -> str:
    return (
        f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{identity}"/></m:AttachmentIds></m:DeleteAttachment>'
    )


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


def test_a_file_comes_and_goes(box: ItemClient) -> None:
    identity = box.make(event())
    made = box(add(identity, file()))
    assert made.codes == ["NoError"]
    attachment = made.one("//t:FileAttachment/t:AttachmentId")
    assert attachment.get("RootItemId") == identity
    (item,) = box(get([identity], shape())).all("//t:ItemId")
    assert attachment.get("RootItemChangeKey") == item.get("ChangeKey")
    shown = box(get([identity]))
    assert shown.text("//t:HasAttachments") == "true"
    assert shown.text("//t:Attachments/t:FileAttachment/t:Name") == "a.bin"
    assert shown.text("//t:Attachments/t:FileAttachment/t:Size") == str(len(CONTENT))
    assert shown.all("//t:Attachments//t:Content") == []
    number = attachment.get("Id") or ""
    read = box(fetch(number))
    assert base64.b64decode(read.text("//t:Content")) == CONTENT
    assert read.text("//t:ContentType") == "application/pdf"
    gone = box(remove(number))
    assert gone.one("//m:RootItemId").get("RootItemId") == identity
    assert box(fetch(number)).codes == ["ErrorInvalidAttachmentId"]
    assert box(remove(number)).codes == ["ErrorInvalidAttachmentId"]
    assert box(get([identity])).text("//t:HasAttachments") == "false"


def test_an_item_inside_an_item(box: ItemClient) -> None:
    inner = event("Inside &lt;x&gt;", before='<t:Body BodyType="Text">deep</t:Body>')
    identity = box.make("<t:Message><t:Subject>Outer</t:Subject></t:Message>")
    made = box(add(identity, attached(inner) + attached("<t:Contact><t:GivenName>Ann</t:GivenName></t:Contact>", "c")))
    assert made.codes == ["NoError", "NoError"]
    first, second = (one.get("Id") or "" for one in made.all("//t:AttachmentId"))
    read = box(fetch(first))
    assert read.text("//t:ItemAttachment/t:CalendarItem/t:Subject") == "Inside <x>"
    assert read.text("//t:ItemAttachment/t:CalendarItem/t:Start") == "2026-11-25T10:00:00Z"
    assert read.all("//t:CalendarItem/t:ItemId") == []
    wanted = (
        "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent><t:BodyType>HTML</t:BodyType>"
        '<t:AdditionalProperties><t:FieldURI FieldURI="item:TextBody"/></t:AdditionalProperties></m:AttachmentShape>'
    )
    read = box(fetch(first, wanted))
    assert read.text("//t:TextBody") == "deep"
    assert read.one("//t:Body").get("BodyType") == "HTML"
    assert b"BEGIN:VCALENDAR" in base64.b64decode(read.text("//t:MimeContent"))
    assert box(fetch(second)).text("//t:ItemAttachment/t:Contact/t:GivenName") == "Ann"


def test_attachments_come_with_their_item(box: ItemClient) -> None:
    item = event(
        before=f"<t:Attachments>{file()}{attached('<t:Message><t:Subject>m</t:Subject></t:Message>')}</t:Attachments>"
    )
    made = box(create(item))
    assert made.codes == ["NoError"]
    assert len(made.all("//t:Attachments/*/t:AttachmentId")) == 2
    number = made.all("//t:FileAttachment/t:AttachmentId")[0].get("Id") or ""
    assert base64.b64decode(box(fetch(number)).text("//t:Content")) == CONTENT


def test_inline_files_do_not_count(box: ItemClient) -> None:
    identity = box.make(event())
    more = "<t:ContentId>pic@1</t:ContentId><t:IsInline>true</t:IsInline>"
    box(add(identity, file("pic.png", more=more)))
    shown = box(get([identity]))
    assert shown.text("//t:HasAttachments") == "false"
    assert shown.text("//t:FileAttachment/t:ContentId") == "pic@1"
    assert shown.text("//t:FileAttachment/t:IsInline") == "true"


@pytest.mark.parametrize(
    ("attachment", "code"),
    [
        ("<t:FileAttachment><t:Name>x</t:Name></t:FileAttachment>", "ErrorRequiredPropertyMissing"),
        ("<t:ItemAttachment><t:Name>x</t:Name></t:ItemAttachment>", "ErrorRequiredPropertyMissing"),
        (attached("<t:MeetingRequest/>"), "ErrorInvalidItemForOperationCreateItemAttachment"),
        ("<t:ReferenceAttachment><t:Name>x</t:Name></t:ReferenceAttachment>", "ErrorInvalidOperation"),
    ],
)
def test_attachments_that_are_refused(box: ItemClient, attachment: str, code: str) -> None:
    identity = box.make(event())
    assert box(add(identity, attachment)).codes == [code]


@pytest.mark.parametrize(
    ("identity", "code"),
    [("bm8gaWQ=", "ErrorInvalidAttachmentId"), ("", "ErrorInvalidAttachmentId")],
)
def test_ids_that_are_no_attachments(box: ItemClient, identity: str, code: str) -> None:
    assert box(fetch(identity)).codes == [code]
    assert box(remove(identity)).codes == [code]


def test_an_item_is_no_attachment(box: ItemClient) -> None:
    assert box(fetch(box.make(event()))).codes == ["ErrorInvalidIdNotAnItemAttachmentId"]


def test_others_may_not_read_attachments(box: ItemClient, soap: RawClient, new_user: Callable[..., Recipient]) -> None:
    identity = box.make(event())
    number = box(add(identity, file())).one("//t:AttachmentId").get("Id") or ""
    other = (new_user().email, USER_PASSWORD)
    assert soap(fetch(number), auth=other).codes == ["ErrorAccessDenied"]
    assert soap(remove(number), auth=other).codes == ["ErrorAccessDenied"]
    assert soap(add(identity, file()), auth=other).codes == ["ErrorAccessDenied"]


def test_a_copy_has_its_own_attachments(box: ItemClient) -> None:
    identity = box.make(event())
    number = box(add(identity, file())).one("//t:AttachmentId").get("Id") or ""
    copied = box(
        '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="calendar"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{identity}"/></m:ItemIds></m:CopyItem>'
    )
    (other,) = ids_of(copied)
    box(remove(number))
    assert box(get([other])).text("//t:HasAttachments") == "true"
    assert len(ids_of(box(find()))) == 2
