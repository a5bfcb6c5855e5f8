"""Steps that several areas share: what must hold before anything else can be looked at."""

from __future__ import annotations

from pytest_bdd import given, when

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import access, impersonation, service_account
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed_and_trial
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import AccessLevel, Settings


@given("the service account can sign in")
def service_account_can_sign_in(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.require(service_account.signs_in(account, observer.locate(), observer.sign_in()), "SVC-04")


@given("full access by impersonation was agreed")
def full_access_agreed(settings: Settings) -> None:
    if settings.access is not AccessLevel.FULL:
        raise NotApplicable(access.no_impersonation(settings.access))


@given("impersonation works for the service account")
def impersonation_works(observer: Observer, judgement: Judgement, at_server: Settings) -> None:
    account = at_server.connection.service_account_email
    judgement.require(impersonation.enabled(account, observer.open_one_of(listed_and_trial(at_server))), "IMP-01")


@given("the calendar of the e-mail to impersonate opens")
def trial_calendar_opens(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    trial, account = settings.connection.email_to_impersonate, settings.connection.service_account_email
    opened = observer.open_calendars([trial])[trial]
    if settings.access is AccessLevel.FULL:
        judgement.require(*impersonation.trial_opens(trial, opened))
    else:
        judgement.require(*access.trial_opens(account, trial, opened))


@when("the server is looked for")
def server_looked_for(observer: Observer) -> None:
    observer.locate()
    observer.tls()


@when("the service account signs in")
def service_account_signs_in(observer: Observer) -> None:
    observer.sign_in()
