"""What an engine 26.1.5 answered to `docker stack deploy`, kind by kind: we refuse what it refuses, and nothing else."""

from pathlib import Path

import pytest

from lab.compose import reading
from lab.errors import InputError

TAKEN = {
    "a rollback policy is not looked at": "deploy: {rollback_config: {max_failure_ratio: 1.5, delay: -1s}}",
    "a job with a rollback policy": "deploy: {mode: replicated-job, rollback_config: {parallelism: 1}}",
    "a constraint on what no node has": "deploy: {placement: {constraints: [node.foo==b]}}",
    "a value with a space": "deploy: {placement: {constraints: [node.role == man ager]}}",
    "a reservation above the limit": "deploy: {resources: {limits: {memory: 10M}, reservations: {memory: 20M}}}",
    "4 MiB": "deploy: {resources: {limits: {memory: 4M}}}",
    "a thousandth of a processor": "deploy: {resources: {limits: {cpus: '0.001'}}}",
    "an interval of 1 ms": "healthcheck: {test: 'true', interval: 1ms}",
    "a mode in capitals": "deploy: {endpoint_mode: VIP}",
    "a port above all ports": "ports: [{target: 70000, published: 70000}]",
    "one number by TCP and by UDP": "ports: ['8080:80', '8080:80/udp']",
    "one path in two spellings": "volumes: [{type: tmpfs, target: /d}, {type: tmpfs, target: /d/}]",
    "a propagation in capitals": "volumes: [{type: bind, source: /tmp, target: /d, bind: {propagation: RSHARED}}]",
    "a template in the command": "command: ['{{.Foo}}']",
    "an image of 255 characters": f"image: example.org/{'a' * 255}",
}
REFUSED = {
    "a job with an update policy": "deploy: {mode: replicated-job, update_config: {}}",
    "no constraint": "deploy: {placement: {constraints: [node.role>=manager]}}",
    "two comparisons": "deploy: {placement: {constraints: [node.role == manager == x]}}",
    "a key of one letter": "deploy: {placement: {constraints: [n==b]}}",
    "a byte below 4 MiB": "deploy: {resources: {limits: {memory: 4194303b}}}",
    "half a thousandth": "deploy: {resources: {reservations: {cpus: '0.0005'}}}",
    "a negative delay": "deploy: {update_config: {delay: -1s}}",
    "a negative ratio": "deploy: {update_config: {max_failure_ratio: -0.1}}",
    "a negative window": "deploy: {restart_policy: {window: -1s}}",
    "an interval of 999 us": "healthcheck: {test: 'true', interval: 999us}",
    "dnsrr with the mesh": "ports: ['80:80']\n    deploy: {endpoint_mode: dnsrr}",
    "one port in both modes": "ports: [{target: 80, published: 8080, mode: host}, {target: 80, published: 8080}]",
    "one path twice": "volumes: [{type: tmpfs, target: /d}, {type: tmpfs, target: /d}]",
    "no propagation": "volumes: [{type: bind, source: /tmp, target: /d, bind: {propagation: foo}}]",
    "an image of 256 characters": f"image: example.org/{'a' * 256}",
}
SUBNETS = {
    "10.77.0.0/16": True,
    "fd00::/64": True,
    "10.10.0.5/24": False,
    "10.10.0.0": False,
    "10.10.0.0/33": False,
}


def read(folder: Path, body: str, top: str = "") -> None:
    image = "" if body.startswith("image:") else "image: x\n    "
    (folder / "stack.yml").write_text(f"services:\n  a:\n    {image}{body}\n{top}\n", "utf-8")
    reading.read([folder / "stack.yml"], {})


@pytest.mark.parametrize("what", TAKEN)
def test_what_the_engine_takes(what: str, tmp_path: Path) -> None:
    """It may be wrong all the same, and then a rule says so."""
    read(tmp_path, TAKEN[what])


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_engine_refuses(what: str, tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(InputError):
        read(tmp_path, REFUSED[what])


@pytest.mark.parametrize("subnet", SUBNETS)
def test_subnets(subnet: str, tmp_path: Path) -> None:
    """A subnet is written by its own address, with the length."""
    top = f"networks: {{n: {{ipam: {{config: [{{subnet: '{subnet}'}}]}}}}}}"
    if SUBNETS[subnet]:
        read(tmp_path, "networks: [n]", top)
    else:
        with pytest.raises(InputError, match="invalid subnet"):
            read(tmp_path, "networks: [n]", top)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("deploy: {restart_policy: {window: -1s}}", "services.a.deploy.restart_policy.window"),
        ("deploy: {restart_policy: {delay: -1s}}", "services.a.deploy.restart_policy.delay"),
        ("environment: {A: '{{.Foo}}'}", "services.a.environment.A"),
        ("hostname: '{{.Foo}}'", "services.a.hostname"),
    ],
)
def test_a_refusal_names_its_key(body: str, key: str, tmp_path: Path) -> None:
    """So that the file can be corrected where it is wrong."""
    with pytest.raises(InputError, match=rf"stack\.yml:4: {key}: "):
        read(tmp_path, body)
