"""How calconnect's own application proves itself, as msal takes it. Read where it is used, and not kept by us."""

from __future__ import annotations

from collections.abc import Callable

from calconnect.evidence.redact import Redactor
from calconnect.settings.certificates import UnusableCredential, load_certificate
from calconnect.settings.model import ApplicationCredential

SECRET = "secret"  # noqa: S105 - the name of a method
CERTIFICATE = "certificate"
ASSERTION = "assertion"

MsalCredential = str | dict[str, str] | dict[str, Callable[[], str]]


def method_of(credential: ApplicationCredential) -> str:
    """Return the name of the way that is filled in: ``secret``, ``certificate`` or ``assertion``."""
    if credential.certificate is not None:
        return CERTIFICATE
    return SECRET if credential.client_secret is not None else ASSERTION


def for_msal(credential: ApplicationCredential, redactor: Redactor) -> MsalCredential:
    """Return the credential as ``msal.ConfidentialClientApplication`` takes it; the redactor learns each secret first.

    Source: https://learn.microsoft.com/entra/msal/python/advanced/client-credentials

    Raises:
        UnusableCredential: the certificate cannot be used: ``certificate-unreadable``, ``certificate-unusable``,
            ``certificate-without-key``, ``key-without-certificate``, ``key-of-another-certificate``,
            ``key-password-missing``, ``key-password-wrong``.
        calconnect.settings.secrets.SecretNotFound: there is no secret where the settings refer to; of an assertion, the
            function that is returned raises it.
    """
    if credential.certificate is not None:
        password = None
        if credential.certificate_password is not None:
            password = credential.certificate_password.resolve()
            redactor.protect(password)
        key, certificate = load_certificate(credential.certificate, password)
        return {"private_key": key, "public_certificate": certificate}
    if credential.client_secret is not None:
        secret = credential.client_secret.resolve()
        redactor.protect(secret)
        return secret
    reference = credential.federated_assertion
    if reference is None:
        raise UnusableCredential("secret-not-found")

    def assertion() -> str:
        """Read the assertion anew each time: whoever writes it renews it."""
        found = reference.resolve().strip()
        redactor.protect(found)
        return found

    return {"client_assertion": assertion}
