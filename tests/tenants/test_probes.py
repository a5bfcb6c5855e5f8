"""What the probes make of answers: facts without content, one observation for each thing that was asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree

from calconnect.evidence.observation import Mode, Outcome
from calconnect.evidence.store import dump_observation
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Tenant, Window
from tests.tenants.scripted import NOW, Canned, FakeExchange, ScriptedServer, Seen, envelope, fault, message

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]
FORTNIGHT = Window(NOW, NOW + timedelta(days=14))
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"


@pytest.fixture
def server(serve: Serve, exchange: FakeExchange) -> ScriptedServer:
    return serve(exchange)


@pytest.fixture
def tenant(server: ScriptedServer, tenant_for: TenantFor) -> ExchangeServerTenant:
    return tenant_for(server)


def test_it_is_a_tenant(tenant: ExchangeServerTenant) -> None:
    any_tenant: Tenant = tenant
    assert any_tenant is tenant


def test_a_url_from_the_settings(tenant: ExchangeServerTenant) -> None:
    (seen,) = tenant.locate()
    assert (seen.probe, seen.outcome, seen.http_status, seen.mode) == ("locate", Outcome.OK, 401, Mode.ANONYMOUS)
    assert seen.details == {"how": "settings", "ews_url": "https://mail.contoso.test/EWS/Exchange.asmx"}
    assert seen.id == "", "whoever records it numbers it"
    assert seen.at == NOW


def test_ones_own_calendar(tenant: ExchangeServerTenant) -> None:
    seen = tenant.open_calendar(None)
    assert (seen.mode, seen.target) == (Mode.SERVICE_ACCOUNT, "svc@contoso.test")
    assert seen.details == {"folder_class": "IPF.Appointment", "folder_name_is_default": True, "items": 7}
    assert seen.request_id == "11111111-2222-3333-4444-555555555555"
    assert seen.server_version == "15.2.1748.10"


def test_an_account_without_a_mailbox(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = message("GetFolder", code="ErrorMissingEmailAddress")
    seen = tenant.open_calendar(None)
    assert (seen.outcome, seen.code, seen.details) == (Outcome.REFUSED, "ErrorMissingEmailAddress", {})


def test_a_localised_calendar(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = message(
        "GetFolder",
        "<m:Folders><t:CalendarFolder><t:FolderId Id='F'/><t:FolderClass>IPF.Appointment</t:FolderClass>"
        "<t:DisplayName>Kalender von Jürgen</t:DisplayName><t:TotalCount>x</t:TotalCount>"
        "</t:CalendarFolder></m:Folders>",
    )
    seen = tenant.open_calendar("alice@contoso.test")
    assert seen.details == {"folder_class": "IPF.Appointment", "folder_name_is_default": False, "items": None}
    assert "Jürgen" not in dump_observation(seen)


def test_the_right_address_is_quoted_where_an_alias_was_given(
    tenant: ExchangeServerTenant, exchange: FakeExchange
) -> None:
    value = '<t:Value Name="Primary">alice@contoso.test</t:Value>'
    exchange.answers["GetFolder"] = fault("ErrorNonPrimarySmtpAddress", values=value)
    seen = tenant.open_calendar("al@contoso.test")
    assert seen.details == {"primary_smtp": "alice@contoso.test"}


def test_an_inner_code_is_quoted(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    value = '<t:Value Name="InnerErrorResponseCode">ErrorMailboxStoreUnavailable</t:Value>'
    exchange.answers["GetFolder"] = message(
        "GetFolder", code="ErrorInternalServerError", extra=f"<m:MessageXml>{value}</m:MessageXml>"
    )
    assert tenant.open_calendar(None).details == {"inner_code": "ErrorMailboxStoreUnavailable"}


def found(count: int, *, last: bool = True) -> Canned:
    items = "".join(f"<t:CalendarItem><t:ItemId Id='i{number}'/></t:CalendarItem>" for number in range(count))
    return message(
        "FindItem",
        f'<m:RootFolder TotalItemsInView="{count}" IncludesLastItemInRange="{str(last).lower()}">'
        f"<t:Items>{items}</t:Items></m:RootFolder>",
    )


@pytest.mark.parametrize(("count", "last"), [(0, True), (3, True), (1000, False)])
def test_events_are_counted(
    tenant: ExchangeServerTenant, server: ScriptedServer, exchange: FakeExchange, *, count: int, last: bool
) -> None:
    exchange.answers["FindItem"] = found(count, last=last)
    seen = tenant.list_events("alice@contoso.test", FORTNIGHT)
    assert seen.details == {"events": count, "complete": last}
    view = etree.fromstring(server.seen[-1].body).find(".//{*}CalendarView")
    assert view is not None
    assert (view.get("StartDate"), view.get("EndDate")) == ("2026-11-22T12:00:00Z", "2026-12-06T12:00:00Z")
    assert b"<t:BaseShape>IdOnly</t:BaseShape>" in server.seen[-1].body, "no subject is asked for"


def availability(*answers: str) -> Canned:
    inner = "".join(f"<m:FreeBusyResponse>{answer}</m:FreeBusyResponse>" for answer in answers)
    return Canned(
        200,
        envelope(
            f"<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>{inner}</m:FreeBusyResponseArray>"
            "</m:GetUserAvailabilityResponse>"
        ),
    )


def busy(*kinds: str) -> str:
    events = "".join(
        "<t:CalendarEvent><t:StartTime>2026-11-23T09:00:00</t:StartTime><t:EndTime>2026-11-23T10:00:00</t:EndTime>"
        f"<t:BusyType>{kind}</t:BusyType></t:CalendarEvent>"
        for kind in kinds
    )
    return (
        '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>'
        "<m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType>"
        f"<t:CalendarEventArray>{events}</t:CalendarEventArray></m:FreeBusyView>"
    )


def refused(code: str) -> str:
    return (
        '<m:ResponseMessage ResponseClass="Error"><m:MessageText>Unable to resolve Jürgen</m:MessageText>'
        f"<m:ResponseCode>{code}</m:ResponseCode></m:ResponseMessage>"
    )


def test_each_mailbox_has_its_share_of_an_answer(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["GetUserAvailability"] = availability(
        busy("Busy", "Free", "OOF"), refused("ErrorNoFreeBusyAccess"), refused("ErrorMailRecipientNotFound")
    )
    mailboxes = [f"{name}@contoso.test" for name in ("alice", "bob", "nobody", "missing")]
    alice, bob, nobody, missing = tenant.free_busy(mailboxes, FORTNIGHT)
    assert (alice.target, alice.outcome, alice.mode) == ("alice@contoso.test", Outcome.OK, Mode.SERVICE_ACCOUNT)
    assert alice.details == {"busy": 2, "view": "FreeBusy", "days": 14.0}
    assert (bob.outcome, bob.code) == (Outcome.REFUSED, "ErrorNoFreeBusyAccess")
    assert (nobody.target, nobody.code) == ("nobody@contoso.test", "ErrorMailRecipientNotFound")
    assert (missing.outcome, missing.code) == (Outcome.NO_ANSWER, "no-answer-for-mailbox")
    assert "Jürgen" not in "".join(dump_observation(seen) for seen in (alice, bob, nobody, missing))


def test_mailboxes_are_asked_about_a_hundred_at_a_time(
    tenant: ExchangeServerTenant, server: ScriptedServer, exchange: FakeExchange
) -> None:
    def answer(seen: Seen) -> Canned:
        asked = [one.text for one in etree.fromstring(seen.body).iter(f"{T}Address")]
        return availability(*(busy(*["Busy"] * int(str(address)[4:].partition("@")[0])) for address in asked))

    exchange.answers["GetUserAvailability"] = answer
    mailboxes = [f"user{number}@contoso.test" for number in range(205)]
    seen = tenant.free_busy(mailboxes, FORTNIGHT)
    assert [one.target for one in seen] == mailboxes
    assert [one.details["busy"] for one in seen] == list(range(205))
    assert server.operations.count("GetUserAvailability") == 3
    assert tenant.free_busy([], FORTNIGHT) == ()


def test_a_fault_is_everybodys(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["GetUserAvailability"] = fault("ErrorMailboxDataArrayTooBig")
    seen = tenant.free_busy(["alice@contoso.test", "bob@contoso.test"], FORTNIGHT)
    assert [one.code for one in seen] == ["ErrorMailboxDataArrayTooBig"] * 2
    exchange.answers["GetUserAvailability"] = Canned(403, "")
    assert [one.http_status for one in tenant.free_busy(["a@contoso.test"], FORTNIGHT)] == [403]


def test_no_longer_a_window_is_asked_for_than_the_server_allows(
    tenant: ExchangeServerTenant, server: ScriptedServer, exchange: FakeExchange
) -> None:
    exchange.answers["GetUserAvailability"] = availability(busy())
    (seen,) = tenant.free_busy(["alice@contoso.test"], Window(NOW, NOW + timedelta(days=365)))
    assert seen.details["days"] == 42.0
    assert b"<t:EndTime>2027-01-03T12:00:00Z</t:EndTime>" in server.seen[-1].body


def resolutions(*people: tuple[str, str], code: str = "NoError", kind: str = "Success") -> Canned:
    inner = "".join(
        f"<t:Resolution><t:Mailbox><t:Name>Jürgen</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        f"<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>{sort}</t:MailboxType></t:Mailbox></t:Resolution>"
        for address, sort in people
    )
    whole = (
        f'<m:ResolutionSet TotalItemsInView="{len(people)}" IncludesLastItemInRange="true">{inner}</m:ResolutionSet>'
    )
    return message("ResolveNames", whole, code=code, kind=kind)


def test_an_address_is_resolved(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["ResolveNames"] = resolutions(("alice@contoso.test", "Mailbox"))
    seen = tenant.resolve_address("al@contoso.test")
    assert seen.details == {"primary_smtp": "alice@contoso.test", "mailbox_type": "Mailbox", "matches": 1}
    assert "Jürgen" not in dump_observation(seen)


def test_of_several_matches_the_exact_one_is_taken(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    several = "ErrorNameResolutionMultipleResults"
    people = [("alice@contoso.test.au", "Mailbox"), ("Alice@contoso.test", "PublicDL")]
    exchange.answers["ResolveNames"] = resolutions(*people, code=several, kind="Warning")
    seen = tenant.resolve_address("alice@contoso.test")
    assert (seen.outcome, seen.code) == (Outcome.OK, several)
    assert seen.details == {"primary_smtp": "Alice@contoso.test", "mailbox_type": "PublicDL", "matches": 2}
    assert tenant.resolve_address("ali@contoso.test").details == {"matches": 2}


def test_nobody_matches(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["ResolveNames"] = message("ResolveNames", code="ErrorNameResolutionNoResults")
    seen = tenant.resolve_address("nobody@contoso.test")
    assert (seen.outcome, seen.details) == (Outcome.REFUSED, {"matches": 0})


class Groups:
    """Answers ExpandDL from a dict: group to members; what is a key is a group."""

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self.groups = groups

    def __call__(self, seen: Seen) -> Canned:
        asked = etree.fromstring(seen.body).findtext(f".//{T}EmailAddress") or ""
        if asked not in self.groups:
            return message("ExpandDL", code="ErrorNameResolutionNoResults")
        inner = "".join(
            f"<t:Mailbox><t:Name>Jürgen</t:Name><t:EmailAddress>{member}</t:EmailAddress><t:RoutingType>SMTP"
            f"</t:RoutingType><t:MailboxType>{'PublicDL' if member in self.groups else 'Mailbox'}</t:MailboxType>"
            "</t:Mailbox>"
            for member in self.groups[asked]
        )
        return message("ExpandDL", f'<m:DLExpansion IncludesLastItemInRange="true">{inner}</m:DLExpansion>')


def test_groups_in_groups_in_a_circle(
    tenant: ExchangeServerTenant, server: ScriptedServer, exchange: FakeExchange
) -> None:
    exchange.answers["ExpandDL"] = Groups({"g@x.test": ["a@x.test", "h@x.test"], "h@x.test": ["b@x.test", "g@x.test"]})
    first, second = tenant.expand_group("g@x.test")
    assert first.details == {"members": ["a@x.test"], "groups": ["h@x.test"], "depth": 0, "complete": True}
    assert second.details == {"members": ["b@x.test"], "groups": ["g@x.test"], "depth": 1, "complete": True}
    assert (second.target, second.probe) == ("h@x.test", "expand-group")
    assert server.operations.count("ExpandDL") == 2


def test_groups_without_a_bottom(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["ExpandDL"] = Groups({f"g{number}@x.test": [f"g{number + 1}@x.test"] for number in range(50)})
    seen = tenant.expand_group("g0@x.test")
    assert len(seen) == 12
    assert (seen[-1].code, seen[-1].outcome) == ("too-deep", Outcome.NO_ANSWER)


def test_a_group_that_is_none(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["ExpandDL"] = Groups({})
    (seen,) = tenant.expand_group("g@x.test")
    assert (seen.outcome, seen.code) == (Outcome.REFUSED, "ErrorNameResolutionNoResults")


def test_room_lists_and_their_rooms(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    def direct(operation: str, inner: str) -> Canned:
        body = f'<m:{operation}Response ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{inner}'
        return Canned(200, envelope(f"{body}</m:{operation}Response>"))

    lists = "".join(
        f"<t:Address><t:Name>Jürgen</t:Name><t:EmailAddress>{address}</t:EmailAddress></t:Address>"
        for address in ("north@x.test", "south@x.test")
    )
    room = "<t:Room><t:Id><t:Name>Room</t:Name><t:EmailAddress>r1@x.test</t:EmailAddress></t:Id></t:Room>"
    exchange.answers["GetRoomLists"] = direct("GetRoomLists", f"<m:RoomLists>{lists}</m:RoomLists>")
    exchange.answers["GetRooms"] = lambda seen: (
        direct("GetRooms", f"<m:Rooms>{room}</m:Rooms>") if b"north@" in seen.body else fault("ErrorAccessDenied")
    )
    first, north, south = tenant.room_lists()
    assert (first.details, first.operation) == ({"lists": ["north@x.test", "south@x.test"]}, "GetRoomLists")
    assert (north.target, north.details) == ("north@x.test", {"rooms": ["r1@x.test"]})
    assert (south.code, south.details) == ("ErrorAccessDenied", {})


def test_room_lists_are_refused(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    exchange.answers["GetRoomLists"] = fault("ErrorNameResolutionNoMailbox")
    (seen,) = tenant.room_lists()
    assert seen.code == "ErrorNameResolutionNoMailbox"


def test_an_operation_that_the_server_is_too_old_for(tenant: ExchangeServerTenant, exchange: FakeExchange) -> None:
    def ancient(seen: Seen) -> Canned:
        old = '<t:ServerVersionInfo MajorVersion="8" MinorVersion="3" MajorBuildNumber="83" MinorBuildNumber="6"/>'
        if b"Exchange2007_SP1" not in seen.body:
            return fault("ErrorInvalidServerVersion")
        body = "<m:ConvertIdResponse><m:ResponseCode>ErrorInvalidIdMalformed</m:ResponseCode></m:ConvertIdResponse>"
        return Canned(200, envelope(body, version=old))

    exchange.answers["ConvertId"] = ancient
    assert tenant.sign_in().server_version == "8.3.83.6"
    (seen,) = tenant.room_lists()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "not-in-this-version")
