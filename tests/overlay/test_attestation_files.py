"""Files of attestations: what they say, every mistake with its place, and the evidence that they name."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from calconnect.overlay.model import Attestation
from tests.overlay.overlay_files import attestation_problems, attestation_text, attestations

CONTENT = b"%PDF canary-5f1d approved by nobody else"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_an_attestation_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "change.pdf").write_bytes(CONTENT)
    text = attestation_text(evidence='"change.pdf"', sha256=f'"{SHA256.upper()}"')
    assert attestations(tmp_path, text) == (
        Attestation(
            "NET-05",
            "It is let out",
            "Tomas",
            date(2026, 11, 2),
            date(2027, 10, 31),
            tmp_path / "change.pdf",
            SHA256,
            1,
        ),
    )


def test_an_attestation_may_be_of_a_scenario(tmp_path: Path) -> None:
    (one,) = attestations(tmp_path, attestation_text(requirement=None, scenario='"The council has agreed"'))
    assert (one.requirement, one.scenario) == ("", "The council has agreed")


@pytest.mark.parametrize(
    ("changes", "key", "message", "hint"),
    [
        ({"requirement": '"NET-55"'}, "requirement", "There is no requirement 'NET-55'.", "Did you mean NET-05?"),
        ({"requirement": None}, "requirement", "is missing.", "Add requirement."),
        ({"scenario": '"S"'}, "scenario", "stands beside requirement.", "one of the two"),
        ({"statement": None}, "statement", "is missing.", "Add statement."),
        ({"statement": '""'}, "statement", "is empty.", "Give it a value."),
        ({"attested_by": "3"}, "attested_by", "must be text in quotes.", ""),
        ({"attested_on": None}, "attested_on", "is missing.", "a date without quotes"),
        ({"attested_on": "2026-11-25"}, "attested_on", "2026-11-25 is in the future.", "Name the day"),
        ({"valid_until": "2026-11-01"}, "valid_until", "is before attested_on, 2026-11-02.", ""),
        ({"valid_until": "09:00:00"}, "valid_until", "must be a date without quotes", ""),
        ({"expires": "2027-01-01"}, "expires", "is not known.", "Known: requirement, scenario"),
        (
            {"evidence": '"gone.pdf"', "sha256": f'"{SHA256}"'},
            "evidence",
            "There is no file gone.pdf.",
            "Relative path",
        ),
        ({"evidence": '"."', "sha256": f'"{SHA256}"'}, "evidence", ". is a folder, and must be a file.", ""),
        ({"evidence": '"a\\u0000b"', "sha256": f'"{SHA256}"'}, "evidence", "is no path", ""),
        (
            {"evidence": '"change.pdf"'},
            "sha256",
            "is missing: change.pdf is given as evidence.",
            f'sha256 = "{SHA256}"',
        ),
        ({"sha256": f'"{SHA256}"'}, "evidence", "is missing: there is a sha256.", "Name the file"),
        ({"evidence": '"change.pdf"', "sha256": '"abc"'}, "sha256", "must be a SHA-256 in hexadecimal", ""),
        (
            {"evidence": '"change.pdf"', "sha256": f'"{"0" * 64}"'},
            "evidence",
            f"change.pdf is not the file that was attested: its SHA-256 is {SHA256}.",
            "Put the attested file back",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, changes: dict[str, str | None], key: str, message: str, hint: str
) -> None:
    (tmp_path / "change.pdf").write_bytes(CONTENT)
    (problem,) = attestation_problems(tmp_path, "\n" + attestation_text(**changes))
    assert problem.file == "attestations.toml"
    assert problem.key == f"attestation[0].{key}"
    assert message in problem.message
    assert hint in problem.hint
    assert problem.line is not None
    assert problem.line >= 2
    assert "canary" not in str(problem)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = attestation_text(statement=None, requirement='"X"') + attestation_text(evidence='"gone"', wrong="1")
    keys = [problem.key for problem in attestation_problems(tmp_path, text)]
    assert sorted(keys) == [
        "attestation[0].requirement",
        "attestation[0].statement",
        "attestation[1].evidence",
        "attestation[1].wrong",
    ]


def test_a_file_that_is_truncated_is_named(tmp_path: Path) -> None:
    (problem,) = attestation_problems(tmp_path, attestation_text()[:40])
    assert "is not valid TOML" in problem.message
    assert problem.line is not None


def test_a_saved_run_needs_no_evidence_to_be_judged_again(tmp_path: Path) -> None:
    text = attestation_text(evidence='"gone.pdf"', sha256=f'"{SHA256}"')
    (one,) = attestations(tmp_path, text, with_evidence=False)
    assert one.evidence is not None
    assert (one.evidence.name, one.sha256) == ("gone.pdf", SHA256)
