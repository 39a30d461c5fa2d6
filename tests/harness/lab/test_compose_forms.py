"""The keys of a stack file: all that Docker knows are taken, each in its normal form, and the rest is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from lab.compose import docker_config, normal_form, reading, schema
from lab.compose.interpolation import Filled
from lab.errors import InputError
from tests.harness.samples.every_key import EVERY_KEY, OBJECTS, SERVICE

CLIENT = docker_config.client()


@pytest.fixture
def every(tmp_path: Path) -> Path:
    path = tmp_path / "stack.yml"
    path.write_text(EVERY_KEY)
    return path


def test_every_key_comes_to_its_normal_form(every: Path) -> None:
    """Each key that Docker knows, in the form that it prints."""
    document = reading.read([every], {}).document
    assert document == {"version": "3.13", "services": {"every": SERVICE}, **OBJECTS}
    assert set(SERVICE) | {"env_file"} == set(schema.SERVICE)


@pytest.mark.skipif(CLIENT is None, reason="no docker client of version 25 or later on the PATH")
def test_docker_takes_every_key_too(every: Path) -> None:
    """What our schema knows, Docker's does: nothing here is refused by its client."""
    document = reading.read([every], {}, CLIENT).document
    assert set(document["services"]["every"]) == set(SERVICE) - {
        "oom_score_adj"
    }  # taken, but not printed by 28.2
    assert {key: set(document[key]) for key in OBJECTS} == {key: set(each) for key, each in OBJECTS.items()}


@pytest.mark.parametrize("key", schema.IGNORED)
def test_a_key_that_does_nothing_is_taken(key: str, tmp_path: Path) -> None:
    """Whatever it holds; that a Swarm ignores it is said, not refused."""
    path = tmp_path / "stack.yml"
    path.write_text(f"services:\n  a:\n    image: x\n    {key}: {{b: [c]}}\n")
    assert reading.read([path], {}).ignored == (f"{path}:4: services.a.{key}: a Swarm does nothing with it",)


def wrong(service: dict[str, Any]) -> list[str]:
    """What is wrong with a service, as path and reason."""
    return [f"{'.'.join(map(str, at[2:]))}: {why}" for at, why in schema.faults({"services": {"a": service}})]


INT, NUMBER = "wanted a whole number without quotes", "wanted a number without quotes"
TEXT, BOOL = "wanted a text: put it in quotes", "wanted true or false, without quotes"
SCALAR = "wanted a text or a number (true and false need quotes)"
DURATION = 'wanted a duration, as in "10s" or "1m30s"'
MEMORY = 'wanted memory in quotes or with a unit, as in 512M or "2.5G"'
CPUS = 'wanted a number of processors in quotes, as in "0.50"'
MAPPING, LIST = (
    "wanted a mapping, as in `key: value` on lines of its own",
    "wanted a list, each element after a hyphen",
)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ({"image": 5}, f"image: 5: {TEXT}"),
        ({"command": 5}, f"command: 5: {TEXT}"),
        ({"command": [5]}, f"command.0: 5: {TEXT}"),
        ({"tty": "yes"}, f"tty: 'yes': {BOOL}"),
        ({"init": 1}, f"init: 1: {BOOL}"),
        ({"oom_score_adj": "5"}, f"oom_score_adj: '5': {INT}"),
        ({"oom_score_adj": True}, f"oom_score_adj: True: {INT}"),
        ({"oom_score_adj": 1.5}, f"oom_score_adj: 1.5: {INT}"),
        ({"healthcheck": {"retries": "3"}}, f"healthcheck.retries: '3': {NUMBER}"),
        ({"healthcheck": {"retries": True}}, f"healthcheck.retries: True: {NUMBER}"),
        ({"environment": {"A": True}}, f"environment.A: True: {SCALAR}"),
        ({"environment": {"A": [1]}}, f"environment.A: list: {SCALAR}"),
        ({"labels": [5]}, f"labels.0: 5: {TEXT}"),
        ({"stop_grace_period": 5}, f"stop_grace_period: 5: {DURATION}"),
        ({"stop_grace_period": "5"}, f"stop_grace_period: '5': {DURATION}"),
        ({"deploy": {"resources": {"limits": {"memory": 5}}}},
         f"deploy.resources.limits.memory: 5: {MEMORY}"),
        ({"deploy": {"resources": {"limits": {"memory": "5x"}}}},
         f"deploy.resources.limits.memory: '5x': {MEMORY}"),
        ({"deploy": {"resources": {"limits": {"cpus": 0.5}}}},
         f"deploy.resources.limits.cpus: 0.5: {CPUS}"),
        ({"deploy": {"resources": {"limits": {"cpus": "1.2.3"}}}},
         f"deploy.resources.limits.cpus: '1.2.3': {CPUS}"),
        ({"deploy": {"mode": "many"}},
         "deploy.mode: 'many': wanted one of replicated, global, replicated-job, global-job"),
        ({"deploy": {"endpoint_mode": "x"}}, "deploy.endpoint_mode: 'x': wanted one of vip, dnsrr"),
        ({"deploy": {"update_config": {"order": "x"}}},
         "deploy.update_config.order: 'x': wanted one of start-first, stop-first"),
        ({"deploy": {"update_config": {"failure_action": "x"}}},
         "deploy.update_config.failure_action: 'x': wanted one of continue, pause, rollback"),
        ({"deploy": {"restart_policy": {"condition": "x"}}},
         "deploy.restart_policy.condition: 'x': wanted one of none, on-failure, any"),
        ({"volumes": [{"type": "x"}]},
         "volumes.0.type: 'x': wanted one of bind, volume, tmpfs, npipe, cluster"),
        ({"ports": [{"mode": "x"}]}, "ports.0.mode: 'x': wanted one of host, ingress"),
        ({"ports": [True]},
         "ports.0: True: wanted a port, as in 80:80, 40000-40009:40000-40009/udp, or target:, published:, protocol:, mode:"),
        ({"ports": "80:80"}, f"ports: '80:80': {LIST}"),
        ({"cap_add": {"a": 1}}, f"cap_add: dict: {LIST}"),
        ({"logging": "x"}, f"logging: 'x': {MAPPING}"),
        ({"logging": {"options": []}}, f"logging.options: list: {MAPPING}"),
        ({"deploy": "x"}, f"deploy: 'x': {MAPPING}"),
        ({"image": "x" * 70, "hostname": ["x"]}, f"hostname: list: {TEXT}"),
        ({"user": 5}, f"user: 5: {TEXT}"),
        ({"ulimits": {"n": {"hard": "x"}}}, f"ulimits.n.hard: 'x': {INT}"),
        ({"secrets": [{"source": "s", "mode": "x"}]}, f"secrets.0.mode: 'x': {NUMBER}"),
        ({"prots": [1]}, "prots: list: unknown key: did you mean ports?"),
        ({"deploy": {"zzz": 1}},
         "deploy.zzz: 1: unknown key: known here are mode, endpoint_mode, replicas, labels, update_config, "
         "rollback_config, resources, restart_policy, placement"),
        *(({key: 1}, f"{key}: 1: a Swarm does not know this key: use {instead}")
          for key, instead in schema.FORBIDDEN.items()),
        ({"x-own": object, "deploy": None, "environment": {"A": None}, "ports": [80]}, None),
        ({"networks": {"a": None}}, None),
        ({"oom_score_adj": Filled("5"), "tty": Filled("Yes"), "healthcheck": {"retries": Filled("3")}}, None),
        ({"tty": Filled("maybe")}, f"tty: 'maybe': {BOOL}"), ({"oom_score_adj": Filled("x")}, f"oom_score_adj: 'x': {INT}"),
        ({"hostname": 12345678901234567890123456789012345678901234567890123456789012345},
         f"hostname: 123456789012345678901234567890123456789012345678901234567...: {TEXT}"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_is_wanted(service: dict[str, Any], said: str | None) -> None:
    """The key's path, the value in short, and the form that Docker wants."""
    assert wrong(service) == ([] if said is None else [said])


def test_all_faults_are_found_in_their_order() -> None:
    """One is no reason not to look for the next."""
    assert [line.partition(":")[0] for line in wrong({"a": 1, "image": 5, "deploy": {"replicas": "x"}})] == [
        "a", "image", "deploy.replicas",
    ]  # fmt: skip
    assert list(schema.faults({"services": []})) == [(("services",), f"list: {MAPPING}")]


@pytest.mark.parametrize(
    ("path", "seen"),
    [("a/../b", "b"), ("./a", "a"), ("../a", "../a"), ("/else/where", "/else/where"), ("~/x", "/home/me/x")],
)
def test_a_path_is_seen_from_the_stacks_folder(
    path: str, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside it from there, elsewhere as it is given."""
    monkeypatch.setenv("HOME", "/home/me")
    assert normal_form.relative(path, tmp_path) == seen
    assert normal_form.relative(str(tmp_path / "in" / "it"), tmp_path) == "in/it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('    command: run "x\n', "services.a.command: is no command line: No closing quotation"),
        ("    env_file: [none.env]\n", "services.a.env_file: none.env: cannot be read: No such file or directory; put it beside"),
        ("    env_file: latin.env\n", "services.a.env_file: latin.env: cannot be read: it is no UTF-8 text"),
        ("    volumes: ['a:b:c:d']\n", "services.a.volumes.0: 'a:b:c:d' is no volume"),
    ],
)  # fmt: skip
def test_what_has_no_normal_form_is_named(text: str, said: str, tmp_path: Path) -> None:
    """File, line and key."""
    (tmp_path / "latin.env").write_bytes(b"A=\xe9\n")
    path = tmp_path / "stack.yml"
    path.write_text(f"services:\n  a:\n    image: x\n{text}")
    with pytest.raises(InputError) as caught:
        reading.read([path], {})
    assert str(caught.value).startswith(f"{path}:4: {said}")


def test_texts_that_variables_were_filled_into_are_plain(tmp_path: Path) -> None:
    """Numbers, booleans and memory by a variable; nothing of how they came remains in the document."""
    path = tmp_path / "stack.yml"
    path.write_text(
        "services:\n  a:\n    image: $I\n    env_file: [one.env, two.env]\n    networks: [n]\n"
        "    volumes: [{type: bind, source: /x, target: /y, read_only: '${T}'}]\n"
        "    healthcheck: {disable: '${T}'}\n"
        "    deploy: {replicas: '${N}', placement: {max_replicas_per_node: '${N}'}}\nnetworks: {n: {external: '${T}'}}\n"
    )
    (tmp_path / "one.env").write_text("A=1\nB=1\n")
    (tmp_path / "two.env").write_text("  B=2\nC\n")
    document = reading.read([path], {"I": "x", "T": "True", "N": "3", "C": "mine"}).document
    service = document["services"]["a"]
    assert type(service["image"]) is str
    assert service["environment"] == {"A": "1", "B": "2", "C": "mine"}
    assert (service["volumes"][0]["read_only"], service["healthcheck"]["disable"]) == (True, True)
    assert service["deploy"] == {"replicas": 3, "placement": {"max_replicas_per_node": 3}}
    assert document["networks"] == {"n": {"external": True, "name": "n"}}
    assert service["networks"] == {"n": None}
    assert document["version"] == "3.12"
