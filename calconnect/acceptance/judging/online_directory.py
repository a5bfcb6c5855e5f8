"""Judges what the tenant's directory says of addresses: their domains (GR-10), roles (GR-11), primary ones (GR-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.consent import named
from calconnect.acceptance.judging.online_mailboxes import NOBODY
from calconnect.acceptance.judging.probes import blocked, failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key


def on_verified_domains(addresses: Sequence[str], answers: Answers) -> list[Finding]:
    """Judge GR-10: one finding for each address.

    Args:
        addresses: the listed ones in Exchange Online.
        answers: what came of reading the organisation and its domains.
    """
    if isinstance(answers, NotAsked):
        return [not_asked(address, answers) for address in addresses]
    last = answers[-1]
    if not last.ok:
        sentence = f"The tenant's domains were not to be seen. {codes.because(last)}"
        reason, code = codes.unseen(last), codes.said(last)
        return [unknown(address, sentence, reason, last, code=code) for address in addresses]
    verified, unverified = _lower(last, "verified"), _lower(last, "unverified")
    mail = _lower(last, "email") if "email" in last.details else verified
    findings = []
    for address in addresses:
        domain = address.rpartition("@")[2].lower()
        if domain in unverified:
            sentence = f"The domain {domain} is there, and nobody has verified it yet."
            findings.append(failed(address, sentence, last, code="unverified-domain"))
        elif domain not in verified:
            sentence = f"The domain {domain} is none of the tenant's."
            findings.append(failed(address, sentence, last, code="foreign-domain"))
        elif domain not in mail:
            sentence = f"The domain {domain} is verified, and not used for mail in Exchange Online."
            findings.append(failed(address, sentence, last, code="domain-without-mail"))
        else:
            sentence = f"The domain {domain} is a verified one of the tenant."
            findings.append(passed(address, sentence, last, code="verified-domain"))
    return findings


def without_roles(trial: str, answer: Answer) -> list[Finding]:
    """Judge GR-11: that the user of the trial has no directory role, not even by way of a group."""
    if isinstance(answer, NotAsked):
        return [not_asked(trial, answer)]
    if not answer.ok:
        code = codes.said(answer)
        if code in NOBODY:
            return [blocked(trial, "GR-12", codes.because(answer), answer, code=code)]
        sentence = f"Its directory roles were not to be seen. {codes.because(answer)}"
        return [unknown(trial, sentence, codes.unseen(answer), answer, code=code)]
    if not isinstance(answer.details.get("roles"), list):
        return [unknown(trial, "Its directory roles were not told.", UnknownReason.NO_EVIDENCE, answer)]
    if roles := named(answer, "roles"):
        return [failed(trial, f"It has the directory role {', '.join(roles)}.", answer, code="directory-role")]
    sentence = "It has no directory role that is active now."
    return [passed(trial, sentence, answer, code="no-directory-role")]


def primary(answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge GR-12: one finding for each address.

    Args:
        answers: by address, what came of looking the user up.
    """
    return [_primary(address, answer) for address, answer in answers.items()]


def _primary(address: str, answer: Answer) -> Finding:
    if isinstance(answer, NotAsked):
        return not_asked(address, answer)
    if not answer.ok:
        code = codes.said(answer)
        if code in NOBODY:
            return failed(address, f"It leads to nobody. {codes.because(answer)}", answer, code=code)
        sentence = f"It could not be looked up. {codes.because(answer)}"
        return unknown(address, sentence, codes.unseen(answer), answer, code=code)
    found = str(answer.details.get("primary_smtp") or "")
    if not found:
        return failed(address, "Its user has no mail address.", answer, code="no-address")
    if address_key(found) != address_key(address):
        sentence = f"It is another address of the user whose primary one is {found}."
        remedy = f"# in the list or the settings: {found}"
        return failed(address, sentence, answer, code="not-the-primary-address", remediation=remedy)
    return passed(address, "It is the primary address of its user.", answer, code="primary-address")


def _lower(answer: Observation, key: str) -> set[str]:
    return {one.lower() for one in named(answer, key)}
