"""Why a sweep asks no mailbox: the gates of the audit, applied to what was observed before the first one."""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.acceptance import gates
from calconnect.acceptance.asked import NotAsked
from calconnect.evidence.observation import Observation
from calconnect.tenants.thin.interface import Side

_LOCATE = "locate"
_AUDITS_WORDS = "It was not asked for"


def obstacle(side: Side, seen: Sequence[Observation]) -> str:
    """Return in a sentence why no mailbox of a side is asked, by what was observed of it so far; empty: they are.

    Args:
        side: where.
        seen: of the server, ``locate`` and ``tls``, then ``offered-authentication``, then ``sign-in``, as far as it
            came; of Exchange Online the sign-in.
    """
    found = gates.application_signed_in(seen[-1]) if side is Side.ONLINE else _of_server(seen)
    if found is None:
        return ""
    return f"No mailbox was asked{found.sentence.removeprefix(_AUDITS_WORDS)}"


def _of_server(seen: Sequence[Observation]) -> NotAsked | None:
    last = {observation.probe: observation for observation in seen}
    located = tuple(observation for observation in seen if observation.probe == _LOCATE)
    url_given = bool(located) and located[-1].details.get("how") == "settings"
    found = gates.reached(located, last["tls"], url_given=url_given)
    if found is None and "offered-authentication" in last:
        found = gates.may_sign_in(last["offered-authentication"])
    if found is None and "sign-in" in last:
        found = gates.signed_in(last["sign-in"])
    return found
