"""Asks which Conditional Access policies would apply to a sign-in. Of users alone: see the source.

Sources: https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate,
https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.tenants.common.observing import Question
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest
from calconnect.tenants.exchange_online.asking import INVALID, Asking, is_address
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.paging import UNEXPECTED
from calconnect.tenants.exchange_online.people import look_up
from calconnect.tenants.exchange_online.shapes import Object, UnexpectedShape, flag, items, needed_text, text, texts

_PROBE = "what-if"
_EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
"""The App ID of Exchange Online, which the sign-in is for."""
_REPORT_ONLY = "enabledForReportingButNotEnforced"


class WhatIf:
    """Asks, no faster than Graph allows. Safe to use from several threads."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._lock = threading.Lock()
        self._next = 0.0

    def ask(self, user: str, source_address: str) -> Observation:
        """Evaluate a sign-in of ``user`` to Exchange Online from an address: see the interface."""
        source: dict[str, Fact] = {"source": source_address}  # of refusals, too: a saved run tells them apart by it
        if not is_address(user):
            question = Question(_PROBE, "GET /users/{address}", Mode.APPLICATION, user)
            return self._asking.scribe.not_asked(question, INVALID, source)
        ((reply, _),) = look_up(self._asking, [user])
        user_id, reply = _user_id(reply)
        if not user_id:
            reply = replace(reply, details={**reply.details, **source})
            return self._asking.observe((_PROBE, "GET /users/{address}", user), reply)
        body = {
            "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": user_id},
            "signInContext": {
                "@odata.type": "#microsoft.graph.applicationContext",
                "includeApplications": [_EXCHANGE_ONLINE],
            },
            "signInConditions": {"ipAddress": source_address, "clientAppType": "mobileAppsAndDesktopClients"},
            "appliedPoliciesOnly": True,
        }
        reply = self._evaluate(GraphRequest("/identity/conditionalAccess/evaluate", "POST", body))
        reply = replace(reply, details={**reply.details, **source})
        return self._asking.observe((_PROBE, "POST /identity/conditionalAccess/evaluate", user), reply, _read)

    def _evaluate(self, request: GraphRequest) -> GraphReply:
        """Ask when it is our turn: one after the other, with the time between them that Graph wants."""
        with self._lock:
            wait = self._next - time.monotonic()
            if wait > 0:
                self._asking.session.pause(wait)
            try:
                return self._asking.session.ask(request)
            finally:
                self._next = time.monotonic() + limits().what_if_interval


def _user_id(reply: GraphReply) -> tuple[str, GraphReply]:
    if not reply.ok:
        return "", reply
    try:
        return needed_text(reply.body, "id"), reply
    except UnexpectedShape:
        return "", reply.but(UNEXPECTED)


def _read(answer: Object) -> dict[str, Fact]:
    applying = [one for one in items(answer) if flag(one, "policyApplies")]
    enforced = [one for one in applying if text(one, "state") == "enabled"]
    controls = {control for one in enforced for control in _controls(one)}
    return {
        "applies": sorted(text(one, "displayName") for one in enforced),
        "controls": sorted(controls),
        "report_only": sorted(text(one, "displayName") for one in applying if text(one, "state") == _REPORT_ONLY),
    }


def _controls(policy: Object) -> list[str]:
    grant = policy.get("grantControls")
    return list(texts(grant, "builtInControls")) if isinstance(grant, dict) else []
