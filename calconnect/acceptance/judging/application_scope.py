"""Judges how far the vendor's application reaches: its scope (GR-02), what voids it (GR-03), and that outsiders are
refused (GR-08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.consent import NO_APPLICATION, is_unknown, named, permissions_of
from calconnect.acceptance.judging.online_mailboxes import NOBODY
from calconnect.acceptance.judging.probes import failed, must_be_refused, not_asked, passed, unknown
from calconnect.acceptance.sampling import stable_order
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Observation
from calconnect.requirements.remediation import quote
from calconnect.settings.addresses import address_key

REFUSED = "ErrorAccessDenied"
"""With HTTP 403: what Microsoft Graph answers for a mailbox outside the scope. Source:
https://learn.microsoft.com/graph/auth-limit-mailbox-access"""
ADMITTED = "outsider-admitted"
"""Somebody outside the group could be reached."""
CALENDARS = frozenset({"calendars", "exchange full access"})
"""What roles are about that reach calendars over Microsoft Graph. Source:
https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""


@dataclass(frozen=True, slots=True)
class Limit:
    """What an export says that limits, or grants, an application in Exchange Online."""

    app_id: str
    name: str
    """What the export calls it."""
    group: tuple[str, ...] = ()
    """By what the group is known: address, name, object id. Empty: no group, the whole organisation."""
    permission: str = ""
    """Of a role for applications, such as ``Calendars.ReadWrite``; empty: it is an application access policy."""
    deny: bool = False
    """A policy that denies (``DenyAccess``)."""
    changed_at: datetime | None = None
    """When it was made or changed (aware); None: the export does not tell."""
    unclear: bool = False
    """Whether it has a scope of which no export says what it is made of."""

    @property
    def is_policy(self) -> bool:
        """Whether it is an application access policy, and not a role."""
        return not self.permission

    @property
    def restricts(self) -> bool:
        """Whether it holds an application to a group."""
        return (bool(self.group) or self.unclear) and not self.deny

    @property
    def reaches_all(self) -> bool:
        """Whether it is a role that reaches the calendars of every mailbox."""
        return not self.is_policy and not self.restricts and kind_of(self.permission) in CALENDARS


def of_application(limits: Export[tuple[Limit, ...]], app_id: str) -> tuple[Limit, ...]:
    """Return the limits of one application."""
    return tuple(one for one in limits.says or () if one.app_id.lower() == app_id.lower())


def restricted(
    vendor: str,
    group: str,
    read: Answers,
    limits: Export[tuple[Limit, ...]],
    connected_on: date | None,
    *,
    looked_up: Answers = (),
) -> list[Finding]:
    """Judge that the vendor's application is restricted to the group, since before it was let in (GR-02).

    Args:
        vendor: App ID of the vendor's application.
        group: address of the intended group.
        read: the group, as it was read over Microsoft Graph; it tells by what else the group is known.
        limits: the exports of policies and roles.
        connected_on: the day on which the vendor was, or is to be, let in; None: not yet.
        looked_up: what came of looking the vendor's application up: one that the tenant does not know reaches nothing.
    """
    if isinstance(limits.read, NotAsked):
        return [not_asked(vendor, limits.read)]
    everywhere = next((one for one in of_application(limits, vendor) if one.reaches_all), None)
    if everywhere is not None:
        sentence = f"By {limits.dated} {_what(everywhere)} has no scope, and reaches every mailbox."
        return [failed(vendor, sentence, *limits.seen, code="no-scope")]
    own = [one for one in of_application(limits, vendor) if one.restricts]
    if not own:
        sentence = f"By {limits.dated} nothing restricts the vendor's application: it reaches every mailbox."
        if is_unknown(looked_up):
            sentence = (
                f"By {limits.dated} no scope is set for the vendor's application. The tenant does not know it yet, so"
                " it reaches nothing; with a consent and without a scope it would reach every mailbox."
            )
        return [failed(vendor, sentence, *limits.seen, code="no-scope")]
    known = _known_as(group, read)
    findings = []
    for limit in own:
        names = {one.lower() for one in limit.group}
        if limit.unclear:
            sentence = f"By {limits.dated} {_what(limit)} has a scope of which no export says what it is made of."
            findings.append(unknown(vendor, sentence, UnknownReason.NO_EVIDENCE, *limits.seen))
        elif not names & known:
            sentence = f"By {limits.dated} {_what(limit)} gives it the group {limit.group[0]}, which is another one."
            findings.append(failed(vendor, sentence, *limits.seen, code="other-group"))
        else:
            findings.append(_in_time(vendor, limit, limits, connected_on))
    return findings


def _in_time(vendor: str, limit: Limit, limits: Export[tuple[Limit, ...]], connected_on: date | None) -> Finding:
    said = f"By {limits.dated} {_what(limit)} restricts the vendor's application to the intended group"
    if connected_on is None:
        return passed(vendor, f"{said}, and the vendor was not let in yet.", *limits.seen, code="intended-group")
    if limit.changed_at is None:
        sentence = f"{said}. Since when was not exported, and the vendor is let in on {connected_on}."
        return unknown(vendor, sentence, UnknownReason.NO_EVIDENCE, *limits.seen)
    since = limit.changed_at.date()
    if since >= connected_on:
        sentence = f"{said} only since {since}, and the vendor is let in on {connected_on}: that is too late."
        return failed(vendor, sentence, *limits.seen, code="scope-too-late")
    sentence = f"{said} since {since}, and the vendor is let in on {connected_on}."
    return passed(vendor, sentence, *limits.seen, code="intended-group")


def group_is_fit(group: str, read: Answers) -> list[Finding]:
    """Judge that the group is one that a scope can be made of: mail-enabled, and a security group (GR-02)."""
    if isinstance(read, NotAsked):
        return [not_asked(group, read)]
    broken = _broken_group(group, read)
    if broken is not None:
        return [broken]
    last = read[-1]
    if last.details.get("mail_enabled") is True and last.details.get("security_enabled") is True:
        return [passed(group, "It is a mail-enabled security group.", *read, code="intended-group")]
    sentence = "It is no mail-enabled security group, of which alone a policy can be made."
    return [failed(group, sentence, *read, code="not-a-security-group")]


def holds_nested(vendor: str, limits: Export[tuple[Limit, ...]]) -> bool | None:
    """Return whether the scope holds for who is in the group by way of another: an application access policy does, a
    role for applications sees direct members only. None: there is no scope, it was not to be seen, or there are both.

    Sources: https://github.com/MicrosoftDocs/office-docs-powershell/pull/12367 (Microsoft's reference of
    New-ApplicationAccessPolicy) and https://learn.microsoft.com/exchange/permissions-exo/application-rbac
    """
    own = [one for one in of_application(limits, vendor) if one.restricts]
    kinds = {one.is_policy for one in own}
    return kinds.pop() if len(kinds) == 1 else None


def membership(
    group: str, read: Answers, mailboxes: Mapping[str, str], vendor: str, limits: Export[tuple[Limit, ...]]
) -> list[Finding]:
    """Judge that every listed mailbox is within the group, as the scope sees it (GR-02): one finding for each.

    Args:
        group: its address.
        read: the group and its members, as they were read over Microsoft Graph.
        mailboxes: the listed addresses, and the primary address of each as far as it is known.
        vendor: App ID of the vendor's application.
        limits: the exports of policies and roles, which tell what the scope is made of.
    """
    if isinstance(read, NotAsked):
        return [not_asked(group, read)]
    if _broken_group(group, read) is not None:
        return []  # said by group_is_fit
    direct, nested, by_groups = members(read), members(read, "transitive"), holds_nested(vendor, limits)
    through = f"It is a member of {group} only through another group"
    findings = []
    for listed, primary in mailboxes.items():
        keys = {address_key(listed), address_key(primary)}
        remedy = f"Add-DistributionGroupMember -Identity {quote(group)} -Member {quote(listed)}"
        if keys & direct:
            findings.append(passed(listed, f"It is a direct member of {group}.", *read, code="direct-member"))
        elif keys & nested:
            if by_groups:
                sentence = f"{through}, and an application access policy holds for it as well."
                findings.append(passed(listed, sentence, *read, *limits.seen, code="member-by-a-group"))
            elif by_groups is None:
                sentence = f"{through}. An application access policy would hold for it, a role for applications not."
                findings.append(unknown(listed, sentence, UnknownReason.NO_EVIDENCE, *read, *limits.seen))
            else:
                sentence = f"{through}; a role for applications sees direct members only."
                seen = (*read, *limits.seen)
                findings.append(failed(listed, sentence, *seen, code="nested-member", remediation=remedy))
        else:
            sentence = f"It is not a member of {group}."
            findings.append(failed(listed, sentence, *read, code="not-a-member", remediation=remedy))
    return findings


def members(read: Answers, which: str = "direct") -> frozenset[str]:
    """Return the addresses of the group's direct (or ``transitive``) members, as they are compared."""
    if isinstance(read, NotAsked) or not read or not read[-1].ok:
        return frozenset()
    return frozenset(address_key(one) for one in named(read[-1], which))


def not_voided(vendor: str, looked_up: Answers, limits: Export[tuple[Limit, ...]]) -> list[Finding]:
    """Judge GR-03.

    Args:
        vendor: App ID of the vendor's application.
        looked_up: what came of looking it up, and what it was consented to.
        limits: the exports of policies and roles.
    """
    if isinstance(limits.read, NotAsked):
        return [not_asked(vendor, limits.read)]
    if isinstance(looked_up, NotAsked):
        return [not_asked(vendor, looked_up)]
    consented = permissions_of(looked_up)
    if consented is None:
        last = next((one for one in looked_up if not one.ok), looked_up[-1])
        if codes.said(last) in NO_APPLICATION:
            sentence = "The tenant does not know the vendor's application, so there is no consent that could void it."
            return [passed(vendor, sentence, last, *limits.seen, code="no-overriding-consent")]
        sentence = f"What it was consented to was not to be seen. {codes.because(last)}"
        return [unknown(vendor, sentence, codes.unseen(last), last, code=codes.said(last))]
    own, seen = of_application(limits, vendor), (*looked_up, *limits.seen)
    held = any(one.is_policy and one.restricts for one in own)
    findings = []
    for role in (one for one in own if not one.is_policy and one.restricts):
        same = sorted(one for one in consented if kind_of(one) == kind_of(role.permission))
        if same and not held:
            sentence = (
                f"Its role {role.name} is limited, and beside it {', '.join(same)} was consented to"
                " for the whole organisation: the limit does not hold."
            )
            findings.append(failed(vendor, sentence, *seen, code="consent-voids-scope"))
    if not findings:
        sentence = "No consent for the whole organisation stands beside a role with a scope."
        findings.append(passed(vendor, sentence, *seen, code="no-overriding-consent"))
    return findings


def is_refused(answer: Observation) -> bool:
    """Say whether a refusal is the one for want of the right: HTTP 403 with the right code, and no other."""
    return not answer.ok and answer.http_status == 403 and codes.said(answer) == REFUSED


def draw(found: Answer, read: Answers, known: Iterable[str], wanted: int) -> tuple[str, ...]:
    """Return outsiders drawn from the directory: mailboxes that are in no way members of the group, and not listed.

    Args:
        found: some mailboxes of the directory.
        read: the group and its members; where they were not to be seen, nobody is known to be outside.
        known: addresses that are no outsiders whatever the group holds.
        wanted: how many.
    """
    if isinstance(found, NotAsked) or not found.ok or isinstance(read, NotAsked) or not read[-1].ok:
        return ()
    inside = members(read) | members(read, "transitive") | {address_key(one) for one in known}
    outside = [one for one in named(found, "mailboxes") if address_key(one) not in inside]
    return tuple(stable_order(outside)[:wanted])


def outsiders_refused(outsiders: Sequence[str], read: Answers, answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge GR-08: one finding for each outsider. A listed mailbox is known to open.

    Args:
        outsiders: who is said to be outside, or was drawn.
        read: the group and its members.
        answers: what came of opening each one's calendar.
    """
    inside, findings = members(read) | members(read, "transitive"), []
    for outsider in outsiders:
        if address_key(outsider) in inside:
            sentence = "It is named as an outsider, but is a member of the group, so it shows nothing."
            findings.append(unknown(outsider, sentence, UnknownReason.NO_EVIDENCE))
            continue
        finding = must_be_refused(
            outsider,
            answers[outsider],
            expected=REFUSED,
            refused=f"It was refused with HTTP 403 and {REFUSED}, as it should be.",
            admitted="Its calendar opened, although it is outside the group: the scope does not hold.",
        )
        findings.append(_only_with_403(finding, answers[outsider]))
    return findings


def nobody_to_try(group: str, found: Answer, read: Answers) -> list[Finding]:
    """Return the finding where no outsider is named and none could be drawn."""
    for answers in (read, found):
        if isinstance(answers, NotAsked):
            return [not_asked(group, answers)]
    last = read[-1] if not isinstance(read, NotAsked) else None
    for answer in (last, found):
        if isinstance(answer, Observation) and not answer.ok:
            sentence = f"No outsiders could be drawn from the directory. {codes.because(answer)}"
            return [unknown(group, sentence, codes.unseen(answer), answer, code=codes.said(answer))]
    seen = [answer for answer in (last, found) if isinstance(answer, Observation)]
    sentence = "The directory shows no mailbox outside the group that could be tried. Name some (limit.outsiders)."
    return [unknown(group, sentence, UnknownReason.NO_EVIDENCE, *seen, code="too-few-candidates")]


def _only_with_403(finding: Finding, answer: Answer) -> Finding:
    if finding.verdict is Verdict.FAILED and isinstance(answer, Observation):
        return failed(finding.target, finding.sentence, answer, code=ADMITTED)
    if finding.verdict is Verdict.PASSED and isinstance(answer, Observation) and not is_refused(answer):
        sentence = f"It was not refused with HTTP 403, which alone would prove it. {codes.because(answer)}"
        return unknown(finding.target, sentence, UnknownReason.UNEXPECTED_REFUSAL, answer, code=codes.said(answer))
    return finding


def _broken_group(group: str, read: Sequence[Observation]) -> Finding | None:
    broken = next((answer for answer in read if not answer.ok), None)
    if broken is None:
        return None
    code, reason = codes.said(broken), codes.unseen(broken)
    sentence = f"The group could not be read. {codes.because(broken)}"
    if code in NOBODY | NO_APPLICATION | {"no-such-group"}:
        return failed(group, f"The tenant has no such group. {codes.because(broken)}", broken, code="other-group")
    return unknown(group, sentence, reason, broken, code=code)


def _known_as(group: str, read: Answers) -> set[str]:
    names = {group.lower(), address_key(group)}
    if not isinstance(read, NotAsked) and read[-1].ok:
        names |= {str(read[-1].details[key]).lower() for key in ("group_id", "name") if read[-1].details.get(key)}
    return names


def _what(limit: Limit) -> str:
    return f"the application access policy {limit.name}" if limit.is_policy else f"the role {limit.name}"


def kind_of(permission: str) -> str:
    """Return what a permission is about: ``calendars`` of ``Calendars.ReadWrite``."""
    return permission.partition(".")[0].lower()
