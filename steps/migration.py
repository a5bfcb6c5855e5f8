"""Steps about the way from EWS to Microsoft Graph."""

from __future__ import annotations

from typing import NamedTuple

from pytest_bdd import given, then

from calconnect.acceptance.asked import Answers
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import migration
from calconnect.acceptance.judging.application_scope import holds_nested
from calconnect.acceptance.noted import online_way_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import online_settings
from calconnect.acceptance.sides import listed_online
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import LimitSettings, Settings, Topology


class Limits(NamedTuple):
    """What limits who is reached, on EWS and on Microsoft Graph."""

    group: str
    on_server: Answers | None
    """The group as the server tells it; None: there is no server."""
    nested: bool | None
    """Whether the scope on Microsoft Graph holds for members by way of other groups."""


@given("there was a limit on EWS", target_fixture="both_limits")
def was_limited(
    observer: Observer,
    settings: Settings,
    exports: Exports,
    online_exports: OnlineExports,
    limiting_online: LimitSettings,
) -> Limits:
    group, on_server = limiting_online.group, None
    if settings.topology is Topology.HYBRID:
        on_server = observer.expand_group(group)
    elif not migration.scope_was_exported(exports.scopes()):
        raise NotApplicable("No export tells of a limit on EWS (scopes.json), so nothing is moved from there.")
    nested = holds_nested(online_settings(settings).vendor_application, online_exports.limits())
    return Limits(group, on_server, nested)


@then("the mailboxes within both limits are the same")
def same_limits(online: OnlineObserver, judgement: Judgement, exports: Exports, both_limits: Limits) -> None:
    read, rights = online.group_members(both_limits.group), exports.rights()
    findings = migration.same_limits(both_limits.group, both_limits.on_server, rights, read, nested=both_limits.nested)
    judgement.record(findings)


@then("nothing in it depends on EWS")
def nothing_depends(observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings) -> None:
    over_ews = settings.topology is Topology.EXCHANGE_ONLINE_EWS
    calendars = {} if over_ews else online.open_calendars(listed_online(observer, online, settings))
    read = online_way_read(observer, settings)
    judgement.record(migration.depends_on_ews(settings.topology, read, calendars), "mailboxes do without EWS")
