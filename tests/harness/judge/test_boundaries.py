"""The static checks on either side of each boundary: what is just within it is no violation, what is just outside is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.judge import file_checks as checks
from fixtures.judge.candidate import Candidate
from fixtures.observe.swarm.state import Service
from fixtures.target.planned import PlannedService, Port
from tests.harness.samples.sound_cluster import PLAN, service

ON_TWO, WORKERS = ("node.labels.instance == translation02",), ("node.role == worker",)
NOWHERE = ("node.labels.gpu == true",)
ONE_GB = 10**9


def sample(name: str, **over: Any) -> Service:  # noqa: ANN401
    """A service that is called so, without ports, memory or constraints but those given."""
    bare = {"ports": (), "constraints": (), "memory_limit": None, "memory_reservation": None, "replicas": 1}
    return replace(service(PLAN.service("tts")), name=f"translation_{name}", **{**bare, **over})


def where(*key: str | int) -> str:
    """Where a key stands, as the key itself."""
    return " ".join(map(str, key))


def stack(*services: Service) -> Candidate:
    return Candidate("translation", services, {}, where)


def host(published: int | None = 80, protocol: str = "tcp", target: int = 80) -> tuple[Port, ...]:
    return (Port(target, published, protocol, "host"),)


def ingress(published: int | None = 80, protocol: str = "tcp") -> tuple[Port, ...]:
    return (Port(80, published, protocol, "ingress"),)


def clashes(*services: Service) -> list[str]:
    return [str(each).replace("translation_", "") for each in checks.clashing_ports(stack(*services), PLAN)]


ALL = "translation01, translation02, translation03"


@pytest.mark.parametrize(
    ("one", "other", "nodes"),
    [
        ({"ports": ingress()}, {"ports": ingress()}, ALL),
        ({"ports": ingress()}, {"ports": ingress(81)}, ""),
        ({"ports": ingress()}, {"ports": ingress(80, "udp")}, ""),
        ({"ports": ingress(None)}, {"ports": ingress(None)}, ""),
        ({"ports": ingress()}, {"ports": host(), "constraints": ON_TWO}, "translation02"),
        ({"ports": host(), "constraints": ON_TWO}, {"ports": ingress()}, "translation02"),
        ({"ports": host(), "constraints": ON_TWO}, {"ports": host(), "constraints": ON_TWO}, "translation02"),
        ({"ports": host(), "constraints": ON_TWO}, {"ports": host(), "constraints": ("node.role == manager",)}, ""),
        ({"ports": host(None), "constraints": ON_TWO}, {"ports": host(None), "constraints": ON_TWO}, ""),
        ({"ports": host()}, {"ports": host()}, ""),  # one replica each, which the Swarm can keep apart
        ({"ports": host(), "replicas": None}, {"ports": host(), "constraints": ON_TWO}, "translation02"),
        ({"ports": host(), "replicas": None, "constraints": WORKERS}, {"ports": host(), "replicas": None},
         "translation02, translation03"),
        ({"ports": host(), "constraints": WORKERS}, {"ports": host(), "constraints": ON_TWO}, ""),
    ],
)  # fmt: skip
def test_ports_are_claimed_where_a_service_must_run(
    one: dict[str, Any], other: dict[str, Any], nodes: str
) -> None:
    """An ingress port is taken on every node, a host port where its service must run; the later service is named."""
    wanted = [f"b: wants 80/tcp of {nodes}, which a has\n    see: services b ports"] if nodes else []
    assert clashes(sample("a", **one), sample("b", **other)) == wanted


def test_one_service_cannot_publish_a_port_twice() -> None:
    """Two of its own ports on one published port are a clash; the same line twice is the same port."""
    twice = (*host(), *host(target=8080))
    assert clashes(sample("a", ports=twice, constraints=ON_TWO)) == [
        "a: wants 80/tcp of translation02, which a has\n    see: services a ports"
    ]
    assert clashes(sample("a", ports=(*host(), *host()), constraints=ON_TWO)) == []


def overfull(*services: Service) -> list[str]:
    return [str(each) for each in checks.memory_violations(stack(*services), replace(PLAN, services=()))]


@pytest.mark.parametrize("most", [{}, {"replicas": 4, "max_replicas": 2}, {"replicas": 2, "max_replicas": 4}])
def test_a_node_may_be_filled_to_the_last_byte(most: dict[str, int]) -> None:
    """A node's memory may be reserved whole and not a byte more; each replica that may run there counts."""
    replicas = min(most.values(), default=1)
    within = {"constraints": ON_TWO, "memory_reservation": 15 * ONE_GB // replicas, **most}
    assert overfull(sample("a", **within)) == []
    (text,) = overfull(sample("a", **within), sample("b", constraints=ON_TWO, memory_reservation=1))
    assert text.startswith(
        "translation02: has 15 GB, and 15.0 GB could be reserved on it in the worst placement"
    )


def test_an_overfull_node_names_its_largest_three() -> None:
    """The largest first, those that may not run there not at all, and the line of the largest."""
    sizes = {"a": 2, "b": 5, "c": 4, "d": 6, "e": 1}
    here = [sample(n, constraints=ON_TWO, memory_reservation=size * ONE_GB) for n, size in sizes.items()]
    elsewhere = [
        sample("f", constraints=NOWHERE, memory_reservation=99 * ONE_GB), sample("g", constraints=ON_TWO),
        sample("h", constraints=("node.role == manager",), memory_reservation=30 * ONE_GB),
    ]  # fmt: skip
    assert overfull(*here, *elsewhere) == [
        "translation02: has 15 GB, and 18.0 GB could be reserved on it in the worst placement (translation_d 6.0, "
        "translation_b 5.0, translation_c 4.0): lower the reservations, or keep replicas off it\n"
        "    see: services d deploy resources"
    ]


def test_a_global_service_counts_once_on_each_node() -> None:
    """It has one replica on every node that may run it."""
    found = stack(
        sample("a", replicas=None, memory_reservation=7), sample("b", replicas=3, memory_reservation=5)
    )
    assert [checks.worst_case(found, PLAN, node) for node in PLAN.nodes] == [
        {"translation_a": 7, "translation_b": 15}
    ] * 3


@pytest.mark.parametrize(
    ("kind", "has", "short"),
    [
        ("limit", 512, ""), ("limit", 513, ""), ("limit", None, ""), ("limit", 511, "511M"),
        ("reservation", 256, ""), ("reservation", 255, "255M"), ("reservation", None, "nothing"),
    ],
)  # fmt: skip
def test_memory_is_what_the_plan_gives_or_more(kind: str, has: int | None, short: str) -> None:
    """An absent limit limits nothing; an absent reservation reserves nothing."""
    planned = PLAN.service("signaling")
    size = None if has is None else has << 20
    made = replace(service(planned), **{f"memory_{kind}": size})  # type: ignore[arg-type] # a name and its value
    found = checks.memory_violations(stack(made), replace(PLAN, services=(planned,), nodes=()))
    wanted = {"limit": "512M", "reservation": "256M"}[kind]
    at = f"services signaling deploy resources {kind}s memory"
    text = f"translation_signaling: memory {kind} {short}, plan A gives it {wanted}\n    see: {at}"
    assert [str(each) for each in found] == ([text] if short else [])


@pytest.mark.parametrize(
    ("policy", "more", "text"),
    [
        ({}, {"replicas": 2}, ""),
        ({"Parallelism": 1}, {"replicas": 2}, ""),
        ({"Parallelism": 2}, {"replicas": 2}, "stops all 2 replicas at once: parallelism 2, order stop-first"),
        ({"Parallelism": 3}, {"replicas": 2}, "stops all 2 replicas at once: parallelism 3, order stop-first"),
        ({"Parallelism": 0}, {"replicas": 2}, "stops all 2 replicas at once: parallelism 0, order stop-first"),
        ({"Parallelism": 0}, {"replicas": 1}, ""),
        ({"Parallelism": 0}, {"replicas": None}, ""),
        ({"Parallelism": 2, "Order": "start-first"}, {"replicas": 2}, ""),
        ({"Order": "start-first"}, {"ports": ingress()}, ""),
        ({"Order": "stop-first"}, {"ports": host()}, ""),
        ({"Order": "start-first"}, {"ports": host()},
         "start-first, but its host ports (80->80/tcp host ...) are free only once the old task has stopped"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["update_config", "rollback_config"])
def test_an_update_leaves_something_running(
    key: str, policy: dict[str, object], more: dict[str, Any], text: str
) -> None:
    """Parallelism below the replicas, or start-first, leaves one; start-first waits for ever for a host port."""
    found = checks.update_violations(stack(sample("a", **{key: policy}, **more)), PLAN)
    wanted = f"translation_a: {key} {text}\n    see: services a deploy {key} order"
    assert [str(each) for each in found] == ([wanted] if text else [])


def placed(planned: PlannedService, **over: Any) -> list[str]:  # noqa: ANN401
    made = replace(service(planned), **over)
    return [each.text for each in checks.placement_violations(stack(made), PLAN, planned)]


@pytest.mark.parametrize(
    ("over", "texts"),
    [
        ({}, []),
        ({"replicas": None}, []),  # one on each of three nodes
        ({"replicas": 2}, ["asks for 2 replicas, plan A for 3"]),
        ({"replicas": 4}, ["asks for 4 replicas, plan A for 3"]),
        ({"max_replicas": 1}, []),
        ({"constraints": WORKERS}, ["carries the constraint 'node.role == worker', which plan A forbids"]),
        ({"constraints": WORKERS, "max_replicas": 1},
         ["carries the constraint 'node.role == worker', which plan A forbids",
          "3 replicas, at most 1 on each of 2 nodes: some never start"]),
        ({"constraints": WORKERS, "replicas": None},
         ["carries the constraint 'node.role == worker', which plan A forbids", "asks for 2 replicas, plan A for 3"]),
        ({"constraints": ON_TWO},
         ["carries the constraint 'node.labels.instance == translation02', which plan A forbids",
          "may only run on 1 of the nodes of plan A (translation02), wanted 2 or more"]),
        ({"constraints": NOWHERE},
         ["carries the constraint 'node.labels.gpu == true', which plan A forbids",
          "may only run on 0 of the nodes of plan A (none), wanted 2 or more"]),
    ],
)  # fmt: skip
def test_replicas_have_room(over: dict[str, Any], texts: list[str]) -> None:
    """As many replicas as the plan has, on as many nodes as it wants, and room for each under the limit per node."""
    assert placed(PLAN.service("frontend"), **over) == texts


def announced(**env: str) -> list[str]:
    sound = {"ANNOUNCED_IP": "203.0.113.2", "RTC_MIN_PORT": "40000", "RTC_MAX_PORT": "40009"}
    made = replace(service(PLAN.media), env={**sound, **env})
    return [each.text for each in checks.announced_violations(stack(made), PLAN)]


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ({}, ""),
        ({"RTC_MIN_PORT": "40009"}, ""),
        ({"RTC_MAX_PORT": "40000"}, ""),
        ({"RTC_MIN_PORT": "39999"}, "offers the ports 39999-40009, plan A publishes 40000-40009"),
        ({"RTC_MAX_PORT": "40010"}, "offers the ports 40000-40010, plan A publishes 40000-40009"),
        ({"RTC_MIN_PORT": "40009", "RTC_MAX_PORT": "40008"}, "offers the ports 40009-40008, plan A publishes 40000-40009"),
        ({"RTC_MIN_PORT": ""}, "RTC_MIN_PORT= and RTC_MAX_PORT=40009: wanted two ports"),
        ({"RTC_MAX_PORT": "x"}, "RTC_MIN_PORT=40000 and RTC_MAX_PORT=x: wanted two ports"),
        ({"ANNOUNCED_IP": ""}, "announces no address: ANNOUNCED_IP is not set"),
        ({"ANNOUNCED_IP": "127.1.2.3"}, "announces 127.1.2.3, an address that only its own container can reach"),
        ({"ANNOUNCED_IP": "0.0.0.0"}, "announces 0.0.0.0, an address that only its own container can reach"),
        ({"ANNOUNCED_IP": "localhost"}, "announces localhost, an address that only its own container can reach"),
        ({"ANNOUNCED_IP": "::1"}, "announces ::1, an address that only its own container can reach"),
        ({"ANNOUNCED_IP": "0.0.0.01"}, ""),
        ({"ANNOUNCED_IP": "media.example"}, ""),
    ],
)  # fmt: skip
def test_what_the_sfu_announces_can_be_reached(env: dict[str, str], text: str) -> None:
    """Its range ends where the plan's does, and the address is not its own loopback."""
    assert announced(**env) == ([text] if text else [])


def test_a_plan_without_media_ports_publishes_none() -> None:
    """Every range is then a wrong one; the text has numbers all the same."""
    bare = tuple(replace(each, ports=()) if each == PLAN.media else each for each in PLAN.services)
    env = {"ANNOUNCED_IP": "203.0.113.2", "RTC_MIN_PORT": "40000", "RTC_MAX_PORT": "40009"}
    made = replace(service(PLAN.media), env=env)
    assert [each.text for each in checks.announced_violations(stack(made), replace(PLAN, services=bare))] == [
        "offers the ports 40000-40009, plan A publishes 0-0"
    ]


def test_networks_and_missing_services_are_told_apart() -> None:
    """A network that the stack lacks, one that the service is not on, and a service that is not there."""
    signaling = replace(service(PLAN.signaling), networks=("translation_frontend",))
    names = {"frontend": "translation_frontend"}
    found = checks.unconnected(Candidate("translation", (signaling,), names, where), PLAN)
    assert [each.text for each in found] == [
        "is not on the network backend, which this stack does not define"
    ]
    both = Candidate("translation", (signaling,), {**names, "backend": "translation_backend"}, where)
    (text,) = (str(each) for each in checks.unconnected(both, PLAN))
    assert text == (
        "translation_signaling: is not on the network backend, so services on that network cannot reach it\n"
        "    see: services signaling networks"
    )
    missing = checks.missing_services(
        both, replace(PLAN, services=(PLAN.signaling, PLAN.service("frontend")))
    )
    assert [str(each) for each in missing] == [
        "translation_frontend: is not in the stack; plan A wants 3 of it\n    see: services"
    ]
    assert [each.text for each in checks.announced_violations(both, PLAN)] == [
        "is not in the stack; plan A wants 1 of it"
    ]
    assert [each.text for each in checks.placement_violations(both, PLAN, PLAN.media)] == [
        "is not in the stack; plan A wants 1 of it"
    ]


def test_a_candidate_can_be_judged_as_if_it_ran() -> None:
    """As a Swarm of these services and of nothing else, seen now, so that its age can be told."""
    made = stack(sample("a"), sample("b"))
    state = made.as_state
    assert (state.services, state.nodes, state.tasks, state.networks) == (made.services, (), (), ())
    assert abs(datetime.now(UTC) - state.at) < timedelta(minutes=1)
