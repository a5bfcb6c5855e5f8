"""Judges the switches of EWS in Exchange Online, as they were exported: on by name (EWS-08), the vendor's application
on the list (EWS-02), no User-Agent shut out (EWS-03)."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.ews_retirement import NOT_LET_THROUGH, policy_reason, until_when
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model_online import OnlineOrganizationRecord
from calconnect.evidence.observation import Observation

ROLLOUT_BEGAN = date(2026, 10, 1)
"""From this day on the disablement reaches tenant after tenant. Source:
https://techcommunity.microsoft.com/blog/exchange/exchange-online-ews-your-time-is-almost-up/4492361"""
LIST_TAKES = timedelta(hours=24)
"""How long a change of the list may take. Source:
https://techcommunity.microsoft.com/blog/exchange/introducing-ewsallowedappids-preparing-for-the-final-phase-of-ews-retirement/4529471"""

ENFORCE_ALLOW = "EnforceAllowList"
ENFORCE_BLOCK = "EnforceBlockList"
_VENDOR = "cronofy"
_SWITCH = "EwsEnabled"
_LIST = "EwsAllowedAppIDs"
_POLICY = "EwsApplicationAccessPolicy"


def on_by_name(switches: Export[OnlineOrganizationRecord], today: date) -> list[Finding]:
    """Judge EWS-08."""
    says = switches.says
    if isinstance(switches.read, NotAsked) or says is None:
        return [_lacking(_SWITCH, switches.read)]
    seen, dated = switches.seen, switches.dated
    if says.ews_enabled is False:
        sentence = f"By {dated} EWS is switched off for the organisation, and no mailbox can overrule it."
        return [failed(_SWITCH, sentence, *seen, code=_SWITCH)]
    if says.ews_enabled is None:
        when = "at any time now" if today >= ROLLOUT_BEGAN else f"from {ROLLOUT_BEGAN} on"
        sentence = (
            f"By {dated} it was never set: Microsoft sets it to off {when}, as the disablement reaches the tenant."
        )
        return [failed(_SWITCH, sentence, *seen, code="switch-never-set")]
    findings = [
        passed(_SWITCH, f"By {dated} EWS is switched on. {until_when(today)}", *seen, code="switched-on-by-name")
    ]
    if says.allowed_app_ids is None:
        sentence = f"{dated.capitalize()} does not hold the list. Export it with -RetrieveEwsOperationAccessPolicy."
        return [*findings, unknown(_LIST, sentence, UnknownReason.NO_EVIDENCE, *seen)]
    if not says.allowed_app_ids:
        sentence = (
            f"By {dated} the list names no application: once the disablement has reached the tenant, everything may be"
            " blocked. Microsoft's pages disagree about it."
        )
        return [*findings, failed(_LIST, sentence, *seen, code="no-app-id-listed")]
    count = len(says.allowed_app_ids)
    sentence = f"By {dated} the list names {count} {'application' if count == 1 else 'applications'}."
    return [*findings, passed(_LIST, sentence, *seen, code="switched-on-by-name")]


def app_id_listed(
    vendor: str, switches: Export[OnlineOrganizationRecord], live: Mapping[str, Answer], now: datetime
) -> list[Finding]:
    """Judge EWS-02.

    Args:
        vendor: App ID of the vendor's application.
        switches: the export.
        live: by mailbox, what came of asking over EWS as calconnect's own application.
        now: when the run began.
    """
    says = switches.says
    if isinstance(switches.read, NotAsked) or says is None:
        return [_lacking(vendor, switches.read, _own(live))]
    seen, dated = switches.seen, switches.dated
    if says.allowed_app_ids is None:
        sentence = f"{dated.capitalize()} does not hold the list. Export it with -RetrieveEwsOperationAccessPolicy."
        return [unknown(vendor, f"{sentence} {_own(live)}".strip(), UnknownReason.NO_EVIDENCE, *seen)]
    if vendor.lower() in {one.lower() for one in says.allowed_app_ids}:
        if says.changed_at is not None and now - says.changed_at < LIST_TAKES:
            sentence = (
                f"By {dated} it is on the list, which was changed less than 24 hours ago: it may still be under way."
            )
            return [unknown(vendor, sentence, UnknownReason.PENDING, *seen)]
        return [passed(vendor, f"By {dated} it is on the list. {_own(live)}".strip(), *seen, code="app-id-listed")]
    if not says.allowed_app_ids:
        sentence = f"By {dated} the list names no application. {_own(live)}".strip()
        return [failed(vendor, sentence, *seen, code="no-app-id-listed")]
    sentence = f"By {dated} it is not on the list, which names {len(says.allowed_app_ids)} others. {_own(live)}".strip()
    return [failed(vendor, sentence, *seen, code="app-id-not-listed")]


def user_agents(switches: Export[OnlineOrganizationRecord]) -> list[Finding]:
    """Judge EWS-03."""
    says = switches.says
    if isinstance(switches.read, NotAsked) or says is None:
        return [_lacking(_POLICY, switches.read)]
    seen, dated = switches.seen, switches.dated
    if says.access_policy == ENFORCE_ALLOW:
        if not says.allow_list:
            sentence = f"By {dated} only listed User-Agents are let in, and none is listed."
            return [failed(_POLICY, sentence, *seen, code="nobody-on-the-allow-list")]
        if any(set(pattern) == {"*"} for pattern in says.allow_list):
            return [passed(_POLICY, f"By {dated} every User-Agent is let in.", *seen, code="user-agent-not-blocked")]
        sentence = (
            f"By {dated} only these User-Agents are let in: {', '.join(says.allow_list)}. Whether the vendor's is among"
            " them only the vendor can tell."
        )
        return [unknown(_POLICY, sentence, UnknownReason.NO_EVIDENCE, *seen)]
    if says.access_policy == ENFORCE_BLOCK:
        shut = [one for one in says.block_list if _VENDOR in one.lower() or fnmatch.fnmatchcase(_VENDOR, one.lower())]
        if shut:
            sentence = f"By {dated} these User-Agents are shut out, the vendor's among them: {', '.join(shut)}."
            return [failed(_POLICY, sentence, *seen, code="user-agent-blocked")]
        sentence = f"By {dated} none of the User-Agents that are shut out names the vendor or everybody."
        return [passed(_POLICY, sentence, *seen, code="user-agent-not-blocked")]
    return [passed(_POLICY, f"By {dated} no policy about User-Agents is in force.", *seen, code="no-user-agent-policy")]


def by_the_switches(
    findings: list[Finding], switches: Export[OnlineOrganizationRecord], mailboxes: Export[Mapping[str, bool | None]]
) -> list[Finding]:
    """Let the exports decide about EWS for mailboxes of which the live answers say nothing (EWS-06).

    Args:
        findings: by what came back live.
        switches: the export of the organisation's switches.
        mailboxes: the export of the mailboxes' own switches, by address as addresses are compared.
    """
    return [_by_switch(one, switches, mailboxes) if one.verdict is Verdict.UNKNOWN else one for one in findings]


def _by_switch(
    finding: Finding, switches: Export[OnlineOrganizationRecord], mailboxes: Export[Mapping[str, bool | None]]
) -> Finding:
    off = switches.says is not None and switches.says.ews_enabled is False
    own = (mailboxes.says or {}).get(finding.target.strip().lower()) is False
    if not off and not own:
        return finding
    export = switches if off else mailboxes
    what = "for the organisation" if off else "for the mailbox"
    return failed(finding.target, f"By {export.dated} EWS is switched off {what}.", *export.seen, code=_SWITCH)


def _own(live: Mapping[str, Answer]) -> str:
    """Say what was seen of calconnect's own application, which shows nothing of the vendor's."""
    answers = [one for one in live.values() if isinstance(one, Observation)]
    if any(policy_reason(one) == NOT_LET_THROUGH for one in answers):
        return "calconnect's own application is not let through."
    if any(one.ok or codes.said(one).startswith("Error") for one in answers):
        return "calconnect's own application is let through."
    return ""


def _lacking(target: str, read: Answer, more: str = "") -> Finding:
    """Return the finding where there is no export that says anything."""
    if isinstance(read, Observation):
        sentence = f"The export does not speak of it. {more}".strip()
        return unknown(target, sentence, UnknownReason.NO_EVIDENCE, read)
    return not_asked(target, NotAsked(f"{read.sentence} {more}".strip(), read.reason, read.by, read.observations))
