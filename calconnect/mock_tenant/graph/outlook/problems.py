"""The errors of calendar resources. Sources of the codes:

https://learn.microsoft.com/graph/errors, https://github.com/microsoftgraph/microsoft-graph-docs/issues/7919,
https://github.com/microsoftgraph/microsoft-graph-docs/issues/57
"""

from __future__ import annotations

from calconnect.mock_tenant.graph.errors import GraphError


def unknown_property(name: str, kind: str) -> GraphError:
    """Return the error for a JSON property that a type does not have."""
    message = (
        f"The property '{name}' does not exist on type '{kind}'. Make sure to only use property names that are "
        "defined by the type."
    )
    return GraphError(400, "RequestBodyRead", message)


def invalid_value(what: str) -> GraphError:
    """Return the error for a property whose value cannot be."""
    return GraphError(400, "ErrorPropertyValidationFailure", f"At least one property failed validation: {what}.")


def invalid_parameter(message: str) -> GraphError:
    """Return the error for a query parameter that is missing or cannot be."""
    return GraphError(400, "ErrorInvalidParameter", message)


def invalid_request(message: str) -> GraphError:
    """Return the error for something that cannot be done with this event."""
    return GraphError(400, "ErrorInvalidRequest", message)


def malformed_id() -> GraphError:
    """Return the error for an id that is none."""
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def no_item() -> GraphError:
    """Return the error for an id that leads to nothing."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def not_acceptable_version() -> GraphError:
    """Return the error for a change to a version of an event that is not the present one."""
    return GraphError(412, "ErrorIrresolvableConflict", "The change key does not match the current one of the item.")
