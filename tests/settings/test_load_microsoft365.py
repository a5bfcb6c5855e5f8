"""What the settings say of the topology and of Exchange Online, and every mistake in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from calconnect.settings.model import CRONOFY_APPLICATION, AccessLevel, Cloud, Topology
from calconnect.settings.snapshot import read_snapshot, snapshot_text
from tests.settings.loading import CANARY, MINIMAL, load, only, problems

OWN = "5F6F7D6E-0000-4000-8000-000000000001"
ONLINE = f"""\
[microsoft365]
tenant = "contoso.onmicrosoft.com"
application = "{OWN}"
client_secret = "env:APP_SECRET"
"""
GRAPH = f"""\
[connection]
email_to_impersonate = "ann@contoso.com"
terms_agreed = true
[mailboxes]
addresses = ["ann@contoso.com", "bob@contoso.com"]
{ONLINE}"""
SECRET_LINE = 'client_secret = "env:APP_SECRET"\n'
CERTIFICATE_LINE = 'certificate = "app.pem"\n'
PASSWORD_LINE = 'certificate_password = "file:key.txt"\n'


def instead(old: str, new: str) -> str:
    assert old in GRAPH
    return GRAPH.replace(old, new)


@pytest.mark.parametrize(
    ("text", "topology", "access"),
    [
        (MINIMAL, Topology.EXCHANGE_SERVER, AccessLevel.FULL),
        ('topology = "exchange-server"\n' + MINIMAL, Topology.EXCHANGE_SERVER, AccessLevel.FULL),
        (GRAPH, Topology.EXCHANGE_ONLINE_GRAPH, AccessLevel.FULL),
        ('topology = "exchange-online-graph"\n' + GRAPH, Topology.EXCHANGE_ONLINE_GRAPH, AccessLevel.FULL),
        ('topology = "exchange-online-ews"\n' + GRAPH, Topology.EXCHANGE_ONLINE_EWS, AccessLevel.FREE_BUSY),
        (MINIMAL + ONLINE, Topology.HYBRID, AccessLevel.FULL),
    ],
)
def test_the_topology_is_named_or_shown_by_the_tables(
    tmp_path: Path, text: str, topology: Topology, access: AccessLevel
) -> None:
    found = load(tmp_path, text)
    assert (found.topology, found.access) == (topology, access)
    assert (found.microsoft365 is not None) is topology.has_online
    assert bool(found.connection.service_account_email) is topology.has_server


def test_the_least_that_exchange_online_needs(tmp_path: Path) -> None:
    found = load(tmp_path, GRAPH)
    online = found.microsoft365
    assert online is not None
    assert (online.tenant, online.application) == ("contoso.onmicrosoft.com", OWN.lower())
    assert (online.cloud, online.authority, online.vendor_application) == (Cloud.GLOBAL, None, CRONOFY_APPLICATION)
    assert found.connection.service_account_password is None
    assert [str(secret) for secret in found.secrets] == ["env:APP_SECRET"]


def test_everything_about_exchange_online_is_read(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        MINIMAL
        + ONLINE
        + """\
cloud = "china"
authority = "https://login.example.com/"
trial_mailbox = "cleo@example.com"
vendor_application = "10BB7E5B-b80b-4e6e-a209-f78581dbc70e"
authorised_by = "root@example.com"
vendor_connected_on = 2026-12-01
""",
    )
    online = found.microsoft365
    assert online is not None
    assert (online.cloud, online.authority) == (Cloud.CHINA, "https://login.example.com")
    assert (online.trial_mailbox, online.authorised_by) == ("cleo@example.com", "root@example.com")
    assert online.vendor_application == "10bb7e5b-b80b-4e6e-a209-f78581dbc70e"
    assert online.vendor_connected_on == date(2026, 12, 1)
    assert len(found.secrets) == 2


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        ("topology = 'hybird'\n" + MINIMAL, "topology", 1, 'Did you mean "hybrid"?'),
        ("topology = 3\n" + MINIMAL, "topology", 1, "It is one of exchange-server,"),
        ("topolgy = 'hybrid'\n" + MINIMAL, "topolgy", 1, "Did you mean topology?"),
        ("topology = 'hybrid'\n" + MINIMAL, "microsoft365", None, "the topology is hybrid"),
        ("topology = 'exchange-server'\n" + MINIMAL + ONLINE, "microsoft365", 10, 'topology = "hybrid"'),
        ("topology = 'hybrid'\n" + GRAPH + "[rooms]\n", "connection.service_account_email", 2, "is missing"),
        (instead("true\n", "true\nexchange_server_url = 'https://m.contoso.com/EWS/Exchange.asmx'\n"),
         "connection.exchange_server_url", 4, "is for an Exchange Server"),
        (instead("true\n", "true\nservice_account_username = 'C\\a'\n"), "connection.service_account_username", 4,
         "is for an Exchange Server"),
        (instead("contoso.onmicrosoft.com", "contoso"), "microsoft365.tenant", 7, "neither a tenant id"),
        (instead("contoso.onmicrosoft.com", "12345-6789"), "microsoft365.tenant", 7, "neither a tenant id"),
        (instead(OWN, "calconnect"), "microsoft365.application", 8, "no App ID"),
        (instead(SECRET_LINE, ""), "microsoft365.client_secret", 6, "exactly one"),
        (instead("env:APP_SECRET", CANARY), "microsoft365.client_secret", 9, "A client secret never stands"),
        (GRAPH + "federated_assertion = 'env:A'\n", "microsoft365.federated_assertion", 10, "exactly one"),
        (GRAPH + PASSWORD_LINE, "microsoft365.certificate_password", 10, "is for a certificate"),
        (instead(SECRET_LINE, CERTIFICATE_LINE), "microsoft365.certificate", 9, "There is no file"),
        (GRAPH + "cloud = 'us-goverment'\n", "microsoft365.cloud", 10, "Did you mean us-government?"),
        (GRAPH + "cloud = 'germany'\n", "microsoft365.cloud", 10, "It is one of global,"),
        (GRAPH + "authority = 'http://login.example.com'\n", "microsoft365.authority", 10, "https://"),
        (GRAPH + "authority = 'https://login.example.com/contoso.com'\n", "microsoft365.authority", 10, "host alone"),
        (GRAPH + "trial_mailbox = 'bob@contoso.com'\n", "microsoft365.trial_mailbox", 10, "topology hybrid"),
        (GRAPH + "authorised_by = 'the boss'\n", "microsoft365.authorised_by", 10, "user principal name"),
        (GRAPH + "vendor_connected_on = '2026-12-01'\n", "microsoft365.vendor_connected_on", 10, "without quotes"),
        (GRAPH + "vendor_connected_on = 2026-12-01T10:00:00\n", "microsoft365.vendor_connected_on", 10, "with a time"),
        (GRAPH + "vendor_application = 'Cronofy'\n", "microsoft365.vendor_application", 10, CRONOFY_APPLICATION),
        (GRAPH + "secret = 'env:A'\n", "microsoft365.secret", 10, "Did you mean client_secret?"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_where_it_stands(
    tmp_path: Path, text: str, key: str, line: int | None, words: str
) -> None:
    found = problems(tmp_path, text)
    assert (found[0].line, found[0].key) == (line, key)
    assert words in f"{found[0].message} {found[0].hint}"
    assert CANARY not in "".join(map(str, found))


def test_a_table_that_is_none_is_one_problem(tmp_path: Path) -> None:
    text = "microsoft365 = 'contoso.com'\n" + GRAPH[: GRAPH.index("[microsoft365]")]
    assert only(tmp_path, text).key == "microsoft365"


def make_certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "calconnect")])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )


def test_a_certificate_is_tried_with_its_password(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = make_certificate(key)
    encryption = serialization.BestAvailableEncryption(b"right")
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    sealed = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    pfx = pkcs12.serialize_key_and_certificates(b"app", key, certificate, None, encryption)
    file, password = tmp_path / "app.pem", tmp_path / "key.txt"
    text = instead(SECRET_LINE, CERTIFICATE_LINE + PASSWORD_LINE)
    for content in (pem + sealed, pfx):
        file.write_bytes(content)
        password.write_text("right\n")
        found = load(tmp_path, text).microsoft365
        assert found is not None
        assert found.credential.certificate == file
        password.write_text("wrong\n")
        problem = only(tmp_path, text)
        assert (problem.key, problem.line) == ("microsoft365.certificate_password", 10)
        assert "wrong" not in str(problem)
        password.unlink()
        assert load(tmp_path, text).microsoft365 is not None, "without a password the sign-in tells"
        problem = only(tmp_path, instead(SECRET_LINE, CERTIFICATE_LINE))
        assert (problem.key, problem.line) == ("microsoft365.certificate", 9)
        assert "needs a password" in problem.message
    file.write_bytes(pem)
    assert "without its private key" in only(tmp_path, instead(SECRET_LINE, CERTIFICATE_LINE)).message
    file.write_bytes(sealed)
    assert "without its certificate" in only(tmp_path, instead(SECRET_LINE, CERTIFICATE_LINE)).message


def test_a_snapshot_keeps_all_but_secrets(tmp_path: Path) -> None:
    text = (
        MINIMAL + ONLINE.replace(SECRET_LINE, CERTIFICATE_LINE + PASSWORD_LINE) + "vendor_connected_on = 2026-12-01\n"
    )
    key = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM
    (tmp_path / "app.pem").write_bytes(
        make_certificate(key).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    settings = load(tmp_path, text)
    kept = tmp_path / "run"
    kept.mkdir()
    written = snapshot_text(settings, kept)
    (kept / "settings.json").write_text(written, encoding="utf-8")
    assert "key.txt" not in written
    assert str(tmp_path) not in written
    back = read_snapshot(kept / "settings.json")
    assert back.topology is Topology.HYBRID
    assert back.microsoft365 is not None
    assert settings.microsoft365 is not None
    assert back.microsoft365.vendor_connected_on == date(2026, 12, 1)
    assert back.microsoft365.application == settings.microsoft365.application
    assert [secret.kind for secret in back.secrets] == ["env", "file"]
