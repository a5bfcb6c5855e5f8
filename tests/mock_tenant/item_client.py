"""A client of one mailbox, for tests of items."""

from __future__ import annotations

from tests.mock_tenant.item_requests import create, get, ids_of, shape
from tests.mock_tenant.raw_client import Answer, RawClient


class ItemClient:
    """One mailbox, spoken to by impersonation."""

    def __init__(self, soap: RawClient, address: str) -> None:
        self.soap = soap
        self.address = address

    def __call__(self, body: str, *, version: str = "Exchange2016", header: str = "") -> Answer:
        return self.soap(body, impersonate=self.address, version=version, header=header)

    def make(self, item: str, folder: str = "") -> str:
        """Create an item and return its id; ``folder`` is a folder id element."""
        made = self(create(item, folder=folder))
        assert made.codes == ["NoError"]
        return ids_of(made)[0]

    def text(self, identity: str, uri: str) -> str:
        """Return one property's text."""
        return self(get([identity], shape(fields=[uri]))).text(f"//m:Items//t:{uri.partition(':')[2]}")
