"""Sound files that are unlike our own system: what is right in them is not called wrong, what cannot be known is a note."""

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.judge.file_rules import FileLook, Severity, findings, without_subject
from fixtures.judge.rules import EVERY
from fixtures.rehearse import binary
from fixtures.rehearse.binary import NoBinaryError, found
from fixtures.run.file_look import look_at
from fixtures.target.plan import load_plan
from lab.compose import reading
from lab.errors import InputError

PLAN = load_plan("a")
LEGACY = """
services:
  traefik:
    image: traefik:1.7
    command: [--docker, --docker.swarmMode, --api, {entrypoints}]
    ports: ["80:80", "443:443", "8080:8080"]
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
"""
NAMED = "'--entrypoints=Name:http Address::80', '--entrypoints=Name:https Address::443 TLS'"
SOME = """
services:
  {name}:
    image: example/other
    {more}
"""


def looked(text: str, folder: Path, *, ask: bool = False) -> FileLook:
    file = folder / "stack.yml"
    file.write_text(text, "utf-8")
    return look_at(reading.read([file], {}), PLAN, lambda _: None, ask_traefik=ask)


def of(rule: str, look: FileLook) -> list[tuple[str, Severity]]:
    return [(each.text, each.severity) for each in findings({rule: EVERY[rule]}, look)]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A folder for a stack whose Traefik is asked: the lab's version must be there."""
    try:
        found(f"traefik:v{binary.PINNED}", lambda _: None)
    except NoBinaryError as error:
        pytest.skip(f"not exercised: {error}")
    return tmp_path


@pytest.mark.parametrize("entrypoints", [NAMED, "--logLevel=INFO"])
def test_the_options_of_traefik_1_are_not_read_as_those_of_3(entrypoints: str, tmp_path: Path) -> None:
    """What it listens on stands elsewhere, or in another form; our own reading knows nothing of it."""
    assert of("published-not-listened", looked(LEGACY.format(entrypoints=entrypoints), tmp_path)) == []


def test_a_traefik_that_does_not_start_is_one_finding(asked: Path) -> None:
    """Its ports are not judged beside it: it listens on none, and says why."""
    text = LEGACY.format(entrypoints="--entrypoints.web.address=:80").replace(
        "traefik:1.7", f"traefik:v{binary.PINNED}"
    )
    look = looked(text, asked, ask=True)
    assert look.rehearsal is not None
    assert look.rehearsal.exit is not None
    assert of("edge-exits", look) != []
    assert of("published-not-listened", look) == []


def test_ones_own_traefik_of_another_major_version_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads other options: its verdict would be one on something else, and the reason is said."""
    own = tmp_path / "traefik"
    own.write_text("#!/bin/sh\necho 'Version:      3.7.13'\n", "utf-8")
    own.chmod(0o755)
    monkeypatch.setenv(binary.VARIABLE, str(own))
    with pytest.raises(NoBinaryError, match=r"is Traefik 3\.7\.13, and the stack runs Traefik 2\.11, which"):
        found("traefik:v2.11", lambda _: None)
    assert found("traefik:v3.1", lambda _: None).version == "3.7.13"


EDGE = f"""
services:
  traefik:
    image: traefik:v{binary.PINNED}
    command:
      - --providers.swarm
      - --providers.file.directory=/config
      - --entrypoints.web.address=:80
      - {{more}}
    volumes: ["/var/run/docker.sock:/var/run/docker.sock", "{{config}}:/config"]
    deploy:
      labels:
        traefik.http.routers.own.rule: Host(`own.example`)
        traefik.http.routers.own.service: api@internal
        traefik.http.routers.own.middlewares: guard@file
        traefik.http.services.own.loadbalancer.server.port: "8080"
volumes:
  config:
"""


@pytest.mark.parametrize("config", ["config", "/nowhere/on/this/machine"])
def test_what_lies_on_the_nodes_is_not_called_missing(config: str, asked: Path) -> None:
    """A volume or a node's own folder may hold the file provider's files: what Traefik misses of them is a note."""
    look = looked(EDGE.format(config=config, more="--api"), asked, ask=True)
    assert look.rehearsal is not None
    assert look.rehearsal.unseen == ("/config",)
    assert of("edge-complains", look) == []
    ((text, severity),) = of("element-refused", look)
    assert ('middleware "guard@file" does not exist' in text, severity) == (True, Severity.NOTE)


def test_what_lies_beside_the_file_is_called_missing(asked: Path) -> None:
    """A folder beside the stack file is seen: a middleware that is in none of its files is an error."""
    (asked / "config").mkdir()
    (asked / "config" / "other.yml").write_text("http: {middlewares: {other: {compress: {}}}}\n", "utf-8")
    look = looked(EDGE.format(config="./config", more="--api"), asked, ask=True)
    ((text, severity),) = of("element-refused", look)
    assert ("guard@file" in text, severity) == (True, Severity.ERROR)


def test_a_config_that_is_not_beside_the_file_is_named(asked: Path) -> None:
    """Traefik's words name only a folder of its container: the remedy names the file and who names it."""
    text = EDGE.format(config="config", more="--api").replace(
        "file.directory=/config", "file.filename=/conf/own.yml"
    )
    text = text.replace("    deploy:", "    configs: [{ source: own, target: /conf/own.yml }]\n    deploy:")
    look = looked(f"{text}configs:\n  own:\n    file: ./own-file.yml\n", asked, ask=True)
    (finding,) = findings({"edge-complains": EVERY["edge-complains"]}, look)
    assert finding.remedy == "put own-file.yml, which the config own names, where the stack file has it"


def test_an_option_that_is_deprecated_is_a_note(asked: Path) -> None:
    """Traefik does as it is told, and says so with an error's weight."""
    look = looked(EDGE.format(config="config", more="--core.defaultRuleSyntax=v2"), asked, ask=True)
    ((text, severity),) = of("edge-complains", look)
    assert ("deprecated" in text, severity) == (True, Severity.NOTE)


def test_a_configuration_on_the_nodes_is_said_to_be_there(tmp_path: Path) -> None:
    """Traefik with no option but a file that this machine has not: it is not asked, and nothing is made of defaults."""
    text = f"""
services:
  traefik:
    image: traefik:v{binary.PINNED}
    ports: ["80:80", "443:443"]
    volumes: ["/nowhere/traefik.yml:/etc/traefik/traefik.yml"]
"""
    look = looked(text, tmp_path, ask=True)
    assert (
        look.not_asked
        == "its configuration /etc/traefik/traefik.yml is on the nodes, and not on this machine"
    )
    assert of("published-not-listened", look) == []


@pytest.mark.parametrize(("name", "severity"), [("migrate", Severity.NOTE), ("redis", Severity.ERROR)])
def test_a_service_that_the_plan_does_not_know_may_be_a_job(
    name: str, severity: Severity, tmp_path: Path
) -> None:
    """One that migrates a database ends well and is not to be started again; the plan's own are to stay."""
    look = looked(SOME.format(name=name, more="deploy: {restart_policy: {condition: none}}"), tmp_path)
    ((_, found_as),) = of("never-restarted", look)
    assert found_as is severity


@pytest.mark.parametrize(
    ("name", "ports", "expected"),
    [
        ("app", {"a": 8000, "b": 9000}, []),
        ("app", {"a": 9000}, [Severity.NOTE]),
        ("frontend", {"a": 9000}, [Severity.ERROR]),
        ("frontend", {"a": 8000, "b": 9000}, []),
    ],
)
def test_a_program_may_listen_on_several_ports(
    name: str, ports: dict[str, int], expected: list[Severity], tmp_path: Path
) -> None:
    """One of the ports that Traefik is sent to is asked; a port of its own for health is not wrong in an unknown program."""
    labels = ", ".join(f"traefik.http.services.{k}.loadbalancer.server.port: '{v}'" for k, v in ports.items())
    more = f"{{healthcheck: {{test: curl -f http://localhost:8000/}}, deploy: {{labels: {{{labels}}}}}}}"
    text = f"services:\n  {name}: {{image: example/other, {more[1:-1]}}}\n"
    assert [severity for _, severity in of("health-port", looked(text, tmp_path))] == expected


@pytest.mark.parametrize(("target", "count"), [("/run/secrets", 0), ("/run/secrets/pass", 0), ("/data", 1)])
def test_a_folder_mounted_over_the_secrets_holds_them(target: str, count: int, tmp_path: Path) -> None:
    """A bind under /run/secrets brings the file as a secret does."""
    more = f"command: [--password-file, /run/secrets/pass]\n    volumes: ['/srv/secrets:{target}']"
    assert len(of("file-not-mounted", looked(SOME.format(name="app", more=more), tmp_path))) == count


def test_an_undefined_volume_and_no_image_are_refused_as_a_deploy_refuses_them(tmp_path: Path) -> None:
    """`docker stack config` passes both; `docker stack deploy` says "undefined volume", and the engine asks for an image."""
    with pytest.raises(InputError, match="'data' is no volume of this stack"):
        looked(SOME.format(name="app", more="volumes: ['data:/data']"), tmp_path)
    with pytest.raises(InputError, match="image: is missing"):
        looked("services: {app: {build: .}}", tmp_path)


def test_the_labels_of_traefik_1_are_not_judged(tmp_path: Path) -> None:
    """Its rules are in another language: that no router of Traefik 3's takes a host says nothing of it."""
    look = looked(LEGACY.format(entrypoints=NAMED), tmp_path)
    for criterion in ("no-504", "routing"):
        assert "is Traefik 1, whose labels (traefik.frontend.rule) are not judged" in without_subject(
            look, criterion
        )
    newer = looked(
        LEGACY.format(entrypoints=NAMED).replace("traefik:1.7", "traefik:v3.1").replace("--docker,", ""),
        tmp_path,
    )
    assert "Traefik 1" in without_subject(newer, "no-504"), "--docker.swarmMode is an option of Traefik 1"
    ours = looked(SOME.format(name="traefik", more="command: [--providers.swarm=true]"), tmp_path)
    assert without_subject(ours, "no-504") == ""


def test_a_router_for_plain_http_beside_one_with_tls_needs_none(tmp_path: Path) -> None:
    """It redirects; alone it would leave https:// without an answer."""
    both = """
services:
  traefik: {{image: traefik, command: [--entrypoints.web.address=:80, --entrypoints.websecure.address=:443]}}
  frontend:
    image: example/page
    deploy:
      labels:
        traefik.http.routers.plain.rule: Host(`jbcalling.site`)
        traefik.http.routers.plain.entrypoints: web
        traefik.http.routers.page.rule: Host(`{host}`)
        traefik.http.routers.page.entrypoints: websecure
        traefik.http.routers.page.tls: "true"
        traefik.http.routers.plain.service: page
        traefik.http.routers.page.service: page
        traefik.http.services.page.loadbalancer.server.port: "80"
"""
    assert of("label-router", looked(both.format(host="jbcalling.site"), tmp_path)) == []
    alone = of("label-router", looked(both.format(host="www.jbcalling.site"), tmp_path))
    assert alone == [("router plain has no TLS on web: https:// answers 404", Severity.ERROR)]


TWO_HOSTS = """
services:
  traefik: {{image: "traefik:{version}", command: [--entrypoints.websecure.address=:443]}}
  frontend:
    image: example/page
    deploy:
      labels:
        traefik.http.routers.page.rule: Host(`jbcalling.site`, `www.jbcalling.site`)
        traefik.http.routers.page.tls: "true"
        traefik.http.services.page.loadbalancer.server.port: "80"
"""


@pytest.mark.parametrize(("version", "is_wrong"), [("v2.11", False), ("v3.1", True), ("latest", True)])
def test_several_hosts_in_one_matcher_are_wrong_from_traefik_3_on(
    version: str, is_wrong: bool, tmp_path: Path
) -> None:
    """Traefik 2 takes Host(`a`, `b`)."""
    said = [text for text, _ in of("label-router", looked(TWO_HOSTS.format(version=version), tmp_path))]
    assert any("Host() takes one host since Traefik 3" in text for text in said) == is_wrong


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ("{}", [("announces no address", Severity.ERROR)]),
        ("{LIVEKIT_KEYS: 'a: b'}", [("no variable says what it announces", Severity.NOTE)]),
        ("{MEDIASOUP_ANNOUNCED_IP: 1.2.3.4, MEDIASOUP_MIN_PORT: 40000}", []),
        ("{MEDIASOUP_ANNOUNCED_IP: 127.0.0.1}", [("announces 127.0.0.1", Severity.ERROR)]),
        ("{MEDIASOUP_ANNOUNCED_IP: ''}", [("announces no address", Severity.ERROR)]),
        ("{RTC_MIN_PORT: 40000, RTC_MAX_PORT: 40009}", [("announces no address", Severity.ERROR)]),
    ],
)
def test_an_sfu_that_is_told_otherwise_is_no_error(
    variables: str, said: list[tuple[str, Severity]], tmp_path: Path
) -> None:
    """LiveKit and jvb have options and files; another mediasoup has other names for the same. What they say is judged; a service
    that nothing is told of its address announces none."""
    text = SOME.format(name="mediasoup", more=f"environment: {variables}")
    found_ = of("announced-wrong", looked(text, tmp_path))
    assert [severity for _, severity in found_] == [severity for _, severity in said]
    assert all(wanted in text for (text, _), (wanted, _) in zip(found_, said, strict=True))


def test_a_plan_without_traefik_is_why_it_was_not_asked(tmp_path: Path) -> None:
    """The reason names the key of the plan that is left out, and no service without a name."""
    file = tmp_path / "stack.yml"
    file.write_text(SOME.format(name="web", more=""), "utf-8")
    look = look_at(reading.read([file], {}), replace(PLAN, edge_service=""), lambda _: None)
    assert look.not_asked == "the plan names no Traefik (edge_service)"
