"""What a draft reads from files that are unlike our own: old labels, gaps, jobs, other names; and what it never writes."""

from pathlib import Path

import pytest

from fixtures.target.planned import Part
from lab.errors import InputError
from tests.harness.draft.drafts import marked, of_text, plan_of

TRAEFIK = """
  traefik:
    image: traefik:v3.1
    command: [--providers.swarm=true, --entrypoints.web.address=:80, --entrypoints.websecure.address=:443]
    ports: ["80:80", "443:443"]
    deploy:
      placement: {constraints: [node.role == manager]}
"""


def routed(name: str, rule: str, more: str = "", image: str = "example/app:1") -> str:
    return f"""
  {name}:
    image: {image}
    deploy:
      labels:
        traefik.http.routers.{name}.rule: "{rule}"
        traefik.http.routers.{name}.tls: "true"
        traefik.http.services.{name}.loadbalancer.server.port: "80"
        {more}
"""


def test_a_page_and_an_api_of_one_host_are_two_hosts(tmp_path: Path) -> None:
    """A path of its own is no site of its own; each is led to its own service."""
    made = of_text(
        f"services:{TRAEFIK}{routed('web', 'Host(`shop.example`)')}"
        f"{routed('api', 'Host(`shop.example`) && PathPrefix(`/api`)')}", tmp_path,
    )  # fmt: skip
    plan = plan_of(made, tmp_path)
    assert [(h.name, h.path, h.kind, h.service) for h in plan.hosts] == [
        ("shop.example", "/", "page", "web"), ("shop.example", "/api", "api", "api"),
    ]  # fmt: skip
    assert plan.lacks([Part.SFU, Part.SIGNALING, Part.TURN]) != ""
    assert plan.lacks([Part.EDGE, Part.HOSTS]) == ""


CHECK = "healthcheck: {test: [CMD, curl, '-f', 'http://127.0.0.1:80/health']}"


@pytest.mark.parametrize(
    ("name", "host", "check", "kind", "path"),
    [
        ("tts", "tts.shop.example", CHECK, "api", "/health"),
        ("frontend", "app.shop.example", CHECK, "page", "/"),
        ("main", "shop.example", CHECK, "page", "/"),
        ("grafana", "grafana.shop.example", "", "page", "/"),
        ("backend", "x.shop.example", "", "api", "/"),
    ],
)
def test_a_page_is_told_from_an_api(
    name: str, host: str, check: str, kind: str, path: str, tmp_path: Path
) -> None:
    """By names, and by what the service's own health check asks; an API is asked there."""
    other = routed("home", "Host(`shop.example`)") if host != "shop.example" else ""
    made = of_text(f"services:{TRAEFIK}{other}{routed(name, f'Host(`{host}`)')}    {check}\n", tmp_path)
    (found,) = (each for each in plan_of(made, tmp_path).hosts if each.name == host)
    assert (found.kind, found.path) == (kind, path)


def test_labels_of_traefik_1_are_read(tmp_path: Path) -> None:
    """Its rules name hosts and paths in another language; a rule without a host is asked about."""
    made = of_text(
        "services:\n  proxy:\n    image: traefik:1.7\n    command: [--docker, --docker.swarmmode]\n    ports: ['80:80']\n"
        "  web:\n    image: nginx\n    deploy:\n      labels: {traefik.frontend.rule: 'Host:a.example,b.example'}\n"
        "  hook:\n    image: x\n    deploy:\n      labels: {traefik.frontend.rule: 'PathPrefix:/hook'}\n", tmp_path,
    )  # fmt: skip
    plan = plan_of(made, tmp_path)
    assert (plan.edge_service, [(h.name, h.service) for h in plan.hosts]) == (
        "proxy", [("a.example", "web"), ("b.example", "web")],
    )  # fmt: skip
    assert "takes PathPrefix:/hook: under which host is it asked?" in made.text


def test_labels_in_the_wrong_place_are_asked_about(tmp_path: Path) -> None:
    """Traefik does not read them on a Swarm, so they make no host."""
    made = of_text(
        "services:\n  web:\n    image: nginx\n    labels: {traefik.http.routers.web.rule: 'Host(`a.example`)'}\n", tmp_path
    )  # fmt: skip
    assert plan_of(made, tmp_path).hosts == ()
    assert "are they meant for deploy.labels?" in made.text


def test_a_router_that_only_redirects_is_no_second_claim(tmp_path: Path) -> None:
    """The router of http:// beside that of https:// leads to the same site."""
    more = (
        'traefik.http.routers.plain.rule: "Host(`traefik.shop.example`)"\n'
        "        traefik.http.routers.plain.middlewares: to-https\n"
        "        traefik.http.middlewares.to-https.redirectscheme.scheme: https\n"
        "        traefik.http.routers.web.service: api@internal"
    )
    made = of_text(f"services:{TRAEFIK}{routed('web', 'Host(`traefik.shop.example`)', more)}", tmp_path)
    assert [h.kind for h in plan_of(made, tmp_path).hosts] == ["dashboard"]
    assert "which is meant?" not in made.text


def test_two_services_with_one_rule_are_asked_about(tmp_path: Path) -> None:
    """Which of the two is meant no file says."""
    one, other = (routed(name, "Host(`shop.example`)") for name in ("blue", "green"))
    made = of_text(f"services:{TRAEFIK}{one}{other}", tmp_path)
    assert [h.service for h in plan_of(made, tmp_path).hosts] == ["blue"]
    assert "stack_blue and stack_green both take shop.example/: which is meant?" in made.text


def test_a_password_before_a_host_is_an_answer_too(tmp_path: Path) -> None:
    """The middleware's 401 counts as the host's answer, and the reason stands beside it."""
    more = "traefik.http.routers.web.middlewares: auth\n        traefik.http.middlewares.auth.basicauth.users: 'ann:x'"
    made = of_text(f"services:{TRAEFIK}{routed('web', 'Host(`shop.example`)', more)}", tmp_path)
    assert plan_of(made, tmp_path).hosts[0].statuses == (200, 401)
    assert "a middleware asks for a password" in made.text


def test_variables_without_a_value_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the file demands is stood in for, one that comes out empty is named, and the lab's own are said to be it."""
    for name in ("DOMAIN", "SITE", "TOKEN", "ANNOUNCED_IP", "ANNOUNCED_IPV6"):
        monkeypatch.delenv(name, raising=False)
    made = of_text(
        f"services:{TRAEFIK}{routed('web', 'Host(`www.${SITE:?which}`)')}{routed('api', 'Host(`api.${DOMAIN}`)')}"
        "  job:\n    image: x\n    environment: {T: $TOKEN, A: '${ANNOUNCED_IP:?where}', B: '${ANNOUNCED_IPV6:-}'}\n", tmp_path,
    )  # fmt: skip
    assert {h.name for h in plan_of(made, tmp_path).hosts} == {"www.site.example", "api.jbcalling.site"}
    for said in (
        "the variable SITE is not set here",
        "DOMAIN is not set here, and the lab's own",
        "ANNOUNCED_IP is not set here, and the lab's own",
        "are empty: TOKEN",
    ):
        assert said in made.text
    assert "ANNOUNCED_IPV6" not in made.text


def test_nothing_secret_is_written(tmp_path: Path) -> None:
    """Values of variables, of labels and of options stay where they are, whatever they are called."""
    secret = "qx7-not-for-a-plan"
    more = f"traefik.http.middlewares.auth.basicauth.users: 'ann:{secret}'"
    made = of_text(
        f"services:{TRAEFIK}{routed('signaling', 'Host(`api.example`)', more)}"
        f"    environment: {{PASSWORD: {secret}, ALLOWED_ORIGINS: 'https://ann:{secret}@shop.example/{secret}', "
        f"REDIS_URL: 'redis://:{secret}@redis:6379'}}\n    command: [--key, {secret}]\n"
        f"  coturn:\n    image: coturn/coturn\n    command: ['--static-auth-secret={secret}']\n    ports: ['3478:3478/udp']\n",
        tmp_path,
    )  # fmt: skip
    assert secret not in made.text
    assert plan_of(made, tmp_path).allowed_origins == ("https://shop.example",)


PLACED = """
services:
  web: {image: nginx, deploy: {replicas: 2, placement: {constraints: [node.hostname == alpha]}}}
  db: {image: postgres, deploy: {placement: {constraints: [node.hostname==beta, node.role==manager]}}}
  ai: {image: model, deploy: {placement: {constraints: [node.labels.gpu == true]}}}
  agent: {image: agent, deploy: {mode: global}, ports: ["9100"]}
  migrate: {image: app, deploy: {restart_policy: {condition: none}}}
  off: {image: app, deploy: {replicas: 0}}
  init: {image: app, deploy: {restart_policy: {condition: on-failure}}}
"""


def test_nodes_are_those_that_constraints_name(tmp_path: Path) -> None:
    """By host name here; the manager is who is named with the role; another label goes to the first node, with a question."""
    plan = plan_of(of_text(PLACED, tmp_path), tmp_path)
    assert [(n.instance, n.role, n.named_by, n.memory_gb) for n in plan.nodes] == [
        ("alpha", "worker", "hostname", None), ("beta", "manager", "hostname", None),
    ]  # fmt: skip
    assert plan.nodes[0].labels == (("gpu", "true"),)
    assert (plan.service("web").node, plan.service("web").node_by) == ("alpha", "hostname")
    assert plan.service("agent").replicas == 2


def test_what_ends_or_does_not_run_is_left_out_and_asked_about(tmp_path: Path) -> None:
    """A job would be called missing as soon as it has done its work."""
    made = of_text(PLACED, tmp_path)
    assert {each.partition(":")[0] for each in made.left_out} == {"migrate", "off"}
    assert "init" in {s.name for s in plan_of(made, tmp_path).services}
    assert "is it a job that ends well?" in marked(made, "services.init")
    assert [p.published for p in plan_of(made, tmp_path).service("agent").ports] == [None]


def test_a_network_of_another_stack_keeps_its_name(tmp_path: Path) -> None:
    """The networks of a stack get its name before theirs; one that lies outside does not."""
    made = of_text(
        "services:\n  web: {image: nginx, networks: [public, own]}\nnetworks:\n  own: {}\n"
        "  public: {external: true, name: traefik-public}\n", tmp_path,
    )  # fmt: skip
    plan = plan_of(made, tmp_path)
    assert (plan.network("public"), plan.network("own")) == ("traefik-public", "stack_own")


@pytest.mark.parametrize(
    ("comment", "label", "name"),
    [
        ("# docker stack deploy -c stack.yml shop", "", "shop"),
        ("#   docker stack deploy --with-registry-auth -c stack.yml shop", "", "shop"),
        ("", "traefik.docker.network: shop_front", "shop"),
        ("", "", "stack"),
    ],
)
def test_the_stack_s_name_is_found(comment: str, label: str, name: str, tmp_path: Path) -> None:
    """In a comment, else in the name that Traefik is given of a network; else it is asked for."""
    labels = f"deploy: {{labels: {{{label}}}}}, " if label else ""
    made = of_text(
        f"{comment}\nservices:\n  web: {{image: nginx, {labels}networks: [front]}}\nnetworks: {{front: {{}}}}\n",
        tmp_path,
    )
    assert plan_of(made, tmp_path).stack == name
    assert ("ask: " in marked(made, "stack")) == (name == "stack")


def test_a_file_of_jobs_alone_is_refused(tmp_path: Path) -> None:
    """Nothing of it runs on, so there is nothing that could be judged."""
    with pytest.raises(InputError, match=r"every service is a job or has no replicas"):
        of_text("services:\n  job: {image: x, deploy: {restart_policy: {condition: none}}}\n", tmp_path)


def test_a_network_of_a_job_alone_is_not_named(tmp_path: Path) -> None:
    """Nothing of the plan would be on it."""
    text = (
        "services:\n  web: {image: nginx}\n  job: {image: x, networks: [out], deploy: {replicas: 0}}\n"
        "networks: {out: {external: true}}\n"
    )
    assert plan_of(of_text(text, tmp_path), tmp_path).network_names == ()


def test_a_file_without_services_is_refused(tmp_path: Path) -> None:
    """There is nothing to plan."""
    with pytest.raises(InputError, match="no services"):
        of_text("services: {}\n", tmp_path)
