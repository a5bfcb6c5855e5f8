"""The configuration evidence of Exchange Online, as steps ask for it: each export is read once, noted, and dated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.exported import MOST_NAMED, Exports
from calconnect.acceptance.judging.application_scope import Limit
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.online_mailboxes import opens
from calconnect.acceptance.judging.scope_tests import (
    AccessTests,
    hangs_on_the_scope,
    pending,
    permitted,
    permitted_to_write,
)
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.verdicts import Finding
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.model_online import (
    AccessPolicyRecord,
    ApplicationRoleRecord,
    OnlineOrganizationRecord,
    OnlineRecords,
    TransportRuleRecord,
)
from calconnect.evidence.observation import Fact
from calconnect.settings.model import Settings

_OF_ROLES = ("application_roles", "application_scopes", "service_principals")


class OnlineExports:
    """Asks the bundle on behalf of the steps. What is read is noted as an observation, with the files' hashes."""

    def __init__(self, bundle: Bundle | None, observer: Observer, settings: Settings) -> None:
        """Take what was imported (None: nothing) and who notes it."""
        self._exports = Exports(bundle, observer, settings)
        self._observer = observer
        self._settings = settings

    def limits(self) -> Export[tuple[Limit, ...]]:
        """What limits or grants applications: application access policies, and roles for applications."""
        others = ("access_policy_changes", "online_group", *_OF_ROLES)
        return self._exports.read("application_access_policies", _limits, _limit_facts, *others)

    def access_tests(self) -> Export[AccessTests]:
        """What Exchange Online's own tests said of applications and mailboxes."""
        return self._exports.read("access_policy_tests", _tests, _test_facts, "authorization_tests")

    def opens(self, answers: Mapping[str, Answer], signed_in: Answer) -> list[Finding]:
        """Return the findings of GR-07: one for each mailbox.

        Args:
            answers: by mailbox, what came of opening its calendar: of all, for each tells of the others.
            signed_in: the sign-in of calconnect's own application.
        """
        return self.pending(self._permitted(opens(answers), signed_in))

    def _permitted(self, findings: Sequence[Finding], signed_in: Answer) -> list[Finding]:
        online = self._settings.microsoft365
        if online is None or not hangs_on_the_scope(findings):
            return list(findings)
        return permitted(findings, online.application, self.limits(), signed_in)

    def permitted_to_write(self, findings: Sequence[Finding], signed_in: Answer) -> list[Finding]:
        """Return findings of GR-13 in which what calconnect's own application has no right to do is unknown."""
        online = self._settings.microsoft365
        if online is None or not hangs_on_the_scope(findings):
            return list(findings)
        return permitted_to_write(findings, online.application, self.limits(), signed_in)

    def pending(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings of GR-07 or GR-08 in which what may be the doing of a scope that is under way is unknown."""
        online = self._settings.microsoft365
        if online is None or not hangs_on_the_scope(findings):
            return list(findings)
        return pending(findings, online.application, self.limits(), self._observer.window.start)

    def switches(self) -> Export[OnlineOrganizationRecord]:
        """The organisation's switches of EWS."""
        return self._exports.read("online_org", lambda bundle: bundle.online.organization, _switch_facts)

    def mailbox_switches(self) -> Export[Mapping[str, bool | None]]:
        """The mailboxes' own switches of EWS, by address in lower case."""
        return self._exports.read("online_cas_mailboxes", lambda bundle: bundle.online.ews_of_mailboxes, _mailbox_facts)

    def mail_rules(self) -> Export[tuple[TransportRuleRecord, ...]]:
        """The mail flow rules."""
        return self._exports.read("transport_rules", lambda bundle: bundle.online.transport_rules, _rule_facts)


def _limits(bundle: Bundle) -> tuple[Limit, ...] | None:
    records: OnlineRecords = bundle.online
    if records.access_policies is None:
        return None
    roles = [one for one in records.roles or () if one.enabled]
    return (*(_policy(one) for one in records.access_policies), *(_role(one) for one in roles))


def _policy(record: AccessPolicyRecord) -> Limit:
    return Limit(record.app_id, record.group[0], record.group, deny=record.denies, changed_at=record.changed_at)


def _role(record: ApplicationRoleRecord) -> Limit:
    return Limit(
        record.app_id,
        record.name,
        record.group or (),
        record.permission,
        changed_at=record.changed_at,
        unclear=record.group is None,
    )


def _tests(bundle: Bundle) -> AccessTests | None:
    records = bundle.online
    if records.access_tests is None:
        return None
    return AccessTests(records.access_tests, records.authorization_tests or ())


def _limit_facts(limits: Sequence[Limit]) -> Mapping[str, Fact]:
    told = [
        f"{'policy' if one.is_policy else one.permission} of {one.app_id}: {one.group[0] if one.group else 'everybody'}"
        f"{' (denied)' if one.deny else ''}"
        for one in limits
    ]
    return {"limits": len(limits), "told": told[:MOST_NAMED]}


def _test_facts(tests: AccessTests) -> Mapping[str, Fact]:
    return {"tests of policies": len(tests.of_policies), "tests of roles": len(tests.of_roles)}


def _switch_facts(record: OnlineOrganizationRecord) -> Mapping[str, Fact]:
    ids = record.allowed_app_ids
    return {
        "ews_enabled": record.ews_enabled,
        "allowed_app_ids": None if ids is None else list(ids[:MOST_NAMED]),
        "access_policy": record.access_policy,
    }


def _mailbox_facts(switches: Mapping[str, bool | None]) -> Mapping[str, Fact]:
    return {"mailboxes": len(switches), "ews_off": sum(one is False for one in switches.values())}


def _rule_facts(rules: Sequence[TransportRuleRecord]) -> Mapping[str, Fact]:
    holding = [one.name for one in rules if one.enforced and one.holds_back]
    return {"rules": len(rules), "holding back": holding[:MOST_NAMED]}
