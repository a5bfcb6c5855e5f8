"""The tables of a tenant file that describe the server: how it is reached, what it allows, and how it fails."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, Field, create_model

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverMode
from calconnect.mock_tenant.description.values import STRICT, Address, Build, Network, Text, VendorAddress
from calconnect.mock_tenant.firewall import Action
from calconnect.mock_tenant.state.faults import FaultKind
from calconnect.mock_tenant.state.policies import DatabaseState, Policies
from calconnect.mock_tenant.state.server import ExtendedProtection, Proxy
from calconnect.mock_tenant.tls import CertificateKind, TlsVersion

_Lax = Field(strict=False)


class _Table(BaseModel):
    model_config = STRICT


class ServerTable(_Table):
    """``[server]``: left out, the server's own defaults hold."""

    version: Build | None = None
    host: Text | None = None
    server_name: Text | None = None
    extended_protection: Annotated[ExtendedProtection, _Lax] | None = None
    behind: Annotated[Proxy, _Lax] | None = None
    maintenance: bool | None = None


def _policies() -> Any:
    """Return the model of ``[policies]``: a key for each field of Policies, numbers not below zero."""
    hints = get_type_hints(Policies)
    keys: dict[str, Any] = {}
    for one in dataclasses.fields(Policies):
        kind = hints[one.name]
        keys[one.name] = (kind | None if kind is bool else Annotated[kind, Field(ge=0)] | None, None)
    return create_model("PoliciesTable", __base__=_Table, **keys)


PoliciesTable: Any = _policies()


class AuthenticationPolicyTable(_Table):
    """``[[authentication_policies]]``."""

    name: Text
    block_legacy_ews: bool = False


class ThrottlingPolicyTable(_Table):
    """``[[throttling_policies]]``."""

    name: Text
    ews_max_concurrency: Annotated[int, Field(ge=0)] = 27
    ews_max_subscriptions: Annotated[int, Field(ge=0)] = 5000


class DatabaseTable(_Table):
    """``[[databases]]``."""

    name: Text
    state: Annotated[DatabaseState, _Lax] = DatabaseState.MOUNTED


class FaultsTable(_Table):
    """``[faults]``."""

    every: Annotated[int, Field(ge=0)] = 0
    kind: Annotated[FaultKind, _Lax] = FaultKind.UNAVAILABLE
    percent: dict[Annotated[FaultKind, _Lax], Annotated[float, Field(ge=0, le=100)]] = {}
    seed: int = 0
    back_off: list[str] = []
    hanging: list[Address] = []
    hanging_one_in: Annotated[int, Field(ge=0)] = 0


class FirewallRuleTable(_Table):
    """``[[firewall.rules]]``."""

    order: Annotated[int, Field(ge=0)]
    action: Annotated[Action, _Lax]
    source: Network


class FirewallTable(_Table):
    """``[firewall]``."""

    default: Annotated[Action, _Lax] = Action.ALLOW
    vendor_addresses: list[VendorAddress] = []
    rules: list[FirewallRuleTable] = []


class CertificateTable(_Table):
    """``[certificate]``."""

    kind: Annotated[CertificateKind, _Lax] = CertificateKind.GOOD
    tls_minimum: Annotated[TlsVersion, _Lax] = TlsVersion.TLS_1_2
    tls_maximum: Annotated[TlsVersion, _Lax] = TlsVersion.TLS_1_3


class AutodiscoverTable(_Table):
    """``[autodiscover]``."""

    mode: Annotated[AutodiscoverMode, _Lax] = AutodiscoverMode.SERVE
    target: str = ""
    ews_url: str = ""
    without: list[Literal["soap", "pox", "json"]] = []
    behind: Literal["", "pre-authenticating-proxy-302", "pre-authenticating-proxy-440"] = ""
    certificate: Annotated[CertificateKind, _Lax] | None = None
