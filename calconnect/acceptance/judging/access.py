"""Judges access that was agreed to be less than full: enough of it (OPS-02, OPS-03), and no more (SEC-02).

Sources: the levels of access, https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-exchange/; what a
permission holds, https://learn.microsoft.com/powershell/module/exchange/add-mailboxfolderpermission.
"""

from __future__ import annotations

from collections.abc import Mapping

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.impersonation import look_up
from calconnect.acceptance.judging.probes import failed, must_be_refused, must_pass, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote
from calconnect.settings.model import AccessLevel

OTHER_FOLDERS = {"inbox": "Inbox", "contacts": "Contacts"}
"""The folders that must stay closed: distinguished name, and the name that it has in English."""

AGREED = {
    AccessLevel.FULL: "Full access",
    AccessLevel.CALENDAR_ONLY: "Access to calendars only",
    AccessLevel.FREE_BUSY: "Access to free/busy times only",
}
NO_EVENTS_WRITTEN = (
    "Access to free/busy times only was agreed (access.level): no event is written, and invitations go by e-mail."
)
NO_EVENTS_READ = (
    "Access to free/busy times only was agreed (access.level): events are not read. OPS-03 looks at the busy times."
)

NOT_EDITOR = "not-editor"
DETAILS_TOLD = "details-told"

_TIMES_ALONE = frozenset({"FreeBusy", "FreeBusyMerged", "MergedOnly"})
_DETAILED = frozenset({"Detailed", "DetailedMerged"})
"""Kinds of view. Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/freebusyviewtype"""


# --- enough: calendars only ------------------------------------------------------------------------------------------


def no_impersonation(level: AccessLevel) -> str:
    """Say why impersonation is not looked for."""
    instead = "OPS-02" if level is AccessLevel.CALENDAR_ONLY else "OPS-03"
    return (
        f"{AGREED[level]} was agreed (access.level), by permissions on folders, so nobody is to be impersonated:"
        f" {instead} looks at the permissions, and SEC-02 at whether impersonation is refused."
    )


def another_level(level: AccessLevel) -> str:
    """Say that another level of access was agreed than the requirement is about."""
    return f"{AGREED[level]} was agreed (access.level)."


def reaches(account: str, answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge whether the service account reaches any calendar by a permission; one that opens is enough."""
    for mailbox, answer in answers.items():
        if isinstance(answer, Observation) and answer.ok:
            sentence = f"It opened the calendar of {mailbox} as itself."
            return [passed(account, sentence, answer, code=codes.said(answer))]
    findings = _opened_each(account, answers)
    return [next((one for one in findings if one.reason is not None), findings[0])]


def trial_opens(account: str, trial: str, answer: Answer) -> tuple[list[Finding], str]:
    """Judge whether the calendar of the trial opens by a permission, and name the requirement that decides it."""
    findings = _opened_each(account, {trial: answer})
    return findings, "IMP-07" if findings[0].code in codes.NOT_A_PRIMARY_ADDRESS else "OPS-02"


def calendars_writable(account: str, answers: Mapping[str, Answer], unlisted: str = "") -> list[Finding]:
    """Judge that every calendar opens by a permission that lets events be read and created (OPS-02).

    Args:
        account: the service account's address.
        answers: by mailbox, what came of opening its calendar as the service account itself.
        unlisted: the mailbox of the trial, if it is not a listed one. That its address is no good is then for IMP-07.
    """
    findings = []
    for finding, (mailbox, answer) in zip(_opened_each(account, answers), answers.items(), strict=True):
        if finding.target == unlisted and finding.code in codes.NOT_A_PRIMARY_ADDRESS:
            continue
        if isinstance(answer, Observation) and answer.ok:
            findings.append(_folder_rights(account, mailbox, answer))
        else:
            findings.append(finding)
    return findings


def events_changeable(account: str, opened: Mapping[str, Answer], looked_at: Mapping[str, Answer]) -> list[Finding]:
    """Judge that the events in every calendar that opened may be changed and deleted, whoever made them (OPS-02).

    Args:
        account: the service account's address.
        opened: by mailbox, what came of opening its calendar.
        looked_at: by mailbox, the rights in a few of its events. A calendar without any shows nothing.
    """
    findings = []
    for mailbox in opened:
        if mailbox not in looked_at:
            continue
        answer = looked_at[mailbox]
        finding = must_pass(
            mailbox,
            answer,
            done="Its events may be changed and deleted.",
            refused="Its events could not be looked at",
            remediation=dict.fromkeys(codes.FOLDER_CLOSED, _editor(account, mailbox)),
        )
        if isinstance(answer, Observation) and answer.ok:
            finding = _event_rights(account, mailbox, answer)
        findings.append(finding)
    return findings


# --- enough, and no more: free/busy times alone ----------------------------------------------------------------------


def busy_times_read(account: str, answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge that the busy times of every mailbox can be read (OPS-03)."""
    return [
        must_pass(
            mailbox,
            answer,
            done="Its busy times were read.",
            refused="Its busy times could not be read",
            blocking=dict.fromkeys(codes.NO_OWN_MAILBOX, "SVC-01"),
            remediation={"ErrorNoFreeBusyAccess": _permit(account, mailbox, "AvailabilityOnly")},
        )
        for mailbox, answer in answers.items()
    ]


def events_closed(
    account: str, opened: Mapping[str, Answer], listed: Mapping[str, Answer], read: Mapping[str, Answer]
) -> list[Finding]:
    """Judge that calendars neither open nor list their events, where only busy times were agreed (OPS-03).

    Args:
        account: the service account's address.
        opened: by mailbox, what came of opening its calendar as the service account itself.
        listed: by mailbox, what came of listing its events.
        read: by mailbox, what came of reading its busy times.
    """
    findings = []
    for mailbox, answer in opened.items():
        remedy = _permit(account, mailbox, "AvailabilityOnly", again=True)
        closed = _closed(mailbox, answer, read.get(mailbox), "Its calendar", remedy)
        findings += [closed, _closed(mailbox, listed[mailbox], read.get(mailbox), "The list of its events", remedy)]
    return findings


def times_alone(account: str, views: Mapping[str, Answer]) -> list[Finding]:
    """Judge that a free/busy view tells times and no details, even when these are asked for (OPS-03)."""
    findings = []
    for mailbox, answer in views.items():
        if isinstance(answer, NotAsked):
            findings.append(not_asked(mailbox, answer))
            continue
        code, view = codes.said(answer), str(answer.details.get("view") or "")
        if not answer.ok or view not in _TIMES_ALONE | _DETAILED:
            reason = codes.proves_nothing(answer) or UnknownReason.UNEXPECTED_REFUSAL
            sentence = "How much its free/busy view tells was not to be seen."
            sentence += f" The view is {view or 'not named'}." if answer.ok else f" {codes.because(answer)}"
            findings.append(unknown(mailbox, sentence, reason, answer, code=code))
        elif view in _DETAILED:
            sentence = "Its free/busy view tells subjects and places, and not times alone."
            remedy = _permit(account, mailbox, "AvailabilityOnly", again=True)
            findings.append(failed(mailbox, sentence, answer, code=DETAILS_TOLD, remediation=remedy))
        else:
            findings.append(passed(mailbox, "Its free/busy view tells times alone.", answer, code=code))
    return findings


# --- no more: other folders, and impersonation -----------------------------------------------------------------------


def folder_closed(folder: str, answers: Mapping[str, Answer], alive: Mapping[str, Answer]) -> list[Finding]:
    """Judge that another mail folder is closed to the service account (SEC-02).

    Args:
        folder: its distinguished name, one of :data:`OTHER_FOLDERS`.
        answers: by mailbox, what came of opening it as the service account itself.
        alive: by mailbox, what came of reading its busy times: told or withheld, the mailbox is there and answers.
    """
    what = f"Its folder {OTHER_FOLDERS[folder]}"
    return [_closed(mailbox, answer, alive.get(mailbox), what) for mailbox, answer in answers.items()]


def impersonation_refused(answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge that nobody can be impersonated, where less than full access was agreed (SEC-02)."""
    return [
        must_be_refused(
            mailbox,
            answer,
            expected=codes.IMPERSONATE_USER_DENIED,
            refused=f"To act as its user was refused with {codes.IMPERSONATE_USER_DENIED}, as it should be.",
            admitted="Its user can be impersonated, which reaches the whole mailbox.",
        )
        for mailbox, answer in answers.items()
    ]


def _closed(mailbox: str, answer: Answer, alive: Answer | None, what: str, remedy: str = "") -> Finding:
    """Judge that something in a mailbox is closed to the service account.

    Without a right to a folder, Exchange answers that access is denied or that there is no such folder. The latter
    proves something only of a mailbox that is known to answer: default folders are there in every working one.
    """
    code = codes.said(answer) if isinstance(answer, Observation) else ""
    if isinstance(answer, Observation) and code in codes.FOLDER_NOT_SHOWN and not _answers(alive):
        sentence = (
            f"{what} is said not to be there ({code}). That shows a refusal only of a mailbox that answers, and this"
            " one did not answer when it was asked for its busy times."
        )
        return unknown(mailbox, sentence, UnknownReason.UNEXPECTED_REFUSAL, answer, code=code)
    return must_be_refused(
        mailbox,
        answer,
        expected=codes.FOLDER_CLOSED,
        refused=f"{what} was refused with {code}, as it should be.",
        admitted=f"{what} opened, which is more than was agreed.",
        remediation=remedy,
    )


def _answers(alive: Answer | None) -> bool:
    """Say whether a mailbox has shown that it is there: it did what was asked, or withheld it for want of a right."""
    return isinstance(alive, Observation) and (alive.ok or codes.kind(alive) is Kind.REFUSAL_OF_RIGHTS)


def _opened_each(account: str, answers: Mapping[str, Answer]) -> list[Finding]:
    return [
        must_pass(
            mailbox,
            answer,
            done="Its calendar opened by a permission on the folder.",
            refused="Its calendar did not open by a permission on the folder",
            remediation={
                **dict.fromkeys(codes.FOLDER_CLOSED, _editor(account, mailbox)),
                **dict.fromkeys(codes.NOT_A_PRIMARY_ADDRESS, look_up(mailbox)),
            },
        )
        for mailbox, answer in answers.items()
    ]


def _folder_rights(account: str, mailbox: str, opened: Observation) -> Finding:
    may = {what: opened.details.get(what) for what in ("read", "create")}
    if None in may.values():
        sentence = "Its calendar opened, but the server did not say what may be done in it."
        return unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, opened)
    missing = [what for what, allowed in may.items() if not allowed]
    if missing:
        sentence = f"Its calendar opened, but the permission does not let events be {_listed(missing)}."
        remedy = _editor(account, mailbox, again=True)
        return failed(mailbox, sentence, opened, code=NOT_EDITOR, remediation=remedy)
    private = "" if opened.details.get("view_private") else " Private events may stay hidden from it."
    sentence = f"Its calendar opened by a permission that lets events be read and created.{private}"
    return passed(mailbox, sentence, opened, code=codes.said(opened))


def _event_rights(account: str, mailbox: str, looked_at: Observation) -> Finding:
    events, changeable, deletable = (_count(looked_at, key) for key in ("events", "changeable", "deletable"))
    if not events:
        sentence = "It holds no event by which it could be seen whether those of others may be changed and deleted."
        return unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, looked_at)
    missing = [what for what, count in (("change", changeable), ("delete", deletable)) if count < events]
    if not missing:
        sentence = "Its events may be changed and deleted, as far as they were looked at."
        return passed(mailbox, sentence, looked_at, code=codes.said(looked_at))
    what = "events" if events > 1 else "event"
    sentence = f"The permission does not let all events be {_listed(missing)}; {events} {what} looked at."
    remedy = _editor(account, mailbox, again=True)
    return failed(mailbox, sentence, looked_at, code=NOT_EDITOR, remediation=remedy)


_DONE_TO = {"read": "read", "create": "created", "change": "changed", "delete": "deleted"}


def _listed(verbs: list[str]) -> str:
    return " or ".join(_DONE_TO[verb] for verb in verbs)


def _editor(account: str, mailbox: str, *, again: bool = False) -> str:
    flags = " -SharingPermissionFlags Delegate,CanViewPrivateItems"
    return _permit(account, mailbox, "Editor", again=again) + flags


def _permit(account: str, mailbox: str, level: str, *, again: bool = False) -> str:
    verb = "Set" if again else "Add"
    folder = f"({quote(mailbox)} + ':\\Calendar')"
    return f"{verb}-MailboxFolderPermission -Identity {folder} -User {quote(account)} -AccessRights {level}"


def _count(observation: Observation, key: str) -> int:
    value = observation.details.get(key)
    return value if isinstance(value, int) else 0
