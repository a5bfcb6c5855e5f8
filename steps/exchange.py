"""Steps about Exchange itself: EWS, where the mailboxes are, and the server's build."""

from __future__ import annotations

from datetime import UTC

from pytest_bdd import then, when

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import builds, reach
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed, opening, server_name
from calconnect.settings.model import AccessLevel, Settings


def reached(observer: Observer, settings: Settings) -> dict[str, Answer]:
    """Return what came of reaching for every listed mailbox, as far as the agreed access goes."""
    mailboxes = listed(settings)
    if settings.access is AccessLevel.FREE_BUSY:
        return observer.free_busy(mailboxes)
    return observer.open_calendars(mailboxes)


@when("every listed mailbox is reached for")
def reached_for(observer: Observer, settings: Settings) -> None:
    reached(observer, settings)


@then("EWS is on for the organisation and the service account")
def ews_on_for_account(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, signed_in = settings.connection.service_account_email, observer.sign_in()
    own, organization = exports.ews_of_account(), exports.organization()
    judgement.record(reach.ews_answers_account(account, signed_in, own, organization))
    judgement.disagree(reach.ews_compared(account, signed_in, own, organization))


@then("EWS is on for every listed mailbox")
def ews_on_for_mailboxes(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    users, organization = exports.ews_of_users(), exports.organization()
    findings = reach.ews_answers_mailboxes(reached(observer, settings), users, organization, opening(settings))
    judgement.record(findings, "listed mailboxes have EWS on")


@when("the addresses that this server has no mailbox for are looked up")
def strangers_looked_up(observer: Observer, settings: Settings, exports: Exports) -> None:
    observer.resolve(reach.to_be_looked_up(reached(observer, settings), exports.users()))


@then("each listed mailbox is on this server")
def mailboxes_here(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    answers, users = reached(observer, settings), exports.users()
    resolved = observer.resolve(reach.to_be_looked_up(answers, users))
    opened = settings.access is not AccessLevel.FREE_BUSY
    findings = reach.on_this_server(answers, users, resolved, opening(settings), opened=opened)
    judgement.record(findings, "listed mailboxes are on this server")
    judgement.disagree(reach.location_compared(answers, users, opened=opened))


@when("the list of servers is read, where it is supplied")
def servers_read(exports: Exports) -> None:
    exports.servers()


@then("every build that is seen is supported today")
def builds_supported(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    name, seen, servers = server_name(settings, observer.locate()), observer.observations, exports.servers()
    today = observer.window.start.astimezone(UTC).date()
    judgement.record(builds.supported(name, seen, observer.sign_in(), servers, today))
    judgement.disagree(builds.builds_compared(name, seen, servers))
