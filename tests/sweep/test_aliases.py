from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from calconnect.evidence.observation import Observation
from calconnect.sweep.aliases import found_online, said_in_answer
from calconnect.sweep.store_reading import Result
from calconnect.tenants.online_interface import BATCH, OnlineTenant
from calconnect.tenants.thin.interface import Probe, Side
from tests.sweep.seen import seen


def result(number: int, observation: Observation) -> Result:
    return Result(number, Probe.REACH, Side.ONLINE, (observation,))


class Directory:
    """Finds users by any of their addresses, twenty in one question."""

    def __init__(self, primary: dict[str, str]) -> None:
        self.primary = primary
        self.questions: list[int] = []

    def users(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        self.questions.append(len(addresses))
        assert len(addresses) <= BATCH
        return tuple(
            seen(one, probe="online-user", primary_smtp=self.primary[one])
            if one in self.primary
            else seen(one, "Request_ResourceNotFound", "online-user")
            for one in addresses
        )


def test_an_answer_that_names_another_address_tells_of_an_alias() -> None:
    results = [
        result(1, seen("a@x.test", "ErrorNonPrimarySmtpAddress", primary_smtp="b@x.test")),
        result(2, seen("c@x.test", primary_smtp="C@X.test")),
        result(3, seen("d@x.test", primary_smtp="e@x.test")),
        result(4, seen("f@x.test", "ErrorNonPrimarySmtpAddress")),
    ]
    assert list(said_in_answer(results)) == [(1, "b@x.test"), (3, "e@x.test")]


def test_whom_graph_does_not_find_is_looked_up_in_its_directory_in_batches() -> None:
    results = [result(n, seen(f"u{n}@x.test", "ErrorInvalidUser")) for n in range(1, 31)]
    results += [result(40, seen("u40@x.test")), result(41, seen("u41@x.test", "MailboxNotEnabledForRESTAPI"))]
    directory = Directory({"u2@x.test": "two@x.test", "u3@x.test": "U3@x.test", "u25@x.test": "five@x.test"})
    found = list(found_online(results, cast(OnlineTenant, directory)))
    assert [(number, primary) for number, primary, _ in found] == [(2, "two@x.test"), (25, "five@x.test")]
    assert directory.questions == [20, 10]
