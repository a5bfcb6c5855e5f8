"""Delegates: added, shown, changed, removed, and what they may then do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]


class Delegates:
    """The delegates of one mailbox."""

    def __init__(self, soap: RawClient, mailbox: Mailbox) -> None:
        self.soap, self.mailbox = soap, mailbox

    def ask(self, operation: str, content: str, attributes: str = "", auth: tuple[str, str] | None = None) -> Answer:
        address = self.mailbox.recipient.email
        body = (
            f"<m:{operation}{attributes}><m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox>"
            f"{content}</m:{operation}>"
        )
        return self.soap(body, auth=auth) if auth else self.soap(body, impersonate=address)

    def change(self, operation: str, user_id: str, *, levels: str = "", flags: str = "", deliver: str = "") -> Answer:
        permissions = f"<t:DelegatePermissions>{levels}</t:DelegatePermissions>" if levels else ""
        return self.ask(
            operation,
            f"<m:DelegateUsers><t:DelegateUser><t:UserId>{user_id}</t:UserId>{permissions}{flags}</t:DelegateUser>"
            f"</m:DelegateUsers>{deliver}",
        )

    def get(self, users: str = "", permissions: str = "true", auth: tuple[str, str] | None = None) -> Answer:
        return self.ask("GetDelegate", users, f' IncludePermissions="{permissions}"', auth)

    def remove(self, recipient: Recipient) -> Answer:
        return self.ask("RemoveDelegate", f"<m:UserIds><t:UserId>{smtp(recipient)}</t:UserId></m:UserIds>")


@pytest.fixture
def delegates(soap: RawClient, tenant_server: MockTenant, new_user: NewUser) -> Delegates:
    user = new_user()
    with tenant_server.organization.lock:
        return Delegates(soap, tenant_server.organization.mailbox(user))


def smtp(recipient: Recipient) -> str:
    return f"<t:PrimarySmtpAddress>{recipient.email}</t:PrimarySmtpAddress>"


def level(folder: str, value: str) -> str:
    return f"<t:{folder}FolderPermissionLevel>{value}</t:{folder}FolderPermissionLevel>"


def test_nobody_yet(delegates: Delegates) -> None:
    answer = delegates.get()
    assert answer.codes == ["NoError"]
    assert answer.all("//m:ResponseMessages") == []
    assert answer.text("//m:DeliverMeetingRequests") == "DelegatesAndSendInformationToMe"


def test_added_and_shown(delegates: Delegates, new_user: NewUser) -> None:
    other = new_user()
    answer = delegates.change(
        "AddDelegate",
        smtp(other),
        levels=level("Calendar", "Editor") + level("Contacts", "Reviewer"),
        flags="<t:ReceiveCopiesOfMeetingMessages>true</t:ReceiveCopiesOfMeetingMessages>"
        "<t:ViewPrivateItems>true</t:ViewPrivateItems>",
        deliver="<m:DeliverMeetingRequests>DelegatesAndMe</m:DeliverMeetingRequests>",
    )
    assert answer.codes == ["NoError", "NoError"]
    assert answer.text("//t:SID") == other.sid
    shown = delegates.get()
    assert shown.text("//t:PrimarySmtpAddress") == other.email
    assert shown.text("//t:CalendarFolderPermissionLevel") == "Editor"
    assert shown.text("//t:ContactsFolderPermissionLevel") == "Reviewer"
    assert shown.text("//t:InboxFolderPermissionLevel") == "None"
    assert shown.text("//t:ReceiveCopiesOfMeetingMessages") == "true"
    assert shown.text("//t:ViewPrivateItems") == "true"
    assert shown.text("//m:DeliverMeetingRequests") == "DelegatesAndMe"
    assert delegates.get(permissions="false").all("//t:DelegatePermissions") == []


def test_it_takes_effect_on_the_folders(soap: RawClient, delegates: Delegates, new_user: NewUser) -> None:
    other = new_user()
    get_folder = (
        "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>"
        '<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>'
        f"{delegates.mailbox.recipient.email}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>"
        "</m:FolderIds></m:GetFolder>"
    )
    auth = (other.email, USER_PASSWORD)
    assert soap(get_folder, auth=auth).codes == ["ErrorAccessDenied"]
    delegates.change("AddDelegate", smtp(other), levels=level("Calendar", "Author"))
    answer = soap(get_folder, auth=auth)
    assert answer.text("//t:EffectiveRights/t:CreateContents") == "true"
    assert delegates.remove(other).codes == ["NoError", "NoError"]
    assert soap(get_folder, auth=auth).codes == ["ErrorAccessDenied"]
    assert delegates.get().all("//m:DelegateUser") == []


def test_changed_later(delegates: Delegates, new_user: NewUser) -> None:
    other = new_user()
    delegates.change("AddDelegate", smtp(other), levels=level("Calendar", "Reviewer") + level("Tasks", "Author"))
    view = "<t:ViewPrivateItems>true</t:ViewPrivateItems>"
    answer = delegates.change("UpdateDelegate", smtp(other), levels=level("Calendar", "Editor"), flags=view)
    assert answer.codes == ["NoError", "NoError"]
    shown = delegates.get()
    assert shown.text("//t:CalendarFolderPermissionLevel") == "Editor"
    assert shown.text("//t:TasksFolderPermissionLevel") == "Author"
    assert delegates.mailbox.delegates[other.email]["view_private_items"] is True


def test_a_level_that_delegates_do_not_have_is_shown_as_custom(delegates: Delegates, new_user: NewUser) -> None:
    other = new_user()
    delegates.change("AddDelegate", smtp(other), levels=level("Calendar", "Reviewer"))
    delegates.mailbox.distinguished("calendar").permissions[other.email] = "PublishingEditor"
    assert delegates.get().text("//t:CalendarFolderPermissionLevel") == "Custom"


def test_only_those_asked_for(delegates: Delegates, new_user: NewUser) -> None:
    one, two, three = new_user(), new_user(), new_user()
    for other in (one, two):
        delegates.change("AddDelegate", smtp(other))
    users = f"<t:UserId>{smtp(two)}</t:UserId><t:UserId>{smtp(three)}</t:UserId>"
    answer = delegates.get(f"<m:UserIds>{users}</m:UserIds>")
    assert answer.codes == ["NoError", "NoError", "ErrorNotDelegate"]
    assert answer.text("//t:PrimarySmtpAddress") == two.email


class TestRefused:
    def test_twice(self, delegates: Delegates, new_user: NewUser) -> None:
        other = new_user()
        delegates.change("AddDelegate", smtp(other))
        assert delegates.change("AddDelegate", smtp(other)).codes == ["NoError", "ErrorDelegateAlreadyExists"]

    def test_the_owner(self, delegates: Delegates) -> None:
        answer = delegates.change("AddDelegate", smtp(delegates.mailbox.recipient))
        assert answer.codes == ["NoError", "ErrorDelegateCannotAddOwner"]

    @pytest.mark.parametrize(
        ("user_id", "code"),
        [
            ("<t:PrimarySmtpAddress>nobody@contoso.test</t:PrimarySmtpAddress>", "ErrorDelegateNoUser"),
            ("<t:DistinguishedUser>Default</t:DistinguishedUser>", "ErrorDistinguishedUserNotSupported"),
            ("<t:DisplayName>Bob</t:DisplayName>", "ErrorInvalidDelegateUserId"),
        ],
    )
    def test_who_is_nobody(self, delegates: Delegates, user_id: str, code: str) -> None:
        assert delegates.change("AddDelegate", user_id).codes == ["NoError", code]

    def test_levels_that_cannot_be_set(self, delegates: Delegates, new_user: NewUser) -> None:
        other = new_user()
        copies = "<t:ReceiveCopiesOfMeetingMessages>true</t:ReceiveCopiesOfMeetingMessages>"
        for levels, flags in ((level("Inbox", "Custom"), ""), (level("Calendar", "Author"), copies)):
            answer = delegates.change("AddDelegate", smtp(other), levels=levels, flags=flags)
            assert answer.codes == ["NoError", "ErrorInvalidDelegatePermission"]
        assert delegates.mailbox.delegates == {}

    def test_changing_or_removing_who_is_none(self, delegates: Delegates, new_user: NewUser) -> None:
        other = new_user()
        assert delegates.change("UpdateDelegate", smtp(other)).codes == ["NoError", "ErrorNotDelegate"]
        assert delegates.remove(other).codes == ["NoError", "ErrorNotDelegate"]

    def test_others(self, delegates: Delegates, new_user: NewUser) -> None:
        answer = delegates.get(auth=(new_user().email, USER_PASSWORD))
        assert (answer.body.get("ResponseClass"), answer.codes) == ("Error", ["ErrorAccessDenied"])
