"""What services ask for by name, and what does not answer: by other people's variables, names and networks."""

from dataclasses import replace

import pytest

from fixtures.diagnose.dependencies import asked_for
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations, TurnSeen
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from fixtures.observe.media.values import CallRelation, Candidate
from tests.harness.samples import faults, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, TWO, blind, call, changed, with_tasks

UNREACHABLE = "dependency-unreachable"


def asked(**env: str) -> list[tuple[str, str, int]]:
    seen = changed(samples.sound(), "signaling", env=env)
    assert seen.state is not None
    return [(e.variable, e.host, e.port) for e in asked_for(seen.state) if e.service.endswith("signaling")]


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("REDIS_URL", "redis://redis:6379/0", ("redis", 6379)),
        ("REDIS_URL", "rediss://:pass@redis_gateway:6380", ("redis_gateway", 6380)),
        ("REDIS_HOST", "redis", ("redis", 6379)),
        ("MEDIASOUP_URL", "http://mediasoup:4000/api", ("mediasoup", 4000)),
        ("UPSTREAM", "mediasoup:4000", ("mediasoup", 4000)),
        ("DB_ADDR", "db", ("db", 0)),
        ("SFU", "tasks.translation_mediasoup:4000", ("tasks.translation_mediasoup", 4000)),
        ("ALLOWED_ORIGINS", "https://jbcalling.site,https://www.jbcalling.site", None),
        ("LISTEN", "0.0.0.0:8001", None),
        ("ANNOUNCED_IP", "172.28.1.12", None),
        ("PROXY", "http://host.docker.internal:3128", None),
        ("SELF", "http://localhost:8001", None),
        ("HOSTNAME", "signaling-1", None),
        ("LOG_LEVEL", "info", None),
        ("PORT", "8001", None),
        ("DATABASE_URL", "postgres://u:p@db.example.org:5432/x", None),
    ],
)
def test_which_names_are_the_swarm_s(variable: str, value: str, named: tuple[str, int] | None) -> None:
    """Addresses of services by URL, host or host and port; public hosts, addresses and the program's own are none."""
    assert asked(**{variable: value}) == ([] if named is None else [(variable, *named)])


def test_a_list_and_a_port_of_its_own() -> None:
    """Each of a list counts, and a host's port may stand in a variable beside it."""
    assert asked(NODES="a:1,b:2") == [("NODES", "a", 1), ("NODES", "b", 2)]
    assert asked(STORE_HOST="redis", STORE_PORT="6390") == [("STORE_HOST", "redis", 6390)]


@pytest.mark.parametrize(
    "value", ["redis://redis:6379", "redis://translation_redis:6379", "redis://tasks.redis:6379"]
)
def test_a_service_answers_to_its_names(value: str) -> None:
    """Its own, the stack's short one, and both behind `tasks.`."""
    assert diagnose(stranded.told_of(value)).ids == ()


def test_an_alias_is_a_name() -> None:
    """What the spec of another service lists as an alias is found."""
    seen = changed(stranded.told_of("redis://rooms:6379"), "redis", aliases={"net-backend": ("rooms",)})
    assert diagnose(seen).ids == ()


def test_a_name_that_nobody_has_is_the_cause_and_the_drift_how_it_came() -> None:
    """Called proved once a container does not find it; from the spec alone it is likely."""
    found = diagnose(stranded.misnamed(), frozenset({"call", "drift"}))
    assert found.ids == (UNREACHABLE,)
    assert (
        found.causes[0].title == "translation_signaling asks for “redis_gateway” (REDIS_URL): no such service"
    )
    assert any(
        "drift: translation_signaling environment REDIS_URL" in text for text in found.causes[0].speaks_for
    )
    by_spec = diagnose(blind(stranded.misnamed(), "dependencies")).causes[0]
    assert (by_spec.id, by_spec.confidence) == (UNREACHABLE, Confidence.LIKELY)
    assert by_spec.undecided


def test_another_drift_of_the_service_is_not_how_it_came() -> None:
    """Only the variable that names it is: what else was changed by hand is told beside it."""
    other = Drift("translation_signaling", "environment LOG_LEVEL", "'info'", "'debug'")
    seen = replace(stranded.misnamed(), drifts=(other,))
    assert diagnose(seen).ids == (UNREACHABLE, "drift")


def test_a_name_that_is_found_otherwise_is_none_of_it() -> None:
    """An extra host or a search domain makes it known: a container that finds it clears it."""
    seen = stranded.told_of("redis://cache:6379")
    known = replace(stranded.STORE, host="cache", how="answers", said="10.9.9.9 +PONG")
    assert diagnose(replace(seen, dependencies=(known,))).ids == ()
    assert diagnose(seen).ids == (UNREACHABLE,)


def test_a_service_on_other_networks_is_told_as_that() -> None:
    """It is there, and the one that asks shares no network with it."""
    seen = changed(stranded.told_of("redis://redis:6379"), "redis", networks=("net-other",))
    (cause,) = diagnose(seen).causes
    assert cause.title.endswith("translation_redis is on none of its networks")


def test_whoever_asks_is_whom_it_is_about() -> None:
    """A speech service that asks for nothing that is there fails no call."""
    seen = changed(samples.sound(), "tts", env={"MODEL_URL": "http://modelstore:9000"})
    assert diagnose(seen, frozenset({"call"})).ids == ("unknown", UNREACHABLE)
    assert diagnose(seen, frozenset({"healthy"})).ids == (UNREACHABLE,)


def test_a_store_that_hangs_and_one_that_is_put_down() -> None:
    """Proved by a connection without an answer or a paused container; likely by the Swarm's putting it down."""
    paused = replace(samples.sound(), containers=(stranded.container("redis", ONE, status="paused"),))
    assert diagnose(paused).ids == ("redis-stalled",)
    down = samples.task("redis", 1, ONE, 60, state="failed", desired_state="shutdown", since=samples.NOW,
                        error="task: non-zero exit (137): dockerexec: unhealthy container")  # fmt: skip
    (cause,) = diagnose(with_tasks(samples.sound(), "redis", lambda t: None, [down])).causes
    assert (cause.id, cause.confidence) == ("redis-stalled", Confidence.LIKELY)
    assert any("unhealthy container" in text for text in cause.speaks_for)


def test_a_store_that_answers_somebody_does_not_hang() -> None:
    """One replica that hears nothing while another does has a way to it that is lost."""
    mute = replace(stranded.STORE, how="mute")
    heard = replace(stranded.STORE, node=TWO, how="answers", said="10.0.1.72 +PONG")
    assert diagnose(replace(stranded.told_of("redis://redis:6379"), dependencies=(mute, heard))).ids == ()


# --- rooms: the program may be anybody's


def apart(**env: str) -> Observations:
    seen = changed(samples.sound(), "signaling", env=env)
    return replace(seen, calls=(call(frames=(0, 0)), call(CallRelation.SAME)))


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "names no store"),
        ({"CORS": "x"}, "names no store"),
        ({"REDIS_HOST": "redis"}, "has REDIS_HOST, and its program does not keep rooms there"),
    ],
)
def test_no_variable_is_named_that_the_spec_lacks(env: dict[str, str], words: str) -> None:
    """The remedy speaks of what is there: a store that is named or none, and of one replica until then."""
    (cause,) = diagnose(apart(**env), frozenset({"call"})).causes
    assert cause.id == "rooms-in-memory"
    assert cause.title.startswith("rooms do not span replicas")
    assert words in cause.remedy
    assert "docker service scale translation_signaling=1" in cause.remedy
    assert "ROOM_STATE" not in f"{cause.remedy}{cause.speaks_for}{cause.command}{cause.undecided}"


def test_any_variable_that_says_memory_is_believed() -> None:
    """Whatever its name, where it speaks of where rooms are kept; others are not."""
    (cause,) = diagnose(apart(SOCKETIO_ADAPTER="in-memory")).causes
    assert (cause.confidence, cause.names("field")) == (Confidence.PROVED, ("environment SOCKETIO_ADAPTER",))
    assert "--env-rm SOCKETIO_ADAPTER" in cause.remedy
    assert diagnose(changed(samples.sound(), "signaling", env={"LOG_TO": "memory"})).ids == ()


@pytest.mark.parametrize(
    ("env", "remedy"),
    [
        ({"CORS_ALLOW": "*"}, "docker service update --env-add CORS_ALLOW=https://jbcalling.site"),
        ({}, "have the program serve https://jbcalling.site"),
        ({"LOG": "*"}, "have the program serve https://jbcalling.site"),
    ],
)
def test_whom_to_serve_is_told_by_the_spec_s_own_variable(env: dict[str, str], remedy: str) -> None:
    """Where the spec has one that speaks of origins; else none is made up."""
    seen = changed(faults.open_to_all(), "signaling", env=env)
    (cause,) = diagnose(seen, frozenset({"socketio"})).causes
    assert cause.id == "cors-open"
    assert cause.remedy.startswith(remedy)
    assert ("CORS_ALLOW" in cause.remedy) is ("CORS_ALLOW" in env)


# --- the media host's three addresses


def media(dns: str, announced: str, node: str = "172.28.1.12") -> Observations:
    offered = (Candidate(announced, 40003, "udp", "host", announced),)
    seen = stranded.nodes(lambda n: replace(n, address=node) if n.hostname == TWO else n)
    seen = changed(seen, "mediasoup", env={"PUBLIC_IP": announced})
    # What the nodes gossip with is not this test's matter.
    return replace(
        seen, probe=None, media_address=dns, calls=(call(offered=offered, selected=((announced, 40003),)),)
    )


@pytest.mark.parametrize(
    ("dns", "announced", "node", "drawn"),
    [
        ("172.28.1.12", "172.28.1.12", "172.28.1.12", {}),
        ("172.28.1.13", "172.28.1.12", "172.28.1.12", {"dns-stale": Confidence.PROVED}),
        ("172.28.1.12", "172.28.1.13", "172.28.1.12", {"announced-wrong": Confidence.PROVED}),
        # A cloud: the Swarm knows the private address, and clients need the public one.
        ("198.51.100.7", "10.0.0.5", "10.0.0.5", {"announced-wrong": Confidence.PROVED}),
        ("198.51.100.7", "203.0.113.9", "10.0.0.5", dict.fromkeys(("announced-wrong", "dns-stale"), Confidence.POSSIBLE)),
        ("198.51.100.7", "203.0.113.9", "203.0.113.9", {"dns-stale": Confidence.PROVED}),
        ("172.28.1.20", "172.28.1.21", "172.28.1.12", dict.fromkeys(("announced-wrong", "dns-stale"), Confidence.POSSIBLE)),
    ],
)  # fmt: skip
def test_which_of_dns_and_announcement_is_wrong(
    dns: str, announced: str, node: str, drawn: dict[str, Confidence]
) -> None:
    """The media node's own address decides, where the Swarm knows it as clients do; else neither is called wrong."""
    found = diagnose(media(dns, announced, node)).causes
    assert {cause.id: cause.confidence for cause in found} == drawn
    for cause in found:
        assert bool(cause.undecided) is (cause.confidence is Confidence.POSSIBLE)
        assert dns not in cause.remedy or cause.id == "announced-wrong"
        assert "ANNOUNCED_IP" not in cause.remedy


# --- the TURN server


DENIED, TAKEN = TurnSeen("allocate", False, 401, "401"), TurnSeen("window", True, None, "2 h is taken")
SILENT = TurnSeen("allocate", False, None, "nothing came")


@pytest.mark.parametrize(
    ("turns", "drawn"),
    [
        ((DENIED, TAKEN), {"turn-clock": Confidence.PROVED}),
        ((DENIED, TurnSeen("window", False)), {"turn-secret": Confidence.PROVED}),
        ((DENIED,), {"turn-secret": Confidence.LIKELY}),
        ((TurnSeen("expired", False), TurnSeen("wrong-secret", True)), {"turn-clock": Confidence.LIKELY}),
        ((TurnSeen("expired", False), TurnSeen("wrong-secret", False)), {"turn-open": Confidence.PROVED}),
        ((SILENT, TurnSeen("listens", False)), {"turn-stalled": Confidence.PROVED}),
        ((SILENT, TurnSeen("listens", True)), {"unknown": Confidence.POSSIBLE}),
        ((SILENT,), {"unknown": Confidence.POSSIBLE}),
    ],
)
def test_secret_clock_and_silence(turns: tuple[TurnSeen, ...], drawn: dict[str, Confidence]) -> None:
    """401 is the secret once longer credentials are refused as well; silence is a stalled server once TCP is accepted."""
    found = diagnose(replace(samples.sound(), turns=turns), frozenset({"turn"})).causes
    assert {cause.id: cause.confidence for cause in found} == drawn


def test_a_paused_turn_server_is_stalled_by_its_engine_s_word() -> None:
    """Nobody need have tried it."""
    paused = replace(samples.sound(), containers=(stranded.container("coturn", TWO, status="paused"),))
    assert diagnose(paused, frozenset({"turn"})).ids == ("turn-stalled",)


# --- replicas that are not alike


def test_the_image_of_each_is_told() -> None:
    """By the digest that the Swarm has, which tells one `latest` from another."""
    seen = with_tasks(
        stranded.one_differs(), "frontend",
        lambda t: replace(t, image="page:latest", digest=f"sha256:{'ab'[t.slot == 3] * 64}"),
    )  # fmt: skip
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert "page:latest@sha256:bbbbbbbbbbbb" in cause.speaks_for[0]
    assert "page:latest@sha256:aaaaaaaaaaaa" in cause.speaks_for[1]
    assert not any("same image" in text for text in cause.speaks_for)


def test_a_broken_page_is_not_why_calls_fail() -> None:
    """Replicas of the page that differ explain what the page's criteria say, and no call."""
    assert diagnose(stranded.one_differs(), frozenset({"call"})).ids == ("unknown", "replicas-differ")
