"""``audit`` with something wrong in the files of waivers and attestations: told with the settings' own mistakes."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call
from tests.cli.test_audit_settings import SETTINGS, assert_nothing_written, settings

WAIVER = """\
[[waiver]]
requirement = "IMP-20"
reason = "r"
approved_by = "Ines"
expires = 2025-01-31
risk = "r"
"""
ATTESTATION = """\
[[attestation]]
requirement = "NET-05"
statement = "s"
attested_by = "Tomas"
attested_on = 2024-01-31
valid_until = 2024-06-30
evidence = "change.pdf"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"""


def test_mistakes_of_all_files_are_told_at_once(call: Call) -> None:
    settings(SETTINGS.replace("https://", "http://"))
    Path("waivers.toml").write_text(WAIVER, encoding="utf-8")
    Path("attestations.toml").write_text(ATTESTATION, encoding="utf-8")
    Path("change.pdf").write_text("canary-82 not what was attested", encoding="utf-8")
    ended = call("audit", "--json")
    assert ended.code == 2
    assert "calconnect.toml:4: connection.exchange_server_url" in ended.err
    assert "waivers.toml:2: waiver[0].requirement: There is no requirement 'IMP-20'." in ended.err
    assert "attestations.toml:7: attestation[0].evidence: change.pdf is not the file that was attested" in ended.err
    assert "3 problems. Nothing was sent to any server." in ended.err
    assert len(ended.json["problems"]) == 3
    assert "canary" not in ended.out + ended.err
    assert_nothing_written()


def test_files_of_other_names_and_of_the_wrong_encoding(call: Call) -> None:
    settings(SETTINGS + '[overlay]\nwaivers = "ours.toml"\nattestations = "gone.toml"\n')
    Path("ours.toml").write_text(WAIVER, encoding="utf-16")
    ended = call("audit")
    assert ended.code == 2
    assert "ours.toml:1: is not UTF-8 text." in ended.err
    assert "overlay.attestations: There is no file gone.toml." in ended.err
    assert_nothing_written()


def test_a_file_that_breaks_off_is_named_with_its_line(call: Call) -> None:
    settings()
    Path("waivers.toml").write_text(WAIVER[:-5], encoding="utf-8")
    ended = call("audit")
    assert ended.code == 2
    assert "waivers.toml:6: is not valid TOML" in ended.err
    assert_nothing_written()
