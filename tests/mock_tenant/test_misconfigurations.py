"""Tenant files for mistakes that administrators make, and what a client of such a server then gets to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenant_files import HEAD, load_text

SERVICE = "svc@contoso.test"
AUTH = (SERVICE, "secret")
BASE = f"""
[[service_accounts]]
email = "{SERVICE}"
password = "secret"
[[role_assignments]]
name = "Impersonation"
assignee = "{SERVICE}"
"""


def folder(name: str = "calendar", mailbox: str = "") -> str:
    owner = f"<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>" if mailbox else ""
    return f'<t:DistinguishedFolderId Id="{name}">{owner}</t:DistinguishedFolderId>'


def get_folder(name: str = "calendar", mailbox: str = "") -> str:
    return (
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder(name, mailbox)}</m:FolderIds></m:GetFolder>"
    )


def find_item(name: str = "calendar", mailbox: str = "") -> str:
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{folder(name, mailbox)}</m:ParentFolderIds></m:FindItem>"
    )


def resolve(entry: str) -> str:
    return (
        '<m:ResolveNames ReturnFullContactData="true" SearchScope="ActiveDirectory">'
        f"<m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"
    )


def availability(address: str) -> str:
    zone = (
        "<t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder>"
        "<t:Month>1</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>0</t:Bias>"
        "<t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>1</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
        "</t:DaylightTime>"
    )
    return (
        f"<m:GetUserAvailabilityRequest><t:TimeZone>{zone}</t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email>"
        f"<t:Address>{address}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>"
        "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-11-23T00:00:00</t:StartTime>"
        "<t:EndTime>2026-11-27T00:00:00</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30"
        "</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>FreeBusyMerged</t:RequestedView>"
        "</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"
    )


Tenant = Callable[[str], RawClient]


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    """Return a function that serves a tenant file and gives a client that signs in as the service account."""
    with ExitStack() as stack:

        def start(text: str, head: str = HEAD) -> RawClient:
            server = stack.enter_context(MockTenant(load_text(tmp_path, BASE + text, head=head)))
            client = RawClient(server.ews_url, server.ca_pem, AUTH)
            stack.callback(client.close)
            return client

        yield start


# -- mailboxes that cannot be used


def test_a_database_that_is_down_stops_its_mailboxes_and_no_other(tenant: Tenant) -> None:
    ask = tenant("""
[[generate]]
email = "u{n}@contoso.test"
count = 4
database = ["DB01", "DB02"]
[[databases]]
name = "DB02"
state = "dismounted"
[[databases]]
name = "DB01"
""")
    codes = [ask(get_folder(), impersonate=f"u{n}@contoso.test").codes for n in range(1, 5)]
    assert codes == [["NoError"], ["ErrorMailboxStoreUnavailable"]] * 2
    assert ask(get_folder()).codes == ["NoError"], "the service account's own is in DB01"


def test_a_database_that_fails_over(tenant: Tenant) -> None:
    ask = tenant('[[databases]]\nname = "DB01"\nstate = "failover"\n')
    assert ask(get_folder()).codes == ["ErrorMailboxFailover"]


def test_a_calendar_folder_that_is_gone(tenant: Tenant) -> None:
    ask = tenant('[[mailboxes]]\nemail = "a@contoso.test"\nwithout_folders = ["calendar"]\n')
    assert ask(get_folder(), impersonate="a@contoso.test").codes == ["ErrorFolderNotFound"]
    assert ask(find_item(), impersonate="a@contoso.test").codes == ["ErrorFolderNotFound"]
    assert ask(get_folder("inbox"), impersonate="a@contoso.test").codes == ["NoError"]
    assert ask(availability("a@contoso.test")).codes == ["ErrorFolderNotFound"]


def test_a_damaged_mailbox(tenant: Tenant) -> None:
    ask = tenant('[[generate]]\nemail = "u{n}@contoso.test"\ncount = 2\n'
                 '[[mailboxes]]\nemail = "u2@contoso.test"\nwithout_folders = ["root"]\n')  # fmt: skip
    answer = ask(get_folder(), impersonate="u2@contoso.test")
    assert answer.codes == ["ErrorItemNotFound"]
    assert "Default folder Root not found." in answer.text("//m:MessageText")
    assert ask(get_folder(), impersonate="u1@contoso.test").codes == ["NoError"]


# -- where a mailbox is


def test_a_mailbox_elsewhere_can_be_told_from_a_wrong_address(tenant: Tenant) -> None:
    ask = tenant("""
[[mailboxes]]
email = "cloud@contoso.test"
kind = "remote"
[[mailboxes]]
email = "gone@contoso.test"
state = "soft-deleted"
[[mailboxes]]
email = "contact@contoso.test"
kind = "contact"
""")
    for address in ("cloud@contoso.test", "gone@contoso.test", "contact@contoso.test", "nobody@contoso.test"):
        assert ask(get_folder(), impersonate=address).codes == ["ErrorNonExistentMailbox"]

    def found(address: str) -> tuple[list[str], list[str | None]]:
        answer = ask(resolve(f"smtp:{address}"))
        return answer.codes, [one.text for one in answer.all("//t:Resolution/t:Mailbox/t:MailboxType")]

    assert found("cloud@contoso.test") == (["NoError"], ["Mailbox"])
    assert found("contact@contoso.test") == (["NoError"], ["Contact"])
    assert found("gone@contoso.test") == (["ErrorNameResolutionNoResults"], [])
    assert found("nobody@contoso.test") == (["ErrorNameResolutionNoResults"], [])
    assert ask(resolve("gone")).codes == ["ErrorNameResolutionNoResults"]


# -- accounts and their policies


def test_policies_of_accounts(tmp_path: Path) -> None:
    made = load_text(
        tmp_path,
        """
authentication_policy = "Block"
[[authentication_policies]]
name = "Block"
block_legacy_ews = true
[[authentication_policies]]
name = "Allow"
[[throttling_policies]]
name = "Tight"
ews_max_concurrency = 1
ews_max_subscriptions = 2
[policies]
ews_max_concurrency = 9
[[service_accounts]]
email = "svc@contoso.test"
password = "x"
authentication_policy = "Allow"
throttling_policy = "Tight"
[[mailboxes]]
email = "a@contoso.test"
password = "x"
""",
    ).organization
    service, other = made.directory.account(SERVICE), made.directory.account("a@contoso.test")
    assert service is not None and other is not None
    assert (made.blocks_legacy(service), made.blocks_legacy(other)) == (False, True)
    limits = [made.throttling_policy_of(one) for one in (service, other)]
    assert [(one.name, one.ews_max_concurrency, one.ews_max_subscriptions) for one in limits] == [
        ("Tight", 1, 2),
        ("", 9, 5000),
    ]


SUBSCRIBE = (
    "<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id='calendar'/></t:FolderIds>"
    "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>"
    "</m:PullSubscriptionRequest></m:Subscribe>"
)


def test_the_accounts_own_throttling_policy_counts_subscriptions(tenant: Tenant) -> None:
    ask = tenant("""
[[throttling_policies]]
name = "Tight"
ews_max_subscriptions = 1
[[service_accounts]]
email = "tight@contoso.test"
password = "x"
throttling_policy = "Tight"
[[role_assignments]]
name = "Tight too"
assignee = "tight@contoso.test"
[[mailboxes]]
email = "a@contoso.test"
[[mailboxes]]
email = "b@contoso.test"
""")
    tight = ("tight@contoso.test", "x")
    assert ask(SUBSCRIBE, impersonate="a@contoso.test", auth=tight).codes == ["NoError"]
    assert ask(SUBSCRIBE, impersonate="a@contoso.test", auth=tight).codes == ["ErrorExceededSubscriptionCount"]
    assert ask(SUBSCRIBE, impersonate="b@contoso.test", auth=tight).codes == ["NoError"], "counted for the mailbox"
    assert ask(SUBSCRIBE, impersonate="a@contoso.test").codes == ["NoError"], "the default policy holds for the other"


def test_the_accounts_own_throttling_policy_counts_requests_under_way(tenant: Tenant) -> None:
    ask = tenant("""
[policies]
latency_milliseconds = 400
[[throttling_policies]]
name = "Tight"
ews_max_concurrency = 1
[[service_accounts]]
email = "tight@contoso.test"
password = "x"
throttling_policy = "Tight"
""")

    def codes(auth: tuple[str, str]) -> list[str]:
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(lambda _: ask(get_folder(), auth=auth), range(2))
            return sorted(code for answer in answers for code in answer.codes)

    assert codes(("tight@contoso.test", "x")) == ["ErrorExceededConnectionCount", "NoError"]
    assert codes(AUTH) == ["NoError", "NoError"]


def test_who_is_an_administrator(tmp_path: Path) -> None:
    made = load_text(
        tmp_path,
        """
[[groups]]
email = "da@contoso.test"
name = "Domain Admins"
kind = "security"
members = ["helpdesk@contoso.test", "direct@contoso.test"]
[[groups]]
email = "helpdesk@contoso.test"
name = "Help desk"
kind = "security"
members = ["nested@contoso.test", "deeper@contoso.test"]
[[groups]]
email = "deeper@contoso.test"
name = "Night shift"
kind = "security"
members = ["helpdesk@contoso.test"]
[[generate]]
email = "u{n}@contoso.test"
count = 1
[[mailboxes]]
email = "direct@contoso.test"
[[mailboxes]]
email = "nested@contoso.test"
[[mailboxes]]
email = "former@contoso.test"
administrator = true
[[service_accounts]]
email = "a@contoso.test"
password = "x"
groups = ["deeper@contoso.test"]
[[service_accounts]]
email = "b@contoso.test"
password = "x"
mailbox = false
groups = ["helpdesk@contoso.test"]
[[service_accounts]]
email = "c@contoso.test"
password = "x"
administrator = true
mailbox = false
[[service_accounts]]
email = "d@contoso.test"
password = "x"
""",
    )
    directory = made.organization.directory
    found = {one.email.partition("@")[0] for one in directory if one.admin_count}
    assert found == {"direct", "nested", "former", "a"}

    def account(name: str) -> Account:
        one = directory.account(f"{name}@contoso.test")
        assert one is not None
        return one

    assert [account(name).is_administrator for name in "abcd"] == [True, True, True, False]
    assert made.trial_mailbox == "u1@contoso.test"


# -- opening what belongs to somebody else


@pytest.fixture
def shared(tenant: Tenant) -> RawClient:
    """Five users, whose calendars are open to the service account in five ways; impersonation is not assigned."""
    levels = {"editor": "Editor", "visible": "Contributor", "times": "AvailabilityOnly", "closed": "None"}
    users = "".join(
        f'[[mailboxes]]\nemail = "{name}@contoso.test"\n'
        f'folder_permissions = {{ calendar = {{ default = "None", "{SERVICE}" = "{level}" }} }}\n'
        for name, level in levels.items()
    )
    delegated = f"""
[[generate]]
email = "all{{n}}@contoso.test"
count = 2
[[generate.delegates]]
email = "{SERVICE}"
view_private_items = true
"""
    return tenant(users + delegated)


@pytest.mark.parametrize(
    ("owner", "look", "find", "times"),
    [
        ("editor", "NoError", "NoError", "NoError"),
        ("all2", "NoError", "NoError", "NoError"),
        ("visible", "NoError", "ErrorAccessDenied", "NoError"),
        ("times", "ErrorAccessDenied", "ErrorAccessDenied", "NoError"),
        ("closed", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorNoFreeBusyAccess"),
    ],
)
def test_somebody_elses_calendar(shared: RawClient, owner: str, look: str, find: str, times: str) -> None:
    mailbox = f"{owner}@contoso.test"
    assert shared(get_folder(mailbox=mailbox)).codes == [look]
    assert shared(find_item(mailbox=mailbox)).codes == [find]
    assert shared(availability(mailbox)).codes == [times]
    for other in ("inbox", "contacts"):
        assert shared(get_folder(other, mailbox)).codes == ["ErrorFolderNotFound"]
        assert shared(find_item(other, mailbox)).codes == ["ErrorFolderNotFound"]


def test_an_id_of_what_is_closed_leads_nowhere(shared: RawClient) -> None:
    mailbox = "closed@contoso.test"
    own = shared(get_folder(), impersonate=mailbox).all("//t:FolderId")[0].get("Id")
    by_id = get_folder().replace('<t:DistinguishedFolderId Id="calendar"></t:DistinguishedFolderId>', "{}")
    assert shared(by_id.format(f'<t:FolderId Id="{own}"/>')).codes == ["ErrorItemNotFound"]


def test_times_alone_tell_no_subjects(shared: RawClient) -> None:
    answer: Answer = shared(availability("times@contoso.test"))
    assert answer.text("//t:FreeBusyViewType") in ("FreeBusy", "FreeBusyMerged")
    assert not answer.all("//t:CalendarEventDetails/t:Subject")
