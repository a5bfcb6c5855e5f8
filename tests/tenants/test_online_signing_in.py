"""Signing in as an application: by secret, certificate and assertion; and every way in which that can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Outcome
from calconnect.foundation.clock import system_clock
from calconnect.mock_tenant.server import MockTenant
from calconnect.settings.model import ApplicationCredential
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.exchange_online.clouds import CLOUDS
from tests.tenants.cloud_script import SECRET, FakeCloud, aadsts, as_json
from tests.tenants.online_fixtures import MakeTenant
from tests.tenants.online_mock import connect, half_of
from tests.tenants.scripted import Canned, ScriptedServer

PASSWORD = "C@nary pass"
ISSUER, SUBJECT = "https://issuer.test", "calconnect"
Connect = Callable[..., ExchangeOnlineTenant]


@pytest.fixture(scope="module")
def mock() -> Iterator[MockTenant]:
    with MockTenant("online-healthy") as server:
        yield server


@pytest.fixture
def to_mock(mock: MockTenant, tmp_path: Path, pauses: list[float]) -> Iterator[Connect]:
    made: list[ExchangeOnlineTenant] = []

    def make(credential: ApplicationCredential | None = None, **changes: object) -> ExchangeOnlineTenant:
        made.append(connect(mock, tmp_path, pauses.append, credential, **changes))
        return made[-1]

    half_of(mock).clock.set(system_clock())
    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(mock: MockTenant, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate that is registered for the application."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "calconnect")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    own = next(one for one in half_of(mock).applications.values() if one.own)
    own.certificates.append(made.public_bytes(serialization.Encoding.DER))
    return made


@pytest.fixture(scope="module")
def own(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    return key, certificate


@pytest.fixture
def world(to_mock: Connect, mock: MockTenant, tmp_path: Path) -> tuple[Connect, MockTenant, Path]:
    return to_mock, mock, tmp_path


def encryption(password: str | None) -> serialization.KeySerializationEncryption:
    return serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: str | None = None) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption(password))


def public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def by_certificate(folder: Path, content: bytes | None, password: str | None = None) -> ApplicationCredential:
    file = folder / "app.pem"
    if content is not None:
        file.write_bytes(content)
    reference = None
    if password is not None:
        (folder / "key-password").write_text(password, encoding="utf-8")
        reference = SecretReference("file", "key-password", folder)
    return ApplicationCredential(certificate=file, certificate_password=reference)


@pytest.mark.parametrize("password", [None, PASSWORD])
@pytest.mark.parametrize("form", ["pem", "pem, key first", "pfx"])
def test_a_certificate_signs_in(
    to_mock: Connect, tmp_path: Path, own: tuple[rsa.RSAPrivateKey, x509.Certificate], password: str | None, form: str
) -> None:
    key, certificate = own
    content = {
        "pem": public(certificate) + pem(key, password),
        "pem, key first": b"Bag Attributes\n" + pem(key, password) + public(certificate),
        "pfx": pkcs12.serialize_key_and_certificates(b"app", key, certificate, None, encryption(password)),
    }[form]
    observed = to_mock(by_certificate(tmp_path, content, password)).sign_in_application()
    assert observed.code is None
    assert observed.ok
    assert observed.details["method"] == "certificate"
    assert "Calendars.ReadWrite" in (observed.details["permissions"] or "")  # type: ignore[operator]


def test_an_assertion_of_another_provider_signs_in(
    to_mock: Connect, mock: MockTenant, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    half = half_of(mock)
    own = next(one for one in half.applications.values() if one.own)
    own.federated_issuers.append((ISSUER, SUBJECT))
    half.issuer_keys[ISSUER] = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = system_clock()
    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange", "iat": now}
    (tmp_path / "assertion").write_text(jwt.encode({**claims, "exp": now + timedelta(hours=1)}, key, "RS256"))
    credential = ApplicationCredential(federated_assertion=SecretReference("file", "assertion", tmp_path))
    tenant = to_mock(credential)
    assert tenant.sign_in_application().ok
    assert tenant.sign_in_application().details["method"] == "assertion"
    (tmp_path / "assertion").write_text(jwt.encode({**claims, "sub": "other", "exp": now}, key, "RS256"))
    assert tenant.sign_in_application().code == "AADSTS70021", "it is read anew each time"
    (tmp_path / "assertion").unlink()
    assert tenant.sign_in_application().code == "secret-not-found"


@pytest.mark.parametrize(
    ("make", "password", "code"),
    [
        (lambda key, cert: public(cert), None, "certificate-without-key"),
        (lambda key, cert: cert.public_bytes(serialization.Encoding.DER), None, "certificate-without-key"),
        (lambda key, cert: pkcs12.serialize_key_and_certificates(b"a", None, cert, None, encryption(None)), None,
         "certificate-without-key"),
        (lambda key, cert: pem(key), None, "key-without-certificate"),
        (lambda key, cert: public(cert) + pem(key, PASSWORD), "wrong", "key-password-wrong"),
        (lambda key, cert: public(cert) + pem(key, PASSWORD), None, "key-password-missing"),
        (lambda key, cert: pkcs12.serialize_key_and_certificates(b"a", key, cert, None, encryption(PASSWORD)), "wrong",
         "key-password-wrong"),
        (lambda key, cert: pkcs12.serialize_key_and_certificates(b"a", key, cert, None, encryption(PASSWORD)), None,
         "key-password-missing"),
        (lambda key, cert: public(cert) + pem(rsa.generate_private_key(65537, 2048)), None,
         "key-of-another-certificate"),
        (lambda key, cert: public(cert) + pem(ec.generate_private_key(ec.SECP256R1())), None, "certificate-unusable"),
        (lambda key, cert: public(cert)[:200] + b"\n-----END CERTIFICATE-----\n" + pem(key), None,
         "certificate-unusable"),
        (lambda key, cert: b"not a certificate", None, "certificate-unusable"),
        (lambda key, cert: b"", None, "certificate-unusable"),
        (lambda key, cert: None, None, "certificate-unreadable"),
    ],
)  # fmt: skip
def test_a_certificate_that_cannot_be_used(
    world: tuple[Connect, MockTenant, Path],
    own: tuple[rsa.RSAPrivateKey, x509.Certificate],
    make: Callable[[rsa.RSAPrivateKey, x509.Certificate], bytes | None],
    password: str | None,
    code: str,
) -> None:
    to_mock, mock, folder = world
    tenant = to_mock(by_certificate(folder, make(*own), password))
    asked = len(mock.recorder.requests())
    observed = tenant.sign_in_application()
    assert (observed.outcome, observed.http_status, observed.code) == (Outcome.NO_ANSWER, None, code)
    assert meaning(code).kind is Kind.NOT_ASKED
    assert (observed.attempts, len(mock.recorder.requests())) == (0, asked)
    assert tenant.open_calendars(["robin.okafor@contoso.test"])[0].code == "no-token"


def test_a_clock_that_differs_by_more_than_five_minutes(
    to_mock: Connect, mock: MockTenant, tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    half_of(mock).clock.advance(timedelta(minutes=21))
    tenant = to_mock(by_certificate(tmp_path, public(certificate) + pem(key)), clock=system_clock)
    observed = tenant.sign_in_application()
    assert (observed.outcome, observed.code) == (Outcome.REFUSED, "clock-skew")
    assert observed.details["refused_with"] == "AADSTS700024"
    skew = observed.details["clock_skew_seconds"]
    assert isinstance(skew, int)
    assert 1250 < skew < 1270


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tenant": "nobody.onmicrosoft.com"}, "AADSTS90002"),
        ({"tenant": "c0ffee00-0000-4000-8000-000000000000"}, "AADSTS90002"),
        ({"application": "c0ffee00-0000-4000-8000-000000000000"}, "AADSTS700016"),
    ],
)
def test_a_tenant_or_application_that_does_not_exist(to_mock: Connect, changes: dict[str, str], code: str) -> None:
    tenant = to_mock(**changes)
    observed = tenant.sign_in_application()
    assert (observed.outcome, observed.code) == (Outcome.REFUSED, code)
    assert tenant.users(["robin.okafor@contoso.test"])[0].code == "no-token"


def test_an_authority_of_ones_own(to_mock: Connect, mock: MockTenant) -> None:
    assert to_mock(authority=mock.base_url).sign_in_application().ok
    assert to_mock(authority=mock.base_url + "/").organization()[-1].ok


@pytest.mark.parametrize(
    ("authority", "code"),
    [
        ("https://login.contoso.invalid", "name-not-found"),
        ("https://login.elsewhere.test", "connection-refused"),
        ("https://graph.elsewhere.test", "certificate-name-mismatch"),
    ],
)
def test_an_authority_that_does_not_exist(to_mock: Connect, mock: MockTenant, authority: str, code: str) -> None:
    places = {
        "login.elsewhere.test:443": "127.0.0.1:1",
        "graph.elsewhere.test:443": f"127.0.0.1:{mock.port}",
    }
    observed = to_mock(authority=authority, connect_to=places).sign_in_application()
    assert (observed.outcome, observed.code) == (Outcome.NO_ANSWER, code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Canned(404, "<html>Nothing here</html>"), "not-json"),
        (Canned(200, "<html>Sign in to the proxy</html>"), "not-json"),
        (as_json([]), "unexpected-answer"),
        (as_json({"issuer": "x"}), "unexpected-answer"),
        (aadsts(900023), "AADSTS900023"),
        (aadsts(50049, name="invalid_instance"), "AADSTS50049"),
        (as_json({"error": "invalid_tenant"}, 400), "invalid_tenant"),
        (Canned(500, "<html>Failed</html>"), None),
        (Canned(200, "x" * (1 << 20 | 1)), "answer-too-large"),
    ],
)
def test_an_authority_that_is_none(online: MakeTenant, cloud: FakeCloud, answer: Canned, code: str | None) -> None:
    cloud.discovery = answer
    observed = online().sign_in_application()
    assert not observed.ok
    assert observed.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (aadsts(7000215, 401, "invalid_client"), "AADSTS7000215"),
        (aadsts(7000222, 401, "invalid_client"), "AADSTS7000222"),
        (aadsts(53003, 400, "access_denied"), "AADSTS53003"),
        (Canned(200, "<html>Proxy</html>"), "not-json"),
        (as_json({"token_type": "Bearer"}), "unexpected-answer"),
        (as_json({"access_token": 7, "expires_in": 3599}), "unexpected-answer"),
    ],
)
def test_a_token_that_is_refused_is_not_asked_for_again(
    online: MakeTenant, cloud: FakeCloud, answer: Canned, code: str
) -> None:
    cloud.token_answers = [answer]
    tenant = online()
    assert tenant.sign_in_application().code == code
    if meaning(code).kind is Kind.NOT_ANSWER:
        return
    observed = tenant.open_calendars(["a@contoso.com", "b@contoso.com"])
    assert [one.code for one in observed] == ["no-token"] * 2
    assert [one.attempts for one in observed] == [0, 0]
    assert len(cloud.forms) == 1
    assert tenant.sign_in_application().ok, "asking for it by itself is another matter"


def test_an_authority_that_is_busy_is_given_time(online: MakeTenant, cloud: FakeCloud, pauses: list[float]) -> None:
    cloud.token_answers = [aadsts(90033, 503, "temporarily_unavailable", Retry_After="7")]
    observed = online().sign_in_application()
    assert (observed.ok, observed.attempts, pauses) == (True, 2, [7.0])


def test_a_refused_token_while_another_is_renewed(online: MakeTenant, cloud: FakeCloud) -> None:
    tenant = online()
    assert tenant.sign_in_application().ok
    cloud.dead = set(cloud.given)
    cloud.token_answers = [aadsts(7000222, 401, "invalid_client")]
    (observed,) = tenant.open_calendars(["a@contoso.com"])
    assert observed.code == "no-token"
    assert observed.details["token_refused_with"] == "AADSTS7000222"


def test_a_ca_file_that_cannot_be_read(online: MakeTenant, cloud: FakeCloud, tmp_path: Path) -> None:
    tenant = online()
    tenant._http._route = type(tenant._http._route)(1.0, ca_file=tmp_path / "no-such-file")
    assert tenant.sign_in_application().code == "ca-file-unreadable"


def test_a_certificate_of_nobody_we_trust(
    serve: Callable[..., ScriptedServer], cloud: FakeCloud, online: MakeTenant
) -> None:
    import trustme

    from tests.tenants.scripted import tls_for

    other = serve(cloud, tls=tls_for(trustme.CA(), "login.microsoftonline.com"))
    tenant = online(connect_to={"login.microsoftonline.com:443": f"127.0.0.1:{other.port}"})
    assert tenant.sign_in_application().code == "certificate-untrusted"
    assert cloud.forms == []


def test_each_cloud_has_its_own_hosts() -> None:
    for hosts in CLOUDS.values():
        assert all(one.startswith("https://") for one in (hosts.authority, hosts.graph, hosts.outlook))
        assert hosts.graph_scope == f"{hosts.graph}/.default"
    assert len({hosts.graph for hosts in CLOUDS.values()}) == len(CLOUDS)


def test_the_secret_may_hold_any_character(online: MakeTenant, cloud: FakeCloud) -> None:
    assert online().sign_in_application().ok
    assert cloud.forms[0]["client_secret"] == SECRET
    assert cloud.forms[0]["grant_type"] == "client_credentials"
