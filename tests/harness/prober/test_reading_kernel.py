"""Reading a kernel's counters, on lines recorded on a node of a lab."""

import subprocess
from pathlib import Path

import pytest

from lab.probe.reading_kernel import COUNTERS, kernel_of, with_esp, with_gone
from lab.probe.values import Flow, Kernel, Pair

SAID = """\
conntrack 40 262144
stat entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error
stat 00000028  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002 00000010 00000000
stat 00000028  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000000
policies 4
states 0
end
"""


def test_counters_are_read() -> None:
    """Both processors' drops are summed, in hexadecimal."""
    assert kernel_of("n", 0, SAID) == Kernel("n", 40, 262144, 19, 4, 0)


@pytest.mark.parametrize(
    ("without", "lacks"),
    [
        ("conntrack", {"connections", "most"}),
        ("stat", {"dropped"}),
        ("policies", {"policies"}),
        ("states", {"states"}),
    ],
)
def test_what_cannot_be_read_is_none(without: str, lacks: set[str]) -> None:
    """A kernel that lacks one of them still says the others."""
    lines = [line for line in SAID.splitlines() if line.split()[0] != without]
    found = vars(kernel_of("n", 0, "\n".join(lines)))
    assert {name for name, value in found.items() if value is None} == lacks


@pytest.mark.parametrize(
    ("output", "why"), [("", "status 124: nothing came"), ("conntrack 1 2\n", "status 124: conntrack 1 2")]
)
def test_an_answer_that_broke_off_says_nothing(output: str, why: str) -> None:
    """Without its last word nothing of it is believed."""
    assert kernel_of("n", 124, output) == Kernel("n", why=why)


@pytest.mark.parametrize("words", ["conntrack", "conntrack 40", "conntrack 40 262144 7"])
def test_half_a_line_is_no_number_more(words: str) -> None:
    """A missing file leaves its number out of the line."""
    found = kernel_of("n", 0, f"{words}\nend\n")
    assert (found.connections, found.most) == ((40, 262144) if "7" in words else (None, None))


XFRM = """\
src 172.28.0.11 dst 172.28.0.12
\tproto esp spi 0x61f8b1b3(1643688371) reqid 13681891(0x00d0c4e3) mode transport
\treplay-window 0 seq 0x00000000 flag  (0x00000000)
\taead rfc4106(gcm(aes)) 0x5ec2e7 (160 bits) 64
\tanti-replay context: seq 0x0, oseq 0x53c, bitmap 0x00000000
\tlifetime config:
\t  limit: soft (INF)(bytes), hard (INF)(bytes)
\t  limit: soft (INF)(packets), hard (INF)(packets)
\t  expire add: soft 0(sec), hard 0(sec)
\t  expire use: soft 0(sec), hard 0(sec)
\tlifetime current:
\t  1205822(bytes), 1340(packets)
\t  add 2026-11-28 12:00:01 use 2026-11-28 12:00:02
\tstats:
\t  replay-window 0 replay 0 failed 0
\tsel src 172.28.0.11/32 dst 172.28.0.12/32
src 172.28.0.12 dst 172.28.0.11
\tproto esp spi 0x11(17) reqid 13681891(0x00d0c4e3) mode transport
\taead rfc4106(gcm(aes)) 0x5ec2e8 (160 bits) 64
\tlifetime current:
\t  0(bytes), 0(packets)
src 172.28.0.12 dst 172.28.0.11
\tproto esp spi 0x12(18) reqid 13681891(0x00d0c4e3) mode transport
\tlifetime current:
\t  4000(bytes), 7(packets)
"""
"""As iproute2 writes them: the state that sends, and two that receive, one for each of the Swarm's keys."""


def test_packets_of_esp_are_counted_and_no_key_leaves_the_node(tmp_path: Path) -> None:
    """The states of all keys together, by their ends."""
    (tmp_path / "xfrm").write_text(XFRM)
    (tmp_path / "ip").write_text(
        f"#!/bin/sh\n[ \"$*\" = '-s xfrm state' ] || [ \"$*\" = 'xfrm state' ] && cat {tmp_path}/xfrm\n"
    )
    (tmp_path / "ip").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", COUNTERS],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        text=True,
        capture_output=True,
        check=False,
    )
    found = kernel_of("n", done.returncode, done.stdout)
    assert found.states == 3
    assert found.packets("172.28.0.11", "172.28.0.12") == 1340
    assert found.packets("172.28.0.12", "172.28.0.11") == 7
    assert found.packets("172.28.0.11", "172.28.0.13") == 0
    assert "5ec2e" not in done.stdout
    assert Kernel("n").packets("172.28.0.11", "172.28.0.12") is None


ONE, TWO = "172.28.0.11", "172.28.0.12"


def kernel(node: str, *esp: tuple[str, str, int], states: int | None = 2) -> Kernel:
    return Kernel(node, states=states, esp=esp)


@pytest.mark.parametrize(
    ("here", "there", "sent", "received"),
    [
        (((ONE, TWO, 40),), ((ONE, TWO, 9),), 40, 9),
        (((ONE, TWO, 40),), (), 40, 0),
        (((TWO, ONE, 40),), ((TWO, ONE, 40),), 0, 0),
    ],
)
def test_a_direction_has_what_both_ends_counted(
    here: tuple[tuple[str, str, int], ...], there: tuple[tuple[str, str, int], ...], sent: int, received: int
) -> None:
    """What is new since the look before: sent by the one, decrypted by the other; the way back is another direction."""
    before = {"a": kernel("a", (ONE, TWO, 0)), "b": kernel("b")}
    after = {"a": kernel("a", *here), "b": kernel("b", *there)}
    found = with_esp(Pair("a", "b", "net"), before, after, {"a": ONE, "b": TWO})
    assert (found.esp_sent, found.esp_received) == (sent, received)


def test_what_was_not_counted_is_none() -> None:
    """Kernels that do not say, a look that was not made, counters that began anew."""
    whole = {"a": kernel("a", (ONE, TWO, 40)), "b": kernel("b", (ONE, TWO, 40))}
    mute = {"a": kernel("a", states=None), "b": kernel("b", states=None)}
    newer = {"a": kernel("a", (ONE, TWO, 2)), "b": kernel("b", (ONE, TWO, 2))}
    for before, after in ((mute, whole), (whole, mute), ({}, whole), (whole, newer)):
        found = with_esp(Pair("a", "b", "net"), before, after, {"a": ONE, "b": TWO})
        assert (found.esp_sent, found.esp_received) == (None, None)


TRACKED = Path(__file__).parents[1] / "samples" / "conntrack.txt"
"""As the kernel lists connections, and in its last line as conntrack -L does."""


def test_udp_that_is_sent_on_is_read() -> None:
    """A published port, where its packets go, and for how many senders; what goes where it was sent to is passed over."""
    script = COUNTERS.replace("/proc/net/nf_conntrack ", f"{TRACKED} ")
    done = subprocess.run(["sh", "-c", script], text=True, capture_output=True, check=False)
    found = kernel_of("n", done.returncode, done.stdout)
    assert set(found.udp) == {
        Flow(40003, "172.18.0.5", 2), Flow(40004, "172.18.0.6", 1), Flow(3478, "10.9.9.9", 1),
    }  # fmt: skip
    bridges = {"172.18.0.0/16": frozenset({"172.18.0.6", "172.18.0.1"}), "172.17.0.0/16": frozenset[str]()}
    assert with_gone(found, bridges).udp == (Flow(40003, "172.18.0.5", 2),)
    assert with_gone(found, {}).udp == ()
