"""Judges the mailbox of the trial: that it is one (IMP-07), and not an IT administrator's (IMP-06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.limit import all_members
from calconnect.acceptance.judging.probes import blocked, failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key


def another_than(account: str, trial: str, compared: Observation) -> list[Finding]:
    """Judge that the e-mail to impersonate is not the service account's own."""
    if address_key(account) == address_key(trial):
        sentence = "It is the service account's own address: to open one's own mailbox takes no impersonation."
        return [failed(trial, sentence, compared, code="own-address")]
    return [passed(trial, "It is another mailbox than the service account's.", compared)]


def primary_of_mailbox(trial: str, opened: Answer, resolved: Answer) -> list[Finding]:
    """Judge that the e-mail to impersonate is the primary SMTP address of a mailbox.

    Args:
        trial: the e-mail to impersonate.
        opened: what came of opening its calendar by impersonation.
        resolved: what came of looking the address up.
    """
    opens = isinstance(opened, Observation) and opened.ok
    for answer in (opened, resolved):
        if answer is resolved and opens and _not_shown(resolved):
            sentence = "Its calendar opens under this address. It is hidden from address lists, so no name leads to it."
            return [passed(trial, sentence, *_seen(opened, resolved), code="primary-address")]
        if isinstance(answer, Observation) and codes.said(answer) in codes.NOT_A_PRIMARY_ADDRESS:
            code = codes.said(answer)
            sentence = f"It is not the primary address of a mailbox here. {codes.because(answer)}"
            return [failed(trial, sentence, answer, code=code)]
    if isinstance(resolved, NotAsked):
        return [not_asked(trial, resolved)]
    if not resolved.ok:
        code = codes.said(resolved)
        if code in codes.NO_OWN_MAILBOX:
            return [blocked(trial, "SVC-01", codes.because(resolved), resolved, code=code)]
        reason = codes.unseen(resolved)
        sentence = f"It could not be looked up. {codes.because(resolved)}"
        return [unknown(trial, sentence, reason, resolved, code=code)]
    primary, kind = str(resolved.details.get("primary_smtp") or ""), str(resolved.details.get("mailbox_type") or "")
    if not primary:
        code = codes.said(resolved)
        sentence = (
            f"It is the primary address of none of the recipients that it may stand for. {codes.because(resolved)}"
        )
        return [failed(trial, sentence, resolved, code=code)]
    if kind.lower() != "mailbox":
        sentence = f"It is not a mailbox but of the kind {kind or 'unknown'}."
        return [failed(trial, sentence, resolved, code="not-a-mailbox")]
    if address_key(primary) != address_key(trial):
        sentence = f"It is another address of the mailbox whose primary address is {primary}."
        remedy = f'# in the settings: email_to_impersonate = "{primary}"'
        return [failed(trial, sentence, resolved, code="not-the-primary-address", remediation=remedy)]
    sentence = "It is the primary address of a mailbox."
    return [passed(trial, sentence, *_seen(opened, resolved), code="primary-address")]


def _not_shown(resolved: Answer) -> bool:
    """Say whether the look-up found nothing. It never finds who is hidden from address lists."""
    return isinstance(resolved, Observation) and codes.said(resolved) == "ErrorNameResolutionNoResults"


def _seen(*answers: Answer) -> list[Observation]:
    return [answer for answer in answers if isinstance(answer, Observation)]


def not_an_administrator(
    trial: Iterable[str],
    administrators: Sequence[str],
    named: Observation | None,
    groups: Mapping[str, Answers],
) -> list[Finding]:
    """Judge that the e-mail to impersonate is not an IT administrator's.

    Args:
        trial: the e-mail to impersonate, and its primary address if that is another one; the first is the target.
        administrators: addresses of administrators, as the settings name them.
        named: the observation of that; None if none is named.
        groups: by address, what came of expanding the groups of administrators.
    """
    own = list(trial)
    target, keys = own[0], {address_key(address) for address in own}
    if named is None and not groups:
        sentence = "Neither administrators nor their groups are named ([trial]), so nobody can say who is one."
        return [unknown(target, sentence, UnknownReason.NO_EVIDENCE)]
    findings: list[Finding] = []
    if named is not None:
        if keys & {address_key(address) for address in administrators}:
            sentence = "It is among the administrators that the settings name."
            findings.append(failed(target, sentence, named, code="administrator"))
        else:
            sentence = f"It is not among the {len(administrators)} administrators that the settings name."
            findings.append(passed(target, sentence, named, code="not-an-administrator"))
    findings += [among_members(target, keys, group, expanded) for group, expanded in groups.items()]
    return findings


def among_members(target: str, keys: set[str], group: str, expanded: Answers) -> Finding:
    """Judge that somebody is not a member of a group, nor of a group in it.

    Args:
        target: what to call them.
        keys: their addresses, as addresses are compared.
        group: the group's address.
        expanded: what came of expanding it.
    """
    if isinstance(expanded, NotAsked):
        return not_asked(target, expanded)
    members = all_members(expanded)
    inside = next((members[key] for key in keys if key in members), "")
    if inside:
        where = group if inside == group else f"{inside}, which is in {group}"
        return failed(target, f"It is a member of {where}.", *expanded, code="administrator")
    broken = next((observation for observation in expanded if not observation.ok), None)
    if broken is not None:
        code = codes.said(broken)
        if code in codes.NO_OWN_MAILBOX:
            return blocked(target, "SVC-01", codes.because(broken), broken, code=code)
        reason = codes.unseen(broken)
        sentence = f"The group {broken.target} could not be expanded. {codes.because(broken)}"
        return unknown(target, sentence, reason, broken, code=code)
    partial = next((observation for observation in expanded if observation.details.get("complete") is False), None)
    if partial is not None:
        sentence = f"The server did not list all members of {partial.target}, and it is not among those that it did."
        return unknown(target, sentence, UnknownReason.NO_EVIDENCE, partial)
    sentence = f"It is not a member of {group}, nor of a group in it."
    return passed(target, sentence, *expanded, code="not-an-administrator")
