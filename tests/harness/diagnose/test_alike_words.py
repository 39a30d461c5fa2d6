"""Words that only look like those of a cause: other programs say them too, and no cause is proved by them."""

from dataclasses import replace

import pytest

from fixtures.diagnose.complaints import ComplaintSeen, folded
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import SocketSeen, TurnSeen
from fixtures.diagnose.values import Confidence
from fixtures.observe.swarm.state import LogLine
from tests.harness.samples import own_words, stranded
from tests.harness.samples.observed import NOW, ONE, changed

SIGNALING = "translation_signaling"


@pytest.mark.parametrize(
    "error",
    [
        "toomanyrequests: You have reached your pull rate limit.",
        'invalid mount config for type "bind": bind source path does not exist: /srv/chatroom',
        "task: non-zero exit (137): dockerexec: unhealthy container of room-manager",
    ],
)
def test_a_room_is_no_want_of_memory(error: str) -> None:
    """The letters of OOM stand in other words as well; only as a word of its own they speak of memory."""
    seen = stranded.waiting("signaling", error, state="rejected", node=ONE)
    assert "killed-for-memory" not in diagnose(seen, frozenset({"healthy"})).ids


@pytest.mark.parametrize(
    "error", ["OOM", "OOMKilled", "container init was OOM-killed", "oom kill", "Out of memory"]
)
def test_a_task_that_says_so_was_killed_for_memory(error: str) -> None:
    """As engines and runtimes word it."""
    seen = stranded.waiting("signaling", f"failed: {error} (limit too low?)", state="failed", node=ONE)
    assert "killed-for-memory" in diagnose(seen, frozenset({"healthy"})).ids


@pytest.mark.parametrize(
    ("limit", "planned", "remedy"),
    [(30, 512, "--limit-memory 512M"), (512, 512, "--limit-memory 1G"), (64, None, "--limit-memory 128M"),
     (1024, 512, "--limit-memory 2G"), (None, 512, "find out what takes the memory of translation01")],
)  # fmt: skip
def test_the_remedy_of_a_kill_is_more_than_there_was(
    limit: int | None, planned: int | None, remedy: str
) -> None:
    """What the program was killed with is not enough; without a limit it was its node that had no memory left."""
    size = None if limit is None else limit * 2**20
    seen = changed(stranded.starved(), "signaling", memory_limit=size)
    plan = replace(
        seen.plan,
        services=tuple(
            replace(s, memory_limit=planned and planned * 2**20) if s.full_name == SIGNALING else s
            for s in seen.plan.services
        ),
    )
    containers = tuple(replace(each, memory_limit=size) for each in seen.containers or ())
    (cause,) = diagnose(replace(seen, plan=plan, containers=containers)).named("killed-for-memory")
    assert remedy in cause.remedy
    assert ("it has no limit" in cause.title) is (limit is None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ERROR smtp: 530 5.7.0 Authentication required", ""),
        ("SqliteError: SQLITE_READONLY: attempt to write a readonly database", ""),
        ("ERROR: cannot execute INSERT: server is READONLY", ""),
        ("FATAL: max number of clients reached (pgbouncer)", ""),
        ("ERROR etcd: The cluster is down", ""),
        ("ERROR s3: user has no permissions to access this bucket", ""),
        ("redis.exceptions.ConnectionError: max number of clients reached", "MAXCLIENTS"),
        ("redis.exceptions.AuthenticationError: Authentication required.", "NOAUTH"),
        ("ReplyError: READONLY: redis:6379", "READONLY"),
        ("redis.exceptions.ClusterDownError: The cluster is down", "CLUSTERDOWN"),
    ],
)
def test_what_other_servers_say_too_is_redis_s_only_beside_its_name(text: str, code: str) -> None:
    """A mail server and a database refuse in some of the same words."""
    seen = stranded.store_refuses(text)
    found = diagnose(seen, frozenset({"call"})).named("redis-refuses")
    assert [name for cause in found for name in cause.names("refusal")] == ([code] if code else [])


def test_what_redis_answers_itself_needs_no_name() -> None:
    """Asked from a container, its answer is its own."""
    seen = stranded.store_wants_a_password()
    assert seen.dependencies is not None
    said = "10.0.1.72 -ERR max number of clients reached"
    seen = replace(seen, dependencies=(replace(seen.dependencies[0], said=said),))
    (cause,) = diagnose(seen, frozenset({"call"})).named("redis-refuses")
    assert cause.names("refusal") == ("MAXCLIENTS",)


@pytest.mark.parametrize(
    "text",
    [
        "redis.exceptions.ConnectionError: max number of clients reached", "KeyError: 'JWT_KEY'", "RuntimeException: x",
        "connect ECONNREFUSED 10.0.1.5:6379", "getaddrinfo EAI_AGAIN redis", "getaddrinfo ENOTFOUND sfu.internal",
        "dial tcp: lookup redis on 127.0.0.11:53: no such host", "Name or service not known", "accept: too many open files",
        "no more available ports", "worker process died [signal:SIGSEGV]", "bind: EADDRINUSE", "cannot open /etc/turn.pem",
        "user-quota exceeded", "unable to save the dump",
    ],
)  # fmt: skip
def test_what_could_not_be_done_is_a_complaint(text: str) -> None:
    """Whatever the language: a class of errors, the system's own name of one, or plain words."""
    (found,) = folded(SIGNALING, [LogLine(NOW, "t", "n", "stderr", text)])
    assert found == ComplaintSeen(SIGNALING, text)


def test_a_port_is_taken_by_whoever_binds_it() -> None:
    """An address of the overlay that is in use is no port; and what to do can be read whole."""
    gateway = stranded.waiting(
        "frontend", "failed to allocate gateway (10.0.2.1): Address already in use", state="rejected"
    )
    assert diagnose(gateway, frozenset({"healthy"})).ids == ("task-error",)
    bound = stranded.waiting(
        "frontend", "listen tcp4 0.0.0.0:80: bind: address already in use", state="rejected"
    )
    (cause,) = diagnose(bound, frozenset({"healthy"})).explaining
    assert cause.id == "port-taken"
    assert "'" not in cause.remedy


def test_no_room_without_a_reservation_is_of_something_else() -> None:
    """A task that reserves no memory and no processor lacks a resource that the specs do not tell."""
    (cause,) = diagnose(changed(stranded.no_room(), "tts", memory_reservation=None)).named("no-room")
    assert "generic resource" in cause.speaks_for[-1]
    (cause,) = diagnose(changed(stranded.no_room(), "tts", cpu_reservation=64.0)).named("no-room")
    assert "64 processors" in cause.speaks_for[-1]


@pytest.mark.parametrize(
    ("turns", "ids"),
    [
        ((TurnSeen("allocate", False, 508, "508 Insufficient Capacity"),), ["turn-refuses"]),
        ((TurnSeen("allocate", False, 438, "438 Stale Nonce"),), ["turn-refuses"]),
        ((TurnSeen("allocate", False, 599, "599 of its own"),), ["turn-refuses"]),
        ((TurnSeen("allocate", True), TurnSeen("relay", False, 403, "403 Forbidden IP")), ["turn-refuses"]),
        ((TurnSeen("allocate", True, None, "x relays at 10.0.1.9:49160"), TurnSeen("relay", False)), ["turn-relay-address"]),
        ((TurnSeen("allocate", True, None, "x relays at 203.0.113.9:49160"), TurnSeen("relay", False)), ["turn-relay-ports"]),
    ],
)  # fmt: skip
def test_a_turn_server_that_refuses_closes_no_port(turns: tuple[TurnSeen, ...], ids: list[str]) -> None:
    """Its ports are named only where it relays at an address that clients reach, and refuses nothing."""
    seen = replace(own_words.turn_relays_inside(), turns=turns)
    found = diagnose(seen, frozenset({"turn"}))
    assert [cause.id for cause in found.explaining] == ids
    assert all(turns[-1].detail in cause.speaks_for for cause in found.explaining)


def test_what_the_turn_server_logs_is_quoted() -> None:
    """Beside its answer: the log says what the number does not."""
    said = ComplaintSeen("translation_coturn", "ERROR: check_stun_auth: cannot find credentials of user <x>")
    for turns in (
        (TurnSeen("allocate", False, 401, "401"), TurnSeen("window", False)),
        own_words.turn_over_quota().turns,
    ):
        seen = replace(own_words.turn_over_quota(), turns=turns, complaints=(said,))
        (cause,) = diagnose(seen, frozenset({"turn"})).explaining
        assert str(said) in cause.speaks_for


@pytest.mark.parametrize(
    "error",
    [
        'Head "https://ghcr.io/v2/acme/signal/manifests/v9": unauthorized',
        "toomanyrequests: You have reached your pull rate limit.",
        'Get "https://registry.example/v2/": dial tcp: lookup registry.example on 127.0.0.53:53: no such host',
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
    ],
)
def test_what_a_registry_answers_is_of_the_image(error: str) -> None:
    """Refused, limited, unreachable, or of another architecture: the node has no image."""
    (cause,) = diagnose(
        stranded.waiting("tts", error, state="rejected", node=ONE), frozenset({"healthy"})
    ).explaining
    assert cause.id == "image-missing"
    assert any(error in text for text in cause.speaks_for)
    assert "registry" in cause.remedy


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (1, "the program's own"),
        (126, "cannot be run"),
        (127, "not in the image"),
        (137, "a kill"),
        (139, "crashed"),
    ],
)
def test_an_exit_code_is_explained_by_its_own_number(code: int, told: str) -> None:
    """Not by others that were not seen."""
    seen = stranded.waiting("tts", f"task: non-zero exit ({code})", state="failed", node=ONE)
    assert seen.state is not None
    tasks = tuple(replace(each, exit_code=code if each.error else None) for each in seen.state.tasks)
    seen = replace(seen, state=replace(seen.state, tasks=tasks))
    (cause,) = diagnose(seen, frozenset({"healthy"})).named("restarts")
    assert told in cause.remedy
    assert cause.remedy.count("exit code") == 1


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("/bin/sh: wget: not found", True), ("bash: line 1: curl: command not found", True),
        ("/bin/sh: 1: curl: not found", True), ('exec: "nc": executable file not found in $PATH', True),
        ("curl: (22) The requested URL returned error: 404 Not Found", False), ("no room: not found", False),
        ("cat: /run/ready: No such file or directory", False), ("open /data: permission denied", False),
    ],
)  # fmt: skip
def test_a_check_that_finds_nothing_was_run(said: str, broken: bool) -> None:
    """Only that its own program is not there proves the check to be at fault."""
    cause = diagnose(own_words.check_broken("tts", said, ONE), frozenset({"healthy"})).explaining[0]
    assert (cause.id, cause.confidence is Confidence.PROVED) == ("check-fails", broken)


@pytest.mark.parametrize(
    ("words", "named"),
    [("Invalid host header", False), ("jwt expired", False), ("missing API key", False), ("Bad Request", True),
     ("origin not allowed, token ignored", True)],
)  # fmt: skip
def test_a_refusal_that_gives_another_reason_is_not_for_the_origin(words: str, named: bool) -> None:
    """What the server says goes before what a status may mean."""
    text = (
        "refused, perhaps for the origin https://jbcalling.site: Socket.IO to https://api.jbcalling.site:443 by polling: "
        f"GET /socket.io/ -> 400 ({words}); by hand: curl -i -H 'Origin: https://jbcalling.site'"
    )
    found = diagnose(replace(own_words.failed_call(text), complaints=()), frozenset({"call"}))
    assert ("origin-refused" in found.ids) is named


def test_lost_polls_are_counted() -> None:
    """Where a cookie was given and sessions are lost all the same, both stand in what nobody knows."""
    polled = SocketSeen("polling", False, "400: unknown session", 400, requests=8, refused=5, sticky=True)
    seen = replace(stranded.scaled(3), drifts=(), sockets=(polled,))
    (cause,) = diagnose(seen, frozenset({"socketio"})).explaining
    assert "5 of 8 polls did not find their session, a cookie was given" in cause.speaks_for[0]


@pytest.mark.parametrize(
    ("turns", "means"),
    [
        ((TurnSeen("allocate", False, 437, "437 Mismatched allocation"),), "holds allocations of earlier clients"),
        ((TurnSeen("allocate", True), TurnSeen("relay", False, 437, "437 Invalid allocation")), "does not know the allocation"),
    ],
    ids=["allocate", "relay"],
)  # fmt: skip
def test_a_mismatch_means_one_thing_before_an_allocation_and_another_after(
    turns: tuple[TurnSeen, ...], means: str
) -> None:
    """Who asks for one may be taken for a client that had the same port; who has one was forgotten."""
    (cause,) = diagnose(replace(stranded.scaled(3), drifts=(), turns=turns), frozenset({"turn"})).explaining
    assert (cause.id, means in cause.title) == ("turn-refuses", True)
