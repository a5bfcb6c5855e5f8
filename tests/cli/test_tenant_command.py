from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from calconnect.mock_tenant.description import catalogue
from tests.cli.conftest import OWN_GROUP, WAYS_TO_END, Call, clean_environment, command

BROKEN = """\
base = "healthy"
title = "Broken"

[[mailboxes]]
email = "not an address"

[policies]
basik = true
"""


def test_list_names_every_tenant_with_its_title(call: Call) -> None:
    ended = call("tenant", "list")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == [entry.name for entry in catalogue()]
    assert ended.out.startswith("healthy")
    assert call("tenant", "list", "--json").json[0] == {"name": "healthy", "title": catalogue()[0].title}


def test_show_tells_what_is_in_a_tenant_and_not_the_password(call: Call) -> None:
    ended = call("tenant", "show", "healthy")
    assert ended.code == 0
    for part in ("contoso.test", "svc-calendar@contoso.test", "mail.contoso.test", "50"):
        assert part in ended.out
    facts = call("tenant", "show", "healthy", "--json")
    assert facts.json["listed"] == 50
    assert facts.json["recipients"]["room"] == 3
    assert facts.json["service_account"]["usernames"]
    assert "mock-tenant-password" not in ended.out + facts.out


@pytest.mark.parametrize("verb", ["show", "serve"])
def test_an_unknown_tenant_is_answered_with_the_nearest(call: Call, verb: str) -> None:
    ended = call("tenant", verb, "healthty")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean healthy?" in ended.err


@pytest.mark.parametrize("verb", ["show", "serve"])
def test_a_wrong_tenant_file_is_told_with_file_table_and_key(call: Call, verb: str) -> None:
    Path("broken.toml").write_text(BROKEN, encoding="utf-8")
    ended = call("tenant", verb, "broken.toml")
    assert (ended.code, ended.out) == (2, "")
    assert "broken.toml:5: mailboxes[0].email" in ended.err
    assert "broken.toml:8: policies.basik" in ended.err


def test_the_problems_of_a_tenant_file_come_as_json_too(call: Call) -> None:
    Path("broken.toml").write_text(BROKEN, encoding="utf-8")
    ended = call("tenant", "show", "broken.toml", "--json")
    assert ended.code == 2
    assert ended.json["exit_code"] == 2
    assert {(one["line"], one["key"]) for one in ended.json["problems"]} == {
        (5, "mailboxes[0].email"),
        (8, "policies.basik"),
    }


def test_an_occupied_port_is_told(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = call("tenant", "serve", "healthy", "--port", str(port))
    assert (ended.code, ended.out) == (2, "")
    assert f"Port {port} cannot be used" in ended.err


def test_a_ready_file_that_cannot_be_written_is_told(call: Call) -> None:
    Path("file").write_text("")
    ended = call("tenant", "serve", "healthy", "--ready-file", str(Path("file") / "ready.json"))
    assert (ended.code, ended.out) == (2, "")
    assert "cannot be written" in ended.err


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Serve the healthy tenant in a process of its own."""
    ready_file = folder / "ready.json"
    running = subprocess.Popen(
        command("tenant", "serve", "healthy", "--ready-file", str(ready_file), *options),
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        creationflags=OWN_GROUP,
    )
    try:
        deadline = time.monotonic() + 60
        while not ready_file.exists():
            assert running.poll() is None, running.stderr.read() if running.stderr else b""
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield running, json.loads(ready_file.read_text(encoding="utf-8"))
    finally:
        running.kill()
        running.communicate()


def ask_to_end(running: subprocess.Popen[bytes], number: int) -> tuple[int, bytes, bytes]:
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    return running.returncode, out, err


@pytest.mark.parametrize("number", WAYS_TO_END)
def test_serve_tells_where_it_is_answers_over_https_and_tidies_up(tmp_path: Path, number: int) -> None:
    with serving(tmp_path) as (running, ready):
        assert ready["pid"] == running.pid
        assert ready["mailbox_count"] == 50
        assert len(ready["mailboxes"]) == 20
        context = ssl.create_default_context(cafile=ready["ca_file"])
        with httpx.Client(verify=context, trust_env=False) as client:
            assert client.post(ready["ews_url"]).status_code == 401
            account = ready["service_account"]
            assert (
                client.get(ready["autodiscover"]["json"], auth=(account["username"], account["password"])).status_code
                != 401
            )
        settings_file = Path(ready["settings_file"])
        assert settings_file.is_file()
        code, out, err = ask_to_end(running, number)
    assert (code, out) == (0, b"")
    assert ready["ews_url"].encode() in err
    assert b"Traceback" not in err
    assert not (tmp_path / "ready.json").exists()
    assert not settings_file.parent.exists()


def test_serve_listens_on_the_port_that_it_is_given_and_on_loopback_alone(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(tmp_path, "--port", str(port), "--quiet") as (running, ready):
        assert ready["ews_url"] == f"https://localhost:{port}/EWS/Exchange.asmx"
        address = outward_address()
        with socket.socket() as outside:
            outside.settimeout(5)
            assert address is None or outside.connect_ex((address, port)) != 0
        _, out, err = ask_to_end(running, WAYS_TO_END[0])
    assert (out, err) == (b"", b"")


def outward_address() -> str | None:
    """Return an address of this machine that is not loopback, if it has one; asks nobody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
        return None if address.startswith("127.") else address
