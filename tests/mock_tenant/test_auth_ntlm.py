"""NTLM and Negotiate, against a client of somebody else's making, and against the specification's own figures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from spnego.channel_bindings import GssChannelBindings

from calconnect.mock_tenant.auth.ciphers import Rc4, md4
from calconnect.mock_tenant.auth.negotiation import Negotiation
from calconnect.mock_tenant.auth.ntlm import NtlmExchange, find_account, ntlm_v2_key
from calconnect.mock_tenant.auth.ntlm_messages import (
    Flag,
    NtlmError,
    ServerNames,
    read_authenticate,
    read_av_pairs,
    read_negotiate,
)
from calconnect.mock_tenant.auth.spnego import SpnegoError
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account, AccountState, Recipient
from tests.mock_tenant.ntlm_client import OneConnection
from tests.mock_tenant.tenants import NOW, SERVICE_AUTH, USER_PASSWORD, describe, organization

NAMES = ServerNames("CONTOSO", "EX01", "contoso.test")


@pytest.fixture
def connection(tenant_server: MockTenant) -> Iterator[OneConnection]:
    """A connection of one's own."""
    made = OneConnection(tenant_server)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4_gives_the_figures_of_rfc_1320(message: bytes, digest: str) -> None:
    assert md4(message).hex() == digest


def test_rc4_gives_known_figures() -> None:
    assert Rc4(b"Key").apply(b"Plaintext").hex() == "bbf316e8d940af0ad3"
    assert Rc4(b"Wiki").apply(b"pedia").hex() == "1021bf0420"


def test_the_key_of_the_specification() -> None:
    """[MS-NLMP] 4.2.4.1.1: User, Domain, Password."""
    assert ntlm_v2_key("Password", "User", "Domain").hex() == "0c868a403bfd7a93a3001ef22ef02e3f"


@pytest.mark.parametrize(
    "login",
    ["CONTOSO\\svc", "contoso\\SVC", "contoso.test\\svc", "svc@contoso.test", "svc", "CONTOSO\\svc@contoso.test"],
)
def test_all_forms_of_a_name_sign_in(connection: OneConnection, login: str) -> None:
    status, headers, _ = connection.sign_in(login, SERVICE_AUTH[1])
    assert status == 200
    assert headers["persistent-auth"] == ["true"]


def test_a_connection_stays_signed_in_and_another_does_not(
    tenant_server: MockTenant, connection: OneConnection
) -> None:
    assert connection.sign_in(*SERVICE_AUTH)[0] == 200
    assert connection.post()[0] == 200
    assert connection.post()[0] == 200
    other = OneConnection(tenant_server)
    assert other.post()[0] == 401
    other.close()


def test_a_new_sign_in_replaces_the_old_one(connection: OneConnection) -> None:
    assert connection.sign_in(*SERVICE_AUTH)[0] == 200
    assert connection.sign_in("CONTOSO\\alice", "wrong")[0] == 401
    assert connection.post()[0] == 401


def test_basic_on_a_signed_in_connection_counts_for_itself(connection: OneConnection) -> None:
    assert connection.sign_in(*SERVICE_AUTH)[0] == 200
    wrong = base64.b64encode(b"svc@contoso.test:wrong").decode()
    assert connection.post(f"Basic {wrong}")[0] == 401
    assert connection.post()[0] == 401


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_challenge_comes_alone_and_names_the_server(connection: OneConnection, scheme: str) -> None:
    import spnego

    token = spnego.client("x", "y", protocol="ntlm").step()
    assert token is not None
    status, headers = connection.post(f"{scheme} {base64.b64encode(token).decode()}")
    assert status == 401
    (offer,) = headers["www-authenticate"]
    challenge = base64.b64decode(offer.removeprefix(f"{scheme} "))
    assert challenge[:12] == b"NTLMSSP\x00\x02\x00\x00\x00"
    assert "EX01".encode("utf-16-le") in challenge
    assert "contoso.test".encode("utf-16-le") in challenge


@pytest.mark.parametrize("login", ["CONTOSO\\svc", "nobody@contoso.test"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(connection: OneConnection, login: str) -> None:
    status, headers, _ = connection.sign_in(login, "wrong")
    assert status == 401
    assert headers["www-authenticate"] == ["Negotiate", "NTLM", 'Basic realm="mail.contoso.test"']


def test_wrong_passwords_are_counted(
    tenant_server: MockTenant, new_user: Callable[..., Recipient], connection: OneConnection
) -> None:
    email = new_user().email
    account = tenant_server.organization.directory.account(email)
    assert account is not None
    account.lock_out_after = 2
    assert connection.sign_in(email, "wrong")[0] == 401
    status, headers, _ = connection.sign_in(email, "wrong")
    assert status == 401
    assert "account_locked_out" in headers["x-ms-diagnostics"][0]
    assert connection.sign_in(email, USER_PASSWORD)[0] == 401


def test_an_account_that_is_disabled_loses_its_connections(
    tenant_server: MockTenant, new_user: Callable[..., Recipient], connection: OneConnection
) -> None:
    email = new_user().email
    account = tenant_server.organization.directory.account(email)
    assert account is not None
    assert connection.sign_in(email, USER_PASSWORD)[0] == 200
    account.state = AccountState.DISABLED
    assert connection.post()[0] == 401


def test_raw_ntlm_under_negotiate(connection: OneConnection) -> None:
    assert connection.sign_in(*SERVICE_AUTH, scheme="Negotiate")[0] == 200
    assert connection.post()[0] == 200


def test_spnego_with_signatures_on_both_sides(connection: OneConnection) -> None:
    status, _, session = connection.sign_in(*SERVICE_AUTH, scheme="Negotiate", protocol="negotiate")
    assert status == 200
    assert session.complete
    assert connection.post()[0] == 200
    assert connection.sign_in("svc@contoso.test", "wrong", scheme="Negotiate", protocol="negotiate")[0] == 401


def test_negotiate_is_refused_where_it_is_not_offered() -> None:
    made = organization()
    made.policies = replace(made.policies, negotiate=False)
    with MockTenant(describe(made)) as server:
        connection = OneConnection(server)
        assert connection.sign_in(*SERVICE_AUTH, scheme="Negotiate")[0] == 401
        assert connection.sign_in(*SERVICE_AUTH)[0] == 200
        connection.close()


# -- the exchange by itself


def exchange() -> NtlmExchange:
    return NtlmExchange(NAMES, b"12345678", NOW)


def talk(made: NtlmExchange, login: str, password: str, **options: object) -> bytes:
    """Let a client answer the exchange's challenge."""
    import spnego

    session = spnego.client(login, password, protocol="ntlm", **options)  # type: ignore[arg-type]
    negotiate = session.step()
    assert negotiate is not None
    answer = session.step(made.challenge(negotiate))
    assert answer is not None
    return answer


def test_the_keys_of_both_sides_are_the_same() -> None:
    import spnego

    made = exchange()
    session = spnego.client(*SERVICE_AUTH, protocol="ntlm")
    negotiate = session.step()
    assert negotiate is not None
    message = session.step(made.challenge(negotiate))
    assert message is not None
    result = made.finish(message, organization().directory, "CONTOSO")
    assert result.proven
    assert result.session_key == session.session_key


def test_channel_bindings_are_told() -> None:
    bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes(32))
    made = exchange()
    result = made.finish(talk(made, *SERVICE_AUTH, channel_bindings=bindings), organization().directory, "CONTOSO")
    assert result.proven
    assert len(result.channel_bindings) == 16
    assert any(result.channel_bindings)


def test_a_message_that_was_changed_on_the_way_is_not_believed() -> None:
    made = exchange()
    message = bytearray(talk(made, *SERVICE_AUTH))
    message[72] ^= 1  # the MIC
    assert not made.finish(bytes(message), organization().directory, "CONTOSO").proven


def test_an_answer_to_another_challenge_is_not_believed() -> None:
    message = talk(exchange(), *SERVICE_AUTH)
    other = NtlmExchange(NAMES, b"87654321", NOW)
    other.challenge(b"NTLMSSP\x00\x01\x00\x00\x00" + int(Flag.UNICODE).to_bytes(4, "little") + bytes(16))
    assert not other.finish(message, organization().directory, "CONTOSO").proven


def test_secrets_are_not_shown() -> None:
    made = exchange()
    message = talk(made, *SERVICE_AUTH)
    result = made.finish(message, organization().directory, "CONTOSO")
    assert result.session_key.hex() not in repr(result)
    assert "nt_response" not in repr(read_authenticate(message))
    assert SERVICE_AUTH[1] not in repr(result)


@pytest.mark.parametrize("cut", [0, 8, 12, 40, 63, 70, 100])
def test_messages_that_are_cut_off(cut: int) -> None:
    made = exchange()
    message = talk(made, *SERVICE_AUTH)
    with pytest.raises(NtlmError):
        Negotiation(made).step(message[:cut] if cut >= 8 else b"NTLMSSP\x00", organization().directory, "CONTOSO")


def test_a_client_without_unicode_is_understood_too() -> None:
    """curl and the NTLM packages for Node.js offer the OEM character set alone."""
    import spnego

    made = exchange()
    session = spnego.client("CONTOSO\\svc", SERVICE_AUTH[1], protocol="ntlm")
    negotiate = bytearray(session.step() or b"")
    negotiate[12] = negotiate[12] & ~Flag.UNICODE | Flag.OEM
    challenge = made.challenge(bytes(negotiate))
    assert challenge[56 : 56 + len("CONTOSO")] == b"CONTOSO"
    assert Flag(int.from_bytes(challenge[20:24], "little")) & (Flag.UNICODE | Flag.OEM) is Flag.OEM


def test_names_in_the_oem_character_set() -> None:
    made = exchange()
    message = bytearray(talk(made, "CONTOSO\\svc", SERVICE_AUTH[1]))
    names = {at: int.from_bytes(message[at + 4 : at + 8], "little") for at in (28, 36, 44)}
    for at, offset in names.items():
        length = int.from_bytes(message[at : at + 2], "little")
        narrow = bytes(message[offset : offset + length]).decode("utf-16-le").encode("cp1252")
        message[offset : offset + len(narrow)] = narrow
        message[at : at + 2] = len(narrow).to_bytes(2, "little")
    message[60] = message[60] & ~Flag.UNICODE | Flag.OEM
    read = read_authenticate(bytes(message))
    assert (read.domain, read.user) == ("CONTOSO", "svc")


def test_a_client_that_offers_no_character_set_is_refused() -> None:
    with pytest.raises(NtlmError):
        read_negotiate(b"NTLMSSP\x00\x01\x00\x00\x00" + bytes(20))
    with pytest.raises(NtlmError):
        read_negotiate(b"NTLMSSP\x00\x01\x00")


def test_av_pairs_that_run_over_the_end() -> None:
    with pytest.raises(NtlmError):
        read_av_pairs(b"\x01\x00\xff\x00ab")


def test_a_challenge_from_the_client_is_refused() -> None:
    with pytest.raises(NtlmError):
        Negotiation(exchange()).step(b"NTLMSSP\x00\x02\x00\x00\x00" + bytes(40), organization().directory, "CONTOSO")


@pytest.mark.parametrize(
    "data", ["", "60", "6001", "6082ffff", "a1023000ff", "a103040100", "3000", "600a06062b060105050200a0"]
)
def test_what_is_no_spnego(data: str) -> None:
    with pytest.raises((SpnegoError, NtlmError)):
        Negotiation(exchange()).step(bytes.fromhex(data), organization().directory, "CONTOSO")


def test_accounts_are_found_by_domain_and_name() -> None:
    directory = organization().directory
    account = directory.account("svc@contoso.test")
    assert isinstance(account, Account)
    for domain, user in [("CONTOSO", "svc"), ("contoso.test", "svc"), ("", "svc"), ("", "svc@contoso.test")]:
        assert find_account(directory, domain, user, "CONTOSO")[1] is account
    assert find_account(directory, "FABRIKAM", "svc", "CONTOSO") == ("FABRIKAM\\svc", None)
