"""Rights on items: folder permissions, own items, private items, accounts without a mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    calendar_view,
    create,
    delete,
    event,
    find,
    get,
    ids_of,
    set_field,
    subjects,
    update,
)
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

SUBJECT = set_field("item:Subject", "<t:Subject>New</t:Subject>")
VIEW = calendar_view("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")


class Pair:
    """The owner of a calendar, and somebody with a permission level on it."""

    def __init__(self, server: MockTenant, soap: RawClient, new_user: Callable[..., Recipient]) -> None:
        self.server = server
        self.soap = soap
        self.owner_recipient, self.guest = new_user(), new_user()
        self.owner = ItemClient(soap, self.owner_recipient.email)
        self.folder = (
            f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{self.owner_recipient.email}'
            "</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>"
        )

    def grant(self, level: str) -> None:
        made = self.server.organization
        with made.lock:
            mailbox = made.mailbox(self.owner_recipient)
            mailbox.distinguished("calendar").permissions[self.guest.email.lower()] = level

    def guest_asks(self, body: str) -> Answer:
        return self.soap(body, auth=(self.guest.email, USER_PASSWORD))


@pytest.fixture
def pair(tenant_server: MockTenant, soap: RawClient, new_user: Callable[..., Recipient]) -> Pair:
    return Pair(tenant_server, soap, new_user)


LEVELS = [
    # level, read, create, edit own, edit other, delete own, delete other
    ("None", 0, 0, 0, 0, 0, 0),
    ("AvailabilityOnly", 0, 0, 0, 0, 0, 0),
    ("LimitedDetails", 0, 0, 0, 0, 0, 0),
    ("Reviewer", 1, 0, 0, 0, 0, 0),
    ("NonEditingAuthor", 1, 1, 0, 0, 1, 0),
    ("Author", 1, 1, 1, 0, 1, 0),
    ("PublishingEditor", 1, 1, 1, 1, 1, 1),
    ("Owner", 1, 1, 1, 1, 1, 1),
]


@pytest.mark.parametrize("case", LEVELS, ids=[case[0] for case in LEVELS])
def test_permission_levels(pair: Pair, case: tuple[str, int, int, int, int, int, int]) -> None:
    level, read, make, edit_own, edit_other, delete_own, delete_other = case
    theirs = pair.owner.make(event("Theirs"))
    pair.grant("Author")
    (own,) = ids_of(pair.guest_asks(create(event("Own"), folder=pair.folder)))
    pair.grant(level)

    no_folder, no_item = ("ErrorFolderNotFound", "ErrorItemNotFound") if level == "None" else ("ErrorAccessDenied",) * 2

    def allowed(body: str, code: str = no_item) -> int:
        codes = pair.guest_asks(body).codes
        assert codes in (["NoError"], [code])
        return int(codes == ["NoError"])

    assert allowed(get([theirs])) == read
    assert allowed(find(folder=pair.folder), no_folder) == read
    assert allowed(find(folder=pair.folder, view=VIEW), no_folder) == read
    no_creation = no_folder if level == "None" else "ErrorCreateItemAccessDenied"
    assert allowed(create(event(), folder=pair.folder), no_creation) == make
    assert allowed(update(own, SUBJECT)) == edit_own
    assert allowed(update(theirs, SUBJECT)) == edit_other
    assert allowed(delete([own])) == delete_own
    assert allowed(delete([theirs])) == delete_other


def test_effective_rights_are_those_of_who_asks(pair: Pair) -> None:
    pair.grant("Author")
    theirs = pair.owner.make(event("Theirs"))
    (own,) = ids_of(pair.guest_asks(create(event("Own"), folder=pair.folder)))
    shown = pair.guest_asks(get([theirs, own]))
    assert [one.text for one in shown.all("//t:EffectiveRights/t:Modify")] == ["false", "true"]
    assert [one.text for one in shown.all("//t:EffectiveRights/t:Read")] == ["true", "true"]
    assert pair.owner(get([own])).text("//t:LastModifiedName") == pair.guest.name


def test_the_owner_of_the_calendar_is_the_organizer_of_what_a_delegate_makes(pair: Pair) -> None:
    pair.grant("Editor")
    (made,) = ids_of(pair.guest_asks(create(event(), folder=pair.folder)))
    shown = pair.guest_asks(get([made]))
    assert shown.text("//t:Organizer/t:Mailbox/t:EmailAddress") == pair.owner.address
    assert shown.text("//t:LastModifiedName") == pair.guest.name


def private(subject: str) -> str:
    return event(subject, before="<t:Sensitivity>Private</t:Sensitivity>")


def test_private_items_are_for_their_owner(pair: Pair) -> None:
    hidden, _ = pair.owner.make(private("Secret")), pair.owner.make(event("Open"))
    pair.grant("Editor")
    assert subjects(pair.guest_asks(find(folder=pair.folder))) == ["Open"]
    assert subjects(pair.guest_asks(find(folder=pair.folder, view=VIEW))) == ["Open"]
    assert pair.guest_asks(get([hidden])).codes == ["ErrorAccessDenied"]
    assert pair.guest_asks(update(hidden, SUBJECT)).codes == ["ErrorAccessDenied"]
    assert pair.guest_asks(delete([hidden])).codes == ["ErrorAccessDenied"]
    assert sorted(subjects(pair.owner(find()))) == ["Open", "Secret"]


def test_a_delegate_who_may_view_private_items(pair: Pair) -> None:
    hidden = pair.owner.make(private("Secret"))
    pair.grant("Editor")
    delegate = (
        f"<t:DelegateUser><t:UserId><t:PrimarySmtpAddress>{pair.guest.email}</t:PrimarySmtpAddress></t:UserId>"
        "<t:DelegatePermissions><t:CalendarFolderPermissionLevel>Editor</t:CalendarFolderPermissionLevel>"
        "</t:DelegatePermissions><t:ViewPrivateItems>true</t:ViewPrivateItems></t:DelegateUser>"
    )
    request = (
        f"<m:AddDelegate><m:Mailbox><t:EmailAddress>{pair.owner.address}</t:EmailAddress></m:Mailbox>"
        f"<m:DelegateUsers>{delegate}</m:DelegateUsers></m:AddDelegate>"
    )
    assert set(pair.owner(request).codes) == {"NoError"}
    assert subjects(pair.guest_asks(get([hidden]))) == ["Secret"]
    assert subjects(pair.guest_asks(find(folder=pair.folder))) == ["Secret"]


def test_full_access_sees_everything(pair: Pair) -> None:
    hidden = pair.owner.make(private("Secret"))
    made = pair.server.organization
    with made.lock:
        made.mailbox(pair.owner_recipient).full_access.add(pair.guest.email.lower())
    assert subjects(pair.guest_asks(get([hidden]))) == ["Secret"]


def test_ids_of_others_lead_nowhere_without_rights(pair: Pair) -> None:
    theirs = pair.owner.make(event())
    assert pair.guest_asks(get([theirs])).codes == ["ErrorAccessDenied"]
    mine = ids_of(pair.guest_asks(create(event("Mine"))))
    answer = pair.guest_asks(get([theirs, *mine]))
    assert answer.codes == ["ErrorAccessDenied", "NoError"]
