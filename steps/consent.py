"""Steps about the consent to the vendor's application, and about who must sign in to Exchange Online."""

from __future__ import annotations

from pytest_bdd import given, then, when

from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import application_scope, consent
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.online_targets import SigningIn, online_settings, sources, where_to_consent, who_signs_in
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.evidence.firewall import read_vendor_addresses
from calconnect.settings.model import Settings


@when("the vendor's application is looked up in the tenant")
def vendor_looked_up(online: OnlineObserver, settings: Settings) -> None:
    online.application(online_settings(settings).vendor_application)


@when("its roles are read, where they are supplied")
def roles_read(online_exports: OnlineExports) -> None:
    online_exports.limits()


@then("it has exactly the four permissions")
def exactly_the_four(
    online: OnlineObserver, judgement: Judgement, settings: Settings, online_exports: OnlineExports
) -> None:
    vendor, limits = online_settings(settings).vendor_application, online_exports.limits()
    in_roles = [one.permission for one in application_scope.of_application(limits, vendor)]
    page = where_to_consent(settings)
    findings = consent.exactly_the_four(vendor, online.application(vendor), in_roles, limits.seen, page)
    judgement.record(findings, "permissions are as they must be")


@given("somebody is named who must sign in to Exchange Online", target_fixture="signing_in")
def somebody_signs_in(settings: Settings) -> SigningIn:
    found = who_signs_in(settings)
    if found is None:
        raise NotApplicable(f"{consent.NOT_COVERED} Nobody is named who must sign in (microsoft365.authorised_by).")
    return found


@when("it is asked what Conditional Access would do with their sign-in", target_fixture="asked_from")
def asked_what_if(observer: Observer, online: OnlineObserver, settings: Settings, signing_in: SigningIn) -> list[str]:
    path = settings.network.vendor_addresses
    if path is None:
        return []
    entries = read_vendor_addresses(path)
    observer.note("read the vendor's addresses", path.name, {"entries": len(entries)}, [path])
    asked = sources(entries)
    for source in asked:
        online.what_if(signing_in.user, source)
    return asked


@then("no policy keeps them out, and nothing is expected of it for the vendor's application")
def not_kept_out(online: OnlineObserver, judgement: Judgement, signing_in: SigningIn, asked_from: list[str]) -> None:
    answers = [online.what_if(signing_in.user, source) for source in asked_from]
    judgement.record(consent.not_kept_out(signing_in.user, answers, person=signing_in.person))
