"""Reading a node's load balancing, on lines recorded on a node of a lab in a guest with IPVS."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.cluster.handle import Lab
from lab.probe import balancers, balancing
from lab.probe.balancers import BalancersRead
from lab.probe.balancing import Manager, Rows, ServiceAddress
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
    [
        ("", "status 124: nothing came"),
        ("space a\nwhole\n", "status 124: space a whole"),
        (SAID, "lb_a0g37xr5a: "),
        ("space a\nNo space left on device\nend\n", "lb_a: No space left on device end"),
        ("space a\nFWM  00000100 rr\nwhole\nend\n", "lb_a: FWM 00000100 rr whole end"),
        ("space a\nwhole\nspace b\nwhole\nend\n", ""),
        ("end\n", ""),
    ],
    ids=["nothing", "broke off", "one namespace", "no space", "another iptables", "all", "no namespace"],
)
def test_what_was_not_read_is_said(output: str, why: str) -> None:
    """All of it where the last word is missing; else each namespace that was not read whole, or by another iptables."""
    found = balancing.unread(124, output)
    assert found.startswith(why)
    assert bool(found) is bool(why)


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


@pytest.mark.parametrize(
    ("ip", "joined", "judged"),
    [("10.0.2.6", 0.0, True), ("10.0.2.99", 90.0, True), ("10.0.2.99", 3.0, False)],
)
def test_an_address_that_leads_nowhere(ip: str, joined: float, judged: bool) -> None:
    """Its mark has no rows; or it has no mark, as Docker leaves it, where the node has had the time to be told of it."""
    asked = replace(address(ip, {"10.0.2.7": 90.0}), joined={"n": joined})
    assert [each.nowhere for each in balancing.balanced("n", SAID, [asked])] == [True] * judged


def test_an_unread_network_is_not_judged() -> None:
    """Nor is one that the node has no task on."""
    for network in ("a0g37xr5axyz", "unknown12345"):
        asked = replace(address("10.0.1.2", {"10.0.1.3": 90.0}), network_id=network, joined={"n": 90.0})
        assert not list(balancing.balanced("n", SAID, [asked]))


def task(ident: str, state: str, desired: str, ip: str, service: str = "s") -> dict[str, Any]:
    attached = [{"Network": {"ID": NETWORK}, "Addresses": [f"{ip}/24"]}]
    return {
        "ID": ident, "ServiceID": service, "Status": {"State": state}, "DesiredState": desired, "NodeID": f"id-{ident}",
        "NetworksAttachments": attached,
    }  # fmt: skip


def test_the_manager_says_which_tasks_an_address_has() -> None:
    """Those that run; of the others, which may still or already be led to, those that come, or have just been ended. A
    task on a node that is gone is said to run for a day, and is wanted no more."""
    service = {
        "ID": "s", "Spec": {"Name": "translation_x"},
        "Endpoint": {"VirtualIPs": [
            {"NetworkID": NETWORK, "Addr": "10.0.2.8/24"}, {"NetworkID": "other", "Addr": "10.0.9.8/24"}, {"NetworkID": NETWORK},
        ]},
    }  # fmt: skip
    tasks = [
        task("runs", "running", "running", "10.0.2.9"),
        task("starts", "starting", "running", "10.0.2.10"),
        task("ended", "shutdown", "shutdown", "10.0.2.11"),
        task("long-ended", "shutdown", "shutdown", "10.0.2.12"),
        task("ending", "running", "shutdown", "10.0.2.13"),
        task("lost", "running", "shutdown", "10.0.2.14"),
        task("beside", "running", "running", "10.0.2.20", "another"),
    ]
    since = {
        "runs": 90.0,
        "starts": 90.0,
        "ended": 3.0,
        "long-ended": 300.0,
        "ending": 900.0,
        "lost": 9000.0,
        "beside": 70.0,
    }
    wanted = {**since, "ending": 2.0, "lost": 3600.0}
    nodes = {"id-runs": "one", "id-beside": "two"}
    said = Manager([service], tasks, {NETWORK: NAME}, nodes, since, wanted)
    (found,) = balancing.service_addresses(said)
    assert (found.address, found.network, dict(found.tasks)) == ("10.0.2.8", NAME, {"10.0.2.9": 90.0})
    assert found.others == {"10.0.2.10", "10.0.2.11", "10.0.2.13"}
    assert found.joined == {"one": 90.0, "two": 70.0}


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
        (
            [LOST, replace(LOST, wanted=("10.0.2.16", "10.0.2.17"))],
            (replace(LOST, wanted=("10.0.2.16", "10.0.2.17")),),
        ),
    ],
)
def test_only_what_two_looks_found_is_believed(looks: list[Balanced], found: tuple[Balanced, ...]) -> None:
    """What the last look alone found doubtful is left out, and said; a task that came to run meanwhile is no matter of it."""
    read = balancers.confirmed([BalancersRead((each,)) for each in looks])
    assert read.balanced == found
    assert [text.startswith("seen once only") for text in read.unread] == [True] * (not found)


def test_looking_ends_with_the_first_that_is_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes by and by was not lost, and what could not be read is read again."""
    left = [BalancersRead((LOST,)), BalancersRead((SOUND,), ("n: why",)), BalancersRead((SOUND,))]
    monkeypatch.setattr(balancers, "_look", lambda lab, nodes: left.pop(0))
    monkeypatch.setattr(balancers, "INTERVAL_S", 0.01)
    assert balancers.balancers(lab_with(ipvs=True), ["n"]) == BalancersRead((SOUND,))
    assert not left


def test_a_kernel_without_ipvs_has_none() -> None:
    """Nothing is asked, and nothing is missing."""
    assert balancers.balancers(lab_with(ipvs=False), ["n"]) == BalancersRead(())
