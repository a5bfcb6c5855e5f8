"""Judges impersonation: that it is enabled, and for whom."""

from __future__ import annotations

from collections.abc import Mapping

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import failed, must_pass, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote

MOST_NAMED = 20
"""A finding about many mailboxes rests on at most so many observations by id."""

_LOOK_UP = "Get-Recipient -Identity {0} | Format-List PrimarySmtpAddress,EmailAddresses,RecipientTypeDetails"


def enabled(account: str, answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge IMP-01 by what came of opening calendars by impersonation.

    Args:
        account: the service account's address.
        answers: by mailbox, the e-mail to impersonate first. One calendar that opens proves that the right is there;
            that it is not is proved only if every mailbox that answers refuses with the code for a missing right.
    """
    seen = {mailbox: answer for mailbox, answer in answers.items() if isinstance(answer, Observation)}
    if not seen:
        return [not_asked(account, next(answer for answer in answers.values() if isinstance(answer, NotAsked)))]
    opened = next(((mailbox, answer) for mailbox, answer in seen.items() if answer.ok), None)
    if opened is not None:
        sentence = f"It opened the calendar of {opened[0]} by impersonation."
        return [passed(account, sentence, opened[1], code=codes.said(opened[1]))]
    denied = [answer for answer in seen.values() if codes.said(answer) in codes.IMPERSONATION_DENIED]
    silent = [answer for answer in answers.values() if isinstance(answer, NotAsked) or codes.proves_nothing(answer)]
    if denied and not silent:
        code = codes.said(denied[0])
        who = "every mailbox" if len(denied) > 1 else "the mailbox"
        sentence = f"It was refused for {who} that it tried ({len(denied)}). {codes.because(denied[0])}"
        return [failed(account, sentence, *denied[:MOST_NAMED], code=code)]
    if silent and isinstance(silent[0], NotAsked):
        return [not_asked(account, silent[0])]
    first = next((answer for answer in seen.values() if codes.proves_nothing(answer)), next(iter(seen.values())))
    code = codes.said(first)
    reason = codes.proves_nothing(first) or UnknownReason.UNEXPECTED_REFUSAL
    sentence = f"No calendar opened, and not for want of the right. {codes.because(first)}"
    return [unknown(account, sentence, reason, first, code=code)]


def covers(answers: Mapping[str, Answer], unlisted: str = "") -> list[Finding]:
    """Judge IMP-02: one finding for each mailbox.

    Args:
        answers: by mailbox, what came of opening its calendar by impersonation.
        unlisted: the e-mail to impersonate, if it is not one of the listed users. That its address is no good is then
            for IMP-07 to say; that it may not be acted as is said here.
    """
    return [
        finding
        for finding in _opened_each(answers)
        if finding.target != unlisted or finding.code not in codes.NOT_A_PRIMARY_ADDRESS
    ]


def trial_opens(trial: str, answer: Answer) -> tuple[list[Finding], str]:
    """Judge whether the calendar of the e-mail to impersonate opens, and name the requirement that decides it."""
    findings = _opened_each({trial: answer})
    return findings, "IMP-07" if findings[0].code in codes.NOT_A_PRIMARY_ADDRESS else "IMP-02"


def look_up(mailbox: str) -> str:
    """Return the command that shows what an address stands for."""
    return _LOOK_UP.format(quote(mailbox))


def _opened_each(answers: Mapping[str, Answer]) -> list[Finding]:
    return [
        must_pass(
            mailbox,
            answer,
            done="Its calendar opened by impersonation.",
            refused="Its calendar could not be opened by impersonation",
            remediation=dict.fromkeys(codes.NOT_A_PRIMARY_ADDRESS, look_up(mailbox)),
        )
        for mailbox, answer in answers.items()
    ]
