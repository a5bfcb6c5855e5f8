"""On whose behalf: the ExchangeImpersonation header and the other access modes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account, MailboxState, Recipient
from calconnect.mock_tenant.state.rbac import ManagementScope, RoleAssignment
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import SERVICE, USER_PASSWORD, describe, organization

NewUser = Callable[..., Recipient]
GET_CALENDAR = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)


def header(kind: str, value: str) -> str:
    return (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{value}</t:{kind}></t:ConnectingSID>"
        "</t:ExchangeImpersonation>"
    )


def folder_id(answer: Answer) -> str:
    assert answer.codes == ["NoError"]
    return answer.one("//t:CalendarFolder/t:FolderId").get("Id", "")


@pytest.fixture(scope="module")
def alice(tenant_server: MockTenant) -> Recipient:
    found = tenant_server.organization.directory.by_address("alice@contoso.test")
    assert found is not None
    return found


def test_all_four_ways_to_name_the_user_lead_to_the_same_mailbox(soap: RawClient, alice: Recipient) -> None:
    ways = [
        ("PrimarySmtpAddress", "alice@contoso.test"),
        ("PrimarySmtpAddress", "ALICE@contoso.test"),
        ("SmtpAddress", "alice@contoso.test"),
        ("SmtpAddress", "alice.alias@contoso.test"),
        ("PrincipalName", "alice.upn@contoso.test"),
        ("SID", alice.sid),
    ]
    ids = {folder_id(soap(GET_CALENDAR, header=header(kind, value))) for kind, value in ways}
    assert len(ids) == 1
    assert ids != {folder_id(soap(GET_CALENDAR))}


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("PrimarySmtpAddress", "nobody@contoso.test", "ErrorNonExistentMailbox"),
        ("PrimarySmtpAddress", "gone-to-cloud@contoso.test", "ErrorNonExistentMailbox"),
        ("PrimarySmtpAddress", "calendar-users@contoso.test", "ErrorNonExistentMailbox"),
        ("PrimarySmtpAddress", "alice.alias@contoso.test", "ErrorNonPrimarySmtpAddress"),
        ("SmtpAddress", "nobody@contoso.test", "ErrorNonExistentMailbox"),
        ("SmtpAddress", "gone-to-cloud@contoso.test", "ErrorNonExistentMailbox"),
        ("PrincipalName", "nobody@contoso.test", "ErrorInvalidUserPrincipalName"),
        ("PrincipalName", "no name at all", "ErrorInvalidUserPrincipalName"),
        ("SID", "S-1-5-21-1-2-3-4", "ErrorInvalidSid"),
        ("SID", "no sid", "ErrorInvalidSid"),
        ("PrimarySmtpAddress", "", "ErrorInvalidExchangeImpersonationHeaderData"),
        ("Elsewise", "alice@contoso.test", "ErrorSchemaValidation"),
        ("PrimarySmtpAddress", "dave@contoso.test", "ErrorImpersonateUserDenied"),
        ("PrincipalName", "dave.upn@contoso.test", "ErrorImpersonateUserDenied"),
    ],
)
def test_users_who_cannot_be_impersonated(soap: RawClient, kind: str, value: str, code: str) -> None:
    answer = soap(GET_CALENDAR, header=header(kind, value))
    assert answer.status == 500
    assert answer.codes == [code]
    assert answer.one("//s:Fault").findtext("faultcode") == f"a:{code}"


def test_the_primary_address_is_told_to_whoever_uses_another(soap: RawClient) -> None:
    answer = soap(GET_CALENDAR, header=header("PrimarySmtpAddress", "alice.alias@contoso.test"))
    assert answer.text("//t:MessageXml/t:Value[@Name='Primary']") == "alice@contoso.test"


def test_an_ordinary_user_may_impersonate_nobody(soap: RawClient) -> None:
    answer = soap(GET_CALENDAR, impersonate="bob@contoso.test", auth=("alice@contoso.test", USER_PASSWORD))
    assert answer.codes == ["ErrorImpersonateUserDenied"]


@pytest.mark.parametrize(
    "more",
    [
        "<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1</t:UserSid></t:SerializedSecurityContext>",
        '<t:OpenAsAdminOrSystemService LogonType="Admin"/>',
    ],
)
def test_one_access_mode_at_a_time(soap: RawClient, more: str) -> None:
    both = soap(GET_CALENDAR, impersonate="alice@contoso.test", header=more)
    assert both.codes == ["ErrorMoreThanOneAccessModeSpecified"]
    alone = soap(GET_CALENDAR, header=more)
    assert alone.status == 500
    assert alone.codes == ["ErrorAccessDenied"]


def test_two_impersonation_headers(soap: RawClient) -> None:
    twice = header("SmtpAddress", "alice@contoso.test") + header("SmtpAddress", "bob@contoso.test")
    assert soap(GET_CALENDAR, header=twice).codes == ["ErrorMoreThanOneAccessModeSpecified"]


def test_a_mailbox_that_is_being_moved_is_an_error_of_the_item(soap: RawClient, new_user: NewUser) -> None:
    user = new_user()
    user.state = MailboxState.MOVING
    answer = soap(GET_CALENDAR, impersonate=user.email)
    assert answer.status == 200
    assert answer.codes == ["ErrorMailboxMoveInProgress"]


def test_a_soft_deleted_mailbox_is_not_there(soap: RawClient, new_user: NewUser) -> None:
    user = new_user()
    user.state = MailboxState.SOFT_DELETED
    assert soap(GET_CALENDAR, impersonate=user.email).codes == ["ErrorNonExistentMailbox"]


def test_the_switch_of_the_impersonated_user_does_not_stop_the_service_account(
    soap: RawClient, new_user: NewUser
) -> None:
    user = new_user()
    user.ews_enabled = False
    assert soap(GET_CALENDAR, impersonate=user.email).codes == ["NoError"]


def test_a_service_account_without_a_mailbox_can_still_impersonate() -> None:
    made = organization()
    made.directory.add_account(Account(("CONTOSO\\bare",), "Bare-Password-1", email="bare@contoso.test"))
    made.roles.assignments.append(RoleAssignment("bare", "CONTOSO\\bare"))
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, ("CONTOSO\\bare", "Bare-Password-1"))
        assert client(GET_CALENDAR, impersonate="dave@contoso.test").codes == ["NoError"]
        own = client(GET_CALENDAR)
        assert own.status == 200
        assert own.codes == ["ErrorMissingEmailAddress"]
        client.close()


@pytest.mark.parametrize(
    ("delegating", "enabled", "exclusive", "code"),
    [
        (False, True, False, "NoError"),
        (True, True, False, "ErrorImpersonateUserDenied"),
        (False, False, False, "ErrorImpersonateUserDenied"),
        (False, True, True, "ErrorImpersonateUserDenied"),
    ],
)
def test_only_a_regular_enabled_assignment_outside_exclusive_scopes_counts(
    delegating: bool, enabled: bool, exclusive: bool, code: str
) -> None:
    made = organization()
    made.roles.assignments = [RoleAssignment("all", SERVICE, delegating=delegating, enabled=enabled)]
    if exclusive:
        made.roles.scopes["VIP"] = ManagementScope("VIP", "Name -like 'Alice*'", exclusive=True)
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, (SERVICE, "Correct-Horse-1"))
        assert client(GET_CALENDAR, impersonate="alice@contoso.test").codes == [code]
        client.close()


@pytest.mark.parametrize("zone", ["UTC", "W. Europe Standard Time", "w. europe standard time"])
def test_time_zones_by_name(soap: RawClient, zone: str) -> None:
    context = f'<t:TimeZoneContext><t:TimeZoneDefinition Id="{zone}"/></t:TimeZoneContext>'
    assert soap(GET_CALENDAR, header=context).codes == ["NoError"]


def test_headers_that_change_nothing_are_taken(soap: RawClient) -> None:
    more = "<t:MailboxCulture>de-DE</t:MailboxCulture><t:DateTimePrecision>Seconds</t:DateTimePrecision>"
    assert soap(GET_CALENDAR, header=more).codes == ["NoError"]
