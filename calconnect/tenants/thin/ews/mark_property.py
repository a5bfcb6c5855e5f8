"""The mark of a test event as EWS names it: a property in a property set of calconnect's own.

Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/properties-and-extended-properties-in-ews-in-exchange
"""

from __future__ import annotations

from calconnect.tenants.common.mark import MARK_NAME, MARK_SET

MARK_URI = f'<t:ExtendedFieldURI PropertySetId="{MARK_SET}" PropertyName="{MARK_NAME}" PropertyType="String"/>'
