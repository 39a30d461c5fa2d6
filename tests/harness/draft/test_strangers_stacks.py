"""What a draft makes of the habits of other people's stack files: other SFUs, other routers, other ways to say an address."""

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.draft import routes_read
from fixtures.observe.http.traefik_api import EdgeConfiguration, Element
from fixtures.rehearse import binary
from tests.harness.draft.drafts import marked, of_text, plan_of
from tests.harness.draft.test_what_is_read import TRAEFIK, routed

SFU = """
  {name}:
    image: {image}
    command: {command}
    environment: {variables}
    ports: ["50000-50010:50000-50010/udp"]
    deploy:
      labels:
        traefik.http.routers.sfu.rule: "Host(`sfu.shop.example`)"
        traefik.http.services.sfu.loadbalancer.server.port: "7880"
"""


def sfu(image: str = "livekit/livekit-server", command: str = "[]", variables: str = "{}") -> str:
    return SFU.format(name="rtc", image=image, command=command, variables=variables)


@pytest.mark.parametrize("image", ["livekit/livekit-server:v1.7", "jitsi/jvb", "example/janus:1"])
def test_an_sfu_with_words_of_its_own_is_no_socket_io(image: str, tmp_path: Path) -> None:
    """Its host is asked as an API, and which service speaks Socket.IO is a question."""
    made = of_text(f"services:{TRAEFIK}{sfu(image)}", tmp_path)
    plan = plan_of(made, tmp_path)
    assert (plan.media_service, plan.signaling_service) == ("rtc", None)
    assert [h.kind for h in plan.hosts if h.name == "sfu.shop.example"] == ["api"]
    assert "does a service speak Socket.IO?" in marked(made, "signaling_service")


@pytest.mark.parametrize(
    ("command", "variables", "name"),
    [
        ("[--node-ip, 203.0.114.9]", "{}", "203.0.114.9"),
        ("['--external-ip=203.0.114.9/10.0.0.4']", "{}", "203.0.114.9"),
        ("[]", "{JVB_ADVERTISE_IPS: '203.0.114.9,10.0.0.4'}", "203.0.114.9"),
        ("[]", "{DOCKER_HOST_ADDRESS: 203.0.114.9}", "203.0.114.9"),
        ("[--node-ip, 10.0.0.4]", "{}", "media.sfu.shop.example"),
    ],
)
def test_what_an_option_announces_is_read(command: str, variables: str, name: str, tmp_path: Path) -> None:
    """LiveKit, coturn and jvb are told their public address in ways of their own; a private one is none."""
    made = of_text(f"services:{TRAEFIK}{sfu(command=command, variables=variables)}", tmp_path)
    assert [h.name for h in plan_of(made, tmp_path).hosts if h.kind == "media"] == [name]


COTURN = "  coturn:\n    image: coturn/coturn\n    ports: ['3478:3478/udp']\n    command: {command}\n"


@pytest.mark.parametrize(
    ("command", "user"),
    [
        ("['--lt-cred-mech', '--user=ann:qx7-not-for-a-plan']", "ann"),
        ("[-a, -u, 'ann:qx7-not-for-a-plan']", "ann"),
        ("[--use-auth-secret, '--user=ann:qx7-not-for-a-plan']", ""),
        ("['--user=0x7e3a2ed35d']", ""),
    ],
)
def test_a_fixed_turn_user_is_read_from_the_options(command: str, user: str, tmp_path: Path) -> None:
    """Its name alone; where a secret makes the credentials, the fixed user is none."""
    made = of_text(f"services:{TRAEFIK}{COTURN.format(command=command)}", tmp_path)
    assert plan_of(made, tmp_path).turn_user == (user or None)
    assert "qx7" not in made.text


@pytest.mark.parametrize(
    "rule",
    ["Host(`shop.example`) && PathPrefix(`/app/{id:[0-9]+}`)", "Host(`shop.example`) && PathRegexp(`^/app`)"],
)
def test_a_path_by_a_pattern_alone_is_asked_for(rule: str, tmp_path: Path) -> None:
    """The router does not take `/`, and a path that it takes no file says."""
    made = of_text(f"services:{TRAEFIK}{routed('web', rule)}", tmp_path)
    assert plan_of(made, tmp_path).hosts == ()
    assert f"the router web takes {rule}: under which path is it asked?" in made.text


@pytest.mark.parametrize(
    "value", ["'https://a.example, https://b.example/'", '\'["https://a.example", "https://b.example"]\'']
)
def test_origins_are_read_from_either_kind_of_list(value: str, tmp_path: Path) -> None:
    """By commas, and in JSON."""
    signaling = f"{routed('signaling', 'Host(`api.a.example`)')}    environment: {{CORS_ORIGINS: {value}}}\n"
    made = of_text(f"services:{TRAEFIK}{signaling}", tmp_path)
    assert plan_of(made, tmp_path).allowed_origins == ("https://a.example", "https://b.example")
    assert "says so (signal)" in marked(made, "signaling_service")


def test_what_a_rule_excludes_is_no_host(tmp_path: Path) -> None:
    """`!Host` names who is not meant."""
    made = of_text(f"services:{TRAEFIK}{routed('web', 'Host(`a.example`) && !Host(`b.example`)')}", tmp_path)
    assert [h.name for h in plan_of(made, tmp_path).hosts] == ["a.example"]


def test_a_host_that_an_empty_variable_cuts_off_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`www.` is what is left of `www.$SITE`, and no name."""
    monkeypatch.delenv("SITE", raising=False)
    made = of_text(f"services:{TRAEFIK}{routed('web', 'Host(`www.$SITE`)')}", tmp_path)
    assert plan_of(made, tmp_path).hosts == ()
    assert "the router web takes Host(`www.`): under which host is it asked?" in made.text


@pytest.mark.parametrize(
    "labels",
    [
        "{traefik.frontend.rule: 'Host:t.shop.example', traefik.port: '8080'}",
        "{traefik.http.routers.t.rule: 'Host(`t.shop.example`)', traefik.http.services.t.loadbalancer.server.port: '8080'}",
        "{traefik.http.routers.t.service: api@internal, "
        "traefik.http.routers.t.rule: 'Host(`t.shop.example`) && (PathPrefix(`/api`) || PathPrefix(`/dashboard`))'}",
    ],
)
def test_a_host_of_traefik_s_own_is_one_dashboard(labels: str, tmp_path: Path) -> None:
    """However a router leads to it: it is no page of the system, and is asked once."""
    made = of_text(f"services:{TRAEFIK.rstrip()}\n      labels: {labels}\n", tmp_path)
    assert [(h.name, h.kind, h.path) for h in plan_of(made, tmp_path).hosts] == [
        ("t.shop.example", "dashboard", "/dashboard/")
    ]


def test_a_password_of_traefik_1_is_an_answer_too(tmp_path: Path) -> None:
    """Its label stands at the service, without a middleware."""
    labels = "{traefik.frontend.rule: 'Host:a.example', traefik.frontend.auth.basic.users: 'ann:qx7'}"
    made = of_text(f"services:\n  web: {{image: nginx, deploy: {{labels: {labels}}}}}\n", tmp_path)
    assert plan_of(made, tmp_path).hosts[0].statuses == (200, 401)


@pytest.mark.parametrize(
    ("more", "asked"),
    [("", True), ("    ports: ['9000:9000']\n", False), ("    healthcheck: {test: [CMD, 'true']}\n", False)],
)
def test_who_is_asked_by_others_is_no_job(more: str, asked: bool, tmp_path: Path) -> None:
    """A service that is restarted on failure alone may be a job, but for one that publishes, is checked or is led to."""
    job = f"  some:\n    image: x\n    deploy: {{restart_policy: {{condition: on-failure}}}}\n{more}"
    web = routed("web", "Host(`a.example`)") + "      restart_policy: {condition: on-failure}\n"
    made = of_text(f"services:{TRAEFIK}{web}{job}", tmp_path)
    assert ("is it a job" in marked(made, "services.some")) == asked
    assert marked(made, "services.web") == ""


def test_the_question_on_variables_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last variable's name may look like that of a secret; what follows such a name is masked."""
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    made = of_text("services:\n  a: {image: x, environment: {T: $VAULT_TOKEN}}\n", tmp_path)
    asked = "does a host, port or number depend on these variables, which are not set here and so are empty: VAULT_TOKEN"
    assert f"# ask: {asked}\n" in made.text


def test_a_refused_router_says_its_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A middleware of a file on the nodes is unknown here, and the host is public all the same."""
    refused = Element(
        "web@swarm", "disabled", ('middleware "m@file" does not exist',), "Host(`a.example`)", "web"
    )
    seen = _Seen(EdgeConfiguration(routers=(refused,)))
    monkeypatch.setattr(routes_read, "rehearse", lambda *_: seen)
    monkeypatch.setattr(routes_read, "found", lambda *_: binary.Binary(Path("traefik"), "3.1.0", None))
    made = of_text(f"services:{TRAEFIK}{routed('web', 'Host(`a.example`)')}", tmp_path, ask_traefik=True)
    assert "refuses the router web@swarm, which takes Host(`a.example`): middleware" in made.text
    assert "no router of Traefik's was found" not in made.text


class _Seen:
    exit = None
    version = "3.1.0"

    def __init__(self, configuration: EdgeConfiguration) -> None:
        self.configuration = configuration


def test_a_draft_is_the_same_each_time(tmp_path: Path) -> None:
    """Python orders a set of names anew in each process; a draft that is made again shows what has changed, and no more."""
    names = [f"{letter}.example" for letter in "qwertyuiop"]
    signaling = routed("signaling", "Host(`api.q.example`)")
    pages = "".join(routed(f"w{name[0]}", f"Host(`{name}`)") for name in names)
    file = tmp_path / "stack.yml"
    file.write_text(f"services:{TRAEFIK}{signaling}{pages}", "utf-8")
    words = [sys.executable, "-m", "fixtures", "plan", "draft", "--no-traefik", str(file)]
    root = Path(__file__).parents[3]
    texts = {
        subprocess.run(
            words,
            cwd=root,
            env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert b"allowed_origins" in texts.pop()
