"""Steps about Exchange itself: EWS, where the mailboxes are, and the server's build."""

from __future__ import annotations

from datetime import UTC

from pytest_bdd import then, when

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import builds, location, reach
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.targets import listed, opening, server_name
from calconnect.settings.model import AccessLevel, Settings, Topology


def reached(observer: Observer, settings: Settings) -> dict[str, Answer]:
    """Return what came of reaching for every listed mailbox, as far as the agreed access goes."""
    mailboxes = listed(settings)
    if settings.access is AccessLevel.FREE_BUSY:
        return observer.free_busy(mailboxes)
    return observer.open_calendars(mailboxes)


@when("every listed mailbox is reached for")
def reached_for(observer: Observer, at_server: Settings) -> None:
    reached(observer, at_server)


@then("EWS is on for the organisation and the service account")
def ews_on_for_account(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    account, signed_in = settings.connection.service_account_email, observer.sign_in()
    own, organization = exports.ews_of_account(), exports.organization()
    judgement.record(reach.ews_answers_account(account, signed_in, own, organization))
    judgement.disagree(reach.ews_compared(account, signed_in, own, organization))


@then("EWS is on for every listed mailbox")
def ews_on_for_mailboxes(observer: Observer, judgement: Judgement, at_server: Settings, exports: Exports) -> None:
    users, organization = exports.ews_of_users(), exports.organization()
    findings = reach.ews_answers_mailboxes(reached(observer, at_server), users, organization, opening(at_server))
    judgement.record(findings, "listed mailboxes have EWS on")


def reached_online(online: OnlineObserver, settings: Settings) -> dict[str, Answer]:
    """Return what came of reaching for every listed mailbox in Exchange Online."""
    if settings.topology is Topology.EXCHANGE_ONLINE_EWS:
        return online.open_ews_calendars(listed(settings))
    return online.open_calendars(listed(settings))


@when("every listed mailbox is reached for, on each side that is connected")
def reached_for_on_each_side(observer: Observer, online: OnlineObserver | None, settings: Settings) -> None:
    if settings.topology.has_server:
        reached(observer, settings)
    if online is not None:
        reached_online(online, settings)


@when("those that were not found there are looked up")
def strangers_looked_up(
    observer: Observer, settings: Settings, exports: Exports, online: OnlineObserver | None
) -> None:
    if online is None:
        observer.resolve(reach.to_be_looked_up(reached(observer, settings), exports.users()))
    else:
        online.users(location.not_opened(reached_online(online, settings)))


@then("each listed mailbox is where the connection reaches it")
def mailboxes_in_reach(
    observer: Observer,
    judgement: Judgement,
    settings: Settings,
    exports: Exports,
    online: OnlineObserver | None,
) -> None:
    if online is None:
        on_this_server(observer, judgement, settings, exports)
        return
    there = reached_online(online, settings)
    users = online.users(location.not_opened(there))
    if settings.topology is Topology.HYBRID:
        findings = location.in_a_hybrid(reached(observer, settings), there, exports.users(), users)
    else:
        by = "EWS-06" if settings.topology is Topology.EXCHANGE_ONLINE_EWS else "GR-07"
        findings = location.in_exchange_online(there, users, by)
    judgement.record(findings, "listed mailboxes are where they are to be")


def on_this_server(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    """Record where the mailboxes are if there is nothing but a server."""
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
