"""Steps about what the connection does on the calendars."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.asked import opened
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import access, impersonation, operations, throttling
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed, listed_and_trial, opening, server_name
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import AccessLevel, Settings


@given("writing events was agreed")
def writing_agreed(settings: Settings) -> None:
    if settings.access is AccessLevel.FREE_BUSY:
        raise NotApplicable(access.NO_EVENTS_WRITTEN)


@given("reading events was agreed")
def reading_agreed(settings: Settings) -> None:
    if settings.access is AccessLevel.FREE_BUSY:
        raise NotApplicable(access.NO_EVENTS_READ)


@given("the agreed access reaches calendars")
def access_reaches_calendars(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account, opened = at_server.connection.service_account_email, observer.open_one_of(listed_and_trial(at_server))
    if at_server.access is AccessLevel.FULL:
        judgement.require(impersonation.enabled(account, opened), "IMP-01")
    else:
        judgement.require(access.reaches(account, opened), "OPS-02")


@when("a test event is taken through its life there")
def event_made(observer: Observer, settings: Settings) -> None:
    observer.event_round_trip(settings.connection.email_to_impersonate)


@then("every step of it succeeds, and nothing is left behind")
def event_lived(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    mailbox = settings.connection.email_to_impersonate
    judgement.record(operations.round_trip(mailbox, observer.event_round_trip(mailbox)))


@when("the coming days of every listed calendar are looked at")
def coming_days_looked_at(observer: Observer, at_server: Settings) -> None:
    mailboxes = list(opened(observer.open_calendars(listed(at_server))))
    observer.list_events(mailboxes)
    observer.free_busy(mailboxes)


@then("the events of each calendar are listed")
def events_listed(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    answers = observer.open_calendars(listed(at_server))
    findings = operations.events_listed(answers, observer.list_events(list(opened(answers))), opening(at_server))
    judgement.record(findings, "calendars let their events be listed")


@then("the busy times of each calendar are read")
def busy_times_read(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    answers = observer.open_calendars(listed(at_server))
    findings = operations.busy_times_read(answers, observer.free_busy(list(opened(answers))), opening(at_server))
    judgement.record(findings, "calendars let their busy times be read")


@when("the throttling policy is read, where it is supplied")
def throttling_read(exports: Exports) -> None:
    exports.throttling()


@then("none of this run's questions was throttled")
def nothing_throttled(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    name = server_name(settings, observer.locate())
    judgement.record(throttling.not_throttled(name, observer.sign_in(), observer.observations))


@then("the policy leaves room, and is not unlimited")
def policy_leaves_room(judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account = settings.connection.service_account_email
    judgement.record(throttling.policy_leaves_room(account, exports.throttling()))


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
