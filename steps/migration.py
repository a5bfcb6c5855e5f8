"""Steps about the way from EWS to Microsoft Graph."""

from __future__ import annotations

from pytest_bdd import given, then

from calconnect.acceptance.asked import Answers
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import migration
from calconnect.acceptance.noted import online_way_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.sides import listed_online
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import LimitSettings, Settings, Topology


@given("there was a limit on EWS", target_fixture="on_server")
def was_limited(
    observer: Observer, settings: Settings, exports: Exports, limiting_online: LimitSettings
) -> Answers | None:
    if settings.topology is Topology.HYBRID:
        return observer.expand_group(limiting_online.group)
    if not migration.scope_was_exported(exports.scopes()):
        raise NotApplicable("No export tells of a limit on EWS (scopes.json), so nothing is moved from there.")
    return None


@then("the mailboxes within both limits are the same")
def same_limits(
    online: OnlineObserver,
    judgement: Judgement,
    exports: Exports,
    limiting_online: LimitSettings,
    on_server: Answers | None,
) -> None:
    group = limiting_online.group
    judgement.record(migration.same_limits(group, on_server, exports.rights(), online.group_members(group)))


@then("nothing in it depends on EWS")
def nothing_depends(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    over_ews = settings.topology is Topology.EXCHANGE_ONLINE_EWS
    calendars = {} if over_ews else online.open_calendars(listed_online(observer, online, settings))
    read = online_way_read(observer, settings)
    judgement.record(migration.depends_on_ews(settings.topology, read, calendars), "mailboxes do without EWS")
