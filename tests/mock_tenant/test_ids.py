"""Ids: their form, and that nothing but a whole one is believed."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId, decode_id, entry_id, read_entry_id

MAILBOX = bytes(range(16))
NUMBERS = st.integers(min_value=1, max_value=2**40)


@pytest.mark.parametrize(
    ("thing", "size"),
    [
        (ThingId(IdKind.FOLDER, MAILBOX, 7), 120),
        (ThingId(IdKind.ITEM, MAILBOX, 7), 152),
        (ThingId(IdKind.OCCURRENCE, MAILBOX, 7, 3), 152),
        (ThingId(IdKind.ATTACHMENT, MAILBOX, 9, 7), 176),
    ],
)
def test_ids_look_like_those_of_exchange(thing: ThingId, size: int) -> None:
    text = str(thing)
    assert text.startswith("AAMkA")
    assert len(text) == size
    assert decode_id(text) == thing


@given(kind=st.sampled_from(IdKind), mailbox=st.binary(min_size=16, max_size=16), number=NUMBERS, index=NUMBERS)
def test_every_id_leads_back(kind: IdKind, mailbox: bytes, number: int, index: int) -> None:
    thing = ThingId(kind, mailbox, number, index if kind in (IdKind.OCCURRENCE, IdKind.ATTACHMENT) else 0)
    assert decode_id(str(thing)) == thing
    if kind is not IdKind.ATTACHMENT:
        assert read_entry_id(entry_id(thing)) == thing


@given(st.text(max_size=200))
def test_other_text_is_malformed(text: str) -> None:
    with pytest.raises(EwsError) as caught:
        decode_id(text)
    assert caught.value.code == "ErrorInvalidIdMalformed"


@given(position=st.integers(min_value=0, max_value=151), kind=st.sampled_from([IdKind.ITEM, IdKind.OCCURRENCE]))
def test_an_id_in_another_case_is_another_id(position: int, kind: IdKind) -> None:
    thing = ThingId(kind, MAILBOX, 123456, 5 if kind is IdKind.OCCURRENCE else 0)
    text = str(thing)
    changed = text[:position] + text[position].swapcase() + text[position + 1 :]
    if changed == text:
        return
    try:
        assert decode_id(changed) != thing
    except EwsError as error:
        assert error.code == "ErrorInvalidIdMalformed"


@pytest.mark.parametrize("size", [0, 1, 43, 88, 90, 112, 114, 131])
def test_ids_that_are_cut_off_are_malformed(size: int) -> None:
    whole = base64.b64decode(str(ThingId(IdKind.ATTACHMENT, MAILBOX, 9, 7)))
    with pytest.raises(EwsError):
        decode_id(base64.b64encode(whole[:size]).decode())


@pytest.mark.parametrize("kind", IdKind)
@pytest.mark.parametrize("more", [b"\0", b"\x01\x10\x00" + b"\xff" * 40, bytes(300)])
def test_ids_with_something_behind_them_are_malformed(kind: IdKind, more: bytes) -> None:
    whole = base64.b64decode(str(ThingId(kind, MAILBOX, 9)))
    with pytest.raises(EwsError):
        decode_id(base64.b64encode(whole + more).decode())
