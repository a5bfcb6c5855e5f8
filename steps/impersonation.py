"""Steps about impersonation: for whom it works, and for whom it must not."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import impersonation, limit, trial
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed, listed_and_trial, primary_address, unlisted_trial
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import LimitSettings, Settings


@when("it acts as the e-mail to impersonate")
def acts_as_trial(observer: Observer, settings: Settings) -> None:
    observer.open_one_of(listed_and_trial(settings))


@then("impersonation is enabled for it")
def impersonation_enabled(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(impersonation.enabled(account, observer.open_one_of(listed_and_trial(settings))))


@when("it acts as every listed user")
def acts_as_everybody(observer: Observer, settings: Settings) -> None:
    observer.open_calendars(listed_and_trial(settings))


@then("every calendar opens")
def every_calendar_opens(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    answers = observer.open_calendars(listed_and_trial(settings))
    findings = impersonation.covers(answers, unlisted_trial(settings))
    judgement.record(findings, "calendars open by impersonation")


@given("a domain group is said to limit impersonation", target_fixture="limiting")
def group_limits(settings: Settings) -> LimitSettings:
    if settings.limit is None:
        raise NotApplicable("No group is said to limit impersonation.")
    return settings.limit


@when("the group is expanded")
def group_expanded(observer: Observer, limiting: LimitSettings) -> None:
    observer.expand_group(limiting.group)


@when("the service account acts as the outsiders")
def acts_as_outsiders(observer: Observer, limiting: LimitSettings) -> None:
    observer.open_calendars(limiting.outsiders)


@then("every listed user is a direct member of the group")
def everybody_is_member(observer: Observer, judgement: Judgement, settings: Settings, limiting: LimitSettings) -> None:
    expanded = observer.expand_group(limiting.group)
    # An address that is in none of the groups may be an alias of one that is.
    looked_up = observer.resolve(limit.not_found(listed(settings), expanded)[: limit.MOST_LOOKED_UP])
    primary = {address: primary_address(address, looked_up) for address in listed(settings)}
    judgement.record(limit.membership(limiting.group, expanded, primary), "listed users are direct members")
    judgement.record(limit.extent(limiting.group, expanded, primary))


@then("every outsider is refused")
def outsiders_refused(observer: Observer, judgement: Judgement, limiting: LimitSettings) -> None:
    expanded, answers = observer.expand_group(limiting.group), observer.open_calendars(limiting.outsiders)
    judgement.record(limit.outsiders_refused(limiting.outsiders, expanded, answers), "outsiders are refused")


@when("the e-mail to impersonate is looked up")
def trial_looked_up(observer: Observer, settings: Settings) -> None:
    observer.resolve([settings.connection.email_to_impersonate])


@then("it is not the service account's own address")
def trial_is_another(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    own, other = settings.connection.service_account_email, settings.connection.email_to_impersonate
    read = observer.note("read the e-mail to impersonate", settings.file.name, {"email_to_impersonate": other})
    judgement.record(trial.another_than(own, other, read))


@then("it is the primary address of a mailbox")
def trial_is_primary(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    address = settings.connection.email_to_impersonate
    opened, resolved = observer.open_calendars([address])[address], observer.resolve([address])[address]
    judgement.record(trial.primary_of_mailbox(address, opened, resolved))


@when("it is looked up who administers IT")
def administrators_looked_up(observer: Observer, settings: Settings) -> None:
    for group in settings.trial.administrator_groups:
        observer.expand_group(group)


@then("the e-mail to impersonate is not among them")
def trial_is_no_administrator(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    address, named = settings.connection.email_to_impersonate, list(settings.trial.administrators)
    read = None
    if named:
        read = observer.note("read who administers IT", settings.file.name, {"administrators": named[:100]})
    groups = {group: observer.expand_group(group) for group in settings.trial.administrator_groups}
    looked_up = observer.resolve([address]) if groups else {}
    own = dict.fromkeys((address, primary_address(address, looked_up)))
    judgement.record(trial.not_an_administrator(own, named, read, groups))
