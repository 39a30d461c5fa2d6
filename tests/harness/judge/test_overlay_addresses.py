"""How many addresses an overlay has left: counted as swarmkit gives them, and judged before an update is stuck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.overlay_addresses import Filling, address_violations, fillings, usable
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.state import Network, Pool, SwarmState, Task
from tests.harness.samples import sound_cluster
from tests.harness.samples.sound_cluster import FRONTEND, NODES, ONE, PLAN, THREE, TWO

FULL = "translation_frontend"


def net(*pools: Pool, **over: Any) -> Network:  # noqa: ANN401
    subnets = tuple(each.subnet for each in pools)
    return Network("net-frontend", FRONTEND, "overlay", subnets, None, False, (), pools, **over)


@pytest.mark.parametrize(
    ("pools", "size"),
    [
        ([Pool("10.0.1.0/24", gateway="10.0.1.1")], 253),
        ([Pool("10.0.1.0/24")], 253),  # the Swarm chooses a gateway
        ([Pool("10.0.1.0/29", gateway="10.0.1.1")], 5),
        ([Pool("10.0.1.0/30", gateway="10.0.1.1")], 1),
        ([Pool("10.0.1.0/31", gateway="10.0.1.1")], 1),
        ([Pool("10.0.1.1/32", gateway="10.0.1.1")], 0),
        ([Pool("10.0.1.0/29", gateway="10.0.1.1"), Pool("10.0.2.0/29", gateway="10.0.2.1")], 10),
        ([Pool("10.0.1.0/24", range="10.0.1.64/28", gateway="10.0.1.1")], 16),
        ([Pool("10.0.1.0/24", range="10.0.1.0/28", gateway="10.0.1.1")], 14),
        ([Pool("10.0.1.0/24", gateway="10.0.1.1", kept=("10.0.1.2", "10.0.1.3"))], 251),
        ([Pool("10.0.1.0/29", gateway="10.0.1.1/29", kept=("10.0.1.1",))], 5),  # named twice, held once
        ([Pool("10.0.1.0/29", gateway="10.0.1.1"), Pool("fd00::/64", gateway="fd00::1")], 5),
        ([Pool("fd00::/64", gateway="fd00::1")], 2**64 - 1),
        ([Pool("nonsense")], None),
        ([], None),
    ],
)
def test_what_a_subnet_has_for_tasks(pools: list[Pool], size: int | None) -> None:
    """All but network, broadcast, gateway and what is kept; several subnets are one after another; a range bounds."""
    assert usable(net(*pools)) == size


def test_a_network_recorded_before_pools_were_read_has_its_subnets() -> None:
    """Observations of earlier runs hold the subnets alone."""
    assert usable(Network("n", "n", "overlay", ("10.0.1.0/29",), None, False, ())) == 5


def swarm(
    *pools: Pool,
    replicas: int | None = 3,
    update: Mapping[str, object] | None = None,
    homes: tuple[str, ...] = NODES,
    mode: str = "vip",
    over: Mapping[str, Any] | None = None,
) -> SwarmState:
    """The frontend alone, one task on each of `homes`, on one overlay."""
    sound = sound_cluster.state()
    service = replace(
        sound_cluster.service(PLAN.service("frontend")), replicas=replicas, endpoint_mode=mode,
        mode="global" if replicas is None else "replicated", update_config=update or {},
    )  # fmt: skip
    tasks = tuple(sound_cluster.task("frontend", slot + 1, home, slot + 3) for slot, home in enumerate(homes))
    return replace(sound, services=(service,), tasks=tasks, networks=(net(*pools, **(over or {})),))


def counted(state: SwarmState) -> tuple[int, int, int, int]:
    (found,) = fillings(state, PLAN.stack)
    return found.tasks, found.services, found.nodes, found.left


WIDE, NARROW = Pool("10.0.2.0/24", gateway="10.0.2.1"), Pool("10.0.2.0/29", gateway="10.0.2.1")
START_FIRST = {"Order": "start-first", "Parallelism": 1}


def test_each_task_service_and_node_takes_one() -> None:
    """By dnsrr the service takes none; of two tasks on a node the node takes one."""
    assert counted(swarm(WIDE)) == (3, 1, 3, 246)
    assert counted(swarm(WIDE, mode="dnsrr", homes=(ONE, ONE, TWO))) == (3, 0, 2, 248)


def test_who_has_ended_takes_none_and_who_is_not_there_yet_takes_one() -> None:
    """A task keeps its address until it has stopped; a replica that is missing needs one as soon as it is made."""
    state = swarm(WIDE)
    old = replace(state.tasks[0], id="old", desired_state="shutdown", state="shutdown")
    stopping = replace(state.tasks[0], id="stopping", desired_state="shutdown", state="running")
    assert counted(replace(state, tasks=(*state.tasks, old))) == (3, 1, 3, 246)
    assert counted(replace(state, tasks=(*state.tasks, stopping))) == (4, 1, 3, 245)
    assert counted(replace(state, tasks=state.tasks[:1])) == (3, 1, 1, 248)
    assert counted(replace(swarm(WIDE, replicas=None), tasks=state.tasks[:2])) == (2, 1, 2, 248)


def test_what_other_stacks_have_on_the_network_counts() -> None:
    """A service of another stack, and a task of a service that is not listed any more."""
    state = swarm(WIDE)
    other = replace(state.services[0], id="o", name="other_web", replicas=1, endpoint_mode="vip")
    theirs = replace(state.tasks[0], id="t-o", service="other_web", node_id="id-elsewhere")
    gone = replace(state.tasks[0], id="t-g", service="0a1b2c", node_id=f"id-{ONE}")
    found = replace(state, services=(*state.services, other), tasks=(*state.tasks, theirs, gone))
    assert counted(found) == (5, 2, 4, 242)


def test_networks_of_others_and_services_on_none_are_no_business_of_ours() -> None:
    """The node's own network is no overlay, and a network that only another stack uses is not judged."""
    state = swarm(WIDE)
    host = replace(
        state.services[0], name="translation_coturn", networks=("id-of-host",), endpoint_mode="dnsrr"
    )
    alone = replace(state.services[0], name="translation_tts", networks=(), endpoint_mode="dnsrr")
    foreign = replace(state.services[0], name="other_web", networks=("net-other",))
    small = replace(net(NARROW), id="net-other", name="other_net")
    more = replace(state, services=(*state.services, host, alone, foreign), networks=(*state.networks, small))
    assert counted(more) == (3, 1, 3, 246)
    assert fillings(replace(more, services=(host, alone)), PLAN.stack) == ()
    assert fillings(replace(state, networks=(net(),)), PLAN.stack) == ()


def test_the_ingress_network_takes_one_for_every_node() -> None:
    """A service is on it by its own address there; every node has an endpoint, whatever runs on it."""
    state = swarm(WIDE, homes=(ONE,), replicas=1, over={"ingress": True})
    meshed = replace(state.services[0], networks=(), virtual_ips={"net-frontend": "10.0.2.2"})
    assert counted(replace(state, services=(meshed,))) == (1, 1, 3, 248)


def test_what_an_engine_itself_counts_is_believed_where_it_is_less() -> None:
    """Containers that are no tasks are in no list of the Swarm's; a subnet of the other family says nothing."""
    assert counted(swarm(WIDE, over={"free": (("10.0.2.0/24", 4),)}))[-1] == 4
    assert counted(swarm(WIDE, over={"free": (("10.0.2.0/24", 250),)}))[-1] == 246
    assert counted(swarm(WIDE, over={"free": (("fd00::/64", 2),)}))[-1] == 246


@pytest.mark.parametrize(
    ("update", "at_once"),
    [
        ({}, 0), ({"Order": "stop-first", "Parallelism": 2}, 0), (START_FIRST, 1), ({"Order": "start-first"}, 1),
        ({"Order": "start-first", "Parallelism": 2}, 2), ({"Order": "start-first", "Parallelism": 0}, 3),
        ({"Order": "start-first", "Parallelism": 9}, 3),
    ],
)  # fmt: skip
def test_what_an_update_needs_for_a_moment(update: Mapping[str, object], at_once: int) -> None:
    """As many as are started at once, no more than there are; by stop-first none, for the old one stops before."""
    (found,) = fillings(swarm(WIDE, update=update), PLAN.stack)
    assert sum(step.tasks for step in found.steps) == at_once


def of(state: SwarmState) -> tuple[str, ...]:
    return tuple(each.text for each in address_violations(state, PLAN))


def test_an_overlay_that_is_too_small_is_red() -> None:
    """As under the fault: three tasks on three nodes and the service's own address want seven of five."""
    (text,) = of(swarm(NARROW))
    assert "7 of 5 addresses (3 of tasks, 1 of services, 3 of nodes), no more task fits: 2 too few" in text


@pytest.mark.parametrize("there", [1, 2, 3])
def test_an_overlay_without_room_is_red_at_whichever_moment_it_is_looked_at(there: int) -> None:
    """However many of the three replicas were placed already: the next step of an update is stuck in any case."""
    state = swarm(NARROW, update=START_FIRST)
    assert len(of(replace(state, tasks=state.tasks[:there]))) == 1


def test_red_comes_before_the_update_that_would_be_stuck() -> None:
    """All tasks have an address, one is left: two at once are too many, one is not; by stop-first none is needed."""
    pool = Pool("10.0.2.0/28", range="10.0.2.8/29", gateway="10.0.2.1")  # seven, and the broadcast address
    assert usable(net(pool)) == 7
    two = {"Order": "start-first", "Parallelism": 2}
    fits = swarm(pool, homes=(ONE, ONE, TWO))  # 3 + 1 + 2: one is left
    assert of(fits) == ()
    with_order = [
        replace(fits, services=(replace(fits.services[0], update_config=u),)) for u in (START_FIRST, two)
    ]
    assert of(with_order[0]) == ()
    (text,) = of(with_order[1])
    assert "an update of translation_frontend starts 2 before it stops any (start-first), and cannot" in text
    assert "1 more task fits" in text


def test_a_violation_names_the_network_and_shows_how_to_look() -> None:
    """Subject and command are the overlay's."""
    (found,) = address_violations(swarm(NARROW), PLAN)
    assert found.subject == FRONTEND
    assert found.command == "docker network inspect -f '{{json .IPAM.Config}}' translation_frontend"


def test_the_reference_stack_has_room() -> None:
    """The sound cluster of the samples, read as everything else reads it."""
    assert address_violations(sound_cluster.state(), PLAN) == ()
    assert {each.network.name for each in fillings(sound_cluster.state(), PLAN.stack)} == {
        "translation_frontend", "translation_backend",
    }  # fmt: skip


def test_the_line_of_the_table() -> None:
    """Name, subnets, who has how many, and what fits."""
    made = Filling(net(WIDE), 253, 3, 1, 3, 246)
    assert str(made) == (
        "translation_frontend (10.0.2.0/24): 7 of 253 addresses (3 of tasks, 1 of services, 3 of nodes), 246 more tasks fit"
    )
    assert str(replace(made, left=0)).endswith("no more task fits")
    attachable = replace(made.network, attachable=True)
    assert "containers on it that are no tasks are not counted" in str(replace(made, network=attachable))
    counted_by_engine = replace(attachable, free=(("10.0.2.0/24", 9),))
    assert str(replace(made, network=counted_by_engine)).endswith("fit")


def test_what_the_api_says_of_addresses_is_read() -> None:
    """Pools, what engines from 29 on count, the mesh's mark, a service's own addresses; a task's memory."""
    raw = {
        "Id": "i", "Name": "n", "Driver": "overlay", "Ingress": True, "Attachable": True,
        "IPAM": {"Config": [{
            "Subnet": "10.0.1.0/24", "IPRange": "10.0.1.64/28", "Gateway": "10.0.1.1", "AuxiliaryAddresses": {"a": "10.0.1.2"},
        }]},
        "Status": {"IPAM": {"Subnets": {"10.0.1.0/24": {"IPsInUse": 5, "DynamicIPsAvailable": 12}}}},
    }  # fmt: skip
    found = parse.network(raw)
    assert found.pools == (Pool("10.0.1.0/24", "10.0.1.64/28", "10.0.1.1", ("10.0.1.2",)),)
    assert (found.free, found.ingress, found.attachable) == ((("10.0.1.0/24", 12),), True, True)
    service = {
        "ID": "s", "Spec": {"Name": "n"},
        "Endpoint": {"VirtualIPs": [{"NetworkID": "i", "Addr": "10.0.1.9/24"}, {"NetworkID": "j"}]},
    }  # fmt: skip
    assert parse.service(service).virtual_ips == {"i": "10.0.1.9"}
    memory = {"Limits": {"MemoryBytes": 8}, "Reservations": {"MemoryBytes": 4}}
    task: Task = parse.task({"ID": "t", "ServiceID": "s", "Spec": {"Resources": memory}}, {}, {})
    assert (task.memory_limit, task.memory_reservation) == (8, 4)


def test_a_node_that_runs_nothing_of_the_network_takes_nothing() -> None:
    """Only the nodes of its tasks have an endpoint there."""
    assert counted(swarm(WIDE, homes=(THREE, THREE, THREE)))[2] == 1
