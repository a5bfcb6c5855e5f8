"""Each tenant of the catalogue, audited for real: what its file says is expected is what is found, and nothing else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.mock_tenant.description import catalogue
from calconnect.requirements.catalogue import load_catalogue
from tests.acceptance_e2e.audit_tenant import audit

_TENANTS = [entry.name for entry in catalogue()]
_LEFT_OUT_URL = "NET-01"
"""Does not apply in the healthy tenant, whose settings leave the server's URL out."""


def expected_code(requirement: str, code: str) -> str:
    """Return the code to be quoted on this machine."""
    if requirement == "NET-04" and not can_bind("127.10.0.3"):
        return "denied-by-rule"  # nothing was seen on the wire, so the firewall's rules decide
    return code


def can_bind(address: str) -> bool:
    """Whether this machine can make connections from a loopback address."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("name", _TENANTS)
def test_an_audit_finds_what_the_tenant_file_says(name: str, tmp_path: Path) -> None:
    audited = audit(name, tmp_path)
    expected = audited.description.expected
    failed, unknown = set(expected.failed), set(expected.unknown)
    not_applicable = set(expected.not_applicable)
    if "NET-02" not in not_applicable:  # one of the two never applies
        not_applicable.add(_LEFT_OUT_URL)
    if os.name != "posix":
        failed.discard("SEC-01")  # who may read a file is not checked there
    assert set(audited.scenarios) == {requirement.id for requirement in load_catalogue().values()}
    assert audited.verdicts(Verdict.FAILED) == failed, audited.explain()
    assert audited.verdicts(Verdict.UNKNOWN) == unknown, audited.explain()
    assert audited.verdicts(Verdict.NOT_APPLICABLE) == not_applicable, audited.explain()
    assert audited.verdicts(Verdict.ERROR) == set(), audited.explain()
    for requirement, code in expected.codes.items():
        if requirement in failed | unknown:
            assert expected_code(requirement, code) in audited.codes(requirement), audited.explain()
