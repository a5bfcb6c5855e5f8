"""Judges that EWS is on for everybody concerned (EWS-01), and that each mailbox is on this server (LOC-01)."""

from __future__ import annotations

from collections.abc import Mapping

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export, undecided
from calconnect.acceptance.judging.probes import blocked, failed, ids, passed, unknown
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason
from calconnect.evidence.bundle.model import AccountRecord, OrganizationRecord, UserRecord
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key

EWS_OFF = "EwsEnabled"
"""The flag by whose name the exports say that EWS is off."""
NOT_HERE = "ErrorNonExistentMailbox"
_SIGN_IN = "SVC-04"

LOCAL_TYPES = frozenset(
    {
        *("UserMailbox", "LinkedMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox", "LegacyMailbox"),
        *("DiscoveryMailbox", "TeamMailbox"),
    }
)
"""RecipientTypeDetails of mailboxes on the servers of this organisation. Source:
https://learn.microsoft.com/powershell/module/exchange/get-recipient"""
_ELSEWHERE_TYPES = frozenset({"MailUser", "GuestMailUser"})


def user_records(users: Export[tuple[UserRecord, ...]]) -> dict[str, UserRecord]:
    """Return the exported users by their addresses, as these are compared."""
    return {address_key(record.primary_address): record for record in users.says or ()}


def ews_answers_account(
    account: str, signed_in: Answer, own: Export[AccountRecord], organization: Export[OrganizationRecord]
) -> list[Finding]:
    """Judge that EWS is on for the organisation and the service account (EWS-01).

    Args:
        account: the service account's address.
        signed_in: what came of signing in; EWS answers nothing to an account that it is switched off for.
        own: the export of the service account's flag.
        organization: the export of the organisation's flag.
    """
    if isinstance(signed_in, Observation) and signed_in.ok:
        return [passed(account, "EWS answered the service account.", signed_in, code=codes.said(signed_in))]
    flag = own.says.ews_enabled if own.says is not None else None
    return [_by_flag(account, signed_in, own, flag, organization, by=_SIGN_IN)]


def ews_answers_mailboxes(
    answers: Mapping[str, Answer],
    users: Export[tuple[UserRecord, ...]],
    organization: Export[OrganizationRecord],
    by: str = "IMP-02",
) -> list[Finding]:
    """Judge that EWS is on for each mailbox (EWS-01): one finding for each that is on this server.

    A calendar that opens by impersonation does not contradict an export by which EWS is off for the mailbox: the
    owner's setting need not count for an account that acts as them. So the export decides about the setting. Source:
    https://learn.microsoft.com/exchange/client-developer/exchange-web-services/controlling-client-application-access-to-ews-in-exchange

    Args:
        answers: by mailbox, what came of opening its calendar.
        users: the export of the users' flags.
        organization: the export of the organisation's flag.
        by: id of the requirement that tells whether calendars open.
    """
    records = user_records(users)
    findings = []
    for mailbox, answer in answers.items():
        record = records.get(address_key(mailbox))
        if isinstance(answer, Observation) and answer.ok:
            findings.append(_opened(mailbox, answer, record, users))
            continue
        if isinstance(answer, Observation) and codes.said(answer) in codes.NOT_A_PRIMARY_ADDRESS:
            continue
        flag = record.ews_enabled if record is not None else None
        # Where the export has no row for it, the export says nothing of it.
        known: Export[tuple[UserRecord, ...]] = users if record is not None else Export(users.read)
        findings.append(_by_flag(mailbox, answer, known, flag, organization, by=by))
    return findings


def ews_compared(
    account: str, signed_in: Answer, own: Export[AccountRecord], organization: Export[OrganizationRecord]
) -> list[Disagreement]:
    """Return whether EWS answered the service account although the exports say that it is off for it.

    The arguments are those of :func:`ews_answers_account`.
    """
    flag = own.says.ews_enabled if own.says is not None else None
    if not (isinstance(signed_in, Observation) and signed_in.ok) or _is_on(flag, organization) is not False:
        return []
    export = own if flag is False else organization
    sentence = (
        f"EWS answered it, although by {export.dated} EWS is off. It was switched on since, or the setting has not"
        " reached this server yet."
    )
    return [Disagreement(account, "answered", "EwsEnabled is False", sentence, ids((signed_in, *export.seen)))]


def on_this_server(
    answers: Mapping[str, Answer],
    users: Export[tuple[UserRecord, ...]],
    resolved: Mapping[str, Answer],
    by: str = "IMP-02",
    *,
    opened: bool = True,
) -> list[Finding]:
    """Judge LOC-01: one finding for each mailbox.

    An address that leads to no mailbox at all has none that could be on the wrong server, and gets no finding here:
    that it is listed is for IMP-02 to say.

    Args:
        answers: by mailbox, what came of opening its calendar.
        users: the export of the users, for what kind of recipient each is.
        resolved: by mailbox, what came of looking its address up, for those that the server has no mailbox for.
        by: id of the requirement that tells whether calendars open.
        opened: whether calendars were opened. If only busy times were read, these do not contradict an export by which
            a mailbox is elsewhere: in a hybrid organisation the server fetches such times from the other half. Source:
            https://learn.microsoft.com/exchange/exchange-hybrid
    """
    records = user_records(users)
    found = [
        _located(mailbox, answer, records.get(address_key(mailbox)), users, resolved.get(mailbox), by=by, opened=opened)
        for mailbox, answer in answers.items()
    ]
    return [finding for finding in found if finding is not None]


def to_be_looked_up(answers: Mapping[str, Answer], users: Export[tuple[UserRecord, ...]]) -> list[str]:
    """Return the mailboxes that the server does not have, and of which no export says where they are."""
    records = user_records(users)
    return [mailbox for mailbox, answer in answers.items() if _not_here(answer) and address_key(mailbox) not in records]


def location_compared(
    answers: Mapping[str, Answer], users: Export[tuple[UserRecord, ...]], *, opened: bool = True
) -> list[Disagreement]:
    """Return where the export says otherwise about where a mailbox is than what came of opening it.

    The arguments are those of :func:`on_this_server`.
    """
    found, records = [], user_records(users)
    for mailbox, answer in answers.items():
        record = records.get(address_key(mailbox))
        if record is None or not isinstance(answer, Observation):
            continue
        kind = record.recipient_type
        if answer.ok and opened and is_elsewhere(kind):
            sentence = f"It opened here, although by {users.dated} it is a {kind}. It was moved since."
            live = "opened"
        elif _not_here(answer) and kind in LOCAL_TYPES:
            sentence = (
                f"The server has no mailbox for it, although by {users.dated} it is a {kind}. It was moved or deleted"
                " since, or this is another organisation's server."
            )
            live = f"refused ({codes.said(answer)})"
        else:
            continue
        found.append(Disagreement(mailbox, live, kind, sentence, ids((answer, *users.seen))))
    return found


def own_mailbox_compared(account: str, opened: Answer, own: Export[AccountRecord]) -> list[Disagreement]:
    """Return whether the export says otherwise about the service account's own mailbox than what was seen (SVC-01).

    Args:
        account: its address.
        opened: what came of opening its own calendar.
        own: the export of its mailbox.
    """
    kind = own.says.recipient_type if own.says is not None else ""
    if not kind or not isinstance(opened, Observation):
        return []
    refused = codes.said(opened) in codes.NO_OWN_MAILBOX | {NOT_HERE}
    if opened.ok and kind not in LOCAL_TYPES:
        live, sentence = (
            "opened",
            f"Its own calendar opened, although by {own.dated} it is a {kind}. It was moved since.",
        )
    elif refused and kind in LOCAL_TYPES:
        live = f"refused ({codes.said(opened)})"
        sentence = (
            f"It has no mailbox that this server opens, although by {own.dated} it is a {kind}. It was moved or deleted"
            " since, or this is another organisation's server."
        )
    else:
        return []
    return [Disagreement(account, live, kind, sentence, ids((opened, *own.seen)))]


def is_elsewhere(kind: str) -> bool:
    """Say whether a RecipientTypeDetails stands for somebody whose mailbox is in the cloud or another organisation."""
    return kind.startswith("Remote") or kind in _ELSEWHERE_TYPES


def _opened(
    mailbox: str, answer: Observation, record: UserRecord | None, users: Export[tuple[UserRecord, ...]]
) -> Finding:
    if record is not None and record.ews_enabled is False:
        sentence = (
            f"EWS answered for it, and by {users.dated} EWS is off for the mailbox (EwsEnabled): whether that holds"
            " back an account that acts as its owner is not promised."
        )
        return failed(mailbox, sentence, answer, *users.seen, code=EWS_OFF)
    return passed(mailbox, "EWS answered for it.", answer, code=codes.said(answer))


def _by_flag(
    target: str,
    live: Answer,
    own: Export[AccountRecord] | Export[tuple[UserRecord, ...]],
    flag: bool | None,
    organization: Export[OrganizationRecord],
    *,
    by: str,
) -> Finding:
    """Judge by the flags what did not answer, unless the answer itself says that EWS is off."""
    seen = (*((live,) if isinstance(live, Observation) else ()), *own.seen, *organization.seen)
    forbidden = isinstance(live, Observation) and live.http_status == 403
    if isinstance(live, Observation) and live.code == "ews-policy":
        return failed(target, f"EWS is switched off for it. {codes.because(live)}", live, code=codes.said(live))
    on = _is_on(flag, organization) if own.says is not None else None
    if on is False:
        said = f" {codes.because(live)}" if forbidden and isinstance(live, Observation) else ""
        return failed(target, f"By {own.dated} EWS is off for it (EwsEnabled).{said}", *seen, code=EWS_OFF)
    if forbidden:
        assert isinstance(live, Observation)
        told = f"By {own.dated} EWS is on for it." if on else ""
        sentence = f"EWS refused it without saying why. {codes.because(live)} {told}".strip()
        if not on and isinstance(own.read, NotAsked):
            sentence = f"{sentence} {own.read.sentence}"
        return unknown(target, sentence, UnknownReason.UNEXPECTED_REFUSAL, *seen, code=codes.said(live))
    if on:
        return passed(target, f"By {own.dated} EWS is on for it.", *seen, code="EwsEnabled")
    lacking = own.read if own.says is None or not isinstance(organization.read, NotAsked) else organization.read
    return _not_seen(target, live, "Whether EWS is on for it was not to be seen.", lacking, by)


def _is_on(flag: bool | None, organization: Export[OrganizationRecord]) -> bool | None:
    """Return whether EWS is on, by a mailbox's own flag and the organisation's: both must allow it. None: not known.

    Source: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/controlling-client-application-access-to-ews-in-exchange
    """
    if flag is False or (organization.says is not None and organization.says.ews_enabled is False):
        return False
    return None if flag is None or organization.says is None else True


def _located(
    mailbox: str,
    answer: Answer,
    record: UserRecord | None,
    users: Export[tuple[UserRecord, ...]],
    resolved: Answer | None,
    *,
    by: str,
    opened: bool,
) -> Finding | None:
    code = codes.said(answer) if isinstance(answer, Observation) else ""
    seen = (*((answer,) if isinstance(answer, Observation) else ()), *(users.seen if record is not None else ()))
    elsewhere = record is not None and is_elsewhere(record.recipient_type)
    if isinstance(answer, Observation) and (answer.ok or held_here(answer)) and (opened or not elsewhere):
        what = "It opened here." if opened else "Its busy times were read here."
        return passed(mailbox, what if answer.ok else f"It is here. {codes.because(answer)}", answer, code=code)
    if record is not None and elsewhere:
        sentence = f"Its mailbox is not on this server: by {users.dated} it is a {record.recipient_type}."
        return failed(mailbox, sentence, *seen, code=record.recipient_type)
    if isinstance(answer, Observation) and code == NOT_HERE:
        return _nobody_here(mailbox, answer, record, users, resolved)
    if code in codes.NOT_A_PRIMARY_ADDRESS:
        return None
    if record is not None and record.recipient_type in LOCAL_TYPES:
        sentence = f"By {users.dated} it is a {record.recipient_type} of this organisation."
        return passed(mailbox, sentence, *seen, code=record.recipient_type)
    return _not_seen(mailbox, answer, "Where its mailbox is was not to be seen.", users.read, by)


def _nobody_here(
    mailbox: str,
    answer: Observation,
    record: UserRecord | None,
    users: Export[tuple[UserRecord, ...]],
    resolved: Answer | None,
) -> Finding | None:
    """Tell a mailbox that is elsewhere from an address that leads to none."""
    if record is not None:
        if record.recipient_type not in LOCAL_TYPES:
            return None
        sentence = f"This server has no mailbox for it, and by {users.dated} it is a {record.recipient_type}."
        return failed(mailbox, sentence, answer, *users.seen, code=NOT_HERE)
    if not isinstance(resolved, Observation):
        return undecided(mailbox, answer, "This server has no mailbox for it.", users.read)
    if resolved.ok and _is_person(resolved, mailbox):
        sentence = "The directory knows it, and this server has no mailbox for it: it is elsewhere, or there is none."
        return failed(mailbox, sentence, answer, resolved, code=NOT_HERE)
    if resolved.ok or codes.said(resolved) in codes.NOT_A_PRIMARY_ADDRESS:
        return None
    why = f"This server has no mailbox for it, and it could not be looked up. {codes.because(resolved)}"
    return undecided(mailbox, resolved, why, users.read)


def _not_seen(target: str, live: Answer, what: str, export: Answer, by: str) -> Finding:
    """Return the finding where the server's answer says nothing, and the export does not help."""
    stale = isinstance(export, NotAsked) and export.reason is UnknownReason.STALE
    if isinstance(live, NotAsked) or stale:
        told = live.sentence if isinstance(live, NotAsked) else codes.because(live)
        return undecided(target, live, f"{what} {told}", export)
    code, reason = codes.said(live), codes.proves_nothing(live)
    told = export.sentence if isinstance(export, NotAsked) else "The export does not speak of it."
    refused = by == _SIGN_IN and reason in (None, UnknownReason.UNEXPECTED_REFUSAL)
    if refused or code in codes.IMPERSONATION_DENIED:
        return blocked(target, by, f"{codes.because(live)} {told}", live, code=code)
    if isinstance(export, NotAsked) and reason is not None:
        return unknown(target, f"{what} {codes.because(live)} {told}", reason, live, code=code)
    return undecided(target, live, f"{what} {codes.because(live)}", export)


_HELD_HERE = frozenset(
    {
        *("ErrorMailboxMoveInProgress", "ErrorMailboxFailover", "ErrorMailboxStoreUnavailable"),
        *("ErrorAccessDenied", "ErrorQuotaExceeded", "ErrorFolderNotFound", "ErrorItemNotFound"),
    }
)
"""Refusals that only a server can make that holds the mailbox."""


def held_here(answer: Observation) -> bool:
    """Say whether a refusal is one that only a server can make that holds the mailbox."""
    return codes.said(answer) in _HELD_HERE


def _not_here(answer: Answer) -> bool:
    return isinstance(answer, Observation) and codes.said(answer) == NOT_HERE


def _is_person(resolved: Observation, mailbox: str) -> bool:
    primary, kind = resolved.details.get("primary_smtp"), str(resolved.details.get("mailbox_type") or "")
    return kind.casefold() == "mailbox" and address_key(str(primary or "")) == address_key(mailbox)
