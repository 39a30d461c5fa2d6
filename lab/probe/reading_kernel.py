"""Reads what a node's kernel counts of connections and of encryption: pure, so that it is tested on recorded lines."""

from collections.abc import Mapping
from dataclasses import replace

from lab.probe.values import Kernel, Pair

COUNTERS = """
echo conntrack $(cat /proc/sys/net/netfilter/nf_conntrack_count) $(cat /proc/sys/net/netfilter/nf_conntrack_max)
sed 's/^/stat /' /proc/net/stat/nf_conntrack
ip xfrm policy > /dev/null && echo policies $(ip xfrm policy | grep -c '^src ')
ip xfrm state > /dev/null && echo states $(ip xfrm state | grep -c 'proto esp')
ip -s xfrm state | awk '$1 == "src" { s = $2; d = $4 } /lifetime current/ { getline; split($2, p, "("); print "esp", s, d, p[1] }'
echo end
"""
"""Run on a node: entries of connection tracking and their most, what was dropped for want of room; xfrm's policies,
which say what must be encrypted, its states, which can, and the packets that each of them did. The keys, which stand
there too, never leave the node."""
DROPPED = ("drop", "early_drop")


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
    esp = tuple(
        (a, b, int(n))
        for kind, a, b, n in (line for line in words if len(line) == 4)
        if (kind, n.isdecimal()) == ("esp", True)
    )
    return Kernel(node, count, most, _dropped(stats), policies, states, esp=esp)


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
