"""What runs against its file: nothing when fresh, one line for each thing changed by hand, no secret shown."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.judge.drift import drifts, familiar, ranges
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.declared import services_of
from fixtures.observe.swarm.state import Service, SwarmState
from lab.compose import reading

RECORDED = Path(__file__).parents[1] / "recorded"
STACK = "translation"
Json = dict[str, Any]


def recorded() -> Json:
    """What a Swarm said of three services that had just been deployed, and of its networks."""
    recording: Json = json.loads((RECORDED / "swarm.json").read_text())
    return recording


def state(recording: Json) -> SwarmState:
    services = tuple(parse.service(each) for each in recording["services"])
    networks = tuple(parse.network(each) for each in recording["networks"])
    return SwarmState(datetime.now(UTC), (), services, (), networks)


@pytest.fixture(scope="module")
def in_file() -> tuple[Service, ...]:
    """The same services as the file has them that was deployed."""
    return services_of(reading.read([RECORDED / "stack.yml"], {}).document, STACK)


def spec(recording: Json, name: str) -> Json:
    found: Json = next(
        each["Spec"] for each in recording["services"] if each["Spec"]["Name"] == f"{STACK}_{name}"
    )
    return found


def container(recording: Json) -> Json:
    found: Json = spec(recording, "frontend")["TaskTemplate"]["ContainerSpec"]
    return found


def test_a_fresh_deploy_has_none(in_file: tuple[Service, ...]) -> None:
    """Defaults filled in, digests stripped, lists as sets: what was just deployed is what its file says."""
    assert len(in_file) == 3
    assert drifts(in_file, state(recorded()), STACK) == ()


def test_the_order_of_lists_and_digests_say_nothing(in_file: tuple[Service, ...]) -> None:
    """What an engine turns round or adds by itself is no drift."""
    recording = recorded()
    for each in recording["services"]:
        each["Spec"]["EndpointSpec"].get("Ports", []).reverse()
        each["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] = list(
            reversed(each["Spec"]["TaskTemplate"]["ContainerSpec"].get("Env", []))
        )
        each["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] += "@sha256:" + "0" * 64
    assert drifts(in_file, state(recording), STACK) == ()


def constrain(recording: Json) -> None:
    spec(recording, "frontend")["TaskTemplate"]["Placement"] = {
        "Constraints": ["node.labels.instance==translation03"]
    }


def unpublish(recording: Json) -> None:
    del spec(recording, "mediasoup")["EndpointSpec"]["Ports"][-1]


def attach(recording: Json) -> None:
    other = next(network["Id"] for network in recording["networks"] if network["Name"].endswith("backend"))
    spec(recording, "frontend")["TaskTemplate"]["Networks"].append({"Target": other})


CHANGES: list[tuple[str, Callable[[Json], object], str]] = [
    ("constraint", constrain,
     "translation_frontend: constraints: the file has nothing, running node.labels.instance == translation03"),
    ("replicas", lambda t: spec(t, "frontend")["Mode"]["Replicated"].update(Replicas=2),
     "translation_frontend: replicas: the file has 3, running 2"),
    ("env", lambda t: container(t)["Env"].append("MORE=1"),
     "translation_frontend: environment MORE: the file has nothing, running '1'"),
    ("image", lambda t: container(t).update(Image="jbcalling-lab/frontend:old"),
     "running jbcalling-lab/frontend:old"),
    ("memory", lambda t: spec(t, "frontend")["TaskTemplate"]["Resources"]["Limits"].update(MemoryBytes=200 << 20),
     "translation_frontend: memory limit: the file has 128M, running 200M"),
    ("label", lambda t: spec(t, "frontend")["Labels"].update({"traefik.enable": "false"}),
     "translation_frontend: label traefik.enable: the file has 'true', running 'false'"),
    ("port", unpublish, "translation_mediasoup: published ports: the file has 40000-40009->40000-40009/udp host, "
     "running 40000-40008->40000-40008/udp host"),
    ("network", attach,
     "translation_frontend: networks: the file has translation_frontend, running translation_backend, translation_frontend"),
    ("update", lambda t: spec(t, "frontend")["UpdateConfig"].update(Parallelism=2),
     "translation_frontend: update_config Parallelism: the file has 1, running 2"),
    ("restart", lambda t: spec(t, "frontend")["TaskTemplate"]["RestartPolicy"].update(Condition="none"),
     "translation_frontend: restart_policy Condition: the file has any, running none"),
    ("health", lambda t: container(t)["Healthcheck"].update(Interval=9 * 10**9),
     "translation_frontend: health check interval: the file has 10s, running 9s"),
    ("preference", lambda t: spec(t, "frontend")["TaskTemplate"].update(
        Placement={"Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}]}),
     "translation_frontend: placement preferences: the file has nothing, running spread=node.labels.zone"),
    ("per node", lambda t: spec(t, "frontend")["TaskTemplate"].update(Placement={"MaxReplicas": 1}),
     "translation_frontend: replicas per node: the file has unlimited, running 1"),
    ("user", lambda t: container(t).update(User="0:0"), "translation_frontend: user: the file has nothing, running 0:0"),
    ("entrypoint", lambda t: container(t).update(Command=["sh", "-c"]),
     "translation_frontend: entrypoint: the file has nothing, running sh -c"),
    ("endpoint", lambda t: spec(t, "frontend")["EndpointSpec"].update(Mode="vip"),
     "translation_frontend: endpoint mode: the file has dnsrr, running vip"),
    ("reservation", lambda t: spec(t, "frontend")["TaskTemplate"]["Resources"]["Reservations"].update(MemoryBytes=1000),
     "translation_frontend: memory reservation: the file has 64M, running 1000B"),
    ("processors", lambda t: spec(t, "frontend")["TaskTemplate"]["Resources"]["Limits"].update(NanoCPUs=1_500_000_000),
     "translation_frontend: processor limit: the file has nothing, running 1.5"),
    ("reserved processors",
     lambda t: spec(t, "frontend")["TaskTemplate"]["Resources"]["Reservations"].update(NanoCPUs=250_000_000),
     "translation_frontend: processor reservation: the file has nothing, running 0.25"),
    ("container label", lambda t: container(t)["Labels"].update(a="b"),
     "translation_frontend: container label a: the file has nothing, running 'b'"),
    ("command", lambda t: container(t).update(Args=["sh"]), "translation_frontend: command: the file has nothing, running sh"),
    ("secret", lambda t: spec(t, "traefik")["TaskTemplate"]["ContainerSpec"]["Secrets"].pop(),
     "translation_traefik: secrets: the file has"),
    ("mount", lambda t: spec(t, "traefik")["TaskTemplate"]["ContainerSpec"]["Mounts"].pop(),
     "translation_traefik: mounts: the file has bind /var/run/docker.sock at /var/run/docker.sock, read-only, running nothing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
def test_one_change_is_one_line(
    change: Callable[[Json], object], line: str, in_file: tuple[Service, ...]
) -> None:
    """Each thing that `docker service update` can change by hand shows once, with both values."""
    recording = recorded()
    change(recording)
    (found,) = drifts(in_file, state(recording), STACK)
    assert line in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize("value", ["hunter2hunter2", "redis://user:hunter2hunter2@redis:6379"])
def test_secrets_are_masked(value: str, in_file: tuple[Service, ...]) -> None:
    """A changed secret shows that it changed, in a field of that name or in an address, and never what it is."""
    recording = recorded()
    name = "API_URL" if "://" in value else "DB_PASSWORD"
    container(recording)["Env"] = [
        each for each in container(recording)["Env"] if not each.startswith(name)
    ] + [f"{name}={value}"]
    (found,) = drifts(in_file, state(recording), STACK)
    assert "hunter2" not in str(found)
    assert "***" in found.running


def test_two_secrets_that_differ_are_told_apart(in_file: tuple[Service, ...]) -> None:
    """Where the mask makes both alike, the line says that they are not."""
    recording = recorded()
    container(recording)["Env"].append("TOKEN=one-of-them")
    wanted = services_of(_with_token("another"), STACK)
    (found,) = drifts(wanted, state(recording), STACK)
    assert (found.file, found.running) == ("***", "*** (another value)")


def _with_token(value: str) -> Json:
    document = copy.deepcopy(dict(reading.read([RECORDED / "stack.yml"], {}).document))
    document["services"]["frontend"]["environment"]["TOKEN"] = value
    return document


def test_services_of_one_side_only_are_told(in_file: tuple[Service, ...]) -> None:
    """A service that the file lacks, or that is not deployed, is one line; another stack's is none."""
    recording = recorded()
    spec(recording, "traefik")["Name"] = f"{STACK}_stray"
    other = copy.deepcopy(recording["services"][0])
    other["Spec"]["Name"], other["Spec"]["Labels"] = "other_web", {"com.docker.stack.namespace": "other"}
    recording["services"].append(other)
    lines = [str(found) for found in drifts(in_file, state(recording), STACK)]
    assert lines == [
        "translation_traefik: service: the file has it, running nothing",
        "translation_stray: service: the file has nothing, running it",
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("nginx", "docker.io/library/nginx:latest"), ("h:5000/a", "h:5000/a:latest")]
)
def test_names_of_images_are_compared_as_docker_means_them(one: str, other: str) -> None:
    """A tag that is left out is `latest`; the hub's own name may be left out too."""
    assert familiar(one) == familiar(other)


def test_ports_are_told_as_ranges() -> None:
    """Neighbours are one range, whatever order they come in; another protocol or mode is apart."""
    published = [
        "81->81/tcp host",
        "3->3/udp host",
        "80->80/tcp host",
        "2->2/udp host",
        "9->8/tcp ingress",
        "?->7/tcp host",
    ]
    assert ranges(published) == "80-81->80-81/tcp host, 9->8/tcp ingress, 2-3->2-3/udp host, ?->7/tcp host"


@pytest.mark.parametrize(
    ("keys", "networks"),
    [({}, ("translation_default",)), ({"networks": ["n", "own"]}, ("given", "translation_own"))],
)
def test_networks_have_the_names_that_a_deploy_gives(keys: Json, networks: tuple[str, ...]) -> None:
    """A service without networks is on the stack's default; a network of another name has that one."""
    document = {"services": {"web": {"image": "x", **keys}}, "networks": {"n": {"name": "given"}, "own": {}}}
    assert services_of(document, STACK)[0].networks == networks


def test_the_nodes_own_network_is_no_drift() -> None:
    """`host` stands in the spec by an id that no list names; it is not taken for another network."""
    recording = recorded()
    document = dict(reading.read([RECORDED / "stack.yml"], {}).document)
    document["networks"] = {**document["networks"], "host": {"external": True, "name": "host"}}
    document["services"]["frontend"]["networks"] = {"host": None}
    spec(recording, "frontend")["TaskTemplate"]["Networks"] = [{"Target": "id-of-host"}]
    assert drifts(services_of(document, STACK), state(recording), STACK) == ()
    spec(recording, "frontend")["TaskTemplate"]["Networks"] = [{"Target": recording["networks"][0]["Id"]}]
    assert [found.field for found in drifts(services_of(document, STACK), state(recording), STACK)] == [
        "networks"
    ]
