"""MoveItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/moveitem-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.items.moving import operation

OPERATION = operation("MoveItem", keep=False)
