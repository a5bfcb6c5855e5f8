"""The test event: created, read, changed, read, deleted, found gone; deleted whatever happens, and never another's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from exchangelib.items import CalendarItem
from lxml import etree

from calconnect.evidence.observation import Outcome
from calconnect.foundation.clock import MovableClock
from calconnect.tenants.common import journal
from calconnect.tenants.common.mark import Mark
from calconnect.tenants.exchange_server import ExchangeServerTenant
from tests.tenants.fake_calendar import FakeCalendar
from tests.tenants.scripted import NOW, Canned, FakeExchange, ScriptedServer, Seen, fault, message

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]
ALICE = "alice@contoso.test"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def server(serve: Serve, exchange: FakeExchange, calendar: FakeCalendar) -> ScriptedServer:
    return serve(calendar.install(exchange))


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "state" / "test-events").glob("*"))


def steps(tenant: ExchangeServerTenant) -> list[tuple[object, str, str | None]]:
    return [(seen.details["step"], seen.outcome.value, seen.code) for seen in tenant.event_round_trip(ALICE)]


def test_all_is_well(tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path) -> None:
    assert steps(tenant_for(server)) == [
        ("create", "ok", "NoError"),
        ("read", "ok", "NoError"),
        ("update", "ok", "NoError"),
        ("read-again", "ok", "NoError"),
        ("delete", "ok", "NoError"),
        ("find-gone", "ok", "ErrorItemNotFound"),
    ]
    assert calendar.events == {}
    assert entries(tmp_path) == []


def test_the_event_disturbs_nobody(tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar) -> None:
    tenant_for(server, run_id="20261122T120000Z-ab12").event_round_trip(ALICE)
    created = etree.fromstring(calendar.requests[0])
    assert created.findtext(f".//{T}LegacyFreeBusyStatus") == "Free"
    assert created.findtext(f".//{T}ReminderIsSet") == "0"
    assert created.findtext(f".//{T}Start") == "2026-11-24T03:00:00Z"
    assert created.findtext(f".//{T}End") == "2026-11-24T03:30:00Z"
    assert created.find(f".//{T}RequiredAttendees") is None
    assert b'SendMeetingInvitations="SendToNone"' in calendar.requests[0]
    mark = Mark.parse(created.findtext(f".//{T}ExtendedProperty/{T}Value") or "")
    assert mark is not None
    assert (mark.run, mark.made) == ("20261122T120000Z-ab12", NOW)


def test_exchangelibs_own_classes_are_left_as_they_were() -> None:
    assert not any(field.name == "mark" for field in CalendarItem.FIELDS)


def test_the_journal_is_written_before_the_event_is_created(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    noted: list[dict[str, object]] = []

    def create(seen: Seen) -> Canned:
        noted.extend(json.loads(path.read_text()) for path in entries(tmp_path))
        return calendar.create(seen)

    exchange.answers["CreateItem"] = create
    tenant_for(server).event_round_trip(ALICE)
    (entry,) = noted
    assert entry["mailbox"] == ALICE
    assert entry["endpoint"] == "https://mail.contoso.test/EWS/Exchange.asmx"
    assert entry["pid"] == os.getpid()
    assert str(entry["mark"]).encode() in calendar.requests[0]


def test_where_no_journal_can_be_kept_no_event_is_created(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    assert steps(tenant_for(server)) == [("create", "no-answer", "journal-unwritable")]
    assert calendar.requests == []


@pytest.mark.parametrize("code", ["ErrorCreateItemAccessDenied", "ErrorImpersonateUserDenied"])
def test_creating_is_refused(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, tmp_path: Path, code: str
) -> None:
    exchange.answers["CreateItem"] = message("CreateItem", code=code)
    assert steps(tenant_for(server)) == [("create", "refused", code)]
    assert entries(tmp_path) == []
    assert "FindItem" not in server.operations, "there is nothing to clear away"


@pytest.mark.parametrize(
    ("step", "operation", "code"),
    [("read", "GetItem", "ErrorAccessDenied"), ("update", "UpdateItem", "ErrorAccessDenied")],
)
def test_a_later_step_is_refused_and_the_event_is_deleted_all_the_same(
    tenant_for: TenantFor,
    server: ScriptedServer,
    exchange: FakeExchange,
    calendar: FakeCalendar,
    *,
    step: str,
    operation: str,
    code: str,
) -> None:
    exchange.answers[operation] = message(operation, code=code)
    seen = steps(tenant_for(server))
    assert (step, "refused", code) in seen
    assert ("delete", "ok", "NoError") in seen
    assert calendar.events == {}


def test_deleting_is_refused(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    exchange.answers["DeleteItem"] = message("DeleteItem", code="ErrorAccessDenied")
    assert steps(tenant_for(server))[-1] == ("delete", "refused", "ErrorAccessDenied")
    assert len(calendar.events) == 1
    assert len(entries(tmp_path)) == 1, "the journal leads the next run to it"


@pytest.mark.parametrize(
    ("fault_of_it", "step", "code"),
    [
        ("keeps_marks", "read", "mark-not-kept"),
        ("keeps_changes", "read-again", "change-not-kept"),
        ("really_deletes", "find-gone", "still-there"),
    ],
)
def test_a_server_that_only_pretends(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, *, fault_of_it: str, step: str, code: str
) -> None:
    setattr(calendar, fault_of_it, False)
    assert (step, "refused", code) in steps(tenant_for(server))


def test_an_event_whose_creation_was_not_confirmed_is_found_by_its_mark_and_deleted(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    def create(seen: Seen) -> Canned:
        calendar.create(seen)
        return Canned(how="reset")

    exchange.answers["CreateItem"] = create
    assert steps(tenant_for(server)) == [("create", "no-answer", "connection-reset")]
    assert server.operations.count("CreateItem") == 1, "creating is not repeated where it may have been done"
    assert calendar.events == {}
    assert entries(tmp_path) == []


def test_creating_is_repeated_where_the_server_says_that_it_did_nothing(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar
) -> None:
    answers = [fault("ErrorServerBusy")]
    exchange.answers["CreateItem"] = lambda seen: answers.pop() if answers else calendar.create(seen)
    seen = tenant_for(server).event_round_trip(ALICE)
    assert (seen[0].ok, seen[0].attempts) == (True, 2)


def test_an_answer_without_an_id(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar
) -> None:
    def create(seen: Seen) -> Canned:
        calendar.create(seen)
        return message("CreateItem", "<m:Items/>")

    exchange.answers["CreateItem"] = create
    assert steps(tenant_for(server)) == [("create", "refused", "no-item-id")]
    assert calendar.events == {}


@pytest.mark.parametrize("operation", ["CreateItem", "GetItem", "UpdateItem", "DeleteItem"])
def test_an_interruption_leaves_nothing_behind(
    tenant_for: TenantFor,
    server: ScriptedServer,
    calendar: FakeCalendar,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    operation: str,
) -> None:
    """Ctrl-C while an answer is awaited: the request may have arrived or not."""
    from calconnect.tenants.exchange_server import ews

    real = ews._post
    interrupted: list[str] = []

    def post(*arguments: object, **named: object) -> object:
        answer = real(*arguments, **named)  # type: ignore[arg-type]
        if re.search(rf"<m:{operation}[ >]".encode(), arguments[2]) and not interrupted:  # type: ignore[call-overload]
            interrupted.append(operation)
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(ews, "_post", post)
    tenant = tenant_for(server)
    with pytest.raises(KeyboardInterrupt):
        tenant.event_round_trip(ALICE)
    assert interrupted
    assert calendar.events == {}
    assert entries(tmp_path) == []


def leave(tmp_path: Path, calendar: FakeCalendar, mark: Mark, pid: int, started: float, **changes: object) -> str:
    """Leave an event and its entry behind, as a run that was killed does."""
    folder = tmp_path / "state" / "test-events"
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "endpoint": "https://mail.contoso.test/EWS/Exchange.asmx",
        "mailbox": "bob@contoso.test",
        "mark": str(mark),
        "pid": pid,
        "process_started": started,
        "written_at": NOW.isoformat(),
        **changes,
    }
    (folder / f"{mark.number}.json").write_text(json.dumps(record))
    return calendar.add(str(mark))


def dead_process() -> tuple[int, float]:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    started = psutil.Process(child.pid).create_time()
    child.wait()
    return child.pid, started


def test_what_a_killed_run_left_is_deleted(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    pid, started = dead_process()
    leave(tmp_path, calendar, Mark.new("killed-run", NOW), pid, started)
    of_entry, of_trial = tenant_for(server).remove_stray_events()
    assert (of_entry.target, of_entry.operation, of_entry.ok) == ("bob@contoso.test", "DeleteItem", True)
    assert of_entry.details == {"found": 1, "strays": 1, "removed": 1, "left_by": "killed-run"}
    assert (of_trial.target, of_trial.details["removed"]) == (ALICE, 0)
    assert calendar.events == {}
    assert entries(tmp_path) == []


def test_a_process_id_that_was_given_to_another_process_counts_as_gone(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    started = psutil.Process(os.getppid()).create_time()
    leave(tmp_path, calendar, Mark.new("killed-run", NOW), os.getppid(), started - 100)
    tenant_for(server).remove_stray_events()
    assert calendar.events == {}


def test_an_event_of_a_run_that_is_alive_is_left_alone(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    parent = os.getppid()
    old = Mark.new("another-run", NOW - timedelta(hours=5))
    leave(tmp_path, calendar, old, parent, psutil.Process(parent).create_time())
    seen = tenant_for(server).remove_stray_events()
    assert [one.details["removed"] for one in seen] == [0]
    assert len(calendar.events) == 1
    assert len(entries(tmp_path)) == 1


def test_an_earlier_run_in_this_process_is_cleared_away_once_it_cannot_be_at_work(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path, clock: MovableClock
) -> None:
    leave(tmp_path, calendar, Mark.new("earlier", NOW), os.getpid(), psutil.Process().create_time())
    tenant = tenant_for(server)
    tenant.remove_stray_events()
    assert len(calendar.events) == 1, "it may still be at work in another thread"
    clock.advance(timedelta(minutes=16))
    tenant.remove_stray_events()
    assert calendar.events == {}


def test_old_marked_events_of_other_machines_are_deleted_and_young_ones_left(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar
) -> None:
    calendar.add(str(Mark.new("elsewhere", NOW - timedelta(minutes=61))))
    young = calendar.add(str(Mark.new("elsewhere", NOW - timedelta(minutes=59))))
    strange = calendar.add("a mark of another form")
    (seen,) = tenant_for(server).remove_stray_events()
    assert seen.details == {"found": 3, "strays": 1, "removed": 1}
    assert set(calendar.events) == {young, strange}


def test_entries_of_another_server_are_left_alone(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    pid, started = dead_process()
    elsewhere = "https://mail.elsewhere.test/EWS/Exchange.asmx"
    leave(tmp_path, calendar, Mark.new("killed-run", NOW), pid, started, endpoint=elsewhere)
    assert len(tenant_for(server).remove_stray_events()) == 1
    assert len(entries(tmp_path)) == 1


def test_the_same_server_written_otherwise_is_the_same(
    tenant_for: TenantFor, server: ScriptedServer, calendar: FakeCalendar, tmp_path: Path
) -> None:
    pid, started = dead_process()
    same = "https://MAIL.contoso.test:443/ews/exchange.asmx"
    leave(tmp_path, calendar, Mark.new("killed-run", NOW), pid, started, endpoint=same)
    tenant_for(server).remove_stray_events()
    assert calendar.events == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mark": "x"}', '{"mark": 3}', "null"])
def test_an_entry_that_cannot_be_read_is_told(
    tenant_for: TenantFor, server: ScriptedServer, tmp_path: Path, content: str
) -> None:
    folder = tmp_path / "state" / "test-events"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text(content)
    first, _ = tenant_for(server).remove_stray_events()
    assert (first.code, first.target, first.outcome) == ("journal-unreadable", "broken.json", Outcome.NO_ANSWER)


def test_where_the_mailbox_cannot_be_searched_the_entry_stays(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    pid, started = dead_process()
    leave(tmp_path, calendar, Mark.new("killed-run", NOW), pid, started)
    exchange.answers["FindItem"] = fault("ErrorImpersonateUserDenied")
    seen = tenant_for(server).remove_stray_events()
    assert [one.code for one in seen] == ["ErrorImpersonateUserDenied"] * 2
    assert len(entries(tmp_path)) == 1


def test_a_run_that_is_killed_hard_is_cleared_up_by_the_next(
    tenant_for: TenantFor, server: ScriptedServer, exchange: FakeExchange, calendar: FakeCalendar, tmp_path: Path
) -> None:
    """kill -9 in the middle: nothing of the killed process runs any more, only the journal is left."""
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from calconnect.tenants.common.journal import Journal\n"
        "now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)\n"
        "entry = Journal(Path(sys.argv[1]), 'killed', lambda: now).begin(sys.argv[2], 'bob@contoso.test')\n"
        "print(entry.mark, flush=True)\n"
        "sys.stdin.read()\n",
        encoding="utf-8",
    )
    endpoint = "https://mail.contoso.test/EWS/Exchange.asmx"
    command = [sys.executable, str(script), str(tmp_path / "state"), endpoint]
    environment = {**os.environ, "PYTHONPATH": str(Path(journal.__file__).parents[3])}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        calendar.add(child.stdout.readline().strip())
        tenant = tenant_for(server)
        tenant.remove_stray_events()
        assert len(calendar.events) == 1, "it is alive"
        child.kill()
    tenant.remove_stray_events()
    assert calendar.events == {}
    assert entries(tmp_path) == []


@pytest.mark.parametrize("text", ["", "calconnect/1", "calconnect/1 run soon abc", "other/1 a 2026-11-22T12:00:00Z b"])
def test_what_is_no_mark(text: str) -> None:
    assert Mark.parse(text) is None


def test_marks_are_read_as_they_were_written() -> None:
    mark = Mark.new("a run with spaces", NOW)
    assert Mark.parse(str(mark)) == mark
