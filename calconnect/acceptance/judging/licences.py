"""Judges licences for Exchange Online: of the listed users (GR-09), and of the service account (SVC-02)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.consent import named
from calconnect.acceptance.judging.online_mailboxes import NOBODY
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation

FRONT_LINE_OFF = date(2026, 6, 30)
"""From this day on EWS is refused for mailboxes whose only plan is one for front-line workers. Source:
https://deltapulse.app/item/MC1191578"""
FRONT_LINE_PLAN = "EXCHANGE_S_DESKLESS"
"""Exchange Online Kiosk, which F1, F3 and Kiosk licences hold."""
PLAN_2 = "EXCHANGE_S_ENTERPRISE"
"""Exchange Online Plan 2, which E3 and E5 licences hold. Source of the names:
https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference"""


def usable(
    users: Mapping[str, Answer], calendars: Mapping[str, Answer], today: date, *, over_ews: bool
) -> list[Finding]:
    """Judge GR-09: one finding for each user whom the tenant knows.

    An address that leads to nobody has no licence that could be wanting: that it is listed is for GR-12 to say.

    Args:
        users: by address, what came of looking the user up.
        calendars: by address, what came of opening the calendar; a shared mailbox or room opens without a plan.
        today: the day by which it is judged.
        over_ews: whether the connection goes over EWS.
    """
    findings = []
    for address, answer in users.items():
        if isinstance(answer, Observation) and codes.said(answer) in NOBODY:
            continue
        finding = _not_seen(address, answer) or _plan(address, _observed(answer), calendars.get(address))
        if finding is None:
            finding = _front_line(address, _observed(answer), today, over_ews=over_ews)
        findings.append(finding)
    return findings


def without_plan(users: Mapping[str, Answer]) -> list[str]:
    """Return the users who have no enabled plan: whether their mailbox opens decides."""
    return [
        address
        for address, answer in users.items()
        if isinstance(answer, Observation) and answer.ok and not _enabled(answer)
    ]


def of_account(account: str, answer: Answer, today: date) -> list[Finding]:
    """Judge SVC-02.

    Args:
        account: the service account's address.
        answer: what came of looking it up.
        today: the day by which it is judged.
    """
    if isinstance(answer, Observation) and codes.said(answer) in NOBODY:
        sentence = f"The tenant does not know it. {codes.because(answer)}"
        return [failed(account, sentence, answer, code="Request_ResourceNotFound")]
    found = _not_seen(account, answer) or _plan(account, _observed(answer), None)
    if found is not None:
        return [found]
    seen = _observed(answer)
    plans = mailbox_plans(seen)
    if not plans:
        sentence = "An Exchange plan is enabled; which one was not to be seen."
        return [unknown(account, sentence, UnknownReason.NO_EVIDENCE, seen)]
    if any(plan.startswith(PLAN_2) for plan in plans):
        return [passed(account, f"It has the plan {PLAN_2}, as E3 and E5 hold it.", seen, code="plan-enabled")]
    finding = _front_line(account, seen, today, over_ews=True)
    if finding.code == "front-line-plan":
        return [finding]
    sentence = f"Its plan is {', '.join(plans)}, which is less than E3 holds."
    return [failed(account, sentence, seen, code="lesser-plan")]


def mailbox_plans(seen: Observation) -> list[str]:
    """Return the names of a user's plans that hold a mailbox; those of other services, and without one, left out."""
    names = named(seen, "plan_names")
    return [name for name in names if name.startswith("EXCHANGE_S_") and not name.startswith("EXCHANGE_S_FOUNDATION")]


def _not_seen(address: str, answer: Answer) -> Finding | None:
    if isinstance(answer, NotAsked):
        return not_asked(address, answer)
    if not answer.ok:
        sentence = f"Its licence was not to be seen. {codes.because(answer)}"
        return unknown(address, sentence, codes.unseen(answer), answer, code=codes.said(answer))
    return None


def _plan(address: str, seen: Observation, calendar: Answer | None) -> Finding | None:
    """Return the finding where no plan is enabled; None: one is."""
    plan = seen.details.get("exchange_plan")
    if not isinstance(plan, str):
        return unknown(address, "Its plans were not told.", UnknownReason.NO_EVIDENCE, seen)
    if _enabled(seen):
        return None
    if isinstance(calendar, Observation) and calendar.ok:
        sentence = "It has no Exchange plan of its own and opens, as shared mailboxes and rooms do."
        return passed(address, sentence, seen, calendar, code="opens-without-a-plan")
    if plan.lower() in ("none", ""):
        return failed(address, "No plan with Exchange is assigned to it.", seen, code="no-exchange-plan")
    return failed(address, f"Its Exchange plan is in the state {plan}.", seen, code="plan-suspended")


def _front_line(address: str, seen: Observation, today: date, *, over_ews: bool) -> Finding:
    plans = mailbox_plans(seen)
    if over_ews and FRONT_LINE_PLAN in plans and all(plan == FRONT_LINE_PLAN for plan in plans):
        if today >= FRONT_LINE_OFF:
            sentence = f"Its only plan is {FRONT_LINE_PLAN}, with which EWS is refused since {FRONT_LINE_OFF}."
            return failed(address, sentence, seen, code="front-line-plan")
        sentence = f"Its plan is enabled. With it, EWS will be refused from {FRONT_LINE_OFF} on."
        return passed(address, sentence, seen, code="plan-enabled")
    return passed(address, "An Exchange plan is enabled for it.", seen, code="plan-enabled")


def _enabled(seen: Observation) -> bool:
    return str(seen.details.get("exchange_plan")).lower() in ("enabled", "warning")


def _observed(answer: Answer) -> Observation:
    assert isinstance(answer, Observation)
    return answer
