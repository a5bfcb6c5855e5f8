"""The gate of a sweep: the server is found, its certificate verified and one sign-in made before any mailbox is asked.

So a wrong password is tried once, and a server that is away is not asked a hundred thousand times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Observation
from calconnect.tenants.interface import Tenant
from calconnect.tenants.online_interface import OnlineTenant
from calconnect.tenants.thin.interface import Side

Obstacle = Callable[[Side, Sequence[Observation]], str]
"""Says in a sentence why a side cannot be asked any more, by what was observed of it so far; empty: it can.

It judges, and so belongs to whoever judges: ``acceptance.sweep_gate``."""


@dataclass(slots=True)
class Passed:
    """What the gate came to."""

    observations: list[Observation] = field(default_factory=list)
    """In the order in which they were made."""
    obstacle: str = ""
    """Why no mailbox is asked; empty: they are."""
    account_refused: bool = False
    """Whether it is the account that is not let in, and not the server that is away."""


def pass_gate(
    server: Tenant | None,
    online: OnlineTenant | None,
    obstacle: Obstacle,
    *,
    over_ews: bool = False,
) -> Passed:
    """Go through the gate of each side, and stop at the first obstacle: nothing else is sent then.

    Args:
        server: the Exchange Server; None: there is none.
        online: Exchange Online; None: there is none.
        obstacle: judges what was seen.
        over_ews: whether Exchange Online is asked over EWS, which takes a token of its own.
    """
    passed = Passed()
    if server is not None:
        _server(server, obstacle, passed)
    if online is not None and not passed.obstacle:
        seen = [online.sign_in_ews() if over_ews else online.sign_in_application()]
        passed.observations += seen
        passed.obstacle = obstacle(Side.ONLINE, seen)
        passed.account_refused = _not_let_in(passed, seen[-1])
    return passed


def _server(server: Tenant, obstacle: Obstacle, passed: Passed) -> None:
    seen = [*server.locate(), server.inspect_tls()]
    passed.obstacle = obstacle(Side.SERVER, seen)
    if not passed.obstacle:
        seen.append(server.offered_authentication())
        passed.obstacle = obstacle(Side.SERVER, seen)
    if not passed.obstacle:
        seen.append(server.sign_in())
        passed.obstacle = obstacle(Side.SERVER, seen)
        passed.account_refused = _not_let_in(passed, seen[-1])
    passed.observations += seen


def _not_let_in(passed: Passed, sign_in: Observation) -> bool:
    passing = meaning(sign_in.code, sign_in.http_status).kind in (Kind.TRANSIENT, Kind.NOT_ANSWER)
    return bool(passed.obstacle) and not passing
