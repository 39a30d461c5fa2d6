"""Answers of the Docker API in the shape an engine gives them, for the tests that need no engine."""

from typing import Any

Json = dict[str, Any]
NODES = {"n1": "translation01", "n2": "translation02", "n3": "translation03"}
DIGEST = "@sha256:" + "0" * 64


def node(id_: str, state: str = "ready", availability: str = "active") -> Json:
    name, manager = NODES[id_], id_ == "n1"
    return {
        "ID": id_,
        "Spec": {
            "Labels": {"instance": name},
            "Role": "manager" if manager else "worker",
            "Availability": availability,
        },
        "Description": {
            "Hostname": name,
            "Resources": {"NanoCPUs": 2000000000, "MemoryBytes": 15 * 2**30},
            "Engine": {"EngineVersion": "26.1.5"},
        },
        "Status": {"State": state, "Addr": "0.0.0.0" if manager else f"172.28.0.1{id_[1]}"},
        **(
            {"ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "172.28.0.11:2377"}}
            if manager
            else {}
        ),
    }


def service(name: str, replicas: int = 1, **spec: Any) -> Json:  # noqa: ANN401
    """`spec` may hold constraints, ports (target, published, protocol, mode) and update (a state)."""
    ports = [
        {"Protocol": c, "TargetPort": t, "PublishedPort": p, "PublishMode": m}
        for t, p, c, m in spec.get("ports", ())
    ]
    update = spec.get("update")
    return {
        "ID": f"id-{name}",
        "Version": {"Index": 42},
        "CreatedAt": "2026-11-23T16:00:00.123456789Z",
        "UpdatedAt": "2026-11-23T16:00:01.123456789Z",
        "Spec": {
            "Name": f"translation_{name}",
            "Labels": {"com.docker.stack.namespace": "translation", "traefik.enable": "true"},
            "TaskTemplate": {
                "ContainerSpec": {
                    "Image": f"jbcalling-lab/{name}:latest{DIGEST}",
                    "Labels": {"com.docker.stack.namespace": "translation"},
                    "Env": ["PORT=80", "TOKEN=a=b", "BARE"],
                    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5000000000, "Retries": 3},
                },
                "Resources": {"Limits": {"MemoryBytes": 2**27}, "Reservations": {"MemoryBytes": 2**26}},
                "Placement": {
                    "Constraints": spec.get("constraints", []),
                    "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.instance"}}],
                },
                "Networks": [{"Target": "net1", "Aliases": [name]}],
            },
            "Mode": {"Replicated": {"Replicas": replicas}},
            "UpdateConfig": {"Parallelism": 1, "Order": "start-first"},
            "EndpointSpec": {"Mode": "dnsrr", "Ports": ports},
        },
        "Endpoint": {"Spec": {}, "Ports": ports},
        **({"UpdateStatus": {"State": update, "Message": "update paused due to x"}} if update else {}),
    }


def task(
    id_: str,
    name: str,
    slot: int,
    node_id: str | None,
    state: str = "running",
    **more: Any,  # noqa: ANN401
) -> Json:
    """`more` may hold desired, error, created (seconds within the minute) and address."""
    desired, created = more.get("desired", "running"), more.get("created", 0)
    return {
        "ID": id_,
        "CreatedAt": f"2026-11-23T16:01:{created:02d}.5Z",
        "ServiceID": f"id-{name}",
        "Slot": slot,
        "NodeID": node_id or "",
        "DesiredState": desired,
        "Spec": {"ContainerSpec": {"Image": f"jbcalling-lab/{name}:latest{DIGEST}"}},
        "Status": {
            "Timestamp": "2026-11-23T16:01:05Z",
            "State": state,
            "Message": "started",
            **({"Err": more["error"]} if "error" in more else {}),
            "ContainerStatus": {"ContainerID": f"c-{id_}", "PID": 1, "ExitCode": more.get("code", 0)},
        },
        "NetworksAttachments": [
            {
                "Network": {"ID": "net1", "Spec": {"Name": "translation_frontend"}},
                "Addresses": [more.get("address", "10.0.1.5") + "/24"],
            }
        ],
    }


NETWORK: Json = {
    "Name": "translation_frontend",
    "Id": "net1",
    "Scope": "swarm",
    "Driver": "overlay",
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.0.1.0/24", "Gateway": "10.0.1.1"}]},
    "Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097", "encrypted": ""},
    "Peers": [{"Name": "a", "IP": "172.28.0.12"}, {"Name": "b", "IP": "172.28.0.11"}],
}


def frame(stream: int, text: str) -> bytes:
    payload = text.encode()
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


LOGGED = (
    "2026-11-23T16:02:0{second}.000000001Z com.docker.swarm.node.id=n1,com.docker.swarm.task.id=t1 {text}\n"
)
