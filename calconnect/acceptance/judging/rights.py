"""What the exports say about whom the service account may impersonate, and how that compares with what was seen.

Source of the rules: https://learn.microsoft.com/powershell/module/exchange/new-managementroleassignment and, for
exclusive scopes, ExchangeServer2013/understanding-exclusive-scopes in MicrosoftDocs/OfficeDocs-Exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import ids
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model import ManagementScope, RoleAssignment
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key

MOST_TOLD = 20
"""So many mailboxes at most are told of one by one where the export says otherwise than what was seen."""

PROPAGATION = timedelta(hours=2)
"""For so long after a change a right need not hold everywhere yet. The longest that is documented, for RBAC for
Applications: https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""

_ORGANIZATION = frozenset({"", "none", "organization"})


@dataclass(frozen=True)
class Rights:
    """The exports about impersonation, read for one service account."""

    account: str
    """Its address."""
    names: tuple[str, ...]
    """What else other exports may call it."""
    assignments: Export[tuple[RoleAssignment, ...]]
    scopes: Export[tuple[ManagementScope, ...]]

    @cached_property
    def own(self) -> tuple[RoleAssignment, ...]:
        """The account's assignments of the role, directly or through a role group; nothing where they are not known."""
        address = address_key(self.account)
        keys = {address, address.partition("@")[0], *(name.casefold() for name in self.names)}
        return tuple(
            one
            for one in self.assignments.says or ()
            if {_last_part(one.effective_user), _last_part(one.assignee)} & (keys | {_last_part(key) for key in keys})
        )

    @cached_property
    def regular(self) -> tuple[RoleAssignment, ...]:
        """Those of them that let the account impersonate: enabled ones that do not only hand the role on."""
        return tuple(one for one in self.own if one.enabled and one.delegation.casefold() == "regular")

    def scope(self, name: str) -> ManagementScope | None:
        """Return the scope of that name; None: it was not exported."""
        return next((one for one in self.scopes.says or () if one.name.casefold() == name.casefold()), None)

    def hiding(self, mailbox: str) -> tuple[ManagementScope, ...] | None:
        """Return the exclusive scopes that hold a mailbox, and none of which the account's assignments are on.

        An assignment on one exclusive scope that holds the mailbox reaches it, whatever others there are. None: the
        scopes were not exported, or not the members of an exclusive one.
        """
        if self.scopes.says is None:
            return None
        exclusive = [one for one in self.scopes.says if one.exclusive]
        holding = [one for one in exclusive if self._holds(one, mailbox)]
        open_to_it = {one.custom_scope.casefold() for one in self.regular}
        if any(one.name.casefold() in open_to_it for one in holding):
            return ()
        if holding:
            return tuple(holding)
        return None if any(one.members is None for one in exclusive) else ()

    def may_reach(self, mailbox: str) -> bool | None:
        """Return whether the account may impersonate a mailbox, by the exports; None: they do not say."""
        if self.assignments.says is None:
            return None
        if not self.regular:
            return False
        hiding = self.hiding(mailbox)
        if hiding is None or hiding:
            return False if hiding else None
        found = [self._reaches(one, mailbox) for one in self.regular]
        return True if True in found else None if None in found else False

    def changed_at(self, mailbox: str) -> datetime | None:
        """Return when the account's right on a mailbox was changed last, by the exports; None: they do not say."""
        times: list[datetime] = []
        for one in self.regular:
            if self._reaches(one, mailbox) is False:
                continue
            scope = self.scope(one.custom_scope) if one.custom_scope else None
            times += [at for at in (one.changed_at, scope.changed_at if scope else None) if at is not None]
        return max(times, default=None)

    def _reaches(self, assignment: RoleAssignment, mailbox: str) -> bool | None:
        if not assignment.custom_scope:
            return True if assignment.recipient_write_scope.casefold() in _ORGANIZATION else None
        scope = self.scope(assignment.custom_scope)
        return None if scope is None else self._holds(scope, mailbox)

    def _holds(self, scope: ManagementScope, mailbox: str) -> bool | None:
        members = self._members[scope.name.casefold()]
        return None if members is None else address_key(mailbox) in members

    @cached_property
    def _members(self) -> dict[str, frozenset[str] | None]:
        """By scope, whom it holds."""
        return {
            one.name.casefold(): None if one.members is None else frozenset(map(address_key, one.members))
            for one in self.scopes.says or ()
        }


def compared(rights: Rights, answers: Mapping[str, Answer]) -> list[Disagreement]:
    """Return where the exports say otherwise than what came of acting as mailboxes.

    Args:
        rights: what the exports say.
        answers: by mailbox, what came of opening its calendar by impersonation. Only a calendar that opened, and a
            refusal for want of the right, say anything about rights.
    """
    found = list(_differences(rights, answers))
    if len(found) <= MOST_TOLD:
        return found
    rest = len(found) - MOST_TOLD
    more = f"{rest} more mailboxes"
    last = found[MOST_TOLD]
    return [*found[:MOST_TOLD], replace(last, target=more, sentence=f"So it is with {rest} more mailboxes.")]


def about_the_role(rights: Rights, answers: Mapping[str, Answer]) -> list[Disagreement]:
    """Return the one disagreement about whether the account may impersonate at all, if there is one.

    The arguments are those of :func:`compared`.
    """
    found = list(_differences(rights, answers))
    opened = any(isinstance(answer, Observation) and answer.ok for answer in answers.values())
    if not found or (opened and rights.regular):
        return []
    return [replace(found[0], target=rights.account)]


def pending(findings: Sequence[Finding], rights: Rights, mailboxes: Sequence[str], now: datetime) -> list[Finding]:
    """Turn refusals into ``unknown`` where the exports show that the right was changed a short while ago.

    Args:
        findings: of IMP-01 (the target is the service account) or IMP-02 (the target is a mailbox).
        rights: what the exports say.
        mailboxes: those that were tried, for a finding about the account.
        now: when the run began.
    """
    return [_pending(finding, rights, mailboxes, now) for finding in findings]


def _pending(finding: Finding, rights: Rights, mailboxes: Sequence[str], now: datetime) -> Finding:
    if finding.verdict is not Verdict.FAILED or finding.code not in codes.IMPERSONATION_DENIED:
        return finding
    about = mailboxes if address_key(finding.target) == address_key(rights.account) else [finding.target]
    changed = [at for one in about if rights.may_reach(one) and (at := rights.changed_at(one)) is not None]
    recent = max((at for at in changed if now - PROPAGATION <= at <= now), default=None)
    if recent is None:
        return finding
    minutes = int((now - recent).total_seconds() // 60)
    sentence = (
        f"It was refused ({finding.code}), and the export shows that the right was changed {minutes} minutes before"
        f" this run. A change may take {PROPAGATION.total_seconds() / 3600:.0f} hours to hold everywhere; run it again"
        " then."
    )
    seen = ids((*rights.assignments.seen, *rights.scopes.seen))
    return replace(
        finding,
        verdict=Verdict.UNKNOWN,
        reason=UnknownReason.PENDING,
        sentence=sentence,
        observations=tuple(dict.fromkeys((*finding.observations, *seen))),
        remediation="",
    )


def _differences(rights: Rights, answers: Mapping[str, Answer]) -> Iterator[Disagreement]:
    seen = (*rights.assignments.seen, *rights.scopes.seen)
    for mailbox, answer in answers.items():
        if not isinstance(answer, Observation):
            continue
        code, exported = codes.said(answer), rights.may_reach(mailbox)
        if answer.ok and exported is False:
            yield Disagreement(
                mailbox,
                "opened by impersonation",
                "not reached by any regular, enabled assignment of ApplicationImpersonation",
                f"Its calendar opened, although by {rights.assignments.dated} the service account may not act as it."
                " The right was changed since, or comes from another place than the export covers.",
                ids((answer, *seen)),
            )
        elif code in codes.IMPERSONATION_DENIED and exported:
            yield Disagreement(
                mailbox,
                f"refused ({code})",
                "reached by a regular, enabled assignment of ApplicationImpersonation",
                f"It was refused, although by {rights.assignments.dated} the service account may act as it. The change"
                " has not reached this server yet, the right was taken away since, or this is another organisation's"
                " server.",
                ids((answer, *seen)),
            )


def _last_part(name: str) -> str:
    r"""Return the name itself of ``DOMAIN\name`` or ``domain.com/Users/name``, as names are compared."""
    return name.replace("\\", "/").rpartition("/")[2].strip().casefold()
