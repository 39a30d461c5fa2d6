"""What Traefik answers or says itself: a middleware's refusal, a Swarm that it cannot read, errors in its log."""

from dataclasses import replace

import pytest

from fixtures.diagnose import looks
from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.observations import SocketSeen
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from fixtures.observe.http.traefik_api import EdgeConfiguration
from tests.harness.samples import edge_faults, own_words
from tests.harness.samples.observed import attempt, certificate, line

ASKED = frozenset({"no-504"})


@pytest.mark.parametrize(
    ("status", "means"),
    [(401, "asks for a login"), (403, "lets only some in"), (413, "as large"), (429, "lets fewer through"),
     (308, "sends it elsewhere"), (500, "forwardauth or a plugin"), (418, "one of them refuses")],
)  # fmt: skip
def test_what_a_middleware_answers_is_traefik_s_own(status: int, means: str) -> None:
    """The log has the router and no server; by the status it is told which of Traefik's middlewares answer so."""
    (cause,) = diagnose(own_words.turned_away(status), ASKED).explaining
    assert (cause.id, cause.confidence) == ("edge-answers", Confidence.PROVED)
    assert any(means in text for text in cause.speaks_for)
    assert any("begins “Forbidden”" in text for text in cause.speaks_for)
    assert "traefik.http.routers.frontend.middlewares=office@swarm" in cause.remedy


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (301, "program-answers"),
        (403, "program-answers"),
        (404, "program-answers"),
        (503, "program-answers"),
        (500, UNKNOWN),
    ],
)
def test_what_a_program_answers_is_not_traefik_s(status: int, named: str) -> None:
    """It was dialled: what it answered is quoted. Traefik answers 500 in its place as well."""
    seen = own_words.page_answered(
        status, by_edge=False, body=b'{"detail":"no"}', location="http://elsewhere.example/"
    )
    (cause,) = diagnose(seen, ASKED).explaining
    assert cause.id == named
    said = next(text for text in cause.speaks_for if "was answered" in text)
    assert said.endswith(f'{status} (location: http://elsewhere.example/, begins “{{"detail":"no"}}”)')


def test_only_a_host_that_is_answered_so_is_named() -> None:
    """A scanner that is turned away is no failure, and an answer that the plan wants none either."""
    seen = replace(own_words.turned_away(), attempts=edge_faults.sound_edge().attempts)
    assert "edge-answers" not in diagnose(seen).ids


def test_the_label_of_the_middleware_is_how_it_came() -> None:
    """The drift of another middleware has nothing to do with it."""
    own = Drift(
        "translation_frontend",
        "label traefik.http.middlewares.office.ipallowlist.sourcerange",
        "nothing",
        "x",
    )
    other = replace(own, field="label traefik.http.middlewares.zip.compress")
    found = diagnose(replace(own_words.turned_away(), drifts=(own, other)), ASKED)
    assert found.ids == ("edge-answers", "drift")
    assert found.named("drift")[0].names("field") == (other.field,)


def test_what_traefik_says_of_a_middleware_is_quoted() -> None:
    """Also where it is not known which the router has."""
    word = (
        "2026-11-23T16:59:00Z ERR Error calling http://auth:9091/verify. Cause: lookup auth on 127.0.0.11:53: no such host "
        "middlewareName=office@swarm middlewareType=ForwardAuth"
    )
    for seen in (own_words.turned_away(500), own_words.page_answered(500)):
        (cause,) = diagnose(replace(seen, edge_log=(word,)), ASKED).explaining
        assert any("no such host" in text for text in cause.speaks_for), cause


@pytest.mark.parametrize(
    "said",
    [
        "Provider error, retrying in 2s error=\"permission denied while trying to connect to the docker daemon socket\"",
        "Failed to retrieve information of the docker client and server host error=\"dial unix: no such file\"",
        "Provider error, retrying in 3s error=\"client version 1.24 is too old. Minimum supported API version is 1.44\"",
    ],
)  # fmt: skip
def test_a_traefik_that_cannot_read_the_swarm_lacks_no_label(said: str) -> None:
    """Proved where its API has no router of the Swarm's; likely where that was not read; not so where it has them."""
    seen = replace(
        own_words.edge_is_blind(), edge_log=(f"2026-11-23T16:59:00Z ERR {said} providerName=swarm",)
    )
    assert [(c.id, c.confidence) for c in diagnose(seen, ASKED).explaining] == [
        ("edge-blind", Confidence.PROVED)
    ]
    unread = replace(seen, edge_config=None)
    assert [(c.id, c.confidence) for c in diagnose(unread, ASKED).explaining] == [
        ("edge-blind", Confidence.LIKELY)
    ]
    has = replace(seen, edge_config=EdgeConfiguration(edge_faults.ROUTERS))
    assert "edge-blind" not in diagnose(has, ASKED).ids


def test_why_traefik_passes_a_service_over_is_quoted_with_a_remedy_for_that() -> None:
    """A label with a rule mends no service whose port is missing; what it says of another service is no matter."""
    word = '2026-11-23T16:59:00Z ERR error="service \\"translation_{}\\" error: port is missing" providerName=swarm'
    seen = replace(own_words.edge_is_blind(), edge_log=(word.format("frontend"),))
    (cause,) = diagnose(seen, ASKED).explaining
    assert cause.id == "no-router"
    assert any("port is missing" in text for text in cause.speaks_for)
    assert "rule label" not in cause.remedy
    (cause,) = diagnose(replace(seen, edge_log=(word.format("tts"),)), ASKED).explaining
    assert not any("port is missing" in text for text in cause.speaks_for)
    assert "traefik.http.routers.*.rule" in cause.remedy


def test_the_service_that_has_no_server_is_named() -> None:
    """In the command, and with what Traefik's own check of it says."""
    word = '2026-11-23T16:59:00Z WRN Health check failed. error="received error status code: 404" serviceName=frontend@swarm'
    (cause,) = diagnose(replace(own_words.page_answered(503), edge_log=(word,)), ASKED).explaining
    assert cause.id == "no-server"
    assert "docker service ps --no-trunc translation_frontend" in cause.remedy
    assert any("status code: 404" in text for text in cause.speaks_for)


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [(404, b"404 page not found\n", "no-router"), (404, b'{"detail":"Not Found"}', UNKNOWN), (404, b"", "no-router"),
     (503, b"no available server\n", "no-server"), (503, b"maintenance", UNKNOWN)],
)  # fmt: skip
def test_without_the_log_the_body_tells_whose_answer_it_is(status: int, body: bytes, named: str) -> None:
    """Traefik has words of its own for both; a program's answer is no want of a router."""
    seen = replace(own_words.page_answered(status, body=body), lines=None, edge_config=None)
    (cause,) = diagnose(seen, ASKED).explaining
    assert cause.id == named
    assert not any("0 requests" in text for text in cause.speaks_for)


def test_what_nobody_knows_quotes_traefik() -> None:
    """Its errors, where the criterion goes through it."""
    word = "2026-11-23T16:59:00Z ERR Something of its own providerName=file"
    seen = replace(own_words.page_answered(404, by_edge=False), edge_log=(word,))
    seen = replace(seen, lines=edge_faults.sound_edge().lines)
    for criterion, quoted in (("no-504", True), ("spread", False)):
        (cause,) = diagnose(seen, frozenset({criterion})).named(UNKNOWN)
        assert any("Something of its own" in text for text in cause.speaks_for) is quoted


def test_why_a_certificate_was_not_taken_is_quoted() -> None:
    """Whatever host is at fault: a file that does not fit its key is named by its path alone."""
    word = (
        '2026-11-23T16:59:00Z ERR Unable to append certificate /certs/a.pem to store error="tls: private key does not match '
        'public key" tlsStoreName=default'
    )
    other = "2026-11-23T16:59:00Z ERR Unable to obtain certificate of www.jbcalling.site"
    refused = certificate(distrust="self-signed certificate", issuer="CN=TRAEFIK DEFAULT CERT")
    seen = replace(edge_faults.sound_edge(), certificates=(refused,), edge_log=(word, other))
    (cause,) = diagnose(seen, ASKED).named("cert-untrusted")
    assert any("private key does not match" in text for text in cause.speaks_for)


def test_a_router_that_is_led_astray_keeps_its_rule() -> None:
    """Where the host's own router leads to another service, its rule is right: the remedy is about the option service."""
    seen = edge_faults.sound_edge()
    label = "traefik.http.routers.frontend.service"
    seen = edge_faults.with_label(seen, "frontend", label, "signaling")
    astray = tuple(line(f"10.0.2.{n}", 8001, 404, router="frontend@swarm") for n in (22, 23))
    kept = tuple(each for each in seen.lines or () if each.router != "frontend@swarm")
    others = tuple(each for each in seen.attempts or () if each.host != "jbcalling.site")
    (cause,) = diagnose(replace(seen, lines=(*kept, *astray), attempts=(*others, attempt(404))), ASKED).named(
        "route-taken"
    )
    assert "of translation_frontend, which leads there" in cause.title
    assert f"{label}=signaling" in cause.remedy
    assert "--label-rm" not in cause.remedy


@pytest.mark.parametrize(
    ("line_said", "telling"),
    [('{"level":"error","providerName":"swarm","message":"Provider error"}', True), ('{"level": "fatal"}', True),
     ('{"level":"info","message":"fine"}', False), ("time=x level=warning msg=y", True), ("\x1b[31mERR\x1b[0m x", True),
     ("2026-11-23T16:59:00Z FTL x", True), ("2026-11-23T16:59:00Z INF x", False)],
)  # fmt: skip
def test_warnings_are_found_in_each_form_of_the_log(line_said: str, telling: bool) -> None:
    """Coloured, logfmt and JSON."""
    assert bool(looks.TELLING.search(line_said)) is telling


def test_a_path_that_is_changed_on_the_way_is_told() -> None:
    """A prefix that a middleware takes away may be one that the program needs."""
    seen = own_words.page_answered(404, by_edge=False, body=b'{"detail":"Not Found"}')
    for label, value in (
        ("traefik.http.routers.frontend.middlewares", "cut"),
        ("traefik.http.middlewares.cut.stripprefix.prefixes", "/app"),
    ):
        seen = edge_faults.with_label(seen, "frontend", label, value)
    (cause,) = diagnose(seen, ASKED).explaining
    assert any("cut (stripprefix)" in text for text in cause.speaks_for)
    assert "cut (stripprefix)" in cause.remedy


def test_a_handshake_that_signaling_itself_refuses_is_its_answer() -> None:
    """Another path of its Socket.IO, or a proxy before it: what it says is quoted."""
    detail = (
        'Socket.IO to https://api.jbcalling.site by polling: GET /socket.io/ -> 404 ({"detail":"Not Found"})'
    )
    asked = replace(
        line("10.0.2.22", 8001, 404, router="signaling@swarm"), path="/socket.io/?EIO=4&transport=polling"
    )
    seen = replace(edge_faults.sound_edge(), sockets=(SocketSeen("connect", False, detail, 404),))
    (cause,) = diagnose(replace(seen, lines=(*(seen.lines or ()), asked)), frozenset({"socketio"})).explaining
    assert (cause.id, cause.names("service")) == ("program-answers", ("translation_signaling",))
    assert detail in cause.speaks_for
    assert diagnose(seen, frozenset({"socketio"})).explaining[0].id == UNKNOWN
