"""What a program says of its own failure is the cause where no other explains it: a refusal, a name, a closed port."""

from dataclasses import replace

import pytest

from fixtures.diagnose.complaints import ComplaintSeen
from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.values import Confidence
from tests.harness.samples import observed as samples
from tests.harness.samples import own_words, stranded

CALL = frozenset({"call"})


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("no more available ports [transport:udp, numAttempt:10]", "range of ports"), ("no free RTC port", "range of ports"),
        ("Channel closed", "start it anew"), ("mediasoup worker died", "start it anew"),
        ("unsupported codec [mimeType:video/H264]", "mediaCodecs"), ("cannot consume", "mediaCodecs"),
        ("ROOM_FULL: ten are in it", "own reason"),
    ],
)  # fmt: skip
def test_a_refusal_is_named_in_the_server_s_words(reason: str, remedy: str) -> None:
    """Those of an SFU that many systems have are explained; any other is quoted, with the logs of both."""
    said = ComplaintSeen("translation_mediasoup", "ERROR what the SFU says")
    (cause,) = diagnose(
        own_words.failed_call(f"a step: signaling refused produce: {reason}", said), CALL
    ).explaining
    assert (cause.id, cause.confidence) == ("signaling-refuses", Confidence.LIKELY)
    assert f"“{reason}”" in cause.title
    assert str(said) in cause.speaks_for
    assert remedy in cause.remedy


def test_a_refusal_that_another_cause_explains_is_no_cause() -> None:
    """What Redis said stands in the refusal; and what was not refused is not."""
    seen = own_words.failed_call(
        "signaling refused join_room: MISCONF Redis is configured to save RDB snapshots"
    )
    assert [cause.id for cause in diagnose(seen, CALL).explaining] == ["redis-refuses"]
    assert [cause.id for cause in diagnose(own_words.failed_call("not within 10 s"), CALL).explaining] == [
        UNKNOWN
    ]


@pytest.mark.parametrize(
    ("text", "host", "how"),
    [
        ("Error: getaddrinfo EAI_AGAIN redis", "redis", "has no address"),
        (
            "redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.",
            "redis",
            "has no address",
        ),
        ('level=error msg="dial tcp: lookup sfu on 127.0.0.11:53: no such host"', "sfu", "has no address"),
        ('[emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:12', "api", "has no address"),
        (
            'could not translate host name "db" to address: Temporary failure in name resolution',
            "db",
            "has no address",
        ),
        ("Error: connect ECONNREFUSED 10.0.1.42:3000", "10.0.1.42", "refuses connections"),
        ("dial tcp 10.0.1.42:3000: connect: connection refused", "10.0.1.42", "refuses connections"),
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
            "redis",
            "refuses connections",
        ),
        (
            "Cannot connect to host mediasoup:3000 ssl:default [Connect call failed ('10.0.1.42', 3000)]",
            "mediasoup",
            "refuses connections",
        ),
        ("Error: connect ETIMEDOUT 192.0.2.7:443", "192.0.2.7", "does not answer"),
        ("dial tcp 192.0.2.7:443: i/o timeout", "192.0.2.7", "does not answer"),
        ("redis.exceptions.TimeoutError: Timeout reading from redis:6379", "redis", "does not answer"),
        (
            'connection to server at "db" (10.0.1.9), port 5432 failed: timeout expired',
            "db",
            "does not answer",
        ),
    ],
)
def test_what_a_program_does_not_reach_is_named(text: str, host: str, how: str) -> None:
    """As Node.js, Python, Go, nginx and libpq word it."""
    (cause,) = diagnose(own_words.name_unknown(text), CALL).explaining
    assert (cause.id, cause.confidence, cause.names("name")) == (
        "dependency-failed",
        Confidence.LIKELY,
        (host,),
    )
    assert how in cause.title
    assert any(text in said for said in cause.speaks_for)


def test_whose_name_or_address_it_is() -> None:
    """A service and its nodes, a task, or nobody."""
    seen = samples.sound()
    assert seen.state is not None
    (task,) = seen.state.tasks_of("translation_redis")
    address = next(iter(task.addresses.values()))
    for text, told in (
        ("getaddrinfo EAI_AGAIN redis", "redis is translation_redis, whose replicas run on: translation01 1"),
        (
            f"connect ECONNREFUSED {address}:6379",
            f"{address} is the address of translation_redis.1 on translation01",
        ),
        ("getaddrinfo ENOTFOUND sfu.internal", "no service answers to sfu.internal"),
    ):
        (cause,) = diagnose(own_words.name_unknown(text), CALL).explaining
        assert any(said.startswith(told) for said in cause.speaks_for), cause.speaks_for


def test_a_program_without_a_part_in_what_failed_is_not_at_fault() -> None:
    """Nor is one whose complaint is of something else, nor any where a cause is known."""
    other = replace(
        own_words.name_unknown(), complaints=(ComplaintSeen("translation_coturn", own_words.NO_NAME),)
    )
    assert [cause.id for cause in diagnose(other, CALL).explaining] == [UNKNOWN]
    plain = own_words.name_unknown("ERROR out of cheese")
    assert [cause.id for cause in diagnose(plain, CALL).explaining] == [UNKNOWN]
    refused = stranded.store_refuses("redis: MISCONF; connect ECONNREFUSED 10.0.1.42:3000")
    assert [cause.id for cause in diagnose(refused, CALL).explaining] == ["redis-refuses"]


@pytest.mark.parametrize(
    ("how", "told"), [("refused", "refuses connections"), ("silent", "takes no connection")]
)
def test_a_look_from_the_container_tells_it_as_well(how: str, told: str) -> None:
    """Where nobody logs it: what its variable names was asked from there."""
    seen = replace(own_words.failed_call("not within 10 s"), dependencies=(replace(stranded.STORE, how=how),))
    (cause,) = diagnose(seen, CALL).explaining
    assert (cause.id, cause.names("name")) == ("dependency-failed", ("redis",))
    assert any(f"redis:6379 (REDIS_URL) {told}" in text for text in cause.speaks_for)
