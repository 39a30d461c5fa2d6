"""What follows from the observations before any cause is named: who was dialled, where it ran, what answered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose import facts
from fixtures.diagnose.facts import Dialled
from fixtures.diagnose.observations import Observations
from fixtures.observe.http.access_log import AccessLine
from lab.probe.values import Pair
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import FRONTEND, NOW, ONE, PLAN, THREE, TWO, blind

PORT = "traefik.http.services.frontend.loadbalancer.server.port"


def logged(
    *statuses_ms: tuple[int | None, float], path: str = "/", address: str | None = "10.0.9.9"
) -> Observations:
    """A log of requests that were sent to one address which no task has."""
    line = samples.line("10.0.9.9", 80)
    lines: list[AccessLine] = [
        replace(line, status=status, duration_ms=ms, path=path, server_address=address)
        for status, ms in statuses_ms
    ]
    return replace(samples.sound(), lines=(*lines, replace(line, server_url=None)))


@pytest.mark.parametrize(
    ("status", "ms", "counts"),
    [
        (200, 4_999.0, (1, 0, 0, 0)), (200, 5_000.0, (0, 0, 0, 1)), (399, 5_000.0, (0, 0, 0, 1)),
        (400, 5_000.0, (1, 0, 0, 0)), (499, 4_999.0, (0, 0, 0, 0)), (499, 5_000.0, (0, 0, 0, 1)),
        (None, 4_999.0, (0, 0, 0, 0)), (None, 5_000.0, (0, 0, 0, 0)), (101, 90_000.0, (1, 0, 0, 0)),
        (500, 90_000.0, (0, 0, 0, 0)), (502, 1.0, (0, 0, 1, 0)), (503, 1.0, (0, 0, 0, 0)),
        (504, 30_000.0, (0, 1, 0, 0)), (505, 1.0, (0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_how_an_address_answered(status: int | None, ms: float, counts: tuple[int, ...]) -> None:
    """Answered, timed out, refused and hung are told apart by status and time; 500 and 503 are none of them.

    Traefik 3.7 logs 0, which is read as no status, for a socket that ended or broke, and 499 for a request whose client
    went away before there was an answer.
    """
    (found,) = facts.dialled(logged((status, ms)))
    assert (found.answered, found.timed_out, found.refused, found.hung) == counts
    assert found.affected is (counts[1:] != (0, 0, 0))
    assert found.longest_ms == ms


@pytest.mark.parametrize(
    ("path", "status", "hung"),
    [
        ("/socket.io/?EIO=4&transport=websocket", 499, 0),
        ("/socket.io/?EIO=4&transport=websocket", None, 0),
        ("/socket.io/?EIO=4&transport=websocket&t=abc", 200, 0),
        ("/socket.io/?EIO=4&transport=polling&sid=abc", 499, 0),
        ("/events", 200, 0),
        ("/ws", None, 0),
        ("/ws", 499, 0),
        ("/socket.io/?EIO=4&transport=polling&t=abc", 499, 1),
        ("/health?mark=abc", 499, 1),
        ("/assets/app.js", 200, 1),
        ("/", 499, 1),
    ],
)
def test_a_long_life_is_no_hang(path: str, status: int | None, hung: int) -> None:
    """A socket that its client closed after 20 s, a long poll, a stream of events; what answers at once did hang."""
    (found,) = facts.dialled(logged((status, 20_000.0), path=path))
    assert (found.hung, found.affected) == (hung, bool(hung))


def test_an_address_that_no_task_has() -> None:
    """It goes by its router's service, and the line without a server belongs to no address."""
    (found,) = facts.dialled(logged((504, 30_000.0), (504, 31_000.0)))
    assert (found.address, found.url, found.service, found.task, found.node) == (
        "10.0.9.9", "http://10.0.9.9:80", "frontend", None, None,
    )  # fmt: skip
    assert (found.dead, str(found)) == (
        True, "http://10.0.9.9:80 (no service of the stack has this address): 2x 504, longest 31.0 s",
    )  # fmt: skip
    assert facts.dialled(logged((200, 1.0), (504, 2.0)))[0].dead is False
    assert facts.dialled(logged((502, 1.0)))[0].dead is False
    assert facts.dialled(logged((200, 1.0), address=None))[0].address == "http://10.0.9.9:80"
    assert facts.dialled(blind(samples.sound(), "lines")) == ()


def test_a_dialled_address_in_words() -> None:
    """The task, its node, each count that is not none, and the longest time in seconds."""
    task = samples.task("frontend", 2, TWO, 13)
    found = Dialled("a", "http://a:80", "s", task, 1, 2, 3, 4, 1_250.0)
    assert str(found) == (
        "http://a:80 (translation_frontend.2 on translation02): 1x 2xx-4xx, 2x 504, 3x 502, 4x hung, longest 1.2 s"
    )
    assert str(Dialled("a", "u", "s", None)) == "u (an address of no known task): nothing, longest 0.0 s"


def test_an_address_of_a_foreign_service_is_said_to_be_one() -> None:
    """Another stack's task is named and said to be none of ours; where no Swarm was read, nobody knows whose it is."""
    foreign = replace(samples.task("frontend", 2, TWO, 13), service="other_web", slot=1)
    seen = logged((504, 30_000.0), address="10.0.9.9")
    state = seen.state
    assert state is not None
    taken = replace(foreign, addresses=dict.fromkeys(foreign.addresses, "10.0.9.9"))
    (found,) = facts.dialled(replace(seen, state=replace(state, tasks=(*state.tasks, taken))))
    assert f"(other_web.1 on {TWO}, not a service of the stack): 1x 504" in str(found)
    (unread,) = facts.dialled(replace(seen, state=None))
    assert "(an address of no known task): 1x 504" in str(unread)


def test_who_has_an_address_now_or_had_it_last() -> None:
    """A running task goes before one that is gone, and of those gone the one made last."""
    old = samples.task(
        "frontend", 9, TWO, 99, state="failed", desired_state="shutdown", created=NOW - timedelta(hours=2)
    )
    new, unknown = replace(old, id="new", created=NOW), replace(old, id="unknown", created=None)
    seen = samples.with_tasks(samples.sound(), "frontend", lambda t: t, [new, old, unknown])
    assert facts.task_at(seen.state, "10.0.2.99") == new
    runs = samples.task("frontend", 9, ONE, 99, created=NOW - timedelta(hours=3))
    seen = samples.with_tasks(seen, "frontend", lambda t: t, [runs])
    assert facts.task_at(seen.state, "10.0.2.99") == runs
    assert facts.task_at(seen.state, "10.0.7.7") is None
    assert facts.task_at(None, "10.0.2.99") is None


def test_where_the_edge_is() -> None:
    """By the Swarm, where it runs now; else by the probe; else nobody knows."""
    seen = samples.sound()
    assert facts.edge_nodes(seen) == (ONE,)
    assert set(facts.edge_networks(seen)) >= {FRONTEND}
    ended = samples.with_tasks(seen, "traefik", lambda t: replace(t, node=TWO, state="failed"))
    assert facts.edge_nodes(ended) == (ONE,)  # by the probe
    assert facts.edge_nodes(blind(ended, "probe")) == ()
    two = samples.with_tasks(
        seen, "traefik", lambda t: replace(t, node=TWO), [samples.task("traefik", 2, ONE, 90)]
    )
    assert facts.edge_nodes(two) == (ONE, TWO)
    assert facts.edge_nodes(blind(seen, "state")) == (ONE,)
    assert facts.edge_nodes(blind(seen, "state", "probe")) == ()
    assert facts.edge_nodes(samples.probed(blind(seen, "state"), edge_node=None)) == ()
    assert facts.edge_networks(blind(seen, "state")) == ()


def test_which_network_holds_an_address() -> None:
    """The one whose subnet holds it, or none."""
    state = samples.sound().state
    assert state is not None
    assert facts.network_of(state, "10.0.2.200") == FRONTEND
    assert facts.network_of(state, "10.0.1.2") == samples.BACKEND
    assert facts.network_of(state, "10.0.3.1") is None


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"a": "b", PORT: "80"}, (PORT, "80")),
        ({PORT + ".x": "80"}, None),
        ({PORT: "80", "traefik.http.routers.x.service": "api@internal"}, None),
        ({PORT: "80", "traefik.http.routers.x.service": "frontend@swarm"}, (PORT, "80")),
        ({PORT: "80", "traefik.http.routers.x.rule": "api@internal"}, (PORT, "80")),
        ({}, None),
    ],
)
def test_the_label_of_the_port(labels: dict[str, str], found: tuple[str, str] | None) -> None:
    """The label that names the port, but for a router of Traefik's own service."""
    assert facts.port_label(labels) == found


def test_the_services_that_are_routed() -> None:
    """Those with a label of a port."""
    state = samples.sound().state
    assert state is not None
    assert {service.name for service in facts.routed_services(state)} == {
        "translation_frontend",
        "translation_signaling",
    }


def test_the_pairs_that_something_was_found_of() -> None:
    """A pair that could not be judged is none, and a direction is not its opposite."""
    seen = samples.probed(
        samples.sound(), lambda p: Pair(p.source, p.target, FRONTEND, why="gone") if p.source == TWO else p
    )
    assert {(p.source, p.target) for p in facts.pairs(seen)} == {
        (ONE, TWO),
        (ONE, THREE),
        (THREE, ONE),
        (THREE, TWO),
    }
    found = facts.pair(seen, ONE, TWO)
    assert found is not None
    assert (found.source, found.target) == (ONE, TWO)
    assert facts.pair(seen, TWO, ONE) is None
    assert facts.pairs(blind(seen, "probe")) == ()


def test_nodes_that_are_down_and_tasks_that_run() -> None:
    """A node is down when its state is not ready, whatever its availability; a task of a service runs or does not."""
    seen = samples.sound()
    assert seen.state is not None
    nodes = (
        *seen.state.nodes[:1],
        samples.node(TWO, "down"),
        replace(samples.node(THREE), availability="drain"),
    )
    assert facts.down_nodes(replace(seen, state=replace(seen.state, nodes=nodes))) == {TWO}
    assert facts.down_nodes(blind(seen, "state")) == frozenset()
    half = samples.with_tasks(seen, "frontend", lambda t: t if t.slot == 1 else replace(t, state="failed"))
    assert [t.slot for t in facts.running(half, PLAN.service("frontend"))] == [1]
    assert facts.running(blind(seen, "state"), PLAN.service("frontend")) == ()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("error {'message': 'no', 'code': 4}", "error {message: 'no', code: 4}"),
        ("it's, 'quoted': so", "it's, quoted: so"),
        ('{"message": "no"}', '{"message": "no"}'),
        ("", ""),
    ],
)
def test_the_words_of_others_are_read_plainly(text: str, read: str) -> None:
    """The names in a mapping lose Python's quotes; nothing else changes."""
    assert facts.plain(text) == read


def test_a_list_in_a_sentence() -> None:
    """Names are joined by commas."""
    assert facts.listed(["a", 2]) == "a, 2"
    assert facts.listed([]) == ""
