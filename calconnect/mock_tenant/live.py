"""A tenant that is being served: what the parts of the server share, and what a reset puts back."""

from __future__ import annotations

from dataclasses import dataclass, field

from calconnect.mock_tenant import description as tenant_files
from calconnect.mock_tenant.auth.channel_bindings import channel_binding_hash
from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.firewall import Firewall
from calconnect.mock_tenant.flaky import Flaky
from calconnect.mock_tenant.meters import Meters
from calconnect.mock_tenant.recorder import Recorder
from calconnect.mock_tenant.reply import Connection
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.throttling import Throttle
from calconnect.mock_tenant.tls import TlsSetup


@dataclass(slots=True)
class LiveTenant:
    """The tenant as it stands now."""

    description: Description
    tls: TlsSetup | None = None
    """None: nobody connects by TLS (parts of the server, tried by themselves)."""
    firewall: Firewall = field(init=False)
    """In force; the control plane may swap it."""
    autodiscover: AutodiscoverFacts = field(init=False)
    recorder: Recorder = field(default_factory=Recorder)
    throttle: Throttle = field(default_factory=Throttle)
    meters: Meters = field(default_factory=Meters)
    flaky: Flaky = field(default_factory=Flaky)
    _bindings: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._adopt()

    @property
    def organization(self) -> Organization:
        """The organisation that is served."""
        return self.description.organization

    def binding_of(self, connection: Connection) -> bytes:
        """Return the hash that NTLM on a connection has to carry where Extended Protection is on; empty: unknown."""
        if self.tls is None or connection.tls is None:
            return b""
        context = connection.tls.context
        found = self._bindings.get(id(context))
        if found is None:
            found = self._bindings[id(context)] = channel_binding_hash(self.tls.certificate_of(context))
        return found

    def reset(self) -> None:
        """Read the tenant file again and start over with it. Certificate and port stay.

        Raises:
            InvalidInput: the file has become invalid; the tenant stays as it is.
        """
        fresh = tenant_files.load(self.description.file)
        self.end_deliveries()
        self.description = fresh
        self._adopt()

    def end_deliveries(self) -> None:
        """End all subscriptions, and what works for them in the background."""
        with self.organization.lock:
            self.organization.subscriptions.close()

    def _adopt(self) -> None:
        self.firewall = self.description.firewall
        self.autodiscover = self.description.autodiscover
        self.recorder.clear()
        self.throttle.clear()
        self.meters.clear()
        self.flaky = Flaky()
