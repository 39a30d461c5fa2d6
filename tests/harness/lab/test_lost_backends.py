"""Rows of a node's load balancing that are deleted and put back: only those of tasks that still run."""

import pytest

from lab.errors import EngineError
from lab.faults.balancing_changes import LostBackends, lost_backends
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

    def __call__(self, container: str, command: list[str]) -> tuple[int, str]:
        assert container == NODE
        if command[0] == "sh":
            return 0, self._shown()
        assert command[:3] == ["nsenter", "--net=/var/run/docker/netns/lb_net123456", "ipvsadm"]
        if self.refuses:
            return 2, "Service not defined\n"
        verb, _, mark, _, backend, *more = command[3:]
        assert (mark, more) == (str(MARK), ["-m"] if verb == "-a" else [])
        (self.rows.add if verb == "-a" else self.rows.remove)(backend.removesuffix(":0"))
        return 0, ""

    def _shown(self) -> str:
        rows = "\n".join(
            f"  -> {bytes(map(int, each.split('.'))).hex().upper()}:0000 Masq 1 0 0" for each in self.rows
        )
        mark = f"-A INPUT -d {VIP}/32 -j MARK --set-xmark {MARK:#x}/0xffffffff"
        whole = "whole" if self.readable else ""
        return f"space net123456\n{mark}\nFWM  {MARK:08X} rr\n{rows}\n{whole}\nend\n"


def balanced() -> tuple[Balancer, FakeSwarm, LostBackends]:
    balancer, swarm = Balancer(), spread("redis")
    swarm.answer = balancer
    return balancer, swarm, LostBackends(TWO, NETWORK, VIP, MARK, BACKENDS)


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
