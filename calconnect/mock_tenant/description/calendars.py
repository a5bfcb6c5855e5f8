"""Fills a mailbox when it is first opened: events, permissions, delegates, automatic replies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from calconnect.mock_tenant.description.events import PlannedEvent
from calconnect.mock_tenant.description.people import MailboxPlan, People
from calconnect.mock_tenant.description.tables import OofTable
from calconnect.mock_tenant.description.week import working_weeks
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Directory, RecipientKind
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.oof import OofSettings, Reply, keep_oof_settings
from calconnect.mock_tenant.state.values import Address

_OOF_LENGTH = timedelta(days=7)
"""Of a schedule for which the file names no end."""


def mailbox_filler(people: People, today: date) -> Callable[[Mailbox], None]:
    """Return what fills the mailboxes of an organisation.

    Args:
        people: their plans.
        today: the tenant's first day. Calendars hang on it and not on when they are opened, so that the order in which
            mailboxes are opened changes nothing.
    """

    def fill(mailbox: Mailbox) -> None:
        plan = people.plans.get(mailbox.recipient)
        if plan is None:
            return
        _fill_calendar(mailbox, plan, people.directory, today)
        _grant(mailbox, plan)
        if plan.oof is not None:
            _set_oof(mailbox, plan.oof, today)

    return fill


def _fill_calendar(mailbox: Mailbox, plan: MailboxPlan, directory: Directory, today: date) -> None:
    recipient = mailbox.recipient
    if plan.events_per_week:
        generated = working_weeks(
            seed=recipient.seed,
            today=today,
            time_zone=recipient.time_zone,
            per_week=plan.events_per_week,
            is_room=recipient.kind is RecipientKind.ROOM,
        )
        for event in generated:
            _add(mailbox, event, directory)
    for event in plan.events:
        _add(mailbox, event, directory)


def _add(mailbox: Mailbox, event: PlannedEvent, directory: Directory) -> None:
    add_event(
        mailbox,
        start=event.start,
        end=event.end,
        subject=event.subject,
        busy=event.status,
        location=event.location,
        all_day=event.all_day,
        recurrence=event.recurrence,
        sensitivity=event.sensitivity,
        body=event.body,
        organizer=_address(event.organizer, directory) if event.organizer else None,
        required=[_address(one, directory) for one in event.attendees],
        categories=event.categories,
        time_zone=event.time_zone,
    )


def _address(email: str, directory: Directory) -> Address:
    found = directory.by_address(email)
    return Address(found.email, found.name) if found is not None else Address(email, mailbox_type="OneOff")


def _grant(mailbox: Mailbox, plan: MailboxPlan) -> None:
    mailbox.full_access.update(plan.full_access)
    for folder, grantee, level in plan.folder_permissions:
        mailbox.distinguished(folder).permissions[grantee] = level
    for delegate in plan.delegates:
        address = delegate.email.lower()
        mailbox.distinguished("calendar").permissions[address] = delegate.calendar
        mailbox.delegates[address] = {
            "view_private_items": delegate.view_private_items,
            "receive_copies_of_meeting_messages": delegate.receive_copies_of_meeting_messages,
        }


def _set_oof(mailbox: Mailbox, table: OofTable, today: date) -> None:
    start = table.start or datetime.combine(today, time(), UTC)
    keep_oof_settings(
        mailbox,
        OofSettings(
            state=table.state,
            external_audience=table.audience,
            start=start,
            end=table.end or start + _OOF_LENGTH,
            internal_reply=Reply(table.internal),
            external_reply=Reply(table.external),
        ),
    )
