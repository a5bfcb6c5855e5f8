"""The mock tenant as a part of this process, with settings that connect to it. Where mock and sync core meet."""

from __future__ import annotations

from calconnect.embedded.tenant import EmbeddedTenant, check, start

__all__ = ["EmbeddedTenant", "check", "start"]
