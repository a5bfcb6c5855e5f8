from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from calconnect.settings.secrets import SecretNotFound
from tests.settings.loading import CANARY, MINIMAL, NOW, load, only, replace


def certificate(not_after: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(not_after - timedelta(days=30)).not_valid_after(not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://mail.example.com/EWS/Exchange.asmx", "must begin with https://"),
        ("HTTP://mail.example.com/EWS/Exchange.asmx", "must begin with https://"),
        ("mail.example.com", "must be an absolute https URL"),
        ("//mail.example.com/EWS/Exchange.asmx", "must be an absolute https URL"),
        ("/EWS/Exchange.asmx", "must be an absolute https URL"),
        ("ftp://mail.example.com/", "must be an absolute https URL"),
        ("https:mail.example.com", "must be an absolute https URL"),
        ("https://", "must be an absolute https URL"),
        ("https:///EWS/Exchange.asmx", "must be an absolute https URL"),
        ("https://mail.example.com:port/", "is no URL"),
        ("https://mail.example.com:99999/", "is no URL"),
        ("https://mail.example.com:0/", "is no URL"),
        ("https://mail example.com/", "has a space"),
        ("https://mail..example.com/", "the host name is malformed"),
        ("https://-mail.example.com/", "the host name is malformed"),
        ("https://300.1.1.1/", "the IPv4 address is malformed"),
        ("https://[::zz]/", "is no URL"),
        (f"https://svc:{CANARY}@mail.example.com/", "must not hold a user name or a password"),
        ("https://mail.example.com/EWS/Exchange.asmx?x=1", "neither ? nor #"),
        ("https://mail.example.com/EWS/Exchange.asmx#x", "neither ? nor #"),
    ],
)
def test_a_malformed_url_is_named(tmp_path: Path, url: str, message: str) -> None:
    problem = only(tmp_path, replace("[mailboxes]", f'exchange_server_url = "{url}"\n[mailboxes]'))
    assert (problem.line, problem.key) == (7, "connection.exchange_server_url")
    assert message in problem.message
    assert CANARY not in str(problem)


@pytest.mark.parametrize(
    "url", ["https://mail.example.com/elsewhere", "https://mail.example.com", "https://[::1]:8443/EWS/Exchange.asmx"]
)
def test_where_an_absolute_https_url_leads_is_not_judged_here(tmp_path: Path, url: str) -> None:
    found = load(tmp_path, replace("[mailboxes]", f'exchange_server_url = "{url}"\n[mailboxes]'))
    assert found.connection.exchange_server_url == url


@pytest.mark.parametrize("value", [CANARY, "keyring:" + CANARY, "plain:" + CANARY, "env " + CANARY])
def test_a_password_in_clear_is_refused_and_never_repeated(tmp_path: Path, value: str) -> None:
    problem = only(tmp_path, replace("env:SVC_PASSWORD", value))
    assert (problem.line, problem.key) == (3, "connection.service_account_password")
    assert CANARY not in str(problem)
    assert "keyring" in problem.message


def test_a_password_that_is_not_a_string_is_not_repeated(tmp_path: Path) -> None:
    assert "73952" not in str(only(tmp_path, replace('"env:SVC_PASSWORD"', "73952")))


def test_no_secret_is_looked_up_while_the_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVC_PASSWORD", raising=False)
    found = load(tmp_path, MINIMAL)
    (password,) = found.secrets
    with pytest.raises(SecretNotFound, match="SVC_PASSWORD"):
        password.resolve()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"mail.example.com" = "127.0.0.1:1"', "not of the form host:port"),
        ('"mail.example.com:443" = "127.0.0.1"', "not of the form host:port"),
        ('"mail.example.com:443" = ""', "not of the form host:port"),
        ('"mail.example.com:443" = "127.0.0.1:0"', "from 1 to 65535"),
        ('"mail.example.com:443" = "127.0.0.1:70000"', "from 1 to 65535"),
        ('"mail.example.com:443" = "127.0.0.999:1"', "the IPv4 address is malformed"),
        ('"mail.example.com:443" = "[::g]:1"', "not of the form host:port"),
        ('"mail.example.com:443" = "[:::]:1"', "the IPv6 address is malformed"),
        ('"mail.exam ple.com:443" = "127.0.0.1:1"', "the host name is malformed"),
        ('"https://mail.example.com:443" = "127.0.0.1:1"', "not of the form host:port"),
        ('"mail.example.com:443" = 5', "must be a string"),
    ],
)
def test_a_wrong_form_of_connect_to_is_named(tmp_path: Path, entry: str, message: str) -> None:
    problem = only(tmp_path, f"{MINIMAL}[network.connect_to]\n{entry}\n")
    assert problem.line == 10
    assert problem.key.startswith("network.connect_to.")
    assert message in problem.message


def test_a_ca_file_must_hold_a_certificate_that_is_in_date(tmp_path: Path) -> None:
    text = f"{MINIMAL}[network]\nca_file = 'ca.pem'\n"
    file = tmp_path / "ca.pem"
    file.write_bytes(certificate(NOW - timedelta(days=1)))
    assert "still in date" in only(tmp_path, text).message
    file.write_bytes(file.read_bytes() + certificate(NOW + timedelta(days=1)))
    assert load(tmp_path, text).network.ca_file == file
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "cannot be read" in only(tmp_path, text).message
    trustme.CA().cert_pem.write_to_path(str(file))
    assert load(tmp_path, text).network.ca_file == file
