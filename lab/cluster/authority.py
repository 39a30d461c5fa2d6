"""The lab's certificate authority: the nodes' Docker APIs and the edge's hosts are signed by it."""

import base64
import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization

LIFETIME = datetime.timedelta(days=730)
"""Two years: longer than any lab, and no longer than what a person takes for a certificate."""


@dataclass(frozen=True)
class Pair:
    """A certificate chain and its key, both PEM."""

    certificate: bytes
    key: bytes


def spki_pin(certificate: bytes) -> str:
    """The base64 SHA-256 of the leaf's public key, as Chromium's --ignore-certificate-errors-spki-list wants it."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Authority:
    """A throw-away CA, kept as PEM beside the lab's state so that a later command can sign again."""

    def __init__(self, ca: trustme.CA) -> None:
        self._ca = ca

    @classmethod
    def fresh(cls) -> "Authority":
        return cls(trustme.CA(organization_name="jbcalling lab", key_type=trustme.KeyType.ECDSA))

    @classmethod
    def from_pem(cls, pair: Pair) -> "Authority":
        return cls(trustme.CA.from_pem(pair.certificate, pair.key))

    @property
    def pair(self) -> Pair:
        return Pair(self._ca.cert_pem.bytes(), self._ca.private_key_pem.bytes())

    def issue(
        self, names: Sequence[str], common_name: str | None = None, not_after: datetime.datetime | None = None
    ) -> Pair:
        """A certificate for host names and addresses, good for a server and for a client; `not_after` (aware)
        may lie in the past, None is `LIFETIME` from now."""
        ends = datetime.datetime.now(datetime.UTC) + LIFETIME if not_after is None else not_after
        leaf = self._ca.issue_cert(
            *names, common_name=common_name, not_after=ends, key_type=trustme.KeyType.ECDSA
        )
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return Pair(chain, leaf.private_key_pem.bytes())
