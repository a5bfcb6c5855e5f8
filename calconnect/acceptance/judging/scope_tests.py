"""Judges whether a scope is in force: that Exchange Online's own tests and live calls say the same (GR-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.application_scope import (
    ADMITTED,
    CALENDARS,
    REFUSED,
    Limit,
    is_refused,
    kind_of,
    of_application,
)
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.consent import permissions_of
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model_online import AccessTestRecord, AuthorizationTestRecord
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key

UNDER_WAY = timedelta(hours=2)
"""How long a policy or role may take until live calls follow it. Sources:
https://learn.microsoft.com/graph/auth-limit-mailbox-access (over an hour) and
https://learn.microsoft.com/exchange/permissions-exo/application-rbac (30 minutes to 2 hours)"""


NO_RIGHT = "own-application-without-calendars"
_NO_RIGHT = (
    "calconnect's own application has not the permission for calendars. It needs the permission Calendars.ReadWrite."
)
_WRITING = frozenset({"Calendars.ReadWrite", "Exchange Full Access"})
"""Permissions, and what roles for applications are about, that let events be written. Source:
https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""


@dataclass(frozen=True, slots=True)
class AccessTests:
    """What Exchange Online's own tests said."""

    of_policies: tuple[AccessTestRecord, ...] = ()
    of_roles: tuple[AuthorizationTestRecord, ...] = ()

    def granted(self, app_id: str, mailbox: str, *, consented: bool | None) -> bool | None:
        """Return whether an application may open the calendar of a mailbox, by the tests; None: they do not say.

        Policies limit the consent alone, and roles are granted beside it: what either grants is granted.

        Args:
            app_id: the application.
            mailbox: its address.
            consented: whether the application was consented to calendars; None: not known, so the test is believed.
        """
        app, key = app_id.lower(), address_key(mailbox)
        by_policy = [one.granted for one in self.of_policies if one.app_id == app and address_key(one.mailbox) == key]
        by_role = [
            one.in_scope
            for one in self.of_roles
            if one.app_id == app and address_key(one.mailbox) == key and _is_for_calendars(one)
        ]
        if True in by_role or (True in by_policy and consented is not False):
            return True
        if False in by_policy or (False in by_role and consented is False):
            return False
        return None


def tests_agree(
    app_id: str,
    tests: Export[AccessTests],
    answers: Mapping[str, Answer],
    looked_up: Answers,
    limits: tuple[Export[tuple[Limit, ...]], datetime],
    *,
    signed_in: Answer | None = None,
) -> list[Finding]:
    """Judge GR-04: one finding for each mailbox that was tested.

    Args:
        app_id: App ID of calconnect's own application, which the live calls were made as.
        tests: the exported tests.
        answers: by mailbox, what came of opening its calendar.
        looked_up: what came of looking that application up, and what it was consented to.
        limits: the exports of policies and roles, for when they were changed, and when the run began.
        signed_in: the application's sign-in: its token tells of the consent where that application cannot be looked up.
    """
    if isinstance(tests.read, NotAsked) or tests.says is None:
        return [not_asked(app_id, tests.read)] if isinstance(tests.read, NotAsked) else []
    permissions = permissions_of(looked_up)
    consented = consented_by_token(signed_in) if permissions is None else any(map(_reaches_calendars, permissions))
    said = {mailbox: tests.says.granted(app_id, mailbox, consented=consented) for mailbox in answers}
    pending = _may_be_under_way(of_application(limits[0], app_id), tests, limits[1])
    findings = [
        _compared(mailbox, answer, granted, tests, pending=pending)
        for mailbox, answer in answers.items()
        if (granted := said[mailbox]) is not None
    ]
    if not findings and permissions is None and consented is False:
        return [unknown(app_id, _NO_RIGHT, UnknownReason.NOT_PERMITTED, *tests.seen, code=NO_RIGHT)]
    if not findings:
        sentence = f"{tests.dated.capitalize()} tests no listed mailbox for calconnect's own application."
        return [unknown(app_id, sentence, UnknownReason.NO_EVIDENCE, *tests.seen)]
    return findings


def consented_by_token(signed_in: Answer | None) -> bool | None:
    """Return whether calconnect's own application was consented to calendars, by its token; None: that does not say."""
    permissions = signed_in.details.get("permissions") if isinstance(signed_in, Observation) else None
    return any(_reaches_calendars(str(one)) for one in permissions) if isinstance(permissions, list) else None


def permitted(
    findings: Sequence[Finding], app_id: str, limits: Export[tuple[Limit, ...]], signed_in: Answer
) -> list[Finding]:
    """Turn refusals of listed mailboxes into ``unknown`` where calconnect's own application may open no calendar:
    neither a consent nor, as far as the exports show, a role gives it the right. They say nothing of the mailboxes.

    Args:
        findings: of GR-07.
        app_id: App ID of calconnect's own application.
        limits: the exports of policies and roles.
        signed_in: its sign-in.
    """
    roles = [one for one in of_application(limits, app_id) if not one.is_policy]
    opened = any(finding.verdict is Verdict.PASSED for finding in findings)
    if opened or roles or consented_by_token(signed_in) is not False:
        return list(findings)
    return [_for_want_of_a_right(one) for one in findings]


def permitted_to_write(
    findings: Sequence[Finding], app_id: str, limits: Export[tuple[Limit, ...]], signed_in: Answer
) -> list[Finding]:
    """Turn refusals of the test event into ``unknown`` where calconnect's own application may read calendars alone:
    neither its token nor, as far as the exports show, a role gives it the right to write. The vendor's may.

    Args:
        findings: of GR-13.
        app_id: App ID of calconnect's own application.
        limits: the exports of policies and roles.
        signed_in: its sign-in.
    """
    told = signed_in.details.get("permissions") if isinstance(signed_in, Observation) else None
    by_role = {one.permission for one in of_application(limits, app_id)} & _WRITING
    if not isinstance(told, list) or _WRITING.intersection(map(str, told)) or by_role:
        return list(findings)
    return [_for_want_of_a_right(one) for one in findings]


def _for_want_of_a_right(finding: Finding) -> Finding:
    """Return a refusal as unknown; any other finding as it is."""
    if finding.verdict is not Verdict.FAILED or finding.code != REFUSED:
        return finding
    return replace(
        finding,
        verdict=Verdict.UNKNOWN,
        reason=UnknownReason.NOT_PERMITTED,
        code=NO_RIGHT,
        sentence=f"{finding.sentence} {_NO_RIGHT}",
        remediation="",
    )


def hangs_on_the_scope(findings: Sequence[Finding]) -> bool:
    """Say whether one of the findings of GR-07 or GR-08 may be the doing of a scope that is under way."""
    return any(finding.verdict is Verdict.FAILED and finding.code in (REFUSED, ADMITTED) for finding in findings)


def pending(
    findings: Sequence[Finding], app_id: str, limits: Export[tuple[Limit, ...]], now: datetime
) -> list[Finding]:
    """Turn refusals of listed mailboxes, and outsiders who were let in, into ``unknown`` where the exports show that a
    policy or role was changed a short while ago.

    Args:
        findings: of GR-07 or GR-08.
        app_id: App ID of calconnect's own application.
        limits: the exports of policies and roles.
        now: when the run began.
    """
    moments = [one.changed_at for one in of_application(limits, app_id) if one.changed_at is not None]
    recent = max((at for at in moments if timedelta(0) <= now - at <= UNDER_WAY), default=None)
    if recent is None:
        return list(findings)
    minutes = int((now - recent).total_seconds() // 60)
    more = (
        f" By {limits.dated} the scope was changed {minutes} minutes before this run. A change may take two hours until"
        " live calls follow it; run it again then."
    )
    seen = tuple(one.id for one in limits.seen)
    return [
        replace(
            finding,
            verdict=Verdict.UNKNOWN,
            reason=UnknownReason.PENDING,
            sentence=finding.sentence + more,
            observations=tuple(dict.fromkeys((*finding.observations, *seen))),
            remediation="",
        )
        if hangs_on_the_scope([finding])
        else finding
        for finding in findings
    ]


def _compared(mailbox: str, answer: Answer, granted: bool, tests: Export[AccessTests], *, pending: bool) -> Finding:
    if isinstance(answer, NotAsked):
        return not_asked(mailbox, answer)
    refused = is_refused(answer)
    if not answer.ok and not refused:
        reason = codes.proves_nothing(answer) or UnknownReason.UNEXPECTED_REFUSAL
        sentence = f"Whether the live call follows the test was not to be seen. {codes.because(answer)}"
        return unknown(mailbox, sentence, reason, answer, *tests.seen, code=codes.said(answer))
    word = "granted" if granted else "denied"
    if answer.ok is granted:
        sentence = f"By {tests.dated} access is {word}, and the live call says so, too."
        return passed(mailbox, sentence, answer, *tests.seen, code="test-and-call-agree")
    live = "refused" if refused else "let in"
    sentence = f"By {tests.dated} access is {word}, and the live call was {live}."
    if pending:
        sentence += " The scope was changed less than two hours before: it may still be under way."
        return unknown(mailbox, sentence, UnknownReason.PENDING, answer, *tests.seen, code=codes.said(answer))
    return failed(mailbox, sentence, answer, *tests.seen, code="test-and-call-differ")


def _reaches_calendars(permission: str) -> bool:
    return kind_of(permission) == "calendars"


def _is_for_calendars(test: AuthorizationTestRecord) -> bool:
    return any(kind_of(one) in CALENDARS for one in (*test.permissions, test.role.removeprefix("Application ")))


def _may_be_under_way(limits: Sequence[Limit], tests: Export[AccessTests], now: datetime) -> bool:
    """Say whether a limit was changed so short a while ago that live calls need not follow it yet."""
    moments = [one.changed_at for one in limits]
    if moments and all(moments):
        return any(moment is not None and now - moment < UNDER_WAY for moment in moments)
    read = tests.read.details.get("exported") if isinstance(tests.read, Observation) else None
    return isinstance(read, str) and now - datetime.fromisoformat(read) < UNDER_WAY
