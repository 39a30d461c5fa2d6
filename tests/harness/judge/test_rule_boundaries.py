"""Rules on what runs, on either side of each boundary: what is reserved, restarted, checked, updated."""

from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.file_rules import FileLook
from fixtures.judge.rules import EVERY
from fixtures.observe.swarm.state import Healthcheck
from fixtures.target.planned import Port
from tests.harness.samples.changed_stack import Fields, sound, told, with_document, with_services
from tests.stack_cases.judging import PLAN

GB, NS = 10**9, 10**9
ON_TWO = "node.labels.instance == translation02"


def test_the_sound_stack_is_told_of_by_no_rule_of_the_file() -> None:
    """What the changes below are measured against."""
    assert {rule: found for rule in EVERY if (found := told(rule, sound()))} == {}


def resources(**fields: object) -> FileLook:
    return with_services(
        tts={"memory_limit": None, "memory_reservation": None, "constraints": (ON_TWO,), **fields}
    )


MEMORY, CPUS = "deploy.resources.reservations.memory", "deploy.resources.reservations.cpus"


@pytest.mark.parametrize(
    ("rule", "fields", "texts"),
    [
        ("limit-below-reservation", {"memory_limit": GB, "memory_reservation": GB}, []),
        ("limit-below-reservation", {"memory_limit": 1 << 20, "memory_reservation": (1 << 20) + 1},
         [f"tts: reserves 1048577B of memory, and its limit is 1M @ tts.{MEMORY}"]),
        ("limit-below-reservation", {"memory_reservation": GB}, []),
        ("limit-below-reservation", {"cpu_limit": 1.5, "cpu_reservation": 1.5}, []),
        ("limit-below-reservation", {"cpu_limit": 0.5, "cpu_reservation": 1.5},
         [f"tts: reserves 1.5 processors, and its limit is 0.5 @ tts.{CPUS}"]),
        ("limit-below-reservation", {"cpu_reservation": 1.5}, []),
        ("no-node-large-enough", {"memory_reservation": 15 * GB}, []),
        ("no-node-large-enough", {"memory_reservation": 16 << 30},
         [f"tts: reserves 16G of memory, the largest node it may run on has 15 GB @ tts.{MEMORY}"]),
        ("no-node-large-enough", {"memory_reservation": 16 << 30, "constraints": ("node.role == nobody",)}, []),
        ("no-node-large-enough", {"cpu_reservation": 16.0}, []),
        ("no-node-large-enough", {"cpu_reservation": 16.5},
         [f"tts: reserves 16.5 processors, no node that it may run on has more than 16 @ tts.{CPUS}"]),
        ("no-node-large-enough", {"cpu_reservation": 64.0, "constraints": ("node.role == nobody",)}, []),
    ],
)  # fmt: skip
def test_what_is_reserved_is_there(rule: str, fields: Fields, texts: list[str]) -> None:
    """As much as the limit and as the largest node allow is allowed, and not more."""
    assert told(rule, resources(**fields)) == texts


def test_a_node_that_says_its_processors_is_not_guessed() -> None:
    """Without the plan's word a node has as many as any machine of its memory could have."""
    nodes = tuple(replace(node, cpus=4) for node in PLAN.nodes)
    look = replace(resources(cpu_reservation=4.5), plan=replace(PLAN, nodes=nodes))
    assert told("no-node-large-enough", look) == [
        f"tts: reserves 4.5 processors, no node that it may run on has more than 4 @ tts.{CPUS}"
    ]


def test_a_planned_service_without_a_node_is_told_of_by_the_plans_own_rule() -> None:
    """And one that the plan does not name by its constraints; without nodes in the plan nothing can be told."""
    nowhere = {"constraints": ("node.labels.gpu == yes", "node.role == worker")}
    assert told("no-node", with_services(redis=nowhere)) == []
    stranger = {**nowhere, "name": "translation_probe"}
    assert told("no-node", with_services(redis=stranger)) == [
        "probe: no node meets node.labels.gpu == yes, node.role == worker @ probe.deploy.placement.constraints"
    ]
    assert told("no-node", replace(with_services(redis=stranger), plan=replace(PLAN, nodes=()))) == []


HOST_PORT = (Port(80, 9999, "tcp", "host"), Port(81, None, "tcp", "host"), Port(82, 9998, "tcp", "ingress"))


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"replicas": 3}, []),
        ({"replicas": None}, []),
        ({"replicas": 4},
         ["tts: 4 replicas each want 9999/tcp of a node of their own, and may run on 3 nodes @ tts.deploy.replicas"]),
        ({"replicas": 4, "ports": HOST_PORT[1:]}, []),
        ({"replicas": 4, "constraints": ("node.role == nobody",)}, []),
    ],
)  # fmt: skip
def test_a_host_port_is_there_once_on_each_node(fields: Fields, texts: list[str]) -> None:
    """Only one that the file names is counted: the Swarm chooses another where it does not."""
    made = {"constraints": (), "ports": HOST_PORT, **fields}
    assert told("host-ports-run-out", with_services(tts=made)) == texts


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"restart_policy": {"Condition": "any"}}, []),
        ({"restart_policy": {"Condition": "none"}},
         ["tts: restart_policy none: a replica that ends is never replaced @ tts.deploy.restart_policy.condition"]),
        ({"restart_policy": {"Condition": "none"}, "mode": "replicated-job"}, []),
        ({"restart_policy": {"Condition": "any", "MaxAttempts": 3}},
         ["tts: gives up after 3 restarts @ tts.deploy.restart_policy.max_attempts"]),
        ({"restart_policy": {"Condition": "any", "MaxAttempts": 3, "Window": 60 * NS}}, []),
        ({"restart_policy": {"Condition": "any", "MaxAttempts": 0}}, []),
    ],
)  # fmt: skip
def test_what_ends_is_started_again(fields: Fields, texts: list[str]) -> None:
    """A job ends as it should; attempts that are counted within a window begin anew."""
    assert told("never-restarted", with_services(tts=fields)) == texts


def check(test: str = "curl http://localhost:80/", **over: object) -> dict[str, object]:
    fields: dict[str, Any] = {
        "interval_s": 10.0, "timeout_s": 3.0, "retries": 3, "start_period_s": None, **over,
    }  # fmt: skip
    return {"healthcheck": Healthcheck(("CMD-SHELL", test), **fields)}


@pytest.mark.parametrize(
    ("over", "texts"),
    [
        ({"timeout_s": 10.0}, []),
        ({"timeout_s": 10.5}, ["tts: its health check may take 10.5 s, and starts every 10 s @ tts.healthcheck.timeout"]),
        ({"timeout_s": 99.0, "interval_s": None}, []),
        ({"timeout_s": None}, []),
    ],
)  # fmt: skip
def test_a_health_check_ends_before_the_next_begins(over: Fields, texts: list[str]) -> None:
    """As long as its interval is allowed; what the image itself says is not known."""
    assert told("health-slow", with_services(tts=check(**over))) == texts


@pytest.mark.parametrize(
    ("over", "monitor", "texts"),
    [
        ({"interval_s": 30.0}, 90 * NS, []),
        ({"interval_s": 30.0}, 89 * NS, ["the update is watched for 89 s, its health check fails after 3 times 30 s"]),
        ({"interval_s": 29.0}, 10 * NS, []),
        ({"interval_s": None, "retries": None}, 10 * NS,
         ["the update is watched for 10 s, its health check fails after 3 times 30 s"]),
        ({"interval_s": 60.0, "retries": 1}, None,
         ["the update is watched for 5 s, its health check fails after 1 times 60 s"]),
        ({"interval_s": 60.0, "retries": 5}, 299.5 * NS,
         ["the update is watched for 299.5 s, its health check fails after 5 times 60 s"]),
    ],
)  # fmt: skip
def test_an_update_is_watched_until_a_health_check_can_have_failed(
    over: Fields, monitor: float | None, texts: list[str]
) -> None:
    """Docker's own defaults count where the file says nothing; a check in quick turns is let be."""
    policy = {"Order": "start-first", **({} if monitor is None else {"Monitor": monitor})}
    look = with_services(tts={**check(**over), "update_config": policy})
    assert told("update-unwatched", look) == [
        f"tts: {text} @ tts.deploy.update_config.monitor" for text in texts
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"update_config": {}, **check(interval_s=60.0)},
        {"update_config": {"Order": "x"}, "healthcheck": None},
        {"update_config": {"Order": "x"}, "healthcheck": Healthcheck(("NONE",), 60.0, 3.0, 3, None)},
        {"update_config": {"Order": "x"}, "healthcheck": Healthcheck((), 60.0, 3.0, 3, None)},
    ],
)
def test_without_a_check_or_a_policy_no_update_is_watched_too_shortly(fields: Fields) -> None:
    """There is nothing that could fail later, or another rule tells of it."""
    assert told("update-unwatched", with_services(tts=fields)) == []


@pytest.mark.parametrize(
    ("fields", "room"),
    [
        ({"replicas": 5, "max_replicas": 2}, ""),
        ({"replicas": 6, "max_replicas": 2}, "6 replicas, at most 2 on each of 3 nodes"),
        ({"replicas": 7, "max_replicas": 2}, "7 replicas, at most 2 on each of 3 nodes"),
        ({"replicas": 1, "max_replicas": 1, "constraints": ("node.role == manager",)},
         "1 replicas, at most 1 on each of 1 nodes"),
        ({"replicas": 9, "max_replicas": 0}, ""),
        ({"replicas": None, "max_replicas": 1}, ""),
        ({"replicas": 6, "max_replicas": 2, "update_config": {"Order": "stop-first"}}, ""),
        ({"replicas": 6, "max_replicas": 2, "update_config": {}}, ""),
    ],
)  # fmt: skip
def test_starting_first_needs_room_for_one_more(fields: Fields, room: str) -> None:
    """With every node full the new task waits for ever; without a limit, or stopping first, it does not."""
    made = {"constraints": (), "update_config": {"Order": "start-first"}, **fields}
    where = "tts.deploy.placement.max_replicas_per_node"
    assert told("update-has-no-room", with_services(tts=made)) == (
        [f"tts: start-first with {room} @ {where}"] if room else []
    )


@pytest.mark.parametrize(("replicas", "speaks"), [(None, False), (1, False), (2, True)])
def test_several_replicas_need_an_update_policy(replicas: int | None, speaks: bool) -> None:
    """One replica is out for a moment whatever the policy."""
    found = told("update-by-default", with_services(tts={"replicas": replicas, "update_config": {}}))
    text = "tts: no update_config: one at a time, stop-first, paused on failure @ tts.deploy"
    assert found == ([text] if speaks else [])
    policy = {"replicas": replicas, "update_config": {"Parallelism": 1}}
    assert told("update-by-default", with_services(tts=policy)) == []


@pytest.mark.parametrize(
    ("mounts", "order", "speaks"),
    [
        (("volume data at /data",), "start-first", True),
        (("bind /x at /x", "volume data at /data"), "start-first", True),
        (("volume data at /data",), "stop-first", False),
        (("volume data at /data, read-only",), "start-first", False),
        (("bind /data at /data",), "start-first", False),
    ],
)
def test_two_tasks_do_not_write_to_one_volume(mounts: tuple[str, ...], order: str, speaks: bool) -> None:
    """A volume that is only read, and a file of the node, are no matter."""
    found = told(
        "data-shared-in-update", with_services(tts={"mounts": mounts, "update_config": {"Order": order}})
    )
    text = (
        "tts: start-first with volume data at /data: two tasks write to it @ tts.deploy.update_config.order"
    )
    assert found == ([text] if speaks else [])


@pytest.mark.parametrize(
    ("service", "grace", "speaks"),
    [
        ("signaling", "4.9s", True), ("signaling", "5s", False), ("traefik", "1s", True), ("mediasoup", "0s", True),
        ("redis", "1s", False), ("signaling", "1m0s", False), ("signaling", None, False),
    ],
)  # fmt: skip
def test_what_holds_sockets_has_time_to_end(service: str, grace: str | None, speaks: bool) -> None:
    """Five seconds are enough; another service is of no interest here."""
    found = told("sockets-cut", with_document(grace, "services", service, "stop_grace_period"))
    where = f"{service}.stop_grace_period"
    assert found == (
        [f"{service}: stop_grace_period {grace}: killed with its sockets open @ {where}"] if speaks else []
    )
