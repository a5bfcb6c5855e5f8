"""Steps about the connection settings."""

from __future__ import annotations

from pytest_bdd import then, when

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.judging import application
from calconnect.acceptance.noted import application_read
from calconnect.acceptance.observer import Observer
from calconnect.evidence.observation import Observation
from calconnect.settings.model import Settings


@when("the connection settings are read", target_fixture="settings_read")
def connection_settings_read(observer: Observer) -> Observation:
    return observer.connection_settings()


@then("every field is valid, or left out where it may be")
def every_field_valid(observer: Observer, judgement: Judgement, settings: Settings, settings_read: Observation) -> None:
    findings = application.fields_valid(settings.connection, settings_read, server=settings.topology.has_server)
    if settings.microsoft365 is not None:
        findings += application.application_valid(settings.microsoft365, application_read(observer, settings))
    judgement.record(findings, "fields are valid")


@then("the terms of service and the privacy policy are agreed to")
def terms_agreed(judgement: Judgement, settings: Settings, settings_read: Observation) -> None:
    judgement.record(application.terms_agreed(settings.connection, settings_read))


@then("the password is given by reference, and is its owner's alone")
def password_by_reference(judgement: Judgement, settings_read: Observation) -> None:
    judgement.record(application.kept_by_reference(settings_read))


@then("it was sent only where the server had proved who it is")
def password_sent_after_verification(observer: Observer, judgement: Judgement) -> None:
    judgement.record(application.sent_after_verification(observer.locate(), observer.tls(), observer.sign_in()))
