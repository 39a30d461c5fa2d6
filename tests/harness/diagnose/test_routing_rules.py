"""What Traefik is told, at the edges of each rule: networks, routers and servers, addresses, updates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import routing, unrouted
from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.http.access_log import AccessLine
from fixtures.observe.http.attempts import Attempt
from fixtures.observe.swarm.state import UpdateStatus
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import (
    BACKEND,
    FRONTEND,
    LABELS,
    NOW,
    attempt,
    blind,
    changed,
    line,
    with_tasks,
)

SWARM, DOCKER = "traefik.swarm.network", "traefik.docker.network"
WARNING = "WRN Could not find network named other"


def labelled(label: str, value: str) -> Observations:
    return changed(samples.sound(), "signaling", labels={**LABELS["signaling"], label: value})


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (labelled(SWARM, FRONTEND), None),
        (labelled(SWARM, BACKEND), (SWARM, BACKEND, Confidence.PROVED)),
        (labelled(DOCKER, BACKEND), (DOCKER, BACKEND, Confidence.PROVED)),
        (labelled(SWARM, "other"), (SWARM, "other", Confidence.POSSIBLE)),
        (
            replace(labelled(SWARM, "other"), edge_log=("ERR odd", WARNING)),
            (SWARM, "other", Confidence.PROVED),
        ),
        (replace(labelled(SWARM, "other"), edge_log=("ERR odd",)), (SWARM, "other", Confidence.POSSIBLE)),
        (blind(labelled(SWARM, BACKEND), "state"), None),
        (changed(labelled(SWARM, BACKEND), "traefik", networks=()), None),
    ],
)
def test_a_label_of_a_network(seen: Observations, found: tuple[str, str, Confidence] | None) -> None:
    """A network that Traefik is not on; proved where it exists, or where Traefik says that it does not."""
    causes = list(routing.wrong_network(seen))
    named = [(*c.names("label")[0].split("="), c.confidence) for c in causes]
    assert named == ([] if found is None else [found])


def test_what_speaks_for_a_wrong_label() -> None:
    """The networks, the dialled addresses of that service that failed, and Traefik's own warning."""
    seen = replace(labelled(SWARM, "other"), edge_log=(WARNING, WARNING))
    bad = [line("10.0.2.22", 8001, 504, 30_000.0), line("10.0.2.23", 8001, 502), line("10.0.2.12", 80, 504)]
    (cause,) = [
        c for c in routing.wrong_network(replace(seen, lines=tuple(bad))) if "other" in c.names("network")
    ]
    texts = [text.partition(" (")[0] for text in cause.speaks_for]
    assert texts[0] == "Traefik is on translation_frontend, and the label names other, which no service uses"
    assert texts[-1] == WARNING
    assert len(texts) == 2 + sum(text.startswith("http://10.0.2.2") for text in texts)
    assert cause.against == (
        "where Traefik does not find the named network it takes the task's first one, which may work",
    )
    (exists,) = routing.wrong_network(labelled(SWARM, BACKEND))
    assert exists.against == ()


def test_an_address_that_is_dialled_on_a_foreign_network() -> None:
    """Without a label the address itself shows it, once for each service, and only where it is dead."""
    dead = (line("10.0.1.22", 8001, 504), line("10.0.1.23", 8001, 504))
    seen = replace(samples.sound(), lines=dead)
    (cause,) = routing.wrong_network(seen)
    assert (cause.confidence, cause.names("network"), cause.names("service")) == (
        Confidence.PROVED, (BACKEND,), ("translation_signaling",),
    )  # fmt: skip
    assert cause.speaks_for[0] == "10.0.1.22 lies in translation_backend, Traefik is on translation_frontend"
    assert f"--providers.swarm.network={FRONTEND} among the arguments of Traefik" in cause.remedy
    assert list(routing.wrong_network(replace(seen, lines=(line("10.0.1.22", 8001, 200),)))) == []
    assert list(routing.wrong_network(replace(seen, lines=(line("10.0.7.7", 8001, 504),)))) == []
    assert list(routing.wrong_network(replace(seen, lines=(line("10.0.2.22", 8001, 504),)))) == []
    assert len(list(routing.wrong_network(replace(labelled(SWARM, BACKEND), lines=dead)))) == 1


Rule = Callable[[Observations], Iterator[Cause]]


@pytest.mark.parametrize(("rule", "status"), [(unrouted.no_server, 503), (unrouted.no_router, 404)])
def test_hosts_that_nobody_serves(rule: Rule, status: int) -> None:
    """It takes that status at a public host, and in the log a line of it without a server."""

    def found(lines: tuple[AccessLine, ...] | None, *attempts: Attempt) -> list[Cause]:
        return list(rule(replace(samples.sound(), lines=lines, attempts=attempts)))

    bare = replace(line("x", 1, status), server_url=None)
    tried = attempt(status)
    (cause,) = found((bare, bare, line("10.0.2.12", 80, status), replace(bare, status=500)), tried)
    assert cause.speaks_for == (f"2 requests were answered {status} with no server dialled",)
    assert cause.names("host") == ("jbcalling.site",)
    assert found(None, tried)
    assert not found((), tried)
    assert not found((line("10.0.2.12", 80, status),), tried)
    assert not found((replace(bare, status=status + 1),), tried)
    assert not found((bare,), attempt(status + 1))
    assert not found((bare,), attempt(status, host="traefik.jbcalling.site"))
    assert not found((bare,), attempt(status, host="elsewhere.example"))
    assert not found((bare,))
    (two,) = found((bare,), attempt(status, host="www.jbcalling.site"), tried, tried)
    assert two.names("host") == ("jbcalling.site", "www.jbcalling.site")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def updated(began: float | None, completed: float | None, service: str = "frontend") -> Observations:
    """Requests failed from 10 s to 20 s; an update of a service began and was complete at these times."""
    status = UpdateStatus(
        "updating", "", None if began is None else at(began), None if completed is None else at(completed)
    )
    seen = changed(samples.sound(), service, update_status=status)
    tried = [replace(attempt(502), started=at(s)) for s in (15, 10, 20)]
    return replace(
        seen, attempts=(replace(attempt(), started=at(0)), replace(attempt(), started=at(90)), *tried)
    )


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (updated(15, None), True), (updated(20, None), True), (updated(21, None), False), (updated(None, None), False),
        (updated(1, 10), True), (updated(1, 9), False), (updated(1, 12), True), (updated(1, None, "redis"), False),
        (blind(updated(15, None), "state"), False), (replace(updated(15, None), attempts=(attempt(),)), False),
        (samples.sound(), False),
    ],
)  # fmt: skip
def test_requests_that_fail_during_an_update(seen: Observations, named: bool) -> None:
    """The update began before the last failure, and was not complete before the first; of a service that is routed."""
    found = list(routing.update_window(seen))
    assert bool(found) is named
    assert all(cause.names("service") == ("translation_frontend",) for cause in found)


def test_an_update_in_words() -> None:
    """When it began, and from when to when requests failed."""
    (cause,) = routing.update_window(updated(15, None))
    assert cause.speaks_for == ("update updating since 17:00:15Z; failures 17:00:10Z to 17:00:20Z",)


def test_an_address_at_two_tasks() -> None:
    """Only tasks that run, on one overlay: each node gives the addresses of its own networks by itself."""
    (cause,) = routing.duplicate_address(faults.twice())
    assert cause.names("replica") == ("translation_frontend.1", "translation_frontend.2")
    assert (
        cause.speaks_for[0] == "translation_frontend.1 on translation01 has 10.0.2.12 on translation_frontend"
    )
    ended = with_tasks(faults.twice(), "frontend", lambda t: replace(t, state="failed") if t.slot == 2 else t)
    assert list(routing.duplicate_address(ended)) == []
    for network, named in (
        ("host", False),
        ("ingress", False),
        ("bridge", False),
        ("docker_gwbridge", False),
        (FRONTEND, True),
    ):
        addresses = {network: "1.2.3.4"}
        seen = with_tasks(samples.sound(), "frontend", partial(replace, addresses=addresses))
        assert bool(list(routing.duplicate_address(seen))) is named
    apart = with_tasks(
        samples.sound(),
        "frontend",
        lambda t: replace(
            t, addresses={FRONTEND if t.slot == 1 else BACKEND: f"1.2.3.{max(t.slot or 0, 2)}"}
        ),
    )
    assert list(routing.duplicate_address(apart)) == []
    assert list(routing.duplicate_address(blind(faults.twice(), "state"))) == []


def test_an_address_of_two_services() -> None:
    """The first of its holders is the one to look at and to replace."""
    seen = with_tasks(
        samples.sound(),
        "signaling",
        lambda t: replace(t, addresses={FRONTEND: f"10.0.2.{11 + (t.slot or 0)}"}),
    )
    cause = next(iter(routing.duplicate_address(seen)))
    assert len(set(cause.names("replica"))) == 2
    first = cause.names("replica")[0].rpartition(".")[0]
    assert (cause.command, cause.remedy) == (
        f"docker service ps {first}; docker network inspect -v {FRONTEND}",
        f"docker service update --force {first}",
    )
