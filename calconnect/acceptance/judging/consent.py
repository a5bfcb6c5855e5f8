"""Judges what the vendor's application was consented to (GR-01), and who is kept from signing in (GR-05)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote

CALENDARS = "Calendars.ReadWrite"
FOUR = (CALENDARS, "Organization.Read.All", "Places.Read.All", "User.Read.All")
"""The application permissions that the vendor's application needs. Source:
https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-graph/which-graph-scopes-does-cronofy-utilize/"""
_SAME = {"Place.Read.All": "Places.Read.All"}
"""Microsoft's own name of a permission, and the one that the vendor's page gives it:
https://learn.microsoft.com/graph/permissions-reference"""

NO_APPLICATION = frozenset({"Request_ResourceNotFound", "ResourceNotFound"})
"""The directory has no such object."""
NOT_COVERED = (
    "Conditional Access does not cover a multi-tenant application, so nothing is tested for the vendor's, and nothing"
    " may be expected of it."
)
"""Source: https://learn.microsoft.com/entra/identity/conditional-access/workload-identity"""


def permissions_of(answers: Answers) -> frozenset[str] | None:
    """Return the application permissions that an application was consented to; None: they were not to be seen."""
    if isinstance(answers, NotAsked) or not all(answer.ok for answer in answers):
        return None
    named = answers[-1].details.get("permissions")
    return frozenset(_SAME.get(str(one), str(one)) for one in named) if isinstance(named, list) else None


def exactly_the_four(
    vendor: str, answers: Answers, in_roles: Collection[str] = (), read: Sequence[Observation] = (), page: str = ""
) -> list[Finding]:
    """Judge GR-01: one finding for each of the four permissions, and one for each beyond them.

    Args:
        vendor: App ID of the vendor's application.
        answers: what came of looking it up, and what it was consented to.
        in_roles: permissions that it has as roles for applications.
        read: the observations that say so.
        page: where an administrator gives the consent.
    """
    remedy = f"Start-Process {quote(page)}" if page else ""
    if isinstance(answers, NotAsked):
        return [not_asked(vendor, answers)]
    broken = next((answer for answer in answers if not answer.ok), None)
    if broken is not None:
        return [_not_looked_up(vendor, broken, remedy)]
    last, permissions = answers[-1], permissions_of(answers)
    if permissions is None:
        return [unknown(vendor, "What it was consented to was not told.", UnknownReason.NO_EVIDENCE, last)]
    findings = []
    if last.details.get("enabled") is False:
        sentence = "The application is disabled in this tenant, so nobody is let in by it."
        findings.append(failed(vendor, sentence, *answers, code="application-disabled"))
    for name in FOUR:
        if name in permissions:
            findings.append(passed(name, "It was consented to.", *answers, code="consented"))
        elif name in in_roles:
            sentence = "It is given as a role for applications in Exchange, in place of a consent."
            findings.append(passed(name, sentence, *answers, *read, code="consented"))
        else:
            sentence = "The vendor's application needs it, and nobody has consented to it."
            findings.append(failed(name, sentence, *answers, code="permission-missing", remediation=remedy))
    for name in sorted(permissions - set(FOUR)):
        sentence = "It was consented to, and the vendor's application does not need it."
        findings.append(failed(name, sentence, *answers, code="permission-beyond"))
    return findings


def not_kept_out(user: str, answers: Sequence[Answer], *, person: bool) -> list[Finding]:
    """Judge GR-05: one finding for each sign-in that Conditional Access was asked about.

    Args:
        user: who would sign in.
        answers: what came of asking, for each address; none: no address is named that could be asked about.
        person: whether it is a person, who can answer for a second factor; an account that a program uses cannot.
    """
    if not answers:
        sentence = f"The vendor's addresses are not named (network.vendor_addresses). {NOT_COVERED}"
        return [unknown(user, sentence, UnknownReason.NO_EVIDENCE)]
    return [_sign_in(user, answer, person=person) for answer in answers]


def _sign_in(user: str, answer: Answer, *, person: bool) -> Finding:
    if isinstance(answer, NotAsked):
        return not_asked(user, answer)
    if not answer.ok:
        sentence = f"What would become of the sign-in was not to be seen. {codes.because(answer)} {NOT_COVERED}"
        return unknown(user, sentence, codes.unseen(answer), answer, code=codes.said(answer))
    controls, source = set(named(answer, "controls")), str(answer.details.get("source") or "")
    by = ", ".join(named(answer, "applies"))
    where = f"A sign-in from {source}" if source else "A sign-in"
    if "block" in controls:
        return failed(user, f"{where} would be blocked ({by}). {NOT_COVERED}", answer, code="blocked-by-policy")
    if "mfa" in controls and not person:
        sentence = f"{where} would be asked for a second factor ({by}), which no program can give. {NOT_COVERED}"
        return failed(user, sentence, answer, code="second-factor-demanded")
    return passed(user, f"{where} would not be blocked. {NOT_COVERED}", answer, code="not-blocked-by-policy")


def named(answer: Observation, key: str) -> list[str]:
    """Return a detail that is a list of names; empty where it is none."""
    value = answer.details.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []


def is_unknown(answers: Answers) -> bool:
    """Say whether the directory was seen not to know an application: it can reach nothing yet."""
    return not isinstance(answers, NotAsked) and any(
        not one.ok and codes.said(one) in NO_APPLICATION for one in answers
    )


def _not_looked_up(vendor: str, answer: Observation, remedy: str) -> Finding:
    code = codes.said(answer)
    if code in NO_APPLICATION:
        sentence = "The tenant does not know the vendor's application: nobody has consented to it yet."
        return failed(vendor, sentence, answer, code="Request_ResourceNotFound", remediation=remedy)
    sentence = f"The vendor's application could not be looked up. {codes.because(answer)}"
    return unknown(vendor, sentence, codes.unseen(answer), answer, code=code)
