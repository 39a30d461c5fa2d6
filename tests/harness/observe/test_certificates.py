"""What is read of a certificate, and from where its days are counted."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.observe.http import certificates
from fixtures.observe.http.certificates import Certificate, CertificateError, _read, certificate, good_for
from fixtures.target.reach import Reach

BEGIN, END = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2036, 1, 2, 3, 4, 6, tzinfo=UTC)


def made(*extensions: x509.ExtensionType) -> x509.Certificate:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, BEGIN, END)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def test_every_field() -> None:
    """Names and addresses, the issuer, both moments, the fingerprint in lower-case hex, and the distrust as given."""
    names = [x509.DNSName("a.test"), x509.DNSName("*.b.test"), x509.IPAddress(ip_address("192.0.2.1"))]
    certificate = made(x509.SubjectAlternativeName(names))
    before = datetime.now(UTC)
    seen = _read("a.test", certificate.public_bytes(serialization.Encoding.DER), "why")
    assert seen == Certificate(
        "a.test", ("a.test", "*.b.test", "192.0.2.1"), "CN=an authority", BEGIN, END,
        certificate.fingerprint(hashes.SHA256()).hex(), seen.seen, "why",
    )  # fmt: skip
    assert before <= seen.seen <= datetime.now(UTC)


def test_one_without_names() -> None:
    """A certificate without the extension has no names: its subject does not count."""
    seen = _read("a.test", made().public_bytes(serialization.Encoding.DER), None)
    assert (seen.names, seen.distrust) == ((), None)


def test_days_are_counted_from_the_look() -> None:
    """A day and a half left, and half a day over."""
    for left in (1.5, -0.5):
        seen = Certificate("h", (), "", BEGIN, END, "", END - timedelta(days=left), None)
        assert seen.days_left == pytest.approx(left)


@pytest.mark.parametrize(
    ("issuers", "days", "said"),
    [
        (["CN=R3,O=Let's Encrypt"], [60.4], "60 days or more"),
        (["CN=R3", "CN=R3"], [89.9, 12.2], "12 days or more"),
        (["CN=R3"], [355419.0], "more than 10 years"),
        (["OU=Testing CA #x,O=jbcalling lab"], [729.9], "729 days or more (the lab's own)"),
        (["OU=Testing CA #x,O=jbcalling lab"], [355419.0], "more than 10 years (the lab's own)"),
        (["OU=Testing CA #x,O=jbcalling lab", "CN=R3"], [729.9, 80.0], "80 days or more"),
    ],
)
def test_how_long_certificates_are_good(issuers: list[str], days: list[float], said: str) -> None:
    """The shortest counts, in whole days that are left; nobody reads a thousand years in days."""
    every = [
        Certificate("h", (), issuer, BEGIN, END, "", END - timedelta(days=left), None)
        for issuer, left in zip(issuers, days, strict=True)
    ]
    assert good_for(every) == said


def test_a_server_that_never_shakes_hands_is_said_to_be_late() -> None:
    """With the time that it was given, not with Python's word for it."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        with pytest.raises(
            CertificateError, match=rf"^h:{port} at 127\.0\.0\.1: no certificate: no handshake within 0\.2 s$"
        ):
            asyncio.run(certificate(Reach({"h": "127.0.0.1"}), "h", port, deadline_s=0.2))


def test_what_is_no_certificate_is_said_to_be_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """In spite of the handshake."""

    async def presented(*_: object) -> bytes:
        return b"junk"

    monkeypatch.setattr(certificates, "_presented", presented)
    with pytest.raises(CertificateError, match=r"^h:443: its certificate cannot be read: \S"):
        asyncio.run(certificate(Reach({"h": "127.0.0.1"}), "h"))
