"""Steps about Exchange Online: licences, domains, roles, addresses, mail flow, and that each mailbox opens."""

from __future__ import annotations

from datetime import UTC

from pytest_bdd import given, then, when

from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import licences, mail_flow, online_directory
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import online_account, online_trial, with_trial
from calconnect.acceptance.sides import listed_online
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import Settings, Topology


@when("every listed mailbox in Exchange Online is opened")
def opens_online(observer: Observer, online: OnlineObserver, settings: Settings) -> None:
    online.open_calendars(with_trial(settings, listed_online(observer, online, settings)))


@then("each of them opens over Microsoft Graph")
def each_opens(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    answers = online.open_calendars(with_trial(settings, listed_online(observer, online, settings)))
    judgement.record(online_exports.opens(answers, online.sign_in()), "calendars open over Microsoft Graph")


@when("every listed user in Exchange Online is looked up")
def users_looked_up(observer: Observer, online: OnlineObserver, settings: Settings) -> None:
    online.users(with_trial(settings, listed_online(observer, online, settings)))


@then("each has an Exchange plan that the connection can use")
def licensed(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    mailboxes, over_ews = listed_online(observer, online, settings), settings.topology is Topology.EXCHANGE_ONLINE_EWS
    users = online.users(mailboxes)
    without = licences.without_plan(users)
    calendars = online.open_ews_calendars(without) if over_ews else online.open_calendars(without)
    today = observer.window.start.astimezone(UTC).date()
    judgement.record(licences.usable(users, calendars, today, over_ews=over_ews), "users have a plan with Exchange")


@given("a service account is named for Exchange Online", target_fixture="account_online")
def account_named(settings: Settings) -> str:
    account = online_account(settings)
    if not account:
        raise NotApplicable("No service account is named (connection.service_account_email).")
    return account


@when("its licence is looked up")
def licence_looked_up(online: OnlineObserver, account_online: str) -> None:
    online.users([account_online])


@then("it is one of the class E3 or higher")
def licence_is_enough(observer: Observer, online: OnlineObserver, judgement: Judgement, account_online: str) -> None:
    today = observer.window.start.astimezone(UTC).date()
    judgement.record(licences.of_account(account_online, online.users([account_online])[account_online], today))


@when("the tenant's domains are read")
def domains_read(online: OnlineObserver) -> None:
    online.organization()


@then("each listed address in Exchange Online is on a verified one")
def on_verified_domains(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    addresses = listed_online(observer, online, settings)
    findings = online_directory.on_verified_domains(addresses, online.organization())
    judgement.record(findings, "addresses are on verified domains")


@when("the directory roles of the trial's user are read", target_fixture="trial_online")
def roles_read(online: OnlineObserver, settings: Settings) -> str:
    trial = online_trial(settings)
    if not trial:
        raise NotApplicable("No mailbox of the trial in Exchange Online is named (microsoft365.trial_mailbox).")
    online.directory_roles([trial])
    return trial


@then("there are none, not even by way of a group")
def no_roles(online: OnlineObserver, judgement: Judgement, trial_online: str) -> None:
    judgement.record(online_directory.without_roles(trial_online, online.directory_roles([trial_online])[trial_online]))


@then("each address is the user's primary one")
def primary_addresses(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    users = online.users(with_trial(settings, listed_online(observer, online, settings)))
    judgement.record(online_directory.primary(users), "addresses are primary ones")


@when("the mail flow rules are read, where they are supplied")
def rules_read(online_exports: OnlineExports) -> None:
    online_exports.mail_rules()


@then("none of them holds back mail from the vendor")
def mail_let_through(judgement: Judgement, online_exports: OnlineExports) -> None:
    judgement.record(mail_flow.lets_through(online_exports.mail_rules()))
