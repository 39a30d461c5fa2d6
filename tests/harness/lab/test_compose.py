"""Stack files as people write them: every form is read, and a fault names file, line, key and remedy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.compose import docker_config, reading, reference
from lab.compose.reading import Stack
from lab.errors import InputError

AS_WRITTEN = Path(__file__).parents[1] / "stacks" / "as-written.yml"
STACKS = reference.STACKS
ENVIRONMENT = {"ANNOUNCED_IP": "192.0.2.2"}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of the test's own, `stack.yml` unless it is named."""

    def make(text: str, name: str = "stack.yml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return make


def service(text: str, write: Write, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """The service `web` in normal form, given its keys as YAML without indentation."""
    body = "".join(f"    {line}\n" for line in text.splitlines())
    path = write(f"volumes: {{data: {{}}}}\nservices:\n  web:\n    image: nginx\n{body}")
    found: dict[str, Any] = reading.read([path], environment or {}).document["services"]["web"]
    return found


def ports(service: dict[str, Any]) -> list[tuple[int | None, int, str, str]]:
    return [(p.get("published"), p["target"], p["protocol"], p["mode"]) for p in service["ports"]]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('ports: ["80:81"]', [(80, 81, "tcp", "ingress")]),
        ("ports: [443]", [(None, 443, "tcp", "ingress")]),
        ("ports: [22:22]", [(22, 22, "tcp", "ingress")]),  # which YAML 1.1 takes for 1342
        (
            'ports: ["40000-40001:50000-50001/udp"]',
            [(40000, 50000, "udp", "ingress"), (40001, 50001, "udp", "ingress")],
        ),
        ('ports: ["127.0.0.1:99:98"]', [(99, 98, "tcp", "ingress")]),
        ("ports: [{target: 5, published: 6, mode: host}]", [(6, 5, "tcp", "host")]),
        ("ports: [{target: 5, published: '${P}', protocol: udp}]", [(7, 5, "udp", "ingress")]),
    ],
)
def test_ports_are_read(written: str, read: list[tuple[int | None, int, str, str]], write: Write) -> None:
    """Short and long syntax, ranges and variables come to the same long form."""
    assert ports(service(written, write, {"P": "7"})) == read


@pytest.mark.parametrize(
    ("written", "key", "read"),
    [
        ("environment: [A=1, B=x=y, C=]", "environment", {"A": "1", "B": "x=y", "C": ""}),
        ("environment: {A: 1, F: 1.50, N: }", "environment", {"A": "1", "F": "1.5", "N": None}),
        ("environment: {A: yes, B: 0o17}", "environment", {"A": "yes", "B": "15"}),
        ("environment: [HOST_HAS]", "environment", {"HOST_HAS": "it"}),
        ("labels: [a.b=c, bare]", "labels", {"a.b": "c", "bare": ""}),
        ("command: run --x=\"a b\" 'c'", "command", ["run", "--x=a b", "c"]),
        (
            "volumes: ['data:/a:ro']",
            "volumes",
            [{"type": "volume", "source": "data", "target": "/a", "read_only": True}],
        ),
        ("volumes: ['./f:/g']", "volumes", [{"type": "bind", "source": "f", "target": "/g"}]),
        (
            "healthcheck: {test: curl x, interval: 1m30s}",
            "healthcheck",
            {"test": ["CMD-SHELL", "curl x"], "interval": "90s"},
        ),
    ],
)
def test_other_forms_are_read(written: str, key: str, read: object, write: Write) -> None:
    """Lists or mappings, texts or words: one normal form."""
    assert service(written, write, {"HOST_HAS": "it"})[key] == read


@pytest.mark.parametrize(
    ("written", "size"), [("2.5G", 5 * 2**29), ("128M", 2**27), ("512mb", 2**29), ("'4194304'", 2**22)]
)
def test_memory_is_read(written: str, size: int, write: Write) -> None:
    """Memory with a fraction or a unit of either case is whole bytes."""
    found = service(f"deploy: {{resources: {{limits: {{memory: {written}}}}}}}", write)
    assert found["deploy"]["resources"]["limits"]["memory"] == str(size)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A}", "1"), ("$A", "1"), ("${A:-d}", "1"), ("${U:-d}", "d"), ("${U-d}", "d"), ("${E-d}", ""),
        ("${E:-d}", "d"), ("x${U}y", "xy"), ("$$A", "$A"), ("a$${A}", "a${A}"), ("${A:?needed}", "1"),
        ("${U:-http://h:80/}", "http://h:80/"),
    ],
)  # fmt: skip
def test_variables_are_filled_in(text: str, filled: str, write: Write) -> None:
    """Every form that Docker knows, an unset variable distinguished from an empty one."""
    assert service(f"environment: {{V: '{text}'}}", write, {"A": "1", "E": ""})["environment"]["V"] == filled


def test_env_files_are_read_under_the_environment(write: Write) -> None:
    """The service's own environment wins; comments are none, quotes stay, as with Docker."""
    write("# a comment\nA=file\nB='quoted'\n\n", "app.env")
    assert service("env_file: app.env\nenvironment: {A: own}", write)["environment"] == {
        "A": "own",
        "B": "'quoted'",
    }


def test_files_are_laid_over_each_other(write: Write) -> None:
    """The later file's values win, key by key; lists go on; commands are replaced; the same port is one."""
    base = write(
        "services:\n  web:\n    image: a\n    command: [x]\n    ports: ['80:1', '90:9']\n"
        "    environment: {A: 1, B: 2}\n    deploy: {placement: {constraints: [nn == 1]}}\n", "base.yml")  # fmt: skip
    over = write(
        "services:\n  web:\n    command: [y]\n    ports: ['80:2']\n    environment: [B=3]\n"
        "    deploy: {replicas: 2, placement: {constraints: [nn == 2]}}\n  more: {image: b}\n", "over.yml")  # fmt: skip
    document = reading.read([base, over], {}).document
    web = document["services"]["web"]
    assert list(document["services"]) == ["web", "more"]
    assert (web["image"], web["command"], web["environment"]) == ("a", ["y"], {"A": "1", "B": "3"})
    assert sorted(p[:2] for p in ports(web)) == [(80, 2), (90, 9)]
    assert web["deploy"] == {"replicas": 2, "placement": {"constraints": ["nn == 1", "nn == 2"]}}


def test_a_key_is_found_again_by_file_and_line(write: Write) -> None:
    """A mark is where the value was written: in the overlay, or behind an anchor."""
    base = write("x-d: &d\n  replicas: 2\nservices:\n  web:\n    image: a\n    deploy: *d\n", "base.yml")
    over = write("services:\n  web:\n    user: me\n", "over.yml")
    stack = reading.read([base, over], {})
    assert stack.where("services", "web", "deploy", "replicas") == f"{base}:2"
    assert stack.where("services", "web", "user") == f"{over}:3"
    assert stack.where("services", "web", "user", "deeper") == f"{over}:3"


def test_a_file_may_name_the_one_it_is_laid_over(write: Write) -> None:
    """`x-over` brings its base along, once, and a circle is refused."""
    base = write("services: {web: {image: a}}", "base.yml")
    over = write("x-over: base.yml\nservices: {web: {user: me}}", "over.yml")
    assert reading.read([over], {}).files == reading.read([base, over], {}).files == (base, over)
    write("x-over: over.yml", "base.yml")
    with pytest.raises(InputError, match="leads back"):
        reading.read([over], {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services:\n  a:\n    image: x\n    prots: [80]\n", "4: services.a.prots: a list: unknown key: did you mean ports"),
        ("services:\n  a:\n    image: x\n    mem_limit: 5m\n", "4: services.a.mem_limit: '5m': a Swarm does not know"),
        ("services:\n  a:\n    image: x\n    deploy: {replicas: many}\n", "4: services.a.deploy.replicas: 'many': wanted a wh"),
        ("services:\n  a:\n    image: x\n    deploy: {replicas: '3'}\n", "4: services.a.deploy.replicas: '3': wanted a whole"),
        ("services:\n  a:\n    image: x\n    ports:\n      - 80:80\n      - 1-2:1-3\n", "6: services.a.ports.1: '1-2:1-3'"),
        ("services:\n  a:\n    image: x\n    ports: [70000:1]\n", "4: services.a.ports.0: 70000 is no range of ports"),
        ("services:\n  a:\n    image: x\n    environment: {A: true}\n", "4: services.a.environment.A: True: wanted a text"),
        ("services:\n  a:\n    image: x\n    networks: [b]\n", "4: services.a.networks.b: no network of this stack is called"),
        ("services:\n  a:\n    image: x\n    secrets: [b]\n", "4: services.a.secrets.b: no secret of this stack is called"),
        ("services:\n  a:\n    image: x\n    volumes: ['bb:/c']\n", "4: services.a.volumes.0: 'bb' is no volume"),
        ("services:\n  a:\n    image: ${U:?give it}\n", "3: services.a.image: needs the variable U (give it): export U"),
        ("services:\n  a:\n    image: ${U:+x}\n", "3: services.a.image: is no form that `docker stack deploy` reads"),
        ("services:\n  a:\n    user: x\n", "2: services.a.image: is missing; a Swarm builds nothing"),
        ("services:\n  a:\n    image: x\n    image: y\n", "4: is no YAML: the key 'image' is given twice, first on line 3"),
        ("services:\n  a:\n   - b: [\n", "4: is no YAML"),
        ("services:\n  a:\n    image: x\n    env_file: none.env\n", "4: services.a.env_file: none.env: cannot be read"),
        ("version: '2.4'\nservices: {}\n", "1: version: '2.4': a Swarm reads version 3"),
        ("services:\n  a:\n    image: x\nsecrets:\n  s: {}\n", "5: secrets.s: has neither `file:` nor `external: true`"),
        ("version: '3.1'\nservices: {a: {image: x, configs: [c]}}\n", "2: services.a.configs: a list: version 3.1 has no"),
        ("version: 3.8\nservices: {}\n", "1: version: 3.8: a Swarm reads version 3 to 3.13 in quotes, or none"),
        ("services:\n  a:\n    image: x\n    cap_add:\n      - A\n      - A\n", "6: services.a.cap_add.1: 'A': stands twice"),
        ("services:\n  a:\n    image: x\n    logging: {x-l: 1}\n", "4: services.a.logging.x-l: 1: unknown key: keys of yo"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_key(text: str, said: str, write: Write) -> None:
    """One line each: where it stands, the key's path, the value, and what to do."""
    path = write(text)
    with pytest.raises(InputError) as raised:
        reading.read([path], {})
    assert str(raised.value).startswith(f"{path}:")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_a_swarm_ignores_is_reported(write: Write) -> None:
    """Keys that do nothing, and variables that came out empty, are said with file and line."""
    path = write("services:\n  a:\n    image: x${TAG}\n    depends_on: [b]\n  b: {image: y}\n")
    stack = reading.read([path], {})
    assert stack.ignored == (f"{path}:4: services.a.depends_on: a Swarm does nothing with it",)
    assert stack.unset == (f"{path}:3: services.a.image: TAG is not set, and so is empty",)


def test_files_that_are_not_there_are_reported(write: Write) -> None:
    """A config without its file is one line; a file that the lab supplies is not missed."""
    text = "services: {a: {image: x}}\nconfigs: {c: {file: ./no.conf}}\nsecrets: {s: {file: secrets/s}}\n"
    stack = reading.read([write(text)], {})
    (line,) = reading.missing_files(stack, {"secrets/s"})
    assert line.startswith(f"{stack.files[0]}:2: configs.c.file: ")
    assert line.endswith("no.conf is not there: put it there")


CLIENT = docker_config.client()
needs_client = pytest.mark.skipif(
    CLIENT is None, reason="not exercised: no docker client of version 25 or later on the PATH"
)


def settled(stack: Stack) -> dict[str, Any]:
    """The document without the order that lists of ports and volumes came in: Docker sorts them on merging."""
    services = {
        name: {
            **each,
            **{k: sorted(str(sorted(i.items())) for i in each[k]) for k in ("ports", "volumes") if k in each},
        }
        for name, each in stack.document["services"].items()
    }
    return {**stack.document, "services": services}


@needs_client
@pytest.mark.parametrize(
    "files",
    [
        (AS_WRITTEN,), (STACKS / "stack-hybrid.yml",), (STACKS / "incident-nov11.yml",), (STACKS / "option-b.yml",),
        (STACKS / "option-c.yml",), (STACKS / "stack-hybrid.yml", STACKS / "incident-nov11.yml"),
    ],
    ids=lambda files: "+".join(file.stem for file in files),
)  # fmt: skip
def test_docker_reads_the_same(files: tuple[Path, ...]) -> None:
    """Our reading and `docker stack config` come to the same document."""
    own, dockers = (reading.read(files, ENVIRONMENT, client) for client in (None, CLIENT))
    assert settled(own) == settled(dockers)


def test_a_refusal_of_dockers_is_reported_with_the_line(write: Write, tmp_path: Path) -> None:
    """What only Docker's client refuses gets file and line from the key that it speaks of."""
    path = write("services:\n  a:\n    image: x\n    cap_add: [A]\n")
    client = client_that(tmp_path, "echo 'services.a.cap_add is not for you' >&2; exit 1")
    with pytest.raises(
        InputError, match=r"stack.yml:4: docker stack config refuses it: services.a.cap_add is not"
    ):
        reading.read([path], {}, client)


def client_that(tmp_path: Path, script: str) -> str:
    """A docker client of the test's own."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("script", "image"),
    [
        ("echo \"unknown command: docker stack config\" >&2; exit 1", "ours"),
        ("echo 'services: {a: {image: dockers}}'", "dockers"),
        ("echo 'time=x level=warning msg=y' >&2; echo 'services: {a: {image: dockers}}'", "dockers"),
    ],
)  # fmt: skip
def test_dockers_reading_holds_where_it_is_to_be_had(
    script: str, image: str, write: Write, tmp_path: Path
) -> None:
    """What a client that is asked prints is the stack; one without `stack config` leaves ours."""
    path = write("services: {a: {image: ours}}\n")
    found = reading.read([path], {}, client_that(tmp_path, script)).document
    assert found["services"]["a"]["image"] == image


def test_a_refusal_without_a_key_is_reported_as_it_is(write: Write, tmp_path: Path) -> None:
    """Docker's words come through, with the file at least."""
    path = write("services: {a: {image: ours}}\n")
    with pytest.raises(InputError, match=r"stack.yml: docker stack config refuses it: no such thing"):
        reading.read([path], {}, client_that(tmp_path, "echo 'no such thing' >&2; exit 1"))
