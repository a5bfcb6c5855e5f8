"""Automatic replies: read, set, scheduled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.oof import OofSettings, oof_settings
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def user(new_user: Callable[..., Recipient]) -> Recipient:
    return new_user()


def get(soap: RawClient, address: str, **named: str | tuple[str, str]) -> Answer:
    return soap(
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{address}</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>",
        **named,  # type: ignore[arg-type]
    )


def put(soap: RawClient, address: str, settings: str, **named: str | tuple[str, str]) -> Answer:
    return soap(
        f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{address}</t:Address></t:Mailbox>"
        f"<t:UserOofSettings>{settings}</t:UserOofSettings></m:SetUserOofSettingsRequest>",
        **named,  # type: ignore[arg-type]
    )


def replies(internal: str, external: str) -> str:
    return (
        f'<t:InternalReply xml:lang="de-DE"><t:Message>{internal}</t:Message></t:InternalReply>'
        f"<t:ExternalReply><t:Message>{external}</t:Message></t:ExternalReply>"
    )


def settings(state: str, start: str = "", end: str = "", audience: str = "All") -> str:
    span = f"<t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>" if start else ""
    return f"<t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>{span}" + replies(
        "Bin &lt;weg&gt;", "Away"
    )


def test_off_at_first_with_a_schedule_in_any_case(soap: RawClient, user: Recipient) -> None:
    answer = get(soap, user.email, impersonate=user.email)
    assert answer.codes == ["NoError"]
    assert answer.text("//t:OofState") == "Disabled"
    assert answer.text("//t:StartTime") < answer.text("//t:EndTime")
    assert answer.text("//m:AllowExternalOof") == "All"


def test_what_is_set_is_read_again(soap: RawClient, user: Recipient) -> None:
    assert put(soap, user.email, settings("Enabled", audience="Known"), impersonate=user.email).codes == ["NoError"]
    answer = get(soap, user.email, auth=(user.email, USER_PASSWORD))
    assert (answer.text("//t:OofState"), answer.text("//t:ExternalAudience")) == ("Enabled", "Known")
    assert [one.text for one in answer.all("//t:Message")] == ["Bin <weg>", "Away"]
    assert answer.one("//t:InternalReply").get(XML_LANG) == "de-DE"
    assert answer.one("//t:ExternalReply").get(XML_LANG) is None


def test_a_schedule(soap: RawClient, tenant_server: MockTenant, user: Recipient) -> None:
    start, end = "2030-01-01T00:00:00+02:00", "2030-01-05T00:00:00"
    answer = put(soap, user.email, settings("Scheduled", start, end), impersonate=user.email)
    assert answer.codes == ["NoError"]
    shown = get(soap, user.email, impersonate=user.email)
    assert shown.text("//t:StartTime") == "2029-12-31T22:00:00Z"
    assert shown.text("//t:EndTime") == "2030-01-05T00:00:00Z"
    with tenant_server.organization.lock:
        kept = oof_settings(tenant_server.organization.mailbox(user))
    assert kept.is_active(datetime(2030, 1, 2, tzinfo=UTC))
    assert not kept.is_active(datetime(2030, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("", ""),
        ("2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
    ],
)
def test_a_schedule_that_cannot_be(soap: RawClient, user: Recipient, start: str, end: str) -> None:
    answer = put(soap, user.email, settings("Scheduled", start, end), impersonate=user.email)
    assert answer.codes == ["ErrorInvalidScheduledOofDuration"]
    assert get(soap, user.email, impersonate=user.email).text("//t:OofState") == "Disabled"


def test_others_have_no_business_here(soap: RawClient, user: Recipient, new_user: Callable[..., Recipient]) -> None:
    other = (new_user().email, USER_PASSWORD)
    assert get(soap, user.email, auth=other).codes == ["ErrorAccessDenied"]
    assert put(soap, user.email, settings("Enabled"), auth=other).codes == ["ErrorAccessDenied"]


def test_full_access_opens_it(
    soap: RawClient, tenant_server: MockTenant, user: Recipient, new_user: Callable[..., Recipient]
) -> None:
    other = new_user()
    with tenant_server.organization.lock:
        tenant_server.organization.mailbox(user).full_access.add(other.email)
    assert get(soap, user.email, auth=(other.email, USER_PASSWORD)).codes == ["NoError"]


@pytest.mark.parametrize("address", ["nobody@contoso.test", "calendar-users@contoso.test"])
def test_nobody_of_that_name(soap: RawClient, address: str) -> None:
    answer = get(soap, address)
    assert (answer.status, answer.codes) == (200, ["ErrorMailRecipientNotFound"])


@pytest.mark.parametrize(
    "wrong",
    [
        settings("Perhaps"),
        settings("Scheduled", "tomorrow", "later"),
        "<t:OofState>Enabled</t:OofState>",
    ],
)
def test_settings_that_the_schema_does_not_allow(soap: RawClient, user: Recipient, wrong: str) -> None:
    answer = put(soap, user.email, wrong, impersonate=user.email)
    assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


def test_replies_are_sent_when_they_are_on() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert OofSettings("Enabled").is_active(now)
    assert not OofSettings().is_active(now)
    assert not OofSettings("Scheduled").is_active(now)
    assert OofSettings("Scheduled", start=now, end=now + timedelta(hours=1)).is_active(now)
