"""``calconnect tenant serve``."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import click

from calconnect.cli import options
from calconnect.cli.console import columns, say
from calconnect.cli.exits import ExitCode
from calconnect.cli.signals import ends_as_interrupt

_WAKE_SECONDS = 0.5
"""On Windows, Ctrl-Break does not wake a sleeping process."""


@click.command("serve")
@click.argument("tenant", metavar="NAME|FILE")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; left out: any free one.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write JSON here once clients can connect: URLs, CA certificate, service account, settings file.",
)
@options.quiet
def serve_tenant(tenant: str, *, port: int, ready_file: Path | None, quiet: bool) -> int:
    """Serve a mock tenant until Ctrl-C: one of the list by NAME, or a tenant FILE.

    It is reachable from this machine alone. Any EWS client can connect to it, over HTTPS, with the CA certificate that
    is named at the start. The settings file that is named works with "calconnect audit --config".

    Needs no permissions.
    """
    from calconnect.embedded import start

    with ends_as_interrupt():
        try:
            running = start(tenant, port=port)
        except OSError as error:
            if port == 0:
                raise
            reason = error.strerror or type(error).__name__
            raise click.UsageError(f"Port {port} cannot be used: {reason}. Leave --port out for a free one.") from None
        with running:
            try:
                if ready_file is not None:
                    _write_ready(ready_file, running.ready)
                if not quiet:
                    _tell(running.ready)
                while True:
                    time.sleep(_WAKE_SECONDS)
            except KeyboardInterrupt:
                if not quiet:
                    say("Stopped.")
            finally:
                if ready_file is not None:
                    with contextlib.suppress(OSError):
                        ready_file.unlink(missing_ok=True)
    return ExitCode.SATISFIED


def _write_ready(path: Path, ready: dict[str, Any]) -> None:
    from calconnect.foundation.files import write_json

    try:
        write_json(path, ready)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.UsageError(f"{path} cannot be written: {reason}.") from None


def _tell(ready: dict[str, Any]) -> None:
    account = ready["service_account"]
    say(f"{ready['name']}: {ready['title']}")
    rows = [
        ["EWS", ready["ews_url"]],
        ["Autodiscover", ready["autodiscover"]["pox"]],
        ["CA certificate", ready["ca_file"]],
    ]
    if account is not None:
        rows.append(["service account", f"{account['email']} or {account['username']}, password {account['password']}"])
    online = ready["microsoft365"]
    if online is not None:
        rows += [
            ["Microsoft Graph", online["graph_url"]],
            ["tokens", f"{online['authority']}/oauth2/v2.0/token"],
        ]
        if online["client_secret"] is not None:
            rows.append(["application", f"{online['application']}, secret {online['client_secret']}"])
    rows += [
        ["mailboxes", f"{ready['mailbox_count']:,}"],
        ["control plane", ready["control_url"]],
        ["settings", ready["settings_file"]],
    ]
    for line in columns(rows):
        say(line)
    say("Ctrl-C stops it.")
