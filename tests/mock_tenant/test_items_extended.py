"""Extended properties: every way to name them, every type, and the MAPI names of what items have anyway."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import create, daily, event, find, get, ids_of, occurrence, shape, update
from tests.mock_tenant.raw_client import RawClient

GUID = "c11ff724-aa03-4555-9952-8fa248a11c3e"


def uri(**attributes: str) -> str:
    return "<t:ExtendedFieldURI " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + "/>"


def value(path: str, *texts: str, many: bool = False) -> str:
    inner = "".join(f"<t:Value>{text}</t:Value>" for text in texts)
    return f"<t:ExtendedProperty>{path}{f'<t:Values>{inner}</t:Values>' if many else inner}</t:ExtendedProperty>"


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


NAMES = {
    "by set and name": uri(PropertySetId=GUID, PropertyName="Colour", PropertyType="String"),
    "by set and number": uri(PropertySetId=GUID, PropertyId="4711", PropertyType="String"),
    "by known set and name": uri(
        DistinguishedPropertySetId="PublicStrings", PropertyName="urn:x", PropertyType="String"
    ),
    "by known set and number": uri(DistinguishedPropertySetId="Common", PropertyId="34999", PropertyType="String"),
    "by tag": uri(PropertyTag="0x3FF9", PropertyType="String"),
    "by decimal tag": uri(PropertyTag="16345", PropertyType="String"),
}


@pytest.mark.parametrize("path", NAMES.values(), ids=NAMES)
def test_every_way_to_name_one(box: ItemClient, path: str) -> None:
    identity = box.make(event(before=value(path, "rosé &lt;1&gt;")))
    answer = box(get([identity], shape(more=path)))
    assert answer.text("//t:ExtendedProperty/t:Value") == "rosé <1>"
    assert box(get([identity])).all("//t:ExtendedProperty") == []
    found = box(find(item_shape=shape(more=path)))
    assert found.text("//t:ExtendedProperty/t:Value") == "rosé <1>"


def test_a_known_set_is_the_same_by_its_guid(box: ItemClient) -> None:
    known = uri(DistinguishedPropertySetId="PublicStrings", PropertyName="Team", PropertyType="String")
    plain = uri(PropertySetId="00020329-0000-0000-C000-000000000046", PropertyName="Team", PropertyType="String")
    identity = box.make(event(before=value(plain, "blue")))
    answer = box(get([identity], shape(more=known)))
    assert answer.text("//t:Value") == "blue"
    assert answer.one("//t:ExtendedFieldURI").get("DistinguishedPropertySetId") == "PublicStrings"


def test_names_do_not_mix(box: ItemClient) -> None:
    paths = list(NAMES.values())[:3]
    identity = box.make(event(before=value(paths[0], "only this")))
    answer = box(get([identity], shape(more="".join(paths))))
    assert [one.text for one in answer.all("//t:Value")] == ["only this"]


TYPES = [
    ("Boolean", "TRUE", "true"),
    ("Boolean", "0", "false"),
    ("Short", " 12 ", "12"),
    ("Integer", "-5", "-5"),
    ("Long", "9000000000", "9000000000"),
    ("Currency", "10000", "10000"),
    ("Double", "1.50", "1.5"),
    ("Float", "0.25", "0.25"),
    ("ApplicationTime", "2.5", "2.5"),
    ("SystemTime", "2026-01-01T12:00:00+01:00", "2026-01-01T11:00:00Z"),
    ("CLSID", GUID.upper(), GUID),
    ("Binary", "AAEC", "AAEC"),
    ("String", " kept ", " kept "),
]


@pytest.mark.parametrize(("kind", "written", "read"), TYPES)
def test_every_type(box: ItemClient, kind: str, written: str, read: str) -> None:
    path = uri(PropertySetId=GUID, PropertyName="Value", PropertyType=kind)
    identity = box.make(event(before=value(path, written)))
    assert box(get([identity], shape(more=path))).text("//t:Value") == read


@pytest.mark.parametrize(("kind", "written", "read"), [one for one in TYPES if one[0] != "Boolean"])
def test_every_type_of_several_values(box: ItemClient, kind: str, written: str, read: str) -> None:
    path = uri(PropertySetId=GUID, PropertyName="Value", PropertyType=f"{kind}Array")
    identity = box.make(event(before=value(path, written, written, many=True)))
    answer = box(get([identity], shape(more=path)))
    assert [one.text for one in answer.all("//t:Values/t:Value")] == [read, read]


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (
            uri(PropertySetId=GUID, PropertyName="x", PropertyType="Integer"),
            "many",
            "ErrorInvalidExtendedPropertyValue",
        ),
        (uri(PropertySetId=GUID, PropertyName="x", PropertyType="Short"), "40000", "ErrorInvalidExtendedPropertyValue"),
        (uri(PropertySetId=GUID, PropertyName="x", PropertyType="Binary"), "%%", "ErrorInvalidExtendedPropertyValue"),
        (
            uri(PropertySetId=GUID, PropertyName="x", PropertyType="StringArray"),
            "x",
            "ErrorInvalidExtendedPropertyValue",
        ),
        (
            uri(PropertySetId=GUID, PropertyName="x", PropertyType="SystemTime"),
            "today",
            "ErrorInvalidExtendedPropertyValue",
        ),
        (uri(PropertySetId=GUID, PropertyName="x", PropertyType="Object"), "x", "ErrorUnsupportedMapiPropertyType"),
        (uri(PropertySetId=GUID, PropertyType="String"), "x", "ErrorInvalidExtendedProperty"),
        (uri(PropertyName="x", PropertyType="String"), "x", "ErrorInvalidExtendedProperty"),
        (uri(PropertySetId="no guid", PropertyName="x", PropertyType="String"), "x", "ErrorInvalidExtendedProperty"),
        (
            uri(PropertySetId=GUID, PropertyName="x", PropertyId="1", PropertyType="String"),
            "x",
            "ErrorInvalidExtendedProperty",
        ),
        (uri(PropertyTag="0x37", PropertyName="x", PropertyType="String"), "x", "ErrorInvalidExtendedProperty"),
        (
            uri(PropertySetId=GUID, DistinguishedPropertySetId="Common", PropertyName="x", PropertyType="String"),
            "x",
            "ErrorInvalidExtendedProperty",
        ),
        (uri(PropertyTag="0x8001", PropertyType="String"), "x", "ErrorNoPropertyTagForCustomProperties"),
    ],
)
def test_names_and_values_that_are_refused(box: ItemClient, path: str, text: str, code: str) -> None:
    assert box(create(event(before=value(path, text)))).codes == [code]


def test_setting_and_deleting(box: ItemClient) -> None:
    path = NAMES["by set and name"]
    identity = box.make(event())
    changes = f"<t:SetItemField>{path}<t:CalendarItem>{value(path, 'red')}</t:CalendarItem></t:SetItemField>"
    assert box(update(identity, changes)).codes == ["NoError"]
    assert box(get([identity], shape(more=path))).text("//t:Value") == "red"
    other = NAMES["by tag"]
    mixed = f"<t:SetItemField>{other}<t:CalendarItem>{value(path, 'red')}</t:CalendarItem></t:SetItemField>"
    assert box(update(identity, mixed)).codes == ["ErrorUpdatePropertyMismatch"]
    assert box(update(identity, f"<t:DeleteItemField>{path}</t:DeleteItemField>")).codes == ["NoError"]
    assert box(get([identity], shape(more=path))).all("//t:Value") == []


def test_an_occurrence_has_its_own(box: ItemClient) -> None:
    path = NAMES["by set and name"]
    master = box.make(event(before=value(path, "series"), after=daily("2026-11-25", 3)))
    change = f"<t:SetItemField>{path}<t:CalendarItem>{value(path, 'own')}</t:CalendarItem></t:SetItemField>"
    assert box(update(occurrence(master, 2), change)).codes == ["NoError"]
    answer = box(get([occurrence(master, number) for number in (1, 2, 3)], shape(more=path)))
    assert [one.text for one in answer.all("//t:Value")] == ["series", "own", "series"]


MAPI = [
    (uri(PropertyTag="0x0037", PropertyType="String"), "Event"),
    (uri(PropertyTag="0x001A", PropertyType="String"), "IPM.Appointment"),
    (uri(PropertyTag="0x1000", PropertyType="String"), "text"),
    (uri(PropertyTag="0x0E1B", PropertyType="Boolean"), "false"),
    (
        uri(DistinguishedPropertySetId="Appointment", PropertyId="33293", PropertyType="SystemTime"),
        "2026-11-25T10:00:00Z",
    ),
    (
        uri(DistinguishedPropertySetId="Appointment", PropertyId="33294", PropertyType="SystemTime"),
        "2026-11-25T11:00:00Z",
    ),
    (uri(DistinguishedPropertySetId="Appointment", PropertyId="33285", PropertyType="Integer"), "2"),
    (uri(DistinguishedPropertySetId="Appointment", PropertyId="33299", PropertyType="Integer"), "60"),
    (uri(DistinguishedPropertySetId="Appointment", PropertyId="33315", PropertyType="Boolean"), "false"),
    (uri(DistinguishedPropertySetId="Appointment", PropertyId="33288", PropertyType="String"), "Hall"),
    (uri(DistinguishedPropertySetId="Common", PropertyId="34054", PropertyType="Boolean"), "true"),
    (uri(DistinguishedPropertySetId="PublicStrings", PropertyName="Keywords", PropertyType="StringArray"), "red"),
]


@pytest.mark.parametrize(("path", "expected"), MAPI)
def test_mapi_names_of_what_items_have(box: ItemClient, path: str, expected: str) -> None:
    item = event(
        before='<t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;p&gt;text&lt;/p&gt;</t:Body>'
        "<t:Categories><t:String>red</t:String></t:Categories>",
        after="<t:Location>Hall</t:Location>",
    )
    identity = box.make(item)
    assert box(get([identity], shape(more=path))).text("//t:Value") == expected


def test_writing_a_subject_by_its_tag_is_writing_the_subject(box: ItemClient) -> None:
    path = uri(PropertyTag="0x0037", PropertyType="String")
    identity = box.make(event())
    change = f"<t:SetItemField>{path}<t:CalendarItem>{value(path, 'By tag')}</t:CalendarItem></t:SetItemField>"
    assert box(update(identity, change)).codes == ["NoError"]
    assert box.text(identity, "item:Subject") == "By tag"


def test_the_global_object_id_is_the_uid(box: ItemClient) -> None:
    path = uri(DistinguishedPropertySetId="Meeting", PropertyId="3", PropertyType="Binary")
    identity = box.make(event())
    uid = box.text(identity, "calendar:UID")
    raw = base64.b64decode(box(get([identity], shape(more=path))).text("//t:Value"))
    assert raw.hex().upper() == uid
    foreign = box.make(event(after="").replace("<t:Start>", "<t:UID>mine@example.test</t:UID><t:Start>"))
    raw = base64.b64decode(box(get([foreign], shape(more=path))).text("//t:Value"))
    assert raw[:16].hex().upper() == "040000008200E00074C5B7101A82E008"
    assert b"vCal-Uid\x01\x00\x00\x00mine@example.test\x00" in raw


def test_events_are_found_by_their_global_object_id(box: ItemClient) -> None:
    path = uri(DistinguishedPropertySetId="Meeting", PropertyId="3", PropertyType="Binary")
    wanted = box.make(event("This"))
    box.make(event("That"))
    text = box(get([wanted], shape(more=path))).text("//t:Value")
    limit = (
        f'<t:IsEqualTo>{path}<t:FieldURIOrConstant><t:Constant Value="{text}"/></t:FieldURIOrConstant></t:IsEqualTo>'
    )
    assert ids_of(box(find(restriction=limit))) == [wanted]


def test_a_message_written_as_sent_is_no_draft(box: ItemClient) -> None:
    flags = uri(PropertyTag="0x0E07", PropertyType="Integer")
    when = uri(PropertyTag="0x0E06", PropertyType="SystemTime")
    more = value(flags, "1") + value(when, "2020-05-06T07:08:09Z")
    identity = box.make(f"<t:Message><t:Subject>Old mail</t:Subject>{more}</t:Message>")
    shown = box(get([identity]))
    assert shown.text("//t:IsDraft") == "false"
    assert shown.text("//t:IsRead") == "true"
    assert shown.text("//t:DateTimeReceived") == "2020-05-06T07:08:09Z"
