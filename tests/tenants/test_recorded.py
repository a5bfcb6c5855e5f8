"""The tenant that answers from a saved run finds each answer by its question, however it was told from others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.tenants.interface import Tenant, Window
from calconnect.tenants.online_interface import OnlineTenant
from calconnect.tenants.recorded import NOTED, RecordedTenant, was_recorded
from calconnect.tenants.recorded_online import RecordedOnlineTenant

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(days=14))


def seen(number: int, probe: str, target: str, mode: Mode = Mode.SERVICE_ACCOUNT, **details: Fact) -> Observation:
    operation = str(details.pop("operation", "Operation"))
    return Observation(f"o-{number:04d}", NOW, probe, operation, mode, target, Outcome.OK, 200, details=details)


def test_it_is_a_tenant() -> None:
    tenant: Tenant = RecordedTenant(())
    tenant.close()


def test_it_is_exchange_online_too() -> None:
    tenant: OnlineTenant = RecordedOnlineTenant(())
    assert not was_recorded(tenant.sign_in_application())
    tenant.close()


def test_an_address_is_found_however_it_is_written() -> None:
    opened = seen(1, "open-calendar", "Ada@Example.com", Mode.IMPERSONATED)
    assert RecordedTenant([opened]).open_calendar("ada@example.COM") is opened


def test_the_same_question_in_another_way_is_another_question() -> None:
    own = seen(1, "open-calendar", "a@example.com")
    impersonated = seen(2, "open-calendar", "a@example.com", Mode.IMPERSONATED)
    delegate = seen(3, "open-calendar", "a@example.com", Mode.DELEGATE)
    tenant = RecordedTenant([impersonated, delegate, own])
    assert tenant.open_calendar(None) is own
    assert tenant.open_calendar("a@example.com") is impersonated
    assert tenant.open_calendar("a@example.com", Mode.DELEGATE) is delegate
    assert not was_recorded(RecordedTenant([own, delegate]).open_calendar("a@example.com"))


def test_folders_and_schemes_are_told_apart() -> None:
    inbox = seen(1, "open-folder", "a@example.com", Mode.DELEGATE, folder="inbox")
    contacts = seen(2, "open-folder", "a@example.com", Mode.DELEGATE, folder="contacts")
    ntlm = seen(3, "sign-in-by", "svc", scheme="ntlm")
    tenant = RecordedTenant([inbox, contacts, ntlm])
    assert tenant.open_folder("a@example.com", "contacts") is contacts
    assert tenant.open_folder("a@example.com", "inbox") is inbox
    assert tenant.sign_in_by("ntlm") is ntlm
    assert not was_recorded(tenant.sign_in_by("basic"))


def test_a_group_comes_with_the_groups_in_it_and_without_those_of_another_question() -> None:
    outer = seen(1, "expand-group", "outer@example.com", depth=0)
    inner = seen(2, "expand-group", "inner@example.com", depth=1)
    deeper = seen(3, "expand-group", "deeper@example.com", depth=2)
    other = seen(4, "expand-group", "inner@example.com", depth=0)
    last = seen(5, "expand-group", "deeper@example.com", depth=1)
    tenant = RecordedTenant([outer, inner, deeper, other, last])
    assert tenant.expand_group("outer@example.com") == (outer, inner, deeper)
    assert tenant.expand_group("inner@example.com") == (other, last)
    assert not was_recorded(tenant.expand_group("deeper@example.com")[0])


def test_answers_of_several_observations_are_whole() -> None:
    steps = [
        seen(number, "event-round-trip", "a@example.com", Mode.IMPERSONATED, step=step)
        for number, step in enumerate(("create", "read", "delete"), 1)
    ]
    rooms = [seen(5, "room-lists", "svc", lists=["l@example.com"]), seen(6, "room-lists", "l@example.com", rooms=[])]
    located = [seen(7, "locate", "svc"), seen(8, "locate", "svc")]
    stray = seen(9, "remove-strays", "a@example.com")
    tenant = RecordedTenant([*steps, *rooms, *located, stray])
    assert tenant.event_round_trip("a@example.com") == tuple(steps)
    assert tenant.room_lists() == tuple(rooms)
    assert tenant.locate() == tuple(located)
    assert tenant.remove_stray_events() == (stray,)


def test_of_a_batch_the_recorded_ones_are_answered() -> None:
    first, third = seen(1, "free-busy", "a@example.com"), seen(2, "free-busy", "c@example.com")
    tenant = RecordedTenant([first, third])
    assert tenant.free_busy(["a@example.com", "b@example.com", "c@example.com"], WINDOW) == (first, third)
    (nothing,) = tenant.free_busy(["x@example.com", "y@example.com"], WINDOW)
    assert not was_recorded(nothing)


def test_targets_that_lost_a_part_to_redaction_go_to_one_question_each() -> None:
    first = seen(1, "open-calendar", "[redacted]1@[redacted].com", Mode.IMPERSONATED)
    second = seen(2, "open-calendar", "[redacted]2@[redacted].com", Mode.IMPERSONATED)
    alike = [
        seen(3, "list-events", "[redacted]", Mode.IMPERSONATED),
        seen(4, "list-events", "[redacted]", Mode.IMPERSONATED),
    ]
    tenant = RecordedTenant([first, second, *alike])
    assert tenant.open_calendar("user2@example.com") is second
    assert tenant.open_calendar("user1@example.com") is first
    assert tenant.list_events("user1@example.com", WINDOW) is alike[0]
    assert tenant.list_events("user2@example.com", WINDOW) is alike[1]
    assert tenant.list_events("user1@example.com", WINDOW) is alike[0], "and to the same one when it is put again"
    assert not was_recorded(tenant.list_events("user3@example.com", WINDOW))


def test_facts_are_found_by_operation_and_target() -> None:
    read = seen(7, NOTED, "calconnect.toml", Mode.CONFIGURATION, operation="read the list")
    tenant = RecordedTenant([read])
    assert tenant.noted("read the list", "calconnect.toml") is read
    assert tenant.noted("read the list", "other.toml") is None
    assert tenant.noted("read", "calconnect.toml") is None
    assert tenant.next_number == 8


def test_every_other_question_is_not_recorded() -> None:
    tenant = RecordedTenant(())
    answers = [
        *(tenant.inspect_tls(), tenant.offered_authentication(), tenant.sign_in(), tenant.open_calendar(None)),
        *(tenant.list_events("a", WINDOW), tenant.event_rights("a"), tenant.free_busy_view("a", WINDOW)),
        *(tenant.resolve_address("a"), tenant.find_names("a"), tenant.reach_from("192.0.2.1")),
        *(tenant.locate()[0], tenant.event_round_trip("a")[0], tenant.room_lists()[0], tenant.expand_group("a")[0]),
    ]
    assert not any(was_recorded(answer) for answer in answers)
    assert not any(answer.ok for answer in answers)
    assert tenant.next_number == 1
