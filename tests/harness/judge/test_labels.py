"""Traefik's labels on either side of each rule: what Traefik takes is no violation, what it drops or loses is."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from fixtures.judge import read_labels as labels
from fixtures.judge.candidate import Candidate
from fixtures.observe.swarm.state import Service
from tests.harness.samples.sound_cluster import PLAN, service

ARGS = (
    "--providers.swarm.exposedByDefault=false", "--entrypoints.web.address=:80", "--entrypoints.websecure.address=:443",
)  # fmt: skip
RULE = " || ".join(f"Host(`{host.name}`)" for host in PLAN.web_hosts)
SOUND = {
    "traefik.enable": "true", "traefik.http.routers.r.rule": RULE, "traefik.http.routers.r.entrypoints": "websecure",
    "traefik.http.routers.r.tls": "true", "traefik.http.services.s.loadbalancer.server.port": "80",
}  # fmt: skip
ROUTER, BALANCER = "traefik.http.routers.r", "traefik.http.services.s.loadbalancer"
SHARED, OTHER = "translation_frontend", "translation_backend"


def where(*key: str | int) -> str:
    return " ".join(map(str, key))


Changed = Mapping[str, str | None]


def stack(args: tuple[str, ...] = ARGS, changed: Changed = MappingProxyType({}), **over: Any) -> Candidate:  # noqa: ANN401
    """A sound edge and one routed service with changed labels, where None takes one away, and fields of its own."""
    merged = {key: value for key, value in {**SOUND, **changed}.items() if value is not None}
    edge = replace(service(PLAN.edge), args=args, networks=(SHARED,), labels={})
    page = replace(
        service(PLAN.service("frontend")), **{"networks": (SHARED,), "env": {}, "labels": merged, **over}
    )
    return Candidate(
        "translation", (edge, page), {"frontend": SHARED, "backend": OTHER, "lone": "lone"}, where
    )


def found(candidate: Candidate) -> list[str]:
    checks = (labels.host_violations, labels.router_violations, labels.network_violations)
    return [f"{each.subject}: {each.text}" for check in checks for each in check(candidate, PLAN)]


HOSTS = [host.name for host in PLAN.web_hosts]
NO_RULE = "no rule of an enabled service takes it, so Traefik answers 404"


def test_a_sound_stack_has_no_violation() -> None:
    """What all cases below start from."""
    assert found(stack()) == []


def test_without_an_edge_nothing_answers() -> None:
    """One line, and not one for each host besides."""
    lone = replace(stack(), services=stack().services[1:])
    assert found(lone) == ["translation_traefik: is not in the stack: nothing answers"]
    assert str(labels.host_violations(lone, PLAN)[0]).endswith("see: services")


@pytest.mark.parametrize(
    ("args", "enable", "is_read"),
    [
        (ARGS, "true", True), (ARGS, "TRUE", True), (ARGS, "false", False), (ARGS, None, False),
        (ARGS[1:], None, True), (ARGS[1:], "false", False),
        (("--providers.docker.exposedbydefault=false", *ARGS[1:]), None, False),
        (("--providers.swarm.exposedbydefault=true", *ARGS[1:]), None, True),
        (("--providers.swarm", "providers.swarm.exposedbydefault=false", *ARGS[1:]), None, True),
    ],
)  # fmt: skip
def test_a_service_is_read_where_it_is_enabled(
    args: tuple[str, ...], enable: str | None, is_read: bool
) -> None:
    """By its own label, else by Traefik's flag, which is true by default."""
    texts = found(stack(args, {"traefik.enable": enable}))
    lacks = "the rule for it is translation_frontend's, which lacks traefik.enable=true"
    assert texts == ([] if is_read else [f"{host}: {lacks}" for host in HOSTS])


def test_labels_in_the_wrong_place_are_pointed_at() -> None:
    """A rule under `labels:` is the container's; a host without any rule is reported, with where to look."""
    misplaced = stack(labels={}, container_labels=SOUND)
    texts = [str(each) for each in labels.host_violations(misplaced, PLAN)]
    text = "the rule for it is under `labels:` of translation_frontend; Traefik reads `deploy.labels`"
    assert texts == [f"{host}: {text}\n    see: services frontend labels" for host in HOSTS]
    other = {"traefik.http.middlewares.m.headers": RULE}
    assert found(stack(labels={}, container_labels=other)) == [f"{host}: {NO_RULE}" for host in HOSTS]


@pytest.mark.parametrize("rule", ["HostRegexp(`(`)", "Path(`/`)", "Host(`elsewhere.site`)"])
def test_a_rule_that_names_no_host_of_ours_covers_none(rule: str) -> None:
    """Nor does a pattern that Python cannot read."""
    assert found(stack(changed={f"{ROUTER}.rule": rule})) == [f"{host}: {NO_RULE}" for host in HOSTS]


@pytest.mark.parametrize(
    ("changed", "env", "text"),
    [
        ({f"{BALANCER}.server.port": None}, {}, "names no port (loadbalancer.server.port); a Swarm's tasks tell Traefik none"),
        ({f"{BALANCER}.server.port": "0"}, {}, "the port of load balancer s is '0', which is none"),
        ({f"{BALANCER}.server.port": "1"}, {}, ""),
        ({f"{BALANCER}.server.port": "65535"}, {}, ""),
        ({f"{BALANCER}.server.port": "65536"}, {}, "the port of load balancer s is '65536', which is none"),
        ({}, {"PORT": "80"}, ""),
        ({}, {"PORT": "http"}, ""),
        ({}, {"PORT": "81"}, "Traefik is sent to port 80, and it listens on PORT=81: every request is answered 502"),
        ({f"{ROUTER}.service": "s"}, {}, ""),
        ({f"{ROUTER}.service": "other@file"}, {}, ""),
        ({f"{ROUTER}.service": "t"}, {}, "router r leads to the service 't', which has no labels here"),
        ({"traefik.http.services.t.loadbalancer.server.port": "80"}, {},
         "router r names no service, and there are 2: Traefik drops it"),
        ({"traefik.http.services.t.loadbalancer.server.port": "80", f"{ROUTER}.service": "t"}, {}, ""),
        ({f"{ROUTER}.entrypoints": "websecure, WEB"}, {}, ""),
        ({f"{ROUTER}.entrypoints": None}, {}, ""),
        ({f"{ROUTER}.entrypoints": "websecure,other"}, {},
         "router r listens on the entrypoint 'other', which Traefik does not open"),
        ({f"{ROUTER}.tls": None}, {}, "router r has no TLS on websecure: https:// answers 404"),
        ({f"{ROUTER}.tls": None, f"{ROUTER}.tls.certresolver": "le"}, {}, ""),
        ({f"{ROUTER}.tls": None, f"{ROUTER}.entrypoints": None}, {}, ""),
        ({f"{ROUTER}.rule": "Host(`jbcalling.site`, `x.site`)"}, {},
         "router r: Host() takes one host since Traefik 3: join several with ||"),
    ],
)  # fmt: skip
def test_a_router_leads_to_a_port(changed: dict[str, str | None], env: dict[str, str], text: str) -> None:
    """Ports, links, entrypoints and TLS, just inside and just outside of what Traefik takes."""
    texts = [each.text for each in labels.router_violations(stack(changed=changed, env=env), PLAN)]
    assert texts == ([text] if text else [])


def test_tls_may_be_the_entrypoints() -> None:
    """A flag can give all routers of an entrypoint TLS; where no flag opens any, a file may."""
    bare: dict[str, str | None] = {f"{ROUTER}.tls": None}
    assert found(stack((*ARGS, "--entrypoints.websecure.http.tls=true"), bare)) == []
    assert len(found(stack((*ARGS, "--entrypoints.web.http.tls=true"), bare))) == 1
    assert found(stack(ARGS[:1], {f"{ROUTER}.entrypoints": "anything"})) == []


def test_routers_of_other_hosts_are_not_ours_to_judge() -> None:
    """One that serves no host of the plan may be as it is."""
    other = {"traefik.http.routers.x.rule": "Host(`x.site`)", "traefik.http.routers.x.entrypoints": "none"}
    assert found(stack(changed=other)) == []


@pytest.mark.parametrize(
    ("networks", "changed", "args", "text"),
    [
        ((SHARED, OTHER), {}, (), "is on translation_frontend, translation_backend, and no label says which one Traefik "
         "takes: it takes any of them"),
        ((SHARED, OTHER), {"traefik.swarm.network": SHARED}, (), ""),
        ((SHARED, OTHER), {"traefik.docker.network": SHARED}, (), ""),
        ((SHARED, OTHER), {}, (f"--providers.swarm.network={SHARED}",), ""),
        ((SHARED, OTHER), {}, (f"--providers.docker.network={SHARED}",), ""),
        ((SHARED, OTHER), {"traefik.swarm.network": OTHER}, (f"--providers.swarm.network={SHARED}",),
         "Traefik is told the network 'translation_backend', that the service and Traefik do not share (they share "
         "translation_frontend)"),
        ((OTHER,), {}, (), "shares no network with translation_traefik, so its tasks cannot be reached"),
        ((SHARED,), {"traefik.swarm.network": "frontend"}, (),
         "Traefik is told the network 'frontend', which is called 'translation_frontend' in the Swarm: Traefik takes any "
             "network instead"),
        ((SHARED,), {"traefik.swarm.network": "lone"}, (),
         "Traefik is told the network 'lone', that the service and Traefik do not share (they share translation_frontend)"),
        ((SHARED,), {"traefik.swarm.network": "nowhere"}, (),
         "Traefik is told the network 'nowhere', that is not in the stack (they share translation_frontend)"),
        ((SHARED,), {"traefik.swarm.network": SHARED, "traefik.docker.lbswarm": "true"}, (),
         "has traefik.docker.* beside traefik.swarm.*: Traefik skips the service"),
    ],
)  # fmt: skip
def test_traefik_dials_on_a_network_that_it_is_on(
    networks: tuple[str, ...], changed: dict[str, str | None], args: tuple[str, ...], text: str
) -> None:
    """The label's network, else the flag's, else the only one; it must be shared, by its name in the Swarm."""
    candidate = stack((*ARGS, *args), changed, networks=networks)
    assert [each.text for each in labels.network_violations(candidate, PLAN)] == ([text] if text else [])


def test_what_is_not_routed_needs_no_network() -> None:
    """Neither a service without routers, nor one that is not enabled; the edge shares all with itself."""
    assert labels.network_violations(stack(labels={"traefik.enable": "true"}, networks=(OTHER,)), PLAN) == ()
    assert (
        labels.network_violations(stack(changed={"traefik.enable": "false"}, networks=(OTHER,)), PLAN) == ()
    )
    edge, page = stack().services
    dashboard = replace(edge, labels=SOUND, networks=(SHARED,))
    assert labels.network_violations(replace(stack(), services=(dashboard, page)), PLAN) == ()


def signaling(**over: Any) -> Candidate:  # noqa: ANN401
    made: Service = replace(service(PLAN.signaling), **over)
    return Candidate("translation", (made,), {}, where)


@pytest.mark.parametrize(
    ("replicas", "options", "sticky"),
    [
        (3, {}, False), (2, {}, False), (1, {}, True), (None, {}, True),
        (3, {"sticky": "true"}, True), (3, {"sticky.cookie": "True"}, True), (3, {"sticky.cookie": "false"}, False),
        (3, {"sticky.cookie.name": "x"}, True), (3, {"sticky.cookie.name": "x", "sticky.cookie": "false"}, False),
        (3, {"sticky": "true", "sticky.cookie": "false"}, False), (3, {"server.port": "80"}, False),
    ],
)  # fmt: skip
def test_several_replicas_need_a_sticky_cookie(
    replicas: int | None, options: dict[str, str], sticky: bool
) -> None:
    """Any of the ways in which Traefik is told of one, unless another label takes it back."""
    made = signaling(replicas=replicas, labels={f"{BALANCER}.{key}": value for key, value in options.items()})
    texts = [str(each) for each in labels.sticky_violations(made, PLAN)]
    text = f"{replicas} replicas and no sticky cookie: polling sessions move between them and break"
    assert texts == (
        [] if sticky else [f"translation_signaling: {text}\n    see: services signaling deploy labels"]
    )


@pytest.mark.parametrize(
    ("origins", "texts"),
    [
        (None, []),
        ("https://jbcalling.site, https://www.jbcalling.site", []),
        ("https://jbcalling.site,*", ["ALLOWED_ORIGINS=*: every site may open sessions here"]),
        (
            "https://www.jbcalling.site",
            ["ALLOWED_ORIGINS lacks https://jbcalling.site: its page cannot connect"],
        ),
        ("", [f"ALLOWED_ORIGINS lacks {origin}: its page cannot connect" for origin in PLAN.allowed_origins]),
    ],
)
def test_the_plans_origins_are_allowed_and_no_others(origins: str | None, texts: list[str]) -> None:
    """A list that is not there is the service's own affair."""
    made = signaling(env={} if origins is None else {"ALLOWED_ORIGINS": origins})
    assert [each.text for each in labels.origin_violations(made, PLAN)] == texts


def test_where_signaling_lacks_others_say_so() -> None:
    """A missing service is one violation, of another check; old labels are listed and are none."""
    assert labels.sticky_violations(stack(), PLAN) == labels.origin_violations(stack(), PLAN) == ()
    assert labels.deprecated(stack()) == ()
    assert labels.deprecated(stack(changed={"traefik.docker.network": SHARED})) == ("translation_frontend",)
