"""The configuration exports that an administrator of the mock tenant's organisation would supply."""

from __future__ import annotations

from calconnect.mock_tenant.exports.writing import EXPORT_NAMES, write_bundle

__all__ = ["EXPORT_NAMES", "write_bundle"]
