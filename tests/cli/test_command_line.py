from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from calconnect import __version__
from calconnect.cli import app
from calconnect.cli.audit import audit
from calconnect.cli.console import columns, printable
from calconnect.cli.session import Session
from calconnect.settings.secrets import SecretReference
from tests.cli.conftest import ROOT, Call, clean_environment

Process = Callable[..., subprocess.CompletedProcess[bytes]]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").out == f"calconnect {__version__}\n"


@pytest.mark.parametrize("path", [(), *commands(app.calconnect)])
def test_every_command_has_help_and_says_what_it_needs(call: Call, path: tuple[str, ...]) -> None:
    ended = call(*path, "--help")
    assert ended.code == 0
    assert ended.err == ""
    if path and path not in {("tenant",), ("requirements",)}:
        assert "need" in ended.out.lower()


def test_the_help_of_audit_names_permissions_and_what_is_written(call: Call) -> None:
    text = " ".join(call("audit", "--help").out.split())
    assert "ApplicationImpersonation" in text
    assert "test event" in text


def test_the_help_names_the_exit_codes(call: Call) -> None:
    text = call("--help").out
    for code in ("0", "1", "2", "3", "130"):
        assert f"\n    {code} " in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("audti",),
        ("audit", "--cofnig", "x"),
        ("tenant", "serve"),
        ("tenant", "serve", "x", "--port", "70000"),
        ("--x",),
    ],
)
def test_a_wrong_command_line_ends_with_two(call: Call, arguments: tuple[str, ...]) -> None:
    ended = call(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err


def test_no_command_shows_the_help_on_stderr(call: Call) -> None:
    ended = call()
    assert (ended.code, ended.out) == (2, "")
    assert "audit" in ended.err


def test_an_unexpected_error_is_one_line_and_a_file_without_secrets(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "canary-Tr0ub4dor"
    monkeypatch.setenv("SVC_PASSWORD", canary)

    def fail(session: Session, /, **options: object) -> None:
        session.secrets = (SecretReference("env", "SVC_PASSWORD"),)
        raise RuntimeError(f"it broke near {canary}, Authorization: Basic QWxhZGRpbjpvcGVuc2VzYW1l")

    monkeypatch.setattr(audit, "callback", click.pass_obj(fail))
    ended = call("audit")
    assert ended.code == 3
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert "RuntimeError" in ended.err
    (file,) = (path for path in (ROOT / os.environ["CALCONNECT_STATE"]).iterdir() if path.name == "error.txt")
    text = file.read_text(encoding="utf-8")
    assert "it broke near" in text
    assert "Traceback" in text
    assert canary not in text + ended.err
    assert "QWxhZGRpbjpvcGVuc2VzYW1l" not in text


def test_an_interrupt_ends_with_130(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "callback", interrupt)
    ended = call("audit")
    assert (ended.code, ended.out) == (130, "")
    assert "Interrupted" in ended.err


def test_help_loads_no_library_that_it_does_not_need() -> None:
    """What makes it slow is what it imports; how long it takes is measured in benchmarks/command_line.py."""
    script = (
        "import sys; from calconnect.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], env=clean_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(re.findall(r"'([a-z_0-9]+)'", ended.stderr))
    assert "click" in loaded
    assert not loaded & {"aiohttp", "exchangelib", "httpx", "jinja2", "lxml", "papermill", "pydantic", "pytest", "rich"}


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import json, sys\n"
        "from calconnect.cli import main\n"
        "main(['--help'])\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], env=clean_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(ended.stderr))
    assert not loaded & {
        "aiohttp",
        "exchangelib",
        "papermill",
        "pydantic",
        "rich",
        "pytest",
        "httpx",
        "lxml",
        "asyncio",
    }


def test_output_is_utf8_whatever_the_console_says(process: Process) -> None:
    ended = process("requirements", "show", "SVC-01", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert ended.returncode == 0
    assert "“" in ended.stdout.decode("utf-8")


def test_a_reader_that_goes_away_is_no_error() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "calconnect", "requirements", "list", "--json"],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    errors = running.stderr.read()
    running.stderr.close()
    assert running.wait(60) == 0
    assert errors == b""


def test_control_characters_never_reach_the_terminal() -> None:
    assert (
        printable("a\x1b[31mb\n\x07c\u202ed é 例")
        == "a\N{REPLACEMENT CHARACTER}[31mb\n\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d é 例"
    )


def test_columns_are_two_spaces_apart_and_the_last_is_as_long_as_it_is() -> None:
    assert columns([["a", "bb", "c"], ["aaa", "b", "dddd"]]) == ["a    bb  c", "aaa  b   dddd"]
    assert columns([]) == []
