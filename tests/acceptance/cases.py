"""What each requirement's scenario must come to, by what the tenant says: one case a line."""

# ruff: noqa: E501 - a table reads best with a case on a line

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Outcome
from calconnect.settings.model import AccessLevel, LimitSettings, TrialSettings
from tests.acceptance.fake_tenant import (
    ACCOUNT,
    ADMINISTRATOR,
    ADMINISTRATORS,
    GROUP,
    NO_RIGHT,
    OUTSIDER,
    STRANGERS,
    TRIAL,
    URL,
    USERS,
    Answering,
    Says,
    refuses,
    silent,
)

DENIED = refuses("ErrorImpersonateUserDenied")
BUSY = refuses("ErrorServerBusy")
NO_MAILBOX = refuses("ErrorNameResolutionNoMailbox", 200)
REFUSED = refuses(None, 401)
UNAUTHORIZED = Says(None, 401, details={"schemes": ["NTLM"]})
FOUND_NOTHING = Says("autodiscover-found-nothing", 404, Outcome.REFUSED, url="https://autodiscover.example.com/x")


FINE = Says()


def only(*mailboxes: str, says: Says, others: Says = FINE) -> Callable[[str], Says]:
    """Say something of some mailboxes, and nothing special of the others."""

    def answer(target: str) -> Says:
        if target in mailboxes:
            return says
        return DENIED if target == OUTSIDER else others

    return answer


@dataclass(frozen=True)
class Case:
    """What a requirement's scenario must come to."""

    requirement: str
    verdict: Verdict
    code: str = ""
    """Of a finding that decided."""
    reason: UnknownReason | None = None
    script: Mapping[str, Answering] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""


def failed(requirement: str, code: str, script: Mapping[str, Answering] | None = None, **more: Any) -> Case:
    return Case(requirement, Verdict.FAILED, code, None, script or {}, **more)


def unknown(
    requirement: str, reason: UnknownReason, script: Mapping[str, Answering] | None = None, **more: Any
) -> Case:
    return Case(requirement, Verdict.UNKNOWN, "", reason, script or {}, **more)


def not_applicable(requirement: str, **changes: Any) -> Case:
    return Case(requirement, Verdict.NOT_APPLICABLE, changes=changes)


DRAWN = {"limit": LimitSettings(GROUP)}
CALENDARS = {"access": AccessLevel.CALENDAR_ONLY}
TIMES = {"access": AccessLevel.FREE_BUSY}
LESS = (AccessLevel.CALENDAR_ONLY, AccessLevel.FREE_BUSY)
NO_FOLDER = refuses("ErrorItemNotFound", 200)
NOBODY = Says(details={"mailboxes": list(USERS), "matches": 6})
PART = Says(details={"mailboxes": [*USERS, STRANGERS[0]], "matches": 100, "complete": False})


def rights(events: int = 3, changeable: int = 3, deletable: int = 3) -> Says:
    """Say what may be done with the events in a calendar."""
    return Says(details={"events": events, "changeable": changeable, "deletable": deletable})


URL_GIVEN = {"exchange_server_url": URL}
GIVEN_SAYS = {"locate": Says(None, 401, details={"how": "settings", "ews_url": URL})}

# fmt: off
FAILING = [
    failed("APP-02", "malformed", changes={"service_account_username": "svc"}, target="service_account_username"),
    failed("APP-02", "malformed", changes={"exchange_server_url": "http://mail.example.com/"}),
    failed("APP-02", "malformed", changes={"email_to_impersonate": "nobody"}, target="email_to_impersonate"),
    failed("APP-06", "not-agreed", changes={"terms_agreed": False}),
    failed("NET-01", "not-an-ews-url", changes={"exchange_server_url": "https://mail.example.com/owa"}),
    failed("NET-01", "HTTP 404", {"locate": refuses(None, 404)}, changes=URL_GIVEN),
    failed("NET-01", "HTTP 302", {"locate": refuses("redirected", 302)}, changes=URL_GIVEN),
    failed("NET-01", "HTTP 440", {"locate": refuses(None, 440)}, changes=URL_GIVEN),
    failed("NET-01", "HTTP 403", {"locate": refuses(None, 403)}, changes=URL_GIVEN),
    failed("NET-02", "HTTP 404", {"locate": FOUND_NOTHING}, target=ACCOUNT),
    failed("NET-02", "name-not-found", {"locate": silent("name-not-found")}),
    failed("NET-03", "certificate-expired", {"tls": silent("certificate-expired")}),
    failed("NET-03", "certificate-name-mismatch", {"tls": silent("certificate-name-mismatch")}),
    failed("NET-03", "certificate-untrusted", {"tls": silent("certificate-untrusted")}),
    failed("NET-03", "tls-too-old", {"tls": Says(None, None, details={"tls_version": "TLSv1.1"})}),
    failed("NET-04", "timed-out", {"reach-from": only("203.0.113.7", says=silent("timed-out"))}, target="203.0.113.7"),
    failed("SVC-04", "HTTP 401", {"sign-in": REFUSED}, target=ACCOUNT),
    failed("SVC-04", "ErrorPasswordExpired", {"sign-in": refuses("ErrorPasswordExpired", 200)}),
    failed("SVC-04", "ErrorPasswordChangeRequired", {"sign-in": refuses("ErrorPasswordChangeRequired", 200)}),
    failed("SVC-04", "ErrorAccountDisabled", {"sign-in": refuses("ErrorAccountDisabled", 200)}),
    failed("SVC-04", "HTTP 403", {"sign-in": refuses("ews-policy", 403)}),
    failed(
        "SVC-05", "no-usable-scheme", {"offered-authentication": refuses(None, 401, details={"schemes": ["Bearer"]})}
    ),
    failed(
        "SVC-05", "no-usable-scheme", {"offered-authentication": refuses(None, 401, details={"schemes": ["Negotiate"]})}
    ),
    failed("SVC-05", "HTTP 456", {"sign-in": refuses(None, 456)}),
    failed("SVC-08", "HTTP 401", {"sign-in": REFUSED}),
    failed("SVC-01", "ErrorMissingEmailAddress", {"open-own-calendar": refuses("ErrorMissingEmailAddress", 200)}),
    failed("SVC-01", "ErrorNonExistentMailbox", {"open-own-calendar": refuses("ErrorNonExistentMailbox", 200)}),
    failed("SVC-03", "other-domain", changes={"users": (*USERS, "a@emea.example.com")}, target="a@emea.example.com"),
    failed("SVC-03", "other-domain", changes={"users": (*USERS, "a@examp1e.com")}),
    failed("IMP-01", "ErrorImpersonateUserDenied", {"open-calendar": DENIED}, target=ACCOUNT),
    failed("IMP-02", "ErrorImpersonateUserDenied", {"open-calendar": only(USERS[3], says=DENIED)}, target=USERS[3]),
    failed(
        "IMP-02", "ErrorNonExistentMailbox", {"open-calendar": only(USERS[4], says=refuses("ErrorNonExistentMailbox"))}
    ),
    failed("IMP-03", "NoError", {"open-calendar": Says()}, target=OUTSIDER),
    failed("IMP-03", "NoError", {"open-calendar": Says()}, changes=DRAWN),
    failed("OPS-02", "ErrorAccessDenied", {"open-calendar as delegate": only(USERS[3], says=NO_RIGHT)}, changes=CALENDARS, target=USERS[3]),
    failed("OPS-02", "ErrorItemNotFound", {"open-calendar as delegate": only(USERS[3], says=NO_FOLDER)}, changes=CALENDARS, target=USERS[3]),
    failed("OPS-02", "not-editor", {"open-calendar as delegate": Says(details={"read": True, "create": False})}, changes=CALENDARS),
    failed("OPS-02", "not-editor", {"event-rights": rights(changeable=2)}, changes=CALENDARS, target=USERS[3]),
    failed("OPS-02", "not-editor", {"event-rights": rights(deletable=0)}, changes=CALENDARS, target=TRIAL),
    failed("OPS-03", "ErrorNoFreeBusyAccess", {"free-busy": only(USERS[2], says=refuses("ErrorNoFreeBusyAccess", 200))}, changes=TIMES, target=USERS[2]),
    failed("OPS-03", "NoError", {"open-calendar as delegate": only(USERS[2], says=FINE, others=NO_RIGHT)}, changes=TIMES, target=USERS[2]),
    failed("OPS-03", "NoError", {"list-events as delegate": only(USERS[2], says=FINE, others=NO_RIGHT)}, changes=TIMES, target=USERS[2]),
    failed("OPS-03", "details-told", {"free-busy-view": Says(details={"view": "Detailed"})}, changes=TIMES, target=USERS[2]),
    failed("SEC-02", "NoError", {"open-folder inbox": only(USERS[2], says=FINE, others=NO_RIGHT)}, changes=CALENDARS, target=USERS[2]),
    failed("SEC-02", "NoError", {"open-folder contacts": only(USERS[2], says=FINE, others=NO_RIGHT)}, changes=TIMES, target=USERS[2]),
    failed("SEC-02", "NoError", {"open-calendar": only(USERS[2], says=FINE, others=DENIED)}, changes=CALENDARS, target=USERS[2]),
    failed("SEC-02", "NoError", {"open-calendar": Says()}, changes=TIMES, target=TRIAL),
    failed("OPS-06", "ErrorAccessDenied", {"list-events as delegate": only(USERS[2], says=NO_RIGHT)}, changes=CALENDARS, target=USERS[2]),
    failed("OPS-01", "ErrorCreateItemAccessDenied", {"event-round-trip create": refuses("ErrorCreateItemAccessDenied", 200)}, changes=CALENDARS),
    failed("IMP-07", "ErrorNonPrimarySmtpAddress", {"open-calendar as delegate": only(TRIAL, says=refuses("ErrorNonPrimarySmtpAddress", 200))}, changes=CALENDARS),
    failed(
        "IMP-03", "not-a-member", {f"expand-group {GROUP}": Says(details={"members": list(USERS[1:])})}, target=TRIAL
    ),
    failed(
        "IMP-03",
        "ErrorNameResolutionNoResults",
        {f"expand-group {GROUP}": refuses("ErrorNameResolutionNoResults", 200)},
    ),
    failed("IMP-07", "own-address", changes={"email_to_impersonate": ACCOUNT.upper()}),
    failed(
        "IMP-07",
        "ErrorNonPrimarySmtpAddress",
        {"open-calendar": only(TRIAL, says=refuses("ErrorNonPrimarySmtpAddress", 200))},
    ),
    failed(
        "IMP-07", "ErrorNonExistentMailbox", {"open-calendar": only(TRIAL, says=refuses("ErrorNonExistentMailbox"))}
    ),
    failed("IMP-07", "ErrorNameResolutionNoResults", {"resolve-address": refuses("ErrorNameResolutionNoResults", 200), "open-calendar": only(TRIAL, says=DENIED)}),
    failed("IMP-07", "not-a-mailbox", {"resolve-address": Says(details={"mailbox_type": "PublicDL"})}),
    failed(
        "IMP-07", "not-the-primary-address", {"resolve-address": Says(details={"primary_smtp": "other@example.com"})}
    ),
    failed("IMP-06", "administrator", changes={"email_to_impersonate": ADMINISTRATOR}),
    failed(
        "IMP-06",
        "administrator",
        {f"expand-group {ADMINISTRATORS}": Says(details={"members": [TRIAL.upper()]})},
        target=TRIAL,
    ),
    failed(
        "OPS-01",
        "ErrorCreateItemAccessDenied",
        {"event-round-trip create": refuses("ErrorCreateItemAccessDenied", 200)},
    ),
    failed("OPS-01", "ErrorAccessDenied", {"event-round-trip delete": refuses("ErrorAccessDenied", 200)}, target=TRIAL),
    failed("OPS-01", "ErrorQuotaExceeded", {"event-round-trip create": refuses("ErrorQuotaExceeded", 200)}),
    failed("OPS-01", "still-there", {"event-round-trip find-gone": refuses("still-there", 200)}),
    failed(
        "OPS-06",
        "ErrorAccessDenied",
        {"list-events": only(USERS[2], says=refuses("ErrorAccessDenied", 200))},
        target=USERS[2],
    ),
    failed(
        "OPS-06", "ErrorNoFreeBusyAccess", {"free-busy": only(USERS[2], says=refuses("ErrorNoFreeBusyAccess", 200))}
    ),
    failed("OPS-04", "no-room-lists", {"room-lists": Says(details={"lists": []})}),
    failed("OPS-04", "no-rooms", {"rooms": Says(details={"rooms": []})}),
]

UNKNOWN = [
    unknown("NET-01", UnknownReason.UNREACHABLE, {"locate": silent("connection-refused"), "tls": silent("connection-refused")}, changes=URL_GIVEN),
    unknown("NET-01", UnknownReason.THROTTLED, {"locate": refuses(None, 503)}, changes=URL_GIVEN),
    unknown("NET-01", UnknownReason.BLOCKED, {"locate": silent("certificate-expired"), "tls": silent("certificate-expired")}, changes=URL_GIVEN),
    unknown("NET-02", UnknownReason.UNREACHABLE, {"locate": silent("connection-refused")}),
    unknown("NET-02", UnknownReason.TIMED_OUT, {"locate": silent("timed-out")}),
    unknown("NET-02", UnknownReason.TIMED_OUT, {"locate": silent("name-timed-out")}),
    unknown("NET-02", UnknownReason.BLOCKED, {"locate": REFUSED}),
    unknown("NET-03", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}),
    unknown("NET-04", UnknownReason.NO_EVIDENCE, changes={"vendor_addresses": None, "firewall_export": None}),
    unknown("NET-04", UnknownReason.NO_EVIDENCE, changes={"firewall_export": None}),
    unknown("NET-04", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}, changes={"firewall_export": None}),
    unknown("SVC-04", UnknownReason.THROTTLED, {"sign-in": BUSY}),
    unknown("SVC-04", UnknownReason.UNEXPECTED_REFUSAL, {"sign-in": refuses(None, 403)}),
    unknown("SVC-04", UnknownReason.BLOCKED, {"offered-authentication": refuses(None, 401, details={"schemes": []})}),
    unknown("SVC-04", UnknownReason.BLOCKED, {"sign-in": refuses(None, 456)}),
    unknown("SVC-05", UnknownReason.THROTTLED, {"offered-authentication": refuses(None, 503)}),
    unknown("SVC-05", UnknownReason.BLOCKED, {"tls": silent("certificate-expired")}),
    unknown("SVC-08", UnknownReason.BLOCKED, {"sign-in": refuses("ErrorPasswordExpired", 200)}),
    unknown("SVC-08", UnknownReason.TIMED_OUT, {"sign-in": silent("timed-out")}),
    unknown("SVC-01", UnknownReason.BLOCKED, {"sign-in": REFUSED}),
    unknown("SVC-01", UnknownReason.UNREACHABLE, {"open-own-calendar": refuses("ErrorMailboxMoveInProgress", 200)}),
    unknown("SVC-01", UnknownReason.UNEXPECTED_REFUSAL, {"open-own-calendar": refuses("ErrorAccessDenied", 200)}),
    unknown("IMP-01", UnknownReason.THROTTLED, {"open-calendar": BUSY}),
    unknown("IMP-01", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": refuses("ErrorInternalServerError")}),
    unknown("IMP-01", UnknownReason.UNREACHABLE, {"open-calendar": only(USERS[3], says=silent("connection-reset"), others=DENIED)}),
    unknown("IMP-02", UnknownReason.BLOCKED, {"open-calendar": DENIED}),
    unknown("IMP-02", UnknownReason.UNREACHABLE, {"open-calendar": only(USERS[3], says=refuses("ErrorMailboxFailover", 200))}, target=USERS[3]),
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, {"find-names": NOBODY}, changes=DRAWN, target="outsiders"),
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, {"find-names": PART}, changes=DRAWN, target="outsiders"),
    unknown("IMP-03", UnknownReason.BLOCKED, {"find-names": NO_MAILBOX}, changes=DRAWN, target="outsiders"),
    unknown("IMP-03", UnknownReason.THROTTLED, {"find-names": BUSY}, changes=DRAWN, target="outsiders"),
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, {f"expand-group {GROUP}": Says(details={"complete": False})}, changes=DRAWN, target="outsiders"),
    unknown("IMP-03", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": only(*STRANGERS, says=refuses("ErrorNonExistentMailbox"))}, changes=DRAWN),
    unknown("OPS-02", UnknownReason.THROTTLED, {"open-calendar as delegate": BUSY}, changes=CALENDARS, target=USERS[2]),
    unknown("OPS-02", UnknownReason.BLOCKED, {"sign-in": REFUSED}, changes=CALENDARS),
    unknown("OPS-02", UnknownReason.NO_EVIDENCE, {"event-rights": rights(events=0)}, changes=CALENDARS, target=USERS[2]),
    unknown("OPS-02", UnknownReason.NO_EVIDENCE, {"open-calendar as delegate": Says(details={"read": None})}, changes=CALENDARS),
    unknown("OPS-02", UnknownReason.TIMED_OUT, {"event-rights": only(USERS[1], says=silent("timed-out"))}, changes=CALENDARS, target=USERS[1]),
    unknown("OPS-03", UnknownReason.THROTTLED, {"free-busy": only(USERS[1], says=BUSY)}, changes=TIMES, target=USERS[1]),
    unknown("OPS-03", UnknownReason.UNEXPECTED_REFUSAL, {"list-events as delegate": refuses("ErrorInternalServerError")}, changes=TIMES),
    unknown("OPS-03", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar as delegate": refuses("ErrorNonExistentMailbox")}, changes=TIMES),
    unknown("OPS-03", UnknownReason.UNEXPECTED_REFUSAL, {"free-busy-view": Says(details={"view": "None"})}, changes=TIMES),
    unknown("OPS-03", UnknownReason.UNREACHABLE, {"free-busy-view": refuses(None, 502)}, changes=TIMES),
    unknown("SEC-02", UnknownReason.UNEXPECTED_REFUSAL, {"open-folder inbox": refuses("ErrorNonExistentMailbox")}, changes=CALENDARS),
    unknown("SEC-02", UnknownReason.UNEXPECTED_REFUSAL, {"open-folder inbox": NO_FOLDER, "free-busy": refuses("ErrorMailRecipientNotFound", 200)}, changes=CALENDARS),
    unknown("SEC-02", UnknownReason.TIMED_OUT, {"open-calendar": silent("timed-out")}, changes=TIMES),
    unknown("SEC-02", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": only(USERS[4], says=refuses("ErrorNonExistentMailbox"), others=DENIED)}, changes=TIMES, target=USERS[4]),
    unknown("OPS-06", UnknownReason.BLOCKED, {"open-calendar as delegate": only(USERS[5], says=NO_RIGHT)}, changes=CALENDARS, target=USERS[5]),
    unknown("OPS-06", UnknownReason.BLOCKED, {"open-calendar as delegate": NO_RIGHT}, changes=CALENDARS, target=TRIAL),
    unknown("OPS-01", UnknownReason.BLOCKED, {"open-calendar as delegate": only(TRIAL, says=NO_RIGHT)}, changes=CALENDARS),
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, changes={"limit": LimitSettings(GROUP, (USERS[1],))}),
    unknown("IMP-03", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": only(OUTSIDER, says=refuses("ErrorNonExistentMailbox"))}, target=OUTSIDER),
    unknown("IMP-03", UnknownReason.UNEXPECTED_REFUSAL, {"open-calendar": only(OUTSIDER, says=refuses(None, 403))}),
    unknown("IMP-03", UnknownReason.TIMED_OUT, {"open-calendar": only(OUTSIDER, says=silent("timed-out"))}),
    unknown("IMP-03", UnknownReason.BLOCKED, {f"expand-group {GROUP}": NO_MAILBOX}, target=GROUP),
    unknown("IMP-03", UnknownReason.NO_EVIDENCE, {f"expand-group {GROUP}": Says(details={"members": list(USERS[1:]), "complete": False})}),
    unknown("IMP-07", UnknownReason.BLOCKED, {"resolve-address": NO_MAILBOX}),
    unknown("IMP-07", UnknownReason.THROTTLED, {"resolve-address": BUSY}),
    unknown("IMP-06", UnknownReason.NO_EVIDENCE, changes={"trial": TrialSettings()}),
    unknown("IMP-06", UnknownReason.BLOCKED, {f"expand-group {ADMINISTRATORS}": NO_MAILBOX}),
    unknown("IMP-06", UnknownReason.UNEXPECTED_REFUSAL, {f"expand-group {ADMINISTRATORS}": refuses("ErrorNameResolutionNoResults", 200)}),
    unknown("IMP-06", UnknownReason.NO_EVIDENCE, {f"expand-group {ADMINISTRATORS}": Says(details={"complete": False})}),
    unknown("OPS-01", UnknownReason.BLOCKED, {"open-calendar": only(TRIAL, says=DENIED)}),
    unknown("OPS-01", UnknownReason.THROTTLED, {"event-round-trip update": BUSY}),
    unknown("OPS-01", UnknownReason.BLOCKED, {"event-round-trip create": silent("journal-unwritable")}),
    unknown("OPS-06", UnknownReason.BLOCKED, {"open-calendar": only(USERS[5], says=DENIED)}, target=USERS[5]),
    unknown("OPS-06", UnknownReason.UNREACHABLE, {"list-events": only(USERS[5], says=refuses(None, 502))}),
    unknown("OPS-04", UnknownReason.BLOCKED, {"room-lists": NO_MAILBOX}),
    unknown("OPS-04", UnknownReason.BLOCKED, {"sign-in": REFUSED}),
    unknown("SEC-01", UnknownReason.UNREACHABLE, {"tls": silent("connection-refused")}),
]

# fmt: on
NOT_APPLICABLE = [
    not_applicable("NET-01"),
    not_applicable("NET-02", exchange_server_url=URL),
    not_applicable("SVC-08", service_account_username="EXAMPLE\\svc"),
    not_applicable("IMP-03", limit=None),
    *(not_applicable(one, access=level) for one in ("IMP-01", "IMP-02", "IMP-03") for level in LESS),
    not_applicable("OPS-01", access=AccessLevel.FREE_BUSY),
    not_applicable("OPS-06", access=AccessLevel.FREE_BUSY),
    *(not_applicable("OPS-02", access=level) for level in (AccessLevel.FULL, AccessLevel.FREE_BUSY)),
    *(not_applicable("OPS-03", access=level) for level in (AccessLevel.FULL, AccessLevel.CALENDAR_ONLY)),
    not_applicable("SEC-02", access=AccessLevel.FULL),
    not_applicable("OPS-04", rooms_wanted=False),
]
