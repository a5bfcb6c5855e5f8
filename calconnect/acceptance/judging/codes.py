"""What the codes of an observation prove. What they mean stands in ``evidence/codes.toml``."""

from __future__ import annotations

from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Mode, Observation, Outcome

IMPERSONATE_USER_DENIED = "ErrorImpersonateUserDenied"
IMPERSONATION_DENIED = frozenset({IMPERSONATE_USER_DENIED, "ErrorImpersonationDenied"})
"""The right to impersonate is missing; the second code is Exchange 2007's."""

NO_OWN_MAILBOX = frozenset({"ErrorMissingEmailAddress", "ErrorNameResolutionNoMailbox"})
"""The caller has no mailbox, and asked for something that needs one."""

NOT_A_PRIMARY_ADDRESS = frozenset(
    {
        "ErrorNonExistentMailbox",
        "ErrorNonPrimarySmtpAddress",
        "ErrorInvalidUserPrincipalName",
        "ErrorInvalidSmtpAddress",
        "ErrorNameResolutionNoResults",
    }
)
"""The address that was asked about is not the primary one of a mailbox on this server."""

FOLDER_NOT_SHOWN = frozenset({"ErrorItemNotFound", "ErrorFolderNotFound"})
"""A folder is not there, or is not shown to somebody without a right to it. Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-delegation-related-errors-in-ews-in-exchange"""

FOLDER_CLOSED = FOLDER_NOT_SHOWN | {"ErrorAccessDenied"}
"""What Exchange answers to somebody without a right to a folder; the last is what a calendar answers whose permission
shows times alone. Source: https://github.com/gautamsi/ews-javascript-api/issues/279 and
https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode"""

_THROTTLED = frozenset(
    {
        "ErrorServerBusy",
        "ErrorExceededConnectionCount",
        "ErrorExceededSubscriptionCount",
        "ErrorExceededFindCountLimit",
        "ErrorTooManyObjectsOpened",
        "ApplicationThrottled",
        "TooManyRequests",
        "HTTP 429",
        "HTTP 503",
    }
)
_TIMED_OUT = frozenset({"ErrorTimeoutExpired", "timed-out", "name-timed-out", "HTTP 504"})

_PROVING = frozenset(
    {
        Kind.REFUSAL_OF_RIGHTS,
        Kind.MISSING_MAILBOX,
        Kind.WRONG_ADDRESS,
        Kind.NOT_FOUND,
        Kind.AMBIGUOUS,
        Kind.POLICY,
        Kind.REFUSAL_OF_IDENTITY,
    }
)
_PROVING_CODES = frozenset(
    {
        "ErrorMailboxConfiguration",
        "ErrorQuotaExceeded",
        "change-not-kept",
        "mark-not-kept",
        "still-there",
        "not-in-changes",
    }
)
"""Faults that are not going to pass: the mailbox's own, or promises that the server did not keep."""

_NOT_ASKED_FOR_WANT_OF_EVIDENCE = frozenset({"invalid-address", "too-deep", "not-recorded"})


def said(observation: Observation) -> str:
    """Return the code that an observation comes down to.

    That is the code as the server sent it (``ErrorAccessDenied``, ``NoError``), else ``HTTP 401``, else calconnect's
    own word (``timed-out``); empty if there is none.
    """
    code, status = observation.code or "", observation.http_status
    if code[:1].isupper() or status in (None, 200) or observation.outcome is Outcome.NO_ANSWER:
        return code
    return f"HTTP {status}"


def because(observation: Observation) -> str:
    """Return the code and what it means: ``ErrorAccessDenied: The account has no right to …``."""
    code = said(observation)
    sentence = observation.reason or meaning(observation.code, observation.http_status).sentence
    return f"{code}: {sentence}" if code else sentence


def kind(observation: Observation) -> Kind:
    """Return what sort of answer it is."""
    return meaning(observation.code, observation.http_status).kind


def proves_nothing(observation: Observation) -> UnknownReason | None:
    """Return why an observation proves neither that something may be done nor that it may not; None if it does prove.

    A success and a refusal that is known for what it is prove something. The rest is network, load, faults, or a
    refusal by something else than what was asked.
    """
    if observation.ok:
        return None
    sort, code = kind(observation), said(observation)
    if sort is Kind.TRANSIENT or code in _THROTTLED | _TIMED_OUT:
        if code in _THROTTLED:
            return UnknownReason.THROTTLED
        return UnknownReason.TIMED_OUT if code in _TIMED_OUT else UnknownReason.UNREACHABLE
    if sort is Kind.NOT_ASKED:
        wanting = observation.code in _NOT_ASKED_FOR_WANT_OF_EVIDENCE
        return UnknownReason.NO_EVIDENCE if wanting else UnknownReason.BLOCKED
    if sort is Kind.NOT_TRUSTED:
        return UnknownReason.BLOCKED
    if sort is Kind.NOT_ANSWER:
        return UnknownReason.UNREACHABLE
    if observation.code in _PROVING_CODES:
        return None
    sent_by_ews = code[:1].isupper() and not code.startswith("HTTP")
    if sort in _PROVING and (sent_by_ews or observation.code == "ews-policy"):
        return None
    if observation.outcome is Outcome.NO_ANSWER and sort is Kind.UNLISTED:
        return UnknownReason.UNREACHABLE
    return UnknownReason.UNEXPECTED_REFUSAL


def unseen(observation: Observation) -> UnknownReason:
    """Return why a look into the directory that failed leaves open what was looked for.

    A refusal for want of rights says nothing about what is there: the account may not look. It must not be taken for
    the absence of what was looked for.
    """
    reason = proves_nothing(observation)
    if reason is None and kind(observation) is Kind.REFUSAL_OF_RIGHTS:
        return UnknownReason.NOT_PERMITTED
    return reason or UnknownReason.UNEXPECTED_REFUSAL


def not_trusted(observation: Observation) -> bool:
    """Say whether a server was there, but TLS with it could not be made as it must be."""
    return not observation.ok and (kind(observation) is Kind.NOT_TRUSTED or observation.code == "not-tls")


def credentials_refused(observation: Observation) -> bool:
    """Say whether the service account's credentials were sent and refused."""
    if observation.ok:
        return False
    signed = observation.mode in (Mode.SERVICE_ACCOUNT, Mode.IMPERSONATED, Mode.DELEGATE)
    return observation.code == "credentials-refused" or (signed and observation.http_status == 401)
