"""Which refusal of a client proves which of the certificate faults."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from fixtures.observe.http.certificates import LAB_AUTHORITY
from lab.cluster.authority import Authority
from lab.faults import effects
from lab.faults.catalogue import FAULTS, certificates
from lab.faults.service_changes import NewSecret
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, spread, words

FAILED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed:"
SAID = {
    "certificate-expired": f"{FAILED} certificate has expired (_ssl.c:1006)",
    "certificate-other-name": f"{FAILED} Hostname mismatch, certificate is not valid for 'jbcalling.site'. (_ssl.c:1006)",
    "certificate-untrusted": f"{FAILED} unable to get local issuer certificate (_ssl.c:1006)",
}
"""What OpenSSL says, by the fault that makes it say so."""


@pytest.mark.parametrize("name", SAID)
def test_only_its_own_refusal_proves_a_certificate_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an edge that is accepted nor one refused for another reason has the fault."""
    effect = FAULTS[name].effect
    assert effect is not None
    proofs = {}
    for said in (*SAID.values(), "accepted", "[Errno 111] Connection refused"):
        monkeypatch.setattr(effects, "_handshake", lambda lab, said=said: said)
        proofs[said] = words(effect(fake_lab(FakeSwarm())))
    assert proofs.pop(SAID[name]) == f"ready: a client refuses the edge: {SAID[name]}"
    assert set(proofs.values()) == {f"not yet: the edge: {said}" for said in proofs}


HOSTS = {
    "jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site", "media.jbcalling.site",
    "webrtc.jbcalling.site", "stt.jbcalling.site", "translation.jbcalling.site", "tts.jbcalling.site",
    "grafana.jbcalling.site",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "called", "names"),
    [
        ("certificate-expired", "jbcalling.site", HOSTS),
        ("certificate-other-name", "elsewhere.example", {"elsewhere.example"}),
        ("certificate-untrusted", "jbcalling.site", HOSTS),
    ],
)
def test_a_bad_certificate_is_bad_in_one_way_alone(
    name: str, called: str, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that expired or that a stranger signed is still for the design's hosts, by all its names."""
    ours = Authority.fresh()
    monkeypatch.setattr(certificates, "authority_of", lambda lab: ours)
    chain = FAULTS[name].changes(fake_lab(spread("frontend")), {})[0]
    assert isinstance(chain, NewSecret)
    leaf = x509.load_pem_x509_certificate(base64.b64decode(chain.content))
    (subject,) = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert subject.value == called
    found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(found.get_values_for_type(x509.DNSName)) == names


def test_a_sound_certificate_lives_for_two_years() -> None:
    """As long as a real one may at the most, by an authority that calls itself the lab's; one that expired stays so."""
    made = x509.load_pem_x509_certificate(Authority.fresh().issue(["a.test"]).certificate)
    left = made.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=729) < left <= timedelta(days=730)
    assert f"O={LAB_AUTHORITY}" in made.issuer.rfc4514_string()
    ended = datetime(2020, 1, 1, tzinfo=UTC)
    old = x509.load_pem_x509_certificate(Authority.fresh().issue(["a.test"], not_after=ended).certificate)
    assert old.not_valid_after_utc == ended
