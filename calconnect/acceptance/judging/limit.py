"""Judges IMP-03: that impersonation is limited to the group that is said to limit it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import (
    blocked,
    failed,
    must_be_refused,
    not_asked,
    passed,
    unknown,
)
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote
from calconnect.settings.addresses import address_key

MOST_NAMED = 10
"""So many names at most stand in one sentence."""
MOST_LOOKED_UP = 100
"""Of the addresses that are in no group, so many at most are looked up for being aliases."""


def direct_members(expanded: Answers) -> frozenset[str]:
    """Return the addresses of the group's direct members, as they are compared. The group itself comes first."""
    if isinstance(expanded, NotAsked) or not expanded or not expanded[0].ok:
        return frozenset()
    return frozenset(address_key(address) for address in _addresses(expanded[0], "members"))


def all_members(expanded: Answers) -> dict[str, str]:
    """Return the addresses of all members, nested ones too, as they are compared, and the group that each is in."""
    if isinstance(expanded, NotAsked):
        return {}
    members: dict[str, str] = {}
    for observation in expanded:
        for address in _addresses(observation, "members"):
            members.setdefault(address_key(address), observation.target)
    return members


def membership(group: str, expanded: Answers, mailboxes: Mapping[str, str]) -> list[Finding]:
    """Judge that every listed mailbox is a direct member of the group.

    Args:
        group: the group's address.
        expanded: the group and the groups in it.
        mailboxes: the listed addresses, and the primary address of each where that is known to be another one.
    """
    if isinstance(expanded, NotAsked):
        return [not_asked(group, expanded)]
    top = expanded[0]
    if not top.ok:
        return [_not_expanded(group, top)]
    direct, nested = direct_members(expanded), all_members(expanded)
    findings: list[Finding] = []
    for listed, primary in mailboxes.items():
        keys = {address_key(listed), address_key(primary)}
        if keys & direct:
            findings.append(passed(listed, f"It is a direct member of {group}.", top, code="direct-member"))
            continue
        remedy = f"Add-DistributionGroupMember -Identity {quote(group)} -Member {quote(listed)}"
        through = next((nested[key] for key in keys if key in nested), "")
        if through:
            inner = [observation for observation in expanded if observation.target == through]
            sentence = f"It is a member of {group} only through {through}; the scope's filter sees direct members only."
            findings.append(failed(listed, sentence, top, *inner, code="nested-member", remediation=remedy))
        elif top.details.get("complete") is False:
            sentence = f"The server did not list all members of {group}, and it is not among those that it did."
            findings.append(unknown(listed, sentence, UnknownReason.NO_EVIDENCE, top))
        else:
            sentence = f"It is not a member of {group}."
            findings.append(failed(listed, sentence, top, code="not-a-member", remediation=remedy))
    return findings


def extent(
    group: str, expanded: Answers, mailboxes: Mapping[str, str], elsewhere: Collection[str] | None = None
) -> list[Finding]:
    """Say how far the group reaches; nothing where it could not be expanded.

    Who is in it beyond the list is for the administrator to weigh, and no fault. The arguments are those of
    :func:`membership`, and in a hybrid organisation the listed addresses that are not this server's (else None).
    """
    if isinstance(expanded, NotAsked) or not expanded[0].ok:
        return []
    top = expanded[0]
    keys = {address_key(address) for pair in mailboxes.items() for address in pair}
    others = sorted(direct_members(expanded) - keys - {address_key(one) for one in elsewhere or ()})
    size = len(_addresses(top, "members"))
    sentence = f"It has {size} direct {'member' if size == 1 else 'members'}."
    if others:
        named = ", ".join(others[:MOST_NAMED]) + (" and others" if len(others) > MOST_NAMED else "")
        where = "" if elsewhere is None else " if they are on this server"
        sentence += (
            f" Of these {len(others)} not on the list, whom the service account reaches as well{where}: {named}."
        )
    return [passed(group, sentence, top, code=codes.said(top))]


def outsiders_refused(outsiders: Sequence[str], expanded: Answers, answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge that every outsider is refused with the expected code.

    Args:
        outsiders: the mailboxes that are said to be outside, or were drawn; none: there is nothing to judge.
        expanded: the group and the groups in it; a direct member is no outsider and proves nothing.
        answers: what came of opening each one's calendar by impersonation.
    """
    members = direct_members(expanded)
    findings = []
    for outsider in outsiders:
        if address_key(outsider) in members:
            sentence = "It is named as an outsider, but is a member of the group, so it shows nothing."
            findings.append(unknown(outsider, sentence, UnknownReason.NO_EVIDENCE))
            continue
        findings.append(
            must_be_refused(
                outsider,
                answers[outsider],
                expected=codes.IMPERSONATE_USER_DENIED,
                refused=f"It was refused with {codes.IMPERSONATE_USER_DENIED}, as it should be.",
                admitted="Its calendar opened, although it is outside the group: impersonation is not limited to it.",
            )
        )
    return findings


def not_found(listed: Sequence[str], expanded: Answers) -> list[str]:
    """Return the listed addresses that are in none of the groups, as far as these could be expanded."""
    if isinstance(expanded, NotAsked) or not expanded[0].ok:
        return []
    members = all_members(expanded)
    return [address for address in listed if address_key(address) not in members]


def _not_expanded(group: str, top: Observation) -> Finding:
    code = codes.said(top)
    if code in codes.NO_OWN_MAILBOX:
        return blocked(group, "SVC-01", codes.because(top), top, code=code)
    sentence = f"The group could not be expanded. {codes.because(top)}"
    reason = codes.unseen(top)
    if codes.proves_nothing(top) or reason is UnknownReason.NOT_PERMITTED:
        return unknown(group, sentence, reason, top, code=code)
    return failed(group, sentence, top, code=code)


def _addresses(observation: Observation, key: str) -> list[str]:
    value = observation.details.get(key)
    return [str(address) for address in value] if isinstance(value, list) else []
