from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from calconnect.evidence.store import read_observations
from calconnect.foundation.problems import InvalidInput
from calconnect.sweep.listing import Listing, RepeatedRow
from calconnect.sweep.model import EndedBy, Ending, Sample, SweptMailbox, UnusableRow
from calconnect.sweep.observations_file import write_observations
from calconnect.sweep.owner import Owner
from calconnect.sweep.store import StoreFull, StoreInUse, SweepStore
from calconnect.sweep.store_reading import STORE_FILE, SweepReader
from calconnect.tenants.thin.interface import Probe, Shot, Side
from tests.sweep.seen import NOW, new_store, people, seen, settled

REACH = (Probe.REACH, Side.SERVER)


def test_what_is_settled_is_there_for_whoever_comes_after_a_process_that_was_killed(tmp_path: Path) -> None:
    mailboxes = people(5)
    store = new_store(tmp_path / "run", mailboxes)
    for mailbox in (mailboxes[3], mailboxes[0]):
        store.settle(settled(mailbox))
    shutil.copytree(tmp_path / "run", tmp_path / "left")  # as it lies on the disk while the process is at work
    with SweepReader.read(tmp_path / "left") as left:
        assert [one.number for one in left.todo(*REACH)] == [2, 3, 5]
        assert [one.number for one in left.settled()] == [4, 1]
        assert left.settled_count(*REACH) == 2
        assert [len(one.results) for one in left.results()] == [1, 0, 0, 1, 0]
    store.close()
    assert [file.name for file in (tmp_path / "run").iterdir()] == [STORE_FILE], "one file, readable from anywhere"


def test_a_mailbox_is_settled_once(tmp_path: Path) -> None:
    mailboxes = people(1)
    with new_store(tmp_path, mailboxes) as store:
        store.settle(settled(mailboxes[0]))
        with pytest.raises(sqlite3.IntegrityError):
            store.settle(settled(mailboxes[0]))


def test_everything_about_the_list_comes_back(tmp_path: Path) -> None:
    mailbox = SweptMailbox(1, "Ann@Contoso.test", 2, {"department": "Häuser & Gärten"})
    unusable, repeated = UnusableRow(3, "x@", "it has nothing after the @."), RepeatedRow(4, "ann@contoso.test", 1)
    sample = Sample(NOW, *REACH, 1, 9, 2, 7, 27, 12.5)
    with SweepStore.create(tmp_path, {"run": "r"}) as store:
        assert not store.is_listed
        store.list_mailboxes(Listing((mailbox,), (unusable,), (repeated,), "list.csv", "Not all."))
        store.begin_session(NOW)
        store.sample(sample)
        store.end_session(NOW, Ending(EndedBy.SILENCE, "It was silent."))
    with SweepReader.read(tmp_path) as store:
        assert store.is_listed
        assert list(store.mailboxes()) == [mailbox]
        assert (store.unusable(), store.repeated()) == ([unusable], [repeated])
        assert (store.fact("list_source"), store.fact("list_caveat")) == ("list.csv", "Not all.")
        assert store.fact("list_columns") == "department"
        assert list(store.samples()) == [sample]
        assert [one.ending for one in store.sessions()] == [Ending(EndedBy.SILENCE, "It was silent.")]


def test_the_primary_address_of_an_alias_is_asked_once_and_answers_for_it(tmp_path: Path) -> None:
    mailboxes = people(3)
    with new_store(tmp_path, mailboxes) as store:
        for mailbox in mailboxes:
            store.settle(settled(mailbox))
        store.add_aliases({1: "Ann@contoso.test", 2: "USER3@contoso.test"})
        (added,) = store.todo(*REACH)
        assert added == SweptMailbox(4, "Ann@contoso.test", 2)
        store.settle(settled(added, folder_class="IPF.Appointment"))
        assert store.todo(*REACH) == []
        found = list(store.results())
        assert [one.alias.primary_number if one.alias else 0 for one in found] == [4, 3, 0, 0]
        assert [one.added for one in found] == [False, False, False, True]
        for written in ("user1@contoso.test", "ANN@CONTOSO.TEST"):
            (answer,) = store.observations_of(written, *REACH)
            assert answer.target == "Ann@contoso.test"
            assert answer.at == NOW
        assert store.observations_of("user9@contoso.test", *REACH) == ()
        assert store.observations_of("user1@contoso.test", Probe.WRITE, Side.SERVER) == ()


def test_the_observations_file_holds_every_line_with_an_id_in_order(tmp_path: Path) -> None:
    mailboxes = people(3)
    half = replace(seen("user2@contoso.test", "ErrorX", step="create"), reason="half a character: \ud83d")
    with new_store(tmp_path, mailboxes) as store:
        store.note([seen("svc@contoso.test", probe="sign-in")])
        store.settle(settled(mailboxes[2]))
        shot = Shot(mailboxes[1].address, (seen("user2@contoso.test", step="create"), half))
        store.settle(replace(settled(mailboxes[1]), shot=shot))
        path = write_observations(store)
    found = read_observations(path)
    assert [one.id for one in found] == ["o-000001", "o-000002", "o-000003", "o-000004"]
    assert [one.target.partition("@")[0] for one in found] == ["svc", "user3", "user2", "user2"]
    assert replace(found[3], id="") == half
    assert not list(tmp_path.glob("*.partial"))


def test_a_sweep_that_another_process_is_at_work_on_is_refused_with_its_id(tmp_path: Path) -> None:
    other = psutil.Process().parent()
    assert other is not None
    with new_store(tmp_path, people(1)) as store:
        store.set_fact("owner", Owner(other.pid, other.create_time()).text())
        with pytest.raises(StoreInUse) as refused:
            SweepStore.open(tmp_path)
        assert refused.value.pid == other.pid
        store.set_fact("owner", Owner(other.pid, other.create_time() - 3600).text())  # its id went to another one
        SweepStore.open(tmp_path).close()


def test_a_full_disk_is_said_and_what_was_written_is_whole(tmp_path: Path) -> None:
    mailboxes = people(2000)
    store = new_store(tmp_path, mailboxes)
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages + 40}")  # SQLite says of it what it says of a full disk
    done = 0
    with pytest.raises(StoreFull, match="full"):
        for mailbox in mailboxes:
            store.settle(settled(mailbox))
            done += 1
    assert done
    store.close()
    with SweepStore.open(tmp_path) as again:
        assert again.settled_count(*REACH) == done
        again.settle(settled(mailboxes[done]))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "is not there"),
        (lambda path: path.write_bytes(b"no database" * 100), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:9000]), "is damaged"),
        (lambda path: _execute(path, "PRAGMA user_version = 7"), "another version of calconnect"),
        (lambda path: _execute(path, "PRAGMA application_id = 7"), "is damaged, or is no sweep"),
    ],
)
def test_a_database_that_is_none_any_more_is_said_in_one_problem(tmp_path: Path, spoil: object, message: str) -> None:
    new_store(tmp_path, people(500)).close()
    assert callable(spoil)
    spoil(tmp_path / STORE_FILE)
    with pytest.raises(InvalidInput, match=message) as refused:
        SweepStore.open(tmp_path)
    assert len(refused.value.problems) == 1


def _execute(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()
