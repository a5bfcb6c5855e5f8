"""Whether exports are about the organisation, on both sides, and the service account that the settings name."""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.evidence.bundle.cells import accepted_domains
from calconnect.evidence.bundle.kinds import ABOUT_THE_ACCOUNT
from calconnect.evidence.bundle.read import Examined

_PLACES = (
    ("svc_mailbox", "PrimarySmtpAddress"),
    ("svc_cas_mailbox", "PrimarySmtpAddress"),
    ("svc_user", "WindowsEmailAddress"),
    ("svc_ad_user", "mail"),
)


def refuse_strangers(examined: Examined, service_account: str) -> None:
    """Leave out what is about another service account, and all of the servers' exports if they are from another
    organisation.

    Args:
        examined: the exports; what is refused is taken out of them, with a problem in its place.
        service_account: the e-mail address that the settings name.
    """
    domain = service_account.rpartition("@")[2].lower()
    domains = examined.exports.get("accepted_domains")
    if domains is not None:
        accepted = accepted_domains(domains.rows)
        if not any(_covers(one, domain) for one in accepted):
            message = (
                f"holds no domain {domain}, which is that of the service account {service_account}:"
                " the exports are from another organisation."
            )
            _refuse_all(examined, "accepted_domains", message, online=False)
            return
    addresses = {service_account.lower()} | {alias.lower() for alias in _aliases(examined, service_account)}
    for export, key in _PLACES:
        read = examined.exports.get(export)
        found = read.rows[0].get(key) if read is not None and read.rows else None
        if isinstance(found, str) and found and found.lower() not in addresses:
            for other in sorted(ABOUT_THE_ACCOUNT & set(examined.exports)):
                message = f"is about {found}, and the settings name the service account {service_account}."
                examined.refuse(other, key if other == export else "", message, "Export it for that account.")
            return


def refuse_other_tenant(examined: Examined, mailbox: str) -> None:
    """Leave out all exports of Exchange Online if they are from another organisation.

    Args:
        examined: the exports; what is refused is taken out of them, with a problem in its place.
        mailbox: the address of a mailbox that the settings say is in Exchange Online.
    """
    domain, domains = mailbox.rpartition("@")[2].lower(), examined.exports.get("online_accepted_domains")
    if domains is None or any(_covers(one, domain) for one in accepted_domains(domains.rows)):
        return
    message = f"holds no domain {domain}, which is that of {mailbox}: the exports are from another organisation."
    _refuse_all(examined, "online_accepted_domains", message, online=True)


def _refuse_all(examined: Examined, export: str, message: str, *, online: bool) -> None:
    hint = "Export them in the organisation that the settings name. "
    others = any(read.export.online is not online for read in examined.exports.values())
    side = "Exchange Online" if online else "the organisation's own servers"
    hint += f"Nothing of {side} is imported." if others else "Nothing is imported."
    examined.refuse(export, "DomainName", message, hint)
    for name in [name for name, read in examined.exports.items() if read.export.online is online]:
        del examined.exports[name]


def _covers(accepted: str, domain: str) -> bool:
    """Whether a domain is an accepted one, or below one of which the subdomains are accepted, too (``*.``)."""
    parent = accepted.removeprefix("*.")
    return domain == parent or (parent != accepted and domain.endswith(f".{parent}"))


def _aliases(examined: Examined, service_account: str) -> Iterator[str]:
    """Yield all addresses of the exported mailbox, if the settings' one is among them: the same mailbox."""
    read = examined.exports.get("svc_mailbox")
    if read is None or not read.rows:
        return
    listed = read.rows[0].get("EmailAddresses")
    addresses = [one.partition(":")[2] for one in listed if ":" in one] if isinstance(listed, tuple) else []
    if service_account.lower() in (one.lower() for one in addresses):
        yield from addresses
