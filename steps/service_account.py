"""Steps about the service account."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import privileges, reach, service_account, signing
from calconnect.acceptance.noted import administrators_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed, server_name
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.model import Settings


@given("the username is left out")
def username_left_out(settings: Settings) -> None:
    if settings.connection.service_account_username is not None:
        raise NotApplicable("A username is given, so the e-mail address need not work as the login.")


@when("the server is asked what it offers for signing in")
def asked_what_is_offered(observer: Observer) -> None:
    observer.offered_authentication()


@when("it opens its own calendar")
def opens_own_calendar(observer: Observer) -> None:
    observer.open_own_calendar()


@when("the list of users is read", target_fixture="list_read")
def list_read(observer: Observer, settings: Settings) -> Observation:
    file = settings.mailboxes_file
    domains = service_account.domains_of(listed(settings))
    facts: dict[str, Fact] = {"addresses": len(settings.mailboxes), "domains": domains[:50]}
    return observer.note("read the list", (file or settings.file).name, facts, [file] if file else [])


@when("its authentication policy is read, where it is supplied")
def policy_read(exports: Exports) -> None:
    exports.user_of_account()
    exports.authentication_policies()


@when("the service account's entry in Active Directory is read, where it is supplied")
def entry_read(exports: Exports) -> None:
    exports.directory_entry_of_account()


@then("it is let in")
def let_in(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, signed_in = settings.connection.service_account_email, observer.sign_in()
    entry, user, policies = (
        exports.directory_entry_of_account(),
        exports.user_of_account(),
        exports.authentication_policies(),
    )
    findings = service_account.signs_in(account, observer.locate(), signed_in)
    judgement.record(signing.explained(findings, entry, user, policies))
    judgement.disagree(signing.sign_in_compared(account, signed_in, entry))


@then("nothing blocks legacy authentication for it")
def legacy_not_blocked(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, signed_in = settings.connection.service_account_email, observer.sign_in()
    user, policies = exports.user_of_account(), exports.authentication_policies()
    judgement.record(signing.legacy_not_blocked(account, signed_in, user, policies))
    judgement.disagree(signing.legacy_compared(account, signed_in, user, policies))


@then("it is not one of the users to be integrated")
def dedicated(judgement: Judgement, settings: Settings, list_read: Observation) -> None:
    account = settings.connection.service_account_email
    judgement.record(privileges.dedicated(account, listed(settings), list_read))


@then("it is not among those who administer IT")
def not_privileged(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, named = settings.connection.service_account_email, settings.trial.administrators
    groups = {group: observer.expand_group(group) for group in settings.trial.administrator_groups}
    entry = exports.directory_entry_of_account()
    judgement.record(privileges.not_privileged(account, named, administrators_read(observer, settings), groups, entry))


@then("Basic or NTLM is offered, and no second factor is demanded")
def usable_scheme_offered(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    name = server_name(settings, observer.locate())
    offered, signed_in = observer.offered_authentication(), observer.sign_in()
    judgement.record(service_account.offers_usable_scheme(name, offered, signed_in))
    judgement.disagree(signing.schemes_compared(name, offered, exports.virtual_directories()))


@then("its e-mail address is taken as the login")
def email_is_login(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(service_account.email_is_login(account, observer.locate(), observer.sign_in()))


@then("it has a mailbox of its own")
def has_mailbox(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, opened = settings.connection.service_account_email, observer.open_own_calendar()
    judgement.record(service_account.has_mailbox(account, opened))
    judgement.disagree(reach.own_mailbox_compared(account, opened, exports.mailbox_of_account()))


@then("every address is on the service account's domain")
def same_domain(judgement: Judgement, at_server: Settings, list_read: Observation) -> None:
    account = at_server.connection.service_account_email
    judgement.record(service_account.same_domain(account, listed(at_server), list_read))
