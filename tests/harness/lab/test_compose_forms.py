"""The keys of a stack file: all that Docker knows are taken, each in its normal form, and the rest is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from lab.compose import docker_config, normal_form, reading, schema
from lab.compose.yaml_scalars import Timestamp
from lab.errors import InputError
from lab.named_files import caps
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


@pytest.mark.skipif(
    CLIENT is None, reason="not exercised: no docker client of version 25 or later on the PATH"
)
def test_docker_takes_every_key_too(every: Path) -> None:
    """What our schema knows, Docker's does: nothing here is refused by its client, and all comes out the same."""
    assert reading.read([every], {}, CLIENT).document == reading.read([every], {}).document


FORMS = {
    "build": ".", "depends_on": "[b]", "devices": "[b]", "expose": "[80]", "external_links": "[b]", "links": "[b]",
    "oom_score_adj": "5", "privileged": "true", "security_opt": "[b]",
}  # fmt: skip


@pytest.mark.parametrize("key", schema.IGNORED)
def test_a_key_that_does_nothing_is_taken(key: str, tmp_path: Path) -> None:
    """That a Swarm ignores it is said, not refused."""
    path = tmp_path / "stack.yml"
    path.write_text(
        f"services:\n  a:\n    image: x\n    {key}: {FORMS.get(key, 'no')}\n    deploy: {{restart_policy: {{}}}}\n"
    )
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
        ({"healthcheck": {"retries": "3"}}, f"healthcheck.retries: '3': {NUMBER}, 0 or more"),
        ({"healthcheck": {"retries": True}}, f"healthcheck.retries: True: {NUMBER}, 0 or more"),
        ({"environment": {"A": True}}, f"environment.A: True: {SCALAR}"),
        ({"environment": {"A": [1]}}, f"environment.A: a list: {SCALAR}"),
        ({"labels": [5]}, f"labels.0: 5: {TEXT}"),
        ({"stop_grace_period": 5}, f"stop_grace_period: 5: {DURATION}"),
        ({"stop_grace_period": "5"}, f"stop_grace_period: '5': {DURATION}"),
        ({"deploy": {"resources": {"limits": {"memory": 5}}}},
         f"deploy.resources.limits.memory: 5: {MEMORY}"),
        ({"deploy": {"resources": {"limits": {"memory": "5x"}}}},
         f"deploy.resources.limits.memory: '5x': {MEMORY}"),
        ({"deploy": {"resources": {"limits": {"cpus": 0.5}}}},
         f"deploy.resources.limits.cpus: 0.5: {CPUS}"),
        ({"deploy": {"mode": 5}}, f"deploy.mode: 5: {TEXT}"),
        ({"deploy": {"replicas": -1}}, f"deploy.replicas: -1: {INT}, 0 or more"),
        ({"deploy": {"replicas": 1.5}}, f"deploy.replicas: 1.5: {INT}, 0 or more"),
        ({"configs": [{"source": "c", "mode": -1}]}, f"configs.0.mode: -1: {NUMBER}, 0 or more"),
        ({"environment": ["A=1", "A=1"]}, "environment.1: 'A=1': stands twice in the list: keep one of them"),
        ({"environment": {"": "x"}},
         "environment.: is no name: use letters, digits, '.', '_' and '-', as in (?s).+"),
        ({"depends_on": {"b": {}}}, f"depends_on: a mapping: {LIST}"), ({"shm_size": 5}, f"shm_size: 5: {TEXT}"),
        ({"volumes": [{"target": "/x"}]}, "volumes.0.type: is missing"),
        ({"image": Timestamp("2024-01-01")}, f"image: '2024-01-01': {TEXT}"),
        ({"placement": 1}, "placement: 1: unknown key: known here are " + ", ".join({**schema.SERVICE, **schema.IGNORED})),
        ({"logging": {"x-l": 1}},
         "logging.x-l: 1: unknown key: keys of your own may stand in services and at the top, not here"),
        ({"deploy": {"update_config": {"order": "x"}}},
         "deploy.update_config.order: 'x': wanted one of start-first, stop-first"),
        ({"ports": [True]},
         "ports.0: True: wanted a port, as in 80:80, 40000-40009:40000-40009/udp, or target:, published:, protocol:, mode:"),
        ({"ports": "80:80"}, f"ports: '80:80': {LIST}"),
        ({"cap_add": {"a": 1}}, f"cap_add: a mapping: {LIST}"),
        ({"logging": "x"}, f"logging: 'x': {MAPPING}"),
        ({"logging": {"options": []}}, f"logging.options: a list: {MAPPING}"),
        ({"deploy": "x"}, f"deploy: 'x': {MAPPING}"),
        ({"image": "x" * 70, "hostname": ["x"]}, f"hostname: a list: {TEXT}"),
        ({"user": 5}, f"user: 5: {TEXT}"),
        ({"ulimits": {"n": {"hard": "x", "soft": 1}}}, f"ulimits.n.hard: 'x': {INT}"),
        ({"ulimits": {"n": {"hard": 1}}}, "ulimits.n.soft: is missing"), ({"ulimits": {"n": 5.0}}, f"ulimits.n: 5.0: {INT}"),
        ({"secrets": [{"source": "s", "mode": "x"}]}, f"secrets.0.mode: 'x': {NUMBER}, 0 or more"),
        ({"prots": [1]}, "prots: a list: unknown key: did you mean ports?"),
        ({"deploy": {"zzz": 1}},
         "deploy.zzz: 1: unknown key: known here are mode, endpoint_mode, replicas, labels, update_config, "
         "rollback_config, resources, restart_policy, placement"),
        *(({key: 1}, f"{key}: 1: a Swarm does not know this key: use {instead}")
          for key, instead in schema.FORBIDDEN.items()),
        ({"x-own": object, "deploy": None, "environment": {"A": None}, "ports": [80]}, None),
        ({"networks": {"a": None}}, None),
        ({"deploy": {"replicas": 3.0, "mode": "many"}, "environment": {"A": Timestamp("2024-01-01")}}, None),
        ({"hostname": 12345678901234567890123456789012345678901234567890123456789012345},
         f"hostname: 123456789012345678901234567890123456789012345678901234567...: {TEXT}"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_is_wanted(service: dict[str, Any], said: str | None) -> None:
    """The key's path, the value in short, and the form that Docker wants."""
    assert wrong(service) == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("minor", "service"),
    [
        (1, {"ports": [{"target": 80}]}), (1, {"volumes": [{"type": "bind"}]}), (0, {"secrets": ["s"]}), (2, {"configs": ["c"]}),
        (3, {"healthcheck": {"start_period": "1s"}}), (11, {"healthcheck": {"start_interval": "1s"}}), (6, {"init": True}),
        (6, {"x-own": 1}), (6, {"deploy": {"rollback_config": {}}}), (3, {"deploy": {"update_config": {"order": "stop-first"}}}),
        (7, {"deploy": {"placement": {"max_replicas_per_node": 1}}}), (8, {"deploy": {"resources": {"limits": {"pids": 1}}}}),
        (10, {"build": {"context": ".", "platforms": []}}), (12, {"networks": {"n": {"driver_opts": {}}}}),
        (12, {"oom_score_adj": 1}), (4, {"isolation": "x"}), (7, {"credential_spec": {"config": "c"}}),
        (8, {"cgroupns_mode": "x"}),
        (1, {"deploy": {"endpoint_mode": "vip"}}), (5, {"volumes": [{"type": "tmpfs", "tmpfs": {"size": 1}}]}),
    ],
)  # fmt: skip
def test_a_key_is_there_from_its_version_on(minor: int, service: dict[str, Any]) -> None:
    """3.`minor` does not have it, the next one does."""
    document = {"services": {"a": service}}
    assert len(list(schema.faults(document, minor))) == 1
    assert not list(schema.faults(document, minor + 1))


def test_all_faults_are_found_in_their_order() -> None:
    """One is no reason not to look for the next."""
    assert [line.partition(":")[0] for line in wrong({"a": 1, "image": 5, "deploy": {"replicas": "x"}})] == [
        "a", "image", "deploy.replicas",
    ]  # fmt: skip
    assert list(schema.faults({"services": []})) == [(("services",), f"a list: {MAPPING}")]


@pytest.mark.parametrize(
    ("path", "seen"), [("a/../b", "b"), ("./a", "a"), ("/else/where", "/else/where"), (".", ".")]
)
def test_a_path_is_seen_from_the_stacks_folder(path: str, seen: str, tmp_path: Path) -> None:
    """Inside it from there, elsewhere from the root."""
    assert normal_form.relative(path, tmp_path) == seen
    assert normal_form.relative(str(tmp_path / "in" / "it"), tmp_path) == "in/it"
    assert normal_form.relative("../a", tmp_path) == str(tmp_path.parent / "a")


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("~/x:/t", "/home/me/x"),
        ("~you/x:/t", "/home/meyou/x"),
        ("./x:/t", "x"),
        ("C:\\x:/t", "C:\\x"),
        ("/a/../x:/t", "/a/../x"),
    ],
)
def test_a_bind_mount_is_a_path_of_the_node(written: str, source: str, tmp_path: Path) -> None:
    """Home is that of the environment, as text; a path of Windows and one from the root stay."""
    path = tmp_path / "stack.yml"
    path.write_text(f"services:\n  a:\n    image: x\n    volumes: ['{written}']\n")
    (volume,) = reading.read([path], {"HOME": "/home/me"}).document["services"]["a"]["volumes"]
    assert volume == {"type": "bind", "source": source, "target": "/t"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('    command: run "x\n', "services.a.command: is no command line: a quote is not closed"),
        ("    env_file: [none.env]\n", "services.a.env_file: none.env: cannot be read: No such file or directory; put it beside"),
        ("    env_file: latin.env\n", "services.a.env_file: latin.env: cannot be read: it is no UTF-8 text"),
        ("    volumes: ['ab:/b:cc:dd']\n", "services.a.volumes.0: 'ab:/b:cc:dd' is no volume"),
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
    assert document["version"] == "3.13"


def test_the_port_that_is_one_too_many_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its place in the file, and how many may be."""
    monkeypatch.setattr(caps, "MOST_PORTS", 3)
    file = tmp_path / "stack.yml"
    file.write_text("services:\n  a:\n    image: x\n    ports: ['1-2:1-2', '5-6:5-6']\n")
    said = r"services\.a\.ports\.1: with it the file publishes more than 3 ports"
    with pytest.raises(InputError, match=said):
        reading.read([file], {})


def test_the_layer_that_is_one_too_many_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file that names it, and how many may be laid over each other."""
    monkeypatch.setattr(caps, "MOST_LAYERS", 2)
    (tmp_path / "c.yml").write_text("services: {a: {image: x}}\n")
    (tmp_path / "b.yml").write_text(f"{reading.OVER}: c.yml\nservices: {{a: {{image: y}}}}\n")
    (tmp_path / "a.yml").write_text(f"{reading.OVER}: b.yml\nservices: {{a: {{image: z}}}}\n")
    assert reading.read([tmp_path / "b.yml"], {}).document["services"]["a"]["image"] == "y"
    with pytest.raises(InputError, match=r"b\.yml:1: .*c\.yml: more than 2 files laid over each other"):
        reading.read([tmp_path / "a.yml"], {})


def test_keys_of_other_formats() -> None:
    """Written out here too: each of these is one that people bring along from Compose."""
    assert set(schema.FORBIDDEN) == {
        "mem_limit", "mem_reservation", "memswap_limit", "cpus", "cpu_shares", "cpu_quota", "cpuset", "scale", "volumes_from",
        "volume_driver", "extends",
    }  # fmt: skip
