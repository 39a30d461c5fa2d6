"""Reading a node's load balancing, on lines recorded on a node of a lab in a guest with IPVS."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.cluster.handle import Lab
from lab.probe import balancers, balancing
from lab.probe.balancers import BalancersRead
from lab.probe.balancing import Rows, ServiceAddress
from lab.probe.values import Balanced

SAID = """\
space r3i1j2fj4
-P PREROUTING ACCEPT
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
-P POSTROUTING ACCEPT
-A INPUT -d 10.0.2.15/32 -j MARK --set-xmark 0x102/0xffffffff
-A INPUT -d 10.0.2.8/32 -j MARK --set-xmark 0x105/0xffffffff
-A INPUT -d 10.0.2.6/32 -j MARK --set-xmark 0x103/0xffffffff
IP Virtual Server version 1.2.1 (size=256)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
FWM  00000105 rr
  -> 0A000209:0000      Masq    1      0          0
  -> 0A00020B:0000      Masq    1      0          0
  -> 0A00020A:0000      Masq    0      0          0
FWM  00000102 rr
  -> 0A000210:0000      Masq    1      3          0
whole
Timeout (tcp tcpfin udp): 900 120 300
space a0g37xr5a
-A INPUT -d 10.0.1.2/32 -j MARK --set-xmark 0x100/0xffffffff
iptables: Resource temporarily unavailable.
end
"""
NETWORK, NAME = "r3i1j2fj4qk0", "translation_backend"
SIGNALING, REDIS = "10.0.2.8", "10.0.2.15"


def test_marks_and_rows_are_read() -> None:
    """By network; a weight of 0 takes no connection; a namespace that was not read whole is left out."""
    assert balancing.rows(SAID) == {
        "r3i1j2fj4": Rows(
            {REDIS: 0x102, SIGNALING: 0x105, "10.0.2.6": 0x103},
            {0x105: frozenset({"10.0.2.9", "10.0.2.11"}), 0x102: frozenset({"10.0.2.16"})},
            900,
        )
    }


@pytest.mark.parametrize(
    ("output", "why"),
    [("", "status 124: nothing came"), ("space a\nwhole", "status 124: space a whole"), (SAID, "")],
)
def test_an_answer_that_broke_off_is_said(output: str, why: str) -> None:
    """It has no last word."""
    assert balancing.unread(124, output) == why


def address(ip: str, tasks: dict[str, float], *others: str) -> ServiceAddress:
    return ServiceAddress("translation_x", NAME, NETWORK, ip, tasks, frozenset(others))


@pytest.mark.parametrize(
    ("ip", "tasks", "others", "wanted", "gone"),
    [
        (SIGNALING, {"10.0.2.9": 90.0, "10.0.2.11": 90.0}, (), ("10.0.2.11", "10.0.2.9"), ()),
        (SIGNALING, {"10.0.2.9": 90.0}, ("10.0.2.11",), ("10.0.2.9",), ()),  # one comes or goes
        (SIGNALING, {"10.0.2.9": 90.0}, (), ("10.0.2.9",), ("10.0.2.11",)),
        (REDIS, {"10.0.2.17": 3.0}, (), (), ("10.0.2.16",)),  # too new to be missed
    ],
)
def test_what_a_node_makes_of_an_address(
    ip: str, tasks: dict[str, float], others: tuple[str, ...], wanted: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    """Tasks that have run for long must be there, and what no task has must not."""
    (found,) = balancing.balanced("n", SAID, [address(ip, tasks, *others)])
    assert (found.wanted, found.gone) == (wanted, gone)


def test_an_address_without_rows_leads_nowhere() -> None:
    """Its mark is there; one that the node was never told of, or of an unread network, is not judged."""
    (found,) = balancing.balanced("n", SAID, [address("10.0.2.6", {"10.0.2.7": 90.0})])
    assert found.nowhere
    unknown = address("10.0.2.99", {"10.0.2.7": 90.0})
    unread = replace(address("10.0.1.2", {"10.0.1.3": 90.0}), network_id="a0g37xr5axyz")
    assert not list(balancing.balanced("n", SAID, [unknown, unread]))


def task(ident: str, state: str, desired: str, ip: str) -> dict[str, Any]:
    attached = [{"Network": {"ID": NETWORK}, "Addresses": [f"{ip}/24"]}]
    return {
        "ID": ident, "ServiceID": "s", "Status": {"State": state}, "DesiredState": desired, "NetworksAttachments": attached,
    }  # fmt: skip


def test_the_manager_says_which_tasks_an_address_has() -> None:
    """Those that run; of the others, which may still or already be led to, those that have just changed."""
    service = {
        "ID": "s", "Spec": {"Name": "translation_x"},
        "Endpoint": {"VirtualIPs": [
            {"NetworkID": NETWORK, "Addr": "10.0.2.8/24"}, {"NetworkID": "other", "Addr": "10.0.9.8/24"}, {"NetworkID": NETWORK},
        ]},
    }  # fmt: skip
    tasks = [
        task("a", "running", "running", "10.0.2.9"),
        task("b", "starting", "running", "10.0.2.10"),
        task("c", "shutdown", "shutdown", "10.0.2.11"),
        task("d", "shutdown", "shutdown", "10.0.2.12"),
    ]
    ages = {"a": 90.0, "b": 90.0, "c": 3.0, "d": 300.0}
    (found,) = balancing.service_addresses([service], tasks, {NETWORK: NAME}, ages)
    assert (found.address, found.network, dict(found.tasks)) == ("10.0.2.8", NAME, {"10.0.2.9": 90.0})
    assert found.others == {"10.0.2.10", "10.0.2.11"}


def lab_with(*, ipvs: bool) -> Lab:
    return cast(Lab, SimpleNamespace(state=SimpleNamespace(kernel={"ipvs": ipvs})))


LOST = Balanced("n", NAME, "translation_x", REDIS, (), ("10.0.2.16",))
SOUND = replace(LOST, leads_to=("10.0.2.16",))


@pytest.mark.parametrize(
    ("looks", "found"),
    [
        ([SOUND], (SOUND,)),
        ([LOST], ()),
        ([LOST, LOST], (LOST,)),
        ([LOST, SOUND], (SOUND,)),
        ([replace(LOST, leads_to=("10.0.2.9",), gone=("10.0.2.9",)), LOST], ()),
    ],
)
def test_only_what_two_looks_found_is_believed(looks: list[Balanced], found: tuple[Balanced, ...]) -> None:
    """What the last look alone found doubtful is left out."""
    assert balancers.confirmed([BalancersRead((each,)) for each in looks]).balanced == found


def test_looking_ends_with_the_first_that_is_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes by and by was not lost."""
    left = [BalancersRead((LOST,)), BalancersRead((SOUND,), ("n: why",))]
    monkeypatch.setattr(balancers, "_look", lambda lab, nodes: left.pop(0))
    monkeypatch.setattr(balancers, "INTERVAL_S", 0.01)
    assert balancers.balancers(lab_with(ipvs=True), ["n"]) == BalancersRead((SOUND,), ("n: why",))
    assert not left


def test_a_kernel_without_ipvs_has_none() -> None:
    """Nothing is asked, and nothing is missing."""
    assert balancers.balancers(lab_with(ipvs=False), ["n"]) == BalancersRead(())
