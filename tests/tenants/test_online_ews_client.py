"""EWS with application tokens, and Autodiscover, against a scripted Exchange Online over real HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Mode, Outcome
from calconnect.tenants.interface import Window
from tests.tenants.cloud_script import FakeCloud, as_json
from tests.tenants.online_fixtures import MakeTenant
from tests.tenants.scripted import (
    CALENDAR,
    NOW,
    Canned,
    ScriptedServer,
    Seen,
    back_off,
    envelope,
    fault,
    in_turn,
    message,
)

ANN, BEN = "ann@contoso.com", "ben@contoso.com"
WINDOW = Window(NOW, NOW + timedelta(days=14))
BLOCKED = "EWS is disabled for this user or tenant"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"


def share(code: str = "NoError", view: str = "") -> str:
    return (
        f'<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>{code}</m:ResponseCode>'
        f"</m:ResponseMessage><m:FreeBusyView>{view}</m:FreeBusyView></m:FreeBusyResponse>"
    )


def availability(*shares: str) -> Canned:
    return Canned(
        200,
        envelope(
            "<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>"
            f"{''.join(shares)}</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
        ),
        (("Content-Type", "text/xml"),),
    )


VIEW = (
    "<t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType><t:CalendarEventArray>"
    "<t:CalendarEvent><t:BusyType>Busy</t:BusyType></t:CalendarEvent>"
    "<t:CalendarEvent><t:BusyType>Free</t:BusyType></t:CalendarEvent></t:CalendarEventArray>"
)


def test_a_calendar_is_opened_as_its_owner(online: MakeTenant, cloud: FakeCloud, cloud_server: ScriptedServer) -> None:
    cloud.ews = lambda _: CALENDAR
    tenant = online()
    assert tenant.sign_in_ews().ok
    assert cloud.forms[0]["scope"] == "https://outlook.office365.com/.default"
    observed = tenant.open_ews_calendar("o'neil&<x>@contoso.com")
    assert (observed.outcome, observed.code, observed.mode) == (Outcome.OK, "NoError", Mode.APPLICATION)
    assert observed.details == {"folder_class": "IPF.Appointment"}
    sent = cloud_server.seen[-1]
    assert sent.headers["x-anchormailbox"] == "o'neil&<x>@contoso.com"
    assert sent.headers["authorization"] == f"Bearer {cloud.given[-1]}"
    request = etree.fromstring(sent.body)
    assert request.findtext(f".//{TYPES}SmtpAddress") == "o'neil&<x>@contoso.com"
    assert sent.operation == "GetFolder"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (Canned(403, "", (("X-EWS-Policy-Reason", BLOCKED),)), (403, "ews-policy", Kind.POLICY)),
        (Canned(403, "Forbidden"), (403, None, Kind.POLICY)),
        (fault("ErrorAccessDenied", status=500), (500, "ErrorAccessDenied", Kind.REFUSAL_OF_RIGHTS)),
        (message("GetFolder", code="ErrorNonExistentMailbox"), (200, "ErrorNonExistentMailbox", Kind.MISSING_MAILBOX)),
        (Canned(200, "<html>Proxy</html>"), (200, "not-ews", Kind.WRONG_ENDPOINT)),
        (Canned(302, "", (("Location", "https://evil.test/"),)), (302, "redirected", Kind.WRONG_ENDPOINT)),
    ],
)
def test_refusals_of_ews(
    online: MakeTenant, cloud: FakeCloud, answer: Canned, wanted: tuple[int, str | None, Kind]
) -> None:
    cloud.ews = lambda _: answer
    observed = online().open_ews_calendar(ANN)
    kind = meaning(observed.code, observed.http_status).kind
    assert (observed.http_status, observed.code, kind) == wanted
    if observed.code == "ews-policy":
        assert observed.headers["X-EWS-Policy-Reason"] == BLOCKED
        assert BLOCKED in observed.reason


def test_a_token_for_ews_that_expires_is_renewed(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.ews = lambda _: CALENDAR
    tenant = online()
    assert tenant.open_ews_calendar(ANN).ok
    cloud.dead = set(cloud.given)
    assert tenant.open_ews_calendar(ANN).attempts == 2


def test_ews_that_is_busy_is_given_time(online: MakeTenant, cloud: FakeCloud, pauses: list[float]) -> None:
    busy = fault("ErrorServerBusy", status=503, values=back_off(4000))
    cloud.ews = in_turn(busy, CALENDAR)
    observed = online().open_ews_calendar(ANN)
    assert (observed.ok, pauses) == (True, [4.0])
    assert observed.details["retried_after"] == "ErrorServerBusy"


def test_busy_times_are_asked_as_the_first_who_can_be_used(
    online: MakeTenant, cloud: FakeCloud, cloud_server: ScriptedServer
) -> None:
    def answer(seen: Seen) -> Canned:
        if seen.headers["x-anchormailbox"] == ANN:
            return fault("ErrorNonExistentMailbox", status=500)
        return availability(share("ErrorMailRecipientNotFound"), share(view=VIEW))

    cloud.ews = answer
    observed = online().ews_free_busy([ANN, "nobody", BEN], WINDOW)
    assert [one.code for one in observed] == ["ErrorMailRecipientNotFound", "invalid-address", "NoError"]
    assert observed[2].details == {"asked_through": BEN, "days": 14.0, "view": "FreeBusy", "busy": 1}
    request = etree.fromstring(cloud_server.seen[-1].body)
    assert [one.text for one in request.iter(f"{TYPES}Address")] == [ANN, BEN]


def test_where_nobody_can_be_used_each_has_a_refusal_of_its_own(online: MakeTenant, cloud: FakeCloud) -> None:
    refusals = {ANN: "ErrorNonExistentMailbox", BEN: "ErrorAccessDenied"}
    cloud.ews = lambda seen: fault(refusals[seen.headers["x-anchormailbox"]], status=500)
    observed = online().ews_free_busy([ANN, BEN], WINDOW)
    assert {one.target: one.code for one in observed} == refusals


def test_a_policy_against_ews_is_one_answer_for_all(online: MakeTenant, cloud: FakeCloud) -> None:
    cloud.ews = lambda _: Canned(403, "", (("X-EWS-Policy-Reason", BLOCKED),))
    observed = online().ews_free_busy([ANN, BEN], WINDOW)
    assert [one.code for one in observed] == ["ews-policy"] * 2


@pytest.mark.parametrize(
    ("answer", "details", "code"),
    [
        (
            as_json({"Protocol": "EWS", "Url": "https://outlook.office365.com/EWS/Exchange.asmx"}),
            {"ews_url": "https://outlook.office365.com/EWS/Exchange.asmx", "hosted": "online"},
            None,
        ),
        (
            as_json({"Protocol": "EWS", "Url": "https://mail.contoso.com/EWS/Exchange.asmx"}),
            {"ews_url": "https://mail.contoso.com/EWS/Exchange.asmx", "hosted": "elsewhere"},
            None,
        ),
        (
            Canned(302, "", (("Location", "https://autodiscover.contoso.com/autodiscover/autodiscover.json"),)),
            {"hosted": "elsewhere"},
            None,
        ),
        (as_json({"ErrorCode": "UserNotFound", "ErrorMessage": "No."}, 404), {}, "UserNotFound"),
        (Canned(200, "<html></html>"), {}, "not-json"),
        (as_json({"Protocol": "EWS"}), {}, "unexpected-answer"),
    ],
)
def test_where_a_mailbox_is(
    online: MakeTenant, cloud: FakeCloud, answer: Canned, details: dict[str, str], code: str | None
) -> None:
    cloud.autodiscover = answer
    observed = online().locate(ANN)
    assert (observed.details, observed.code, observed.ok) == (details, code, bool(details))
    assert observed.mode is Mode.ANONYMOUS
    assert cloud.forms == [], "it is asked without signing in"


@pytest.mark.parametrize("ask", ["locate", "open_ews_calendar"])
def test_what_is_no_address_is_not_sent(online: MakeTenant, cloud_server: ScriptedServer, ask: str) -> None:
    tenant = online()
    question: Callable[[str], object] = getattr(tenant, ask)
    assert getattr(question("no address"), "code") == "invalid-address"  # noqa: B009
    assert cloud_server.seen == []
