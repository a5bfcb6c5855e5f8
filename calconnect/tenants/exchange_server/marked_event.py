"""The test event as exchangelib knows it: a calendar item with the mark as a named property.

Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/properties-and-extended-properties-in-ews-in-exchange
"""

from __future__ import annotations

from typing import Any

from exchangelib.extended_properties import ExtendedProperty
from exchangelib.items import CalendarItem
from exchangelib.util import create_element

from calconnect.tenants.common.mark import MARK_NAME, MARK_SET


class MarkProperty(ExtendedProperty):  # type: ignore[misc]
    """The mark as a named property."""

    property_set_id = MARK_SET
    property_name = MARK_NAME
    property_type = "String"


class MarkedEvent(CalendarItem):  # type: ignore[misc]
    """exchangelib's calendar item with the mark among its fields."""

    FIELDS = CalendarItem.FIELDS.copy()
    """A list of our own: without it, registering would change exchangelib's class for the whole process."""


MarkedEvent.register("mark", MarkProperty)


class MarkRestriction:
    """A search for one mark, or for any: what exchangelib's FindItem takes as a restriction."""

    def __init__(self, mark: str | None) -> None:
        self._mark = mark

    def to_xml(self, version: Any) -> Any:  # noqa: ARG002 - the same in every schema version
        """Return the ``Restriction`` element."""
        restriction = create_element("m:Restriction")
        if self._mark is None:
            exists = create_element("t:Exists")
            exists.append(_mark_uri())
            restriction.append(exists)
            return restriction
        equal = create_element("t:IsEqualTo")
        equal.append(_mark_uri())
        constant = create_element("t:FieldURIOrConstant")
        constant.append(create_element("t:Constant", attrs={"Value": self._mark}))
        equal.append(constant)
        restriction.append(equal)
        return restriction


def _mark_uri() -> Any:
    return create_element(
        "t:ExtendedFieldURI",
        attrs={"PropertySetId": MARK_SET, "PropertyName": MARK_NAME, "PropertyType": "String"},
    )
