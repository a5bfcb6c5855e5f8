"""Errors as Microsoft Graph words them: https://learn.microsoft.com/graph/errors"""

from __future__ import annotations

from datetime import datetime
from typing import Any

Headers = tuple[tuple[str, str], ...]


class GraphError(Exception):
    """Something that Graph answers with an error object.

    A handler raises it; the endpoint adds date and request ids. Clients are to match on ``code``.
    """

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        """Headers beside those of every answer, such as ``Retry-After``."""

    def body(self, at: datetime, request_id: str, client_request_id: str) -> dict[str, Any]:
        """Return the error object, with what tells this one answer from every other.

        Args:
            at: when it is answered, on the organisation's clock.
            request_id: the answer's own id.
            client_request_id: the id that the client gave the request; else the answer's own.
        """
        inner = {
            "date": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """Return the error for a request that cannot be understood."""
    return GraphError(400, code, message)


def unsupported_query(message: str) -> GraphError:
    """Return the error for a query of the directory that needs ``ConsistencyLevel: eventual``, or is not offered."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def not_found(name: str) -> GraphError:
    """Return the error for a directory object that does not exist."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
    )


def not_permitted() -> GraphError:
    """Return the error for a directory resource without the permission."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def access_denied(message: str = "Access is denied. Check credentials and try again.") -> GraphError:
    """Return the error for a resource of Exchange without the permission."""
    return GraphError(403, "ErrorAccessDenied", message)


def no_such_mailbox_user(name: str) -> GraphError:
    """Return the error for a mailbox resource of a user whom nobody knows."""
    return GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
