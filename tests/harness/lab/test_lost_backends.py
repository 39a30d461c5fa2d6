"""Rows of a node's load balancing that are deleted and put back: only those of tasks that still run."""

from dataclasses import replace

import pytest

from lab.errors import EngineError
from lab.faults.balancing_changes import IdleTimeout, LostBackends, idle_timeouts, lost_backends
from lab.probe.balancing import ServiceAddress
from tests.harness.stand_ins.fake_lab import NODE, TWO, FakeSwarm, fake_lab, spread, words

NETWORK, VIP, MARK = "net123456789", "10.0.1.2", 258
BACKENDS = ("10.0.1.11", "10.0.1.99")
"""A task that runs, as the Swarm of the stand-in has it, and one that is gone."""


class Balancer:
    """The namespace of a network on one node, with the rows of one mark."""

    def __init__(self) -> None:
        self.rows = set(BACKENDS)
        self.refuses = False
        self.readable = True
        self.mark, self.idle_s = MARK, 900
        self.space = "net123456"

    def __call__(self, container: str, command: list[str]) -> tuple[int, str]:
        assert container == NODE
        if command[0] == "sh":
            return 0, self._shown()
        assert command[:3] == ["nsenter", "--net=/var/run/docker/netns/lb_net123456", "ipvsadm"]
        if self.refuses:
            return 2, "Service not defined\n"
        if command[3] == "--set":
            assert command[5:] == ["0", "0"]
            self.idle_s = int(command[4])
            return 0, ""
        verb, _, mark, _, backend, *more = command[3:]
        assert (mark, more) == (str(self.mark), ["-m"] if verb == "-a" else [])
        (self.rows.add if verb == "-a" else self.rows.remove)(backend.removesuffix(":0"))
        return 0, ""

    def _shown(self) -> str:
        rows = "\n".join(
            f"  -> {bytes(map(int, each.split('.'))).hex().upper()}:0000 Masq 1 0 0" for each in self.rows
        )
        mark = f"-A INPUT -d {VIP}/32 -j MARK --set-xmark {self.mark:#x}/0xffffffff"
        whole = f"whole\nTimeout (tcp tcpfin udp): {self.idle_s} 120 300" if self.readable else ""
        return f"space {self.space}\n{mark}\nFWM  {self.mark:08X} rr\n{rows}\n{whole}\nend\n"


def balanced() -> tuple[Balancer, FakeSwarm, LostBackends]:
    balancer, swarm = Balancer(), spread("redis")
    swarm.answer = balancer
    return balancer, swarm, LostBackends(TWO, NETWORK, "redis", VIP, BACKENDS)


def test_rows_go_and_come_back() -> None:
    """Twice either way; the row of a task that is gone meanwhile stays away."""
    balancer, swarm, lost = balanced()
    lab = fake_lab(swarm)
    assert words(lost.took(lab)).startswith("not yet: translation02: 10.0.1.2 leads to 10.0.1.11")
    lost.apply(lab)
    lost.apply(lab)
    assert balancer.rows == set()
    assert words(lost.took(lab)) == "ready: translation02: 10.0.1.2 leads to no task"
    assert words(lost.undone(lab)) == "not yet: translation02: 10.0.1.2 does not lead to 10.0.1.11"
    lost.undo(lab)
    lost.undo(lab)
    assert balancer.rows == {"10.0.1.11"}
    assert words(lost.undone(lab)) == "ready: translation02: 10.0.1.2 leads to its tasks"


def test_only_rows_of_its_own_service_come_back() -> None:
    """Another service's task may have the address by now; and an engine that started anew numbers its marks anew."""
    balancer, _, lost = balanced()
    swarm = spread("redis", "page")
    swarm.answer = balancer
    lost = replace(lost, backends=("10.0.1.11", "10.0.1.21"))
    balancer.rows, balancer.mark = set(), 999
    lost.undo(fake_lab(swarm))
    assert balancer.rows == {"10.0.1.11"}


@pytest.mark.parametrize("gone", ["space", "mark"])
def test_what_is_gone_with_the_network_is_healed(gone: str) -> None:
    """A node that has no task there any more has no such namespace, and one that was told anew has rows of its own."""
    balancer, swarm, lost = balanced()
    balancer.rows = set()
    if gone == "space":
        balancer.space = "another12"
    else:
        lost = replace(lost, address="10.0.1.77")
    lost.undo(fake_lab(swarm))
    assert words(lost.undone(fake_lab(swarm))).startswith("ready")
    assert balancer.rows == set()


def test_the_time_of_silence_is_set_and_put_back() -> None:
    """Twice either way."""
    balancer, swarm, _ = balanced()
    lab, idle = fake_lab(swarm), IdleTimeout(TWO, NETWORK, 2)
    assert words(idle.took(lab)) == "not yet: translation02: a silent connection is forgotten after 900 s"
    idle.apply(lab)
    idle.apply(lab)
    assert (balancer.idle_s, words(idle.took(lab)).partition(":")[0]) == (2, "ready")
    assert words(idle.undone(lab)).startswith("not yet")
    idle.undo(lab)
    idle.undo(lab)
    assert (balancer.idle_s, words(idle.undone(lab)).partition(":")[0]) == (900, "ready")


def test_a_node_without_the_network_keeps_no_time() -> None:
    """It has no task there, and so no connection."""
    balancer, swarm, _ = balanced()
    balancer.space = "another12"
    lab, idle = fake_lab(swarm), IdleTimeout(TWO, NETWORK, 2)
    idle.apply(lab)
    idle.undo(lab)
    assert balancer.idle_s == 900
    assert (
        words(idle.took(lab))
        == words(idle.undone(lab))
        == "ready: translation02: it has no task on that network"
    )


def test_a_refused_row_and_unread_ones_are_errors() -> None:
    """Neither is passed over."""
    balancer, swarm, lost = balanced()
    balancer.refuses = True
    with pytest.raises(EngineError, match=r"translation02: ipvsadm -d -f 258 .*: Service not defined$"):
        lost.apply(fake_lab(swarm))
    balancer.readable = False
    with pytest.raises(EngineError, match=r"translation02: the rows of its load balancing cannot be read"):
        lost.took(fake_lab(swarm))


def test_a_node_that_does_not_run_has_no_rows() -> None:
    """They went with it."""
    _, swarm, lost = balanced()
    swarm.stopped = {NODE}
    lost.undo(fake_lab(swarm))
    assert words(lost.undone(fake_lab(swarm))).startswith("ready: translation02 does not run")


def test_an_address_that_a_node_does_not_lead_anywhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such service, or one without an address of its own."""
    _, swarm, _ = balanced()
    monkeypatch.setattr("lab.faults.balancing_changes.service_addresses", lambda lab: ())
    with pytest.raises(EngineError, match="translation02 leads no address of redis to a task"):
        lost_backends(fake_lab(swarm), "redis", TWO)
    with pytest.raises(EngineError, match="redis has no address of its own: endpoint_mode dnsrr"):
        idle_timeouts(fake_lab(swarm), "redis", 2)


def test_the_address_of_a_service_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it leads on that node; the time of silence is set on every node."""
    _, swarm, lost = balanced()
    known = ServiceAddress("translation_redis", "translation_net", NETWORK, VIP, {})
    monkeypatch.setattr("lab.faults.balancing_changes.service_addresses", lambda lab: (known,))
    lab = fake_lab(swarm)
    assert lost_backends(lab, "redis", TWO) == lost
    assert [each.node for each in idle_timeouts(lab, "redis", 2)] == ["translation01", TWO, "translation03"]
