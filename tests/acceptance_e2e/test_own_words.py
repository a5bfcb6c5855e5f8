"""A password that is an ordinary word leaves no gap in calconnect's own sentences, by which it could be guessed."""

from __future__ import annotations

from pathlib import Path

from calconnect import embedded
from calconnect.acceptance.engine import run_suite
from calconnect.evidence.redact import REDACTED
from calconnect.foundation.clock import system_clock
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import load_settings
from calconnect.tenants.exchange_server import ExchangeServerTenant


def test_the_word_wrong_as_a_password(tmp_path: Path) -> None:
    with embedded.start("healthy") as running:
        settings = load_settings(running.settings_file, clock=system_clock)
        password_file = settings.secrets[0].path
        assert password_file is not None
        password_file.write_text("wrong", encoding="utf-8")
        tenant = ExchangeServerTenant(
            settings.connection, settings.network, clock=system_clock, run_id="words", state_folder=tmp_path
        )
        outcome = run_suite(
            settings, tenant, [], run_id="words", clock=system_clock, catalogue=load_catalogue(), select=["SVC-04"]
        )
    (scenario,) = outcome.scenarios
    assert "the password is wrong" in scenario.sentence
    told = [
        scenario.sentence,
        *(one.sentence for one in scenario.findings),
        *(one.reason for one in outcome.observations),
    ]
    assert not any(REDACTED in sentence for sentence in told)
