"""The command ``calconnect`` itself: its groups, and what becomes of every way to end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from calconnect import __version__
from calconnect.cli import (
    audit,
    evidence_import,
    evidence_script,
    explain,
    fleet_audit,
    judge,
    requirements_list,
    requirements_show,
    sweep,
    tenant_list,
    tenant_matrix,
    tenant_serve,
    tenant_show,
    timeline,
)
from calconnect.cli.console import colours_wanted, json_data, prepare_streams, problem_record, say, say_problems
from calconnect.cli.exits import ExitCode
from calconnect.cli.failure import report_failure
from calconnect.cli.session import Session
from calconnect.foundation.problems import InvalidInput, UsageError

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EXIT_CODES = """\b
Exit codes:
  0    everything required is satisfied, or validly waived
  1    a requirement is not satisfied, or a waiver has expired
  2    the command line or the settings are wrong; nothing was sent
  3    something required could not be observed
  4    a saved run fails verification
  130  interrupted
"""


@click.group(context_settings=_CONTEXT, epilog=_EXIT_CODES)
@click.version_option(__version__, prog_name="calconnect", message="%(prog)s %(version)s")
def calconnect() -> None:
    """Prove that an organisation's calendars are ready for a bulk calendar connection.

    Start with "calconnect audit": without settings it audits a mock tenant, so that you see what you will get.
    """


@calconnect.group(context_settings=_CONTEXT)
def tenant() -> None:
    """Mock tenants, served on this machine."""


@calconnect.group(context_settings=_CONTEXT)
def evidence() -> None:
    """The configuration evidence: exports of Exchange and Active Directory.

    Needs nothing of the tenant: the script is run there by an administrator, and what it wrote is read here.
    """


@calconnect.group(context_settings=_CONTEXT)
def fleet() -> None:
    """Many tenants at once, for whoever looks after several organisations.

    Each tenant needs what its own audit needs of it.
    """


@calconnect.group(context_settings=_CONTEXT)
def requirements() -> None:
    """The documented requirements."""


calconnect.add_command(audit.audit)
calconnect.add_command(explain.explain)
calconnect.add_command(judge.judge)
calconnect.add_command(sweep.sweep)
fleet.add_command(fleet_audit.fleet_audit)
calconnect.add_command(timeline.timeline)
tenant.add_command(tenant_list.list_tenants)
tenant.add_command(tenant_show.show_tenant)
tenant.add_command(tenant_matrix.tenant_matrix)
tenant.add_command(tenant_serve.serve_tenant)
evidence.add_command(evidence_import.evidence_import)
evidence.add_command(evidence_script.evidence_script)
requirements.add_command(requirements_list.list_requirements)
requirements.add_command(requirements_show.show_requirement)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Raises nothing: every error has been told when this returns.

    Args:
        arguments: the command line without the program's name; None: that of this process.
    """
    prepare_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    session = Session()
    try:
        result = calconnect.main(
            args=given, prog_name="calconnect", standalone_mode=False, obj=session, color=colours_wanted()
        )
    except InvalidInput as error:
        say_problems(error.problems)
        if "--json" in given:
            problems = [problem_record(problem) for problem in error.problems]
            json_data({"exit_code": int(ExitCode.USAGE), "problems": problems})
        return ExitCode.USAGE
    except UsageError as error:
        say(f"calconnect: {error}")
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last resort: told in one line, written down in full
        report_failure(error, session)
        return ExitCode.NOT_KNOWN
    return result if isinstance(result, int) else ExitCode.SATISFIED
