"""Whether a lab is well: every boundary of the proof, on a lab that is data and an edge that is a function."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from lab.cluster import readiness
from lab.cluster.handle import Lab
from lab.errors import LabError, NotReadyError
from lab.faults import crossings, edge, proof, soundness
from lab.waiting import Look, NotYet, Ready
from tests.harness.stand_ins.fake_lab import DOMAIN, FRONTEND, FakeSwarm, fake_lab, spread, task

API = f"traefik.{DOMAIN}"
Handler = Callable[[httpx.Request], httpx.Response]
SERVERS = {"frontend": ["10.0.1.11:80", "10.0.1.12:80", "10.0.1.13:80"],
           "signaling": ["10.0.1.21:8001", "10.0.1.22:8001", "10.0.1.23:8001"]}  # fmt: skip


def api_of(servers: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What Traefik's API lists."""
    return [
        {"name": f"{name}@swarm", "loadBalancer": {"servers": [{"url": f"http://{each}/"} for each in all_]}}
        for name, all_ in servers.items()
    ] + [{"name": "api@internal"}]


class Edge:
    """What the edge answers, by host; `requests` holds all that were made of it."""

    def __init__(self) -> None:
        self.servers = {name: list(all_) for name, all_ in SERVERS.items()}
        self.statuses: dict[str, list[int]] = {}
        self.broken: set[str] = set()
        self.requests: list[httpx.Request] = []
        self.options: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        host = request.headers["Host"]
        if host in self.broken:
            raise httpx.ConnectError("refused")
        left = self.statuses.get(host, [])
        status = left.pop(0) if left else 200
        return httpx.Response(status, json=api_of(self.servers) if host == API else {})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Edge:
    """The edge, in place of the network."""
    answers, real = Edge(), httpx.Client

    def client(**options: Any) -> httpx.Client:  # noqa: ANN401
        answers.options.append(options)
        return real(transport=httpx.MockTransport(answers), auth=options.get("auth"))

    monkeypatch.setattr(httpx, "Client", client)
    return answers


@pytest.fixture
def swarm() -> FakeSwarm:
    return spread("frontend", "signaling")


@pytest.fixture
def lab(swarm: FakeSwarm, tmp_path: Path) -> Lab:
    """A sound lab, with a CA of its own."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return fake_lab(swarm, tmp_path)


def test_a_sound_lab_is_sound(served: Edge, lab: Lab, swarm: FakeSwarm) -> None:
    """Each page is asked once for every replica, and each node asks every other, both ways."""
    assert soundness.sound(lab) == Ready(True)
    pages = [(r.headers["Host"], r.url.path) for r in served.requests if r.headers["Host"] != API]
    assert pages == [(DOMAIN, "/")] * 3 + [(f"api.{DOMAIN}", "/health")] * 3
    asked = sorted((container, command[-1]) for container, command in swarm.commands)
    assert len(asked) == 6, "six ordered pairs of three nodes, on one network"


@pytest.mark.parametrize("host", [DOMAIN, f"api.{DOMAIN}"])
@pytest.mark.parametrize("answers", [[503], [200, 200, 504], [404]])
def test_one_replica_that_does_not_answer_200_is_not_sound(
    served: Edge, lab: Lab, host: str, answers: list[int]
) -> None:
    """Although the two others do, and although Traefik and the overlay are well."""
    served.statuses[host] = list(answers)
    path = "/" if host == DOMAIN else "/health"
    assert soundness.sound(lab) == NotYet(f"https://{host}{path} answered {answers[-1]}")


def test_a_page_that_cannot_be_had_is_not_sound(served: Edge, lab: Lab) -> None:
    """It is said once, and not waited for three times; the other page is asked all the same."""
    served.broken = {DOMAIN}
    assert soundness.sound(lab) == NotYet(f"https://{DOMAIN}/ did not answer: refused")
    assert [r.headers["Host"] for r in served.requests[2:]] == [DOMAIN, *[f"api.{DOMAIN}"] * 3]


def test_one_way_that_is_cut_is_not_sound(served: Edge, lab: Lab, swarm: FakeSwarm) -> None:
    """From one node to one other alone; together with what else is wrong."""
    swarm.answer = lambda container, command: (
        28 if container == "c-frontend-12" and ".1.13:" in command[-1] else 0,
        "",
    )
    assert soundness.sound(lab) == NotYet(
        f"translation02 does not reach translation03 on {FRONTEND} (curl 28)"
    )
    served.statuses[DOMAIN] = [500]
    assert soundness.sound(lab) == NotYet(
        f"https://{DOMAIN}/ answered 500; translation02 does not reach translation03 on {FRONTEND} (curl 28)"
    )


def test_nodes_that_share_no_network_are_not_sound(served: Edge, lab: Lab, swarm: FakeSwarm) -> None:
    """Nothing can be asked across, which is never taken for nothing wrong."""
    for each in swarm.tasks_:
        if each["NodeID"] == "id-translation03":
            each["NetworksAttachments"][0]["Network"]["Spec"]["Name"] = "other"
    look = soundness.sound(lab)
    assert isinstance(look, NotYet)
    assert "no two tasks on translation01 and translation03 share a network" in look.seen
    assert "translation01 and translation02" not in look.seen


@pytest.mark.parametrize(
    ("service", "known", "said"),
    [
        ("frontend", ["10.0.1.11:80", "10.0.1.12:80"], "knows 10.0.1.11, 10.0.1.12; the Swarm runs 10.0.1.11, 10.0.1.12, 10"),
        ("signaling", [*SERVERS["signaling"], "10.0.1.29:8001"], "knows 10.0.1.21, 10.0.1.22, 10.0.1.23, 10.0.1.29; the Swarm"),
        ("signaling", ["10.0.1.21:8001", "10.0.1.22:8001", "10.0.1.99:8001"], "10.0.1.99"),
        ("frontend", [], "frontend: Traefik knows none; the Swarm runs"),
    ],
    ids=["one too few", "one too many", "another", "none"],
)  # fmt: skip
def test_traefik_must_know_just_the_replicas(
    served: Edge, lab: Lab, service: str, known: list[str], said: str
) -> None:
    """One too few, one too many, and one that is no replica's are each not sound, and nothing else is asked then."""
    served.servers[service] = known
    look = soundness.sound(lab)
    assert isinstance(look, NotYet)
    assert said in look.seen
    assert {r.headers["Host"] for r in served.requests} == {API}


def test_a_replica_is_known_by_any_of_its_addresses(served: Edge, lab: Lab, swarm: FakeSwarm) -> None:
    """Whatever network Traefik uses; a replica without an address is not known."""
    second = {"Network": {"Spec": {"Name": "second"}}, "Addresses": ["10.0.2.5/24"]}
    swarm.tasks_[1]["NetworksAttachments"].append(second)
    served.servers["frontend"][0] = "10.0.2.5:80"
    assert edge.edge_knows_tasks(lab) == Ready("Traefik has taken over the replicas")
    swarm.tasks_[2]["NetworksAttachments"] = []
    look = edge.edge_knows_tasks(lab)
    assert isinstance(look, NotYet)
    assert "the Swarm runs 10.0.1.11 or 10.0.2.5, no address, 10.0.1.13" in look.seen
    swarm.tasks_ = []
    assert edge.edge_knows_tasks(lab) == NotYet(
        "frontend: Traefik knows 10.0.1.12, 10.0.1.13, 10.0.2.5; the Swarm runs none"
    )


def test_traefiks_api_that_does_not_answer_is_not_sound(served: Edge, lab: Lab) -> None:
    """Nor one that refuses: neither is taken for a Traefik that knows nothing wrong."""
    served.statuses[API] = [401]
    assert soundness.sound(lab) == NotYet("Traefik's API answered 401")
    served.broken = {API}
    assert soundness.sound(lab) == NotYet("Traefik's API does not answer: refused")
    with pytest.raises(LabError, match="Traefik's API does not answer: refused"):
        edge.services(lab)


def test_the_edge_is_asked_as_a_client_would_ask(served: Edge, lab: Lab) -> None:
    """By name at the lab's address, with its CA, bounded, without this machine's proxies; the API with its password."""
    edge.services(lab)
    edge.pages(lab)
    api, page = served.requests[0], served.requests[1]
    assert str(api.url) == "https://127.0.0.1/api/http/services"
    assert (api.headers["Host"], api.extensions["sni_hostname"]) == (API, API)
    assert api.headers["Authorization"] == httpx.BasicAuth("operator", "dashboard_password")._auth_header
    assert (page.extensions["sni_hostname"], "Authorization" in page.headers) == (DOMAIN, False)
    assert all(each["timeout"] == edge.EDGE_S and each["trust_env"] is False for each in served.options)
    assert all(each["verify"].verify_mode.name == "CERT_REQUIRED" for each in served.options)


def test_what_the_engines_do_not_answer_is_not_sound(
    served: Edge, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A LabError in the middle of the look is waited out, not raised."""

    def fail(lab: Lab) -> list[str]:
        raise LabError("gone meanwhile")

    monkeypatch.setattr(crossings, "uncrossed", fail)
    assert soundness.sound(lab) == NotYet("gone meanwhile")


@pytest.fixture
def proving(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What proving a lab sound does, in order, each step only noted."""
    done: list[str] = []
    monkeypatch.setattr(proof, "INTERVAL_S", 0)
    monkeypatch.setattr(proof, "DEADLINE_S", 0.2)
    monkeypatch.setattr(readiness, "wait_converged", lambda manager, stack: done.append(f"converged {stack}"))
    monkeypatch.setattr(soundness, "respread", lambda lab: done.append("respread"))
    return done


def test_a_lab_is_proved_sound_by_two_looks_in_a_row(
    proving: list[str], lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Converged and spread first; one look that finds all well between two that do not is no proof."""
    looks: Iterator[Look[bool]] = iter(
        [Ready(True), NotYet("fell"), Ready(True), Ready(True), NotYet("never asked")]
    )

    def look(lab: Lab) -> Look[bool]:
        proving.append("look")
        return next(looks)

    monkeypatch.setattr(soundness, "sound", look)
    assert soundness.prove_sound(lab).startswith("the lab is sound: ")
    assert proving == ["converged translation", "respread", *["look"] * 4]


def test_a_lab_that_stays_unsound_is_an_error(
    proving: list[str], lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was seen last."""
    monkeypatch.setattr(soundness, "sound", lambda lab: NotYet("a page is gone"))
    with pytest.raises(NotReadyError, match=r"a sound lab: not within 0\.2 s; last seen: a page is gone"):
        soundness.prove_sound(lab)


def test_only_a_service_that_is_missing_on_a_node_is_spread_again(lab: Lab, swarm: FakeSwarm) -> None:
    """Two replicas on one node leave another without; where each node has one, nothing is touched."""
    soundness.respread(lab)
    assert swarm.done == []
    swarm.tasks_[4]["NodeID"] = swarm.tasks_[5]["NodeID"]
    soundness.respread(lab)
    assert [spec["Name"] for spec in swarm.done] == ["translation_signaling"] * 2
    assert swarm.done[-1]["TaskTemplate"]["ForceUpdate"] == 1


def test_traefiks_own_task_is_found(swarm: FakeSwarm) -> None:
    """Or its absence said."""
    assert edge.placed_edge(fake_lab(swarm)).container == "c-traefik-9"
    swarm.tasks_ = [task("frontend", "translation01", 1)]
    with pytest.raises(LabError, match="Traefik does not run"):
        edge.placed_edge(fake_lab(swarm))


def test_the_lab_that_is_proved_sound_is_the_one_that_is_asked(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every step; several labs may stand on one machine."""
    asked: list[object] = []
    monkeypatch.setattr(proof, "INTERVAL_S", 0)
    monkeypatch.setattr(readiness, "wait_converged", lambda manager, stack: asked.append(manager))
    monkeypatch.setattr(soundness, "respread", asked.append)

    def sound(of: Lab) -> Look[bool]:
        asked.append(of)
        return Ready(True)

    monkeypatch.setattr(soundness, "sound", sound)
    soundness.prove_sound(lab)
    assert asked == [lab.manager, lab, lab, lab]
