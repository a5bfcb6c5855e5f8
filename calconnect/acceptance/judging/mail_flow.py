"""Judges mail flow rules: that none of them holds back mail from the vendor (GR-06)."""

from __future__ import annotations

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.bundle.model_online import TransportRuleRecord

VENDOR_DOMAIN = "cronofy.com"
"""Where the vendor's mail comes from. Source:
https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-graph/"""
_TARGET = "mail flow rules"


SPAM = 5
"""From this spam confidence level on a message is taken for spam. Source:
https://learn.microsoft.com/exchange/security-and-compliance/mail-flow-rules/use-rules-to-set-scl"""


def lets_through(rules: Export[tuple[TransportRuleRecord, ...]], vendor_domain: str = VENDOR_DOMAIN) -> list[Finding]:
    """Judge GR-06: one finding for each rule that holds mail back, or one for them all.

    Args:
        rules: the export.
        vendor_domain: where the vendor's mail comes from.
    """
    if isinstance(rules.read, NotAsked):
        return [not_asked(_TARGET, rules.read)]
    findings = []
    for rule in rules.says or ():
        how = _held_back(rule)
        if not rule.enforced or not how or not rule.from_outside or _covers(rule.excepted_domains, vendor_domain):
            continue
        named = _covers(rule.sender_domains, vendor_domain)
        if rule.sender_domains and not named:
            continue
        whom = "mail from the vendor" if named else "mail from everybody outside"
        told = f"By {rules.dated} it would {how} {whom}"
        if rule.other_conditions:
            sentence = f"{told} that meets its other conditions; whether the vendor's does was not to be seen."
            findings.append(unknown(rule.name, sentence, UnknownReason.NO_EVIDENCE, *rules.seen))
        else:
            findings.append(failed(rule.name, f"{told}.", *rules.seen, code="mail-held-back"))
    if findings:
        return findings
    sentence = f"By {rules.dated} none of {len(rules.says or ())} rules holds back mail from the vendor."
    return [passed(_TARGET, sentence, *rules.seen, code="mail-let-through")]


def _held_back(rule: TransportRuleRecord) -> str:
    """Return how a rule holds mail back; empty: it does not."""
    spam = rule.spam_confidence is not None and rule.spam_confidence >= SPAM
    return rule.holds_back or ("mark as spam" if spam else "")


def _covers(domains: tuple[str, ...], domain: str) -> bool:
    return any(domain == one.lower() or domain.endswith(f".{one.lower()}") for one in domains)
