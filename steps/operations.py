"""Steps about what the connection does on the calendars."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import operations
from calconnect.acceptance.judging.impersonation import opened
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import Settings


@when("a test event is taken through its life there")
def event_made(observer: Observer, settings: Settings) -> None:
    observer.event_round_trip(settings.connection.email_to_impersonate)


@then("every step of it succeeds, and nothing is left behind")
def event_lived(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    mailbox = settings.connection.email_to_impersonate
    judgement.record(operations.round_trip(mailbox, observer.event_round_trip(mailbox)))


@when("the coming days of every listed calendar are looked at")
def coming_days_looked_at(observer: Observer, settings: Settings) -> None:
    mailboxes = list(opened(observer.open_calendars(listed(settings))))
    observer.list_events(mailboxes)
    observer.free_busy(mailboxes)


@then("the events of each calendar are listed")
def events_listed(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    answers = observer.open_calendars(listed(settings))
    findings = operations.events_listed(answers, observer.list_events(list(opened(answers))))
    judgement.record(findings, "calendars let their events be listed")


@then("the busy times of each calendar are read")
def busy_times_read(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    answers = observer.open_calendars(listed(settings))
    findings = operations.busy_times_read(answers, observer.free_busy(list(opened(answers))))
    judgement.record(findings, "calendars let their busy times be read")


@given("rooms are wanted")
def rooms_wanted(settings: Settings) -> None:
    if not settings.rooms_wanted:
        raise NotApplicable("Rooms are not wanted (rooms.wanted).")


@when("the service account asks for the rooms")
def rooms_asked_for(observer: Observer) -> None:
    observer.room_lists()


@then("there are room lists, and each has rooms")
def rooms_listed(observer: Observer, judgement: Judgement) -> None:
    judgement.record(operations.rooms_listed(observer.room_lists()))
