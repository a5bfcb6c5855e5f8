"""Steps about the service account."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import service_account
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


@then("it is let in")
def let_in(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(service_account.signs_in(account, observer.locate(), observer.sign_in()))


@then("Basic or NTLM is offered, and no second factor is demanded")
def usable_scheme_offered(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    name = server_name(settings, observer.locate())
    offered, signed_in = observer.offered_authentication(), observer.sign_in()
    judgement.record(service_account.offers_usable_scheme(name, offered, signed_in))


@then("its e-mail address is taken as the login")
def email_is_login(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(service_account.email_is_login(account, observer.locate(), observer.sign_in()))


@then("it has a mailbox of its own")
def has_mailbox(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(service_account.has_mailbox(account, observer.open_own_calendar()))


@then("every address is on the service account's domain")
def same_domain(judgement: Judgement, settings: Settings, list_read: Observation) -> None:
    account = settings.connection.service_account_email
    judgement.record(service_account.same_domain(account, listed(settings), list_read))
