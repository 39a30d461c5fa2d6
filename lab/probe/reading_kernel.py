"""Reads what a node's kernel counts of connections and of encryption: pure, so that it is tested on recorded lines."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lab.probe.values import Flow, Kernel, Pair

COUNTERS = """
echo conntrack $(cat /proc/sys/net/netfilter/nf_conntrack_count) $(cat /proc/sys/net/netfilter/nf_conntrack_max)
sed 's/^/stat /' /proc/net/stat/nf_conntrack
ip xfrm policy > /dev/null && echo policies $(ip xfrm policy | grep -c '^src ')
ip xfrm state > /dev/null && echo states $(ip xfrm state | grep -c 'proto esp')
ip -s xfrm state | awk '$1 == "src" { s = $2; d = $4 } /lifetime current/ { getline; split($2, p, "("); print "esp", s, d, p[1] }'
{ cat /proc/net/nf_conntrack || conntrack -L -p udp; } | awk '/(^| )udp +17 / {
  n = 0; for (i = 1; i <= NF; i++) { split($i, p, "="); if (p[1] == "src") s[++n] = p[2]; if (p[1] == "dst") d[n] = p[2]
    if (p[1] == "dport") t[n] = p[2] }
  if (n == 2 && s[2] != d[1]) print "udp", t[1], s[2] }' | sort | uniq -c | head -300
echo end
"""
"""Run on a node: entries of connection tracking and their most, what was dropped for want of room; xfrm's policies,
which say what must be encrypted, its states, which can, and the packets that each of them did. The keys, which stand
there too, never leave the node; and the published UDP ports whose packets it sends on to another address, with how many
senders of each it remembers."""
DROPPED = ("drop", "early_drop")
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


def kernel_of(node: str, status: int, output: str) -> Kernel:
    """What came; a field whose line is missing is None."""
    words = [line.split() for line in output.splitlines()]
    if ["end"] not in words:
        return Kernel(node, why=f"status {status}: {' '.join(output.split())[:200] or 'nothing came'}")
    found = {line[0]: line[1:] for line in words if line and all(each.isdecimal() for each in line[1:])}
    # With one file missing it is not known which of the two the number is.
    counts = [int(each) for each in found.get("conntrack", ())]
    count, most = counts[:2] if len(counts) > 1 else (None, None)
    stats = [line[1:] for line in words if line[:1] == ["stat"]]
    (policies, states) = (next(map(int, found.get(name, ())), None) for name in ("policies", "states"))
    four = [line for line in words if len(line) == 4]
    esp = tuple((a, b, int(n)) for kind, a, b, n in four if (kind, n.isdecimal()) == ("esp", True))
    udp = tuple(
        Flow(int(port), to, int(n)) for n, kind, port, to in four if kind == "udp" and (n + port).isdecimal()
    )
    return Kernel(node, count, most, _dropped(stats), policies, states, esp=esp, udp=udp)


def _dropped(stats: list[list[str]]) -> int | None:
    """The sum over the processors, whose lines are hexadecimal under a head of names."""
    if len(stats) < 2 or not set(DROPPED) <= set(stats[0]):
        return None
    return sum(int(line[stats[0].index(name)], 16) for line in stats[1:] for name in DROPPED)


def with_esp(
    pair: Pair, before: Mapping[str, Kernel], after: Mapping[str, Kernel], addresses: Mapping[str, str]
) -> Pair:
    """The pair with the packets of ESP that its nodes counted between two looks at their kernels; `addresses` by node."""
    ends = addresses[pair.source], addresses[pair.target]

    def counted(node: str) -> int | None:
        first, last = (looks[node].packets(*ends) if node in looks else None for looks in (before, after))
        # Fewer than before: the Swarm changed its keys meanwhile, and the states were made anew.
        return None if first is None or last is None or last < first else last - first

    return replace(pair, esp_sent=counted(pair.source), esp_received=counted(pair.target))


def with_gone(kernel: Kernel, bridges: Mapping[str, frozenset[str]]) -> Kernel:
    """The kernel with those flows alone that lead into one of the node's bridges, to an address that nobody has there;
    `bridges` are the addresses in use, by subnet."""
    inside = [(ipaddress.ip_network(subnet), used) for subnet, used in bridges.items()]
    return replace(kernel, udp=tuple(flow for flow in kernel.udp if _is_gone(flow.to, inside)))


def _is_gone(address: str, bridges: Iterable[tuple[Subnet, frozenset[str]]]) -> bool:
    where = ipaddress.ip_address(address)
    return any(where in subnet and address not in used for subnet, used in bridges)
