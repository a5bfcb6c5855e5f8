"""What failed, put together by cause: several requirements make one step only where it is sure that one act mends them.

Four things are sure. *One remedy*: the catalogue mends several with the same words and commands (the end of EWS).
*One refusal*: the same answer of the server, with the same code, is all that several requirements failed on (a
refused sign-in, where the e-mail address is the login). *Outside the group*: a mailbox is refused with the code for a
missing right, is not a direct member of the group that limits impersonation, and others, who are, open. *Shown by an
export*: what is refused with that code is what an export gives the reason for: an exclusive scope holds the mailbox,
or the scope's filter names another group than the one that there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from calconnect.reporting.advice import TERMINAL
from calconnect.reporting.model import FindingResult, RequirementResult
from calconnect.requirements.model import Remediation
from calconnect.requirements.remediation import Names, fill
from calconnect.settings.addresses import address_key

_DENIED = "ErrorImpersonateUserDenied"
_COVERS = "IMP-02"
_NO_DIRECT_MEMBER = frozenset({"not-a-member", "nested-member"})
_SUCCESS = "NoError"
_ADD_MEMBER = "Add-DistributionGroupMember -Identity {group} -Member {mailbox}"
_LIST_MEMBERS = "Get-DistributionGroupMember -Identity {group} -ResultSize Unlimited | Format-Table PrimarySmtpAddress"


class _Shown(NamedTuple):
    """What an export gives the reason for."""

    refused: str
    """Id of the requirement that is refused at the server."""
    code: str
    """Code of the finding, of another requirement, that gives the reason."""
    same_target: bool
    """Whether both must be about the same mailbox."""


_SHOWN = (_Shown("IMP-02", "exclusive-scope", same_target=True), _Shown("IMP-01", "other-dn", same_target=False))


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing to be mended."""

    requirements: tuple[RequirementResult, ...]
    """What fails because of it, in the catalogue's order."""
    findings: tuple[FindingResult, ...]
    title: str
    text: str
    shell: str
    commands: tuple[str, ...]


def causes_of(failed: Sequence[RequirementResult], names: Names) -> list[Cause]:
    """Return the causes of everything that failed, in the catalogue's order of their first requirement.

    Args:
        failed: the requirements that are not met.
        names: what commands are filled with.
    """
    short = {one.versioned_id: failed_findings(one) for one in failed}
    causes: list[Cause] = []
    for rule in (None, *_SHOWN):
        cause = _shown(failed, short, rule) if rule else _outside_the_group(failed, short, names)
        if cause is not None:
            causes.append(cause)
            covered = {id(finding) for finding in cause.findings}
            for id_, findings in short.items():
                short[id_] = [finding for finding in findings if id(finding) not in covered]
    left = [one for one in failed if short[one.versioned_id] or not failed_findings(one)]
    causes += [_shared(group, short) for group in _by_refusal(left, short)]
    place = {one.versioned_id: number for number, one in enumerate(failed)}
    return sorted(causes, key=lambda cause: place[cause.requirements[0].versioned_id])


def failed_findings(requirement: RequirementResult) -> list[FindingResult]:
    """Return the findings that made the verdict of a requirement."""
    return [
        finding
        for scenario in requirement.scenarios
        for finding in scenario.findings
        if finding.verdict == requirement.verdict
    ]


def _by_refusal(
    failed: Sequence[RequirementResult], short: Mapping[str, Sequence[FindingResult]]
) -> Iterator[list[RequirementResult]]:
    groups: dict[object, list[RequirementResult]] = {}
    mended_by = Counter(_remedy(one) for one in failed)
    for one in failed:
        findings = short[one.versioned_id]
        refused = findings and all(_is_refusal(finding) for finding in findings)
        same = frozenset((finding.target, finding.code, *finding.observations) for finding in findings)
        by_words = mended_by[_remedy(one)] > 1 and not any(finding.remediation for finding in findings)
        groups.setdefault(_remedy(one) if by_words else same if refused else one.versioned_id, []).append(one)
    yield from groups.values()


def _remedy(one: RequirementResult) -> tuple[str, ...]:
    return (one.remediation.text, *one.remediation.commands)


def _is_refusal(finding: FindingResult) -> bool:
    """Say whether the server itself said no, and to one question alone."""
    return finding.code[:1].isupper() and finding.code != _SUCCESS and len(finding.observations) == 1


def _shared(group: Sequence[RequirementResult], short: Mapping[str, Sequence[FindingResult]]) -> Cause:
    first = group[0]
    commands: list[str] = []
    for one in group:
        findings = short[one.versioned_id]
        commands += [finding.remediation for finding in findings if finding.remediation]
        if not findings or not all(finding.remediation for finding in findings):
            commands += one.remediation.commands
    shells = dict.fromkeys(one.remediation.shell for one in group if one.remediation.commands)
    return Cause(
        tuple(group),
        tuple(finding for one in group for finding in short[one.versioned_id]),
        first.title,
        " ".join(dict.fromkeys(one.remediation.text for one in group)),
        "; then ".join(shells) or first.remediation.shell or (TERMINAL if commands else ""),
        tuple(dict.fromkeys(commands)),
    )


def _shown(
    failed: Sequence[RequirementResult], short: Mapping[str, Sequence[FindingResult]], rule: _Shown
) -> Cause | None:
    refused = next((one for one in failed if one.id == rule.refused), None)
    if refused is None:
        return None
    denied = [found for found in short[refused.versioned_id] if found.code == _DENIED]
    for one in failed:
        reasons = [found for found in short[one.versioned_id] if found.code == rule.code and one is not refused]
        targets = {address_key(found.target) for found in reasons}
        explained = [found for found in denied if not rule.same_target or address_key(found.target) in targets]
        if rule.same_target:
            targets = {address_key(found.target) for found in explained}
            reasons = [found for found in reasons if address_key(found.target) in targets]
        if explained and reasons:
            own = [found.remediation for found in reasons if found.remediation]
            return Cause(
                tuple(sorted((refused, one), key=failed.index)),
                (*explained, *reasons),
                one.title,
                one.remediation.text,
                one.remediation.shell,
                tuple(dict.fromkeys(own or one.remediation.commands)),
            )
    return None


def _outside_the_group(
    failed: Sequence[RequirementResult], short: Mapping[str, Sequence[FindingResult]], names: Names
) -> Cause | None:
    covers = next((one for one in failed if one.id == _COVERS), None)
    if covers is None or not names.group or not any(one.finding_counts.passed for one in covers.scenarios):
        return None
    denied = {address_key(found.target) for found in short[covers.versioned_id] if found.code == _DENIED}
    absent = {
        address_key(found.target)
        for one in failed
        for found in short[one.versioned_id]
        if found.code in _NO_DIRECT_MEMBER
    }
    mailboxes = denied & absent
    if not mailboxes:
        return None
    found_in: dict[str, list[FindingResult]] = {}
    for one in failed:
        decisive = _NO_DIRECT_MEMBER | ({_DENIED} if one is covers else frozenset())
        same = [
            finding
            for finding in short[one.versioned_id]
            if finding.code in decisive and address_key(finding.target) in mailboxes
        ]
        if same:
            found_in[one.versioned_id] = same
    targets = [found.target for found in found_in[covers.versioned_id]]
    remedy = fill(
        Remediation(
            "They are refused because the group {group} limits impersonation and they are no direct members of it: a "
            "member through another group does not count. Add them, or take them off the list.",
            (_ADD_MEMBER, _LIST_MEMBERS),
        ),
        names,
        targets,
    )
    return Cause(
        tuple(one for one in failed if one.versioned_id in found_in),
        tuple(finding for findings in found_in.values() for finding in findings),
        f"Make {'this mailbox a direct member' if len(targets) == 1 else 'these mailboxes direct members'}"
        f" of {names.group}",
        remedy.text,
        remedy.shell,
        remedy.commands,
    )
