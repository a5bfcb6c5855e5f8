"""Steps about the way to the server."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import addresses, network, signing
from calconnect.acceptance.judging.service_account import usable_schemes
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import server, server_name
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.evidence.firewall import VendorAddress, read_firewall_export, read_vendor_addresses
from calconnect.evidence.observation import Observation
from calconnect.settings.model import Settings


@given("the Exchange Server URL is given", target_fixture="given_url")
def url_given(settings: Settings) -> str:
    if settings.connection.exchange_server_url is None:
        raise NotApplicable("The Exchange Server URL is left out, so Autodiscover must find the server (NET-02).")
    return settings.connection.exchange_server_url


@given("the Exchange Server URL is left out")
def url_left_out(settings: Settings) -> None:
    if settings.connection.exchange_server_url is not None:
        raise NotApplicable("The Exchange Server URL is given, so nothing has to find the server (NET-01).")


@then("the URL has the form of an EWS address")
def url_has_form(observer: Observer, judgement: Judgement, settings: Settings, given_url: str) -> None:
    read = observer.note("read the Exchange Server URL", settings.file.name, {"exchange_server_url": given_url})
    judgement.record(network.form_of_url(given_url, read))


@then("EWS answers at the URL")
def ews_answers(observer: Observer, judgement: Judgement, given_url: str) -> None:
    judgement.record(network.answers_at_url(given_url, observer.locate(), observer.offered_authentication()))


@then("Autodiscover has found the server")
def autodiscover_found(observer: Observer, judgement: Judgement, settings: Settings) -> None:
    account = settings.connection.service_account_email
    judgement.record(network.discovered(account, observer.locate(), observer.offered_authentication()))


@then("its certificate holds, over TLS 1.2 or later")
def certificate_holds(observer: Observer, judgement: Judgement) -> None:
    judgement.record(network.transport(observer.locate(), observer.tls()))


@given("the server offers NTLM")
def ntlm_offered(observer: Observer) -> None:
    offered = observer.offered_authentication()
    if isinstance(offered, Observation) and usable_schemes(offered) and not signing.offers_ntlm(offered):
        raise NotApplicable("The server does not offer NTLM, so no sign-in is bound to the channel.")


@when("it signs in once more with NTLM, where its password is known to be good")
def signs_in_by_ntlm(observer: Observer) -> None:
    sign_in_by_ntlm(observer)


@then("nothing on the way breaks the binding")
def binding_holds(observer: Observer, judgement: Judgement, settings: Settings, exports: Exports) -> None:
    name, signed_in = server_name(settings, observer.locate()), observer.sign_in()
    directories = exports.virtual_directories()
    judgement.record(signing.channel_binding_works(name, signed_in, sign_in_by_ntlm(observer), directories))


def sign_in_by_ntlm(observer: Observer) -> Answer:
    """Return what came of signing in with NTLM: the sign-in itself, if that was by NTLM."""
    signed_in = observer.sign_in()
    if isinstance(signed_in, Observation) and signed_in.details.get("scheme") == signing.NTLM:
        return signed_in
    return observer.sign_in_by(signing.NTLM)


@given("the vendor's fixed IP addresses are named", target_fixture="vendor_addresses")
def vendor_addresses_named(observer: Observer, judgement: Judgement, settings: Settings) -> tuple[VendorAddress, ...]:
    path = settings.network.vendor_addresses
    if path is None:
        judgement.require(addresses.nothing_supplied(), "NET-04")
        return ()
    entries = read_vendor_addresses(path)
    observer.note("read the vendor's addresses", path.name, {"entries": len(entries)}, [path])
    return entries


@when("connections are made from those that this machine can take on")
def connections_made(observer: Observer, vendor_addresses: tuple[VendorAddress, ...]) -> None:
    observer.reach_from(addresses.to_be_tried(vendor_addresses))


@when("the firewall's rules are read, where they are supplied", target_fixture="firewall")
def firewall_read(observer: Observer, settings: Settings) -> addresses.Supplied:
    path = settings.network.firewall_export
    if path is None:
        return addresses.Supplied(None, ())
    rules = read_firewall_export(path)
    return addresses.Supplied(
        rules, (observer.note("read the firewall's rules", path.name, {"rules": len(rules)}, [path]),)
    )


@then("each address is let through, on the wire or by the firewall's rules")
def addresses_let_through(
    observer: Observer,
    judgement: Judgement,
    settings: Settings,
    vendor_addresses: tuple[VendorAddress, ...],
    firewall: addresses.Supplied,
) -> None:
    reached = observer.reach_from(addresses.to_be_tried(vendor_addresses))
    destination = server(settings, observer.locate())
    findings = addresses.let_through(vendor_addresses, reached, firewall, destination)
    judgement.record(findings, "entries of the vendor's list are let through")
