"""Judges that the service account is dedicated and not privileged (SVC-07), and what exports say of administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calconnect.acceptance.asked import Answers, NotAsked
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import failed, not_asked, passed
from calconnect.acceptance.judging.reach import user_records
from calconnect.acceptance.judging.trial import among_members
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model import AccountRecord, UserRecord
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key

ADMIN_COUNT = "adminCount"
"""The attribute that Active Directory sets on members of its protected groups, and never takes back by itself. Source:
https://learn.microsoft.com/windows-server/identity/ad-ds/plan/security-best-practices/appendix-c--protected-accounts-and-groups-in-active-directory"""


def dedicated(account: str, listed: Iterable[str], list_read: Observation) -> list[Finding]:
    """Judge that the service account is nobody's own: it is not among the users to be integrated.

    Args:
        account: the service account's address.
        listed: the addresses of the list.
        list_read: the observation of the list's being read.
    """
    if address_key(account) in {address_key(address) for address in listed}:
        sentence = "It is in the list of users to be integrated, so it is not kept for this purpose alone."
        return [failed(account, sentence, list_read, code="listed-user")]
    return [passed(account, "It is not in the list of users to be integrated.", list_read, code="not-listed")]


def not_privileged(
    account: str,
    administrators: Sequence[str],
    named: Observation | None,
    groups: Mapping[str, Answers],
    entry: Export[AccountRecord],
) -> list[Finding]:
    """Judge that the service account administers nothing.

    Args:
        account: its address.
        administrators: addresses of administrators, as the settings name them.
        named: the observation of that; None if none is named.
        groups: by address, what came of expanding the groups of administrators.
        entry: the export of the account's entry in Active Directory.
    """
    findings: list[Finding] = []
    if named is not None and address_key(account) in {address_key(address) for address in administrators}:
        findings.append(
            failed(account, "It is among the administrators that the settings name.", named, code="administrator")
        )
    findings += [among_members(account, {address_key(account)}, group, expanded) for group, expanded in groups.items()]
    if entry.says is not None:
        findings.append(_by_admin_count(account, entry, entry.says.admin_count))
    if findings:
        return findings
    assert isinstance(entry.read, NotAsked)
    sentence = f"No group of administrators is named ([trial] administrator_groups). {entry.read.sentence}"
    return [not_asked(account, NotAsked(sentence, entry.read.reason))]


def trial_by_export(trial: str, users: Export[tuple[UserRecord, ...]], known: Sequence[Finding]) -> list[Finding]:
    """Judge by the export whether the e-mail to impersonate is an administrator's (IMP-06).

    Args:
        trial: the primary address of its mailbox.
        users: the export of the users to be integrated.
        known: what was found without the export; where that decided nothing for want of evidence, the export may.

    Returns:
        The findings of both.
    """
    record = user_records(users).get(address_key(trial))
    if record is None or record.admin_count is None:
        return list(known)
    found = _by_admin_count(trial, users, record.admin_count)
    wanting = [one for one in known if one.verdict is Verdict.UNKNOWN and one.reason is UnknownReason.NO_EVIDENCE]
    return [found] if wanting and len(wanting) == len(known) else [*known, found]


def _by_admin_count(
    target: str, export: Export[AccountRecord] | Export[tuple[UserRecord, ...]], count: int | None
) -> Finding:
    if count == 1:
        sentence = (
            f"By {export.dated} its adminCount is 1: it is in a protected group of Active Directory, or once was."
        )
        return failed(target, sentence, *export.seen, code=ADMIN_COUNT)
    sentence = f"By {export.dated} it is in no protected group of Active Directory (adminCount)."
    return passed(target, sentence, *export.seen, code="not-an-administrator")
