"""Steps about impersonation: for whom it works, and for whom it must not."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import access, impersonation, limit, privileges, rights, scopes, trial
from calconnect.acceptance.noted import administrators_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.outsiders import outsiders_of
from calconnect.acceptance.targets import listed, listed_and_trial, primary_address, unlisted_trial
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import AccessLevel, LimitSettings, Settings, Topology


@when("it acts as the e-mail to impersonate")
def acts_as_trial(observer: Observer, at_server: Settings) -> None:
    observer.open_one_of(listed_and_trial(at_server))


@then("impersonation is enabled for it")
def impersonation_enabled(observer: Observer, judgement: Judgement, at_server: Settings, exports: Exports) -> None:
    account, answers = at_server.connection.service_account_email, observer.open_one_of(listed_and_trial(at_server))
    known = exports.rights()
    findings = impersonation.enabled(account, answers)
    judgement.record(rights.pending(findings, known, list(answers), observer.window.start))
    judgement.disagree(rights.about_the_role(known, answers))


@when("it acts as every listed user")
def acts_as_everybody(observer: Observer, at_server: Settings) -> None:
    observer.open_calendars(listed_and_trial(at_server))


@then("every calendar opens")
def every_calendar_opens(observer: Observer, judgement: Judgement, at_server: Settings, exports: Exports) -> None:
    answers, known = observer.open_calendars(listed_and_trial(at_server)), exports.rights()
    findings = impersonation.covers(answers, unlisted_trial(at_server))
    findings = rights.pending(findings, known, [], observer.window.start)
    judgement.record(findings, "calendars open by impersonation")
    judgement.disagree(rights.compared(known, answers))


@given("a domain group is said to limit impersonation", target_fixture="limiting")
def group_limits(at_server: Settings) -> LimitSettings:
    if at_server.access is not AccessLevel.FULL:
        raise NotApplicable(access.no_impersonation(at_server.access))
    if at_server.limit is None:
        raise NotApplicable("No group is said to limit impersonation.")
    return at_server.limit


@when("the group is expanded")
def group_expanded(observer: Observer, limiting: LimitSettings) -> None:
    observer.expand_group(limiting.group)


@when("the service account acts as the outsiders")
def acts_as_outsiders(observer: Observer, at_server: Settings, limiting: LimitSettings) -> None:
    observer.open_calendars(outsiders_of(observer, at_server, limiting).addresses)


@then("every listed user is a direct member of the group")
def everybody_is_member(
    observer: Observer, judgement: Judgement, settings: Settings, at_server: Settings, limiting: LimitSettings
) -> None:
    expanded = observer.expand_group(limiting.group)
    # An address that is in none of the groups may be an alias of one that is.
    looked_up = observer.resolve(limit.not_found(listed(at_server), expanded)[: limit.MOST_LOOKED_UP])
    primary = {address: primary_address(address, looked_up) for address in listed(at_server)}
    judgement.record(limit.membership(limiting.group, expanded, primary), "listed users are direct members")
    elsewhere = listed(settings) if settings.topology is Topology.HYBRID else None
    judgement.record(limit.extent(limiting.group, expanded, primary, elsewhere))


@then("every outsider is refused")
def outsiders_refused(
    observer: Observer, judgement: Judgement, at_server: Settings, limiting: LimitSettings, exports: Exports
) -> None:
    outside = outsiders_of(observer, at_server, limiting)
    judgement.record(outside.findings)
    expanded, answers = observer.expand_group(limiting.group), observer.open_calendars(outside.addresses)
    known, findings = exports.rights(), limit.outsiders_refused(outside.addresses, expanded, answers)
    judgement.record(scopes.by_the_limit(findings, known), "outsiders are refused")
    judgement.disagree(rights.compared(known, answers))


@when("the assignments, scopes and the group are read, where they are supplied")
def rights_read(exports: Exports, settings: Settings) -> None:
    exports.rights()
    if settings.limit is not None:
        exports.group()


@then("the scope's filter names the group as it is now")
def filter_fits(judgement: Judgement, exports: Exports, limiting: LimitSettings) -> None:
    judgement.record(scopes.filter_names_group(limiting.group, exports.rights(), exports.group()))


@then("all members of the group are direct ones")
def members_direct(observer: Observer, judgement: Judgement, exports: Exports, limiting: LimitSettings) -> None:
    expanded, group = observer.expand_group(limiting.group), exports.group()
    judgement.record(scopes.members_are_direct(limiting.group, group, expanded))
    judgement.disagree(scopes.nesting_compared(limiting.group, group, expanded))


@then("no exclusive scope hides a listed mailbox")
def nobody_hidden(observer: Observer, judgement: Judgement, at_server: Settings, exports: Exports) -> None:
    findings = scopes.nobody_hidden(observer.open_calendars(listed(at_server)), exports.rights())
    judgement.record(findings, "listed mailboxes are hidden by no exclusive scope")


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
def trial_is_no_administrator(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    address, named = settings.connection.email_to_impersonate, settings.trial.administrators
    groups = {group: observer.expand_group(group) for group in settings.trial.administrator_groups}
    looked_up = observer.resolve([address]) if groups else {}
    own = dict.fromkeys((address, primary_address(address, looked_up)))
    findings = trial.not_an_administrator(own, named, administrators_read(observer, settings), groups)
    judgement.record(privileges.trial_by_export(list(own)[-1], exports.entries_of_users(), findings))
