"""Steps about the scope of the vendor's application: that it was set in time, and what it keeps out."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.asked import opened
from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import application_scope, scope_tests
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import online_settings, online_trial, with_trial
from calconnect.acceptance.sides import listed_online, online_ones
from calconnect.acceptance.targets import listed, primary_address
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import LimitSettings, Settings

MORE_THAN_WANTED = 20
"""So many more users are asked for than are listed: who is listed, or a member of the group, is no outsider."""


def asked_for(settings: Settings) -> int:
    """Return how many users of the directory are asked for, to draw outsiders from."""
    return len(settings.mailboxes) + MORE_THAN_WANTED


@given("a group is said to limit the vendor's application", target_fixture="limiting_online")
def group_limits(settings: Settings) -> LimitSettings:
    if settings.limit is None:
        raise NotApplicable("No group is said to limit the vendor's application (limit.group).")
    return settings.limit


@when("the group is read in Exchange Online")
def group_read(online: OnlineObserver, limiting_online: LimitSettings) -> None:
    online.group_members(limiting_online.group)


@when("the application's policies and roles are read, where they are supplied")
def limits_read(online_exports: OnlineExports) -> None:
    online_exports.limits()


@then("the vendor's application is restricted to the group, since before it was let in")
def restricted(
    online: OnlineObserver,
    judgement: Judgement,
    settings: Settings,
    online_exports: OnlineExports,
    limiting_online: LimitSettings,
) -> None:
    own, group = online_settings(settings), limiting_online.group
    read, limits = online.group_members(group), online_exports.limits()
    vendor, since = own.vendor_application, own.vendor_connected_on
    looked_up = online.application(vendor)
    judgement.record(application_scope.restricted(vendor, group, read, limits, since, looked_up=looked_up))


@then("the group is one that a scope can be made of")
def group_is_fit(online: OnlineObserver, judgement: Judgement, limiting_online: LimitSettings) -> None:
    group = limiting_online.group
    judgement.record(application_scope.group_is_fit(group, online.group_members(group)))


@then("every listed mailbox in Exchange Online is within it")
def everybody_is_member(
    observer: Observer,
    online: OnlineObserver,
    judgement: Judgement,
    settings: Settings,
    online_exports: OnlineExports,
) -> None:
    mailboxes, group = listed_online(observer, online, settings), group_limits(settings).group
    looked_up = online.users(mailboxes)
    primary = {mailbox: primary_address(mailbox, looked_up) for mailbox in mailboxes}
    read, vendor = online.group_members(group), online_settings(settings).vendor_application
    findings = application_scope.membership(group, read, primary, vendor, online_exports.limits())
    judgement.record(findings, "listed mailboxes are members of the group")


@then("no consent voids the scope")
def not_voided(online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports) -> None:
    vendor = online_settings(settings).vendor_application
    judgement.record(application_scope.not_voided(vendor, online.application(vendor), online_exports.limits()))


@when("the tests of the scope are read, where they are supplied")
def tests_read(online_exports: OnlineExports) -> None:
    online_exports.access_tests()


@then("each test says what the live call comes to")
def tests_agree(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    answers = online.open_calendars(with_trial(settings, listed_online(observer, online, settings)))
    tests, limits = online_exports.access_tests(), online_exports.limits()
    app_id, dated = online_settings(settings).application, (limits, observer.window.start)
    own, signed_in = online.application(app_id), online.sign_in()
    findings = scope_tests.tests_agree(app_id, tests, answers, own, dated, signed_in=signed_in)
    judgement.record(findings, "tests agree with live calls")


@given("a listed mailbox in Exchange Online opens")
def one_opens(
    observer: Observer, online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    answers = online.open_calendars(with_trial(settings, listed_online(observer, online, settings)))
    if not opened(answers):
        judgement.require(online_exports.opens(answers, online.sign_in()), "GR-07")


@when("outsiders are tried in Exchange Online", target_fixture="outside")
def outsiders_tried(
    observer: Observer, online: OnlineObserver, settings: Settings, limiting_online: LimitSettings
) -> tuple[str, ...]:
    outside = limiting_online.outsiders
    if not outside:
        found, read = online.some_users(asked_for(settings)), online.group_members(limiting_online.group)
        known = [*listed(settings), online_trial(settings), settings.connection.email_to_impersonate]
        outside = application_scope.draw(found, read, known, limiting_online.outsiders_drawn)
    outside = tuple(online_ones(observer, online, settings, outside))
    online.open_calendars(outside)
    return outside


@then("each of them is refused for want of the right")
def outsiders_refused(
    online: OnlineObserver,
    judgement: Judgement,
    settings: Settings,
    online_exports: OnlineExports,
    outside: tuple[str, ...],
) -> None:
    group = group_limits(settings).group
    read = online.group_members(group)
    if not outside:
        found = online.some_users(asked_for(settings))
        judgement.record(application_scope.nobody_to_try(group, found, read))
        return
    findings = application_scope.outsiders_refused(outside, read, online.open_calendars(outside))
    judgement.record(online_exports.pending(findings), "outsiders are refused")
