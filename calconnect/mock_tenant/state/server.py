"""How the organisation's server is built and what stands in front of it, as far as clients notice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExtendedProtection(StrEnum):
    """Whether NTLM must be bound to the TLS channel (``ExtendedProtectionTokenChecking`` of a virtual directory).

    https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-extended-protection
    """

    NONE = "none"
    ALLOW = "allow"
    """A client that binds must bind to the right channel; one that does not may sign in."""
    REQUIRE = "require"


class Proxy(StrEnum):
    """What clients reach in the server's stead."""

    NOTHING = ""
    RE_ENCRYPTING = "re-encrypting-proxy"
    """Ends TLS and begins it anew: clients see its certificate, the server knows only its own."""
    SIGN_IN_PAGE = "pre-authenticating-proxy-302"
    """Sends whoever has not signed in at its own page to that page."""
    LOGIN_TIMEOUT = "pre-authenticating-proxy-440"
    """The same, told with IIS's status 440."""


SERVER_SE = "15.2.2562.46"
"""Exchange Server SE RTM with the security update of August 2026:
https://github.com/microsoft/CSS-Exchange/pull/2574. SE begins with 15.2.2562.17:
https://learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates"""


@dataclass(slots=True)
class ServerFacts:
    """How the server names itself, and how it is reached."""

    version: str = SERVER_SE
    """Build: 15.2 is Exchange 2019 and SE (exchangelib, version.py)."""
    host: str = "mail"
    """Host name in the first domain, or a full name."""
    server_name: str = "EX01"
    extended_protection: ExtendedProtection = ExtendedProtection.NONE
    behind: Proxy = Proxy.NOTHING
    maintenance: bool = False
    """Taken out of service for maintenance: every client gets HTTP 503."""


class Generation(StrEnum):
    """Generations of Exchange Server, as far as their web services differ."""

    EXCHANGE_2007 = "Exchange2007"
    EXCHANGE_2007_SP1 = "Exchange2007_SP1"
    EXCHANGE_2010 = "Exchange2010"
    EXCHANGE_2010_SP1 = "Exchange2010_SP1"
    EXCHANGE_2010_SP2 = "Exchange2010_SP2"
    EXCHANGE_2013 = "Exchange2013"
    EXCHANGE_2013_SP1 = "Exchange2013_SP1"
    EXCHANGE_2016 = "Exchange2016"
    """2016, 2019 and SE alike."""


_OLDEST_FIRST = tuple(Generation)
_SINCE = (
    ((15, 1), Generation.EXCHANGE_2016),
    ((15, 0, 847), Generation.EXCHANGE_2013_SP1),
    ((15, 0), Generation.EXCHANGE_2013),
    ((14, 2), Generation.EXCHANGE_2010_SP2),
    ((14, 1), Generation.EXCHANGE_2010_SP1),
    ((14,), Generation.EXCHANGE_2010),
    ((8, 1), Generation.EXCHANGE_2007_SP1),
)
"""The first build of each, latest first:
https://learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates"""


def generation_of(version: str) -> Generation:
    """Return the generation that a build (``15.2.2562.46``) belongs to."""
    build = tuple(int(part) for part in version.split("."))
    return next((one for first, one in _SINCE if build >= first), Generation.EXCHANGE_2007)


def knows(version: str, generation: Generation) -> bool:
    """Whether a server of this build is of a generation, or of a later one."""
    return _OLDEST_FIRST.index(generation_of(version)) >= _OLDEST_FIRST.index(generation)
