"""Errors as Exchange names them. Code list: https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode"""

from __future__ import annotations

from collections.abc import Mapping


class EwsError(Exception):
    """Something that Exchange answers with a response code.

    Raised while one item of a request is worked on, it becomes an error response message (HTTP 200); raised while the
    request as a whole is read or admitted, it becomes a SOAP fault (HTTP 500).
    """

    def __init__(self, code: str, message: str, values: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.values: Mapping[str, str] = values or {}
        """``t:Value`` entries of the ``MessageXml``, by name (``BackOffMilliseconds``)."""
