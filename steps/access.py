"""Steps about access that was agreed to be less than full: that there is enough of it, and no more."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from calconnect.acceptance.asked import opened
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import access
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed, listed_and_trial, tried_in_vain, unlisted_trial
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.evidence.observation import Mode
from calconnect.settings.model import AccessLevel, Settings


@given(parsers.parse("access to {what} only was agreed"))
def level_agreed(settings: Settings, what: str) -> None:
    if settings.access is not {"calendars": AccessLevel.CALENDAR_ONLY, "free/busy times": AccessLevel.FREE_BUSY}[what]:
        raise NotApplicable(access.another_level(settings.access))


@given("less than full access was agreed")
def less_than_full_agreed(settings: Settings) -> None:
    if settings.access is AccessLevel.FULL:
        raise NotApplicable(access.another_level(settings.access))


@when("it opens every listed calendar as itself")
def opens_calendars_as_itself(observer: Observer, at_server: Settings) -> None:
    answers = observer.open_calendars(listed_and_trial(at_server), Mode.DELEGATE)
    observer.event_rights(list(opened(answers)))


@then("each lets events be read and created")
def calendars_writable(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account = at_server.connection.service_account_email
    answers = observer.open_calendars(listed_and_trial(at_server), Mode.DELEGATE)
    findings = access.calendars_writable(account, answers, unlisted_trial(at_server))
    judgement.record(findings, "calendars let events be read and created")


@then("each lets the events in it be changed and deleted")
def events_changeable(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account = at_server.connection.service_account_email
    answers = opened(observer.open_calendars(listed_and_trial(at_server), Mode.DELEGATE))
    findings = access.events_changeable(account, answers, observer.event_rights(list(answers)))
    judgement.record(findings, "calendars let their events be changed and deleted")


@when("it reads the busy times of every listed user, and tries for more")
def reads_busy_times(observer: Observer, at_server: Settings) -> None:
    observer.free_busy(listed(at_server))
    tried = tried_in_vain(at_server)
    observer.open_calendars(tried, Mode.DELEGATE)
    observer.list_events(tried)
    observer.free_busy_views(tried)


@then("all busy times are read")
def all_busy_times_read(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account = at_server.connection.service_account_email
    findings = access.busy_times_read(account, observer.free_busy(listed(at_server)))
    judgement.record(findings, "mailboxes let their busy times be read")


@then("calendars and their events are refused")
def events_closed(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account, tried = at_server.connection.service_account_email, tried_in_vain(at_server)
    calendars, events = observer.open_calendars(tried, Mode.DELEGATE), observer.list_events(tried)
    findings = access.events_closed(account, calendars, events, observer.free_busy(tried))
    judgement.record(findings, "attempts at calendars and events are refused")


@then("no details are told with the times")
def times_alone(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account = at_server.connection.service_account_email
    findings = access.times_alone(account, observer.free_busy_views(tried_in_vain(at_server)))
    judgement.record(findings, "free/busy views tell times alone")


@when("it tries other mail folders, and to act as their users")
def tries_more(observer: Observer, at_server: Settings) -> None:
    tried = tried_in_vain(at_server)
    for folder in access.OTHER_FOLDERS:
        observer.open_folders(tried, folder)
    observer.free_busy(tried)
    observer.open_calendars(tried, Mode.IMPERSONATED)


@then("every Inbox and every Contacts folder is refused")
def folders_closed(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    tried = tried_in_vain(at_server)
    alive = observer.free_busy(tried)
    findings = [
        finding
        for folder in access.OTHER_FOLDERS
        for finding in access.folder_closed(folder, observer.open_folders(tried, folder), alive)
    ]
    judgement.record(findings, "attempts at other folders are refused")


@then("to act as a user is refused")
def impersonation_refused(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    answers = observer.open_calendars(tried_in_vain(at_server), Mode.IMPERSONATED)
    judgement.record(access.impersonation_refused(answers), "attempts to act as a user are refused")
