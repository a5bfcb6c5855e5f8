"""Reads the table ``[microsoft365]``: the organisation in Microsoft's cloud, and calconnect's own application there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from calconnect.settings.addresses import address_fault
from calconnect.settings.model import (
    CRONOFY_APPLICATION,
    ApplicationCredential,
    Cloud,
    Microsoft365Settings,
    Topology,
)
from calconnect.settings.network import url_fault
from calconnect.settings.reader import TableReader, did_you_mean
from calconnect.settings.secrets import SecretNotFound, SecretReference

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WAYS = ("client_secret", "certificate", "federated_assertion")
_ONE_WAY = "Give exactly one of client_secret, certificate and federated_assertion."
_AUTHORITY_FORM = "Write where tokens are issued, without the tenant, such as https://login.microsoftonline.com."
_ON_ENTRA = "It stands on the application's page in Entra as Application (client) ID."

_UNUSABLE: dict[str, tuple[str, str]] = {
    "certificate-unreadable": ("cannot be read.", "Check who may read the file."),
    "certificate-unusable": (
        "holds no certificate with an RSA key that can be read.",
        "Save certificate and key as PEM, or as a PFX file.",
    ),
    "certificate-without-key": (
        "holds a certificate without its private key.",
        "Export it together with its key, as PEM or as a PFX file.",
    ),
    "key-without-certificate": (
        "holds a private key without its certificate.",
        "Put both into the file: certificate and key.",
    ),
    "key-of-another-certificate": (
        "holds a private key that is another certificate's.",
        "Export the certificate together with its own key.",
    ),
}
"""What is wrong with a file, by calconnect's word for it; the words about passwords are told at another key."""


def read_microsoft365(table: TableReader, topology: Topology) -> Microsoft365Settings | None:
    """Read the table; None if something is missing or wrong.

    Whether a certificate's file opens is tried here, with its password where that can be had now. Where it cannot, the
    sign-in tells.
    """
    table.require("tenant", "application")
    tenant, application = _tenant(table), _guid(table, "application", _ON_ENTRA)
    credential, cloud, authority = _credential(table), _cloud(table), _authority(table)
    trial = table.address("trial_mailbox")
    if table.has("trial_mailbox") and topology in (Topology.EXCHANGE_ONLINE_GRAPH, Topology.EXCHANGE_ONLINE_EWS):
        message = f"is for the topology hybrid, and the topology is {topology}."
        table.complain("trial_mailbox", message, "Name the trial as connection.email_to_impersonate.")
    vendor = _guid(table, "vendor_application", f"Left out, it is Cronofy's: {CRONOFY_APPLICATION}.")
    authorised_by = _authorised_by(table)
    connected_on = table.day("vendor_connected_on")
    if tenant is None or application is None or credential is None:
        return None
    return Microsoft365Settings(
        tenant=tenant,
        application=application,
        credential=credential,
        cloud=cloud,
        authority=authority,
        trial_mailbox=trial,
        vendor_application=vendor or CRONOFY_APPLICATION,
        authorised_by=authorised_by,
        vendor_connected_on=connected_on,
    )


def _tenant(table: TableReader) -> str | None:
    text = table.text("tenant")
    if text is None or _GUID.fullmatch(text) or address_fault(f"a@{text}") is None:
        return text
    hint = "Write the tenant id, or a domain that is verified in it, such as contoso.onmicrosoft.com."
    table.complain("tenant", "is neither a tenant id (a GUID) nor a domain.", hint)
    return None


def _guid(table: TableReader, key: str, hint: str) -> str | None:
    text = table.text(key)
    if text is None:
        return None
    if not _GUID.fullmatch(text):
        table.complain(key, "is no App ID (a GUID).", hint)
        return None
    return text.lower()


def _cloud(table: TableReader) -> Cloud:
    text = table.text("cloud")
    names = [cloud.value for cloud in Cloud]
    if text is None or text in names:
        return Cloud(text or Cloud.GLOBAL)
    guess = did_you_mean(text.replace("_", "-"), names)
    hint = f"Did you mean {guess}?" if guess else f"It is one of {', '.join(names)}."
    table.complain("cloud", "is no cloud of Microsoft's.", hint)
    return Cloud.GLOBAL


def _authority(table: TableReader) -> str | None:
    text = table.text("authority")
    if text is None:
        return None
    fault, _ = url_fault(text)
    if fault:
        fault = fault.replace("the password would", "the credential would")
    elif urlsplit(text).path.strip("/"):
        fault = "must be the address of a host alone: the tenant stands in microsoft365.tenant."
    if fault:
        table.complain("authority", fault, _AUTHORITY_FORM)
        return None
    return text.rstrip("/")


def _authorised_by(table: TableReader) -> str | None:
    text = table.text("authorised_by")
    if text is None:
        return None
    if fault := address_fault(text):
        hint = "Write the name that the administrator signs in by, such as admin@contoso.com."
        table.complain("authorised_by", f"is no user principal name: it {fault}.", hint)
        return None
    return text


def _credential(table: TableReader) -> ApplicationCredential | None:
    secret = table.secret("client_secret", "A client secret")
    certificate = table.file("certificate")
    password = table.secret("certificate_password", "A password")
    assertion = table.secret("federated_assertion", "An assertion")
    given = [way for way in _WAYS if table.has(way)]
    if table.has("certificate_password") and "certificate" not in given:
        table.complain("certificate_password", "is for a certificate, and none is named.", "Add certificate beside it.")
    if not given and table.is_table:
        table.complain("client_secret", "is missing.", _ONE_WAY)
    for way in given[1:]:
        table.complain(way, f"stands beside microsoft365.{given[0]}.", _ONE_WAY)
    if certificate is not None:
        _check_certificate(table, certificate, password)
    if secret is None and certificate is None and assertion is None:
        return None
    return ApplicationCredential(secret, certificate, password, assertion)


def _check_certificate(table: TableReader, certificate: Path, reference: SecretReference | None) -> None:
    from calconnect.settings.certificates import UnusableCredential, load_certificate

    password = None
    if reference is not None:
        try:
            password = reference.resolve()
        except SecretNotFound:
            return  # APP-02 tells of it, and the sign-in
    elif table.has("certificate_password"):
        return  # it is wrong itself, and was told
    try:
        load_certificate(certificate, password)
    except UnusableCredential as error:
        name = table.named("certificate")
        if error.code == "key-password-missing":
            message = f"{name} holds a private key that needs a password."
            table.complain("certificate", message, "Add certificate_password, a reference to it.")
        elif error.code == "key-password-wrong":
            message = f"The password does not open the private key in {name}."
            table.complain("certificate_password", message, "Store the password that the file was saved with.")
        else:
            said, hint = _UNUSABLE[error.code]
            table.complain("certificate", f"{name} {said}", hint)
