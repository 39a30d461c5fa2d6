"""The Docker API's JSON as values: every field where it is there, and the API's default where it is left out."""

from datetime import UTC, datetime

from fixtures.observe.swarm import parse
from fixtures.observe.swarm.state import Healthcheck, Network, Node, Pool, Service, Task, UpdateStatus
from fixtures.target.planned import Port

MOMENT = "2026-01-02T03:04:05.5Z"
AT = datetime(2026, 1, 2, 3, 4, 5, 500_000, UTC)
NEVER = "0001-01-01T00:00:00Z"
NODE = {
    "ID": "n1", "Spec": {"Labels": {"a": "b"}, "Role": "manager", "Availability": "drain"},
    "Description": {"Hostname": "h1", "Resources": {"MemoryBytes": 7}, "Engine": {"EngineVersion": "26"}},
    "Status": {"State": "ready", "Addr": "10.0.0.1"}, "ManagerStatus": {"Leader": True, "Addr": "10.0.0.9:2377"},
}  # fmt: skip
HEALTH = {
    "Test": ["CMD", "true"], "Interval": 5_000_000_000, "Timeout": 1_500_000_000, "Retries": 3,
    "StartPeriod": 2_000_000_000, "StartInterval": 500_000_000,
}  # fmt: skip
CONTAINER = {
    "Image": "web:1@sha256:00", "Env": ["A=1=2", "B"], "Labels": {"l": "c"}, "Healthcheck": HEALTH,
    "Command": ["sh"], "Args": ["-c"], "User": "1000",
    "Mounts": [
        {"Type": "volume", "Source": "v", "Target": "/v"},
        {"Type": "bind", "Source": "/s", "Target": "/b", "ReadOnly": True}, {"Type": "tmpfs", "Target": "/t"},
    ],
    "Secrets": [{"SecretName": "s", "File": {"Name": "/s"}}], "Configs": [{"ConfigName": "c"}],
}  # fmt: skip
TEMPLATE = {
    "ContainerSpec": CONTAINER, "RestartPolicy": {"Condition": "any"}, "Networks": [{"Target": "net1", "Aliases": ["web", "w"]}],
    "Resources": {
        "Limits": {"MemoryBytes": 10, "NanoCPUs": 1_500_000_000},
        "Reservations": {"MemoryBytes": 5, "NanoCPUs": 500_000_000},
    },
    "Placement": {
        "Constraints": ["node.role == manager"], "MaxReplicas": 2,
        "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.x"}}, {"Other": 1}],
    },
}  # fmt: skip
PORTS = [
    {"TargetPort": 443, "Protocol": "udp", "PublishedPort": 8443, "PublishMode": "host"},
    {"TargetPort": 80, "Protocol": "tcp"}, {"TargetPort": 22},
]  # fmt: skip
SERVICE = {
    "ID": "s1", "Version": {"Index": 4}, "CreatedAt": MOMENT, "UpdatedAt": NEVER,
    "Spec": {
        "Name": "x_web", "Labels": {"l": "s"}, "TaskTemplate": TEMPLATE, "Mode": {"Replicated": {"Replicas": 3}},
        "UpdateConfig": {"Order": "start-first"}, "RollbackConfig": {"Order": "stop-first"},
        "EndpointSpec": {"Mode": "dnsrr", "Ports": PORTS},
    },
    "Endpoint": {"Ports": [{"TargetPort": 80, "Protocol": "tcp", "PublishedPort": 30000}]},
    "UpdateStatus": {"State": "paused", "Message": "m", "StartedAt": MOMENT, "CompletedAt": NEVER},
}  # fmt: skip


def test_a_node() -> None:
    """Whole, and one of which nothing but its id is known."""
    assert parse.node(NODE) == Node(
        "n1", "h1", "10.0.0.1", {"a": "b"}, "manager", True, "ready", "drain", 7, "26"
    )
    assert parse.node({"ID": "n"}) == Node("n", "", "", {}, "worker", False, "unknown", "active", 0, "")


def test_a_manager_is_known_by_what_it_advertises() -> None:
    """Where it reports no address, every address, or loopback; a worker keeps what it reports."""
    for reported in ("", "0.0.0.0", "127.0.0.1"):
        assert parse.node({**NODE, "Status": {"Addr": reported}}).address == "10.0.0.9"
        assert parse.node({"ID": "w", "Status": {"Addr": reported}}).address == reported


def test_a_service() -> None:
    """Every field, ports sorted by protocol and number, one that the Swarm chose read from the endpoint."""
    health = Healthcheck(("CMD", "true"), 5.0, 1.5, 3, 2.0, 0.5)
    assert parse.service(SERVICE) == Service(
        id="s1", name="x_web", version=4, image="web:1", digest="sha256:00", mode="replicated", replicas=3,
        constraints=("node.role == manager",), preferences=("spread=node.labels.x",),
        ports=(Port(22, None, "tcp", "ingress"), Port(80, 30000, "tcp", "ingress"), Port(443, 8443, "udp", "host")),
        env={"A": "1=2", "B": ""}, labels={"l": "s"}, container_labels={"l": "c"}, networks=("net1",),
        endpoint_mode="dnsrr", memory_limit=10, memory_reservation=5, update_config={"Order": "start-first"},
        update_status=UpdateStatus("paused", "m", AT, None), healthcheck=health, created=AT, updated=None,
        rollback_config={"Order": "stop-first"}, restart_policy={"Condition": "any"}, command=("sh",), args=("-c",),
        mounts=("bind /s at /b, read-only", "tmpfs of its own at /t", "volume v at /v"), secrets=("s at /s",),
        configs=("c at no path",), cpu_limit=1.5, cpu_reservation=0.5, max_replicas=2, user="1000",
        aliases={"net1": ("web", "w")},
    )  # fmt: skip


def test_a_service_of_which_little_is_said() -> None:
    """The API leaves out what is empty: each field then has the API's default."""
    found = parse.service({"ID": "s", "Spec": {"Name": "n", "Mode": {"Global": {}}}})
    assert found == Service(
        id="s", name="n", version=0, image="", digest=None, mode="global", replicas=None, constraints=(),
        preferences=(), ports=(), env={}, labels={}, container_labels={}, networks=(), endpoint_mode="vip",
        memory_limit=None, memory_reservation=None, update_config={}, update_status=None, healthcheck=None,
        created=None, updated=None,
    )  # fmt: skip
    bare = {
        "ID": "s",
        "Spec": {"Name": "n", "TaskTemplate": {"ContainerSpec": {"Healthcheck": {"Test": None}}}},
    }
    assert parse.service(bare).healthcheck == Healthcheck((), None, None, None, None)
    assert parse.service(bare).mode == "replicated"
    assert parse.service({**bare, "UpdateStatus": {"State": ""}}).update_status is None
    assert parse.service({**bare, "UpdateStatus": {"State": "x"}}).update_status == UpdateStatus(
        "x", "", None, None
    )


def test_a_mount_without_a_type() -> None:
    """What the API leaves out of a mount."""
    container = {"Mounts": [{"Target": "/a"}], "Healthcheck": {"Retries": 1}}
    found = parse.service({"ID": "s", "Spec": {"Name": "n", "TaskTemplate": {"ContainerSpec": container}}})
    assert found.mounts == (" of its own at /a",)
    assert found.healthcheck == Healthcheck((), None, None, 1, None, None)


TASK = {
    "ID": "t", "ServiceID": "s1", "Slot": 2, "NodeID": "n1", "DesiredState": "running", "CreatedAt": MOMENT,
    "Spec": {"ContainerSpec": {"Image": "web:1@sha256:00"}},
    "Status": {
        "State": "failed", "Message": "m", "Err": "e", "Timestamp": MOMENT,
        "ContainerStatus": {"ExitCode": 0, "ContainerID": "c"},
    },
    "NetworksAttachments": [
        {"Network": {"ID": "i", "Spec": {"Name": "net"}}, "Addresses": ["10.0.1.5/24", "10.0.1.6/24"]},
        {"Network": {"ID": "j"}, "Addresses": ["10.0.2.5/24"]}, {"Network": {"ID": "k"}},
    ],
}  # fmt: skip


def test_a_task() -> None:
    """Every field, by the names of its service and node; of several addresses on a network the first."""
    assert parse.task(TASK, {"s1": "x_web"}, {"n1": "h1"}) == Task(
        id="t", service="x_web", slot=2, node_id="n1", node="h1", desired_state="running", state="failed",
        message="m", error="e", exit_code=0, container_id="c", addresses={"net": "10.0.1.5", "j": "10.0.2.5"},
        image="web:1", created=AT, since=AT, digest="sha256:00",
    )  # fmt: skip


def test_a_task_of_which_little_is_said() -> None:
    """An unknown service or node stands for itself; one that is not placed has no node."""
    assert parse.task({"ID": "t", "ServiceID": "s"}, {}, {}) == Task(
        id="t", service="s", slot=None, node_id=None, node=None, desired_state="unknown", state="unknown",
        message="", error="", exit_code=None, container_id=None, addresses={}, image="", created=None, since=None,
    )  # fmt: skip
    assert parse.task({"ID": "t", "ServiceID": "s", "NodeID": "n", "Slot": 0}, {}, {}).node == "n"


def test_a_network() -> None:
    """Subnets that are there, the MTU as a number, peers sorted; an answer without any of it."""
    options = {"com.docker.network.driver.mtu": "1400", "encrypted": ""}
    config = [{"Subnet": "10.0.1.0/24"}, {"Gateway": "10.0.1.1"}]
    raw = {
        "Id": "i", "Name": "n", "Driver": "overlay", "IPAM": {"Config": config}, "Options": options,
        "Peers": [{"IP": "10.0.0.2"}, {"IP": "10.0.0.1"}],
    }  # fmt: skip
    peers = ("10.0.0.1", "10.0.0.2")
    pools = (Pool("10.0.1.0/24"),)
    assert parse.network(raw) == Network("i", "n", "overlay", ("10.0.1.0/24",), 1400, True, peers, pools)
    assert parse.network({"Id": "i", "Name": "n"}) == Network("i", "n", "", (), None, False, ())
