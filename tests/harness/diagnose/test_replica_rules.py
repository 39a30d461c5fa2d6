"""Replicas that refuse or stall, at the edges of each rule."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import replicas
from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.http.attempts import Failure
from fixtures.observe.swarm.state import Task
from lab.probe.values import Destination, Pair
from tests.harness.samples import between_nodes, faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, ONE, THREE, TWO, attempt, blind, destinations, lines, probed

UNHEALTHY = "task: non-zero exit (137): dockerexec: unhealthy container"
SECOND = "translation_frontend.2"


def stalled(seen: Observations) -> list[Cause]:
    return list(replicas.stalled(seen))


def refusing(*tasks: str) -> Observations:
    """A probe in which these tasks refuse."""
    return destinations(
        samples.sound(), lambda d: replace(d, tcp="refused", answer="") if d.task in tasks else d
    )


def hung(seen: Observations) -> Observations:
    """A log in which the frontend's second replica never answered."""

    def status(task: Task) -> tuple[int, float]:
        return (499, 40_000.0) if task.name == SECOND else (200, 4.0)

    return lines(seen, status)


def test_all_that_refuse_are_the_label_and_some_are_replicas() -> None:
    """Two of three that refuse are two replicas; all three are the port."""
    two = diagnose(refusing("translation_frontend.1", SECOND))
    assert [cause.names("replica") for cause in two.named("replica-refuses")] == [
        ("translation_frontend.1",),
        (SECOND,),
    ]
    assert two.ids == ("replica-refuses",)
    three = diagnose(refusing("translation_frontend.1", SECOND, "translation_frontend.3"))
    assert three.ids == ("wrong-port",)
    assert three.causes[0].names("service") == ("translation_frontend",)


def test_a_replica_that_ends_again_and_again_is_not_called_refusing() -> None:
    """It refuses while it is started anew: why its program ends is the cause; its neighbour that refuses is another."""
    failed = samples.task(
        "frontend",
        2,
        TWO,
        99,
        state="failed",
        desired_state="shutdown",
        since=NOW,
        error="task: non-zero exit (1)",
    )
    seen = samples.with_tasks(refusing("translation_frontend.1", SECOND), "frontend", lambda t: t, [failed])
    assert [cause.names("replica") for cause in replicas.replica_refuses(seen)] == [
        ("translation_frontend.1",)
    ]
    every = samples.with_tasks(
        refusing(*(f"translation_frontend.{n}" for n in (1, 2, 3))),
        "frontend",
        lambda t: t,
        [replace(failed, id=f"gone-{n}", slot=n) for n in (1, 2, 3)],
    )
    assert [cause.id for cause in replicas.wrong_port(every)] == []


def test_what_the_probe_does_not_know_is_not_counted() -> None:
    """A replica that was not asked neither refuses nor accepts: the others of its service decide."""
    seen = destinations(
        refusing("translation_frontend.1", SECOND),
        lambda d: replace(d, tcp=None) if d.task.endswith("frontend.3") else d,
    )
    assert diagnose(seen).ids == ("wrong-port",)
    assert diagnose(destinations(seen, lambda d: replace(d, tcp=None))).ids == ()


@pytest.mark.parametrize(
    ("codes", "ids"),
    [((502, 502, 502), ("wrong-port",)), ((502, 502, 200), ()), ((502, 502, 504), ())],
)
def test_refused_by_the_log_alone(codes: tuple[int, ...], ids: tuple[str, ...]) -> None:
    """Without a probe it takes 502 from every address dialled, and nothing else."""
    seen = lines(
        samples.sound(), lambda t: (codes[(t.slot or 1) - 1], 3.0) if "frontend" in t.service else (200, 4.0)
    )
    found = [c for c in diagnose(blind(seen, "probe")).causes if c.id == "wrong-port"]
    assert tuple(cause.id for cause in found) == ids
    if found:
        (cause,) = found
        assert cause.confidence is Confidence.LIKELY
        assert cause.against == ("a connection that is reset midway gives 502 as well",)
        assert cause.names("port") == ("80",)
        assert [text.partition(" ")[0] for text in cause.speaks_for[:3]] == [
            "http://10.0.2.12:80", "http://10.0.2.13:80", "http://10.0.2.14:80",
        ]  # fmt: skip


def test_the_port_that_is_named() -> None:
    """By the label; without the Swarm by the probe, and without that by the log."""
    by_probe = blind(faults.wrong_port(), "state", "lines")
    (cause,) = replicas.wrong_port(by_probe)
    assert (cause.names("port"), cause.names("label")) == (("81",), ())
    assert "traefik.http.services...server.port of translation_frontend" in cause.remedy
    seen = replace(samples.sound(), lines=(samples.line("10.0.2.12", 82, 502),))
    (cause,) = replicas.wrong_port(blind(seen, "state", "probe"))
    assert (cause.names("service"), cause.names("port")) == (("frontend",), ("82",))


def test_one_refused_connection_in_the_log_of_a_probed_service_is_nothing() -> None:
    """What the probe asked decides, whatever the log has of before."""
    seen = lines(samples.sound(), lambda t: (502, 3.0) if "frontend" in t.service else (200, 4.0))
    assert list(replicas.wrong_port(seen)) == []


def test_a_probe_proves_a_stalled_replica() -> None:
    """It connects and no byte comes: proved, with what the log says of the same replica."""
    (cause,) = stalled(faults.stalled())
    assert (cause.confidence, cause.against, cause.undecided) == (Confidence.PROVED, (), "")
    assert cause.speaks_for[0] == "10.0.2.13:80 accepts and sends no byte"
    assert cause.speaks_for[1].startswith(
        "http://10.0.2.13:80 (translation_frontend.2 on translation02): 3x hung"
    )
    assert len(cause.speaks_for) == 2


@pytest.mark.parametrize(
    ("tcp", "answer"), [("silent", ""), ("open", None), ("open", "HTTP/1.1 200 OK"), (None, "")]
)
def test_what_a_probe_does_not_call_stalled(tcp: str | None, answer: str | None) -> None:
    """A silent way, or an answer, is no stalled replica; an answer that was not waited for counts as none."""
    seen = destinations(
        samples.sound(), lambda d: replace(d, tcp=tcp, answer=answer) if d.task == SECOND else d
    )
    assert bool(stalled(seen)) is (tcp == "open" and not answer)


@pytest.mark.parametrize(
    ("back", "named"),
    [({}, True), ({"lost_from": 950}, False), ({"one_way": False}, False), ({"one_way": None}, True)],
)
def test_a_way_that_loses_is_not_a_replica_that_stalls(back: dict[str, object], named: bool) -> None:
    """Where large packets, or all, are lost on the way back, that is why no byte came."""

    def change(p: Pair) -> Pair:
        return replace(p, **back) if (p.source, p.target) == (TWO, ONE) else p  # type: ignore[arg-type]

    def silent(d: Destination) -> Destination:
        return replace(d, answer="") if d.task == SECOND else d

    assert bool(stalled(destinations(probed(samples.sound(), change), silent))) is named


def test_a_stalled_replica_by_the_log() -> None:
    """Without a probe it is likely, with what else it may be and what would decide."""
    (cause,) = stalled(blind(hung(samples.sound()), "probe"))
    assert (cause.confidence, cause.names("replica"), cause.names("node")) == (
        Confidence.LIKELY,
        (SECOND,),
        (TWO,),
    )
    assert cause.against == ("with an MTU black hole on the way a connection can be made as well",)
    assert cause.undecided.endswith("decides (not asked: not in this test)")
    assert len(cause.speaks_for) == 1


def test_a_replica_that_answers_now_is_not_stalled() -> None:
    """The log has what was; a replica that answers the probe, or that the probe named, is not named by the log."""
    assert stalled(hung(samples.sound())) == []
    assert len(stalled(faults.stalled())) == 1


def test_an_unknown_address_that_hangs_is_named_by_itself() -> None:
    """Whose task is not known goes by its address, on a node that is not known."""
    line = samples.line("10.0.2.99", 80, 499, 40_000.0)
    (cause,) = stalled(replace(blind(samples.sound(), "probe"), lines=(line,)))
    assert (cause.names("replica"), cause.names("node")) == (("10.0.2.99",), ())
    assert cause.title == "10.0.2.99 on an unknown node connects and never answers"
    assert "# on its node: " in cause.command


@pytest.mark.parametrize(
    ("status", "whole", "named"),
    [(200, False, False), (200, True, True), (500, False, True), (None, False, True)],
)
def test_bodies_that_never_end_are_the_way(status: int | None, whole: bool, named: bool) -> None:
    """Where answers began and never ended the log's hung requests are no stalled replica."""
    tried = attempt(status, failure=None if whole else Failure.BODY_NEVER_ENDED)
    seen = replace(blind(hung(samples.sound()), "probe"), attempts=(attempt(), tried))
    assert bool(stalled(seen)) is named


@pytest.mark.parametrize(("age_s", "named"), [(0, True), (120, True), (121, False)])
def test_a_replica_that_was_put_down(age_s: float, named: bool) -> None:
    """Where the start of the run is not known two minutes count."""
    found = stalled(between_nodes.ended("frontend", age_s, error=UNHEALTHY))
    assert bool(found) is named
    if found:
        assert (
            found[0]
            .speaks_for[0]
            .startswith("translation_frontend.1 on translation02 was stopped as unhealthy at ")
        )
        assert (found[0].confidence, found[0].names("node")) == (Confidence.LIKELY, (TWO,))


@pytest.mark.parametrize(("began_s", "named"), [(7, True), (6, True), (5, False)])
def test_a_replica_put_down_before_the_run_is_of_another(began_s: float, named: bool) -> None:
    """Where the start is known, what was put down before it does not count."""
    seen = between_nodes.since_the_run_began(between_nodes.put_down, began_s)
    assert bool(stalled(seen)) is named


def test_what_was_put_down_with_what_the_log_says_of_it() -> None:
    """The hung requests of its address are named with it; another error, a service of one and no Swarm are nothing."""
    line = replace(samples.line("10.0.2.60", 80, 499, 40_000.0), server_address="10.0.2.60")
    seen = replace(blind(between_nodes.put_down(), "probe"), lines=(line,))
    texts = [text for cause in stalled(seen) for text in cause.speaks_for]
    assert [text for text in texts if text.startswith("http://10.0.2.60:80")]
    assert stalled(between_nodes.ended("frontend", 6, error="exit 1")) == []
    assert stalled(between_nodes.ended("mediasoup", 6, error=UNHEALTHY)) == []
    assert stalled(blind(between_nodes.put_down(), "state")) == []


def test_one_that_the_probe_proves_leaves_out_those_put_down() -> None:
    """Where a replica is proved to stall, those put down before are not named beside it."""
    seen = samples.with_tasks(
        faults.stalled(), "frontend", lambda t: t,
        [samples.task("frontend", 3, THREE, 61, state="failed", desired_state="shutdown", error=UNHEALTHY, since=NOW)],
    )  # fmt: skip
    assert [cause.names("replica") for cause in stalled(seen)] == [(SECOND,)]
