"""Reads the table ``[connection]``: the fields of the vendor's form, as far as the topology has them."""

from __future__ import annotations

from calconnect.settings.model import ConnectionSettings, Topology
from calconnect.settings.network import url_fault
from calconnect.settings.reader import TableReader

_ACCOUNT = ("service_account_email", "service_account_password")
_ALWAYS = ("email_to_impersonate", "terms_agreed")
_FOR_A_SERVER = ("exchange_server_url", "service_account_username")


def read_connection(table: TableReader, topology: Topology) -> ConnectionSettings | None:
    """Read the table; None if something that the topology needs is missing or wrong.

    Exchange Online needs no service account. One that is named all the same is for requirement EWS-04 to judge; what
    leads to a server is refused where there is none.
    """
    table.require(*(_ACCOUNT if topology.has_server else ()), *_ALWAYS)
    email = table.address("service_account_email")
    password = table.secret("service_account_password", "A password")
    impersonate = table.address("email_to_impersonate")
    agreed = table.boolean("terms_agreed")
    url = _url(table)
    username = table.text("service_account_username")
    if not topology.has_server:
        for key in _FOR_A_SERVER:
            if table.has(key):
                message = f"is for an Exchange Server, and the topology is {topology}."
                table.complain(key, message, 'Leave it out, or write topology = "hybrid".')
    if impersonate is None or agreed is None or (topology.has_server and (email is None or password is None)):
        return None
    return ConnectionSettings(email or "", password, impersonate, agreed, url, username)


def _url(table: TableReader) -> str | None:
    text = table.text("exchange_server_url")
    if text is None:
        return None
    fault, hint = url_fault(text)
    if fault:
        table.complain("exchange_server_url", fault, hint)
        return None
    return text
