"""What shows that a fault has its effect: seen only where it is, on a lab that is data."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.faults import edge, effects, fault
from lab.probe import health
from lab.probe.health import Check
from lab.waiting import Look, NotYet, Ready
from tests.harness.stand_ins.fake_lab import DOMAIN, FakeSwarm, fake_lab, spread, task

CONNECT = socket.create_connection
SERVERS = {"frontend": {"10.0.1.12:80", "10.0.1.11:80"}, "signaling": {"10.0.1.21:8001"}}


def words(look: Look[str]) -> str:
    assert isinstance(look, Ready | NotYet)
    return f"ready: {look.value}" if isinstance(look, Ready) else f"not yet: {look.seen}"


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> FakeSwarm:
    monkeypatch.setattr(edge, "servers", lambda lab, name: SERVERS[name])
    return spread("frontend", "signaling")


@pytest.mark.parametrize(
    ("effect", "status", "seen"),
    [(effects.replica_unreached, 28, "does not answer"), (effects.connection_refused, 7, "refuses")],
)
def test_a_server_is_asked_from_traefiks_container(
    swarm: FakeSwarm,
    effect: fault.Effect,
    status: int,
    seen: str,
) -> None:
    """One that ends with curl's status is the effect; any other status is none; all that Traefik knows are asked."""
    lab = fake_lab(swarm)
    swarm.answer = lambda container, command: (status if "10.0.1.21" in command[-1] else 22, "")
    assert words(effect(lab)) == f"ready: signaling: 10.0.1.21:8001 {seen} from Traefik's container"
    assert [(container, command[-1]) for container, command in swarm.commands] == [
        ("c-traefik-9", "http://10.0.1.11:80/health"),
        ("c-traefik-9", "http://10.0.1.12:80/health"),
        ("c-traefik-9", "http://10.0.1.21:8001/health"),
    ]
    swarm.answer = lambda container, command: (0, "")
    assert words(effect(lab)) == f"not yet: every server that Traefik knows was asked: none {seen}"


def test_a_cookie_is_missed_in_traefiks_own_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not say of the service is not set; an API that fails says nothing either way."""
    said: dict[str, Any] = {"signaling": {"sticky": {"cookie": {}}}, "frontend": {}}
    monkeypatch.setattr(edge, "services", lambda lab: said)
    lab = fake_lab(FakeSwarm())
    assert words(effects.not_sticky(lab)) == "not yet: Traefik still sets the cookie"
    said["signaling"] = {}
    assert words(effects.not_sticky(lab)) == "ready: Traefik sets no cookie"

    def fail(lab: Lab) -> dict[str, Any]:
        raise LabError("Traefik's API answered 500")

    monkeypatch.setattr(edge, "services", fail)
    assert words(effects.not_sticky(lab)) == "not yet: Traefik's API answered 500"


def test_a_health_check_must_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One failure is enough; a check that passes is not."""
    checks = [Check("frontend (t1)", "n", "healthy", 0, "ok")]
    monkeypatch.setattr(health, "checks", lambda lab: tuple(checks))
    assert words(effects.check_failed(fake_lab(FakeSwarm()))) == "not yet: every task's health check passes"
    checks.append(Check("frontend (t2)", "n", "healthy", 1, "no answer"))
    assert words(effects.check_failed(fake_lab(FakeSwarm()))) == f"ready: {checks[1]}"


def test_only_too_many_requests_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another status, or a port with those digits, is not."""
    wrong = ["https://x/ answered 503", "https://x/ did not answer: [Errno 429]"]
    monkeypatch.setattr(edge, "pages", lambda lab: wrong)
    assert words(effects.limited(fake_lab(FakeSwarm()))) == "not yet: no request is refused as one too many"
    wrong.append("https://x/ answered 429")
    assert words(effects.limited(fake_lab(FakeSwarm()))) == "ready: https://x/ answered 429"


def waiting(state: str, ago_s: float, **over: str) -> dict[str, Any]:
    at = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago_s)).isoformat()
    return task(
        "frontend", "translation01", 1, Status={"State": state, "Timestamp": f"{at[:19]}.123456789Z", **over}
    )


def test_a_task_is_stuck_when_it_waits_long() -> None:
    """New, pending or preparing for more than five seconds; with the Swarm's words for it."""
    swarm = FakeSwarm(tasks_=[waiting("preparing", 2), waiting("running", 60), waiting("starting", 60)])
    assert words(effects.stuck(fake_lab(swarm))) == "not yet: no task waits long"
    swarm.tasks_ += [waiting("pending", 60, Err="no address"), waiting("new", 60, Message="created", Err="")]
    assert words(effects.stuck(fake_lab(swarm))) == (
        "ready: a task waits for 5 s: new: created; pending: no address"
    )
    swarm.tasks_ = [waiting("preparing", 8)]
    assert words(effects.stuck(fake_lab(swarm))) == "ready: a task waits for 5 s: preparing: "
    swarm.tasks_[0]["DesiredState"] = "shutdown"
    assert words(effects.stuck(fake_lab(swarm))) == "not yet: no task waits long"


def test_a_task_is_unplaced_once_all_others_have_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drained node's other tasks start elsewhere, and Traefik hears of them, before one counts as having no place."""
    known: list[Look[str]] = [NotYet("Traefik knows two"), Ready("Traefik has taken over the replicas")]
    monkeypatch.setattr(edge, "edge_knows_tasks", lambda lab: known[0])
    pending = waiting("pending", 60, Err="no suitable node")
    for state in ("assigned", "accepted", "preparing", "ready", "starting"):
        swarm = FakeSwarm(tasks_=[pending, waiting("running", 60), waiting(state, 60)])
        assert words(effects.unplaced(fake_lab(swarm))).startswith(
            f"not yet: tasks are on their way: {state} for "
        )
    swarm = FakeSwarm(tasks_=[pending, waiting("running", 60)])
    assert words(effects.unplaced(fake_lab(swarm))) == "not yet: Traefik knows two"
    del known[0]
    assert (
        words(effects.unplaced(fake_lab(swarm))) == "ready: a task waits for 5 s: pending: no suitable node"
    )
    swarm.tasks_.remove(pending)
    assert words(effects.unplaced(fake_lab(swarm))) == "not yet: no task waits long"


@contextmanager
def edge_with(certificate: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A TLS server on a port of its own, to which whoever connects to port 443 is led."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    return

        def connect(address: tuple[str, int], timeout: float) -> socket.socket:
            assert (address, timeout) == (("127.0.0.1", 443), effects.HANDSHAKE_S)
            return CONNECT(server.getsockname(), timeout)

        monkeypatch.setattr(socket, "create_connection", connect)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join(5)


@pytest.mark.parametrize(
    ("ours", "names", "expired", "reason"),
    [
        (True, [DOMAIN], True, "expired"),
        (True, ["elsewhere.example"], False, "mismatch"),
        (False, [DOMAIN], False, "unable to get local issuer"),
    ],
)
def test_a_client_that_verifies_refuses_the_edge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: bool, names: list[str], expired: bool, reason: str
) -> None:
    """For the reason meant, in OpenSSL's own words, and not for another one."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    lab, signer = fake_lab(FakeSwarm(), tmp_path), ca if ours else trustme.CA()
    bad = signer.issue_cert(*names, not_after=yesterday if expired else None)
    with edge_with(bad, monkeypatch):
        look = effects.handshake_refused(reason)(lab)
    assert words(look).startswith("ready: a client refuses the edge: ")
    with edge_with(bad, monkeypatch):
        assert words(effects.handshake_refused("another reason")(lab)).startswith("not yet: the edge: ")
    with edge_with(ca.issue_cert(DOMAIN), monkeypatch):
        assert words(effects.handshake_refused(reason)(lab)) == "not yet: the edge: accepted"


def test_a_refused_router_is_read_of_traefik(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm) -> None:
    """With its reason; not while all are taken, nor while the API does not answer."""
    lab, routers = fake_lab(swarm), list[dict[str, Any]]()
    monkeypatch.setattr(edge, "routers", lambda lab: routers)
    routers.append({"name": "a@swarm", "status": "enabled"})
    assert words(effects.router_refused(lab)) == "not yet: Traefik takes every router"
    routers.append({"name": "b@swarm", "status": "disabled", "error": ["no such thing"]})
    assert words(effects.router_refused(lab)) == "ready: Traefik refuses b@swarm: no such thing"

    def silent(lab: Lab) -> list[dict[str, Any]]:
        raise LabError("Traefik's API answered 404")

    monkeypatch.setattr(edge, "routers", silent)
    assert words(effects.router_refused(lab)) == "not yet: Traefik's API answered 404"


def test_a_taken_page_is_seen_by_what_answers(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm) -> None:
    """At the page's own host; what signaling answers is no sign of it."""
    lab, wrong = fake_lab(swarm), [f"https://api.{DOMAIN}/health answered 503"]
    monkeypatch.setattr(edge, "pages", lambda lab: wrong)
    assert words(effects.taken(lab)) == "not yet: the page answers"
    wrong.append(f"https://{DOMAIN}/ answered 404")
    assert words(effects.taken(lab)) == f"ready: the page is not what answers: https://{DOMAIN}/ answered 404"


def test_a_cookie_that_stays_is_read_of_traefik(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm) -> None:
    """The effect is that there is one all the same."""
    lab = fake_lab(swarm)
    seen: dict[str, dict[str, Any]] = {"signaling": {"sticky": {"cookie": {}}}}
    monkeypatch.setattr(edge, "services", lambda lab: seen)
    assert words(effects.still_sticky(lab)) == "ready: Traefik sets the cookie"
    seen["signaling"] = {}
    assert words(effects.still_sticky(lab)) == "not yet: Traefik sets no cookie"


def test_a_rejected_task_says_why() -> None:
    """Its own words are the proof; a task that waits is none."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    assert words(effects.rejected(lab)) == "not yet: no task was rejected"
    swarm.tasks_.append(
        task("frontend", "translation01", 7, Status={"State": "rejected", "Err": "No such image: x"})
    )
    assert words(effects.rejected(lab)) == "ready: a task was rejected: No such image: x"


def test_a_kill_for_memory_is_the_engine_s_word() -> None:
    """Of the containers that ended, on whatever node."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    ended = {"State": {"OOMKilled": False}, "Name": "/translation_signaling.1.x"}
    swarm.containers = {"c1": ended}
    listing: list[Any] = []
    for node in lab.nodes.values():
        node.api = _Listing(swarm, listing)  # type: ignore[assignment]
    assert words(effects.out_of_memory(lab)) == "not yet: no container was killed for memory"
    ended["State"] = {"OOMKilled": True}
    assert (
        words(effects.out_of_memory(lab))
        == "ready: translation01: translation_signaling.1.x was killed for memory"
    )


class _Listing:
    """An engine that lists one container that ended."""

    def __init__(self, swarm: FakeSwarm, asked: list[Any]) -> None:
        self.swarm, self.asked = swarm, asked

    def containers(self, **asked: Any) -> list[Any]:  # noqa: ANN401
        self.asked.append(asked)
        assert asked["filters"]["status"] == "exited"
        return [{"Id": "c1"}]

    def inspect_container(self, name: str) -> Any:  # noqa: ANN401
        return self.swarm.containers[name]


def test_a_paused_update_is_the_swarm_s_word() -> None:
    """With its message; one that is under way is not paused."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    swarm.services_["frontend"]["UpdateStatus"] = {"State": "updating", "Message": "in progress"}
    assert words(effects.update_paused(lab)) == "not yet: no update is paused"
    swarm.services_["frontend"]["UpdateStatus"] = {"State": "paused", "Message": "task x failed"}
    assert words(effects.update_paused(lab)) == "ready: translation_frontend: task x failed"
