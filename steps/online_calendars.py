"""Steps about what the connection does on the calendars in Exchange Online."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_bdd import given, then, when

from calconnect.acceptance.asked import opened
from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import online_mailboxes
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import online_trial, with_trial
from calconnect.acceptance.sides import listed_online
from calconnect.acceptance.verdicts import Finding, NotApplicable
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings


def calendars_of(
    online: OnlineObserver, exports: OnlineExports, settings: Settings, listed: Sequence[str], mailboxes: Sequence[str]
) -> list[Finding]:
    """Return what GR-07 comes to for some of the mailboxes."""
    findings = exports.opens(online.open_calendars(with_trial(settings, listed)), online.sign_in())
    of = {address_key(finding.target): finding for finding in findings}
    return [replace(of[address_key(mailbox)], target=mailbox) for mailbox in mailboxes]


@given("the trial's mailbox in Exchange Online opens", target_fixture="writable_online")
def trial_opens(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> str:
    trial = online_trial(settings)
    if not trial:
        raise NotApplicable("No mailbox of the trial in Exchange Online is named (microsoft365.trial_mailbox).")
    if not opened(online.open_calendars([trial])):
        mailboxes = listed_online(observer, online, settings)
        judgement.require(calendars_of(online, online_exports, settings, mailboxes, [trial]), "GR-07")
    return trial


@when("a test event is taken through its life in Exchange Online")
def event_made(online: OnlineObserver, writable_online: str) -> None:
    online.event_round_trip(writable_online)


@then("every step of it succeeds there, and nothing is left behind")
def event_lived(
    online: OnlineObserver, judgement: Judgement, online_exports: OnlineExports, writable_online: str
) -> None:
    findings = online_mailboxes.event_lived(writable_online, online.event_round_trip(writable_online))
    judgement.record(online_exports.permitted_to_write(findings, online.sign_in()))


@when("the coming days of every listed calendar in Exchange Online are looked at")
def coming_days_looked_at(observer: Observer, online: OnlineObserver, settings: Settings) -> None:
    mailboxes = list(opened(online.open_calendars(listed_online(observer, online, settings))))
    online.list_events(mailboxes)
    online.free_busy(mailboxes)


@then("the events of each of these calendars are listed")
def events_listed(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    mailboxes = listed_online(observer, online, settings)
    calendars = calendars_of(online, online_exports, settings, mailboxes, mailboxes)
    answers = online.list_events(list(opened(online.open_calendars(mailboxes))))
    findings = online_mailboxes.read("events", "events-listed", calendars, answers)
    judgement.record(findings, "calendars let their events be listed")


@then("the busy times of each of these calendars are read")
def busy_times_read(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    mailboxes = listed_online(observer, online, settings)
    calendars = calendars_of(online, online_exports, settings, mailboxes, mailboxes)
    answers = online.free_busy(list(opened(online.open_calendars(mailboxes))))
    findings = online_mailboxes.read("busy times", "busy-times-read", calendars, answers)
    judgement.record(findings, "calendars let their busy times be read")


@when("Exchange Online is asked for the rooms")
def rooms_asked_for(online: OnlineObserver) -> None:
    online.rooms()


@then("there are room lists in Exchange Online, and each has rooms")
def rooms_listed(online: OnlineObserver, judgement: Judgement) -> None:
    judgement.record(online_mailboxes.rooms_listed(online.rooms()))
