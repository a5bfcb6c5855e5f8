"""CopyItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/copyitem-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.items.moving import operation

OPERATION = operation("CopyItem", keep=True)
