"""The checks before a deploy: each defect of a stack file turns its check red, by name, file and line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.judge import file_checks as checks
from fixtures.judge import read_labels as labels
from fixtures.judge.candidate import Candidate, candidate, may_run
from fixtures.judge.placement import Violation
from fixtures.target.plan import load_plan
from fixtures.target.planned import Plan, PlannedNode
from lab.compose import reading, reference

PLAN = load_plan("a")
Document = dict[str, Any]
Check = Callable[[Candidate, Plan], tuple[Violation, ...]]


def judged(files: list[Path]) -> Candidate:
    stack = reading.read(files, reference.environment())
    return candidate(stack.document, PLAN.stack, stack.where)


def placement(found: Candidate, plan: Plan) -> tuple[Violation, ...]:
    return tuple(
        violation for each in plan.services for violation in checks.placement_violations(found, plan, each)
    )


def ports(found: Candidate, plan: Plan) -> tuple[Violation, ...]:
    return tuple(
        violation
        for each in plan.services
        if found.service(each) is not None
        for violation in checks.published_violations(found, each)
    )


CHECKS: tuple[Check, ...] = (
    placement, ports, checks.missing_services, checks.unconnected, checks.clashing_ports, checks.memory_violations,
    checks.update_violations, checks.announced_violations, labels.host_violations, labels.router_violations,
    labels.network_violations, labels.sticky_violations, labels.origin_violations,
)  # fmt: skip


def findings(found: Candidate, plan: Plan = PLAN) -> dict[str, list[str]]:
    """What each check finds, by its name; a check that finds nothing is left out."""
    every = {check.__name__: [f"{t.subject}: {t.text}" for t in check(found, plan)] for check in CHECKS}
    return {name: texts for name, texts in every.items() if texts}


@pytest.mark.parametrize(
    ("file", "option", "red"),
    [
        ("stack-hybrid", "a", {}),
        ("option-b", "b", {}),
        ("option-c", "c", {}),
        ("incident-nov11", "a", {"placement": ["frontend", "frontend", "signaling", "signaling"]}),
        ("option-b", "a", {"placement": ["frontend", "frontend"]}),
        ("option-c", "a", {"placement": ["signaling"]}),
    ],
)
def test_shipped_stacks_fit_their_own_plans(file: str, option: str, red: dict[str, list[str]]) -> None:
    """Each option is green under its plan; the incident is red for its pins and for nothing else."""
    found = findings(judged([reference.STACKS / f"{file}.yml"]), load_plan(option))
    subjects = {
        name: [text.partition(":")[0].removeprefix("translation_") for text in texts]
        for name, texts in found.items()
    }
    assert subjects == red


def test_a_violation_names_file_and_line() -> None:
    """The pins of the incident are reported where they stand."""
    found = judged([reference.STACKS / "incident-nov11.yml"])
    violation = placement(found, PLAN)[0]
    assert (
        violation.text
        == "carries the constraint 'node.labels.instance == translation03', which plan A forbids"
    )
    file, _, line = violation.command.rpartition(":")
    assert "translation03" in Path(file).read_text().splitlines()[int(line) - 1]


def frontend(**keys: Any) -> Document:  # noqa: ANN401
    return {"services": {"frontend": keys}}


def labelled(service: str, **changed: str) -> Document:
    """Labels by their last words: `port` is the server port's."""
    names = {
        "enable": "traefik.enable", "rule": f"traefik.http.routers.{service}.rule", "tls": f"traefik.http.routers.{service}.tls",
        "entrypoints": f"traefik.http.routers.{service}.entrypoints", "target": f"traefik.http.routers.{service}.service",
        "port": f"traefik.http.services.{service}.loadbalancer.server.port",
        "second": "traefik.http.services.second.loadbalancer.server.port",
        "docker": "traefik.docker.network", "swarm": "traefik.swarm.network",
        "sticky": f"traefik.http.services.{service}.loadbalancer.sticky.cookie",
    }  # fmt: skip
    return {
        "services": {service: {"deploy": {"labels": {names[key]: value for key, value in changed.items()}}}}
    }


def deploy(service: str, **keys: Any) -> Document:  # noqa: ANN401
    return {"services": {service: {"deploy": keys}}}


DEFECTS: list[tuple[str, Document, str, str]] = [
    ("constraint", deploy("tts", placement={"constraints": ["node.labels.gpu == true"]}), "placement", "may only run on 0 of"),
    ("too few", deploy("frontend", placement={"constraints": ["node.role == manager"]}), "placement", "may only run on 1 of"),
    ("replicas", deploy("frontend", replicas=2), "placement", "asks for 2 replicas, plan A for 3"),
    ("per node", deploy("frontend", replicas=3, placement={"max_replicas_per_node": 1, "constraints": ["node.role == worker"]}),
     "placement", "at most 1 on each of 2 nodes"),
    ("port more", frontend(ports=["8080:80"]), "ports", ""),
    ("ingress", {"services": {"mediasoup": {"ports": ["40000:40000/udp"]}}}, "ports",
     "published in addition: 40000->40000/udp ingress"),
    ("clash", {"services": {"monitoring": {"ports": [{"target": 80, "published": 80, "mode": "host"}]}}},
     "clashing_ports", "wants 80/tcp of translation01, which"),
    ("little memory", deploy("signaling", resources={"limits": {"memory": "100M"}}), "memory_violations",
     "memory limit 100M, plan A gives it 512M"),
    ("full node", deploy("signaling", resources={"reservations": {"memory": "6G"}}), "memory_violations",
     "has 15 GB, and"),
    ("deadlock", deploy("mediasoup", update_config={"order": "start-first"}), "update_violations", "free only once the old task"),
    ("all at once", deploy("frontend", update_config={"parallelism": 0, "order": "stop-first"}), "update_violations",
     "stops all 3 replicas at once"),
    ("loopback", {"services": {"mediasoup": {"environment": {"ANNOUNCED_IP": "127.0.0.1"}}}}, "announced_violations",
     "announces 127.0.0.1"),
    ("other ports", {"services": {"mediasoup": {"environment": {"RTC_MAX_PORT": "40019"}}}}, "announced_violations",
     "offers the ports 40000-40019"),
    ("disabled", labelled("frontend", enable="false"), "host_violations", "lacks traefik.enable=true"),
    ("other host", labelled("signaling", rule="Host(`api.elsewhere.site`)"), "host_violations", "api.jbcalling.site: no rule"),
    ("two hosts", labelled("frontend", rule="Host(`jbcalling.site`, `www.jbcalling.site`)"), "router_violations",
     "takes one host"),
    ("port text", labelled("frontend", port="http"), "router_violations", "is 'http', which is none"),
    ("port", labelled("signaling", port="8002"), "router_violations", "it listens on PORT=8001"),
    ("entrypoint", labelled("frontend", entrypoints="https"), "router_violations", "listens on the entrypoint 'https'"),
    ("no tls", labelled("frontend", entrypoints="web"), "router_violations", "has no TLS on web"),
    ("link", labelled("frontend", target="page"), "router_violations", "leads to the service 'page'"),
    ("ambiguous", labelled("frontend", second="80"), "router_violations", "names no service, and there are 2"),
    ("mixed", labelled("frontend", docker="translation_frontend", swarm="translation_frontend"), "network_violations",
     "skips the service"),
    ("short name", labelled("frontend", swarm="frontend"), "network_violations",
     "which is called 'translation_frontend' in the Swarm"),
    ("wrong network", labelled("signaling", swarm="translation_backend"), "network_violations",
     "that the service and Traefik do not share"),
    ("no network", labelled("signaling", docker="elsewhere"), "network_violations", "that is not in the stack"),
    ("not sticky", labelled("signaling", sticky="false"), "sticky_violations", "no sticky cookie"),
    ("open", {"services": {"signaling": {"environment": {"ALLOWED_ORIGINS": "*"}}}}, "origin_violations", "every site may open"),
    ("closed", {"services": {"signaling": {"environment": {"ALLOWED_ORIGINS": "https://jbcalling.site"}}}}, "origin_violations",
     "lacks https://www.jbcalling.site"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "check", "text"), [each[1:] for each in DEFECTS], ids=[each[0] for each in DEFECTS]
)
def test_each_fault_is_found(fault: Document, check: str, text: str, tmp_path: Path) -> None:
    """A fault laid over the sound stack turns its check red, with the words that an operator needs."""
    path = tmp_path / "fault.yml"
    path.write_text(yaml.safe_dump({"version": "3.12", **fault}))
    found = findings(judged([reference.REFERENCE_STACK, path]))
    assert any(text in each for each in found.get(check, [])), found


def without(tmp_path: Path, change: Callable[[Document], object]) -> Candidate:
    """The reference stack after something was taken out of it, which no further file can do."""
    document = reading.read([reference.REFERENCE_STACK], reference.environment()).document
    change(document["services"])
    path = tmp_path / "stack.yml"
    path.write_text(yaml.safe_dump(document))
    return judged([path])


def swap_labels(services: Document) -> None:
    services["frontend"]["labels"] = services["frontend"]["deploy"].pop("labels")


@pytest.mark.parametrize(
    ("change", "check", "text"),
    [
        (lambda s: s.pop("tts"), "missing_services", "translation_tts: is not in the stack"),
        (
            lambda s: s.pop("traefik"),
            "host_violations",
            "translation_traefik: is not in the stack: nothing answers",
        ),
        (lambda s: s["mediasoup"]["deploy"].pop("placement"), "placement", "is not pinned to translation02"),
        (lambda s: s["mediasoup"]["ports"].pop(), "ports", "not published: 40009"),
        (lambda s: s["signaling"]["networks"].pop("backend"), "unconnected", "is not on the network backend"),
        (
            lambda s: s["frontend"].update(networks={"backend": None}),
            "network_violations",
            "shares no network",
        ),
        (
            lambda s: s["mediasoup"]["environment"].pop("ANNOUNCED_IP"),
            "announced_violations",
            "announces no address",
        ),
        (swap_labels, "host_violations", "is under `labels:` of translation_frontend"),
    ],
)
def test_what_is_lacking_is_found(
    change: Callable[[Document], object], check: str, text: str, tmp_path: Path
) -> None:
    """A service, a pin, a port, a network or a set of labels that is gone turns its check red."""
    found = findings(without(tmp_path, change))
    assert any(text in each for each in found.get(check, [])), found


@pytest.mark.parametrize(
    ("constraint", "allowed"),
    [
        ("node.role == manager", "1"), ("node.role!=manager", "23"), ("node.labels.instance == translation02", "2"),
        ("node.hostname == translation03", "3"), ("node.labels.gpu == true", ""), ("node.labels.gpu != true", "123"),
        ("node.platform.os == linux", "123"), ("node.labels.instance == Translation01", "1"),
    ],
)  # fmt: skip
def test_constraints_are_understood(constraint: str, allowed: str) -> None:
    """Role, host name and instance are known; another label is on no node of the plan."""
    nodes = [PlannedNode(f"translation0{n}", "manager" if n == 1 else "worker", 15) for n in (1, 2, 3)]
    service = judged([reference.REFERENCE_STACK]).service(PLAN.service("redis"))
    assert service is not None
    fits = [node.instance[-1] for node in nodes if may_run(replace(service, constraints=(constraint,)), node)]
    assert "".join(fits) == allowed


@pytest.mark.parametrize(
    ("rule", "host", "covered"),
    [
        ("Host(`a.b`)", "a.b", True), ("Host(`a.b`) || Host(`c.d`)", "c.d", True), ("Host(`a.b`)", "x.b", False),
        ("HostRegexp(`^.+\\.b$`)", "a.b", True), ("Host(`a.b`) && PathPrefix(`/x`)", "a.b", True), ('Host("a.b")', "a.b", True),
        ("PathPrefix(`/a.b`)", "a.b", False),
    ],
)  # fmt: skip
def test_rules_are_understood(rule: str, host: str, covered: bool) -> None:
    """A host is covered where a rule names it, or a pattern matches it."""
    assert labels.covers(rule, host) is covered
