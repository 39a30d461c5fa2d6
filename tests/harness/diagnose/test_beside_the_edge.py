"""Causes in programs that are well and not as the plan has them, in names, in certificates, in what a page tells."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations, SocketSeen
from fixtures.diagnose.values import Confidence
from fixtures.observe.http.names import NameSeen, Source
from fixtures.observe.http.traefik_api import EdgeConfiguration, Element
from tests.harness.samples import edge_faults, faults
from tests.harness.samples.observed import NOW, changed

COOKIE = "traefik.http.services.signaling.loadbalancer.sticky.cookie"
BALANCER = {"traefik.http.services.signaling.loadbalancer.server.port": "8001"}


@pytest.mark.parametrize(
    ("labels", "ids"),
    [
        ({f"{COOKIE}.name": "replica"}, ()),
        ({f"{COOKIE}.secure": "true"}, ()),
        ({COOKIE.replace("signaling", "ws"): "True"}, ()),
        ({f"{COOKIE}.name": "replica", COOKIE: "false"}, ("sticky-off",)),
        ({}, ("sticky-off",)),
    ],
)
def test_any_option_of_the_cookie_switches_it_on(labels: dict[str, str], ids: tuple[str, ...]) -> None:
    """As Traefik reads it; where it is off and nothing failed, that is possible at most, and says so."""
    found = diagnose(changed(edge_faults.sound_edge(), "signaling", labels={**BALANCER, **labels}))
    assert found.ids == ids
    for cause in found.causes:
        assert cause.confidence is Confidence.POSSIBLE
        assert cause.undecided.startswith("whether a client is affected")


def test_traefik_knows_whether_it_sets_a_cookie() -> None:
    """Its API goes before the labels; polls that were kept show that there is one."""
    seen = changed(edge_faults.sound_edge(), "signaling", labels=BALANCER)
    told = replace(
        seen, edge_config=EdgeConfiguration(services=(Element("signaling@swarm", "enabled", (), cookie="*"),))
    )
    assert diagnose(told).ids == ()
    kept = SocketSeen("polling", True, requests=8, sticky=True)
    assert diagnose(replace(seen, sockets=(kept,))).ids == ()


def test_the_label_to_add_is_that_of_the_service() -> None:
    """Under the name that its own labels give the load balancer."""
    named = {
        key.replace("services.signaling", "services.gateway-1"): value for key, value in BALANCER.items()
    }
    (cause,) = diagnose(
        changed(faults.not_sticky(), "signaling", labels=named), frozenset({"socketio"})
    ).causes
    assert (cause.id, cause.confidence) == ("sticky-off", Confidence.PROVED)
    assert "--label-add traefik.http.services.gateway-1.loadbalancer.sticky.cookie=true" in cause.remedy


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_another_answer_to_head_is_not_a_refusal(status: int) -> None:
    """Only 405 and 501 say that the method is what is refused; and GET must be well."""
    seen = edge_faults.head_refused()
    other = [replace(a, status=status) if a.method == "HEAD" else a for a in seen.attempts or ()]
    assert "head-refused" not in diagnose(replace(seen, attempts=tuple(other))).ids
    broken = [replace(a, status=status) if a.method == "GET" else a for a in seen.attempts or ()]
    assert ("head-refused" in diagnose(replace(seen, attempts=tuple(broken))).ids) is (status == 200)


def test_head_that_need_not_be_answered_is_no_cause() -> None:
    """Where the plan does not name it of a host of programs: nothing is wrong then, known or unknown."""
    seen = edge_faults.head_refused()
    silent = replace(
        seen, plan=replace(seen.plan, hosts=tuple(replace(h, says_methods=False) for h in seen.plan.hosts))
    )
    assert diagnose(silent).ids == ()
    assert diagnose(seen).ids == ("head-refused",)


def test_head_explains_no_more_than_itself() -> None:
    """Nothing of a call, of routing or of Socket.IO is put down to it."""
    for criterion in ("routing", "call", "socketio"):
        found = diagnose(edge_faults.head_refused(), frozenset({criterion}))
        assert "head-refused" not in [cause.id for cause in found.explaining]


@pytest.mark.parametrize(
    "said",
    [
        '"The client is using an unsupported version of the Socket.IO or Engine.IO protocols"',
        "{code: 5, message: Unsupported protocol version}",
        'the handshake\'s packet is 97:0{"sid":"abc"}2:40',
    ],
)
def test_each_server_s_words_on_its_version_are_quoted(said: str) -> None:
    """python-engineio, engine.io, and an Engine.IO 3 that answers in its own form."""
    seen = replace(edge_faults.other_version(), sockets=(SocketSeen("connect", False, said, 400),))
    (cause,) = diagnose(seen, frozenset({"socketio"})).causes
    assert cause.id == "protocol-version"
    assert said.strip("'") in cause.speaks_for[0] or "code" in cause.speaks_for[0]


@pytest.mark.parametrize(
    "said", ["https://a.example is not an accepted origin.", "Session ID unknown", "400"]
)
def test_another_refusal_is_no_version(said: str) -> None:
    """An origin, a session that is unknown, a bare status."""
    seen = replace(edge_faults.other_version(), sockets=(SocketSeen("connect", False, said, 400),))
    assert "protocol-version" not in diagnose(seen).ids


def _every(seen: Observations, change: Callable[[NameSeen], NameSeen | None]) -> Observations:
    changed_ = (change(each) for each in seen.names or ())
    return replace(seen, names=tuple(each for each in changed_ if each is not None))


def test_a_stale_record_is_proved_where_the_host_answers_elsewhere() -> None:
    """Without that it is likely, where nobody takes the connection; where somebody else answers it is not told."""
    seen = edge_faults.name_astray()
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert cause.remedy == "set the record of www.jbcalling.site to 192.0.2.1"
    alone = _every(seen, lambda n: None if n.source is Source.SIBLING else n)
    assert diagnose(alone).causes[0].confidence is Confidence.LIKELY
    other = _every(alone, lambda n: n if n.answered else replace(n, unreached=False, elsewhere=True))
    assert diagnose(other).ids == ()


def test_an_edge_that_answers_5xx_is_no_stale_record() -> None:
    """A replica out of reach is asked at that address, and the name is right."""
    for make in (edge_faults.name_astray, edge_faults.family_dead):
        seen = _every(make(), lambda n: replace(n, unreached=False))
        assert diagnose(seen).ids == ()


def test_one_address_for_all_is_never_astray() -> None:
    """Where a host's siblings lead to the very same address, its record is not what is wrong."""
    seen = _every(edge_faults.name_astray(), lambda n: replace(n, address="192.0.2.1"))
    assert diagnose(seen).ids == ()


def test_a_family_that_this_machine_lacks_is_no_cause() -> None:
    """It was not asked, and that is said elsewhere."""
    assert diagnose(edge_faults.family_not_asked()).ids == ()
    assert "AAAA record leads nowhere" in diagnose(edge_faults.family_dead()).causes[0].title


def test_a_page_s_secret_asks_for_another() -> None:
    """What was public once stays known."""
    (cause,) = diagnose(edge_faults.page_with_secret()).causes
    assert cause.remedy.endswith("and make a new one")
    assert "TURN_SECRET" in cause.title


def test_what_traefik_says_of_a_certificate_is_quoted() -> None:
    """Its errors with ACME, and those that name the host; and the secret is the one that the edge has."""
    acme = (
        '2026-11-23T16:59:00Z ERR Unable to obtain ACME certificate for domains error="too many requests" '
        'providerName=letsencrypt.acme domains=["jbcalling.site"]'
    )
    expired = faults.presented(distrust="certificate has expired", not_after=NOW - timedelta(days=1))()
    seen = replace(expired, edge_log=(acme, edge_faults.WORDS))
    (cause,) = diagnose(
        changed(seen, "traefik", secrets=("site_cert at /run/secrets/c", "users at /u"))
    ).causes
    assert "too many requests" in cause.speaks_for[-1]
    assert not any("absent@swarm" in text for text in cause.speaks_for)
    assert cause.remedy.endswith("put the right file into the secret site_cert of translation_traefik")
    (bare,) = diagnose(changed(seen, "traefik", secrets=())).causes
    assert bare.remedy.endswith("put the right file into what the edge reads it from")
