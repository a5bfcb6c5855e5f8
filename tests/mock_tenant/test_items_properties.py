"""The tables of item properties, held against the published schema, and what the grammar made of them refuses."""

from __future__ import annotations

import pytest
from lxml import etree

from calconnect.mock_tenant.ews.items.kinds import KINDS, PROPERTIES
from tests.mock_tenant.item_requests import create, event, get, shape, update
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.schema import FOLDER

XS = "{http://www.w3.org/2001/XMLSchema}"
TYPES = {
    "Item": "ItemType",
    "Message": "MessageType",
    "CalendarItem": "CalendarItemType",
    "Contact": "ContactItemType",
    "DistributionList": "DistributionListType",
    "MeetingMessage": "MeetingMessageType",
    "MeetingRequest": "MeetingRequestMessageType",
    "MeetingResponse": "MeetingResponseMessageType",
    "MeetingCancellation": "MeetingCancellationMessageType",
    "Task": "TaskType",
    "PostItem": "PostItemType",
}
NEWER = {
    "calendar:IntendedFreeBusyStatus",
    "item:SearchKey",
    "item:SortKey",
    "message:MailboxGuids",
    "message:SenderSMTPAddress",
}
"""Elements of the schema for which it lists no path."""

needs_schema = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published schema is not at {FOLDER}")


def types() -> etree._Element:
    return etree.parse(str(FOLDER / "types.xsd")).getroot()


def elements_of(root: etree._Element, name: str) -> list[str]:
    """Return the element names of a complex type in order, those of its base first."""
    (found,) = (one for one in root.findall(f"{XS}complexType") if one.get("name") == name)
    extension = found.find(f"{XS}complexContent/{XS}extension")
    inherited = [] if extension is None else elements_of(root, (extension.get("base") or "").removeprefix("t:"))
    own = found if extension is None else extension
    return [*inherited, *(one.get("name") or "" for one in own.findall(f"{XS}sequence/{XS}element"))]


@needs_schema
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_the_elements_of_its_type_in_order(kind: str) -> None:
    assert [one.name for one in KINDS[kind].properties] == elements_of(types(), TYPES[kind])


@needs_schema
def test_every_path_is_one_of_the_schema() -> None:
    (listed,) = (one for one in types().findall(f"{XS}simpleType") if one.get("name") == "UnindexedFieldURIType")
    known = {one.get("value") for one in listed.iter(f"{XS}enumeration")}
    assert set(PROPERTIES) - known == NEWER
    ours = {uri.partition(":")[0] for uri in PROPERTIES}
    missing = {uri for uri in known - set(PROPERTIES) if uri and uri.partition(":")[0] in ours}
    assert missing == {"contacts:Culture", "item:FirstBody", "item:MimeContentUTF8"}


@pytest.mark.parametrize("base", ["IdOnly", "Default", "AllProperties"])
def test_every_kind_in_every_shape_is_valid(soap: RawClient, base: str) -> None:
    items = (
        event()
        + "<t:Message><t:Subject>M</t:Subject></t:Message><t:Contact><t:GivenName>A</t:GivenName></t:Contact>"
        + "<t:Task><t:Subject>T</t:Subject></t:Task><t:PostItem><t:Subject>P</t:Subject></t:PostItem>"
        + "<t:DistributionList><t:DisplayName>D</t:DisplayName></t:DistributionList>"
        + "<t:Item><t:Subject>I</t:Subject></t:Item>"
    )
    made = soap(create(items), impersonate="carol@contoso.test")
    assert set(made.codes) == {"NoError"}
    ids = [one.get("Id") or "" for one in made.all("//t:ItemId")]
    answer = soap(get(ids, shape(base)), impersonate="carol@contoso.test")
    kinds = [one.tag.rpartition("}")[2] for one in answer.all("//m:Items/*")]
    assert kinds == ["CalendarItem", "Message", "Contact", "Task", "PostItem", "DistributionList", "Item"]


def test_every_property_that_there_is_can_be_asked_of_every_kind(soap: RawClient) -> None:
    """GetItem leaves out what an item does not have: clients ask for the union of many kinds (exchangelib's fetch)."""
    made = soap(create(event() + "<t:Message/><t:Task/><t:Contact/>"), impersonate="carol@contoso.test")
    ids = [one.get("Id") or "" for one in made.all("//t:ItemId")]
    options = "<t:IncludeMimeContent>true</t:IncludeMimeContent>"
    answer = soap(get(ids, shape("AllProperties", PROPERTIES, options=options)), impersonate="carol@contoso.test")
    assert answer.codes == ["NoError"] * 4
    assert len(answer.all("//t:MimeContent")) == 4


@pytest.mark.parametrize(
    "item",
    [
        "<t:CalendarItem><t:Colour>red</t:Colour></t:CalendarItem>",
        "<t:CalendarItem><t:Start>2026-11-25T10:00:00Z</t:Start><t:Subject>late</t:Subject></t:CalendarItem>",
        "<t:CalendarItem><t:Subject>a</t:Subject><t:Subject>b</t:Subject></t:CalendarItem>",
        "<t:CalendarItem><t:Start>tomorrow</t:Start></t:CalendarItem>",
        "<t:CalendarItem><t:Start>2026-11-25</t:Start></t:CalendarItem>",
        "<t:CalendarItem><t:Start>2026-13-45T10:00:00Z</t:Start></t:CalendarItem>",
        "<t:CalendarItem><t:IsAllDayEvent>perhaps</t:IsAllDayEvent></t:CalendarItem>",
        "<t:CalendarItem><t:LegacyFreeBusyStatus>Sleepy</t:LegacyFreeBusyStatus></t:CalendarItem>",
        "<t:CalendarItem><t:Body>no type</t:Body></t:CalendarItem>",
        "<t:CalendarItem><t:ReminderMinutesBeforeStart>ten</t:ReminderMinutesBeforeStart></t:CalendarItem>",
        "<t:CalendarItem><t:ReminderMinutesBeforeStart>1.5</t:ReminderMinutesBeforeStart></t:CalendarItem>",
        "<t:CalendarItem><t:RequiredAttendees><t:Attendee/></t:RequiredAttendees></t:CalendarItem>",
        "<t:CalendarItem><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
        "</t:Recurrence></t:CalendarItem>",
        "<t:Contact><t:PhoneNumbers><t:Entry Key='Fax'>1</t:Entry></t:PhoneNumbers></t:Contact>",
        "<t:Event/>",
        "",
    ],
)
def test_what_the_schema_does_not_allow_is_refused_as_a_whole(soap: RawClient, item: str) -> None:
    answer = soap(create(event() + item if item else ""), impersonate="carol@contoso.test")
    assert answer.status == 500
    assert answer.codes == ["ErrorSchemaValidation"]


@pytest.mark.parametrize(
    ("uri", "status", "code"),
    [
        ("calendar:Colour", 500, "ErrorSchemaValidation"),
        ("nonsense", 500, "ErrorSchemaValidation"),
        ("folder:DisplayName", 200, "ErrorInvalidPropertyRequest"),
    ],
)
def test_paths_that_no_item_has(soap: RawClient, uri: str, status: int, code: str) -> None:
    made = soap(create(event()), impersonate="carol@contoso.test")
    (identity,) = (one.get("Id") or "" for one in made.all("//t:ItemId"))
    answer = soap(get([identity], shape(fields=[uri])), impersonate="carol@contoso.test")
    assert (answer.status, answer.codes) == (status, [code])


def test_a_change_of_an_unknown_path_is_refused_as_a_whole(soap: RawClient) -> None:
    made = soap(create(event()), impersonate="carol@contoso.test")
    (identity,) = (one.get("Id") or "" for one in made.all("//t:ItemId"))
    change = '<t:DeleteItemField><t:FieldURI FieldURI="calendar:Colour"/></t:DeleteItemField>'
    answer = soap(update(identity, change), impersonate="carol@contoso.test")
    assert answer.codes == ["ErrorSchemaValidation"]
