"""Checks what the settings say about the way to the server: URL, certification authority, places to connect to."""

from __future__ import annotations

import ipaddress
import re
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import Problem
from calconnect.settings.model import DEFAULT_TIMEOUT_SECONDS, NetworkSettings
from calconnect.settings.reader import NO_CHECKS, FileChecks, TableReader

_HOST_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_PLACE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]+)):(?P<port>[0-9]{1,5})")
_PLACE_FORM = 'Write "mail.example.com:443" = "192.0.2.10:8443".'
_CERTIFICATE = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----")


def read_network(
    table: TableReader, clock: Clock, problems: list[Problem], file: str, file_checks: FileChecks = NO_CHECKS
) -> NetworkSettings:
    """Read the table ``[network]``; problems go to ``problems``, those of the settings file under the name ``file``."""
    ca_file = table.file("ca_file")
    if ca_file is not None:
        fault, hint = ca_fault(ca_file, table.named("ca_file"), clock)
        if fault:
            table.complain("ca_file", fault, hint)
    connect_to = {}
    for name, value in table.pairs("connect_to") or []:
        fault = place_fault(name.text)
        if fault:
            message = f"must name a host and a port, such as mail.example.com:443: {fault}."
            problems.append(Problem(file, name.line, name.key, message, _PLACE_FORM))
        fault = place_fault(value)
        if fault:
            message = f"must be set to an address and a port, such as 192.0.2.10:8443: {fault}."
            problems.append(Problem(file, name.line, name.key, message, _PLACE_FORM))
        connect_to[name.text.strip().lower()] = value.strip()
    evidence = {key: table.file(key) for key in ("vendor_addresses", "firewall_export")}
    for key, path in evidence.items():
        table.check(key, path, file_checks)
    timeout = table.number("timeout_seconds", 1, 600, whole=False, unit="seconds")
    return NetworkSettings(
        ca_file=ca_file,
        connect_to=connect_to,
        vendor_addresses=evidence["vendor_addresses"],
        firewall_export=evidence["firewall_export"],
        timeout_seconds=DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    )


def url_fault(text: str) -> tuple[str, str]:
    """Say what is wrong with a server URL, and what to do; two empty strings if it is an absolute https URL.

    The text itself is not repeated: it may hold a password. Where its path leads is for requirement NET-01 to judge.
    """
    form = "Write it in full, such as https://mail.example.com/EWS/Exchange.asmx."
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "is no URL (its host or port is malformed).", form
    if any(character.isspace() or not character.isprintable() for character in text):
        return "is no URL (it has a space or an invisible character in it).", form
    if parts.scheme == "http":
        return "must begin with https:// and not with http://: the password would cross the network in clear.", form
    if parts.scheme != "https" or not parts.netloc:
        return "must be an absolute https URL.", form
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or a password.", "Use service_account_username and service_account_password."
    if fault := _host_fault(parts.hostname or ""):
        return f"is no URL: {fault}.", form
    if port == 0:
        return "is no URL (port 0).", form
    if parts.query or parts.fragment:
        return "must end with its path, and have neither ? nor #.", form
    return "", ""


def ca_fault(path: Path, name: str, clock: Clock) -> tuple[str, str]:
    """Say what is wrong with a file of certification authorities, and what to do; two empty strings if nothing."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"{name} cannot be read: {error.strerror or type(error).__name__}.", ""
    text = data.decode("ascii", "replace")
    if not _CERTIFICATE.search(text):
        hint = "Save the certificate as Base-64 (PEM), with a line -----BEGIN CERTIFICATE-----."
        return f"{name} holds no PEM certificate.", hint
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=str(path))
    except (ssl.SSLError, OSError):
        return f"{name} holds a certificate that cannot be read.", "Save it again as Base-64 (PEM)."
    ends = [ssl.cert_time_to_seconds(str(certificate["notAfter"])) for certificate in context.get_ca_certs()]
    if ends and max(ends) < clock().timestamp():
        return (
            f"{name} holds no certificate that is still in date.",
            "Ask for the present certificate of the authority.",
        )
    return "", ""


def place_fault(text: str) -> str:
    """Say what is wrong with ``host:port``; an empty string if nothing. IPv6 addresses stand in brackets."""
    found = _PLACE.fullmatch(text.strip())
    if not found:
        return "it is not of the form host:port"
    if not 1 <= int(found["port"]) <= 65535:
        return "the port must be from 1 to 65535"
    if found["v6"]:
        try:
            ipaddress.IPv6Address(found["v6"])
        except ValueError:
            return "the IPv6 address is malformed"
        return ""
    return _host_fault(found["host"])


def _host_fault(host: str) -> str:
    if ":" in host:  # urlsplit has taken the brackets off and checked what was in them
        return ""
    labels = host.removesuffix(".").split(".")
    if not host or len(host) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return "the host name is malformed"
    if labels[-1].isdigit():
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return "the IPv4 address is malformed"
    return ""
