"""What scenarios must come to that exports of the configuration have a say in: one case a line."""

# ruff: noqa: E501 - a table reads best with a case on a line

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.bundle.model import GroupRecord, ServerRecord, ThrottlingRecord
from calconnect.settings.model import AccessLevel, EvidenceSettings, LimitSettings, TrialSettings
from tests.acceptance.bundles import (
    ASSIGNMENT,
    CALENDAR_SCOPE,
    DIRECTORY,
    GROUP_DN,
    ORGANIZATION,
    bundle,
    exclusive,
    user,
)
from tests.acceptance.cases import (
    BUSY,
    DENIED,
    NO_MAILBOX,
    REFUSED,
    Case,
    failed,
    not_applicable,
    only,
    unknown,
)
from tests.acceptance.fake_tenant import (
    ACCOUNT,
    ADMINISTRATORS,
    GROUP,
    OUTSIDER,
    START,
    STRANGERS,
    TRIAL,
    URL,
    USERS,
    Answering,
    Says,
    refuses,
    silent,
)

FORBIDDEN = refuses(None, 403)
BY_POLICY = refuses("ews-policy", 403)
NOWHERE = refuses("ErrorNonExistentMailbox")
THIRD = USERS[2]
REST = tuple(address for address in USERS if address != THIRD)
NO_GROUPS = {"trial": TrialSettings()}


def passed(requirement: str, code: str = "", script: dict[str, Answering] | None = None, **more: Any) -> Case:
    return Case(requirement, Verdict.PASSED, code, None, script or {}, **more)


def with_bundle(**more: Any) -> dict[str, Any]:
    return {"bundle": bundle(**more)}


def third_is(**more: Any) -> dict[str, Any]:
    return with_bundle(users=(*map(user, REST), user(THIRD, **more)))


def scopes(*found: Any) -> dict[str, Any]:
    return with_bundle(scopes=(CALENDAR_SCOPE, *found))


def assigned(**more: Any) -> dict[str, Any]:
    return with_bundle(role_assignments=(replace(ASSIGNMENT, **more),))


def filtered(text: str) -> dict[str, Any]:
    return with_bundle(scopes=(replace(CALENDAR_SCOPE, recipient_filter=text),))


BLOCKING = {"organization": replace(ORGANIZATION, policies_blocking_legacy_ews=("Block legacy",))}
DEFAULT_BLOCKS = {"organization": replace(BLOCKING["organization"], default_authentication_policy="block legacy")}
EWS_OFF = {"organization": replace(ORGANIZATION, ews_enabled=False)}
NTLM_ONLY = refuses(None, 401, details={"schemes": ["Negotiate", "NTLM"]})
BASIC_ONLY = refuses(None, 401, details={"schemes": ["Basic"]})
SIGNED_BY_NTLM = Says(details={"scheme": "ntlm"})
NESTED = GroupRecord(GROUP, GROUP_DN, "MailUniversalSecurityGroup", USERS, ("sales@example.com",))
RETRIED = Says(details={"retried_after": "ErrorServerBusy"})
OLD = "15.1.2507.61"
ON_EXECUTIVES = replace(ASSIGNMENT, custom_scope="Executives", recipient_write_scope="ExclusiveRecipientScope")

# fmt: off
CASES = [
    # SVC-06: what signs in is not blocked; of what is refused, the exports tell the cause.
    passed("SVC-06", "NoError"),
    passed("SVC-06", "NoError", changes=with_bundle(account={"authentication_policy": "Block legacy"}, **BLOCKING)),
    passed("SVC-06", "not-blocked", {"sign-in": REFUSED}, changes=with_bundle()),
    passed("SVC-06", "not-blocked", {"sign-in": REFUSED}, changes=with_bundle(account={"authentication_policy": "Modern"}, **DEFAULT_BLOCKS)),
    failed("SVC-06", "legacy-authentication-blocked", {"sign-in": REFUSED}, changes=with_bundle(account={"authentication_policy": "BLOCK LEGACY"}, **BLOCKING), target=ACCOUNT),
    failed("SVC-06", "legacy-authentication-blocked", {"sign-in": REFUSED}, changes=with_bundle(**DEFAULT_BLOCKS)),
    unknown("SVC-06", UnknownReason.NO_EVIDENCE, {"sign-in": REFUSED}),
    unknown("SVC-06", UnknownReason.NO_EVIDENCE, {"sign-in": REFUSED}, changes=with_bundle(without=("svc_user",))),
    unknown("SVC-06", UnknownReason.NO_EVIDENCE, {"sign-in": REFUSED}, changes=with_bundle(organization=replace(DEFAULT_BLOCKS["organization"], policies_blocking_legacy_ews=None))),
    unknown("SVC-06", UnknownReason.NO_EVIDENCE, {"sign-in": REFUSED}, changes=with_bundle(account={"authentication_policy": "Another"}, organization=replace(ORGANIZATION, authentication_policies=("Block legacy", "Modern")))),
    unknown("SVC-06", UnknownReason.STALE, {"sign-in": REFUSED}, changes=with_bundle(days_old=8, **DEFAULT_BLOCKS)),
    unknown("SVC-06", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}),

    # SVC-07
    passed("SVC-07", "not-an-administrator"),
    passed("SVC-07", "not-an-administrator", changes={**with_bundle(), **NO_GROUPS}),
    failed("SVC-07", "administrator", {f"expand-group {ADMINISTRATORS}": Says(details={"members": [ACCOUNT.upper()]})}, target=ACCOUNT),
    failed("SVC-07", "administrator", changes={"trial": TrialSettings((ACCOUNT,), ())}),
    failed("SVC-07", "adminCount", changes=with_bundle(account={"admin_count": 1})),
    failed("SVC-07", "adminCount", changes={**with_bundle(account={"admin_count": 1}), **NO_GROUPS}),
    failed("SVC-07", "listed-user", changes={"users": (*USERS, ACCOUNT)}),
    unknown("SVC-07", UnknownReason.NO_EVIDENCE, changes=NO_GROUPS),
    unknown("SVC-07", UnknownReason.STALE, changes={**with_bundle(days_old=7.5), **NO_GROUPS}),
    unknown("SVC-07", UnknownReason.BLOCKED, {f"expand-group {ADMINISTRATORS}": NO_MAILBOX}, changes=with_bundle()),

    # NET-06: NTLM is tried once more, and only with credentials that are known to be good.
    passed("NET-06", "NoError"),
    passed("NET-06", "NoError", {"offered-authentication": NTLM_ONLY, "sign-in": SIGNED_BY_NTLM}),
    failed("NET-06", "HTTP 401", {"sign-in-by": REFUSED}, target="mail.example.com"),
    failed("NET-06", "HTTP 401", {"sign-in-by": REFUSED}, changes=with_bundle()),
    unknown("NET-06", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in-by": REFUSED}, changes=with_bundle(virtual_directories=(replace(DIRECTORY, extended_protection="None"),))),
    failed("NET-06", "HTTP 401", {"sign-in-by": REFUSED}, changes=with_bundle(virtual_directories=(DIRECTORY, replace(DIRECTORY, extended_protection="None")))),
    unknown("NET-06", UnknownReason.BLOCKED, {"sign-in": REFUSED}),
    unknown("NET-06", UnknownReason.BLOCKED, {"offered-authentication": NTLM_ONLY, "sign-in": Says(None, 401, REFUSED.outcome, {"scheme": "ntlm"})}),
    unknown("NET-06", UnknownReason.TIMED_OUT, {"sign-in-by": silent("timed-out")}),
    unknown("NET-06", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in-by": refuses(None, 403)}),
    unknown("NET-06", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}),
    Case("NET-06", Verdict.NOT_APPLICABLE, script={"offered-authentication": BASIC_ONLY}),

    # IMP-04
    passed("IMP-04", "same-dn", changes=with_bundle()),
    passed("IMP-04", "same-dn", changes=filtered('(memberofgroup  -EQ "cn=calendar USERS, ou=Groups,DC=example,DC=com") -and (Department -ne \'x\')')),
    passed("IMP-04", "direct-members", changes=with_bundle(group=NESTED)),  # the server lists none, and decides
    failed("IMP-04", "other-dn", changes=filtered("MemberOfGroup -eq 'CN=Calendar users,CN=Users,DC=example,DC=com'"), target="Calendar users"),
    failed("IMP-04", "other-filter", changes=filtered("Department -eq 'Sales'")),
    failed("IMP-04", "other-filter", changes=filtered(f"-not (MemberOfGroup -eq '{GROUP_DN}')")),
    failed("IMP-04", "nested-group", {f"expand-group {GROUP}": Says(details={"groups": ["sales@example.com"]})}, changes=with_bundle(), target=GROUP),
    failed("IMP-04", "nested-group", {f"expand-group {GROUP}": NO_MAILBOX}, changes=with_bundle(group=NESTED)),
    passed("IMP-04", "same-dn", changes=with_bundle(scopes=(CALENDAR_SCOPE, exclusive(THIRD)), role_assignments=(ASSIGNMENT, ON_EXECUTIVES))),  # that opens what is hidden, and limits nothing
    failed("IMP-04", "other-filter", changes=with_bundle(scopes=(CALENDAR_SCOPE, exclusive(THIRD)), role_assignments=(ON_EXECUTIVES,)), target="Executives"),
    failed("IMP-04", "other-filter", changes=assigned(custom_scope="Sales", recipient_write_scope="OU"), target=ASSIGNMENT.name),
    unknown("IMP-04", UnknownReason.NO_EVIDENCE, {f"expand-group {GROUP}": Says(details={"complete": False})}, changes=with_bundle(), target=GROUP),
    unknown("IMP-04", UnknownReason.NO_EVIDENCE),
    unknown("IMP-04", UnknownReason.NO_EVIDENCE, changes=with_bundle(without=("group",))),
    unknown("IMP-04", UnknownReason.NO_EVIDENCE, changes=with_bundle(group=replace(NESTED, primary_address="other@example.com"))),
    unknown("IMP-04", UnknownReason.NO_EVIDENCE, changes=with_bundle(scopes=())),
    unknown("IMP-04", UnknownReason.STALE, changes=with_bundle(days_old=30)),
    unknown("IMP-04", UnknownReason.BLOCKED, changes=assigned(custom_scope="", recipient_write_scope="Organization")),
    unknown("IMP-04", UnknownReason.BLOCKED, changes=assigned(enabled=False)),
    unknown("IMP-04", UnknownReason.BLOCKED, changes=assigned(delegation="DelegatingOrgWide")),
    unknown("IMP-04", UnknownReason.BLOCKED, changes=assigned(effective_user="Somebody", assignee="Somebody")),
    not_applicable("IMP-04", limit=None),
    not_applicable("IMP-04", access=AccessLevel.CALENDAR_ONLY),

    # IMP-03: whom an exclusive scope hides is refused whatever the limit is.
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, changes=scopes(exclusive(OUTSIDER)), target=OUTSIDER),
    passed("IMP-03", "ErrorImpersonateUserDenied", changes={**scopes(exclusive(OUTSIDER)), "limit": LimitSettings(GROUP, (OUTSIDER, STRANGERS[0]))}),
    passed("IMP-03", "ErrorImpersonateUserDenied", changes=scopes(exclusive("chair@example.com"))),

    # IMP-05
    passed("IMP-05", "NoError"),
    passed("IMP-05", "no-exclusive-scope", {"open-calendar": only(THIRD, says=DENIED)}, changes=scopes(exclusive("chair@example.com"))),
    passed("IMP-05", "no-exclusive-scope", {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle(scopes=(CALENDAR_SCOPE, exclusive(THIRD)), role_assignments=(replace(ASSIGNMENT, custom_scope="Executives", recipient_write_scope="ExclusiveRecipientScope"),))),
    failed("IMP-05", "exclusive-scope", {"open-calendar": only(THIRD, says=DENIED)}, changes=scopes(exclusive(THIRD.upper())), target=THIRD),
    failed("IMP-05", "exclusive-scope", {"sign-in": REFUSED}, changes=scopes(exclusive(THIRD))),
    unknown("IMP-05", UnknownReason.NO_EVIDENCE, {"open-calendar": only(THIRD, says=DENIED)}),
    unknown("IMP-05", UnknownReason.NO_EVIDENCE, {"open-calendar": only(THIRD, says=DENIED)}, changes=scopes(replace(exclusive(), members=None))),
    unknown("IMP-05", UnknownReason.STALE, {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle(days_old=8)),
    unknown("IMP-05", UnknownReason.BLOCKED, {"sign-in": REFUSED}),
    not_applicable("IMP-05", access=AccessLevel.FREE_BUSY),

    # EWS-01
    passed("EWS-01", "NoError"),
    passed("EWS-01", "NoError", changes=with_bundle(**EWS_OFF)),  # it answered, and that decides
    passed("EWS-01", "EwsEnabled", {"sign-in": REFUSED}, changes=with_bundle()),
    passed("EWS-01", "EwsEnabled", {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle()),
    passed("EWS-01", "NoError", changes={"access": AccessLevel.FREE_BUSY}),
    failed("EWS-01", "HTTP 403", {"sign-in": BY_POLICY}, target=ACCOUNT),
    failed("EWS-01", "HTTP 403", {"open-calendar": only(THIRD, says=BY_POLICY)}, target=THIRD),
    failed("EWS-01", "EwsEnabled", {"sign-in": FORBIDDEN}, changes=with_bundle(account={"ews_enabled": False}), target=ACCOUNT),
    failed("EWS-01", "EwsEnabled", {"sign-in": FORBIDDEN}, changes=with_bundle(**EWS_OFF)),
    failed("EWS-01", "EwsEnabled", {"open-calendar": only(THIRD, says=FORBIDDEN)}, changes=third_is(ews_enabled=False), target=THIRD),
    failed("EWS-01", "EwsEnabled", changes=third_is(ews_enabled=False), target=THIRD),
    unknown("EWS-01", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in": FORBIDDEN}),
    unknown("EWS-01", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in": FORBIDDEN}, changes=with_bundle()),
    unknown("EWS-01", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": only(THIRD, says=FORBIDDEN)}, changes=with_bundle()),
    unknown("EWS-01", UnknownReason.BLOCKED, {"open-calendar": only(THIRD, says=DENIED)}, target=THIRD),
    unknown("EWS-01", UnknownReason.BLOCKED, {"open-calendar": only(THIRD, says=DENIED)}, changes=third_is(ews_enabled=None)),
    passed("EWS-01", "NoError", {"open-calendar": only(THIRD, says=NOWHERE)}),  # no mailbox here that it could be off for
    unknown("EWS-01", UnknownReason.NO_EVIDENCE, {"open-calendar": only(THIRD, says=refuses("ErrorAccessDenied", 200))}, changes=with_bundle(users=tuple(map(user, REST)))),
    unknown("EWS-01", UnknownReason.BLOCKED, {"sign-in": REFUSED}),
    unknown("EWS-01", UnknownReason.STALE, {"sign-in": REFUSED}, changes=with_bundle(days_old=8)),
    unknown("EWS-01", UnknownReason.THROTTLED, {"open-calendar": only(THIRD, says=BUSY)}),

    # LOC-01
    passed("LOC-01", "NoError"),
    passed("LOC-01", "UserMailbox", {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle()),
    passed("LOC-01", "ErrorMailboxMoveInProgress", {"open-calendar": only(THIRD, says=refuses("ErrorMailboxMoveInProgress", 200))}),
    passed("LOC-01", "NoError", changes=third_is(kind="RemoteUserMailbox")),  # it opened, and that decides
    passed("LOC-01", "NoError", changes={"access": AccessLevel.FREE_BUSY}),
    failed("LOC-01", "RemoteUserMailbox", changes={**third_is(kind="RemoteUserMailbox"), "access": AccessLevel.FREE_BUSY}, target=THIRD),  # busy times come from the other half, too
    failed("LOC-01", "RemoteUserMailbox", {"open-calendar": only(THIRD, says=NOWHERE)}, changes=third_is(kind="RemoteUserMailbox"), target=THIRD),
    failed("LOC-01", "MailUser", {"open-calendar": only(THIRD, says=DENIED)}, changes=third_is(kind="MailUser"), target=THIRD),
    failed("LOC-01", "ErrorNonExistentMailbox", {"open-calendar": only(THIRD, says=NOWHERE)}, target=THIRD),
    failed("LOC-01", "ErrorNonExistentMailbox", {"open-calendar": only(THIRD, says=NOWHERE)}, changes=with_bundle(), target=THIRD),
    passed("LOC-01", "NoError", {"open-calendar": only(THIRD, says=NOWHERE), "resolve-address": refuses("ErrorNameResolutionNoResults", 200)}),
    passed("LOC-01", "NoError", {"open-calendar": only(THIRD, says=NOWHERE), "resolve-address": Says(details={"mailbox_type": "PublicDL"})}),
    passed("LOC-01", "NoError", {"open-calendar": only(THIRD, says=NOWHERE)}, changes=third_is(kind="MailContact")),
    unknown("LOC-01", UnknownReason.NO_EVIDENCE, {"open-calendar": only(*USERS, says=NOWHERE), "resolve-address": refuses("ErrorNameResolutionNoResults", 200)}),
    unknown("LOC-01", UnknownReason.BLOCKED, {"open-calendar": only(THIRD, says=DENIED)}, target=THIRD),
    passed("LOC-01", "NoError", {"open-calendar": only(THIRD, says=refuses("ErrorNonPrimarySmtpAddress", 200))}),
    unknown("LOC-01", UnknownReason.NO_EVIDENCE, {"open-calendar": only(THIRD, says=NOWHERE), "resolve-address": NO_MAILBOX}),
    unknown("LOC-01", UnknownReason.NO_EVIDENCE, {"open-calendar": only(THIRD, says=NOWHERE), "resolve-address": BUSY}),
    unknown("LOC-01", UnknownReason.TIMED_OUT, {"open-calendar": only(THIRD, says=silent("timed-out"))}),
    unknown("LOC-01", UnknownReason.STALE, {"sign-in": REFUSED}, changes=with_bundle(days_old=8)),
    unknown("LOC-01", UnknownReason.BLOCKED, {"sign-in": REFUSED}),

    # EWS-05
    passed("EWS-05", "Exchange Server Subscription Edition"),
    passed("EWS-05", "Exchange Server Subscription Edition", {"tls": silent("connection-refused")}, changes=with_bundle()),
    failed("EWS-05", "out-of-support", {"sign-in": Says(version=OLD), "offered-authentication": Says(None, 401, REFUSED.outcome, {"schemes": ["Basic"]}, version=OLD), "locate": Says(details={"ews_url": URL}, version=OLD)}, target="mail.example.com"),
    failed("EWS-05", "out-of-support", {"offered-authentication": Says(None, 401, REFUSED.outcome, {"schemes": ["Basic"]}, version=OLD)}, target="mail.example.com"),  # one server of several
    failed("EWS-05", "out-of-support", changes=with_bundle(servers=(ServerRecord("EX01", "15.2.2562.17", ""), ServerRecord("EX02", "15.2.1748.10", ""))), target="EX02"),
    failed("EWS-05", "below-the-vendors-floor", changes=with_bundle(servers=(ServerRecord("EX00", "8.0.685.24", ""),)), target="EX00"),
    unknown("EWS-05", UnknownReason.NO_EVIDENCE, changes=with_bundle(servers=(ServerRecord("EX03", "16.0.1.0", ""),)), target="EX03"),
    unknown("EWS-05", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused"), "locate": Says(details={"ews_url": URL}, version="")}),

    # OPS-05
    passed("OPS-05", "not-throttled"),
    passed("OPS-05", "EWSMaxConcurrency", changes=with_bundle()),
    passed("OPS-05", "not-throttled", changes=with_bundle(days_old=8, throttling=ThrottlingRecord("None", None, None))),
    failed("OPS-05", "ErrorServerBusy", {"open-calendar": only(THIRD, says=BUSY)}, target="mail.example.com"),
    failed("OPS-05", "ErrorServerBusy", {"open-calendar": only(THIRD, says=RETRIED)}),
    failed("OPS-05", "ErrorExceededConnectionCount", {"list-events": only(THIRD, says=refuses("ErrorExceededConnectionCount"))}),
    failed("OPS-05", "EWSMaxConcurrency", changes=with_bundle(throttling=ThrottlingRecord("Tight", 9, 20)), target=ACCOUNT),
    failed("OPS-05", "unlimited", changes=with_bundle(throttling=ThrottlingRecord("Null", None, None))),
    unknown("OPS-05", UnknownReason.THROTTLED, {"open-calendar": only(THIRD, says=refuses(None, 503))}),
    unknown("OPS-05", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in": REFUSED}),
    unknown("OPS-05", UnknownReason.TIMED_OUT, {"open-calendar": silent("timed-out"), "list-events": silent("timed-out"), "free-busy": silent("timed-out")}),
    passed("OPS-05", "not-throttled", {"open-calendar": only(THIRD, says=silent("timed-out"))}),
    unknown("OPS-05", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}),

    # IMP-06, where adminCount tells of administrators whom no group shows any more
    failed("IMP-06", "adminCount", changes=with_bundle(users=(user(TRIAL, admin_count=1),)), target=TRIAL),
    failed("IMP-06", "adminCount", changes={**with_bundle(users=(user(TRIAL, admin_count=1),)), **NO_GROUPS}),
    passed("IMP-06", "not-an-administrator", changes={**with_bundle(), **NO_GROUPS}),
    unknown("IMP-06", UnknownReason.NO_EVIDENCE, changes={**with_bundle(users=(user(TRIAL, admin_count=None),)), **NO_GROUPS}),
    unknown("IMP-06", UnknownReason.NO_EVIDENCE, changes={**with_bundle(days_old=8), **NO_GROUPS}),

    # IMP-01 and IMP-02: a right that was changed a short while ago
    unknown("IMP-01", UnknownReason.PENDING, {"open-calendar": DENIED}, changes=assigned(changed_at=START - timedelta(minutes=20))),
    unknown("IMP-02", UnknownReason.PENDING, {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle(scopes=(replace(CALENDAR_SCOPE, changed_at=START - timedelta(minutes=119)),)), target=THIRD),
    failed("IMP-01", "ErrorImpersonateUserDenied", {"open-calendar": DENIED}, changes=assigned(changed_at=START - timedelta(hours=3))),
    failed("IMP-01", "ErrorImpersonateUserDenied", {"open-calendar": DENIED}, changes=assigned(changed_at=START - timedelta(minutes=20), enabled=False)),
    failed("IMP-02", "ErrorImpersonateUserDenied", {"open-calendar": only(THIRD, says=DENIED)}, changes=with_bundle(scopes=(replace(CALENDAR_SCOPE, changed_at=START - timedelta(minutes=5), members=REST),))),

    # The limit of age is the settings'.
    passed("IMP-04", "same-dn", changes={**with_bundle(days_old=29), "evidence": EvidenceSettings(most_days_old=30), "limit": LimitSettings(GROUP)}),
]
# fmt: on
