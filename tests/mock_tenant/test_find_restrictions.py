"""FindItem: restrictions and query strings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import create, event, find, subjects
from tests.mock_tenant.raw_client import RawClient

CUSTOM = (
    '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="{0}" PropertyType="{1}"/>'
)


def custom(name: str, kind: str, value: str) -> str:
    return f"<t:ExtendedProperty>{CUSTOM.format(name, kind)}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="{uri}"/>'


def compare(operator: str, path: str, value: str) -> str:
    path = path if path.startswith("<") else field(path)
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:{operator}>{path}{constant}</t:{operator}>"


def contains(path: str, value: str, mode: str = "Substring", comparison: str = "IgnoreCase") -> str:
    path = path if path.startswith("<") else field(path)
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="{comparison}">{path}'
        f'<t:Constant Value="{value}"/></t:Contains>'
    )


@pytest.fixture(scope="module")
def box(soap: RawClient, tenant_server: MockTenant) -> ItemClient:
    """Bob's calendar with four events; the tests here do not change it."""
    made = tenant_server.organization
    email = "bob.of.restrictions@contoso.test"
    with made.lock:
        group = made.directory.by_address("calendar-users@contoso.test")
        assert group is not None
        group.members.append(made.directory.add(Recipient(email, "Bob")).email)
        made.directory.membership_changed()
    found = ItemClient(soap, email)
    items = [
        event(
            "Budget review",
            "2026-11-02T08:00:00Z",
            "2026-11-02T09:00:00Z",
            before="<t:Categories><t:String>Finance</t:String><t:String>Red</t:String></t:Categories>"
            "<t:Importance>High</t:Importance>" + custom("Number", "Integer", "7") + custom("Flags", "Integer", "6"),
            after="<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Café Zürich</t:Location>",
        ),
        event(
            "budget planning",
            "2026-11-03T08:00:00Z",
            "2026-11-03T08:00:00Z",
            before='<t:Body BodyType="HTML">&lt;b&gt;numbers&lt;/b&gt; and words</t:Body>'
            + custom("Number", "Integer", "12"),
            after="<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>",
        ),
        event("Lunch", "2026-11-04T12:00:00Z", "2026-11-04T13:00:00Z", before=custom("Flags", "Integer", "1")),
        event(
            "Tom &amp; Jerry",
            "2026-11-05T12:00:00Z",
            "2026-11-05T13:00:00Z",
            after="<t:IsAllDayEvent>true</t:IsAllDayEvent>",
        ),
    ]
    assert set(found(create("".join(items))).codes) == {"NoError"}
    return found


BUDGETS = ["Budget review", "budget planning"]
NUMBER = CUSTOM.format("Number", "Integer")
FLAGS = CUSTOM.format("Flags", "Integer")


@pytest.mark.parametrize(
    ("restriction", "found"),
    [
        (compare("IsEqualTo", "item:Subject", "lunch"), ["Lunch"]),
        (compare("IsNotEqualTo", "item:Subject", "lunch"), [*BUDGETS, "Tom & Jerry"]),
        (compare("IsGreaterThan", "calendar:Start", "2026-11-03T08:00:00Z"), ["Lunch", "Tom & Jerry"]),
        (
            compare("IsGreaterThanOrEqualTo", "calendar:Start", "2026-11-03T09:00:00+01:00"),
            ["budget planning", "Lunch", "Tom & Jerry"],
        ),
        (compare("IsLessThan", "calendar:End", "2026-11-03T08:00:00Z"), ["Budget review"]),
        (compare("IsLessThanOrEqualTo", "calendar:End", "2026-11-03T08:00:00Z"), BUDGETS),
        (compare("IsEqualTo", "calendar:IsAllDayEvent", "true"), ["Tom & Jerry"]),
        (compare("IsEqualTo", "calendar:LegacyFreeBusyStatus", "Free"), ["budget planning"]),
        (compare("IsEqualTo", "item:Importance", "High"), ["Budget review"]),
        (compare("IsEqualTo", "item:Categories", "red"), ["Budget review"]),
        (compare("IsEqualTo", NUMBER, "12"), ["budget planning"]),
        (compare("IsGreaterThan", NUMBER, "8"), ["budget planning"]),
        (f"<t:Exists>{NUMBER}</t:Exists>", BUDGETS),
        (f"<t:Not><t:Exists>{NUMBER}</t:Exists></t:Not>", ["Lunch", "Tom & Jerry"]),
        (f"<t:Exists>{field('calendar:Location')}</t:Exists>", ["Budget review"]),
        (f'<t:Excludes>{FLAGS}<t:Bitmask Value="0x1"/></t:Excludes>', [*BUDGETS, "Tom & Jerry"]),
        (f'<t:Excludes>{FLAGS}<t:Bitmask Value="4"/></t:Excludes>', ["budget planning", "Lunch", "Tom & Jerry"]),
        (
            f"<t:IsEqualTo>{field('calendar:Start')}<t:FieldURIOrConstant>{field('calendar:End')}"
            "</t:FieldURIOrConstant></t:IsEqualTo>",
            ["budget planning"],
        ),
        (contains("item:Subject", "BUDGET"), BUDGETS),
        (contains("item:Subject", "BUDGET", comparison="Exact"), []),
        (contains("item:Subject", "Budget", "Prefixed", "Exact"), ["Budget review"]),
        (contains("item:Subject", "review", "PrefixOnWords"), ["Budget review"]),
        (contains("item:Subject", "udget", "PrefixOnWords"), []),
        (contains("item:Subject", "budget planning", "FullString"), ["budget planning"]),
        (contains("item:Subject", "budget", "FullString"), []),
        (contains("item:Subject", "plan", "ExactPhrase"), []),
        (contains("item:Subject", "planning", "ExactPhrase"), ["budget planning"]),
        (contains("item:Subject", "&amp;"), ["Tom & Jerry"]),
        (
            contains("calendar:Location", "cafe zurich", "FullString", "LooseAndIgnoreCaseAndIgnoreNonSpace"),
            ["Budget review"],
        ),
        (contains("calendar:Location", "cafe", "Substring", "IgnoreCase"), []),
        (contains("item:Categories", "finance", "FullString"), ["Budget review"]),
        (contains("item:Body", "and words"), ["budget planning"]),
        (contains("calendar:Organizer", "bob"), [*BUDGETS, "Lunch", "Tom & Jerry"]),
        (
            "<t:And>"
            + contains("item:Subject", "budget")
            + compare("IsEqualTo", "item:Importance", "High")
            + "</t:And>",
            ["Budget review"],
        ),
        (
            "<t:Or>" + compare("IsEqualTo", "item:Subject", "Lunch") + compare("IsEqualTo", NUMBER, "12") + "</t:Or>",
            ["budget planning", "Lunch"],
        ),
        ("<t:Not>" + contains("item:Subject", "budget") + "</t:Not>", ["Lunch", "Tom & Jerry"]),
        ("<t:And>" * 8 + contains("item:Subject", "lunch") + "</t:And>" * 8, ["Lunch"]),
    ],
)
def test_what_a_restriction_finds(box: ItemClient, restriction: str, found: list[str]) -> None:
    answer = box(find(restriction=restriction))
    assert answer.codes == ["NoError"]
    assert subjects(answer) == found


@pytest.mark.parametrize(
    ("restriction", "code"),
    [
        (compare("IsEqualTo", "calendar:Start", "noon"), "ErrorInvalidValueForProperty"),
        (compare("IsEqualTo", "item:Importance", "Huge"), "ErrorInvalidValueForProperty"),
        (compare("IsEqualTo", "calendar:IsAllDayEvent", "perhaps"), "ErrorInvalidValueForProperty"),
        (compare("IsEqualTo", NUMBER, "many"), "ErrorInvalidValueForProperty"),
        (compare("IsEqualTo", "calendar:UID", "x"), "ErrorUnsupportedPathForQuery"),
        (compare("IsEqualTo", "calendar:Recurrence", "x"), "ErrorUnsupportedPathForQuery"),
        (contains("calendar:Start", "2026"), "ErrorContainsFilterWrongType"),
        (contains(NUMBER, "1"), "ErrorContainsFilterWrongType"),
        (f"<t:Exists>{field('item:IsDraft')}</t:Exists>", "ErrorInvalidPropertyForExists"),
        (f'<t:Excludes>{FLAGS}<t:Bitmask Value="all"/></t:Excludes>', "ErrorInvalidExcludesRestriction"),
        (
            compare("IsEqualTo", '<t:ExtendedFieldURI PropertyName="x" PropertyType="String"/>', "x"),
            "ErrorInvalidExtendedProperty",
        ),
        ("<t:And>" * 70 + contains("item:Subject", "x") + "</t:And>" * 70, "ErrorRestrictionTooComplex"),
    ],
)
def test_restrictions_that_are_refused(box: ItemClient, restriction: str, code: str) -> None:
    answer = box(find(restriction=restriction))
    assert (answer.status, answer.codes) == (200, [code])


@pytest.mark.parametrize(
    "restriction",
    [
        "<t:Like/>",
        "<t:And/>",
        "<t:And>" * 6 + "<t:Like/>" + "</t:And>" * 6,
        '<t:IsEqualTo><t:FieldURIOrConstant><t:Constant Value="x"/></t:FieldURIOrConstant></t:IsEqualTo>',
        "<t:And>" * 6 + "<t:IsEqualTo/>" + "</t:And>" * 6,
        compare("IsEqualTo", "item:Colour", "x"),
        contains("item:Subject", "x", "Somewhere"),
    ],
)
def test_restrictions_that_the_schema_does_not_allow(box: ItemClient, restriction: str) -> None:
    answer = box(find(restriction=restriction))
    assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("budget", BUDGETS),
        ("subject:budget", BUDGETS),
        ('subject:"budget review"', ["Budget review"]),
        ("subject:udget", []),
        ("bud*", BUDGETS),
        ("body:numbers", ["budget planning"]),
        ("numbers", ["budget planning"]),
        ("location:café", ["Budget review"]),
        ("category:finance", ["Budget review"]),
        ("subject:budget AND body:words", ["budget planning"]),
        ("subject:lunch OR body:words", ["budget planning", "Lunch"]),
        ("NOT subject:budget", ["Lunch", "Tom & Jerry"]),
        ("subject:(lunch OR tom) NOT from:alice", ["Lunch", "Tom & Jerry"]),
        ("(subject:lunch OR subject:tom) AND location:nowhere", []),
        ("from:bob subject:lunch", ["Lunch"]),
        ("hasattachment:true", []),
        ("kind:meetings subject:lunch", ["Lunch"]),
        ("kind:email", []),
        ("received:>2020-01-01", [*BUDGETS, "Lunch", "Tom & Jerry"]),
        ("received:&lt;2020-01-01", []),
    ],
)
def test_what_a_query_finds(box: ItemClient, query: str, found: list[str]) -> None:
    answer = box(find(query=query))
    assert answer.codes == ["NoError"]
    assert subjects(answer) == found


def test_a_query_with_open_brackets(box: ItemClient) -> None:
    assert box(find(query="(subject:x")).codes == ["ErrorInvalidArgument"]


def test_contacts_by_their_entries(soap: RawClient, new_user: Callable[..., Recipient]) -> None:
    box = ItemClient(soap, new_user().email)
    for name, number in (("Ann", "11"), ("Ben", "22")):
        box.make(
            f"<t:Contact><t:FileAs>{name}</t:FileAs><t:GivenName>{name}</t:GivenName><t:EmailAddresses>"
            f'<t:Entry Key="EmailAddress1">{name}@example.test</t:Entry></t:EmailAddresses><t:PhoneNumbers>'
            f'<t:Entry Key="MobilePhone">{number}</t:Entry></t:PhoneNumbers></t:Contact>'
        )
    contacts = '<t:DistinguishedFolderId Id="contacts"/>'
    names = "<m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
    phone = '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="MobilePhone"/>'
    answer = box(find(folder=contacts, item_shape=names, restriction=compare("IsEqualTo", phone, "22")))
    assert [one.text for one in answer.all("//t:FileAs")] == ["Ben"]
    mail = '<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress1"/>'
    answer = box(find(folder=contacts, item_shape=names, restriction=contains(mail, "ANN")))
    assert [one.text for one in answer.all("//t:FileAs")] == ["Ann"]
    view = '<m:ContactsView InitialName="B" FinalName="C"/>'
    answer = box(find(folder=contacts, item_shape=names, view=view))
    assert [one.text for one in answer.all("//t:FileAs")] == ["Ben"]
    wrong = '<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress9"/>'
    answer = box(find(folder=contacts, restriction=compare("IsEqualTo", wrong, "x")))
    assert answer.codes == ["ErrorInvalidContactEmailIndex"]
