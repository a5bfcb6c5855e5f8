"""Tenant files: a mock organisation described in TOML, read, checked, and built. The format: docs/tenant-file.md."""

from __future__ import annotations

from calconnect.mock_tenant.description.catalogue import catalogue
from calconnect.mock_tenant.description.loading import load
from calconnect.mock_tenant.description.model import CatalogueEntry, Description, Expected, ServiceAccountFacts

__all__ = ["CatalogueEntry", "Description", "Expected", "ServiceAccountFacts", "catalogue", "load"]
