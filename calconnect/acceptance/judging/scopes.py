"""Judges the management scopes: that the filter is right (IMP-04), and that no exclusive one hides a user (IMP-05)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export, missing, undecided
from calconnect.acceptance.judging.probes import blocked, failed, ids, not_asked, passed, unknown
from calconnect.acceptance.judging.rights import Rights
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model import GroupRecord, ManagementScope, RoleAssignment
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote
from calconnect.settings.addresses import address_key

MOST_NAMED = 10
"""So many names at most stand in one sentence."""

_MEMBER_OF_GROUP = re.compile(r"""\bMemberOfGroup\s+-eq\s+(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)")""", re.I)
"""OPath's condition on a group. Source: https://learn.microsoft.com/powershell/exchange/recipientfilter-properties"""

_NOT_MEMBER_OF_GROUP = re.compile(rf"-not\s*\(?\s*{_MEMBER_OF_GROUP.pattern}", re.I)


def groups_in_filter(text: str) -> list[str]:
    """Return the distinguished names that a recipient filter tests ``MemberOfGroup`` for, as they are written there."""
    found = _MEMBER_OF_GROUP.findall(_NOT_MEMBER_OF_GROUP.sub("", text))
    return [single.replace("''", "'") if single else double.replace('""', '"') for single, double in found]


def same_name(one: str, other: str) -> bool:
    """Say whether two distinguished names are the same: case does not count, nor do spaces around commas and equals."""
    return _normal(one) == _normal(other)


def filter_names_group(address: str, rights: Rights, group: Export[GroupRecord]) -> list[Finding]:
    """Judge that each scope of the service account is filtered by the group's distinguished name as it is now.

    An assignment on an exclusive scope is another matter: it opens what that scope hides (IMP-05), and is no limit.

    Args:
        address: the group's address.
        rights: what the exports say about impersonation.
        group: the export of the group.
    """
    for export in (rights.assignments, rights.scopes, group):
        if isinstance(export.read, NotAsked):
            return [not_asked(address, export.read)]
    assert group.says is not None
    seen = (*rights.assignments.seen, *rights.scopes.seen, *group.seen)
    if address_key(group.says.primary_address) != address_key(address):
        sentence = (
            f"The export of the group is of {group.says.primary_address}, which is another one than the settings name."
        )
        return [not_asked(address, NotAsked(sentence, missing("group").reason))]
    if not rights.regular:
        why = f"by {rights.assignments.dated} the service account has no regular, enabled assignment of the role."
        return [blocked(address, "IMP-01", why, *seen)]
    scoped = [one for one in rights.regular if one.custom_scope or _by_unit(one)]
    scoped = [one for one in scoped if not _is_exclusive(one, rights)] or scoped
    if not scoped:
        why = f"by {rights.assignments.dated} the assignment has no scope, so there is no filter."
        return [blocked(address, "IMP-03", why, *seen)]
    return [_filter(one, rights.scope(one.custom_scope), group.says, seen) for one in scoped]


def members_are_direct(address: str, group: Export[GroupRecord], expanded: Answers) -> list[Finding]:
    """Judge that nobody is in the group through another one only.

    Args:
        address: the group's address.
        group: the export of the group.
        expanded: what came of expanding it at the server, which decides if it could be.
    """
    nested, seen = _nested_live(expanded)
    if seen and not nested and seen[0].details.get("complete") is False:
        sentence = f"The server did not list all members of {address}, and there is no group among those that it did."
        return [unknown(address, sentence, UnknownReason.NO_EVIDENCE, *seen)]
    if nested is None:
        if group.says is None or group.says.nested_groups is None:
            return [not_asked(address, group.read if isinstance(group.read, NotAsked) else missing("group_members"))]
        nested, seen = list(group.says.nested_groups), group.seen
    if nested:
        named = ", ".join(nested[:MOST_NAMED]) + (
            f" and {len(nested) - MOST_NAMED} more" if nested[MOST_NAMED:] else ""
        )
        sentence = f"There are groups in it, whose members the scope's filter does not see: {named}."
        return [failed(address, sentence, *seen, code="nested-group")]
    return [passed(address, "All its members are direct ones.", *seen, code="direct-members")]


def nesting_compared(address: str, group: Export[GroupRecord], expanded: Answers) -> list[Disagreement]:
    """Return where the export of the group says otherwise about groups in it than the server does."""
    live, seen = _nested_live(expanded)
    if live is None or group.says is None or group.says.nested_groups is None:
        return []
    if seen[0].details.get("complete") is False:
        return []
    exported = {address_key(one) for one in group.says.nested_groups}
    if exported == {address_key(one) for one in live}:
        return []
    told, said = (f"{len(names)} groups in it" for names in (live, exported))
    sentence = f"The server lists {told}, {group.dated} {said}. The group was changed since."
    return [Disagreement(address, told, said, sentence, tuple(one.id for one in (*seen, *group.seen)))]


def by_the_limit(findings: Sequence[Finding], rights: Rights) -> list[Finding]:
    """Turn the refusals of outsiders into ``unknown`` where all of them are behind exclusive scopes (IMP-03).

    Such a mailbox is refused whatever the limit is, so its refusal says nothing about that.

    Args:
        findings: one for each outsider.
        rights: what the exports say about impersonation; without them nothing is changed.
    """
    refused = [one for one in findings if one.verdict is Verdict.PASSED]
    hiding = {one.target: rights.hiding(one.target) for one in refused} if rights.assignments.says is not None else {}
    if not refused or not all(hiding.get(one.target) for one in refused):
        return list(findings)
    seen = ids(rights.scopes.seen)
    changed = []
    for finding in findings:
        if scopes := hiding.get(finding.target):
            sentence = (
                f"It was refused ({finding.code}), but by {rights.scopes.dated} it is in the exclusive scope"
                f" {scopes[0].name}, which hides it whatever the limit is. Name another outsider (limit.outsiders)."
            )
            told = tuple(dict.fromkeys((*finding.observations, *seen)))
            finding = replace(
                finding,
                verdict=Verdict.UNKNOWN,
                sentence=sentence,
                reason=UnknownReason.NO_EVIDENCE,
                observations=told,
            )
        changed.append(finding)
    return changed


def nobody_hidden(answers: Mapping[str, Answer], rights: Rights) -> list[Finding]:
    """Judge IMP-05: one finding for each listed mailbox.

    Args:
        answers: by mailbox, what came of opening its calendar by impersonation. One that opened is not hidden.
        rights: what the exports say about impersonation, which decides about the others.
    """
    return [_not_hidden(mailbox, answer, rights) for mailbox, answer in answers.items()]


def _not_hidden(mailbox: str, answer: Answer, rights: Rights) -> Finding:
    if isinstance(answer, Observation) and answer.ok:
        return passed(mailbox, "It opened, so no exclusive scope hides it.", answer, code=codes.said(answer))
    seen = (*((answer,) if isinstance(answer, Observation) else ()), *rights.scopes.seen)
    hiding = rights.hiding(mailbox) if rights.assignments.says is not None else None
    if hiding:
        scope = hiding[0].name
        sentence = f"It is in the exclusive scope {scope}, and the service account has no assignment on that scope."
        remedy = (
            f"New-ManagementRoleAssignment -Role ApplicationImpersonation -User {quote(rights.account)}"
            f" -ExclusiveRecipientWriteScope {quote(scope)}"
        )
        return failed(mailbox, sentence, *seen, *rights.assignments.seen, code="exclusive-scope", remediation=remedy)
    if hiding is not None:
        sentence = f"By {rights.scopes.dated} no exclusive scope hides it."
        return passed(mailbox, sentence, *seen, code="no-exclusive-scope")
    why = answer.sentence if isinstance(answer, NotAsked) else f"It did not open. {codes.because(answer)}"
    lacking = next((one.read for one in (rights.scopes, rights.assignments) if one.says is None), None)
    return undecided(mailbox, answer, why, lacking or missing("scope_members"))


def _filter(
    assignment: RoleAssignment, scope: ManagementScope | None, group: GroupRecord, seen: tuple[Observation, ...]
) -> Finding:
    name = assignment.custom_scope
    if _by_unit(assignment):
        sentence = f"It is limited to the organisational unit {name or 'that it names'}, and not by the group."
        return failed(assignment.name, sentence, *seen, code="other-filter")
    found = f"(Get-DistributionGroup -Identity {quote(group.primary_address)}).DistinguishedName"
    remedy = f"Set-ManagementScope {quote(name)} -RecipientRestrictionFilter \"MemberOfGroup -eq '$dn'\""
    remedy = f'$dn = {found}.Replace("\'", "\'\'"); {remedy}'
    if scope is None:
        return not_asked(name, NotAsked(f"The export of the scopes does not have {name}.", missing("scopes").reason))
    named = groups_in_filter(scope.recipient_filter)
    if any(same_name(one, group.distinguished_name) for one in named):
        return passed(
            name, f"Its filter names the group as it is now: {group.distinguished_name}.", *seen, code="same-dn"
        )
    if named:
        sentence = f"Its filter names {named[0]}, and the group's distinguished name is {group.distinguished_name} now."
        return failed(name, sentence, *seen, code="other-dn", remediation=remedy)
    sentence = f"Its filter does not name the group {group.primary_address}: {scope.recipient_filter}"
    return failed(name, sentence, *seen, code="other-filter", remediation=remedy)


def _by_unit(assignment: RoleAssignment) -> bool:
    """Say whether an assignment reaches an organisational unit, which has no filter."""
    return assignment.recipient_write_scope.casefold() == "ou"


def _is_exclusive(assignment: RoleAssignment, rights: Rights) -> bool:
    scope = rights.scope(assignment.custom_scope)
    told = assignment.recipient_write_scope.casefold() == "exclusiverecipientscope"
    return told or (scope is not None and scope.exclusive)


def _nested_live(expanded: Answers) -> tuple[list[str] | None, tuple[Observation, ...]]:
    """Return the groups in the group as the server lists them, and the observation; None: it was not expanded."""
    if isinstance(expanded, NotAsked) or not expanded or not expanded[0].ok:
        return None, ()
    groups = expanded[0].details.get("groups")
    if not isinstance(groups, list):
        return None, ()
    return [str(one) for one in groups], (expanded[0],)


def _normal(name: str) -> str:
    return re.sub(r"\s*([,=])\s*", r"\1", name.strip()).casefold()
