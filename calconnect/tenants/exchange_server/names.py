"""Looks up the DNS records that Autodiscover may be found by, in bounded time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dns.exception
import dns.resolver

LOOKUP_SECONDS = 3.0
"""How long one question to DNS may take in all."""


@dataclass(frozen=True, slots=True)
class ServiceRecords:
    """The answer to a question for SRV records."""

    places: tuple[tuple[str, int], ...] = ()
    """Host and port of each, in the order in which they are to be tried."""
    failure: str = ""
    """calconnect's code of why there are none."""


ServiceLookup = Callable[[str], ServiceRecords]
"""Answers the SRV records of a name."""


def look_up_service(name: str) -> ServiceRecords:
    """Ask DNS for the SRV records of ``name``, such as ``_autodiscover._tcp.example.com``. Never raises.

    Source: https://www.rfc-editor.org/rfc/rfc2782 (order by priority, then weight)
    """
    try:
        answer = dns.resolver.Resolver().resolve(name, "SRV", lifetime=LOOKUP_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ServiceRecords(failure="no-service-record")
    except (dns.exception.DNSException, OSError, UnicodeError):
        return ServiceRecords(failure="name-timed-out")
    records = sorted(answer, key=lambda record: (record.priority, -record.weight))
    places = [(record.target.to_text(omit_final_dot=True), record.port) for record in records]
    usable = tuple(place for place in places if place[0] not in ("", "."))
    return ServiceRecords(usable) if usable else ServiceRecords(failure="no-service-record")
