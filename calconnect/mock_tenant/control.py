"""The control plane: what a test or a person does to the tenant from outside, as JSON under ``/_calconnect/<token>/``.

The token is made at each start and told only to whoever started the server, so that nothing else on the same machine
can guess its way in. The firewall decides on these connections too.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant import control_state
from calconnect.mock_tenant.control_values import BadRequest, moment, number, table, text
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.reply import JSON, Reply
from calconnect.mock_tenant.wire.request import HttpRequest

PREFIX = "/_calconnect/"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the control plane."""

    live: LiveTenant
    argument: str
    """What follows the resource's name in the path: an address or a login."""
    query: Mapping[str, str]
    body: Mapping[str, Any]


class Control:
    """Answers the control plane's requests."""

    def __init__(self, live: LiveTenant, token: str) -> None:
        self._live = live
        self._token = token.encode()

    def answer(self, request: HttpRequest) -> Reply:
        """Answer one request."""
        token, _, rest = request.path[len(PREFIX) :].partition("/")
        if not hmac.compare_digest(token.encode(), self._token):
            return _json(404, {"error": "There is nothing here."})
        resource, _, argument = rest.strip("/").partition("/")
        action = _ACTIONS.get((request.method, resource))
        if action is None:
            known = sorted({f"{method} {name}".strip() for method, name in _ACTIONS})
            status = 405 if any(name == resource for _, name in _ACTIONS) else 404
            return _json(status, {"error": "There is no such call.", "calls": known})
        try:
            body = json.loads(request.body or b"{}")
            call = Call(self._live, argument, request.query, table(body, "the body"))
            with self._live.organization.lock:
                return _json(200, action(call))
        except ValueError as error:  # JSON and Unicode errors among them
            return _json(400, {"error": str(error)})
        except InvalidInput as error:
            return _json(
                400, {"error": "The tenant file is not valid.", "problems": [str(one) for one in error.problems]}
            )


def _about(call: Call) -> Any:
    return control_state.about(call.live)


def _reset(call: Call) -> Any:
    call.live.reset()
    return control_state.about(call.live)


def _seed(call: Call) -> Any:
    return control_state.seed(call.live.organization, text(call.body, "mailbox"), call.body.get("events"))


def _clock(call: Call) -> Any:
    return {"now": call.live.organization.now().isoformat()}


def _set_clock(call: Call) -> Any:
    call.live.organization.clock.set(moment(call.body, "now"))
    return _clock(call)


def _advance_clock(call: Call) -> Any:
    control_state.advance(call.live.organization.clock, number(call.body, "seconds"))
    return _clock(call)


def _state(call: Call) -> Any:
    organization = call.live.organization
    return control_state.mailbox(organization, call.argument) if call.argument else control_state.counts(organization)


def _requests(call: Call) -> Any:
    after = call.query.get("after", "0")
    if not after.isdecimal():
        raise BadRequest("after must be the number of a request.")
    recorder = call.live.recorder
    return {"count": recorder.count, "requests": recorder.as_json(after=int(after))}


def _clear_requests(call: Call) -> Any:
    call.live.recorder.clear()
    return {"count": 0}


def _firewall(call: Call) -> Any:
    return control_state.firewall_as_json(call.live.firewall)


def _set_firewall(call: Call) -> Any:
    call.live.firewall = control_state.read_firewall(call.body)
    return _firewall(call)


def _policies(call: Call) -> Any:
    return control_state.change_policies(call.live.organization.policies, call.body)


def _account(call: Call) -> Any:
    return control_state.account(call.live.organization, call.live.meters, call.argument)


def _change_account(call: Call) -> Any:
    control_state.change_account(call.live.organization, call.argument, call.body)
    return _account(call)


def _figures(call: Call) -> Any:
    meters = call.live.meters
    if not call.argument:
        return meters.as_json()
    return {"operation": call.argument, "mailboxes": dict(meters.mailboxes.get(call.argument, {}))}


def _clear_figures(call: Call) -> Any:
    call.live.meters.clear()
    return _figures(call)


def _items(call: Call) -> Any:
    name = call.query.get("property", "")
    if not name:
        raise BadRequest("property must be the name of an extended property.")
    return {"items": control_state.items_with(call.live.organization, name)}


_ACTIONS: Mapping[tuple[str, str], Callable[[Call], Any]] = {
    ("GET", ""): _about,
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("GET", "clock"): _clock,
    ("PUT", "clock"): _set_clock,
    ("POST", "clock"): _advance_clock,
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _clear_requests,
    ("GET", "firewall"): _firewall,
    ("PUT", "firewall"): _set_firewall,
    ("GET", "policies"): _policies,
    ("PATCH", "policies"): _policies,
    ("GET", "accounts"): _account,
    ("PATCH", "accounts"): _change_account,
    ("GET", "figures"): _figures,
    ("DELETE", "figures"): _clear_figures,
    ("GET", "items"): _items,
}


def _json(status: int, value: Any) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), JSON)
