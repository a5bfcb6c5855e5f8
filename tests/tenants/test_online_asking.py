"""Asking Graph: tokens renewed in mid-run, waiting as it wishes, batches, pages. A scripted Graph over real HTTPS."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.foundation.clock import MovableClock, system_clock
from calconnect.tenants.exchange_online import paging
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.patience import InFlight
from calconnect.tenants.interface import Window
from tests.tenants.cloud_script import APPLICATION, ROLES, SECRET, TENANT, FakeCloud, as_json, error
from tests.tenants.online_fixtures import MakeTenant
from tests.tenants.scripted import NOW, Canned, ScriptedServer

PEOPLE = [f"user{number}@contoso.com" for number in range(20)]
WINDOW = Window(NOW, NOW + timedelta(days=14))
CALENDAR = as_json({"id": "c", "name": "Calendar", "canEdit": True})


def summary(observation: Observation) -> tuple[Outcome, int | None, str | None]:
    return observation.outcome, observation.http_status, observation.code


def test_signs_in_and_says_what_the_token_carries(online: MakeTenant, cloud: FakeCloud) -> None:
    observed = online().sign_in_application()
    assert summary(observed) == (Outcome.OK, 200, None)
    assert observed.mode is Mode.APPLICATION
    assert observed.target == APPLICATION
    assert observed.details == {
        "tenant_id": TENANT,
        "application": APPLICATION,
        "method": "secret",
        "permissions": sorted(ROLES),
    }
    assert cloud.forms[0]["client_secret"] == SECRET
    assert cloud.forms[0]["scope"] == "https://graph.microsoft.com/.default"


def test_twenty_calendars_take_one_request_and_come_in_their_order(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {"GET /users/": CALENDAR, "GET /users/user7@": error(404, "MailboxNotEnabledForRESTAPI")}
    observed = online().open_calendars(PEOPLE)
    assert [one.target for one in observed] == PEOPLE
    assert cloud.batches == [20]
    assert {one.code for one in observed if one.target != PEOPLE[7]} == {None}
    assert summary(observed[7]) == (Outcome.REFUSED, 404, "MailboxNotEnabledForRESTAPI")
    assert observed[0].details == {"can_edit": True, "calendar_name_is_default": True}
    assert observed[0].url.startswith("https://graph.microsoft.com/v1.0/users/user0@contoso.com/calendar")
    assert observed[7].request_id == "11111111-2222-3333-4444-555555555555"


def test_a_part_that_is_throttled_waits_for_itself(online: MakeTenant, cloud: FakeCloud, pauses: list[float]) -> None:
    busy = error(429, "ApplicationThrottled", Retry_After="3")
    cloud.graph = {
        "GET /users/": CALENDAR,
        "GET /users/user3@": [busy, CALENDAR],
        "GET /users/user4@": [busy, busy, CALENDAR],
    }
    observed = online().open_calendars(PEOPLE)
    assert all(one.ok for one in observed)
    assert cloud.batches == [20, 2, 1]
    assert pauses == [3.0, 3.0]
    assert [observed[number].attempts for number in (2, 3, 4)] == [1, 2, 3]
    assert observed[4].details["retried_after"] == "ApplicationThrottled"


@pytest.mark.parametrize("named", ["2", None])
def test_waiting_ends(named: str | None, online: MakeTenant, cloud: FakeCloud, pauses: list[float]) -> None:
    cloud.graph = {"GET /users/": error(429, "TooManyRequests", **({"Retry_After": named} if named else {}))}
    (observed,) = online().open_calendars(PEOPLE[:1])
    assert summary(observed) == (Outcome.REFUSED, 429, "TooManyRequests")
    assert observed.attempts == 5
    assert pauses == ([2.0] * 4 if named else [1.0, 2.0, 4.0, 8.0])
    assert meaning(observed.code).kind is Kind.TRANSIENT


def test_a_server_that_wants_to_rest_for_an_hour_is_left_alone(
    online: MakeTenant, cloud: FakeCloud, pauses: list[float]
) -> None:
    cloud.graph = {"GET /users/": error(503, "ServiceUnavailable", Retry_After="3600")}
    observed = online().open_calendars(PEOPLE[:2])
    assert [one.attempts for one in observed] == [1, 1]
    assert pauses == []


def test_no_more_than_four_parts_of_a_batch_are_for_one_mailbox(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {"GET /users/": CALENDAR}
    assert len(online().open_calendars(["ann@contoso.com"] * 6)) == 6
    assert cloud.batches == [4, 2]


def test_no_more_than_four_requests_to_a_mailbox_are_open_and_none_waits_holding_some() -> None:
    in_flight = InFlight()
    entered, done = threading.Event(), threading.Event()

    def want_three_of_each() -> None:
        with in_flight.slots(["ann@contoso.com", "BEN@contoso.com"] * 3):
            entered.set()
        done.set()

    with in_flight.slots(["ANN@contoso.com"] * 2):
        thread = threading.Thread(target=want_three_of_each)
        thread.start()
        assert not entered.wait(0.05)
        with in_flight.slots(["ben@contoso.com"] * 4):
            assert not entered.is_set()
    assert done.wait(5)
    thread.join()


def test_a_token_that_expires_in_mid_run_is_renewed_and_nothing_is_lost(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {"GET /users/": CALENDAR}
    tenant = online()
    tenant.sign_in_application()
    cloud.dead = set(cloud.given)
    observed = tenant.open_calendars(PEOPLE)
    assert all(one.ok for one in observed)
    assert len(cloud.given) == 2
    cloud.dead = set(cloud.given)
    assert tenant.list_events(PEOPLE[:1], WINDOW)[0].code != "InvalidAuthenticationToken"
    assert len(cloud.given) == 3


def test_a_part_whose_token_expired_on_the_way_is_asked_again(online: MakeTenant, cloud: FakeCloud) -> None:
    expired = error(401, "InvalidAuthenticationToken")
    cloud.graph = {"GET /users/": CALENDAR, "GET /users/user3@": [expired, CALENDAR]}
    observed = online().open_calendars(PEOPLE)
    assert all(one.ok for one in observed)
    assert observed[3].details["retried_after"] == "InvalidAuthenticationToken"
    assert len(cloud.given) == 2


def test_a_token_that_is_never_taken_is_tried_twice(online: MakeTenant, cloud: FakeCloud, clock: MovableClock) -> None:
    clock.set(system_clock())  # the scripted server's Date is the machine's
    cloud.graph = {"GET /users/": error(401, "InvalidAuthenticationToken")}
    (observed,) = online().open_calendars(PEOPLE[:1])
    assert summary(observed) == (Outcome.REFUSED, 401, "InvalidAuthenticationToken")
    assert len(cloud.given) == 2


def test_pages_are_followed_to_their_end(online: MakeTenant, cloud: FakeCloud) -> None:
    def page(asked: dict[str, Any]) -> Canned:
        number = int(asked["url"].rpartition("skip=")[2]) if "skip=" in asked["url"] else 0
        body: dict[str, Any] = {"value": [{"id": str(number)}, {"id": f"{number}b"}]}
        if number < 3:
            link = f"https://graph.microsoft.com/v1.0/users/x/calendarView?skip={number + 1}"
            body["@odata.nextLink"] = link
        return as_json(body)

    cloud.graph = {"GET /users/": page}
    observed = online().list_events(PEOPLE[:3], WINDOW)
    assert [one.details["events"] for one in observed] == [8, 8, 8]


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://graph.microsoft.com/v1.0/users/x/calendarView?same=1", "endless-pages"),
        ("https://graph.microsoft.com.evil.test/v1.0/users/x/calendarView", "foreign-next-link"),
        ("http://graph.microsoft.com/v1.0/users/x/calendarView", "foreign-next-link"),
        ("https://me@graph.microsoft.com/v1.0/users/x/calendarView", "foreign-next-link"),
        ("https://graph.microsoft.com:8443/v1.0/users", "foreign-next-link"),
        ("https://[", "foreign-next-link"),
    ],
)
def test_a_link_that_leads_round_or_away_is_not_followed(
    link: str, code: str, online: MakeTenant, cloud: FakeCloud
) -> None:
    cloud.graph = {"GET /users/": as_json({"value": [{"id": "1"}], "@odata.nextLink": link})}
    (observed,) = online().list_events(PEOPLE[:1], WINDOW)
    assert summary(observed) == (Outcome.NO_ANSWER, 200, code)
    assert "events" not in observed.details
    assert len(cloud.asked) <= 2


def test_pages_that_are_ever_new_end_as_well(
    online: MakeTenant, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(limits(), pages=5)
    monkeypatch.setattr(paging, "limits", lambda: few)

    def page(asked: dict[str, Any]) -> Canned:
        link = f"https://graph.microsoft.com/v1.0/users/x/calendarView?n={len(cloud.asked)}"
        return as_json({"value": [], "@odata.nextLink": link})

    cloud.graph = {"GET /users/": page}
    (observed,) = online().list_events(PEOPLE[:1], WINDOW)
    assert observed.code == "endless-pages"
    assert len(cloud.asked) == 5


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Canned(200, "<html>Sign in to the proxy</html>"), "not-json"),
        (Canned(403, "<html>Blocked</html>"), "not-json"),
        (Canned(200, '{"id": "c", "name": '), "not-json"),
        (Canned(200, "[" * 100_000), "not-json"),
        (Canned(200, b"\xff\xfe{}"), "not-json"),
        (Canned(200, '{"id": NaN}'), "not-json"),
        (Canned(200, "[]"), "unexpected-answer"),
        (Canned(200, "{}"), "unexpected-answer"),
        (Canned(200, '{"id": 7}'), "unexpected-answer"),
        (Canned(200, '{"id": "c", "canEdit": "yes"}'), "unexpected-answer"),
        (Canned(302, "", (("Location", "https://evil.test/"),)), "redirected"),
    ],
)
def test_what_is_no_answer_of_graph_is_told_apart(
    answer: Canned, code: str, online: MakeTenant, cloud: FakeCloud
) -> None:
    cloud.graph = {"GET /users/": answer}
    (observed,) = online().open_calendars(PEOPLE[:1])
    assert observed.code == code
    assert not observed.ok
    assert observed.details == {}


def test_a_batch_whose_answer_is_incomplete_says_so(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {"GET /users/": CALENDAR}
    whole = cloud._batch

    def half(body: Any) -> Canned:
        body["requests"] = body["requests"][:1]
        return whole(body)

    cloud._batch = half  # type: ignore[method-assign]
    observed = online().open_calendars(PEOPLE[:2])
    assert [one.code for one in observed] == [None, "no-answer-in-batch"]


def test_a_mailbox_that_a_policy_keeps_out_is_told_from_a_permission_that_is_missing(
    online: MakeTenant, cloud: FakeCloud
) -> None:
    raop = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
    cloud.graph = {
        "GET /users/user0@": error(403, "ErrorAccessDenied", raop),
        "GET /users/user1@": error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    }
    observed = online().open_calendars(PEOPLE[:2])
    assert [one.code for one in observed] == ["ErrorAccessDenied"] * 2
    assert [one.details.get("blocked_by") for one in observed] == ["application-access-policy", None]


def test_busy_times_are_asked_through_the_first_mailbox_that_can_be_used(online: MakeTenant, cloud: FakeCloud) -> None:
    def schedules(asked: dict[str, Any]) -> Canned:
        busy = [{"status": "busy"}, {"status": "free"}, {"status": "oof"}]
        shares: list[dict[str, Any]] = [
            {"scheduleId": one, "scheduleItems": busy} for one in asked["body"]["schedules"]
        ]
        shares[1] = {"scheduleId": "x", "error": {"message": "Unable to resolve.", "responseCode": "5009"}}
        return as_json({"value": shares})

    cloud.graph = {
        "POST /users/user0@": error(404, "MailboxNotEnabledForRESTAPI"),
        "POST /users/user1@": error(403, "ErrorAccessDenied"),
        "POST /users/user2@": schedules,
    }
    observed = online().free_busy(PEOPLE[:3], WINDOW)
    assert [one.code for one in observed] == [None, "5009", None]
    assert observed[0].details == {"asked_through": PEOPLE[2], "days": 14.0, "busy": 2}
    assert meaning("5009").kind is Kind.MISSING_MAILBOX


def test_where_no_mailbox_can_be_used_each_has_its_own_refusal(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {
        "POST /users/user0@": error(404, "MailboxNotEnabledForRESTAPI"),
        "POST /users/user1@": error(403, "ErrorAccessDenied"),
        "POST /users/user2@": error(404, "ErrorInvalidUser"),
    }
    observed = online().free_busy(PEOPLE[:3], WINDOW)
    assert [one.code for one in observed] == ["MailboxNotEnabledForRESTAPI", "ErrorAccessDenied", "ErrorInvalidUser"]
    assert [one.details["asked_through"] for one in observed] == PEOPLE[:3]


@pytest.mark.parametrize("address", ["", "nobody", "../groups", "@contoso.com", "a\x00@contoso.com"])
def test_what_is_no_address_is_not_sent(address: str, online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.graph = {"GET /users/": CALENDAR}
    observed = online().open_calendars([address, "ann@contoso.com"])
    assert [one.code for one in observed] == ["invalid-address", None]
    assert cloud.asked == ["GET /users/ann@contoso.com/calendar?$select=id,name,canEdit,owner"]


def test_an_address_is_never_more_than_an_address(
    online: MakeTenant, cloud_server: ScriptedServer, cloud: FakeCloud
) -> None:
    cloud.graph = {"GET /users": as_json({"value": []})}
    online().users(["o'neil#?/../x@contoso.com"])
    paths = [request.path for request in cloud_server.seen if request.host == "graph.microsoft.com"]
    assert paths[0].startswith("/v1.0/users/o%27neil%23%3F%2F..%2Fx@contoso.com?$select=")


def test_who_signs_in_by_another_name_than_the_address_is_found_all_the_same(
    online: MakeTenant, cloud: FakeCloud
) -> None:
    user = {"id": "id-of-ann", "userPrincipalName": "ann.upn@contoso.com", "mail": "ann@contoso.com"}
    missing = error(404, "Request_ResourceNotFound")
    cloud.graph = {
        "GET /users/": missing,
        "GET /users?$filter=mail eq 'ann@contoso.com'": as_json({"value": [user]}),
        "GET /users?$filter=mail eq 'twice@contoso.com'": as_json({"value": [user, user]}),
        "GET /users?$filter=mail eq 'nobody@contoso.com'": as_json({"value": []}),
        "GET /users/id-of-ann/transitiveMemberOf": as_json(
            {"value": [{"displayName": "Global Reader", "roleTemplateId": "f2ef992c"}]}
        ),
        "POST /identity/conditionalAccess/evaluate": as_json({"value": []}),
    }
    people = ["ann@contoso.com", "twice@contoso.com", "nobody@contoso.com"]
    tenant = online()
    assert [one.code for one in tenant.users(people)] == [None, *["Request_ResourceNotFound"] * 2]
    roles = tenant.directory_roles(people)
    assert [one.details.get("roles") for one in roles] == [["Global Reader"], None, None]
    assert tenant.what_if("ann@contoso.com", "203.0.113.7").ok


def test_a_clock_that_differs_is_why_a_fresh_token_is_refused(
    online: MakeTenant, cloud: FakeCloud, clock: MovableClock
) -> None:
    clock.advance(timedelta(days=-3000))  # the scripted server's Date is the machine's
    cloud.graph = {"GET /users/": error(401, "InvalidAuthenticationToken")}
    (observed,) = online().open_calendars(PEOPLE[:1])
    assert observed.code == "clock-skew"
    skew = observed.details["clock_skew_seconds"]
    assert isinstance(skew, int)
    assert skew > 300
    assert observed.details["refused_with"] == "InvalidAuthenticationToken"


def test_secrets_and_tokens_are_in_nothing_that_is_kept(
    online: MakeTenant, cloud: FakeCloud, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(asked: dict[str, Any]) -> Canned:
        return error(403, cloud.given[-1].partition(".")[0], f"{cloud.given[-1]} {SECRET}")

    caplog.set_level(logging.DEBUG)
    cloud.graph = {"GET /users/": echo}
    tenant = online()
    observed = [tenant.sign_in_application(), *tenant.open_calendars(PEOPLE[:2]), *tenant.users(PEOPLE[:1])]
    kept = repr(observed) + repr(vars(tenant)) + caplog.text
    for secret in (SECRET, *cloud.given):
        assert secret not in kept
        assert secret[-20:] not in kept
