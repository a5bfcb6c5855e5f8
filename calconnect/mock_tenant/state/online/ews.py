"""Whether Exchange Online still answers over EWS, on a day, for a mailbox and an application. Pure rules.

Sources, last read 2026-11-22:
https://techcommunity.microsoft.com/blog/exchange/exchange-online-ews-your-time-is-almost-up/4492361
https://techcommunity.microsoft.com/blog/exchange/introducing-ewsallowedappids-preparing-for-the-final-phase-of-ews-retirement/4529471
https://learn.microsoft.com/powershell/module/exchange/set-organizationconfig
"""

from __future__ import annotations

import fnmatch
from datetime import UTC, date, datetime

from calconnect.mock_tenant.state.online.directory import Licence, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.policies import EwsSwitches

REASON_HEADER = "X-EWS-Policy-Reason"
"""The response header that names the reason beside HTTP 403."""
DISABLED = "EWS is disabled for this user or tenant"
BLOCKED = "EWS is blocked by policy for this user or tenant"

PERMANENTLY_OFF = date(2027, 4, 1)
"""From this day on EWS is off for everybody; the switches are gone."""
FRONT_LINE_OFF = date(2026, 6, 30)
"""From this day on EWS is refused for mailboxes whose only licence is one for front-line workers."""
_FRONT_LINE = frozenset({Licence.F1, Licence.F3, Licence.KIOSK})


def ews_refusal(half: OnlineHalf, user: OnlineUser | None, app_id: str, user_agent: str, at: datetime) -> str | None:
    """Return the text of ``X-EWS-Policy-Reason`` of the refusal (HTTP 403); None: EWS answers.

    Args:
        half: the organisation's Exchange Online.
        user: whose mailbox is asked; None: nobody's, so that what holds for all decides.
        app_id: the application that asks.
        user_agent: what it calls itself.
        at: when.
    """
    switches, day = half.ews, at.astimezone(UTC).date()
    if day >= PERMANENTLY_OFF or not is_on(switches, day):
        return DISABLED
    if user is not None and user.ews_enabled is False:
        return DISABLED
    if user is not None and day >= FRONT_LINE_OFF and user.licence in _FRONT_LINE:
        return DISABLED
    if not app_is_listed(switches, app_id, at) or user_agent_is_refused(switches, user_agent):
        return BLOCKED
    return None


def is_on(switches: EwsSwitches, day: date) -> bool:
    """Whether EWS is on for the organisation: never set, it turns off when the disablement reaches the tenant."""
    if switches.enabled is None:
        return day < switches.rollout
    return switches.enabled


def app_is_listed(switches: EwsSwitches, app_id: str, at: datetime) -> bool:
    """Whether the list of App IDs lets an application pass.

    A list that names some is followed as soon as it is effective. One that names none lets all pass until the
    disablement has reached the tenant, and nobody from then on.
    """
    if not switches.allowed_apps:
        return switches.enabled is None or at.astimezone(UTC).date() < switches.rollout
    if switches.allowed_apps_effective is not None and at < switches.allowed_apps_effective:
        return True
    return app_id.lower() in {one.lower() for one in switches.allowed_apps}


def user_agent_is_refused(switches: EwsSwitches, user_agent: str) -> bool:
    """Whether the policy by User-Agent refuses a client. It holds for REST and Graph as well as for EWS."""
    if switches.access_policy == "EnforceAllowList":
        return not _matches(user_agent, switches.allow_list)
    if switches.access_policy == "EnforceBlockList":
        return _matches(user_agent, switches.block_list)
    return False


def _matches(user_agent: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns, in which ``*`` stands for anything, is the whole of ``user_agent``."""
    return any(fnmatch.fnmatchcase(user_agent.lower(), _literal(one.lower())) for one in patterns)


def _literal(pattern: str) -> str:
    """Return a pattern in which nothing but ``*`` has a meaning of its own."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
