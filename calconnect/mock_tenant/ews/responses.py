"""Response messages: the frame that nearly every EWS answer has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from calconnect.mock_tenant.ews.xml import Element, m, t
from calconnect.mock_tenant.state.errors import EwsError

T = TypeVar("T")


def success(name: str, *children: Element | None) -> Element:
    """Return a response message (``GetFolderResponseMessage``) that says NoError."""
    return m(name, m("ResponseCode", text="NoError"), *children, ResponseClass="Success")


def failure(name: str, error: EwsError, *children: Element | None) -> Element:
    """Return a response message that carries an error."""
    return m(
        name,
        m("MessageText", text=error.message),
        m("ResponseCode", text=error.code),
        m("DescriptiveLinkKey", text="0"),
        message_xml(error),
        *children,
        ResponseClass="Error",
    )


def message_xml(error: EwsError) -> Element | None:
    """Return the error's ``m:MessageXml``; None if it has no values."""
    if not error.values:
        return None
    return m("MessageXml", *(t("Value", text=value, Name=name) for name, value in error.values.items()))


def response(operation: str, messages: Iterable[Element]) -> Element:
    """Return ``m:<operation>Response`` with its response messages."""
    return m(f"{operation}Response", m("ResponseMessages", *messages))


def for_each(
    operation: str,
    things: Iterable[T],
    work: Callable[[T], Iterable[Element | None]],
    *,
    on_error: Callable[[], Iterable[Element | None]] = tuple,
) -> Element:
    """Answer item by item, as Exchange does: what fails gets an error message in its place, the others go on.

    Args:
        operation: ``GetFolder``.
        things: what the request lists.
        work: returns the children of one success message.
        on_error: returns the children that the schema wants in an error message too (``m:Items`` …).
    """
    name = f"{operation}ResponseMessage"
    messages = []
    for thing in things:
        try:
            messages.append(success(name, *work(thing)))
        except EwsError as error:
            messages.append(failure(name, error, *on_error()))
    return response(operation, messages)
