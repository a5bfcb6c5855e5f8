"""Judges EWS in Exchange Online: whether it answers (EWS-06), whom it lets through (EWS-02, EWS-03), how long it stays
(EWS-08), what rests on it (EWS-04), and the free/busy times that are read over it (EWS-07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.online_mailboxes import NOBODY, NOT_ON_GRAPH
from calconnect.acceptance.judging.probes import blocked, failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.model import AccessLevel, Settings, Topology

REASON_HEADER = "x-ews-policy-reason"
SWITCHED_OFF = "EWS is disabled for this user or tenant"
NOT_LET_THROUGH = "EWS is blocked by policy for this user or tenant"
"""The two values of the header with which EWS refuses (HTTP 403). Source:
https://techcommunity.microsoft.com/blog/exchange/introducing-ewsallowedappids-preparing-for-the-final-phase-of-ews-retirement/4529471"""
EWS_ENDS = date(2027, 4, 1)
"""The first day without EWS in Exchange Online. Source:
https://techcommunity.microsoft.com/blog/exchange/exchange-online-ews-your-time-is-almost-up/4492361"""
OWN_NOT_LISTED = (
    "EWS is on, and keeps calconnect's own application out, by the list of App IDs or by a policy about User-Agents."
    " What the vendor's application would meet was not to be seen."
)


def policy_reason(answer: Observation) -> str:
    """Return the reason that a refusal of Exchange Online's EWS carries; empty: it carries none."""
    if answer.ok or answer.http_status != 403:
        return ""
    return next((value for name, value in answer.headers.items() if name.lower() == REASON_HEADER), "")


def until_when(today: date) -> str:
    """Return how long EWS in Exchange Online will go on."""
    days = (EWS_ENDS - today).days
    if days <= 0:
        return f"EWS in Exchange Online ended on {EWS_ENDS}."
    return f"EWS in Exchange Online ends on {EWS_ENDS}, in {days} {'day' if days == 1 else 'days'}."


def end_told(read: Observation, today: date) -> list[Finding]:
    """Return a finding that says until when EWS in Exchange Online goes on; it passes, and decides nothing.

    Args:
        read: the observation of the settings' being read, by which the connection goes over EWS.
        today: the day of the run.
    """
    return [passed("EWS", until_when(today), read)]


def answers_for(answers: Mapping[str, Answer], today: date) -> list[Finding]:
    """Judge EWS-06 by what came back live: one finding for each mailbox.

    A refusal for want of a right is an answer of EWS. An address that leads to nobody gets no finding.

    Args:
        answers: by mailbox, what came of opening its calendar over EWS.
        today: the day by which it is judged.
    """
    found = [_answered(mailbox, answer, today) for mailbox, answer in answers.items()]
    return [finding for finding in found if finding is not None]


def _answered(mailbox: str, answer: Answer, today: date) -> Finding | None:
    if isinstance(answer, NotAsked):
        return not_asked(mailbox, answer)
    code = codes.said(answer)
    if answer.ok:
        return passed(mailbox, f"EWS answered for it. {until_when(today)}", answer, code="ews-answered")
    if code in NOBODY:
        return None
    if refusal := _refused_by_switch(mailbox, answer, today):
        return refusal
    if code.startswith("Error") and codes.proves_nothing(answer) is None:
        sentence = f"EWS answered for it, with a refusal of another kind. {codes.because(answer)} {until_when(today)}"
        return passed(mailbox, sentence, answer, code="ews-answered")
    reason = codes.proves_nothing(answer) or UnknownReason.UNEXPECTED_REFUSAL
    sentence = f"Whether EWS is on for it was not to be seen. {codes.because(answer)}"
    if answer.http_status == 403:
        sentence = "EWS refused it with HTTP 403 and no reason, which says nothing about the end of EWS."
        reason = UnknownReason.UNEXPECTED_REFUSAL
    return unknown(mailbox, sentence, reason, answer, code=code)


def _refused_by_switch(mailbox: str, answer: Observation, today: date) -> Finding | None:
    """Return the finding of a refusal that says why; None: it is none of these."""
    reason = policy_reason(answer)
    if reason == SWITCHED_OFF:
        sentence = f"EWS is switched off for the organisation, the mailbox or its licence. {until_when(today)}"
        return failed(mailbox, sentence, answer, code="HTTP 403")
    if reason == NOT_LET_THROUGH and today >= EWS_ENDS:
        sentence = f"EWS refused it by a policy, and no list lets anybody through any more. {until_when(today)}"
        return failed(mailbox, sentence, answer, code="HTTP 403")
    if reason == NOT_LET_THROUGH:
        return unknown(mailbox, OWN_NOT_LISTED, UnknownReason.NOT_PERMITTED, answer, code="HTTP 403")
    return None


def busy_times(answers: Mapping[str, Answer], today: date) -> list[Finding]:
    """Judge EWS-07 over EWS: one finding for each mailbox.

    Args:
        answers: by mailbox, what came of reading its busy times over EWS.
        today: the day by which it is judged.
    """
    findings = []
    for mailbox, answer in answers.items():
        if isinstance(answer, NotAsked):
            findings.append(not_asked(mailbox, answer))
            continue
        if answer.ok:
            sentence = f"Its busy times were read. {until_when(today)}"
            findings.append(passed(mailbox, sentence, answer, code="busy-times-read"))
            continue
        refusal = _refused_by_switch(mailbox, answer, today)
        if refusal is not None:
            findings.append(refusal)
            continue
        code, reason = codes.said(answer), codes.proves_nothing(answer)
        sentence = f"Its busy times cannot be read. {codes.because(answer)}"
        if reason is not None:
            findings.append(unknown(mailbox, sentence, reason, answer, code=code))
        else:
            findings.append(failed(mailbox, sentence, answer, code=code))
    return findings


def not_kept_over_graph(read: Observation) -> list[Finding]:
    """Judge EWS-07 over Microsoft Graph, where access to free/busy times only cannot be kept to."""
    sentence = (
        "Access to free/busy times only was agreed, and over Microsoft Graph the vendor reads whole calendars: there is"
        " no such access."
    )
    return [failed("access.level", sentence, read, code="no-free-busy-only")]


def rests_on(settings: Settings, read: Observation) -> list[Finding]:
    """Judge EWS-04: that the connection to Exchange Online rests neither on impersonation nor on a password.

    Args:
        settings: the settings of the run.
        read: the observation of their being read.
    """
    over_ews = settings.topology is Topology.EXCHANGE_ONLINE_EWS
    if over_ews and settings.access is not AccessLevel.FREE_BUSY:
        sentence = (
            f"The agreed access is {settings.access}: over EWS it would rest on impersonation or on permissions for a"
            " whole calendar, and impersonation was taken out of Exchange Online in February 2025."
        )
        findings = [failed("access.level", sentence, read, code="impersonation-retired")]
    else:
        findings = [passed("access.level", "Nobody is impersonated in Exchange Online.", read, code="no-impersonation")]
    target = "connection.service_account_password"
    if settings.topology is not Topology.HYBRID and settings.connection.service_account_password is not None:
        sentence = "A password is set, and Exchange Online takes none over EWS: Basic authentication is off for good."
        return [*findings, failed(target, sentence, read, code="basic-retired")]
    where = "The password is for the server alone." if settings.topology is Topology.HYBRID else "No password is set."
    return [*findings, passed(target, where, read, code="no-password")]


def impersonated_is_on_server(address: str, server: Answer, online: Answer) -> list[Finding]:
    """Judge EWS-04 in a hybrid organisation: that the e-mail to impersonate is no mailbox in Exchange Online.

    Args:
        address: the e-mail to impersonate.
        server: what came of opening its calendar at the server, by impersonation.
        online: what came of opening it over Microsoft Graph.
    """
    seen = [answer for answer in (server, online) if isinstance(answer, Observation)]
    if isinstance(server, Observation) and server.ok:
        return [passed(address, "It is impersonated at the server.", server, code="no-impersonation")]
    if isinstance(online, Observation) and online.ok:
        sentence = "It is a mailbox in Exchange Online, where nobody can be impersonated."
        return [failed(address, sentence, *seen, code="impersonation-retired")]
    if isinstance(online, Observation) and codes.said(online) in NOT_ON_GRAPH | NOBODY:
        sentence = f"It is no mailbox in Exchange Online. {codes.because(online)}"
        return [passed(address, sentence, *seen, code="no-impersonation")]
    if isinstance(server, NotAsked):
        return [not_asked(address, server)]
    return [blocked(address, "IMP-01", codes.because(server), *seen, code=codes.said(server))]
