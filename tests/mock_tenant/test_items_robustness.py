"""Requests spoiled at random: whatever comes in, an answer of Exchange's goes out, and it is as the schema wants it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    BERLIN_CONTEXT,
    CALENDAR,
    append_field,
    calendar_view,
    create,
    daily,
    delete,
    delete_field,
    event,
    find,
    get,
    ids_of,
    occurrence,
    set_field,
    shape,
    update,
)
from tests.mock_tenant.raw_client import NS, RawClient

TEXTS = [
    "",
    " ",
    "x",
    "-1",
    "0",
    "99999999999",
    "true",
    "NaN",
    "1e400",
    "P1D",
    "2026-02-30T00:00:00Z",
    "2026-11-25T10:00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-11-25",
    'é"<&>',
    "Monday Monday",
    "AAAA",
    "%%%",
    "a@b",
    "\u2028",
    "x" * 3000,
]
EXTENDED = (
    '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="x" PropertyType="{}"/>'
)


def rich_event() -> str:
    """Return an event with nearly everything that one can have."""
    people = (
        "<t:Attendee><t:Mailbox><t:Name>A</t:Name><t:EmailAddress>a@example.test</t:EmailAddress>"
        "<t:RoutingType>SMTP</t:RoutingType></t:Mailbox><t:ResponseType>Unknown</t:ResponseType></t:Attendee>"
    )
    before = (
        '<t:Sensitivity>Normal</t:Sensitivity><t:Body BodyType="HTML">x</t:Body><t:Attachments><t:FileAttachment>'
        "<t:Name>n</t:Name><t:IsInline>true</t:IsInline><t:Content>AAAA</t:Content></t:FileAttachment>"
        "<t:ItemAttachment><t:Name>i</t:Name><t:Message><t:Subject>s</t:Subject></t:Message></t:ItemAttachment>"
        "</t:Attachments><t:Categories><t:String>a</t:String></t:Categories><t:ReminderIsSet>true</t:ReminderIsSet>"
        f"<t:ExtendedProperty>{EXTENDED.format('StringArray')}<t:Values><t:Value>1</t:Value></t:Values>"
        "</t:ExtendedProperty>"
    )
    after = (
        "<t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"
        f"<t:Location>L</t:Location><t:RequiredAttendees>{people}</t:RequiredAttendees>"
        f'{daily("2026-11-25", 5)}<t:StartTimeZone Id="Eastern Standard Time"/>'
    )
    return event(before=before, after=after)


def requests(master: str, contact: str) -> list[str]:
    """Return requests that are as they should be."""
    subject = set_field("item:Subject", "<t:Subject>N</t:Subject>")
    start = set_field("calendar:Start", "<t:Start>2026-11-26T10:00:00Z</t:Start>")
    append = append_field("item:Body", '<t:Body BodyType="HTML">y</t:Body>')
    phone = '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>'
    entry = '<t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry></t:PhoneNumbers>'
    restriction = (
        '<t:And><t:Contains ContainmentMode="Substring" ContainmentComparison="Loose"><t:FieldURI '
        'FieldURI="item:Subject"/><t:Constant Value="e"/></t:Contains><t:Not><t:Exists><t:FieldURI '
        'FieldURI="calendar:Location"/></t:Exists></t:Not><t:IsGreaterThan><t:FieldURI FieldURI="calendar:Start"/>'
        '<t:FieldURIOrConstant><t:Constant Value="2026-01-01T00:00:00Z"/></t:FieldURIOrConstant></t:IsGreaterThan>'
        f'<t:Excludes>{EXTENDED.format("Integer")}<t:Bitmask Value="1"/></t:Excludes></t:And>'
    )
    group = (
        '<m:IndexedPageItemView MaxEntriesReturned="3" Offset="0" BasePoint="Beginning"/><m:GroupBy Order="Ascending">'
        '<t:FieldURI FieldURI="item:Subject"/><t:AggregateOn Aggregate="Maximum">'
        '<t:FieldURI FieldURI="calendar:Start"/></t:AggregateOn></m:GroupBy>'
    )
    order = '<t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Categories"/></t:FieldOrder>'
    return [
        create(rich_event()),
        create(
            "<t:Message><t:Subject>m</t:Subject></t:Message><t:Task><t:PercentComplete>5</t:PercentComplete></t:Task>"
        ),
        get([master, contact, occurrence(master, 2)], shape("AllProperties", ["calendar:Start"], phone)),
        update(master, subject + start + append + delete_field("calendar:Location")),
        update(occurrence(master, 3), subject),
        update(contact, f"<t:SetItemField>{phone}<t:Contact>{entry}</t:Contact></t:SetItemField>"),
        delete([occurrence(master, 4)], how="SoftDelete"),
        find(view=calendar_view("2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z", 5), item_shape=shape("Default")),
        find(view=group, order=order, restriction=restriction),
        find(query="subject:(a OR b) NOT x"),
        f"<m:SyncFolderItems>{shape()}<m:SyncFolderId>{CALENDAR}</m:SyncFolderId>"
        "<m:MaxChangesReturned>5</m:MaxChangesReturned></m:SyncFolderItems>",
        f'<m:CreateAttachment><m:ParentItemId Id="{master}"/><m:Attachments><t:FileAttachment><t:Name>n</t:Name>'
        "<t:Content>AAAA</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>",
        '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones>',
        create(f'<t:ReplyAllToItem><t:Subject>s</t:Subject><t:ReferenceItemId Id="{master}"/></t:ReplyAllToItem>'),
    ]


def spoil(tree: etree._Element, pool: list[etree._Element], chance: random.Random) -> None:
    """Change one thing in a request, however little sense it makes."""
    element = chance.choice(list(tree.iter()))
    parent = element.getparent()
    what = chance.choice(
        ["remove", "double", "text", "text", "text", "attribute", "attribute", "strip", "insert", "swap"]
    )
    if what == "text":
        element.text = chance.choice(TEXTS)
    elif what == "attribute" and element.attrib:
        element.set(chance.choice(list(element.attrib)), chance.choice(TEXTS))
    elif what == "strip" and element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]
    elif what == "insert":
        element.insert(chance.randrange(len(element) + 1), copy.deepcopy(chance.choice(pool)))
    elif what == "remove" and parent is not None:
        parent.remove(element)
    elif what == "double" and parent is not None:
        element.addnext(copy.deepcopy(element))
    elif what == "swap" and parent is not None:
        parent.replace(element, copy.deepcopy(chance.choice(pool)))


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


@settings(
    max_examples=250, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32))
def test_spoiled_requests_are_answered_properly(box: ItemClient, seed: int) -> None:
    chance = random.Random(seed)
    master, contact = ids_of(box(create(rich_event() + "<t:Contact><t:GivenName>A</t:GivenName></t:Contact>")))
    namespaces = " ".join(f'xmlns:{prefix}="{NS[prefix]}"' for prefix in "mt")
    trees = [etree.fromstring(f"<r {namespaces}>{body}</r>")[0] for body in requests(master, contact)]
    pool = [element for tree in trees for element in tree.iter()]
    tree = copy.deepcopy(chance.choice(trees))
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        spoil(tree, pool, chance)
    version = chance.choice(["Exchange2016", "Exchange2010", "Exchange2007_SP1"])
    answer = box(etree.tostring(tree).decode(), version=version, header=chance.choice(["", BERLIN_CONTEXT]))
    assert answer.status in (200, 500)
    assert answer.codes
    assert "ErrorInternalServerError" not in answer.codes
