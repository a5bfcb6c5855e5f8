"""Subscribing, pull notifications, and the life of a subscription."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.ews.folder_moves import move_folder
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import MailboxState, Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from tests.mock_tenant.notification_client import (
    ALL_EVENTS,
    INBOX,
    Pull,
    add_item,
    event_names,
    get_events,
    pull,
    subscription,
    unsubscribe,
)
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import NOW, SERVICE_AUTH, USER_PASSWORD, describe, organization

NewUser = Callable[..., Recipient]
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: NewUser) -> Mailbox:
    user = new_user()
    with tenant_server.organization.lock:
        return tenant_server.organization.mailbox(user)


class TestEvents:
    def test_nothing_has_happened(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        before = reader.watermark
        answer = reader.read()
        assert event_names(answer.body) == ["StatusEvent"]
        assert answer.text("//t:PreviousWatermark") == before == reader.watermark
        assert answer.text("//t:MoreEvents") == "false"

    def test_an_item_from_its_coming_to_its_going(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        inbox = mailbox.folder_id(mailbox.distinguished("inbox"))
        item = add_item(mailbox)
        answer = reader.read()
        assert event_names(answer.body) == ["CreatedEvent", "NewMailEvent"]
        assert {one.get("Id") for one in answer.all("//t:ItemId")} == {str(mailbox.item_id(item))}
        assert {one.get("Id") for one in answer.all("//t:ParentFolderId")} == {str(inbox)}
        mailbox.touch_item(item)
        changed = reader.read()
        assert event_names(changed.body) == ["ModifiedEvent"]
        assert changed.one("//t:ItemId").get("ChangeKey") == mailbox.key_of(item)
        mailbox.remove_item(item)
        gone = reader.read()
        assert event_names(gone.body) == ["DeletedEvent"]
        assert gone.one("//t:ItemId").get("Id") == str(mailbox.item_id(item))
        assert event_names(reader.read().body) == ["StatusEvent"]

    def test_a_moved_item_is_told_to_both_folders(self, soap: RawClient, mailbox: Mailbox) -> None:
        item = add_item(mailbox, "drafts")
        old = mailbox.item_id(item)
        readers = [
            Pull(soap, mailbox.recipient.email, folders=f'<t:DistinguishedFolderId Id="{name}"/>')
            for name in ("drafts", "sentitems", "inbox")
        ]
        mailbox.move_item(item, mailbox.distinguished("sentitems"))
        answers = [reader.read() for reader in readers]
        assert [event_names(one.body) for one in answers] == [["MovedEvent"], ["MovedEvent"], ["StatusEvent"]]
        assert answers[0].one("//t:ItemId").get("Id") == str(mailbox.item_id(item))
        assert answers[0].one("//t:OldItemId").get("Id") == str(old)
        old_parent = answers[0].one("//t:OldParentFolderId").get("Id")
        assert old_parent == str(mailbox.folder_id(mailbox.distinguished("drafts")))

    def test_a_copy_names_what_it_was_made_of(self, soap: RawClient, mailbox: Mailbox) -> None:
        item = add_item(mailbox, "drafts")
        reader = Pull(soap, mailbox.recipient.email)
        copied = soap(
            f"<m:CopyItem><m:ToFolderId>{INBOX}</m:ToFolderId><m:ItemIds>"
            f'<t:ItemId Id="{mailbox.item_id(item)}"/></m:ItemIds></m:CopyItem>',
            impersonate=mailbox.recipient.email,
        )
        assert copied.codes == ["NoError"]
        answer = reader.read()
        assert event_names(answer.body) == ["CopiedEvent"]
        assert answer.one("//t:ItemId").get("Id") == copied.one("//t:ItemId").get("Id")
        assert answer.one("//t:OldItemId").get("Id") == str(mailbox.item_id(item))
        drafts = mailbox.folder_id(mailbox.distinguished("drafts"))
        assert answer.one("//t:OldParentFolderId").get("Id") == str(drafts)

    def test_folders_have_events_too(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email, folders="")
        folder = mailbox.add_folder(mailbox.distinguished("inbox"), "New", "IPF.Note")
        mailbox.touch_folder(folder)
        move_folder(mailbox, folder, mailbox.distinguished("drafts"))
        mailbox.remove_folder(folder)
        answer = reader.read()
        assert event_names(answer.body) == ["CreatedEvent", "ModifiedEvent", "MovedEvent", "DeletedEvent"]
        assert {one.get("Id") for one in answer.all("//t:FolderId")} == {str(mailbox.folder_id(folder))}

    def test_the_folder_itself_counts_among_its_events(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        add_item(mailbox, "drafts")
        mailbox.touch_folder(mailbox.distinguished("inbox"))
        answer = reader.read()
        assert event_names(answer.body) == ["ModifiedEvent"]
        assert answer.text("//t:UnreadCount") == "0"

    def test_the_calendar_changes_free_busy(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(
            soap,
            mailbox.recipient.email,
            folders=CALENDAR,
            events=("CreatedEvent", "DeletedEvent", "FreeBusyChangedEvent"),
        )
        item = add_item(mailbox, "calendar", "CalendarItem")
        mailbox.touch_item(item)
        answer = reader.read()
        assert event_names(answer.body) == ["CreatedEvent", "FreeBusyChangedEvent", "FreeBusyChangedEvent"]

    def test_only_what_was_asked_for(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email, events=("DeletedEvent",))
        mailbox.remove_item(add_item(mailbox))
        assert event_names(reader.read().body) == ["DeletedEvent"]

    def test_fifty_at_a_time(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email, folders="", events=("CreatedEvent",))
        for _ in range(120):
            add_item(mailbox, "drafts")
        seen = []
        for count, more in ((50, "true"), (50, "true"), (20, "false")):
            answer = reader.read()
            assert (len(event_names(answer.body)), answer.text("//t:MoreEvents")) == (count, more)
            seen += [one.get("Id") for one in answer.all("//t:ItemId")]
        assert len(set(seen)) == 120

    def test_an_old_watermark_reads_again(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        first = reader.watermark
        add_item(mailbox)
        reader.read()
        again = soap(get_events(reader.id, first), impersonate=reader.user)
        assert event_names(again.body) == ["CreatedEvent", "NewMailEvent"]

    def test_a_new_subscription_can_go_on_where_an_old_one_was(self, soap: RawClient, mailbox: Mailbox) -> None:
        first = Pull(soap, mailbox.recipient.email)
        add_item(mailbox)
        second = Pull(soap, mailbox.recipient.email, watermark=first.watermark)
        assert event_names(second.read().body) == ["CreatedEvent", "NewMailEvent"]


class TestRefused:
    def test_a_watermark_that_is_none_or_anothers(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        foreign = Pull(soap, "alice@contoso.test").watermark
        for mark in ("rubbish", "AAAA", foreign):
            assert soap(get_events(reader.id, mark), impersonate=reader.user).codes == ["ErrorInvalidWatermark"]
            assert soap(pull(watermark=mark), impersonate=reader.user).codes == ["ErrorInvalidWatermark"]

    def test_a_subscription_that_there_is_not(self, soap: RawClient) -> None:
        assert soap(get_events("nothing", "AAAA")).codes == ["ErrorSubscriptionNotFound"]
        assert soap(unsubscribe("nothing")).codes == ["ErrorSubscriptionNotFound"]

    def test_somebody_elses(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        body = get_events(reader.id, reader.watermark)
        own = (mailbox.recipient.email, USER_PASSWORD)
        assert soap(body, auth=own).codes == ["ErrorSubscriptionAccessDenied"]
        assert soap(body).codes == ["ErrorSubscriptionAccessDenied"]
        assert soap(body, impersonate="alice@contoso.test").codes == ["ErrorSubscriptionAccessDenied"]
        assert soap(unsubscribe(reader.id), auth=own).codes == ["ErrorSubscriptionAccessDenied"]

    def test_ended_is_ended(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        assert soap(unsubscribe(reader.id), impersonate=reader.user).codes == ["NoError"]
        assert reader.read().codes == ["ErrorSubscriptionNotFound"]

    def test_a_streaming_subscription_is_not_pulled(self, soap: RawClient, mailbox: Mailbox) -> None:
        user = mailbox.recipient.email
        answer = soap(subscription("Streaming"), impersonate=user)
        assert answer.all("//m:Watermark") == []
        body = get_events(answer.text("//m:SubscriptionId"), "AAAA")
        assert soap(body, impersonate=user).codes == ["ErrorInvalidPullSubscriptionId"]

    def test_all_folders_or_some(self, soap: RawClient, mailbox: Mailbox) -> None:
        user = mailbox.recipient.email
        both = pull().replace("<m:PullSubscriptionRequest>", '<m:PullSubscriptionRequest SubscribeToAllFolders="true">')
        neither = pull(folders="").replace(' SubscribeToAllFolders="true"', "")
        for body in (both, neither):
            assert soap(body, impersonate=user).codes == ["ErrorInvalidSubscriptionRequest"]

    def test_one_mailbox_at_a_time(
        self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox, new_user: NewUser
    ) -> None:
        other = new_user()
        with tenant_server.organization.lock:
            inbox = tenant_server.organization.mailbox(other).distinguished("inbox")
            inbox.permissions[mailbox.recipient.email] = "Reviewer"
        theirs = INBOX.replace(
            "/>", f"><t:Mailbox><t:EmailAddress>{other.email}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>"
        )
        auth = (mailbox.recipient.email, USER_PASSWORD)
        assert soap(pull(folders=theirs), auth=auth).codes == ["NoError"]
        assert soap(pull(folders=INBOX + theirs), auth=auth).codes == ["ErrorInvalidSubscriptionRequest"]
        inbox.permissions.clear()
        assert soap(pull(folders=theirs), auth=auth).codes == ["ErrorFolderNotFound"]

    @pytest.mark.parametrize(
        "body",
        [
            pull(timeout=0),
            pull(timeout=1441),
            pull(events=("EverythingEvent",)),
            pull(events=()),
            "<m:Subscribe/>",
            pull().replace("</m:Subscribe>", "") + subscription("Streaming").replace("<m:Subscribe>", ""),
        ],
    )
    def test_what_the_schema_does_not_allow(self, soap: RawClient, body: str) -> None:
        answer = soap(body)
        assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])

    def test_a_mailbox_that_is_being_moved(self, soap: RawClient, mailbox: Mailbox) -> None:
        reader = Pull(soap, mailbox.recipient.email)
        mailbox.recipient.state = MailboxState.MOVING
        try:
            answer = soap(get_events(reader.id, reader.watermark), impersonate=reader.user)
        finally:
            mailbox.recipient.state = MailboxState.OK
        assert answer.codes == ["ErrorMailboxMoveInProgress"]


class TestLife:
    @pytest.fixture
    def server(self) -> Iterator[MockTenant]:
        made = organization()
        made.clock = MovableClock(NOW, running=False)
        made.policies.ews_max_subscriptions = 2
        with MockTenant(describe(made)) as running:
            yield running

    @pytest.fixture
    def own(self, server: MockTenant) -> Iterator[RawClient]:
        client = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
        yield client
        client.close()

    def test_it_expires_when_nobody_reads(self, own: RawClient, server: MockTenant) -> None:
        reader = Pull(own, "alice@contoso.test", timeout=10)
        clock = server.organization.clock
        for minutes, code in (
            (9, "NoError"),
            (9, "NoError"),
            (10, "ErrorExpiredSubscription"),
            (90, "ErrorExpiredSubscription"),
        ):
            clock.advance(timedelta(minutes=minutes))
            assert reader.read().codes == [code]
        Pull(own, "alice@contoso.test")
        assert reader.read().codes == ["ErrorSubscriptionNotFound"]

    def test_the_limit_is_the_mailboxs_own(self, own: RawClient, server: MockTenant) -> None:
        readers = [Pull(own, "alice@contoso.test") for _ in range(2)]
        refused = own(pull(), impersonate="alice@contoso.test")
        assert refused.codes == ["ErrorExceededSubscriptionCount"]
        assert own(pull(), impersonate="bob@contoso.test").codes == ["NoError"]
        own(unsubscribe(readers[0].id), impersonate="alice@contoso.test")
        assert own(pull(), impersonate="alice@contoso.test").codes == ["NoError"]
        server.organization.clock.advance(timedelta(minutes=11))
        assert own(pull(), impersonate="alice@contoso.test").codes == ["NoError"]

    def test_ones_own_and_all_folders(self, own: RawClient, server: MockTenant) -> None:
        auth = ("bob@contoso.test", USER_PASSWORD)
        answer = own(pull(folders="", events=ALL_EVENTS), auth=auth)
        with server.organization.lock:
            bob = server.organization.directory.by_address("bob@contoso.test")
            assert bob is not None
            add_item(server.organization.mailbox(bob), "notes")
        body = get_events(answer.text("//m:SubscriptionId"), answer.text("//m:Watermark"))
        assert event_names(own(body, auth=auth).body) == ["CreatedEvent"]
