"""Who may connect: rules on the source address, applied to a connection before a byte of TLS is read.

On loopback a client can bind any address of 127.0.0.0/8, so an allow-list can be observed on the wire.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Action(StrEnum):
    """What happens to a connection."""

    ALLOW = "allow"
    REJECT = "reject"
    """It is reset."""
    DROP = "drop"
    """It is held and never answered: the client runs into its time-out."""


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """One rule: an action for the sources in a network."""

    action: Action
    network: Network

    @classmethod
    def of(cls, action: Action | str, network: str) -> FirewallRule:
        """Make a rule from text: ``127.0.1.7`` or ``127.0.1.0/24``.

        Raises:
            ValueError: the action or the network is not valid.
        """
        return cls(Action(action), ipaddress.ip_network(network))


@dataclass(frozen=True, slots=True)
class Firewall:
    """Rules in order: the first that matches decides, else ``default``."""

    rules: tuple[FirewallRule, ...] = ()
    default: Action = Action.ALLOW

    @classmethod
    def allowing(cls, networks: Iterable[str], *, otherwise: Action = Action.DROP) -> Firewall:
        """Make an allow-list.

        Raises:
            ValueError: a network is not valid.
        """
        return cls(tuple(FirewallRule.of(Action.ALLOW, one) for one in networks), otherwise)

    def decide(self, source: str) -> Action:
        """Return what happens to a connection from the address ``source``."""
        if not self.rules:
            return self.default
        address = ipaddress.ip_address(source.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return next((rule.action for rule in self.rules if address in rule.network), self.default)
