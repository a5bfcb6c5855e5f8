"""Steps about EWS in Exchange Online: whether it answers, whom it lets through, and what rests on it."""

from __future__ import annotations

from datetime import UTC, date

from pytest_bdd import then, when

from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import ews_retirement, ews_switches
from calconnect.acceptance.noted import online_way_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import online_settings
from calconnect.acceptance.targets import listed
from calconnect.settings.model import Settings, Topology


def today_of(observer: Observer) -> date:
    """Return the day of the run, in UTC."""
    return observer.window.start.astimezone(UTC).date()


@when("every listed mailbox is asked for over EWS in Exchange Online")
def asked_over_ews(online: OnlineObserver, settings: Settings) -> None:
    online.open_ews_calendars(listed(settings))


@when("the switches of EWS are read, where they are supplied")
def switches_read(online_exports: OnlineExports) -> None:
    online_exports.switches()
    online_exports.mailbox_switches()


@then("EWS in Exchange Online answers for each of them")
def ews_answers(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    findings = ews_retirement.answers_for(online.open_ews_calendars(listed(settings)), today_of(observer))
    findings = ews_switches.by_the_switches(findings, online_exports.switches(), online_exports.mailbox_switches())
    judgement.record(findings, "mailboxes are answered for over EWS")
    judgement.record(ews_retirement.end_told(online_way_read(observer, settings), today_of(observer)))


@then("EWS is switched on by name, and applications are named")
def on_by_name(observer: Observer, judgement: Judgement, online_exports: OnlineExports) -> None:
    judgement.record(ews_switches.on_by_name(online_exports.switches(), today_of(observer)))


@then("the vendor's application is among those that may use EWS")
def app_id_listed(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    vendor, live = online_settings(settings).vendor_application, online.open_ews_calendars(listed(settings))
    judgement.record(ews_switches.app_id_listed(vendor, online_exports.switches(), live, observer.window.start))


@then("no policy about User-Agents shuts the vendor out")
def no_user_agent_shut_out(judgement: Judgement, online_exports: OnlineExports) -> None:
    judgement.record(ews_switches.user_agents(online_exports.switches()))


@when("it is read what the connection to Exchange Online rests on")
def way_read(observer: Observer, settings: Settings) -> None:
    online_way_read(observer, settings)


@then("it rests neither on impersonation nor on a password")
def rests_on_neither(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    judgement.record(ews_retirement.rests_on(settings, online_way_read(observer, settings)))
    if settings.topology is Topology.HYBRID:
        trial = settings.connection.email_to_impersonate
        server, here = observer.open_calendars([trial])[trial], online.open_calendars([trial])[trial]
        judgement.record(ews_retirement.impersonated_is_on_server(trial, server, here))


@when("the busy times in Exchange Online are asked for")
def busy_times_asked_for(online: OnlineObserver, settings: Settings) -> None:
    if settings.topology is Topology.EXCHANGE_ONLINE_EWS:
        online.ews_free_busy(listed(settings))


@then("all of them are read, on a path that is still alive")
def busy_times_read(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    if settings.topology is not Topology.EXCHANGE_ONLINE_EWS:
        judgement.record(ews_retirement.not_kept_over_graph(online_way_read(observer, settings)))
        return
    findings = ews_retirement.busy_times(online.ews_free_busy(listed(settings)), today_of(observer))
    judgement.record(findings, "mailboxes let their busy times be read over EWS")
    judgement.record(ews_retirement.end_told(online_way_read(observer, settings), today_of(observer)))
