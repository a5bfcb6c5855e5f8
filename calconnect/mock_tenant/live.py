"""A tenant that is being served: what the parts of the server share, and what a reset puts back."""

from __future__ import annotations

from dataclasses import dataclass, field

from calconnect.mock_tenant import description as tenant_files
from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.firewall import Firewall
from calconnect.mock_tenant.recorder import Recorder
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.throttling import Throttle


@dataclass(slots=True)
class LiveTenant:
    """The tenant as it stands now."""

    description: Description
    firewall: Firewall = field(init=False)
    """In force; the control plane may swap it."""
    autodiscover: AutodiscoverFacts = field(init=False)
    recorder: Recorder = field(default_factory=Recorder)
    throttle: Throttle = field(default_factory=Throttle)

    def __post_init__(self) -> None:
        self._adopt()

    @property
    def organization(self) -> Organization:
        """The organisation that is served."""
        return self.description.organization

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
