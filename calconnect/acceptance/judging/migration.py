"""Judges the way from EWS to Microsoft Graph: that both limits are the same (MIG-01), and that nothing stays behind
(MIG-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.application_scope import group_is_fit, members
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.limit import direct_members
from calconnect.acceptance.judging.online_mailboxes import opens
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.judging.rights import Rights
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model import ManagementScope
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Topology


def scope_was_exported(scopes: Export[tuple[ManagementScope, ...]]) -> bool:
    """Say whether an export tells of a limit on EWS: of a scope, or that it is stale."""
    if isinstance(scopes.read, NotAsked):
        return scopes.read.reason is UnknownReason.STALE
    return bool(scopes.says)


def same_limits(
    group: str, expanded: Answers | None, rights: Rights, read: Answers, *, nested: bool | None = False
) -> list[Finding]:
    """Judge MIG-01: one finding for each mailbox that only one of the limits holds, or one for them all.

    Args:
        group: the address of the group that is said to limit both.
        expanded: the group as the server tells it, where no export tells the scope on EWS; None: there is no server.
        rights: the exports of the service account's assignments and scopes.
        read: the group as Microsoft Graph tells it.
        nested: whether the scope there holds for members by way of other groups as well (see ``holds_nested``).
    """
    if isinstance(read, NotAsked):
        return [not_asked(group, read)]
    if not all(answer.ok for answer in read):
        return [one for one in group_is_fit(group, read) if one.verdict is not Verdict.PASSED]
    told = _members_are_told(rights)
    on_ews, seen = (
        _by_the_server(group, expanded) if expanded is not None and not told else _by_the_scopes(group, rights)
    )
    if isinstance(on_ews, Finding):
        return [on_ews]
    on_graph, observed = members(read, "transitive") if nested else members(read), (*seen, *read)
    findings = [
        failed(one, "It is within the limit on Microsoft Graph, and was not on EWS.", *observed, code="only-on-graph")
        for one in sorted(on_graph - on_ews)
    ]
    findings += [
        failed(one, "It was within the limit on EWS, and is not on Microsoft Graph.", *observed, code="only-on-ews")
        for one in sorted(on_ews - on_graph)
    ]
    sentence = f"Both limits hold the same {len(on_graph)} mailboxes."
    return findings or [passed(group, sentence, *observed, code="same-mailboxes")]


def depends_on_ews(topology: Topology, read: Observation, calendars: Mapping[str, Answer]) -> list[Finding]:
    """Judge MIG-02.

    Args:
        topology: how the mailboxes are reached.
        read: the observation of the settings' being read.
        calendars: by mailbox in Exchange Online, what came of opening its calendar over Microsoft Graph.
    """
    if topology is Topology.EXCHANGE_ONLINE_EWS:
        sentence = "The connection to Exchange Online goes over EWS, which ended there on 1 April 2027."
        return [failed("topology", sentence, read, code="depends-on-ews")]
    return opens(calendars)


def _members_are_told(rights: Rights) -> bool:
    """Say whether the exports tell who is within the scope of the service account's role."""
    scopes = [rights.scope(one.custom_scope) for one in rights.regular]
    return bool(scopes) and all(scope is not None and scope.members is not None for scope in scopes)


def _by_the_server(group: str, expanded: Answers) -> tuple[frozenset[str] | Finding, Sequence[Observation]]:
    if isinstance(expanded, NotAsked):
        return not_asked(group, expanded), ()
    top = expanded[0]
    if not top.ok:
        sentence = f"Who is in the group at the server was not to be seen. {codes.because(top)}"
        return unknown(group, sentence, codes.unseen(top), top, code=codes.said(top)), ()
    if top.details.get("complete") is False:
        sentence = "The server did not list all members of the group."
        return unknown(group, sentence, UnknownReason.NO_EVIDENCE, top), ()
    return direct_members(expanded), (top,)


def _by_the_scopes(group: str, rights: Rights) -> tuple[frozenset[str] | Finding, Sequence[Observation]]:
    """Return who is within the scopes of the exported assignments; without a service account, of all of them."""
    for export in (rights.scopes.read, rights.assignments.read):
        if isinstance(export, NotAsked):
            return not_asked(group, export), ()
    seen = (*rights.assignments.seen, *rights.scopes.seen)
    assignments = rights.regular if rights.account else rights.assignments.says or ()
    scopes = [rights.scope(one.custom_scope) for one in assignments if one.enabled]
    if not scopes or any(scope is None for scope in scopes):
        sentence = f"By {rights.assignments.dated} the impersonation on EWS has no scope: it reached every mailbox."
        return failed(group, sentence, *seen, code="only-on-ews"), ()
    within: set[str] = set()
    for scope in scopes:
        if scope is None or scope.members is None:
            sentence = "The members of the scope were not exported (scope_members.json)."
            return unknown(group, sentence, UnknownReason.NO_EVIDENCE, *seen), ()
        within |= {address_key(one) for one in scope.members}
    return frozenset(within), seen
