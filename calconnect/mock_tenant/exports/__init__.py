"""The configuration exports that an administrator of the mock tenant's organisation would supply."""

from __future__ import annotations

from calconnect.mock_tenant.exports.online_writing import ONLINE_EXPORT_NAMES, write_online_bundle
from calconnect.mock_tenant.exports.writing import SERVER_EXPORT_NAMES, write_bundle

EXPORT_NAMES = (*SERVER_EXPORT_NAMES, *ONLINE_EXPORT_NAMES)
"""Of both halves, by their files' names without ending."""

__all__ = ["EXPORT_NAMES", "ONLINE_EXPORT_NAMES", "SERVER_EXPORT_NAMES", "write_bundle", "write_online_bundle"]
